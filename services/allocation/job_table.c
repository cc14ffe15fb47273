// SPDX-License-Identifier: MIT
// Rows of jobs and their counts.
// Called by take_event (changes) and everybody (reads).
// Must not judge: what a row becomes is take_event's.
#include "services/allocation/job_table.h"

#include <assert.h>

enum err job_table_get(const struct job_table *jobs, struct job_key key, struct job_row *row)
{
    uint8_t bytes[JOB_KEY_SIZE];
    struct span value;
    enum err err;

    job_key_print(key, bytes);
    err = projection_get(jobs->projection, jobs->table, span_of(bytes, sizeof bytes), &value);
    if (err != ERR_NONE) {
        *row = (struct job_row){0};
        return err;
    }
    return job_parse(value, row) ? ERR_NONE : ERR_BAD_STORE;
}

bool job_table_has(const struct job_table *jobs, struct job_key key)
{
    struct job_row row;

    return job_table_get(jobs, key, &row) == ERR_NONE;
}

uint8_t job_table_next_part(const struct job_table *jobs, uint64_t referral, unsigned from)
{
    for (unsigned part = from; part <= JOB_PARTS_MAX; part++)
        if (!job_table_has(jobs, (struct job_key){.referral = referral, .part = (uint8_t)part}))
            return (uint8_t)part;
    return 0;
}

static uint64_t *depth_of(struct job_table *jobs, const struct job_row *row)
{
    struct team_depth *depth = &jobs->depths[row->team];

    switch (row->state) {
    case STATE_QUEUED:
        return &depth->queued;
    case STATE_LEASED:
        return &depth->leased;
    case STATE_ACCEPTED:
        return &depth->accepted;
    case STATE_DECIDING:
        return &depth->deciding;
    default:
        return NULL;
    }
}

// `by` is 1 or -1.
static void tally(struct job_table *jobs, struct job_key key, const struct job_row *row, int by)
{
    uint64_t *depth = depth_of(jobs, row);

    if (row->state == STATE_NONE)
        return;
    assert(by > 0 || jobs->counts[row->state][key.part != 0] > 0);
    jobs->counts[row->state][key.part != 0] += (uint64_t)by;
    if (depth != NULL)
        *depth += (uint64_t)by;
    if (job_is_open(row))
        jobs->n_open += (uint64_t)by;
    if (job_is_open(row) && row->told)
        jobs->depths[row->team].overdue += (uint64_t)by;
}

enum err job_table_put(struct job_table *jobs, struct job_key key, const struct job_row *old, const struct job_row *row)
{
    uint8_t bytes[JOB_KEY_SIZE];

    tally(jobs, key, old, -1);
    tally(jobs, key, row, 1);
    job_key_print(key, bytes);
    return projection_put(jobs->projection, jobs->table, span_of(bytes, sizeof bytes), span_of(row, job_size(row)));
}

void job_table_count(struct job_table *jobs, struct job_key key, const struct job_row *row)
{
    tally(jobs, key, row, 1);
}
