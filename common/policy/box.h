// SPDX-License-Identifier: MIT
// Boxes: sets of combinations of fact values, some values of each fact. What is left of a box when others are taken away is found, not
// sampled. Used by the prover. Pure: no text, clock or log. Bounded: whoever asks gives the steps.
#pragma once

#include "common/policy/table.h"

struct box {
    uint64_t allow[TABLE_FACTS_MAX]; // bit v: value v of the fact; a fact without values makes the box empty
};

// All that the facts of the table can be, and what one of its rows allows of that.
struct box box_all(const struct table *table);
struct box box_of_row(const struct table *table, unsigned row);

// The part that two boxes share; false when there is none, `both` is then of no use. n_facts: how many facts the boxes have.
bool box_meet(unsigned n_facts, const struct box *a, const struct box *b, struct box *both);
// True when all of `inner` lies in `outer`.
bool box_covers(unsigned n_facts, const struct box *outer, const struct box *inner);

enum box_end { BOX_NONE, BOX_STOPPED, BOX_GAVE_UP };

// Asks what is left of a box.
struct box_search {
    unsigned n_facts;
    const struct box *taken;
    unsigned n_taken;
    uint64_t skipped;                                      // bit t: taken[t] is left out, t < 64
    bool (*visit)(void *context, const struct box *piece); // true: enough
    void *context;
    uint32_t *steps; // left, counted down over many searches
};

// Visits what is left of `from` without the boxes taken, as boxes that share nothing. BOX_NONE: all were visited, or there was nothing;
// BOX_STOPPED: visit had enough; BOX_GAVE_UP: no steps are left, and some was not looked at.
enum box_end box_search(const struct box_search *search, const struct box *from);
// The first that is left, whatever `visit` is: BOX_STOPPED and the piece, or BOX_NONE, or BOX_GAVE_UP.
enum box_end box_first(const struct box_search *search, const struct box *from, struct box *piece);
