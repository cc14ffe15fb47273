// SPDX-License-Identifier: MIT
// All jobs, as rows of the projection, with the numbers of them in every state and at every team.
// Used by take_event to change them, by all others to read. The numbers are made from the rows and stored nowhere.
#pragma once

#include "services/allocation/job.h"
#include "services/allocation/name_table.h"

struct team_depth {
    uint64_t queued, leased, accepted, deciding;
    uint64_t overdue; // open jobs whose due time has passed
};

struct job_table {
    struct projection *projection;
    unsigned table;
    uint64_t n_open;
    uint64_t counts[STATE_COUNT][2]; // leads, parts
    struct team_depth depths[NAME_TABLE_MAX];
};

// ERR_NOT_FOUND (row all zero), or as projection_get.
CHECKED enum err job_table_get(const struct job_table *jobs, struct job_key key, struct job_row *row);
// Puts the row of a job that had `old` until now (all zero: none).
CHECKED enum err job_table_put(struct job_table *jobs, struct job_key key, const struct job_row *old, const struct job_row *row);
// Counts a row found at start.
void job_table_count(struct job_table *jobs, struct job_key key, const struct job_row *row);
// True when a part, or the lead, is there.
bool job_table_has(const struct job_table *jobs, struct job_key key);
// The first part of a referral that is not there yet; 0 when all are.
uint8_t job_table_next_part(const struct job_table *jobs, uint64_t referral, unsigned from);
