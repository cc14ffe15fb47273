// SPDX-License-Identifier: MIT
// close: the case's worker ends it, or takes an offer back; a person at the hub ends what waits there.
// Called for each request by the runtime.
// Must not leave anything beside a closed case that only made sense with it, nor end what others still work on.
#include "services/allocation/on_close.h"

#include "services/allocation/news.h"
#include "services/allocation/parenting_again.h"
#include "services/allocation/side_job.h"
#include "services/allocation/work_reply.h"
#include "services/allocation/work_requests.h"

#define OUTCOME_BIT(SYMBOL) (UINT64_C(1) << OUTCOME_##SYMBOL)

// How a worker may end a case, and a person at the hub what waits there. The others come of other requests.
static const uint64_t workers_outcomes = OUTCOME_BIT(NEEDS_MET) | OUTCOME_BIT(DONE) | OUTCOME_BIT(ADVICE_GIVEN) | OUTCOME_BIT(REFERRED_ON) |
                                         OUTCOME_BIT(FAMILY_DECLINED) | OUTCOME_BIT(NOT_ENGAGED) | OUTCOME_BIT(MOVED_AWAY) |
                                         OUTCOME_BIT(TRANSFERRED);
static const uint64_t hubs_outcomes = OUTCOME_BIT(WITHDRAWN) | OUTCOME_BIT(ENTERED_IN_ERROR);

// ---------------------------------------------------------------- what goes with a lead

struct closing {
    struct allocation *allocation;
    struct effects *effects;
    struct span by;
    enum outcome outcome;
};

// Tasks about the case, and news of it, are over with it; support goes on, and so does what an assessment suggests: the need may be there.
static bool ends_with_case(struct job_key key, const struct job_row *row)
{
    return row->news_of == key.referral || row->reason == REASON_CONSENT_WITHDRAWN || row->reason == REASON_WITHDRAWN ||
           row->reason == REASON_EHA_MISSING || row->reason == REASON_TWO_CASES;
}

static void close_part(void *context, struct job_key key, const struct job_row *row)
{
    const struct closing *closing = context;

    if (closing->outcome == OUTCOME_ENTERED_IN_ERROR || job_waits_with_lead(row))
        side_job_close(closing->effects, key, closing->by, closing->outcome, 0);
    else if (job_is_offer(row))
        side_job_close(closing->effects, key, closing->by, OUTCOME_NOT_HANDED_OVER, 0);
    else if (row->reason == REASON_STEP_UP_SUGGESTED && (row->state == STATE_QUEUED || row->state == STATE_LEASED))
        news_to_person(closing->allocation, closing->effects, key, row);
    else if (ends_with_case(key, row))
        side_job_close(closing->effects, key, closing->by, OUTCOME_DONE, 0);
}

bool on_close_ends_with_lead(const struct allocation *allocation, struct job_key key, const struct job_row *part, enum outcome outcome)
{
    struct job_row lead;

    if (key.part == 0 || job_table_get(&allocation->jobs, (struct job_key){.referral = key.referral}, &lead) != ERR_NONE ||
        lead.state != STATE_CLOSED)
        return false;
    return job_waits_with_lead(part) || part->reason == REASON_EHA_MISSING || outcome == OUTCOME_ENTERED_IN_ERROR;
}

void on_close_lead(struct allocation *allocation, struct effects *effects, uint64_t referral, struct span by, enum outcome outcome,
                   uint64_t note)
{
    struct closing closing = {.allocation = allocation, .effects = effects, .by = by, .outcome = outcome};

    side_job_close(effects, (struct job_key){.referral = referral}, by, outcome, note);
    side_job_each(allocation, referral, close_part, &closing);
    news_judge_again(allocation, effects, referral);
}

// ---------------------------------------------------------------- who may

static bool lead_of(const struct working *job, struct job_row *lead)
{
    return job_table_get(&job->allocation->jobs, (struct job_key){.referral = job->key.referral}, lead) == ERR_NONE;
}

// The worker who has the case takes an offer of it back.
static bool is_own_offer(const struct working *job, const struct close_job *asked)
{
    struct job_row lead;

    return job->key.part > 0 && job_is_offer(&job->row) && lead_of(job, &lead) && job_is_held_by(&lead, asked->by, asked->token);
}

static bool waits_with_lead(const struct working *job)
{
    struct job_row lead;

    return job->key.part > 0 && job_waits_with_lead(&job->row) && lead_of(job, &lead) && job_is_decidable(&lead);
}

static bool may_close(const struct working *job, const struct close_job *asked)
{
    if (!job_is_open(&job->row))
        return false;
    if (HAS(asked, close_job, token))
        return job_is_held_by(&job->row, asked->by, asked->token) || is_own_offer(job, asked);
    return job_is_decidable(&job->row) || job_is_offer(&job->row) || asked->outcome == OUTCOME_ENTERED_IN_ERROR;
}

static bool is_fitting(const struct working *job, const struct close_job *asked)
{
    uint64_t outcomes = workers_outcomes | (HAS(asked, close_job, token) ? 0 : hubs_outcomes);

    if (job_is_offer(&job->row) && asked->outcome != OUTCOME_ENTERED_IN_ERROR)
        outcomes = OUTCOME_BIT(NOT_HANDED_OVER);
    return (outcomes >> asked->outcome & 1) != 0;
}

static bool is_repeat(const struct working *job, const struct close_job *asked)
{
    return job->row.state == STATE_CLOSED &&
           work_reply_is_repeat(job, &(struct asked){.type = EVENT_CLOSED, .by = asked->by, .what = asked->outcome});
}

void on_close(void *state, const struct request *request, struct moment now, struct effects *effects)
{
    const struct close_job *asked = request->record;
    struct working job;

    if (!work_reply_begin(&job, state, request, now, effects, asked->referral, asked->part))
        return;
    if (!may_close(&job, asked))
        work_reply_answer(&job, is_repeat(&job, asked) ? ANSWER_OK : ANSWER_STALE);
    else if (waits_with_lead(&job))
        work_reply_refuse(&job, "/part", FAULT_OUT_OF_RANGE, "it ends when its lead does: close the lead");
    else if (job.key.part > 0 && job.row.reason == REASON_CHALLENGED && asked->outcome != OUTCOME_ENTERED_IN_ERROR)
        work_reply_refuse(&job, "/part", FAULT_OUT_OF_RANGE, "this is a challenge: decide uphold, or dismiss");
    else if (!is_fitting(&job, asked))
        work_reply_refuse(&job, "/outcome", FAULT_OUT_OF_RANGE,
                          "this is not how it can end here: `windscreen help close` and `help work close` name the ways");
    else if (asked->outcome == OUTCOME_REFERRED_ON && job.key.part > 0 && job_is_again(&job.row) &&
             !parenting_again_go(job.allocation, effects, job.key, &job.row))
        work_reply_refuse(&job, "/outcome", FAULT_NOT_YET, "the policy has nothing else for this child now: close it as done");
    else {
        if (job.key.part == 0)
            on_close_lead(job.allocation, effects, job.key.referral, asked->by, (enum outcome)asked->outcome, asked->note);
        else
            side_job_close(effects, job.key, asked->by, (enum outcome)asked->outcome, asked->note);
        work_reply_answer(&job, ANSWER_OK);
    }
}
