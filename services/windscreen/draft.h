// SPDX-License-Identifier: MIT
// Made-up referrals: what somebody says of a made-up family. Every figure is a row of generate.def.
// Used by generate.c. A referral is a pure function of seed, place and day.
#pragma once

#include "services/windscreen/population.h"

struct draft_population {
    uint64_t seed;
    int32_t on;                    // the day, days since 1970
    uint32_t duplicates_per_mille; // referrals that repeat an earlier one, id and all
    uint32_t conflicts_per_mille;  // referrals that use an earlier id for something else
};

struct draft {
    uint64_t index; // whose id it carries; smaller than its place for duplicates and conflicts
    bool retimed;   // a duplicate with a new time
    bool altered;   // other content under a known id
    struct population_family family;
    uint64_t member_needs[POPULATION_MEMBERS_MAX]; // bit c: indicator c
    uint64_t household_needs;
    uint64_t agencies_involved;                        // bit c: agency c
    uint64_t wants;                                    // bit c: want c
    uint64_t headline_problems;                        // bit n: problem n
    uint8_t kind, agency, consent, level_claimed, asb; // codes; 0: not said
    bool at_risk_of_harm, unsure_about_safety, solo_support_requested, with_email;
    const char *role; // of the referrer
    char source[48];
    const char *reason; // about the needs, a sentence
    int64_t time_ms;    // since 1970 UTC
};

// The referral at place `place` of the population.
void draft_referral(const struct draft_population *population, uint64_t place, struct draft *draft);
