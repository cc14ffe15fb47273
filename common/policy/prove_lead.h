// SPDX-License-Identifier: MIT
// The lead's rows followed to their end, through `as_if`, over all that a lead can be.
// Private to common/policy; part of prove_routes.c.
#pragma once

#include "common/policy/households.h"
#include "common/policy/prove_parts.h"

struct lead_proof {
    struct prove_table prove;
    const struct route_rules *routes;
    const struct found_levels *found;
    struct households households;
    // By enum family_case, bit t: parenting parts may stand beside a lead that ends at team t, or is told to a case there; bit 0: the
    // parenting rows lead, or the case is at a team of another policy.
    uint64_t beside[CASE_COUNT];
    uint64_t leads;      // bit t: some lead ends at team t; bit 0: at none
    uint64_t tasks_live; // bit r: some referral makes the task of row r
};

// The teams of the policy that open a case, bit t; and bit 0.
uint64_t prove_lead_cases(const struct policy *policy);
void prove_lead(struct lead_proof *lead, struct proof *proof, const struct found_levels *found);
// The list `basis`, which is asked beside the lead, about the same facts.
void prove_bases(struct lead_proof *lead);
