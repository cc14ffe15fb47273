// SPDX-License-Identifier: MIT
// Picks jobs in the order of the queue, and leases them.
// Called when a worker takes, and when work comes to a team whose workers wait.
// Must not skip a job but for what is kept for another worker, and news of that worker's case.
#include "services/allocation/grant.h"

#include "common/base/tag.h"
#include "services/allocation/compose.h"
#include "services/allocation/index_job.h"

enum { LEASE_MS_DEFAULT = 15 * 60 * 1000, RETRY_MS = 1000 };

// Jobs picked for one take.
struct picked {
    unsigned n;
    struct job_key keys[GRANT_JOBS_MAX];
    struct job_row rows[GRANT_JOBS_MAX];
};

static bool is_picked(const struct picked *picked, struct job_key key)
{
    for (unsigned i = 0; i < picked->n; i++)
        if (picked->keys[i].referral == key.referral && picked->keys[i].part == key.part)
            return true;
    return false;
}

// The worker for whom the job is kept, or who has accepted the case that it is news of, at this team; size 0: anybody may have it.
static struct span owner_of(const struct allocation *allocation, const struct job_row *row, struct job_row *of)
{
    struct job_key key = {.referral = row->news_of};

    if (job_is_reserved(row))
        return job_worker(row);
    if (row->news_of == 0)
        return span_of(NULL, 0);
    for (; key.part <= JOB_PARTS_MAX && job_table_get(&allocation->jobs, key, of) == ERR_NONE; key.part++)
        if (of->state == STATE_ACCEPTED && of->team == row->team && of->news_of == 0)
            return job_worker(of);
    return span_of(NULL, 0);
}

// The queue whose first job is the more pressing one; NULL when both are empty.
static struct job_heap *more_pressing(struct job_heap *all, struct job_heap *own)
{
    const struct job_node *a = job_heap_top(all), *b = own == NULL ? NULL : job_heap_top(own);

    if (b == NULL)
        return a == NULL ? NULL : all;
    return a == NULL || job_node_before(b, a) ? own : all;
}

// The next job that this worker may be given, off the queue; false when there is none. News of others goes to their own queues.
static bool pick(struct allocation *allocation, const struct parked_take *take, struct picked *picked)
{
    struct span worker = span_of(take->worker, take->worker_size);
    struct job_row *row = &picked->rows[picked->n];
    struct job_heap *heap;

    while ((heap = more_pressing(team_queue_of(allocation->queues, take->team, span_of(NULL, 0)),
                                 team_queue_of(allocation->queues, take->team, worker))) != NULL) {
        struct job_node node = *job_heap_top(heap);
        struct job_row of;
        struct span owner;

        job_heap_pop(heap);
        if (!index_job_holds(allocation, take->team, &node, row) || is_picked(picked, job_node_key(&node)))
            continue; // stale
        owner = owner_of(allocation, row, &of);
        if (owner.size == 0 || span_equal(owner, worker)) {
            picked->keys[picked->n++] = job_node_key(&node);
            return true;
        }
        if (team_queue_push(allocation->queues, take->team, owner, node) != ERR_NONE)
            return false; // out of memory: it is found again at the next start, or when it is overdue
    }
    return false;
}

static uint32_t lease_ms_of(const struct allocation *allocation, const struct parked_take *take)
{
    const struct policy *policy = policy_shelf_newest(&allocation->shelf);
    unsigned team = policy == NULL ? 0 : rules_team(policy, name_table_text(allocation->names, take->team));

    if (take->lease_ms > 0)
        return take->lease_ms;
    return team > 0 && policy->teams[team].lease_ms > 0 ? policy->teams[team].lease_ms : LEASE_MS_DEFAULT;
}

