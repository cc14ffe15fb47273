// SPDX-License-Identifier: MIT
// Rows of several runs, one behind the other in the order of their keys; of those with the same key only the newest.
// Used by run_merge and runs.
#pragma once

#include "common/store/run_list.h"

struct run_source;

struct run_walk {
    struct stretch_form form;
    const struct run *runs; // the newest first
    size_t n;
    struct run_source *sources; // of each run
};

// Over these runs, passing over those that are not whole. False: out of memory. run_walk_fini after, in any case.
bool run_walk_init(struct run_walk *walk, struct stretch_form form, const struct run *runs, size_t n);
void run_walk_fini(struct run_walk *walk);
// Begins with the rows whose numbers are from `least` to `most`, which must all be of one stretch of each run; tells how many there are,
// those with the same key counted each. False: a run is damaged.
bool run_walk_begin(struct run_walk *walk, uint64_t least, uint64_t most, size_t *n_rows);
// Lends the next row, its value behind its key; NULL at the end.
const uint8_t *run_walk_next(struct run_walk *walk);
