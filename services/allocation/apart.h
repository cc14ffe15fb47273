// SPDX-License-Identifier: MIT
// Linked families: they have to do with each other, as victims and perpetrators of the same behaviour do, and never have the same worker.
// Used by pick, accept and whatever names a worker. Rows are filed inputs. Level 4 is not kept waiting by it: callers ask for lower ones.
#pragma once

#include "services/allocation/allocation.h"

enum { APART_MAX = 256 }; // families of one household's links, with their households

// Families that a family must be kept apart from.
struct apart_families {
    unsigned n;
    uint64_t at[APART_MAX];
};

// family.linked: keeps the pair.
CHECKED enum err apart_file(struct allocation *allocation, const struct hub_event *input);
// The families linked to any of the family's household, with theirs; nobody of the same household.
void apart_read(const struct allocation *allocation, uint64_t family, struct apart_families *families);
bool apart_has(const struct apart_families *families, uint64_t family);
// The worker has accepted a case of one of them; `shown`: or is shown one.
bool apart_is_held(const struct allocation *allocation, const struct apart_families *families, struct span worker, bool shown);
// The worker may not have a case of this family and level, because of what the worker has.
bool apart_binds(const struct allocation *allocation, uint64_t family, unsigned level, struct span worker);
// family.linked: where one worker has both already, a person must say who goes on with which.
void apart_decide(struct allocation *allocation, struct effects *effects, const struct hub_event *input);
