// SPDX-License-Identifier: MIT
// assign: a person names the worker who is to have a job that waits; an accepted case is offered to that worker.
// Called for each request by the runtime.
// Must not take a case from a worker before the other has accepted it, nor keep level 4 for anybody.
#include "services/allocation/apart.h"
#include "services/allocation/compose.h"
#include "services/allocation/post.h"
#include "services/allocation/work_reply.h"
#include "services/allocation/work_requests.h"

static bool is_guarded(const struct working *job)
{
    const struct policy *policy = compose_policy(job->allocation, &job->row);
    unsigned index = policy == NULL ? 0 : rules_team(policy, name_table_text(job->allocation->names, job->row.team));

    return job->row.team == NAME_SPECIALIST || job->row.level >= LEVEL_GUARDED || (index != 0 && policy->teams[index].guarded);
}

// Refuses a worker who cannot have it. True: refused.
static bool refuse_worker(const struct working *job, struct span worker)
{
    struct post_now post;

    if (worker.size == 0)
        return false;
    post_read(job->allocation, job->row.team, worker, &post);
    if (is_guarded(job))
        work_reply_refuse(job, "/referral", FAULT_OUT_OF_RANGE, "level 4 is for whoever takes it first");
    else if (post_is_stranger(job->allocation, job->row.team, worker))
        work_reply_refuse(job, "/worker", FAULT_OUT_OF_RANGE,
                          "that worker is not on the roster of its team: `windscreen worker list --team`");
    else if (post.away)
        work_reply_refuse(job, "/worker", FAULT_OUT_OF_RANGE, "that worker is away, or it is none of the worker's days");
    else if (apart_binds(job->allocation, job->row.family, job->row.level, worker))
        work_reply_refuse(job, "/worker", FAULT_OUT_OF_RANGE, "that worker has a family that this one must be kept apart from");
    else
        return false;
    return true;
}

static void append_assigned(const struct working *job, const struct assign_job *asked)
{
    struct assigned assigned = {.team = name_table_text(job->allocation->names, job->row.team), .by = asked->by};

    if (job->key.part > 0)
        PUT(&assigned, assigned, part, job->key.part);
    if (asked->worker.size > 0)
        PUT(&assigned, assigned, worker, asked->worker);
    if (HAS(asked, assign_job, note))
        PUT(&assigned, assigned, note, asked->note);
    compose_append(job->effects, EVENT_ASSIGNED, job->key.referral, 0, &assigned);
}

// As a step to the same level and team: it stays where it is until the other accepts.
static void offer(const struct working *job, const struct request *request, struct moment now)
{
    const struct assign_job *asked = request->record;
    struct step_case step = {.referral = asked->referral, .by = asked->by, .level = job->row.level};
    struct request stepping = *request;

    step.team = name_table_text(job->allocation->names, job->row.team);
    PUT(&step, step_case, to_worker, asked->worker);
    PUT(&step, step_case, why, WHY_OTHER);
    if (HAS(asked, assign_job, note))
        PUT(&step, step_case, note, asked->note);
    stepping.record = &step;
    on_step(job->allocation, &stepping, now, job->effects);
}

void on_assign(void *state, const struct request *request, struct moment now, struct effects *effects)
{
    const struct assign_job *asked = request->record;
    const struct asked same = {.type = EVENT_ASSIGNED, .by = asked->by, .worker = asked->worker};
    struct working job;

    if (!work_reply_begin(&job, state, request, now, effects, asked->referral, asked->part))
        return;
    if (job.row.state == STATE_LEASED)
        work_reply_refuse(&job, "/referral", FAULT_NOT_YET, "a worker is looking at it: wait for the answer");
    else if ((job.row.state != STATE_QUEUED && job.row.state != STATE_ACCEPTED) || job_is_offer(&job.row))
        work_reply_answer(&job, ANSWER_STALE);
    else if (job.row.news_of != 0)
        work_reply_refuse(&job, "/part", FAULT_OUT_OF_RANGE, "it is news of a case: it goes to the worker who has that");
    else if (job.row.state == STATE_ACCEPTED && (job.key.part > 0 || asked->worker.size == 0))
        work_reply_refuse(&job, "/referral", FAULT_OUT_OF_RANGE, "a worker has it: only the referral's lead can be offered to another");
    else if (refuse_worker(&job, asked->worker))
        return;
    else if (job.row.state == STATE_ACCEPTED)
        offer(&job, request, now);
    else if (job_is_reserved(&job.row) && work_reply_is_repeat(&job, &same))
        work_reply_answer(&job, ANSWER_OK);
    else {
        append_assigned(&job, asked);
        work_reply_answer(&job, ANSWER_OK);
    }
}
