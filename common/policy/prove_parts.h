// SPDX-License-Identifier: MIT
// The parts of a proof, one for each file of a policy, in the order they are done.
// Private to common/policy. A new check is a function here and a line in prove.c.
#pragma once

#include "common/policy/prove_table.h"

// Levels that each level rule can go on with, bit l: level l; the last is the claim. For the destinations' proof.
struct found_levels {
    uint8_t of_rule[TABLE_ROWS_MAX + 1];
};

void prove_levels(struct proof *proof, struct found_levels *found);
void prove_routes(struct proof *proof, const struct found_levels *found);
void prove_stepping(struct proof *proof);
void prove_signals(struct proof *proof);
void prove_programmes(struct proof *proof);
// Teams, clocks, calendar.
void prove_rest(struct proof *proof);
