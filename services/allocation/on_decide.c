// SPDX-License-Identifier: MIT
// decide: a person settles what waits for a decision, is held, or is dead.
// Called for each request by the runtime.
// Must not let a level fall unless the person says that the need is lower, or that a fact was wrong; nor help who has not agreed to it.
#include "services/allocation/agreement.h"
#include "services/allocation/basis.h"
#include "services/allocation/keep.h"
#include "services/allocation/release.h"
#include "services/allocation/settle.h"
#include "services/allocation/side_job.h"
#include "services/allocation/work_requests.h"

#define FAMILY_HAS_NOT_AGREED "the family has not agreed, or no longer does: ask it, then decide with why consent_obtained"
#define LEVEL_4_GOES "level 4 goes to specialist; a lower level needs need_lower or facts_corrected"

struct deciding {
    struct working job;
    const struct decide *asked;
    enum basis basis; // on which it goes on
};

static struct span proposal_of(const struct deciding *deciding)
{
    uint16_t proposal = deciding->job.row.proposal;

    return proposal == NAME_HUB_DECISION ? span_of(NULL, 0) : name_table_text(deciding->job.allocation->names, proposal);
}

// ---------------------------------------------------------------- what goes with a lead that waits

static bool is_refused(const struct job_row *row)
{
    return row->reason == REASON_CONSENT_REFUSED || row->consent == CONSENT_REFUSED || row->consent == CONSENT_WITHDRAWN;
}

static void close_held(void *context, struct job_key key, const struct job_row *row)
{
    const struct deciding *deciding = context;

    if (row->state == STATE_HELD)
        side_job_close(deciding->job.effects, key, deciding->asked->by, OUTCOME_FAMILY_DECLINED, 0);
}

// The parts of a lead that waits are held with it. They go where they were meant to go when it does, unless the family wants no help: then
// they end.
static void end_holds(struct deciding *deciding)
{
    if (is_refused(&deciding->job.row) && deciding->asked->why != WHY_CONSENT_OBTAINED)
        side_job_each(deciding->job.allocation, deciding->job.key.referral, close_held, deciding);
    else
        release_parts(deciding->job.allocation, deciding->job.effects, deciding->job.key.referral);
}

// A part that is held goes with its lead: sent on alone it would go without what the lead waits for, consent above all.
static bool goes_with_lead(const struct deciding *deciding)
{
    struct job_key lead = {.referral = deciding->job.key.referral};
    struct job_row row;

    if (deciding->job.key.part == 0 || !job_waits_with_lead(&deciding->job.row) ||
        job_table_get(&deciding->job.allocation->jobs, lead, &row) != ERR_NONE)
        return false;
    return row.state == STATE_HELD || row.state == STATE_DECIDING;
}

// ---------------------------------------------------------------- the decision

// A person who sends it on because the family has agreed since has the answer with it.
static void set_basis(struct deciding *deciding, unsigned level)
{
    enum consent_service answer = deciding->asked->why == WHY_CONSENT_OBTAINED ? CONSENT_GIVEN : CONSENT_NONE;

    deciding->basis = basis_now(deciding->job.allocation, deciding->job.key.referral, level, answer);
}

static void append_decided(const struct deciding *deciding, enum event_type type, struct span team, unsigned level)
{
    struct decided decided = {.by = deciding->asked->by, .team = team, .level = level};

    if (deciding->job.key.part > 0)
        PUT(&decided, decided, part, deciding->job.key.part);
    if (proposal_of(deciding).size > 0)
        PUT(&decided, decided, proposal, proposal_of(deciding));
    if (deciding->basis != BASIS_NONE)
        PUT(&decided, decided, basis, (uint8_t)deciding->basis);
    if (HAS(deciding->asked, decide, why))
        PUT(&decided, decided, why, deciding->asked->why);
    if (HAS(deciding->asked, decide, note))
        PUT(&decided, decided, note, deciding->asked->note);
    compose_append(deciding->job.effects, type, deciding->job.key.referral, 0, &decided);
}

// The person has it from the family.
static void append_consent(const struct deciding *deciding)
{
    struct updated updated = {0};

    if (deciding->asked->why != WHY_CONSENT_OBTAINED || deciding->job.key.part > 0)
        return;
    PUT(&updated, updated, consent, CONSENT_GIVEN);
    compose_append(deciding->job.effects, EVENT_UPDATED, deciding->job.key.referral, 0, &updated);
}

