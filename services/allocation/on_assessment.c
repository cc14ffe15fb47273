// SPDX-License-Identifier: MIT
// What an assessment does to a referral that is there.
// Called for each referral.triaged but the first.
// Must not lower a level, nor take a case from its worker below level 4.
#include "services/allocation/on_assessment.h"

#include "services/allocation/eligible.h"
#include "services/allocation/judge_again.h"
#include "services/allocation/on_consent.h"
#include "services/allocation/on_reopen.h"
#include "services/allocation/on_step.h"
#include "services/allocation/side_job.h"

enum { LEVEL_HELPED = 2 }; // from there on a closed case is worth a person's look

#define HUB span_text("hub")

static void append_updated(const struct again *again, const struct hub_event *input)
{
    const struct triaged *triaged = input->data;
    uint64_t needs = eligible_needs(again->routing.policy, &triaged->facts);
    struct updated updated = {0};

    PUT(&updated, updated, triaged, input->sequence);
    PUT(&updated, updated, level, triaged->level);
    if (triaged->facts.headline_problems != 0)
        PUT(&updated, updated, problems, triaged->facts.headline_problems);
    if (needs != 0)
        PUT(&updated, updated, needs, needs);
    if (again->triaged.facts.consent != CONSENT_NONE)
        PUT(&updated, updated, consent, again->triaged.facts.consent);
    compose_append(again->routing.effects, EVENT_UPDATED, again->routing.referral, input->sequence, &updated);
}

// The task that asks for an assessment is done; held beside its lead, or not.
static void end_missing(void *context, struct job_key key, const struct job_row *row)
{
    const struct again *again = context;
    struct span rule = name_table_text(again->routing.allocation->names, row->rule);
    bool held =
        row->state == STATE_HELD && again->routing.policy != NULL && destination_reason(again->routing.policy, rule) == REASON_EHA_MISSING;

    if (held || (row->state == STATE_DECIDING && row->reason == REASON_EHA_MISSING))
        side_job_close(again->routing.effects, key, HUB, OUTCOME_DONE, 0);
}

static bool waited_for_it(const struct again *again)
{
    const struct job_row *lead = &again->lead;
    struct span rule = name_table_text(again->routing.allocation->names, lead->rule);

    if (lead->state == STATE_HELD)
        return true;
    return lead->state == STATE_DECIDING && lead->reason == REASON_HOLD_EXPIRED && again->routing.policy != NULL &&
           destination_reason(again->routing.policy, rule) == REASON_AWAITING_EHA;
}

// ---------------------------------------------------------------- a worker's case

// The team that the tables would send it to, were it new.
static struct span team_for(struct again *again)
{
    const struct destination_job *lead = &again->routing.allocation->destination.lead;

    route_judge(&again->routing);
    return lead->outcome == DESTINATION_QUEUE ? lead->team : lead->proposal;
}

// A person decides whether it goes up; the worker is told.
static void suggest(struct again *again)
{
    struct allocation *allocation = again->routing.allocation;
    struct onward to = {.team = span_text("hub-decision"), .level = (unsigned)again->triaged.level, .reason = REASON_STEP_UP};
    uint64_t referral = again->routing.referral;
    struct job_row row;
    uint8_t part = side_job_find(allocation, referral, REASON_STEP_UP, 1, &row);

    if (part != 0 && row.team == NAME_HUB_DECISION && row.level >= to.level)
        return; // it waits for that already
    to.proposal = team_for(again);
    to.cause = again->routing.cause;
    side_job_add(allocation, again->routing.effects, referral, &again->lead, 0, &to);
    if (again->lead.state == STATE_ACCEPTED)
        side_job_tell_worker(allocation, again->routing.effects, referral, &again->lead, REASON_STEP_UP, again->routing.cause);
}

static void go_up(struct again *again)
{
    struct handover_why why = {.by = HUB, .why = WHY_NEED_HIGHER};

    route_judge(&again->routing);
    why.basis = (enum basis)again->routing.allocation->destination.basis;
    handover_at_once(again->routing.allocation, again->routing.effects, again->routing.referral, &again->lead,
                     (unsigned)again->triaged.level, again->routing.allocation->destination.lead.team, &why);
    judge_again_go(again);
    handover_move_news(again->routing.allocation, again->routing.effects, again->routing.referral);
}

static void tell_case(struct again *again, bool higher)
{
    if (higher && again->triaged.level >= LEVEL_GUARDED)
        go_up(again);
    else if (higher)
        suggest(again);
    else
        side_job_tell_worker(again->routing.allocation, again->routing.effects, again->routing.referral, &again->lead, REASON_NONE,
                             again->routing.cause);
}

static void tell_closed(struct again *again, unsigned level)
{
    struct job_key lead = {.referral = again->routing.referral};

    if (level >= LEVEL_GUARDED) {
        on_reopen_begin(again->routing.allocation, again->routing.effects, lead,
                        &(struct reopening){.by = HUB, .why = REOPEN_NEW_INFORMATION});
        judge_again_go(again);
    } else if (level >= LEVEL_HELPED) {
        suggest(again);
    }
}

// ---------------------------------------------------------------- all of it

// The level that was held until now stays, until a person lowers it; whoever accepts must look at that.
static void keep_level(struct again *again)
{
    if (again->triaged.level >= again->lead.level)
        return;
    again->triaged.level = again->lead.level;
    PUT(&again->triaged, triaged, marks, again->triaged.marks | UINT64_C(1) << MARK_CLAIM_ABOVE_COMPUTED);
}

void on_assessment(struct allocation *allocation, struct effects *effects, uint64_t referral, const struct hub_event *input)
{
    const struct triaged *triaged = input->data;
    struct again again;
    bool higher;

    if (!judge_again_begin_with(&again, allocation, effects, referral, input->sequence, triaged))
        return;
    append_updated(&again, input);
    eligible_judge(&again.routing);
    side_job_each(allocation, referral, end_missing, &again);
    higher = triaged->level > again.lead.level;
    if (again.lead.state == STATE_CLOSED) {
        tell_closed(&again, (unsigned)triaged->level);
        return;
    }
    keep_level(&again);
    if (again.lead.state == STATE_ACCEPTED)
        tell_case(&again, higher);
    else if (higher || waited_for_it(&again))
        judge_again_go(&again);
    if (triaged->facts.consent != CONSENT_NONE)
        on_consent_follow(allocation, effects, referral, input->sequence);
}
