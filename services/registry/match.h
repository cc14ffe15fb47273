// SPDX-License-Identifier: MIT
// Whose family a referral is, exact: from what the index knows of each member to one family, and who else it might be.
// Pure policy of the registry. Never merges, and never scores.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { MATCH_KINDS = 3, MATCH_MEMBERS_MAX = 16, MATCH_OTHERS_MAX = 4 };

// What the index has under one identity of a member, the strongest kind first.
struct match_hit {
    bool found;
    bool born_differs; // the same number with another birth date
    uint64_t family;
};

struct match_member {
    bool is_child; // or unborn
    struct match_hit hits[MATCH_KINDS];
};

struct match {
    bool is_new; // no family yet: `family` says nothing
    uint64_t family;
    unsigned n_others;                 // each once; beyond MATCH_OTHERS_MAX left out: a person looks anyway
    uint64_t others[MATCH_OTHERS_MAX]; // a person must look at these
};

// The family of the first child that matches, in member order, then of any member, else a new one. A number that matches with another
// birth date makes a new family in any case. Other families that any member matches are the others.
void match_family(const struct match_member *members, unsigned n_members, struct match *match);
