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

// ---------------------------------------------------------------- near misses

// Per fact, the values with which a row already passed would match: it would stand in front of those to come.
struct passed {
    uint64_t values[TABLE_FACTS_MAX];
};

// A row that matches is passed: one behind it comes into play only where the fact takes it away from that row.
static void take_match(const struct table *table, unsigned match, struct passed *passed)
{
    const struct table_row *row = &table->rows[match];

    for (unsigned fact = 0; fact < table->n_facts; fact++)
        passed->values[fact] |= (row->columns >> fact & 1) != 0 ? row->allow[fact] : UINT64_MAX;
}

// The run of values in `mask` (not empty) that lies nearest to `value`, the lower one of two; its distance in steps.
static unsigned nearest_run(uint64_t mask, unsigned value, struct table_miss *miss)
{
    uint64_t below = value > 0 ? mask & table_values(0, value - 1) : 0;
    uint64_t above = value < TABLE_VALUES_MAX - 1 ? mask & table_values(value + 1, TABLE_VALUES_MAX - 1) : 0;
    unsigned low = below != 0 ? 63 - (unsigned)__builtin_clzll(below) : 0;
    unsigned high = above != 0 ? (unsigned)__builtin_ctzll(above) : 0;
    bool is_below = below != 0 && (above == 0 || value - low <= high - value);
    unsigned more; // values of the run beyond its nearest: bits that follow, up to the first that is not set

    if (is_below)
        more = (unsigned)__builtin_clzll(~(mask << (TABLE_VALUES_MAX - 1 - low))) - 1;
    else
        more = (unsigned)__builtin_ctzll(~(mask >> high)) - 1;
    miss->from = (uint8_t)(is_below ? low - more : high);
    miss->to = (uint8_t)(is_below ? low : high + more);
    return is_below ? value - low : high - value;
}

// Facts that speak for a row: those that hold and are there at all (value 0 is "no", "none", "absent"), and a count that is on its way.
static unsigned count_speaking(const struct table *table, const struct table_row *row, const struct table_miss *lacking,
                               const uint8_t *values)
{
    uint8_t value = values[lacking->fact];
    unsigned n = table->facts[lacking->fact].kind == TABLE_COUNT && value != 0 && value < lacking->from;

    for (uint64_t left = row->columns & ~(UINT64_C(1) << lacking->fact); left != 0; left &= left - 1)
        n += values[__builtin_ctzll(left)] != 0;
    return n;
}

// True when some value of the fact brings this row to the front; fills `miss`.
static bool is_near(const struct table *table, unsigned place, unsigned fact, const uint8_t *values, const struct passed *passed,
                    struct table_miss *miss)
{
    const struct table_row *row = &table->rows[place];
    uint64_t allow = (row->columns >> fact & 1) != 0 ? row->allow[fact] : UINT64_MAX;
    uint64_t mask = allow & table_possible(&table->facts[fact]) & ~passed->values[fact];
    unsigned steps;

    if (table->facts[fact].kind == TABLE_NAMED && (mask & ~UINT64_C(1)) != 0)
        mask &= ~UINT64_C(1); // "absent" is told only where nothing else would do
    if (mask == 0)
        return false;
    *miss = (struct table_miss){.row = (uint8_t)place, .fact = (uint8_t)fact};
    steps = nearest_run(mask, values[fact], miss);
    miss->distance = (TABLE_FACTS_MAX - count_speaking(table, row, miss, values)) * TABLE_VALUES_MAX;
    miss->distance += table->facts[fact].kind == TABLE_COUNT ? steps : 1;
    return true;
}

// A row behind the match that lacks nothing but its turn: the nearest value of a fact (of `facts`) that takes the match out of its way.
static bool is_next(const struct table *table, unsigned row, uint64_t facts, const uint8_t *values, const struct passed *passed,
                    struct table_miss *best)
{
    struct table_miss miss;
    bool found = false;

    for (uint64_t left = facts; left != 0; left &= left - 1) {
        if (!is_near(table, row, (unsigned)__builtin_ctzll(left), values, passed, &miss))
            continue;
        if (!found || miss.distance < best->distance)
            *best = miss;
        found = true;
    }
    return found;
}

unsigned table_near(const struct table *table, const uint8_t *values, uint64_t fixed, struct table_miss misses[TABLE_ROWS_MAX])
{
    struct passed passed = {0};
    uint64_t of_match = 0; // facts that the match asks about
    bool matched = false;
    unsigned n = 0;

    for (unsigned row = 0; row < table->n_rows; row++) {
        uint8_t fact = 0;
        unsigned failures = count_failures(&table->rows[row], values, 2, &fact);
        if (failures == 0 && matched)
            n += is_next(table, row, of_match, values, &passed, &misses[n]);
        if (failures == 0 && !matched)
            of_match = table->rows[row].columns & ~fixed;
        matched = matched || failures == 0;
        if (failures == 0)
            take_match(table, row, &passed);
        if (failures != 1)
            continue;
        if ((fixed >> fact & 1) == 0)
            n += is_near(table, row, fact, values, &passed, &misses[n]);
        passed.values[fact] |= table->rows[row].allow[fact];
    }
    return n;
}

unsigned table_nearest(struct table_miss *misses, unsigned n, unsigned max)
{
    for (unsigned i = 0; i < n && i < max; i++) {
        unsigned best = i;
        struct table_miss miss;
        for (unsigned j = i + 1; j < n; j++)
            if (misses[j].distance < misses[best].distance)
                best = j;
        miss = misses[best];
        memmove(&misses[i + 1], &misses[i], (best - i) * sizeof miss);
        misses[i] = miss;
    }
    return n < max ? n : max;
}

// ---------------------------------------------------------------- values

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

unsigned table_fact_find(const struct table *table, struct span name)
{
    unsigned fact = 0;

    while (fact < table->n_facts && !span_equal(table->facts[fact].name, name))
        fact++;
    return fact;
}
