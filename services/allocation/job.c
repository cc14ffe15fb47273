// SPDX-License-Identifier: MIT
// Rows of jobs and the table of their moves.
// Called by all of allocation. Touches nothing but its arguments.
#include "services/allocation/job.h"

#include <assert.h>
#include <stddef.h>

#include "common/base/big_endian.h"

static const uint8_t moves[STATE_COUNT][EVENT_COUNT] = {
#define MOVE(FROM, EVENT, TO, meaning) [STATE_##FROM][EVENT_##EVENT] = STATE_##TO,
#include "services/allocation/lifecycle.def"
#undef MOVE
};

static_assert(MARK_COUNT <= 8 && PROGRESS_COUNT <= 8, "marks and progress of a job are one byte each");
static_assert(offsetof(struct job_row, worker) == 9 * 8 + 3 * 4 + 4 * 2 + 17, "a job has no padding");

size_t job_size(const struct job_row *job)
{
    return offsetof(struct job_row, worker) + job->worker_size;
}

bool job_parse(struct span row, struct job_row *job)
{
    size_t fixed = offsetof(struct job_row, worker);
    *job = (struct job_row){0};
    if (row.size < fixed || row.size > fixed + JOB_WORKER_MAX)
        return false;
    memcpy(job, row.at, row.size);
    return job_size(job) == row.size && job->state < STATE_COUNT;
}

void job_key_print(struct job_key key, uint8_t bytes[JOB_KEY_SIZE])
{
    *big_endian_put(bytes, key.referral, 8) = key.part;
}

bool job_key_parse(struct span bytes, struct job_key *key)
{
    if (bytes.size != JOB_KEY_SIZE)
        return false;
    *key = (struct job_key){.referral = big_endian_get(bytes.at, 8), .part = bytes.at[8]};
    return true;
}

struct span job_worker(const struct job_row *job)
{
    return span_of(job->worker, job->worker_size);
}

void job_set_worker(struct job_row *job, struct span worker)
{
    assert(worker.size <= JOB_WORKER_MAX);
    memset(job->worker, 0, sizeof job->worker);
    if (worker.size > 0)
        memcpy(job->worker, worker.at, worker.size);
    job->worker_size = (uint8_t)worker.size;
}

void job_reserve(struct job_row *job, struct span worker, enum because because)
{
    job->flags = (uint8_t)(worker.size > 0 ? job->flags | JOB_RESERVED : job->flags & ~JOB_RESERVED);
    job->because = (uint8_t)because;
    job->kept_s = 0;
    job_set_worker(job, worker);
}

void job_open_again(struct job_row *job)
{
    job->outcome = OUTCOME_NONE;
    job->flags &= (uint8_t)~JOB_ENDED_WITH_LEAD;
}

void job_end_lease(struct job_row *job)
{
    job->token = job->lease_n = 0;
    job->worker_ms = 0;
    job->lease_ms = 0;
    if ((job->flags & JOB_RESERVED) == 0)
        job_set_worker(job, span_of(NULL, 0));
}

enum state job_after(enum state state, enum event_type event)
{
    return state < STATE_COUNT && event < EVENT_COUNT ? (enum state)moves[state][event] : STATE_NONE;
}

bool job_waits_with_lead(const struct job_row *job)
{
    return job->state == STATE_HELD && job->alone == 0;
}

bool job_is_task(const struct job_row *job)
{
    if (job->proposal != 0)
        return false;
    switch (job->reason) {
    case REASON_DATA_QUALITY:
    case REASON_EHA_MISSING:
    case REASON_FAMILY_CONFLICT:
    case REASON_BASIS_MISSING:
    case REASON_FAMILY_CANDIDATE:
    case REASON_STEP_UP_SUGGESTED:
    case REASON_CONSENT_WITHDRAWN:
    case REASON_KEPT_APART:
    case REASON_TWO_CASES:
    case REASON_CHALLENGE_UPHELD:
        return true;
    default:
        return false;
    }
}

bool job_is_offer(const struct job_row *job)
{
    return job->reason == REASON_HANDOVER && job->news_of == 0;
}

bool job_is_again(const struct job_row *job)
{
    return job->member > 0 && job->rule == 0;
}

bool job_is_reserved(const struct job_row *job)
{
    return job->state == STATE_QUEUED && (job->flags & JOB_RESERVED) != 0;
}

bool job_is_held_by(const struct job_row *job, struct span worker, uint64_t token)
{
    return job->state == STATE_ACCEPTED && job->token == token && span_equal(job_worker(job), worker);
}

bool job_is_open(const struct job_row *job)
{
    return job->state != STATE_NONE && job->state != STATE_CLOSED;
}

bool job_is_case(const struct job_row *job)
{
    bool with_team = job->state == STATE_QUEUED || job->state == STATE_LEASED || job->state == STATE_ACCEPTED;
    return with_team && job->news_of == 0 && !job_is_task(job) && !job_is_offer(job);
}

int64_t job_due(const struct job_row *job)
{
    return job->state == STATE_LEASED ? job->worker_ms + (int64_t)job->lease_ms : job->due_ms;
}
