// SPDX-License-Identifier: MIT
// Posts: a worker at a team, with what the roster says, what the worker has, and when the worker was last given work. In memory, with a row
// of the projection for what events have said; what the worker has is counted from the rows of the jobs.
// Used by take_event and index_job (change), by grant and requests (read).
#pragma once

#include "services/allocation/job_table.h"

enum { POST_NONE = UINT32_MAX, POST_LEVELS = 5, POST_AWAY_MAX = 4 };

// As stored. Without padding, up to the end of `worker`.
struct post_row {
    uint64_t served_n;         // own number of the event that gave work to the worker last; 0: none yet
    int64_t from_ms, until_ms; // the roster holds so long; 0: without end
    uint16_t team;             // number of name_table.h
    uint16_t most;             // weight of the cases, when has_most
    uint8_t days;              // bit d: weekday d; 0: all
    uint8_t rostered;          // 1: a roster says what stands above
    uint8_t has_most;          // 1: it says how much; else the policy does
    uint8_t worker_size;
    char worker[JOB_WORKER_MAX];
};

struct post {
    struct post_row row;
    uint32_t cases[POST_LEVELS], shown[POST_LEVELS]; // by level: accepted, and leased
    bool changed;                                    // the projection does not have the row yet
    size_t n_list, list_room;
    struct job_key *list; // accepted jobs, some twice, and some that are no more the worker's
};

struct away_period {
    int64_t from_ms, until_ms;
};

struct post_table {
    struct projection *projection;
    unsigned table, away_table;
    const struct job_table *jobs;
    struct post *at;
    uint32_t n;
    uint32_t room;                       // of at; twice as many buckets
    uint32_t *buckets;                   // place in at + 1; 0: free
    uint32_t last;                       // found last
    uint64_t n_away;                     // workers with a time away, over or not
    uint32_t n_rostered[NAME_TABLE_MAX]; // of each team
};

// Reads what is committed; before the jobs are loaded. ERR_NO_MEMORY, ERR_BAD_STORE.
CHECKED enum err post_table_load(struct post_table *posts);
void post_table_fini(struct post_table *posts);
// Puts what has changed into the projection, before it is committed. As projection_put.
CHECKED enum err post_table_flush(struct post_table *posts);

// POST_NONE: there is none. `worker` is at most JOB_WORKER_MAX bytes.
uint32_t post_table_find(struct post_table *posts, uint16_t team, struct span worker);
// Finds the post or makes it. ERR_NO_MEMORY.
CHECKED enum err post_table_enter(struct post_table *posts, uint16_t team, struct span worker, uint32_t *place);
struct span post_worker(const struct post *post); // lends

// A job's row has become another: counts it at the posts that have it, before and after. ERR_NO_MEMORY.
CHECKED enum err post_table_move(struct post_table *posts, struct job_key key, const struct job_row *old, const struct job_row *row);
// Lends the jobs that the worker has accepted there, in order of their keys, each once.
const struct job_key *post_table_list(const struct post_table *posts, uint32_t place, size_t *n);
// The roster's word; makes the post. As post_table_enter.
CHECKED enum err post_table_roster(struct post_table *posts, const struct post_row *said);

// A time away, from an event of this moment: those that are over are forgotten; one that does not end behind its beginning ends all.
CHECKED enum err post_table_away(struct post_table *posts, struct span worker, struct away_period period, int64_t now_ms);
// The times away of a worker, and how many.
unsigned post_table_aways(const struct post_table *posts, struct span worker, struct away_period away[POST_AWAY_MAX]);
// Away at this moment; *until_ms (may be NULL): until then.
bool post_table_is_away(const struct post_table *posts, struct span worker, int64_t now_ms, int64_t *until_ms);
