// SPDX-License-Identifier: MIT
// reopen: a closed case goes back to the worker who had it, else to a person.
// Called for each request by the runtime.
// Must not lower a level, nor give level 4 to any but a protected team: it goes back where it was.
#include "services/allocation/on_reopen.h"

#include "services/allocation/work_reply.h"
#include "services/allocation/work_requests.h"

static void append_reopened(struct effects *effects, struct job_key lead, struct span by, enum reopen_why why, uint64_t note)
{
    struct reopened reopened = {.by = by, .why = (uint8_t)why};

    if (note > 0)
        PUT(&reopened, reopened, note, note);
    compose_append(effects, EVENT_REOPENED, lead.referral, 0, &reopened);
}

void on_reopen_to_person(struct allocation *allocation, struct effects *effects, struct job_key lead, struct span by, enum reopen_why why,
                         uint64_t note)
{
    struct onward to = {.team = span_text("hub-decision"), .reason = REASON_REOPENED};
    struct job_row row;

    if (job_table_get(&allocation->jobs, lead, &row) != ERR_NONE || row.state != STATE_CLOSED)
        return;
    to.level = row.level;
    to.proposal = name_table_text(allocation->names, row.team == NAME_HUB_DECISION ? row.proposal : row.team);
    append_reopened(effects, lead, by, why, note);
    compose_onward(allocation, effects, lead, &row, &to);
}

// Back to the queue of its team, kept for the worker who had it.
static void reopen_to_worker(const struct working *job, const struct reopen_case *asked)
{
    struct onward to = {.team = name_table_text(job->allocation->names, job->row.team), .level = job->row.level};

    to.for_worker = job_worker(&job->row);
    to.because = BECAUSE_PREVIOUS_WORKER;
    append_reopened(job->effects, job->key, asked->by, (enum reopen_why)asked->why, asked->note);
    compose_onward(job->allocation, job->effects, job->key, &job->row, &to);
}

void on_reopen(void *state, const struct request *request, struct moment now, struct effects *effects)
{
    const struct reopen_case *asked = request->record;
    struct working job;

    if (!work_reply_begin(&job, state, request, now, effects, asked->referral, 0))
        return;
    if (job.row.state != STATE_CLOSED) {
        work_reply_answer(&job, ANSWER_STALE);
        return;
    }
    if (job.row.worker_size > 0)
        reopen_to_worker(&job, asked);
    else
        on_reopen_to_person(job.allocation, effects, job.key, asked->by, (enum reopen_why)asked->why, asked->note);
    work_reply_answer(&job, ANSWER_OK);
}
