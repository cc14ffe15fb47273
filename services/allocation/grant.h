// SPDX-License-Identifier: MIT
// Gives a worker jobs of a team's queue: one leased event for up to 64, its own number being their fencing token.
// Used by on_take and tick. The reply leaves when the event is durable.
#pragma once

#include "services/allocation/allocation.h"

// How long a lease at a team is: as asked (0: not), or as the newest policy says; at a protected team never longer than that, since the
// queue's clock is quiet while a worker is shown it.
uint32_t grant_lease_ms(const struct allocation *allocation, struct span team, uint64_t asked_ms);
// Gives the take what the queue has for its worker, at most take->max: ok. Else no reply, and why not: empty, at_capacity or away.
CHECKED enum answer grant_jobs(struct allocation *allocation, struct effects *effects, const struct parked_take *take);
// Gives work to parked takes of teams to which some has come, with at most `events` appended; the rest next time.
void grant_parked(struct allocation *allocation, struct effects *effects, unsigned events);
// Answers a take to which nothing could be given.
void grant_nothing(struct allocation *allocation, struct effects *effects, const struct parked_take *take, enum answer answer);
