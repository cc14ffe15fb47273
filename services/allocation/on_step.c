// SPDX-License-Identifier: MIT
// step: a case goes to another level, team or worker.
// Called for each request by the runtime.
// Must not delay level 4, nor let a level fall without a reason; and a case never leaves a worker for nobody.
#include "services/allocation/on_step.h"

#include "services/allocation/agreement.h"
#include "services/allocation/apart.h"
#include "services/allocation/basis.h"
#include "services/allocation/post.h"
#include "services/allocation/release.h"
#include "services/allocation/side_job.h"
#include "services/allocation/work_reply.h"
#include "services/allocation/work_requests.h"

struct stepping {
    struct working job;
    const struct step_case *asked;
    const struct policy *policy;
    const struct team *team;
};

void on_step_at_once(struct allocation *allocation, struct effects *effects, uint64_t referral, const struct job_row *lead, unsigned level,
                     struct span team, const struct handover_why *why)
{
    struct onward to = {.team = team, .level = level, .basis = why->basis};

    handover_at_once(allocation, effects, referral, lead, level, team, why);
    compose_onward(allocation, effects, (struct job_key){.referral = referral}, lead, &to);
    release_parts(allocation, effects, referral);
    handover_move_news(allocation, effects, referral);
}

// ---------------------------------------------------------------- what must be there

static const struct step_row *row_of(const struct stepping *stepping)
{
    const struct step_rules *steps = &stepping->policy->steps;
    const uint8_t values[STEP_FACT_COUNT] = {[STEP_FACT_FROM] = stepping->job.row.level, [STEP_FACT_TO] = (uint8_t)stepping->asked->level};
    unsigned row = steps->table.n_rows > 0 ? table_match(&steps->table, values) : 0;

    return row < steps->table.n_rows ? &steps->rows[row] : NULL;
}

// Refuses what the policy's row wants and is not there; at level 4 nothing is asked, whatever a policy of old says. True: refused.
static bool refuse_unready(const struct stepping *stepping)
{
    const struct step_row *needs = row_of(stepping);
    uint64_t missing;

    if (needs == NULL || stepping->asked->level == LEVEL_GUARDED)
        return false;
    missing = needs->progress & ~(uint64_t)stepping->job.row.progress;
    if ((missing >> PROGRESS_PLAN & 1) != 0)
        work_reply_refuse(&stepping->job, "/referral", FAULT_NOT_YET, "the plan is not told yet: progress plan");
    else if (missing != 0)
        work_reply_refuse(&stepping->job, "/referral", FAULT_NOT_YET, "progress that this step needs is not told yet: see steps.yaml");
    else if (needs->receiver && !HAS(stepping->asked, step_case, to_worker))
        work_reply_refuse(&stepping->job, "/to_worker", FAULT_MISSING, "name the worker who is to have it");
    else if (needs->consent && agreement_of(stepping->job.allocation, &stepping->job.row) != CONSENT_GIVEN)
        work_reply_refuse(&stepping->job, "/referral", FAULT_NOT_YET, "the family has not agreed, or no longer does");
    else
        return false;
    return true;
}

// ---------------------------------------------------------------- who, and where to

static bool goes_at_once(const struct stepping *stepping)
{
    return stepping->asked->level == LEVEL_GUARDED && stepping->job.row.level < LEVEL_GUARDED;
}

// The case's worker, or whoever is shown it and sees level 4; a person at the hub.
static bool may_step(const struct stepping *stepping)
{
    const struct job_row *row = &stepping->job.row;
    const struct step_case *asked = stepping->asked;
    bool hers = row->token == asked->token && span_equal(job_worker(row), asked->by);

    if (!job_is_open(row))
        return false;
    if (HAS(asked, step_case, token) && !hers)
        return false;
    return row->state == STATE_ACCEPTED || goes_at_once(stepping);
}

static const struct team *team_of(struct stepping *stepping)
{
    unsigned index = stepping->policy == NULL ? 0 : rules_team(stepping->policy, stepping->asked->team);

    return index == 0 || stepping->policy->teams[index].decides ? NULL : &stepping->policy->teams[index];
}

static bool stays_with_worker(const struct stepping *stepping)
{
    const struct working *job = &stepping->job;

    return span_equal(stepping->asked->team, name_table_text(job->allocation->names, job->row.team)) &&
           (!HAS(stepping->asked, step_case, to_worker) || span_equal(stepping->asked->to_worker, job_worker(&job->row)));
}

static bool is_away(const struct working *job, struct span worker)
{
    return post_table_is_away(&job->allocation->posts, worker, job->allocation->now.wall_ms, NULL);
}

static bool is_stranger(const struct working *job, const struct step_case *asked)
{
    uint16_t team = name_table_find(job->allocation->names, asked->team);

    return team != NAME_NONE && post_is_stranger(job->allocation, team, asked->to_worker);
}

