// SPDX-License-Identifier: MIT
// Matching of decision tables: bits and nothing else.
// Called by level.c and destination.c with tables that policy.c has filled. Knows no policy, reads no text.
#include "common/policy/table.h"

static bool allows(const struct table_row *row, unsigned fact, const uint8_t *values)
{
    return (row->allow[fact] >> values[fact] & 1) != 0;
}

// How many of the columns fail, counted up to `limit`; `last` is the last counted.
static unsigned count_failures(const struct table_row *row, const uint8_t *values, unsigned limit, uint8_t *last)
{
    unsigned n = 0;

    for (uint64_t left = row->columns; left != 0 && n < limit; left &= left - 1) {
        unsigned fact = (unsigned)__builtin_ctzll(left);
        if (!allows(row, fact, values)) {
            *last = (uint8_t)fact;
            n++;
        }
    }
    return n;
}

bool table_row_allows(const struct table *table, unsigned row, const uint8_t *values)
{
    uint8_t last;

    return count_failures(&table->rows[row], values, 1, &last) == 0;
}

unsigned table_match(const struct table *table, const uint8_t *values)
{
    return table_match_from(table, 0, values);
}

unsigned table_match_from(const struct table *table, unsigned first, const uint8_t *values)
{
    unsigned row = first;

    while (row < table->n_rows && !table_row_allows(table, row, values))
        row++;
    return row;
}

unsigned table_used(const struct table *table, unsigned row, const uint8_t *values, struct fact_used used[TABLE_USED_MAX])
{
    unsigned n = 0;

    for (uint64_t left = table->rows[row].columns; left != 0 && n < TABLE_USED_MAX; left &= left - 1) {
        unsigned fact = (unsigned)__builtin_ctzll(left);
        used[n++] = (struct fact_used){.fact = table->facts[fact].name, .value = values[fact]};
    }
    return n;
}

unsigned table_near(const struct table *table, const uint8_t *values, struct table_miss *misses, unsigned max)
{
    unsigned n = 0;

    for (unsigned row = 0; row < table->n_rows && n < max; row++) {
        uint8_t fact = 0;
        if (count_failures(&table->rows[row], values, 2, &fact) == 1)
            misses[n++] = (struct table_miss){.row = (uint8_t)row, .fact = fact};
    }
    return n;
}

uint64_t table_values(unsigned from, unsigned to)
{
    return from > to ? 0 : UINT64_MAX >> (TABLE_VALUES_MAX - 1 - to) & UINT64_MAX << from;
}

uint64_t table_possible(const struct table_fact *fact)
{
    switch ((enum table_kind)fact->kind) {
    case TABLE_YES_NO:
        return table_values(0, 1);
    case TABLE_COUNT:
        return table_values(fact->least, fact->most);
    case TABLE_NAMED:
        return fact->n_values > 0 ? table_values(0, fact->n_values - 1U) : 0;
    }
    return 0;
}

// The values a row allows of a fact, among those the fact can have.
static uint64_t allowed(const struct table *table, unsigned row, unsigned fact)
{
    uint64_t possible = table_possible(&table->facts[fact]);

    if ((table->rows[row].columns >> fact & 1) == 0)
        return possible;
    return table->rows[row].allow[fact] & possible;
}

bool table_covered(const struct table *table, unsigned row, unsigned by)
{
    for (unsigned fact = 0; fact < table->n_facts; fact++)
        if ((allowed(table, row, fact) & ~allowed(table, by, fact)) != 0)
            return false;
    return true;
}

unsigned table_fact_find(const struct table *table, struct span name)
{
    unsigned fact = 0;

    while (fact < table->n_facts && !span_equal(table->facts[fact].name, name))
        fact++;
    return fact;
}
