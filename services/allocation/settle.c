// SPDX-License-Identifier: MIT
// Settles challenges, withdrawals and suggested steps.
// Called by on_decide for each decision.
// Must not let a decision pass in silence: a challenge that is right opens it again.
#include "services/allocation/settle.h"

#include "services/allocation/agreement.h"
#include "services/allocation/basis.h"
#include "services/allocation/on_close.h"
#include "services/allocation/on_reopen.h"
#include "services/allocation/on_step.h"
#include "services/allocation/release.h"
#include "services/allocation/side_job.h"

// ---------------------------------------------------------------- challenges

// The challenge is right: whatever was decided waits for a person again. What stays where it is, a worker's case or level 4 in its queue, is a
// person's to step: a task says so, and the worker is told.
static void open_decision(struct working *job, const struct decide *asked)
{
    struct job_key lead = {.referral = job->key.referral};
    struct job_row row;
    struct onward to = {.team = span_text("hub-decision"), .reason = REASON_CHALLENGED};

    if (job_table_get(&job->allocation->jobs, lead, &row) != ERR_NONE)
        return;
    to.level = row.level;
    to.marks = row.marks;
    to.proposal = name_table_text(job->allocation->names, row.state == STATE_HELD ? row.proposal : row.team);
    if (row.state == STATE_CLOSED)
        on_reopen_to_person(job->allocation, job->effects, lead,
                            &(struct reopening){.by = asked->by, .why = REOPEN_CHALLENGE_UPHELD, .note = asked->note});
    else if ((row.state == STATE_QUEUED || row.state == STATE_LEASED || row.state == STATE_HELD) && row.level < LEVEL_GUARDED)
        compose_onward(job->allocation, job->effects, lead, &row, &to);
    else if (row.state != STATE_DECIDING && row.state != STATE_DEAD)
        side_job_task(job->allocation, job->effects, lead.referral, &row, REASON_CHALLENGE_UPHELD, 0);
    if (row.state == STATE_ACCEPTED)
        side_job_tell_worker(job->allocation, job->effects, lead.referral, &row, REASON_CHALLENGE_UPHELD, 0);
}

static void settle_challenge(struct working *job, const struct decide *asked)
{
    if (asked->action == DECIDE_UPHOLD) {
        side_job_close(job->effects, job->key, asked->by, OUTCOME_UPHELD, asked->note);
        open_decision(job, asked);
        work_reply_answer(job, ANSWER_OK);
    } else if (asked->action == DECIDE_DISMISS) {
        side_job_close(job->effects, job->key, asked->by, OUTCOME_DISMISSED, asked->note);
        work_reply_answer(job, ANSWER_OK);
    } else {
        work_reply_refuse(job, "/action", FAULT_UNKNOWN_CODE, "this is a challenge: uphold, or dismiss");
    }
}

// ---------------------------------------------------------------- withdrawals

static void settle_withdrawal(struct working *job, const struct decide *asked)
{
    struct job_row lead;

    if (asked->action == DECIDE_DISMISS) {
        side_job_close(job->effects, job->key, asked->by, OUTCOME_DISMISSED, asked->note);
        work_reply_answer(job, ANSWER_OK);
    } else if (asked->action != DECIDE_CONFIRM) {
        work_reply_refuse(job, "/action", FAULT_UNKNOWN_CODE,
                          "a partner takes the referral back: confirm closes it, dismiss lets it go on");
    } else if (job_table_get(&job->allocation->jobs, (struct job_key){.referral = job->key.referral}, &lead) != ERR_NONE ||
               lead.level >= LEVEL_GUARDED) {
        work_reply_refuse(job, "/action", FAULT_OUT_OF_RANGE, "level 4 does not end because a partner withdraws: dismiss");
    } else {
        on_close_lead(job->allocation, job->effects, job->key.referral, asked->by, OUTCOME_WITHDRAWN, asked->note);
        work_reply_answer(job, ANSWER_OK);
    }
}

// ---------------------------------------------------------------- steps up

