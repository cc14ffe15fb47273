// SPDX-License-Identifier: MIT
// The parts of a proof one after the other, within one number of steps.
// Called by triage, the command line and tests. Knows no file of a policy itself.
#include "common/policy/prove.h"

#include "common/policy/prove_parts.h"

void prove_policy(const struct policy *policy, uint32_t steps, struct complaints *complaints)
{
    struct proof proof = {.policy = policy, .complaints = complaints, .steps = steps};
    struct found_levels found = {{0}};

    prove_levels(&proof, &found);
    prove_routes(&proof, &found);
    prove_stepping(&proof);
    prove_signals(&proof);
    prove_programmes(&proof);
    prove_rest(&proof);
    if (proof.gave_up)
        complaints_add(complaints, "policy.yaml", 0,
                       "rows and facts are too many to prove in %u steps that none is missing or in vain: merge rows, ask fewer facts",
                       steps);
}
