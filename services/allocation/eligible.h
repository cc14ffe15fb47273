// SPDX-License-Identifier: MIT
// Says once of a household that it has as many problems as a programme asks for.
// Used by route, on_assessment and household, where something has been shown. A report: it moves nothing.
#pragma once

#include "services/allocation/route.h"

// The indicators of the facts that a programme of the policy counts.
uint64_t eligible_needs(const struct policy *policy, const struct facts *facts);
// The referral has shown what it shows, under routing->policy.
void eligible_judge(const struct routing *routing);
// Two families are one household since the input `cause`.
void eligible_joined(struct allocation *allocation, struct effects *effects, uint64_t family, uint64_t cause);
