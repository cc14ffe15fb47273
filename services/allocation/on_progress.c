// SPDX-License-Identifier: MIT
// progress: a worker tells what has been done on a case.
// Called for each request by the runtime.
// Must not believe a worker who does not have the case.
#include "services/allocation/compose.h"
#include "services/allocation/work_reply.h"
#include "services/allocation/work_requests.h"

void on_progress(void *state, const struct request *request, struct moment now, struct effects *effects)
{
    const struct tell_progress *asked = request->record;
    struct progressed progressed = {.worker = asked->worker, .what = asked->what};
    struct working job;

    if (!work_reply_begin(&job, state, request, now, effects, asked->referral, asked->part))
        return;
    if (!job_is_held_by(&job.row, asked->worker, asked->token)) {
        work_reply_answer(&job, ANSWER_STALE);
        return;
    }
    if (job.key.part > 0)
        PUT(&progressed, progressed, part, job.key.part);
    if (asked->what == PROGRESS_REVIEW)
        PUT(&progressed, progressed, due, compose_review_due(job.allocation, &job.row));
    compose_append(effects, EVENT_PROGRESSED, job.key.referral, 0, &progressed);
    work_reply_answer(&job, ANSWER_OK);
}
