// SPDX-License-Identifier: MIT
// reopen: a closed case goes back to the worker who had it, where that can be; else to a person.
// Called for each request by the runtime.
// Must not lower a level, let level 4 wait for anybody, nor go on with what the family has withdrawn or somebody else has begun since.
#include "services/allocation/on_reopen.h"

#include "common/base/tag.h"
#include "services/allocation/agreement.h"
#include "services/allocation/apart.h"
#include "services/allocation/basis.h"
#include "services/allocation/judge_again.h"
#include "services/allocation/release.h"
#include "services/allocation/side_job.h"
#include "services/allocation/work_reply.h"
#include "services/allocation/work_requests.h"

// ---------------------------------------------------------------- what comes back with it

struct returning {
    struct allocation *allocation;
    struct effects *effects;
    bool assessed; // nobody need ask for an assessment any more
};

// Support waits as the lead does, and goes on with it.
static void hold_again(const struct returning *returning, struct job_key key, const struct job_row *row)
{
    const struct allocation *allocation = returning->allocation;
    struct held held = {.part = key.part, .reason = REASON_REOPENED, .level = row->level};
    uint16_t team = row->team == NAME_HUB_DECISION ? row->proposal : row->team;
    char family[TAG_TEXT_MAX + 1];

    SET_HAS(&held, held, part);
    held.policy = name_table_text(allocation->names, row->policy);
    held.due = compose_due(compose_policy(allocation, row), STATE_HELD, span_text("hub-decision"), allocation->now.wall_ms);
    tag_print('F', row->family, family);
    held.family = span_text(family);
    if (row->rule != NAME_NONE)
        PUT(&held, held, rule, name_table_text(allocation->names, row->rule));
    if (team != NAME_NONE)
        PUT(&held, held, proposal, name_table_text(allocation->names, team));
    if (row->marks != 0)
        PUT(&held, held, marks, row->marks);
    if (row->basis != BASIS_NONE)
        PUT(&held, held, basis, row->basis);
    compose_append(returning->effects, EVENT_HELD, key.referral, 0, &held);
}

static void ask_again(const struct returning *returning, struct job_key key, const struct job_row *row)
{
    struct onward to = {.team = span_text("hub-decision"), .level = row->level, .reason = (enum decision_reason)row->reason};

    to.proposal = name_table_text(returning->allocation->names, row->proposal);
    to.marks = row->marks;
    to.stage = row->stage;
    to.cause = row->input;
    compose_onward(returning->allocation, returning->effects, key, row, &to);
}

// News is old by now, and an offer was made by who no longer has the case.
static void come_back(const struct returning *returning, struct job_key key, const struct job_row *row)
{
    if (row->news_of != 0 || job_is_offer(row) || (row->reason == REASON_EHA_MISSING && returning->assessed))
        return;
    if (row->rule != NAME_NONE && !job_is_task(row))
        hold_again(returning, key, row);
    else
        ask_again(returning, key, row);
}

static void bring_back(struct allocation *allocation, struct effects *effects, const struct job_row *lead, struct job_key key)
{
    struct returning returning = {.allocation = allocation, .effects = effects};
    struct read_back back;
    struct job_row row;

    returning.assessed = ((const struct triaged *)read_back_event(allocation, lead->input, EVENT_TRIAGED, &back))->facts.kind == KIND_EHA;
    for (key.part = 1; key.part <= JOB_PARTS_MAX && job_table_get(&allocation->jobs, key, &row) == ERR_NONE; key.part++)
        if (row.state == STATE_CLOSED && (row.flags & JOB_ENDED_WITH_LEAD) != 0)
            come_back(&returning, key, &row);
}

void on_reopen_begin(struct allocation *allocation, struct effects *effects, struct job_key lead, const struct reopening *reopening)
{
    struct reopened reopened = {.by = reopening->by, .why = (uint8_t)reopening->why};
    struct job_row row;

    if (job_table_get(&allocation->jobs, lead, &row) != ERR_NONE || row.state != STATE_CLOSED)
        return;
    if (reopening->note > 0)
        PUT(&reopened, reopened, note, reopening->note);
    compose_append(effects, EVENT_REOPENED, lead.referral, 0, &reopened);
    bring_back(allocation, effects, &row, lead);
}

// ---------------------------------------------------------------- where it goes

// A lead that has just been opened again.
struct opened {
    struct allocation *allocation;
    struct effects *effects;
    struct job_key key;
    struct job_row row; // as it was closed
};

static bool is_guarded(const struct policy *policy, struct span team)
{
    unsigned index = rules_team(policy, team);

    return index != 0 && policy->teams[index].guarded;
}

// The protected team that had it, else the first one there is; size 0: there is none.
static struct span guarded_team(const struct opened *opened)
{
    const struct policy *policy = compose_policy(opened->allocation, &opened->row);
    struct span had = name_table_text(opened->allocation->names, opened->row.team);

    if (policy == NULL)
        return span_of(NULL, 0);
    if (is_guarded(policy, had))
        return had;
    for (unsigned i = 1; i < policy->n_teams; i++)
        if (policy->teams[i].guarded)
            return policy->teams[i].code;
    return span_of(NULL, 0);
}

