// SPDX-License-Identifier: MIT
// A signal: several agencies are worried about one household, each below the threshold. A person is told, with the referrals that it rests
// on. Used by route for a referral that has come, and when a person says that two families are one household. Costs nothing where the
// household has sent one referral alone.
#pragma once

#include "services/allocation/route.h"

// The referral has its lead: what else has come about its household?
void suggest_routed(const struct routing *routing);
// Two families are one household since the input `cause`.
void suggest_joined(struct allocation *allocation, struct effects *effects, uint64_t family, uint64_t cause);