// A step as the person wants it.
struct wanted {
    struct span team;
    unsigned level;
    struct handover_why why;
};

static void append_decided(const struct working *job, const struct decide *asked, const struct wanted *wanted)
{
    struct decided decided = {.by = asked->by, .team = wanted->team, .level = wanted->level};

    PUT(&decided, decided, part, job->key.part);
    if (job->row.proposal != NAME_NONE)
        PUT(&decided, decided, proposal, name_table_text(job->allocation->names, job->row.proposal));
    if (wanted->why.basis != BASIS_NONE)
        PUT(&decided, decided, basis, (uint8_t)wanted->why.basis);
    if (asked->action == DECIDE_OVERRIDE)
        PUT(&decided, decided, why, asked->why);
    if (HAS(asked, decide, note))
        PUT(&decided, decided, note, asked->note);
    compose_append(job->effects, asked->action == DECIDE_OVERRIDE ? EVENT_OVERRIDDEN : EVENT_CONFIRMED, job->key.referral, 0, &decided);
}

// The suggestion becomes the offer: whoever of the team accepts it has the case.
static void make_offer(struct working *job, const struct wanted *wanted)
{
    struct onward to = {.team = wanted->team, .level = wanted->level, .reason = REASON_HANDOVER, .basis = wanted->why.basis};
    struct job_row row = job->row;

    row.rule = NAME_NONE;
    compose_onward(job->allocation, job->effects, job->key, &row, &to);
}

static void step_case_up(struct working *job, const struct decide *asked, const struct job_row *lead, const struct wanted *wanted)
{
    bool same_team = span_equal(wanted->team, name_table_text(job->allocation->names, lead->team));

    if (wanted->level < LEVEL_GUARDED && !same_team) {
        append_decided(job, asked, wanted);
        make_offer(job, wanted);
        return;
    }
    side_job_close(job->effects, job->key, asked->by, OUTCOME_DONE, asked->note);
    if (wanted->level >= LEVEL_GUARDED)
        on_step_at_once(job->allocation, job->effects, job->key.referral, lead, wanted->level, wanted->team, &wanted->why);
    else
        handover_relevel(job->allocation, job->effects, job->key.referral, lead, wanted->level, &wanted->why);
}

// A closed case is opened again, and goes there as a new one would.
static void step_closed_up(struct working *job, const struct decide *asked, const struct job_row *lead, const struct wanted *wanted)
{
    struct onward to = {.team = wanted->team, .level = wanted->level, .basis = wanted->why.basis};
    struct job_key key = {.referral = job->key.referral};

    side_job_close(job->effects, job->key, asked->by, OUTCOME_DONE, asked->note);
    on_reopen_begin(job->allocation, job->effects, key,
                    &(struct reopening){.by = asked->by, .why = REOPEN_NEW_INFORMATION, .note = asked->note});
    compose_onward(job->allocation, job->effects, key, lead, &to);
    release_parts(job->allocation, job->effects, key.referral);
}

static const struct team *team_of(const struct working *job, struct span code)
{
    const struct policy *policy = compose_policy(job->allocation, &job->row);
    unsigned index = policy == NULL ? 0 : rules_team(policy, code);

    return index == 0 || policy->teams[index].decides ? NULL : &policy->teams[index];
}

static struct wanted wanted_of(const struct working *job, const struct decide *asked)
{
    struct wanted wanted = {.team = name_table_text(job->allocation->names, job->row.proposal), .level = job->row.level};

    if (asked->action == DECIDE_OVERRIDE) {
        wanted.team = asked->team;
        wanted.level = HAS(asked, decide, level) ? (unsigned)asked->level : wanted.level;
    }
    wanted.why = (struct handover_why){.by = asked->by, .why = WHY_NEED_HIGHER, .note = asked->note};
    if (asked->action == DECIDE_OVERRIDE)
        wanted.why.why = (enum override_why)asked->why;
    return wanted;
}

static bool is_refused(const struct working *job, const struct job_row *lead)
{
    enum consent_service agreement = agreement_of(job->allocation, lead);

    return agreement == CONSENT_REFUSED || agreement == CONSENT_WITHDRAWN;
}