static bool go_to_guarded(const struct opened *opened)
{
    struct onward to = {.team = guarded_team(opened), .level = opened->row.level};

    if (opened->row.level < LEVEL_GUARDED || to.team.size == 0)
        return false;
    to.basis = basis_now(opened->allocation, opened->key.referral, to.level, CONSENT_NONE);
    compose_onward(opened->allocation, opened->effects, opened->key, &opened->row, &to);
    release_parts(opened->allocation, opened->effects, opened->key.referral);
    return true;
}

static void go_to_person(const struct opened *opened)
{
    struct onward to = {.team = span_text("hub-decision"), .level = opened->row.level, .reason = REASON_REOPENED};
    uint16_t team = opened->row.team == NAME_HUB_DECISION ? opened->row.proposal : opened->row.team;

    to.proposal = name_table_text(opened->allocation->names, team);
    compose_onward(opened->allocation, opened->effects, opened->key, &opened->row, &to);
}

// The family does not agree to help any more: a person sees to it, as for who refuses at once.
static bool stops_for_family(const struct opened *opened)
{
    enum consent_service agreement = agreement_of(opened->allocation, &opened->row);
    struct again again;

    if (agreement != CONSENT_REFUSED && agreement != CONSENT_WITHDRAWN)
        return false;
    if (!judge_again_begin(&again, opened->allocation, opened->effects, opened->key.referral, 0) ||
        !judge_again_reason(&again, REASON_CONSENT_REFUSED))
        return false;
    route_append(&again.routing, 0, 0);
    return true;
}

// Another case of the family was opened meanwhile: one worker has a family. A person says whether it is news for that worker.
static bool meets_open_case(const struct opened *opened)
{
    struct onward to = {.team = span_text("hub-decision"), .level = opened->row.level, .reason = REASON_REOPENED};
    struct job_row row = opened->row;
    struct family_state family;
    struct again again;

    if (!judge_again_begin(&again, opened->allocation, opened->effects, opened->key.referral, 0) || again.routing.policy == NULL)
        return false;
    route_family(&again.routing, &family);
    if (!family.open)
        return false;
    row.news_of = again.routing.case_referral;
    to.proposal = family.team;
    if (row.level > family.level) {
        to.reason = REASON_STEP_UP;
        to.proposal = name_table_text(opened->allocation->names, row.team);
    }
    compose_onward(opened->allocation, opened->effects, opened->key, &row, &to);
    return true;
}

// Back to the queue of its team, kept for the worker who had it, unless that worker cannot have it now.
static void go_to_worker(const struct opened *opened)
{
    struct allocation *allocation = opened->allocation;
    struct onward to = {.team = name_table_text(allocation->names, opened->row.team), .level = opened->row.level};
    struct span worker = job_worker(&opened->row);

    if (!post_table_is_away(&allocation->posts, worker, allocation->now.wall_ms, NULL) &&
        !apart_binds(allocation, opened->row.family, opened->row.level, worker)) {
        to.for_worker = worker;
        to.because = BECAUSE_PREVIOUS_WORKER;
    }
    to.basis = basis_now(allocation, opened->key.referral, to.level, CONSENT_NONE);
    compose_onward(allocation, opened->effects, opened->key, &opened->row, &to);
    release_parts(allocation, opened->effects, opened->key.referral);
}

// ---------------------------------------------------------------- all of it

void on_reopen_to_person(struct allocation *allocation, struct effects *effects, struct job_key lead, const struct reopening *reopening)
{
    struct opened opened = {.allocation = allocation, .effects = effects, .key = lead};

    if (job_table_get(&allocation->jobs, lead, &opened.row) != ERR_NONE || opened.row.state != STATE_CLOSED)
        return;
    on_reopen_begin(allocation, effects, lead, reopening);
    if (!go_to_guarded(&opened))
        go_to_person(&opened);
}

static void reopen(const struct working *job, const struct reopening *reopening)
{
    const struct opened opened = {.allocation = job->allocation, .effects = job->effects, .key = job->key, .row = job->row};

    on_reopen_begin(job->allocation, job->effects, job->key, reopening);
    if (go_to_guarded(&opened) || stops_for_family(&opened) || meets_open_case(&opened))
        return;
    if (job->row.worker_size > 0 && job->row.outcome != OUTCOME_ENTERED_IN_ERROR)
        go_to_worker(&opened);
    else
        go_to_person(&opened);
}

void on_reopen(void *state, const struct request *request, struct moment now, struct effects *effects)
{
    const struct reopen_case *asked = request->record;
    const struct reopening reopening = {.by = asked->by, .why = (enum reopen_why)asked->why, .note = asked->note};
    const struct asked same = {.type = EVENT_REOPENED, .by = asked->by, .what = asked->why};
    struct working job;

    if (!work_reply_begin(&job, state, request, now, effects, asked->referral, 0))
        return;
    if (job.row.state != STATE_CLOSED) {
        work_reply_answer(&job, work_reply_is_repeat(&job, &same) ? ANSWER_OK : ANSWER_STALE);
        return;
    }
    reopen(&job, &reopening);
    work_reply_answer(&job, ANSWER_OK);
}
