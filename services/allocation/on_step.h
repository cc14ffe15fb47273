// SPDX-License-Identifier: MIT
// Steps of a lead to another level, team or worker, as requests and settled tasks make them.
// Used by on_step and settle.
#pragma once

#include "services/allocation/handover.h"

// Appends stepped, and allocated: the lead goes to this team at once. The level must not fall.
void on_step_at_once(struct allocation *allocation, struct effects *effects, uint64_t referral, const struct job_row *lead, unsigned level,
                     struct span team, const struct handover_why *why);
