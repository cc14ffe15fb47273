// SPDX-License-Identifier: MIT
// accept, extend, release, decline: what a worker does with leased jobs.
// Called for each request by the runtime.
// Must not believe a worker whose token is not the job's: the lease may have lapsed, and somebody else may have the job.
#include "common/base/tag.h"
#include "services/allocation/apart.h"
#include "services/allocation/compose.h"
#include "services/allocation/give_back.h"
#include "services/allocation/grant.h"
#include "services/allocation/handover.h"
#include "services/allocation/parenting_again.h"
#include "services/allocation/work_requests.h"

enum { JOBS_MAX = 64 }; // of one request and one event
// A request as it is being answered.
struct answering {
    struct allocation *allocation;
    struct effects *effects;
    struct span worker;
    uint64_t token;
    struct answered *reply;
    unsigned n; // good jobs, each once
    struct job_key keys[JOBS_MAX];
    struct job_row rows[JOBS_MAX];
};

static void begin(struct answering *answering, struct allocation *allocation, struct effects *effects, struct span worker, uint64_t token)
{
    answering->allocation = allocation;
    answering->effects = effects;
    answering->worker = worker;
    answering->token = token;
    answering->n = 0;
    answering->reply = &allocation->reply.answered;
    *answering->reply = (struct answered){.answer = ANSWER_OK};
    SET_HAS(answering->reply, answered, jobs);
}

static bool is_hers(const struct answering *answering, const struct job_row *row)
{
    return row->token == answering->token && span_equal(job_worker(row), answering->worker);
}

static bool is_listed(const struct answering *answering, struct job_key key)
{
    for (unsigned i = 0; i < answering->n; i++)
        if (answering->keys[i].referral == key.referral && answering->keys[i].part == key.part)
            return true;
    return false;
}

static void tell(struct answering *answering, const struct job_answer *job, enum answer answer, uint64_t marks)
{
    struct answered_job *told = &answering->reply->jobs[answering->reply->n_jobs++];

    told->referral = job->referral;
    told->answer = (uint8_t)answer;
    if (HAS(job, job_answer, part))
        PUT(told, answered_job, part, job->part);
    if (marks != 0)
        PUT(told, answered_job, marks, marks);
    if (answering->reply->answer == ANSWER_OK)
        answering->reply->answer = (uint8_t)answer;
}

// An offer that she has accepted before: it is closed since, and the case hers by its token.
static bool is_handed_over(const struct answering *answering, struct job_key key, const struct job_row *row)
{
    struct job_row lead;

    return row->state == STATE_CLOSED && job_is_offer(row) &&
           job_table_get(&answering->allocation->jobs, (struct job_key){.referral = key.referral}, &lead) == ERR_NONE &&
           job_is_held_by(&lead, answering->worker, answering->token);
}

// She has accepted a family that this one must be kept apart from, or accepts it in the same request: it has become known since she was
// shown it.
static bool is_apart(const struct answering *answering, const struct job_row *row)
{
    const struct allocation *allocation = answering->allocation;
    struct apart_families families;

    if (allocation->n_links == 0 || row->level >= LEVEL_GUARDED || row->news_of != 0)
        return false;
    apart_read(allocation, row->family, &families);
    for (unsigned i = 0; i < answering->n; i++)
        if (apart_has(&families, answering->rows[i].family))
            return true;
    return families.n > 0 && apart_is_held(allocation, &families, answering->worker, false);
}

// The job that is asked about; referral 0: none can be.
static struct job_key key_of(const struct job_answer *job)
{
    struct job_key key = {.part = HAS(job, job_answer, part) ? (uint8_t)job->part : 0};

    return tag_parse(job->referral, 'R', &key.referral) ? key : (struct job_key){0};
}

// Judges one job; a good one is listed. `accepts`: its marks must be answered, and the same accept again is good without an event.
static void judge(struct answering *answering, const struct job_answer *job, struct job_key key, bool accepts)
{
    struct job_row *row = &answering->rows[answering->n];
    uint64_t answers = HAS(job, job_answer, answers) ? job->answers : 0;

    if (job_table_get(&answering->allocation->jobs, key, row) != ERR_NONE)
        tell(answering, job, ANSWER_NOT_FOUND, 0);
    else if (is_listed(answering, key) || (accepts && row->state == STATE_ACCEPTED && is_hers(answering, row)))
        tell(answering, job, ANSWER_OK, 0);
    else if (accepts && is_handed_over(answering, key, row))
        tell(answering, job, ANSWER_OK, 0);
    else if (row->state != STATE_LEASED || !is_hers(answering, row))
        tell(answering, job, ANSWER_STALE, 0);
    else if (accepts && (row->marks & ~answers) != 0)
        tell(answering, job, ANSWER_MARKS_UNANSWERED, row->marks & ~answers);
    else if (accepts && is_apart(answering, row))
        tell(answering, job, ANSWER_KEPT_APART, 0);
    else {
        tell(answering, job, ANSWER_OK, 0);
        answering->keys[answering->n++] = key;
        family_case_fetch(&answering->allocation->families, row->family); // an event of hers is taken soon
    }
}

static void judge_all(struct answering *answering, const struct answer_jobs *asked, bool accepts)
{
    struct job_key keys[JOBS_MAX];

    for (uint64_t i = 0; i < asked->n_jobs; i++) {
        keys[i] = key_of(&asked->jobs[i]);
        job_table_fetch(&answering->allocation->jobs, keys[i]);
    }
    for (uint64_t i = 0; i < asked->n_jobs; i++)
        judge(answering, &asked->jobs[i], keys[i], accepts);
}

