// SPDX-License-Identifier: MIT
// Which referrals tell of somebody with a trait: an index in memory, made again from the referrals' rows at each start.
// Used by compare.c. Traits are keyed hashes and taken as random bits; two may meet by chance, and the names then tell.
#pragma once

#include "common/base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct lookalikes;

enum { LOOKALIKES_OF_TRAIT = 8 }; // the latest referrals of one trait; of those before, the index forgets

// NULL: out of memory. Gives: lookalikes_free.
struct lookalikes *lookalikes_new(void);
void lookalikes_free(struct lookalikes **lookalikes);

// Begins to fetch what adding or finding the trait will look at; worth it a few referrals ahead.
void lookalikes_fetch(const struct lookalikes *lookalikes, uint32_t trait);
// Remembers that the referral with this own number tells of the trait. Beyond twelve million traits one is forgotten for each.
CHECKED enum err lookalikes_add(struct lookalikes *lookalikes, uint32_t trait, uint32_t n);
// The referrals that told of the trait, the latest first. Returns how many.
unsigned lookalikes_find(const struct lookalikes *lookalikes, uint32_t trait, uint32_t found[LOOKALIKES_OF_TRAIT]);
// How many were forgotten, for being too many of one trait or of all.
uint64_t lookalikes_forgotten(const struct lookalikes *lookalikes);