// Refuses what cannot be. True: refused.
static bool refuse_step(const struct working *job, const struct job_row *lead, const struct wanted *wanted)
{
    const struct team *team = team_of(job, wanted->team);
    struct job_row offer;

    if (team == NULL)
        work_reply_refuse(job, "/team", FAULT_UNKNOWN_CODE, "the policy has no such team, or it decides itself: override, naming another");
    else if (wanted->level <= lead->level && lead->state != STATE_CLOSED)
        work_reply_refuse(job, "/level", FAULT_OUT_OF_RANGE, "this is no step up: dismiss, or ask for a step");
    else if (wanted->level >= LEVEL_GUARDED && !team->guarded)
        work_reply_refuse(job, "/team", FAULT_OUT_OF_RANGE, "level 4 goes to a protected team");
    else if (lead->state != STATE_ACCEPTED && lead->state != STATE_CLOSED)
        work_reply_refuse(job, "/part", FAULT_OUT_OF_RANGE, "no worker has the case now: dismiss, and decide its lead");
    else if (lead->state == STATE_CLOSED && wanted->level < LEVEL_GUARDED && is_refused(job, lead))
        work_reply_refuse(job, "/part", FAULT_NOT_YET, "the family has not agreed, or no longer does: dismiss, or ask it first");
    else if (handover_find(job->allocation, job->key.referral, &offer) != 0)
        work_reply_refuse(job, "/part", FAULT_TOO_MANY, "it is offered already: wait for the answer");
    else
        return false;
    return true;
}

static void settle_step(struct working *job, const struct decide *asked)
{
    struct wanted wanted = wanted_of(job, asked);
    struct job_row lead;

    if (asked->action == DECIDE_DISMISS) {
        side_job_close(job->effects, job->key, asked->by, OUTCOME_DISMISSED, asked->note);
        work_reply_answer(job, ANSWER_OK);
        return;
    }
    if (asked->action == DECIDE_UPHOLD || (asked->action == DECIDE_OVERRIDE && !HAS(asked, decide, why) && wanted.level < LEVEL_GUARDED)) {
        work_reply_refuse(job, "/action", FAULT_UNKNOWN_CODE, "confirm, dismiss, or override with team and why");
        return;
    }
    if (job_table_get(&job->allocation->jobs, (struct job_key){.referral = job->key.referral}, &lead) != ERR_NONE ||
        refuse_step(job, &lead, &wanted))
        return;
    wanted.why.basis = basis_now(job->allocation, job->key.referral, wanted.level, CONSENT_NONE);
    if (lead.state == STATE_CLOSED)
        step_closed_up(job, asked, &lead, &wanted);
    else
        step_case_up(job, asked, &lead, &wanted);
    if (wanted.why.why == WHY_NONE)
        side_job_ask_why(job->allocation, job->effects, job->key.referral);
    work_reply_answer(job, ANSWER_OK);
}

// ---------------------------------------------------------------- suggestions

// Whoever has done something about it confirms; that moves nothing here: the step itself is asked for where it is made.
static bool settle_suggestion(struct working *job, const struct decide *asked)
{
    if (asked->action != DECIDE_DISMISS)
        return false;
    side_job_close(job->effects, job->key, asked->by, OUTCOME_DISMISSED, asked->note);
    work_reply_answer(job, ANSWER_OK);
    return true;
}

// ---------------------------------------------------------------- all of them

bool settle_part(struct working *job, const struct decide *asked)
{
    if (job->key.part == 0 || job->row.state != STATE_DECIDING)
        return false;
    switch (job->row.reason) {
    case REASON_CHALLENGED:
        settle_challenge(job, asked);
        return true;
    case REASON_STEP_UP:
        settle_step(job, asked);
        return true;
    case REASON_WITHDRAWN:
        settle_withdrawal(job, asked);
        return true;
    case REASON_STEP_UP_SUGGESTED:
        return settle_suggestion(job, asked);
    default:
        return false;
    }
}
