// SPDX-License-Identifier: MIT
// A worker at a team as things stand at this moment: what the worker has, can take, and whether it is a day of work.
// Used by pick, grant and requests. Reads posts and the policy in force; changes nothing.
#pragma once

#include "services/allocation/allocation.h"
#include "services/allocation/fair.h"

struct post_now {
    struct fair_worker fair; // the tag is lent from the caller
    const struct team *team; // of the policy in force; NULL: it does not have it
    bool rostered;
    bool bounded; // no more than fair.most, but for level 4
    bool away;    // away, or it is none of the worker's days
    int64_t back_ms;
};

// `worker` need not be at the team, nor on a roster: then nothing binds the worker. Nothing does at a guarded team.
void post_read(struct allocation *allocation, uint16_t team, struct span worker, struct post_now *post);
// There is a roster of the team, the worker is not on it, and was never given work there: a slip of the pen, that nobody may ever come for.
bool post_is_stranger(struct allocation *allocation, uint16_t team, struct span worker);
// What a case of a level weighs there.
unsigned post_weight(const struct post_now *post, unsigned level);
// Another case of the level may come on top. A worker who has nothing may have one, whatever it weighs.
bool post_has_room(const struct post_now *post, unsigned level);
