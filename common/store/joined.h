// SPDX-License-Identifier: MIT
// Numbers that are joined pair by pair into groups, and parted again, as rows of a projection: which families are one household.
// Used by registry and allocation. Rows depend on the pairs alone, not on the order in which they were joined.
#pragma once

#include "common/store/projection.h"

enum { JOINED_MAX = 64 }; // numbers of one group

struct joined {
    struct projection *projection;
    unsigned table;
};

struct joined_group {
    unsigned n;
    uint64_t at[JOINED_MAX]; // the number that was asked for is the first
};

// Begins to fetch from memory what tells whether a number is joined.
void joined_fetch(const struct joined *joined, uint64_t number);
// The group of a number; of one that was never joined, itself alone.
CHECKED enum err joined_group(const struct joined *joined, uint64_t number, struct joined_group *group);
// The least number of the group.
CHECKED enum err joined_head(const struct joined *joined, uint64_t number, uint64_t *head);
// Joins two numbers. ERR_NO_ROOM: the group would be too large; nothing is changed.
CHECKED enum err joined_add(const struct joined *joined, uint64_t a, uint64_t b);
// Takes the pair apart again; they may still be of one group by other pairs. Good when they are no pair.
CHECKED enum err joined_drop(const struct joined *joined, uint64_t a, uint64_t b);
// The two are of one group, even if the pair of them were taken apart.
CHECKED enum err joined_otherwise(const struct joined *joined, uint64_t a, uint64_t b, bool *otherwise);
