// SPDX-License-Identifier: MIT
// Which runs become one, and the work of it, a piece with each commit: a row is written again once for each tier that it rises, and no
// commit is longer than its own rows make it.
// Used by runs, in the thread that commits.
#pragma once

#include "common/store/run_list.h"
#include "common/store/store.h"

enum {
    RUN_TIER = 4,            // runs of one size that become one of the next
    RUN_PIECE_LEAST = 16384, // rows of a merge that one commit writes at least
};

// Rows of each merge that a commit of `n` rows writes. With fewer than `n` a merge would not be done before as many runs have come as it
// is made of; with more it is done early, and there are fewer runs to look into.
static inline uint64_t run_merge_piece(size_t n)
{
    return RUN_TIER * n + RUN_PIECE_LEAST;
}

// Begins merges: puts the runs that they will make, nothing of them written yet, into the list.
CHECKED enum err run_merge_plan(struct run_list *list, struct stretch_form form);
// Goes on with all merges by about `piece` rows each; a run that becomes whole takes the place of those it is made of. What LMDB says
// sticks in the store. ERR_BAD_STORE: a run holds what it cannot hold.
CHECKED enum err run_merge_advance(struct run_list *list, struct stretch_form form, struct store *store, unsigned table, uint64_t piece);
