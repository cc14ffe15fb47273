// SPDX-License-Identifier: MIT
// Opens challenges and moves them on.
// Called for challenge.recorded, for each request `challenge`, and when a stage has run out.
// Must not change what was decided: that is a person's, who upholds or dismisses.
#include "services/allocation/on_challenge.h"

#include "services/allocation/side_job.h"
#include "services/allocation/work_reply.h"
#include "services/allocation/work_requests.h"

enum { STAGES = 3 };

// The clock of each stage.
static const char *const clocks[STAGES + 1] = {"", "challenge_plan", "challenge_manager", "challenge_head"};

static struct onward at_stage(struct allocation *allocation, const struct job_row *row, unsigned stage)
{
    struct onward to = {.team = span_text("hub-decision"), .level = row->level, .reason = REASON_CHALLENGED, .stage = stage};

    to.due_ms = compose_named_due(compose_policy(allocation, row), span_text(clocks[stage]), allocation->now.wall_ms);
    return to;
}

struct span on_challenge_clock(const struct job_row *row)
{
    return span_text(clocks[row->stage <= STAGES ? row->stage : 0]);
}

static bool is_challenge(const struct job_row *row)
{
    return row->state == STATE_DECIDING && row->reason == REASON_CHALLENGED && row->stage > 0;
}

void on_challenge_overdue(struct allocation *allocation, struct effects *effects, struct job_key key, const struct job_row *row)
{
    struct onward to;

    if (!is_challenge(row) || row->stage >= STAGES)
        return;
    to = at_stage(allocation, row, row->stage + 1u);
    compose_onward(allocation, effects, key, row, &to);
}

// Its partner's challenge waits already: whoever decides reads all that the partner has said, and parts are not for one to use up.
static bool waits_for_partner(const struct allocation *allocation, uint64_t referral)
{
    struct job_row row;
    uint8_t part = 0;

    while ((part = side_job_find(allocation, referral, REASON_CHALLENGED, part + 1u, &row)) != 0)
        if (row.input != 0)
            return true;
    return false;
}

void on_challenge_recorded(struct allocation *allocation, struct effects *effects, const struct about *about)
{
    struct job_row lead;
    struct onward to;

    if (job_table_get(&allocation->jobs, (struct job_key){.referral = about->referral}, &lead) != ERR_NONE ||
        waits_for_partner(allocation, about->referral))
        return;
    to = at_stage(allocation, &lead, 1);
    to.cause = about->sequence;
    side_job_add(allocation, effects, about->referral, &lead, 0, &to);
}

// The open challenge that was made last, of those that no partner has sent; 0: there is none.
static uint8_t last_of_people(const struct allocation *allocation, uint64_t referral)
{
    struct job_row row;
    int64_t came_ms = 0;
    uint8_t part = 0, last = 0;

    while ((part = side_job_find(allocation, referral, REASON_CHALLENGED, part + 1u, &row)) != 0)
        if (row.input == 0 && row.came_ms >= came_ms) {
            came_ms = row.came_ms;
            last = part;
        }
    return last;
}

void on_challenge(void *state, const struct request *request, struct moment now, struct effects *effects)
{
    const struct challenge_decision *asked = request->record;
    const struct asked same = {.type = EVENT_CHALLENGED, .by = asked->by, .what = asked->why * UINT64_C(8) + asked->level_wanted};
    struct challenged challenged = {.by = asked->by, .why = asked->why};
    struct working job;
    struct onward to;

    if (!work_reply_begin(&job, state, request, now, effects, asked->referral, 0))
        return;
    if (work_reply_is_repeat(&job, &same) && (job.key.part = last_of_people(job.allocation, job.key.referral)) != 0) {
        work_reply_answer(&job, ANSWER_OK);
        return;
    }
    challenged.part = side_job_next(job.allocation, job.key.referral);
    if (challenged.part == 0) {
        work_reply_refuse(&job, "/referral", FAULT_TOO_MANY, "it has as many open parts as may be: settle some first");
        return;
    }
    if (HAS(asked, challenge_decision, level_wanted))
        PUT(&challenged, challenged, level_wanted, asked->level_wanted);
    if (HAS(asked, challenge_decision, note))
        PUT(&challenged, challenged, note, asked->note);
    compose_append(effects, EVENT_CHALLENGED, job.key.referral, 0, &challenged);
    to = at_stage(job.allocation, &job.row, 1);
    job.key.part = side_job_add(job.allocation, effects, job.key.referral, &job.row, 0, &to);
    work_reply_answer(&job, ANSWER_OK);
}
