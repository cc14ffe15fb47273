// SPDX-License-Identifier: MIT
// Which values the counts of a policy can have at once: one indicator moves several counts, so most combinations of counts are nobody's.
// Used by the prover. Told are all combinations that differ for some rule, and for each a household that shows it.
#pragma once

#include "common/base/err.h"
#include "common/policy/rules.h"

struct reach;

// Counts `steps` down. ERR_NO_MEMORY; ERR_NO_ROOM: more combinations than are kept, or than steps, nothing is given. Gives: reach_free.
CHECKED enum err reach_new(const struct level_rules *levels, uint32_t *steps, struct reach **reach);
void reach_free(struct reach **reach);

unsigned reach_n(const struct reach *reach);
// The greatest value that is told apart of a count.
uint8_t reach_most(const struct reach *reach, unsigned count);
// Combination i: the value of each count; one beyond the greatest that any rule tells apart stands for all above.
const uint8_t *reach_values(const struct reach *reach, unsigned i);
// True when it needs an indicator that makes an event urgent by the protocol's rule.
bool reach_is_urgent(const struct reach *reach, unsigned i);
// True of an indicator (its code) that makes an event urgent by the protocol's rule.
bool reach_makes_urgent(unsigned indicator);
// A household that has these counts: needs, roles and ages, nothing else. False when none was found among the likely ones.
bool reach_household(const struct reach *reach, unsigned i, struct facts *facts);
