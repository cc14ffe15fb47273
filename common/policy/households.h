// SPDX-License-Identifier: MIT
// Which groups of destinations.yaml a household's members can make up at once, with members that do.
// Used by the prover: groups overlap, so most combinations of them are nobody's.
#pragma once

#include "common/policy/rules.h"
#include "common/policy/witness.h"

enum { HOUSEHOLDS_MAX = 1 << POLICY_GROUPS_MAX };

struct households_step {
    bool reached;
    uint8_t without; // the groups of the members before the last
    uint8_t role, age;
    bool send;       // of the last member
    bool is_anybody; // false: the household without members
};

struct households {
    const struct route_rules *routes;
    unsigned n, n_likely; // the likely ones first: the others need a member that nobody is, such as an unborn adult, which yet may be sent
    uint8_t groups[HOUSEHOLDS_MAX];               // the combinations that households reach (bit g: group g)
    struct households_step steps[HOUSEHOLDS_MAX]; // by mask of groups
};

void households_init(struct households *households, const struct route_rules *routes);
// Adds ", members [{role: child, age: under-5}, {role: parent}]".
void households_tell(const struct households *households, unsigned groups, struct witness *witness);
// Whether somebody can be of this role and age (a value of the fact `age`): an expected baby has an age below zero, and it is known.
bool households_can_be(const struct route_rules *routes, enum member_role role, unsigned age);
