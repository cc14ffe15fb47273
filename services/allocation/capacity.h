// SPDX-License-Identifier: MIT
// What people say of the room that teams have, and where work goes of a team that has none.
// Used by take_post (changes), route and on_look (read). A team of which nobody said anything has capacity; level 4 and its teams never
// ask.
#pragma once

#include "services/allocation/allocation.h"

// The committed words. ERR_BAD_STORE.
CHECKED enum err capacity_load(struct allocation *allocation);
// queue.capacity is true now. As projection_put.
CHECKED enum err capacity_take(struct allocation *allocation, uint16_t team, struct team_capacity said);
// What holds now.
enum capacity capacity_of(const struct allocation *allocation, struct span team);
// The team that has work of a full one instead: the first of its `overflow` that is not full itself, and only if the family has agreed to
// another neighbourhood. NULL: it stays where it is.
const struct team *capacity_overflow(const struct allocation *allocation, const struct policy *policy, struct span team, bool agreed);
