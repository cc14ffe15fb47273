// SPDX-License-Identifier: MIT
// What each own event about a lease makes of a job: leased, extended, given back, accepted, and kept for a worker.
// Used by take_event. Looks at nothing but the event and the row.
#pragma once

#include "services/allocation/take_change.h"

CHECKED enum err take_lease_leased(struct change *change);
CHECKED enum err take_lease_assigned(struct change *change);
CHECKED enum err take_lease_extended(struct change *change);
CHECKED enum err take_lease_given_back(struct change *change);
CHECKED enum err take_lease_accepted(struct change *change);
