// SPDX-License-Identifier: MIT
// Facts of a policy as clauses of plain sentences: "the family agrees to be helped", "there are 2 or more intensive needs".
// Used by account. Pure; the words are fact_words.def's and the policy's own.
#pragma once

#include "common/policy/rules.h"
#include "services/windscreen/phrase.h"

enum clause_mood {
    CLAUSE_IS,   // behind "because", or alone
    CLAUSE_WERE, // behind "if": it is not so
};

// Adds what it means that `fact` has one of the values from..to: of a number all of them (its most: or more), of names the first.
void clause_add(struct phrase *phrase, const struct policy *policy, struct span fact, int64_t from, int64_t to, enum clause_mood mood);
// What it means that a fact of the protocol has this value, as a clause that stands alone; NULL: a number, or a policy's own fact.
const char *clause_of_value(struct span fact, int64_t value);
// True when the fact is a number of things, so that "instead of" makes sense.
bool clause_counts(const struct policy *policy, struct span fact);
// "one intensive need", "2 intensive needs", "no intensive needs": of a fact that counts.
void clause_add_number(struct phrase *phrase, const struct policy *policy, struct span fact, uint64_t number);
// The policy's count of this name; NULL when it is none.
const struct level_count *clause_count(const struct policy *policy, struct span fact);