// Refuses what cannot be. True: refused.
static bool refuse_impossible(const struct stepping *stepping)
{
    const struct step_case *asked = stepping->asked;
    const struct working *job = &stepping->job;
    struct job_row offer;

    if (stepping->team == NULL)
        work_reply_refuse(job, "/team", FAULT_UNKNOWN_CODE, "the policy has no such team, or it decides itself");
    else if (!HAS(asked, step_case, why) && !goes_at_once(stepping))
        work_reply_refuse(job, "/why", FAULT_MISSING, "say why it goes to another level, team or worker");
    else if (asked->level == LEVEL_GUARDED && !stepping->team->guarded)
        work_reply_refuse(job, "/team", FAULT_OUT_OF_RANGE, "level 4 goes to a protected team");
    else if (asked->level < job->row.level && asked->why != WHY_NEED_LOWER && asked->why != WHY_FACTS_CORRECTED)
        work_reply_refuse(job, "/level", FAULT_OUT_OF_RANGE, "a lower level needs the reason need_lower or facts_corrected");
    else if (HAS(asked, step_case, to_worker) && apart_binds(job->allocation, job->row.family, (unsigned)asked->level, asked->to_worker))
        work_reply_refuse(job, "/to_worker", FAULT_OUT_OF_RANGE, "that worker has a family that this one must be kept apart from");
    else if (HAS(asked, step_case, to_worker) && is_stranger(job, asked))
        work_reply_refuse(job, "/to_worker", FAULT_OUT_OF_RANGE,
                          "that worker is not on the roster of the team: `windscreen worker list --team`");
    else if (HAS(asked, step_case, to_worker) && is_away(job, asked->to_worker))
        work_reply_refuse(job, "/to_worker", FAULT_OUT_OF_RANGE, "that worker is away");
    else if (asked->level == job->row.level && stays_with_worker(stepping))
        work_reply_refuse(job, "/level", FAULT_OUT_OF_RANGE, "it has this level, team and worker already");
    else if (!goes_at_once(stepping) && handover_find(job->allocation, job->key.referral, &offer) != 0) // it names the level of before
        work_reply_refuse(job, "/referral", FAULT_TOO_MANY, "it is offered already: wait for the answer, or take the offer back");
    else
        return false;
    return true;
}

// ---------------------------------------------------------------- the step

static void offer(struct stepping *stepping, enum basis basis)
{
    const struct step_case *asked = stepping->asked;
    struct working *job = &stepping->job;
    struct offered offered = {.by = asked->by, .team = asked->team, .level = asked->level, .why = asked->why};
    struct onward to = {.team = asked->team, .level = (unsigned)asked->level, .reason = REASON_HANDOVER, .basis = basis};

    offered.part = side_job_next(job->allocation, job->key.referral);
    if (offered.part == 0) {
        work_reply_refuse(job, "/referral", FAULT_TOO_MANY, "it has as many open parts as may be: settle some first");
        return;
    }
    if (HAS(asked, step_case, to_worker)) {
        PUT(&offered, offered, to_worker, asked->to_worker);
        to.for_worker = asked->to_worker;
    }
    if (HAS(asked, step_case, note))
        PUT(&offered, offered, note, asked->note);
    if (basis != BASIS_NONE)
        PUT(&offered, offered, basis, (uint8_t)basis);
    compose_append(job->effects, EVENT_OFFERED, job->key.referral, 0, &offered);
    job->key.part = side_job_add(job->allocation, job->effects, job->key.referral, &job->row, 0, &to);
    work_reply_answer(job, ANSWER_OK);
}

static void step(struct stepping *stepping)
{
    const struct step_case *asked = stepping->asked;
    struct working *job = &stepping->job;
    struct handover_why why = {.by = asked->by, .why = (enum override_why)asked->why, .note = asked->note};

    why.basis = basis_now(job->allocation, job->key.referral, (unsigned)asked->level, CONSENT_NONE);
    if (goes_at_once(stepping))
        on_step_at_once(job->allocation, job->effects, job->key.referral, &job->row, (unsigned)asked->level, asked->team, &why);
    else if (stays_with_worker(stepping))
        handover_relevel(job->allocation, job->effects, job->key.referral, &job->row, (unsigned)asked->level, &why);
    else {
        offer(stepping, why.basis);
        return;
    }
    if (!HAS(asked, step_case, why))
        side_job_ask_why(job->allocation, job->effects, job->key.referral);
    work_reply_answer(job, ANSWER_OK);
}

// Offered so already, and not answered yet.
static bool is_same_offer(const struct stepping *stepping, const struct job_row *offer)
{
    const struct step_case *asked = stepping->asked;
    struct span to = (offer->flags & JOB_RESERVED) != 0 ? job_worker(offer) : span_of(NULL, 0);

    return offer->level == asked->level && span_equal(asked->team, name_table_text(stepping->job.allocation->names, offer->team)) &&
           span_equal(to, asked->to_worker);
}

// Asked for again: the answer names the offer, if it is one.
static bool is_repeat(struct stepping *stepping)
{
    const struct step_case *asked = stepping->asked;
    struct working *job = &stepping->job;
    const struct asked same = {.type = EVENT_STEPPED, .by = asked->by, .what = asked->level, .team = asked->team};
    struct job_row offer;
    uint8_t part = may_step(stepping) ? handover_find(job->allocation, job->key.referral, &offer) : 0;

    if (part == 0 || !is_same_offer(stepping, &offer))
        return work_reply_is_repeat(job, &same) && job->row.level == asked->level &&
               span_equal(asked->team, name_table_text(job->allocation->names, job->row.team));
    job->key.part = part;
    return true;
}

void on_step(void *state, const struct request *request, struct moment now, struct effects *effects)
{
    const struct step_case *asked = request->record;
    struct stepping stepping = {.asked = asked};

    if (!work_reply_begin(&stepping.job, state, request, now, effects, asked->referral, 0))
        return;
    stepping.policy = compose_policy(stepping.job.allocation, &stepping.job.row);
    stepping.team = team_of(&stepping);
    if (is_repeat(&stepping))
        work_reply_answer(&stepping.job, ANSWER_OK);
    else if (!may_step(&stepping))
        work_reply_answer(&stepping.job, ANSWER_STALE);
    else if (!refuse_impossible(&stepping) && !refuse_unready(&stepping))
        step(&stepping);
}
