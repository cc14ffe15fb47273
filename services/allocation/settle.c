// SPDX-License-Identifier: MIT
// Settles challenges and withdrawals.
// Called by on_decide for each decision.
// Must not let a decision pass in silence: a challenge that is right opens it again.
#include "services/allocation/settle.h"

#include "services/allocation/on_close.h"
#include "services/allocation/on_reopen.h"
#include "services/allocation/side_job.h"

// ---------------------------------------------------------------- challenges

enum { LEVEL_GUARDED = 4 }; // nothing takes it out of its queue

// The challenge is right: whatever was decided waits for a person again, unless a worker has the case: then it is stepped.
static void open_decision(struct working *job, const struct decide *asked)
{
    struct job_key lead = {.referral = job->key.referral};
    struct job_row row;
    struct onward to = {.team = span_text("hub-decision"), .reason = REASON_CHALLENGED};

    if (job_table_get(&job->allocation->jobs, lead, &row) != ERR_NONE)
        return;
    to.level = row.level;
    to.marks = row.marks;
    to.proposal = name_table_text(job->allocation->names, row.team);
    if (row.state == STATE_CLOSED)
        on_reopen_to_person(job->allocation, job->effects, lead, asked->by, REOPEN_CHALLENGE_UPHELD, asked->note);
    else if ((row.state == STATE_QUEUED || row.state == STATE_LEASED) && row.level < LEVEL_GUARDED)
        compose_onward(job->allocation, job->effects, lead, &row, &to);
    else if (row.state == STATE_ACCEPTED)
        side_job_tell_worker(job->allocation, job->effects, lead.referral, &row, REASON_CHALLENGED, 0);
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

// ---------------------------------------------------------------- all of them

bool settle_part(struct working *job, const struct decide *asked)
{
    if (job->key.part == 0 || job->row.state != STATE_DECIDING)
        return false;
    switch (job->row.reason) {
    case REASON_CHALLENGED:
        settle_challenge(job, asked);
        return true;
    case REASON_WITHDRAWN:
        settle_withdrawal(job, asked);
        return true;
    default:
        return false;
    }
}