static void go_on(struct deciding *deciding, struct span team, unsigned level, uint64_t marks)
{
    struct onward to = {.team = team, .level = level, .marks = marks, .basis = deciding->basis};
    struct kept kept;

    keep_onward(deciding->job.allocation, &deciding->job.row, &to, &kept);
    compose_onward(deciding->job.allocation, deciding->job.effects, deciding->job.key, &deciding->job.row, &to);
    if (deciding->job.key.part == 0)
        end_holds(deciding);
}

// A team as the job's own policy has it, else as the newest does; NULL when neither knows it.
static const struct team *team_of(const struct deciding *deciding, struct span code)
{
    const struct policy *policies[] = {compose_policy(deciding->job.allocation, &deciding->job.row),
                                       policy_shelf_newest(&deciding->job.allocation->shelf)};

    for (unsigned i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        unsigned index = policies[i] != NULL ? rules_team(policies[i], code) : 0;

        if (index != 0)
            return &policies[i]->teams[index];
    }
    return NULL;
}

// Level 4 would come into a queue that can be paused, or where it can die unanswered. Parts are support beside it, and tasks.
static bool is_unguarded(const struct deciding *deciding, struct span code, unsigned level)
{
    const struct team *team = team_of(deciding, code);

    return level == LEVEL_GUARDED && deciding->job.key.part == 0 && (team == NULL || !team->guarded);
}

// Support that waits for a person because the family withdrew, refused or has not answered; after a refusal it may go where that leads.
static bool is_stopped(const struct deciding *deciding, struct span code)
{
    const struct job_row *row = &deciding->job.row;

    if (deciding->job.key.part == 0 || row->rule == NAME_NONE)
        return false;
    if (row->reason == REASON_CONSENT_REFUSED)
        return !span_equal(code, proposal_of(deciding));
    return row->reason == REASON_CONSENT_WITHDRAWN || row->reason == REASON_AWAITING_CONSENT || row->reason == REASON_HOLD_EXPIRED;
}

// Help below level 4 is the family's to take: it would come to a team that gives it although the family has not agreed. Support that was
// stopped is the same.
static bool is_unagreed(const struct deciding *deciding, struct span code, unsigned level)
{
    const struct team *team = team_of(deciding, code);
    struct job_row lead;

    if (level >= LEVEL_GUARDED || deciding->asked->why == WHY_CONSENT_OBTAINED || team == NULL)
        return false;
    if (!is_stopped(deciding, code) && (deciding->job.key.part > 0 || !team->opens_case))
        return false;
    return job_table_get(&deciding->job.allocation->jobs, (struct job_key){.referral = deciding->job.key.referral}, &lead) == ERR_NONE &&
           agreement_of(deciding->job.allocation, &lead) != CONSENT_GIVEN;
}

// Level 4 is never stopped for want of a reason: somebody is asked for it afterwards.
static bool goes_without_why(const struct deciding *deciding, unsigned level)
{
    return level == LEVEL_GUARDED && deciding->job.key.part == 0;
}

static void confirm(struct deciding *deciding)
{
    struct span team = proposal_of(deciding);

    if (HAS(deciding->asked, decide, why) && deciding->asked->why != WHY_CONSENT_OBTAINED) {
        work_reply_refuse(&deciding->job, "/why", FAULT_OUT_OF_RANGE, "who follows the proposal may only say consent_obtained");
        return;
    }
    if (deciding->job.row.reason == REASON_FAMILY_CANDIDATE && deciding->job.key.part > 0) {
        work_reply_refuse(&deciding->job, "/action", FAULT_OUT_OF_RANGE, "say whether the families are one: `windscreen family settle`");
        return;
    }
    if (deciding->job.key.part > 0 && deciding->job.row.state == STATE_DECIDING && job_is_task(&deciding->job.row)) {
        side_job_close(deciding->job.effects, deciding->job.key, deciding->asked->by, OUTCOME_DONE, deciding->asked->note);
    } else if (team.size == 0) {
        work_reply_refuse(&deciding->job, "/action", FAULT_UNKNOWN_CODE, "nothing is proposed for it: override, naming team and why");
        return;
    } else if (is_unguarded(deciding, team, deciding->job.row.level)) {
        work_reply_refuse(&deciding->job, "/action", FAULT_OUT_OF_RANGE, LEVEL_4_GOES);
        return;
    } else if (is_unagreed(deciding, team, deciding->job.row.level)) {
        work_reply_refuse(&deciding->job, "/why", FAULT_NOT_YET, FAMILY_HAS_NOT_AGREED);
        return;
    } else {
        set_basis(deciding, deciding->job.row.level);
        append_decided(deciding, EVENT_CONFIRMED, team, deciding->job.row.level);
        append_consent(deciding);
        go_on(deciding, team, deciding->job.row.level, deciding->job.row.marks);
    }
    work_reply_answer(&deciding->job, ANSWER_OK);
}

