// SPDX-License-Identifier: MIT
// All jobs, as rows of the projection, with the numbers of them in every state and at every team.
// Used by take_event to change them, by all others to read. The numbers are made from the rows and stored nowhere.
#pragma once

#include "services/allocation/job.h"
#include "services/allocation/name_table.h"

struct team_depth {
    uint64_t queued, leased, accepted, deciding, held;
    uint64_t reserved;  // of the queued, those that came for one worker
    uint64_t warned;    // open jobs whose due time comes near
    uint64_t overdue;   // open jobs whose due time has passed
    uint64_t escalated; // of those, the ones of which somebody above has been told
};

enum {
    JOB_HAND_MAX = 2048,     // until it is accepted a job is read and written three times; at full load a thousand others come meanwhile
    JOB_HAND_BUCKETS = 2048, // a power of 2
    JOB_HAND_BUCKET = 4,
};

// A row as last put, whether the projection has it yet or not.
struct job_at_hand {
    struct job_key key;
    bool changed; // the projection does not have it yet
    struct job_row row;
};

// The rows put last, the one to be given up next at `next`. A finder is a place in `at` + 1 (low half; 0: free) and bits of the key's hash:
// to learn that a job is not at hand no row is touched.
struct job_hand {
    uint32_t finders[JOB_HAND_BUCKETS][JOB_HAND_BUCKET];
    struct job_at_hand at[JOB_HAND_MAX];
    unsigned next;
};

struct job_table {
    struct projection *projection;
    unsigned table;
    struct job_hand hand;
    struct job_key absent; // not there; referral 0: no job is known not to be
    uint64_t n_open;
    uint64_t counts[STATE_COUNT][2]; // leads, parts
    struct team_depth depths[NAME_TABLE_MAX];
};

// Begins to fetch from memory what tells whether the job is at hand.
void job_table_fetch(const struct job_table *jobs, struct job_key key);
// ERR_NOT_FOUND (row all zero), or as projection_get.
CHECKED enum err job_table_get(const struct job_table *jobs, struct job_key key, struct job_row *row);
// Puts the row of a job that had `old` until now (all zero: none).
CHECKED enum err job_table_put(struct job_table *jobs, struct job_key key, const struct job_row *old, const struct job_row *row);
// Puts the rows at hand into the projection, before it is committed. As projection_put.
CHECKED enum err job_table_flush(struct job_table *jobs);
// Counts a row found at start.
void job_table_count(struct job_table *jobs, struct job_key key, const struct job_row *row);
// True when it is not there: known until it is put, without another look into the projection.
bool job_table_lacks(struct job_table *jobs, struct job_key key);
// True when a part, or the lead, is there.
bool job_table_has(const struct job_table *jobs, struct job_key key);
// The first part of a referral that is not there yet; 0 when all are.
uint8_t job_table_next_part(const struct job_table *jobs, uint64_t referral, unsigned from);
