// SPDX-License-Identifier: MIT
// What an answer of the family does to a referral and its parts.
// Called once for each consent.recorded about a referral that has a lead.
// Must not stop level 4, nor close anything: a person does.
#include "services/allocation/on_consent.h"

#include "services/allocation/judge_again.h"
#include "services/allocation/release.h"
#include "services/allocation/side_job.h"

struct answering {
    struct allocation *allocation;
    struct effects *effects;
    uint64_t referral, cause;
};

static bool is_with_team(const struct job_row *row)
{
    return row->state == STATE_QUEUED || row->state == STATE_LEASED;
}

// Support for the family, and neither news, task nor offer.
static bool is_support(const struct job_row *row)
{
    return row->news_of == 0 && !job_is_task(row) && !job_is_offer(row) && row->rule != NAME_NONE;
}

// ---------------------------------------------------------------- given

// It waits for the family's answer, whatever it is called by now.
static bool waits_for_consent(const struct allocation *allocation, const struct job_row *row)
{
    const struct policy *policy = compose_policy(allocation, row);

    if (row->reason == REASON_AWAITING_CONSENT || row->reason == REASON_CONSENT_REFUSED)
        return row->state == STATE_HELD || row->state == STATE_DECIDING;
    return row->state == STATE_DECIDING && row->reason == REASON_HOLD_EXPIRED && policy != NULL &&
           destination_reason(policy, name_table_text(allocation->names, row->rule)) == REASON_AWAITING_CONSENT;
}

// Support that waits for the family's answer, or for a person because of it, beside a lead that does not.
static bool waits_alone(const struct job_row *row)
{
    bool asked = row->reason == REASON_HOLD_EXPIRED || row->reason == REASON_CONSENT_REFUSED;

    return is_support(row) && (row->state == STATE_HELD ? !job_waits_with_lead(row) : row->state == STATE_DECIDING && asked);
}

// What was stopped or told because of the answer before is undone.
static void undo_part(void *context, struct job_key key, const struct job_row *row)
{
    const struct answering *answering = context;

    if (row->reason != REASON_CONSENT_WITHDRAWN && !waits_alone(row))
        return;
    if ((row->state == STATE_DECIDING || row->state == STATE_HELD) && release_to_row(answering->allocation, answering->effects, key, row))
        return;
    side_job_close(answering->effects, key, span_text("hub"), OUTCOME_DONE, 0);
}

static void on_given(struct answering *answering, const struct job_row *lead)
{
    struct again again;

    side_job_each(answering->allocation, answering->referral, undo_part, answering);
    if (waits_for_consent(answering->allocation, lead) &&
        judge_again_begin(&again, answering->allocation, answering->effects, answering->referral, answering->cause))
        judge_again_go(&again);
}

// ---------------------------------------------------------------- refused or withdrawn

// Support that nobody has accepted waits with its lead, or where that does not wait, alone.
static void hold_part(void *context, struct job_key key, const struct job_row *row)
{
    const struct again *again = context;
    struct allocation *allocation = again->routing.allocation;
    struct destination_job *to = &allocation->destination.parts[0];

    if (!is_support(row) || !(is_with_team(row) || (row->state == STATE_HELD && waits_alone(row))))
        return;
    *to = (struct destination_job){.outcome = DESTINATION_HOLD, .reason = allocation->destination.lead.reason, .marks = row->marks};
    to->proposal = name_table_text(allocation->names, row->state == STATE_HELD ? row->proposal : row->team);
    to->rule = name_table_text(allocation->names, row->rule);
    route_append(&again->routing, 1, key.part);
}

// Beside a worker's case it waits for a person by itself.
static void stop_part(void *context, struct job_key key, const struct job_row *row)
{
    const struct answering *answering = context;
    struct onward to = {.team = span_text("hub-decision"), .level = row->level, .reason = REASON_CONSENT_WITHDRAWN, .marks = row->marks};

    if (!is_support(row) || row->level >= LEVEL_GUARDED || row->reason == REASON_CONSENT_REFUSED ||
        !(is_with_team(row) || waits_alone(row)))
        return;
    to.cause = answering->cause;
    compose_onward(answering->allocation, answering->effects, key, row, &to);
}

// News that reaches whoever holds this job: kept for that worker or with that worker, or, of a lead, left to the team.
static bool reaches(const struct job_row *news, const struct job_row *holder)
{
    if (news->team != holder->team)
        return false;
    return holder->state != STATE_ACCEPTED || (news->state == STATE_QUEUED && !job_is_reserved(news)) ||
           span_equal(job_worker(news), job_worker(holder));
}

// What was said twice is told once.
static bool is_told(const struct answering *answering, uint64_t of, const struct job_row *holder)
{
    struct job_row row;
    uint8_t part = 0;

    while ((part = side_job_find(answering->allocation, answering->referral, REASON_CONSENT_WITHDRAWN, part + 1u, &row)) != 0)
        if (row.news_of == of && reaches(&row, holder))
            return true;
    return false;
}