static void reply(struct answering *answering, const struct peer *peer)
{
    effects_reply(answering->effects, peer, &record_answered, answering->reply);
}

// ---------------------------------------------------------------- accept

// Appends accepted for the good jobs from `from` on, as far as they are of one policy: one event has one due time. Returns how many.
static unsigned append_accepted(const struct answering *answering, unsigned from)
{
    char tags[JOBS_MAX][16];
    const struct job_row *first = &answering->rows[from];
    struct allocation *allocation = answering->allocation;
    struct accepted accepted = {.worker = answering->worker, .token = answering->token};
    struct effect effect = {.type = EVENT_ACCEPTED, .data = &accepted};

    accepted.team = name_table_text(allocation->names, first->team);
    accepted.due = compose_due(compose_policy(allocation, first), STATE_ACCEPTED, accepted.team, allocation->now.wall_ms);
    for (unsigned i = from; i < answering->n && answering->rows[i].policy == first->policy; i++) {
        accepted.jobs[accepted.n_jobs] = compose_job(answering->keys[i], tags[i]);
        accepted.n_jobs++;
    }
    effects_append(answering->effects, &effect);
    for (unsigned i = from; i < from + accepted.n_jobs; i++)
        if (job_is_offer(&answering->rows[i]))
            handover_accepted(allocation, answering->effects, answering->keys[i]);
    return (unsigned)accepted.n_jobs;
}

// What families that are open now were given for parenting before.
static void look_back(const struct answering *answering)
{
    unsigned n = 0;

    for (unsigned i = 0; i < answering->n && n < JOBS_MAX; i++)
        if (answering->keys[i].part == 0)
            n += parenting_again_tell(answering->allocation, answering->effects, answering->keys[i].referral);
}

void on_accept(void *state, const struct request *request, struct moment now, struct effects *effects)
{
    struct allocation *allocation = state;
    const struct answer_jobs *asked = request->record;
    struct answering answering;

    allocation->now = now;
    begin(&answering, allocation, effects, asked->worker, asked->token);
    judge_all(&answering, asked, true);
    for (unsigned from = 0; from < answering.n;)
        from += append_accepted(&answering, from);
    look_back(&answering);
    reply(&answering, &request->peer);
}

// ---------------------------------------------------------------- extend, release

void on_extend(void *state, const struct request *request, struct moment now, struct effects *effects)
{
    struct allocation *allocation = state;
    const struct answer_jobs *asked = request->record;
    struct answering answering;
    char tags[JOBS_MAX][16];
    struct lease_changed extended = {.worker = asked->worker, .token = asked->token};
    struct effect effect = {.type = EVENT_EXTENDED, .data = &extended};

    allocation->now = now;
    begin(&answering, allocation, effects, asked->worker, asked->token);
    judge_all(&answering, asked, false);
    if (answering.n > 0) {
        extended.team = name_table_text(allocation->names, answering.rows[0].team);
        PUT(&extended, lease_changed, lease_ms,
            grant_lease_ms(allocation, extended.team, HAS(asked, answer_jobs, lease_ms) ? asked->lease_ms : answering.rows[0].lease_ms));
        for (unsigned i = 0; i < answering.n; i++)
            extended.jobs[extended.n_jobs++] = compose_job(answering.keys[i], tags[i]);
        effects_append(effects, &effect);
    }
    reply(&answering, &request->peer);
}

void on_release(void *state, const struct request *request, struct moment now, struct effects *effects)
{
    struct allocation *allocation = state;
    const struct answer_jobs *asked = request->record;
    struct answering answering;

    allocation->now = now;
    begin(&answering, allocation, effects, asked->worker, asked->token);
    judge_all(&answering, asked, false);
    give_back_jobs(allocation, effects, EVENT_RELEASED, answering.keys, answering.n);
    reply(&answering, &request->peer);
}

// ---------------------------------------------------------------- decline

static void append_declined(const struct answering *answering, const struct decline *asked)
{
    const struct job_row *row = &answering->rows[0];
    const struct allocation *allocation = answering->allocation;
    struct declined declined = {.worker = answering->worker, .token = answering->token, .reason = asked->reason};

    if (answering->keys[0].part > 0)
        PUT(&declined, declined, part, answering->keys[0].part);
    if (HAS(asked, decline, note))
        PUT(&declined, declined, note, asked->note);
    declined.team = name_table_text(allocation->names, row->team);
    declined.due = compose_due(compose_policy(allocation, row), STATE_DECIDING, span_text("hub-decision"), allocation->now.wall_ms);
    compose_append(answering->effects, EVENT_DECLINED, answering->keys[0].referral, 0, &declined);
}

void on_decline(void *state, const struct request *request, struct moment now, struct effects *effects)
{
    struct allocation *allocation = state;
    const struct decline *asked = request->record;
    struct job_answer job = {.referral = asked->referral};
    struct answering answering;

    allocation->now = now;
    if (HAS(asked, decline, part))
        PUT(&job, job_answer, part, asked->part);
    begin(&answering, allocation, effects, asked->worker, asked->token);
    judge(&answering, &job, key_of(&job), false);
    if (answering.n > 0)
        append_declined(&answering, asked);
    if (answering.n > 0 && job_is_offer(&answering.rows[0]))
        handover_refused(allocation, effects, answering.keys[0], asked->worker);
    reply(&answering, &request->peer);
}
