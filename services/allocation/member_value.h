// SPDX-License-Identifier: MIT
// What a member of the household is to a policy: an age band, the groups that the policy makes.
// Used by destination. Pure: no clock, log or store.
#pragma once

#include "common/policy/rules.h"

// False when the age is not known. An expected baby is unborn also without a date.
bool member_value_months(const struct member_facts *member, int64_t *months);
// The value of the band that an age is in; 0: in none.
uint8_t member_value_band(const struct route_rules *routes, int64_t months);
// The value of the member's age band; 0: the age is not known.
uint8_t member_value_age(const struct route_rules *routes, const struct member_facts *member);
// Bit g: the member belongs to group g.
uint64_t member_value_groups(const struct route_rules *routes, const struct member_facts *member);
