// SPDX-License-Identifier: MIT
// Rows of what happened in the course of a job.
// Called by take_event (changes), ring and whoever tells of a referral (reads). Judges nothing.
#include "services/allocation/course.h"

#include "common/store/projection.h"

#include <assert.h>

static_assert(sizeof(struct course_breach) == 16, "a breach has no padding");
static_assert(sizeof(struct course_row) == 8 * (PROGRESS_COUNT + 3) + 16 * COURSE_BREACHES_MAX, "a course has no padding");

enum err course_read(struct projection *projection, unsigned table, struct job_key key, struct course_row *row)
{
    uint8_t bytes[JOB_KEY_SIZE];
    struct span value;
    enum err err;

    *row = (struct course_row){0};
    job_key_print(key, bytes);
    err = projection_get(projection, table, span_of(bytes, sizeof bytes), &value);
    if (err != ERR_NONE)
        return err == ERR_NOT_FOUND ? ERR_NONE : err;
    if (value.size != sizeof *row)
        return ERR_BAD_STORE;
    memcpy(row, value.at, sizeof *row);
    return ERR_NONE;
}

enum err course_write(struct projection *projection, unsigned table, struct job_key key, const struct course_row *row)
{
    uint8_t bytes[JOB_KEY_SIZE];

    job_key_print(key, bytes);
    return projection_put(projection, table, span_of(bytes, sizeof bytes), span_of(row, sizeof *row));
}

void course_add_breach(struct course_row *row, struct course_breach breach)
{
    unsigned n = row->n_breaches < COURSE_BREACHES_MAX ? row->n_breaches : COURSE_BREACHES_MAX;

    if (n == COURSE_BREACHES_MAX)
        memmove(&row->breaches[0], &row->breaches[1], (COURSE_BREACHES_MAX - 1) * sizeof row->breaches[0]);
    row->breaches[n == COURSE_BREACHES_MAX ? n - 1 : n] = breach;
    if (row->n_breaches < UINT16_MAX)
        row->n_breaches++;
}
