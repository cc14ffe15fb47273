// SPDX-License-Identifier: MIT
// Facts in the policy's own words, for complaints: `{level: 2, asb: victim}`, and who is in the household with which needs.
// Used by the prover. Bounded: what does not fit ends in "...".
#pragma once

#include "common/policy/box.h"
#include "common/policy/rules.h"
#include "common/policy/yaml.h"

struct witness {
    size_t used;
    char text[COMPLAINT_TEXT_MAX];
};

// Adds text as it stands.
void witness_add(struct witness *witness, const char *format, ...) __attribute__((format(printf, 2, 3)));
// "2 or more", "[given, absent]": values of a fact as a policy writes them.
void witness_add_values(struct witness *witness, const struct table_fact *fact, uint64_t values);
// "{level: 2, asb: victim}": of each fact told (bit f of `told`) the values that the box has.
void witness_add_box(struct witness *witness, const struct table *table, const struct box *box, uint64_t told);
// "child [I301, I302], household [I219]": who needs what, behind a comma where something stands before; nothing when nobody needs anything.
void witness_add_needs(struct witness *witness, const struct facts *facts);
