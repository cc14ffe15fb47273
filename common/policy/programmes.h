// SPDX-License-Identifier: MIT
// Programmes of a policy as values, and what a household's problems count in one of them.
// Filled by the loader, read by allocation and the command line. A count is a report: nothing is decided by it.
#pragma once

#include "common/policy/table.h"

enum { POLICY_PROGRAMMES_MAX = 8, PROGRAMME_PROBLEMS_MAX = 16, PROGRAMME_HEADLINES = 6 };

// A problem or outcome of a programme, and what shows that a household has it.
struct programme_problem {
    struct span code; // "school_attendance"
    struct span says;
    uint64_t headlines; // bit h: headline problem h of a referral
    uint64_t needs;     // bit i: indicator i
    struct origin origin;
};

struct programme {
    struct span code; // "stronger-families"
    struct span title;
    int32_t from, until; // days from which and up to which it runs; INT32_MAX: no end is known
    uint8_t at_least;    // problems that a household must have
    unsigned n_problems;
    struct programme_problem problems[PROGRAMME_PROBLEMS_MAX];
    struct origin origin;
};

struct programme_rules {
    unsigned n;     // 0: the policy counts for none
    uint64_t needs; // bit i: indicator i shows a problem of some programme
    struct programme programmes[POLICY_PROGRAMMES_MAX];
};

// A headline problem that stands at one problem of the programme shows it. One that stands at several shows one of them, and nobody knows
// which: it counts once, unless one of them is shown otherwise.
struct programme_count {
    unsigned counted;
    uint64_t shown;  // bit p: problem p
    uint64_t one_of; // bit h: headline problem h stands for one of several
};

void programme_count(const struct programme *programme, uint64_t headlines, uint64_t needs, struct programme_count *count);
bool programme_runs(const struct programme *programme, int32_t day);
// The problems at which a headline problem stands.
uint64_t programme_places(const struct programme *programme, unsigned headline);
// All indicators that a referral names, of the household and of each member.
uint64_t programme_needs(const struct facts *facts);
