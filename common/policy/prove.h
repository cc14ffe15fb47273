// SPDX-License-Identifier: MIT
// Proves a policy complete and unambiguous over all that its facts can be: gaps, rows that never match, rows that both match where one may,
// words that lead nowhere. Used by triage before a policy is taken in, and by `windscreen policy check`. Decides no referral.
#pragma once

#include "common/policy/policy.h"

enum { PROVE_STEPS = 1000000 }; // well under a second, for which adopting holds triage up; luton-2017 needs 21,000

// Adds a complaint for each fault, with file, line, what to do, and facts that show it. Of a policy that policy_load gave. Bounded: what
// cannot be proved in so many steps is complained of too.
void prove_policy(const struct policy *policy, uint32_t steps, struct complaints *complaints);
