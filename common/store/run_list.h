// SPDX-License-Identifier: MIT
// The sorted runs of one table, the newest first: what one has in it counts before what the ones behind it have.
// Used by runs and run_merge. A run that is being made stands before those that it is made of; where it is written, these are not looked
// at any more.
#pragma once

#include "common/base/err.h"
#include "common/store/run_stretch.h"

enum { RUN_KEY_SIZE = 8 };

struct run {
    uint32_t id;               // from 1 on
    uint32_t into;             // id of the run that is being made of it; 0: none
    uint32_t n_whole;          // stretches that are written
    unsigned bits;             // of the keys by which it is divided
    uint64_t n_rows;           // in the stretches that are written
    uint32_t n_found;          // stretches that are written and have been found in the store
    struct stretch *stretches; // so many of them; NULL when there are none
};

struct run_list {
    struct run *at;
    size_t n;
    size_t room;
    uint32_t next_id;
};

static inline uint32_t run_stretches(const struct run *run)
{
    return UINT32_C(1) << run->bits;
}

// Where a key belongs; NULL while that is not written.
static inline const struct stretch *run_stretch(const struct run *run, uint64_t number)
{
    uint32_t stretch = stretch_of(number, run->bits);

    return stretch < run->n_found ? &run->stretches[stretch] : NULL;
}

static inline bool run_is_whole(const struct run *run)
{
    return run->n_whole == run_stretches(run);
}

// Under what a stretch is kept in its table. The list itself is under the key of run 0.
void run_key(uint32_t id, uint32_t stretch, uint8_t key[RUN_KEY_SIZE]);

// Puts a run before the one at `place`.
CHECKED enum err run_list_insert(struct run_list *list, size_t place, struct run run);
// Takes out `n` runs from `place` on.
void run_list_remove(struct run_list *list, size_t place, size_t n);
// Makes `copy`, which may have been another list, the same; the stretches are shared.
CHECKED enum err run_list_copy(const struct run_list *list, struct run_list *copy);
// The place behind a run and those that it is made of.
size_t run_list_behind(const struct run_list *list, size_t place);
const struct run *run_list_find(const struct run_list *list, uint32_t id);
void run_list_fini(struct run_list *list); // not the stretches

// The list as one value of the store.
size_t run_list_size(const struct run_list *list);
void run_list_print(const struct run_list *list, struct stretch_form form, uint8_t *value);
// Fills an empty list. ERR_BAD_STORE: no list of a table with such rows.
CHECKED enum err run_list_parse(struct span value, struct stretch_form form, struct run_list *list);
