// SPDX-License-Identifier: MIT
// A second referral.triaged: an assessment of the referral has come. What waited for it goes on; what it finds more pressing than was
// thought goes up; a level that it finds too high is a person's to lower.
// Used by route.
#pragma once

#include "services/allocation/allocation.h"

void on_assessment(struct allocation *allocation, struct effects *effects, uint64_t referral, const struct hub_event *input);