static void override(struct deciding *deciding)
{
    const struct decide *asked = deciding->asked;
    unsigned level = HAS(asked, decide, level) ? (unsigned)asked->level : deciding->job.row.level;

    if (!HAS(asked, decide, team))
        work_reply_refuse(&deciding->job, "/team", FAULT_MISSING, "name the team that it goes to");
    else if (!HAS(asked, decide, why) && !goes_without_why(deciding, level))
        work_reply_refuse(&deciding->job, "/why", FAULT_MISSING, "say why it goes elsewhere than proposed");
    else if (span_is(asked->team, "hub-decision") || team_of(deciding, asked->team) == NULL) // the hub has it already
        work_reply_refuse(&deciding->job, "/team", FAULT_UNKNOWN_CODE, "the policy has no such team, or it decides itself");
    else if (level < deciding->job.row.level && asked->why != WHY_NEED_LOWER && asked->why != WHY_FACTS_CORRECTED)
        work_reply_refuse(&deciding->job, "/level", FAULT_OUT_OF_RANGE, "a lower level needs the reason need_lower or facts_corrected");
    else if (is_unguarded(deciding, asked->team, level))
        work_reply_refuse(&deciding->job, "/team", FAULT_OUT_OF_RANGE, LEVEL_4_GOES);
    else if (is_unagreed(deciding, asked->team, level))
        work_reply_refuse(&deciding->job, "/why", FAULT_NOT_YET, FAMILY_HAS_NOT_AGREED);
    else {
        set_basis(deciding, level);
        append_decided(deciding, EVENT_OVERRIDDEN, asked->team, level);
        append_consent(deciding);
        go_on(deciding, asked->team, level, 0); // the person has answered what was marked
        if (!HAS(asked, decide, why))
            side_job_ask_why(deciding->job.allocation, deciding->job.effects, deciding->job.key.referral);
        work_reply_answer(&deciding->job, ANSWER_OK);
    }
}

// What a decision ends with: of a task or a challenge that its part is closed.
static const uint8_t outcomes[DECIDE_COUNT] = {[DECIDE_CONFIRM] = OUTCOME_DONE,
                                               [DECIDE_OVERRIDE] = OUTCOME_DONE,
                                               [DECIDE_UPHOLD] = OUTCOME_UPHELD,
                                               [DECIDE_DISMISS] = OUTCOME_DISMISSED};

static bool is_repeat(const struct deciding *deciding)
{
    const struct decide *asked = deciding->asked;
    const struct asked closed = {.type = EVENT_CLOSED, .by = asked->by, .what = outcomes[asked->action]};
    struct asked decided = {.type = EVENT_CONFIRMED, .by = asked->by};

    if (asked->action == DECIDE_OVERRIDE)
        decided = (struct asked){.type = EVENT_OVERRIDDEN,
                                 .by = asked->by,
                                 .what = HAS(asked, decide, level) ? asked->level : deciding->job.row.level,
                                 .team = asked->team};
    return work_reply_is_repeat(&deciding->job, &closed) || work_reply_is_repeat(&deciding->job, &decided);
}

void on_decide(void *state, const struct request *request, struct moment now, struct effects *effects)
{
    const struct decide *asked = request->record;
    struct deciding deciding = {.asked = asked};

    if (!work_reply_begin(&deciding.job, state, request, now, effects, asked->referral, asked->part))
        return;
    if (!job_is_decidable(&deciding.job.row))
        work_reply_answer(&deciding.job, is_repeat(&deciding) ? ANSWER_OK : ANSWER_STALE);
    else if (HAS(asked, decide, seen) && deciding.job.row.token != 0 && asked->seen != deciding.job.row.token) // 0: a row of before
        work_reply_refuse(&deciding.job, "/seen", FAULT_OUT_OF_RANGE,
                          "something newer is proposed: look at it again with `windscreen show`");
    else if (goes_with_lead(&deciding))
        work_reply_refuse(&deciding.job, "/part", FAULT_OUT_OF_RANGE, "it goes when its lead is decided: decide the lead first");
    else if (settle_part(&deciding.job, asked))
        return;
    else if (asked->action == DECIDE_CONFIRM)
        confirm(&deciding);
    else if (asked->action == DECIDE_OVERRIDE)
        override(&deciding);
    else
        work_reply_refuse(&deciding.job, "/action", FAULT_UNKNOWN_CODE, "this is no challenge: confirm, or override");
}
