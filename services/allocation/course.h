// SPDX-License-Identifier: MIT
// The course of a job: when its worker told of progress, which reminder rang last, and which promises were not kept.
// Rows of the projection, changed by take_event alone. Only jobs of which there is something to say have one (JOB_HAS_COURSE).
#pragma once

#include "services/allocation/job.h"

struct projection;

enum { COURSE_BREACHES_MAX = 8 }; // beyond, the oldest are counted, and named only in the log

struct course_breach {
    int64_t due_ms;
    uint16_t clock; // number of name_table.h; NAME_NONE: the policy had none
    uint8_t state;  // enum state it was in
    uint8_t beside; // a reminder's
    uint8_t spare[4];
};

// Without padding: its bytes are compared and stored.
struct course_row {
    int64_t progress_ms[PROGRESS_COUNT]; // the last time of each; 0: never
    int64_t came_ms;                     // when the referral came, if it was opened again since; 0: it was not
    int64_t told_ms;                     // when the reminder told of last was to ring; 0: none yet
    uint16_t told_clock;
    uint16_t n_breaches; // ever; the last COURSE_BREACHES_MAX of them stand in `breaches`, the oldest first
    uint8_t spare[4];
    struct course_breach breaches[COURSE_BREACHES_MAX];
};

// A job without a row has one of zeros. As projection_get, but never ERR_NOT_FOUND; ERR_BAD_STORE.
CHECKED enum err course_read(struct projection *projection, unsigned table, struct job_key key, struct course_row *row);
CHECKED enum err course_write(struct projection *projection, unsigned table, struct job_key key, const struct course_row *row);
// A promise was not kept.
void course_add_breach(struct course_row *row, struct course_breach breach);
