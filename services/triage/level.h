// SPDX-License-Identifier: MIT
// What level of need a referral shows: indicators counted and judged by the policy's level rules; a higher claim wins.
// Called by triage. Pure: no clock, log or store; same values in, same level out.
#pragma once

#include "common/policy/rules.h"

struct level_decision {
    uint8_t level;    // proposed: the higher of computed and claimed
    uint8_t computed; // by the rules alone
    uint8_t row;      // of the rules; levels.table.n_rows: the claim
    uint8_t n_used, n_near;
    uint64_t marks;   // bit m: mark m
    struct span rule; // lent from the policy
    struct fact_used used[TABLE_USED_MAX];
    struct near_row near[TABLE_NEAR_MAX]; // rules that would have decided otherwise, had one fact been other: higher levels first
};

// The values of the level table's columns, for deciding and explaining. values has room for TABLE_FACTS_MAX.
void level_facts(const struct policy *policy, const struct facts *facts, bool urgent, uint8_t *values);
void level_decide(const struct policy *policy, const struct facts *facts, bool urgent, struct level_decision *decision);
// What triage says of a referral that came at received_ms. Lends from `policy` and `received`.
void level_triage(const struct policy *policy, const struct received *received, int64_t received_ms, struct triaged *triaged);
