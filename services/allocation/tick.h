// SPDX-License-Identifier: MIT
// What time brings: leases that end, due times that pass, takes that have waited long enough, work for those who wait.
// Used by allocation_tick. Bounded: what is left over comes next round.
#pragma once

#include "services/allocation/allocation.h"

// One round; allocation->now says when. The first one starts the clocks of leases that were out before the daemon started.
void tick_round(struct allocation *allocation, struct effects *effects);