static void tell(const struct answering *answering, uint64_t of, const struct job_row *holder, struct span worker)
{
    struct onward to = {.level = holder->level, .reason = REASON_CONSENT_WITHDRAWN, .cause = answering->cause, .for_worker = worker};

    if (is_told(answering, of, holder))
        return;
    to.team = name_table_text(answering->allocation->names, holder->team);
    side_job_add(answering->allocation, answering->effects, answering->referral, holder, of, &to);
}

// Whoever has accepted a part is told, as the case's worker is; several may have one each at one team.
static void tell_worker_of_part(void *context, struct job_key key, const struct job_row *row)
{
    const struct answering *answering = context;

    if (row->state == STATE_ACCEPTED && is_support(row))
        tell(answering, key.referral, row, job_worker(row));
}

// The lead goes where the second judgement says, and what stands beside it waits for the same.
static void stop_all(const struct answering *answering, struct again *again)
{
    route_append(&again->routing, 0, 0);
    side_job_each(answering->allocation, answering->referral, hold_part, again);
}

static void stop_lead(struct answering *answering, struct again *again)
{
    if (again->lead.state == STATE_DECIDING && again->lead.reason == REASON_CONSENT_REFUSED)
        return;
    stop_all(answering, again);
}

// The case is a worker's: the worker and the hub are told, and go on as they see fit.
static void tell_of_refusal(struct answering *answering, const struct job_row *lead)
{
    uint64_t referral = answering->referral;

    tell(answering, lead->news_of != 0 ? lead->news_of : referral, lead, span_of(NULL, 0));
    side_job_task(answering->allocation, answering->effects, referral, lead, REASON_CONSENT_WITHDRAWN, answering->cause);
    side_job_each(answering->allocation, referral, stop_part, answering);
}

// The lead is over, or not to be stopped: what stands beside it is.
static void stop_parts(struct answering *answering)
{
    side_job_each(answering->allocation, answering->referral, tell_worker_of_part, answering);
    side_job_each(answering->allocation, answering->referral, stop_part, answering);
}

static void on_refused(struct answering *answering, const struct job_row *lead)
{
    struct again again;

    if (!job_is_open(lead) || lead->level >= LEVEL_GUARDED) {
        stop_parts(answering);
        return;
    }
    side_job_each(answering->allocation, answering->referral, tell_worker_of_part, answering);
    if (!judge_again_begin(&again, answering->allocation, answering->effects, answering->referral, answering->cause) ||
        !judge_again_reason(&again, REASON_CONSENT_REFUSED))
        return;
    if (lead->state == STATE_ACCEPTED || lead->news_of != 0)
        tell_of_refusal(answering, lead);
    else
        stop_lead(answering, &again);
}

// ---------------------------------------------------------------- not asked after all

// The news is the worker's; support that stands beside it waits.
static void hold_beside_news(const struct answering *answering, const struct job_row *lead)
{
    struct again again;

    if (job_is_open(lead) && lead->level < LEVEL_GUARDED &&
        judge_again_begin(&again, answering->allocation, answering->effects, answering->referral, answering->cause) &&
        judge_again_reason(&again, REASON_AWAITING_CONSENT))
        side_job_each(answering->allocation, answering->referral, hold_part, &again);
}

// A partner mends its answer. What nobody has accepted waits, as it would have from the first; a worker's case goes on.
static void on_not_sought(const struct answering *answering, const struct job_row *lead)
{
    const struct destination_job *to = &answering->allocation->destination.lead;
    struct again again;

    if (lead->news_of != 0)
        hold_beside_news(answering, lead);
    if (!is_with_team(lead) || lead->news_of != 0 || lead->level >= LEVEL_GUARDED ||
        !judge_again_begin(&again, answering->allocation, answering->effects, answering->referral, answering->cause))
        return;
    route_judge(&again.routing);
    if (to->outcome == DESTINATION_HOLD && to->reason == REASON_AWAITING_CONSENT)
        stop_all(answering, &again);
}

// ---------------------------------------------------------------- the answer

void on_consent_follow(struct allocation *allocation, struct effects *effects, uint64_t referral, uint64_t cause)
{
    struct answering answering = {.allocation = allocation, .effects = effects, .referral = referral, .cause = cause};
    struct job_row lead;

    if (job_table_get(&allocation->jobs, (struct job_key){.referral = referral}, &lead) != ERR_NONE)
        return;
    if (lead.consent == CONSENT_GIVEN)
        on_given(&answering, &lead);
    else if (lead.consent == CONSENT_REFUSED || lead.consent == CONSENT_WITHDRAWN)
        on_refused(&answering, &lead);
    else if (lead.consent == CONSENT_NOT_SOUGHT)
        on_not_sought(&answering, &lead);
}

void on_consent(struct allocation *allocation, struct effects *effects, const struct about *about)
{
    const struct consent_recorded *recorded = about->data;
    struct updated updated = {0};

    PUT(&updated, updated, consent, recorded->consent);
    compose_append(effects, EVENT_UPDATED, about->referral, about->sequence, &updated);
    on_consent_follow(allocation, effects, about->referral, about->sequence);
}
