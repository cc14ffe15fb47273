// SPDX-License-Identifier: MIT
// What each household has shown that programmes count: headline problems and indicators, with the referral that showed each first; and of
// which programmes it was told that the household is eligible.
// Used by take_event (changes) and eligible (reads). Rows of own events alone; a family that has shown nothing has none.
#pragma once

#include "services/allocation/allocation.h"

enum { SHOWN_HEADLINES = PROGRAMME_HEADLINES + 1, SHOWN_NEEDS = TABLE_VALUES_MAX, SHOWN_TOLD_MAX = 2 * POLICY_PROGRAMMES_MAX };

struct shown_by {
    uint64_t referral; // 0: nothing has shown it
    uint64_t sequence; // of the triaged event with that fact
};

struct shown_facts {
    uint64_t headlines, needs; // bit c: headline problem or indicator c
    struct shown_by by_headline[SHOWN_HEADLINES];
    struct shown_by by_need[SHOWN_NEEDS];
    unsigned n_told;
    uint16_t told[SHOWN_TOLD_MAX]; // numbers of name_table.h
};

// A referral of the family has shown these; what was shown before stays as it is. As projection_put; ERR_BAD_STORE.
CHECKED enum err shown_add(struct allocation *allocation, uint64_t family, struct shown_by by, uint64_t headlines, uint64_t needs);
// It was told that the family is eligible for the programme with this number. Beyond SHOWN_TOLD_MAX the first is forgotten.
CHECKED enum err shown_tell(struct allocation *allocation, uint64_t family, uint16_t programme);
// Begins to fetch from memory where a family's row is.
void shown_fetch(const struct allocation *allocation, uint64_t family);
// All that the family's household has shown, but for referrals that were entered in error.
CHECKED enum err shown_read(struct allocation *allocation, uint64_t family, struct shown_facts *facts);
