// SPDX-License-Identifier: MIT
// Writes masks of fact values as the policy's rows write them.
// Called by the prover. Names are those of the table's facts and of the protocol's codes.
#include "common/policy/witness.h"

#include <stdarg.h>
#include <stdio.h>

void witness_add(struct witness *witness, const char *format, ...)
{
    size_t room = sizeof witness->text - witness->used;
    va_list arguments;
    int size;

    va_start(arguments, format);
    size = vsnprintf(witness->text + witness->used, room, format, arguments);
    va_end(arguments);
    if (size < 0 || (size_t)size < room) {
        witness->used += size < 0 ? 0 : (size_t)size;
        return;
    }
    witness->used = sizeof witness->text - 1;
    memcpy(witness->text + sizeof witness->text - 4, "...", 4);
}

// Values first..last without a gap between.
static void add_counts(struct witness *witness, const struct table_fact *fact, unsigned first, unsigned last)
{
    if (first == last)
        witness_add(witness, "%u", first);
    else if (last == fact->most)
        witness_add(witness, "%u or more", first);
    else
        witness_add(witness, "%u to %u", first, last);
}

static unsigned last_of_run(uint64_t values, unsigned first)
{
    while (first + 1 < TABLE_VALUES_MAX && (values >> (first + 1) & 1) != 0)
        first++;
    return first;
}

static void add_run(struct witness *witness, const struct table_fact *fact, unsigned first, unsigned last)
{
    if (fact->kind == TABLE_COUNT)
        add_counts(witness, fact, first, last);
    else if (fact->kind == TABLE_YES_NO)
        witness_add(witness, "%s", first != 0 ? "yes" : "no");
    else if (first < fact->n_values)
        witness_add(witness, "%.*s", SPAN_ARG(fact->values[first]));
}

void witness_add_values(struct witness *witness, const struct table_fact *fact, uint64_t values)
{
    uint64_t left = values & table_possible(fact);
    bool many = (left & (left - 1)) != 0 &&
                (fact->kind != TABLE_COUNT || (left >> __builtin_ctzll(left) & ((left >> __builtin_ctzll(left)) + 1)) != 0);
    const char *between = many ? "[" : "";

    while (left != 0) {
        unsigned first = (unsigned)__builtin_ctzll(left);
        unsigned last = fact->kind == TABLE_COUNT ? last_of_run(left, first) : first;
        witness_add(witness, "%s", between);
        add_run(witness, fact, first, last);
        left &= ~table_values(first, last);
        between = ", ";
    }
    witness_add(witness, "%s", many ? "]" : "");
}

void witness_add_box(struct witness *witness, const struct table *table, const struct box *box, uint64_t told)
{
    const char *between = "{";

    for (uint64_t left = told; left != 0; left &= left - 1) {
        unsigned fact = (unsigned)__builtin_ctzll(left);
        witness_add(witness, "%s%.*s: ", between, SPAN_ARG(table->facts[fact].name));
        witness_add_values(witness, &table->facts[fact], box->allow[fact]);
        between = ", ";
    }
    witness_add(witness, "%s", told == 0 ? "{}" : "}");
}

static void add_needs_of(struct witness *witness, const char *whose, uint64_t needs)
{
    const char *between = "[";

    if (needs == 0)
        return;
    witness_add(witness, "%s%s ", witness->used > 0 ? ", " : "", whose);
    for (; needs != 0; needs &= needs - 1) {
        witness_add(witness, "%s%s", between, code_text(LIST_INDICATOR, (unsigned)__builtin_ctzll(needs)));
        between = ", ";
    }
    witness_add(witness, "]");
}

void witness_add_needs(struct witness *witness, const struct facts *facts)
{
    for (unsigned i = 0; i < facts->n_members; i++)
        add_needs_of(witness, code_text(LIST_MEMBER, facts->members[i].role), facts->members[i].needs);
    add_needs_of(witness, "household", facts->household_needs);
}
