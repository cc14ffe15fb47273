// SPDX-License-Identifier: MIT
// How the counts of a policy's levels.yaml are made of a referral's indicators.
// Pure: no clock, log or store. Which indicators, and how they count, are the policy's rows.
#pragma once

#include "common/policy/rules.h"

// The count as a fact value: 0..63, or for COUNT_SPREAD 0 or 1.
uint8_t count_value(const struct level_rules *levels, const struct level_count *count, const struct facts *facts);