static void tell_job(const struct allocation *allocation, const struct picked *picked, unsigned i, char family[16], char news_of[16],
                     const struct job *job, struct taken_job *told)
{
    const struct job_row *row = &picked->rows[i];

    *told = (struct taken_job){.referral = job->referral, .level = row->level, .due = row->due_ms};
    tag_print('F', row->family, family);
    told->family = span_text(family);
    if (job->part > 0)
        PUT(told, taken_job, part, job->part);
    PUT(told, taken_job, attempt, job->attempt);
    if (row->rule != NAME_NONE)
        PUT(told, taken_job, rule, name_table_text(allocation->names, row->rule));
    if (row->marks != 0)
        PUT(told, taken_job, marks, row->marks);
    if (row->reason != REASON_NONE)
        PUT(told, taken_job, reason, row->reason);
    if (row->input != 0)
        PUT(told, taken_job, sequence, row->input);
    if (row->news_of == 0)
        return;
    tag_print('R', row->news_of, news_of);
    PUT(told, taken_job, news_of, span_text(news_of));
}

static void lease(struct allocation *allocation, struct effects *effects, const struct parked_take *take, const struct picked *picked)
{
    char tags[GRANT_JOBS_MAX][3][16];
    struct leased leased = {.team = name_table_text(allocation->names, take->team), .worker = span_of(take->worker, take->worker_size)};
    struct taken *taken = &allocation->reply.taken;
    struct effect effect = {.type = EVENT_LEASED, .data = &leased};
    uint64_t token;

    *taken = (struct taken){.answer = ANSWER_OK};
    leased.lease_ms = lease_ms_of(allocation, take);
    leased.due = allocation->now.wall_ms + (int64_t)leased.lease_ms;
    leased.n_jobs = taken->n_jobs = picked->n;
    for (unsigned i = 0; i < picked->n; i++) {
        leased.jobs[i] = compose_job(picked->keys[i], tags[i][0]);
        PUT(&leased.jobs[i], job, attempt, picked->rows[i].attempts < JOB_ATTEMPTS_MAX ? picked->rows[i].attempts + 1u : JOB_ATTEMPTS_MAX);
        tell_job(allocation, picked, i, tags[i][1], tags[i][2], &leased.jobs[i], &taken->jobs[i]);
    }
    SET_HAS(taken, taken, jobs);
    token = effects_append(effects, &effect);
    PUT(taken, taken, token, token);
    PUT(taken, taken, lease_ms, leased.lease_ms);
    effects_reply(effects, &take->peer, &record_taken, taken);
}

bool grant_jobs(struct allocation *allocation, struct effects *effects, const struct parked_take *take)
{
    struct picked picked;

    picked.n = 0;
    while (picked.n < take->max && picked.n < GRANT_JOBS_MAX && pick(allocation, take, &picked))
        ;
    if (picked.n > 0)
        lease(allocation, effects, take, &picked);
    return picked.n > 0;
}

void grant_nothing(struct allocation *allocation, struct effects *effects, const struct peer *peer, enum answer answer)
{
    struct taken *taken = &allocation->reply.taken;

    *taken = (struct taken){.answer = (uint8_t)answer};
    if (answer == ANSWER_BUSY)
        PUT(taken, taken, retry_after_ms, RETRY_MS);
    effects_reply(effects, peer, &record_taken, taken);
}

// ---------------------------------------------------------------- parked takes

struct serving {
    struct allocation *allocation;
    struct effects *effects;
    unsigned events; // that may still be appended
};

static bool give(void *context, const struct parked_take *take, bool *more)
{
    struct serving *serving = context;

    *more = serving->events > 0 && serving->allocation->jobs.depths[take->team].queued > 0;
    if (!*more || !grant_jobs(serving->allocation, serving->effects, take))
        return false;
    serving->events--;
    return true;
}

void grant_parked(struct allocation *allocation, struct effects *effects, unsigned events)
{
    struct serving serving = {.allocation = allocation, .effects = effects, .events = events};

    while (allocation->n_woken > 0 && serving.events > 0) {
        uint16_t team = allocation->woken[allocation->n_woken - 1];

        parked_take_serve(allocation->parked, team, give, &serving);
        if (serving.events == 0)
            return; // more of this team's may be waiting
        allocation->n_woken--;
        allocation->is_woken[team] = false;
    }
}
