// SPDX-License-Identifier: MIT
// What the bench programs publish: made-up referrals of a family of three, of eight kinds that the sample policy routes to eight teams.
// Used by the bench programs before their clock starts.
#pragma once

#include "common/base/err.h"
#include "common/base/span.h"

enum { BENCH_KINDS = 8, BENCH_MEMBERS = 3, BENCH_EVENT_MAX = 8192 };

struct bench_referral {
    unsigned kind;  // 0 to BENCH_KINDS - 1: needs, ages, who is in the family, and so the team
    struct span id; // of the event
    struct span source;
    int64_t time_ms;
    struct span reason;
    struct span referrer, email, phone; // size 0: not said
    struct span address;
    struct span postcode; // two letters, digits and letters of the inward part: the kind decides the area
    struct span language;
    struct span given_names[BENCH_MEMBERS];
    struct span family_name;  // no other referral of the run has it, or the registry would see one family
    unsigned birth_month_day; // 0 to 335: spreads birth dates over the year
};

// The team that this kind goes to.
const char *bench_referral_team(unsigned kind);

// Writes the whole event; size 0 when it does not fit or a text breaks the protocol's rules.
struct span bench_referral_compose(const struct bench_referral *referral, uint8_t buffer[BENCH_EVENT_MAX]);
// Makes up number i of a run and writes it: kinds in turn, a family of its own; the last 8 characters of its id are i in hexadecimal.
struct span bench_referral_make_up(uint64_t run, uint32_t i, uint8_t buffer[BENCH_EVENT_MAX]);
