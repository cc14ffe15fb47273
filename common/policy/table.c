// SPDX-License-Identifier: MIT
// Matching of decision tables: bits and nothing else.
// Called by level.c and destination.c with tables that policy.c has filled. Knows no policy, reads no text.
#include "common/policy/table.h"

_Static_assert((int)TABLE_ROWS_MAX < 64 && (int)TABLE_FACTS_MAX < 64, "a bit for each, and one behind the last");

static uint64_t bit(unsigned place)
{
    return UINT64_C(1) << place;
}

void table_index_row(struct table *table, unsigned row)
{
    for (unsigned fact = 0; fact < TABLE_FACTS_MAX; fact++)
        for (unsigned value = 0; value < TABLE_VALUES_MAX; value++) {
            bool refuses = (table->rows[row].columns >> fact & 1) != 0 && (table->rows[row].allow[fact] >> value & 1) == 0;
            uint64_t others = table->refusing[fact][value] & ~bit(row);
            table->refusing[fact][value] = others | (refuses ? bit(row) : 0);
        }
}

static uint64_t all_rows(const struct table *table)
{
    return bit(table->n_rows) - 1;
}

uint64_t table_matches(const struct table *table, const uint8_t *values)
{
    uint64_t refusing = 0;

    for (unsigned fact = 0; fact < table->n_facts; fact++)
        refusing |= table->refusing[fact][values[fact]];
    return ~refusing & all_rows(table);
}

unsigned table_match(const struct table *table, const uint8_t *values)
{
    return table_match_from(table, 0, values);
}

unsigned table_match_from(const struct table *table, unsigned first, const uint8_t *values)
{
    uint64_t matches = table_matches(table, values) & ~(bit(first) - 1);

    return matches != 0 ? (unsigned)__builtin_ctzll(matches) : table->n_rows;
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

// What a row that matches takes away from those behind it.
static void take_match(const struct table_row *row, uint64_t facts, struct passed *passed)
{
    for (uint64_t left = facts; left != 0; left &= left - 1)
        passed->values[__builtin_ctzll(left)] |= row->allow[__builtin_ctzll(left)];
}

// Rows by how many of their columns fail: none; one alone, of facts that may be imagined to be otherwise.
struct failing {
    uint64_t none, one;
};

static struct failing failing_of(const struct table *table, const uint8_t *values, uint64_t fixed)
{
    uint64_t any = 0, more = 0;

    for (unsigned fact = 0; fact < table->n_facts; fact++) {
        uint64_t refusing = table->refusing[fact][values[fact]];
        more |= (fixed >> fact & 1) != 0 ? refusing : any & refusing;
        any |= refusing;
    }
    return (struct failing){.none = ~any & all_rows(table), .one = any & ~more & all_rows(table)};
}

// The fact that fails, of a row where one alone does; false when it is not among `facts`.
static bool failing_fact(const struct table_row *row, const uint8_t *values, uint64_t facts, unsigned *fact)
{
    for (uint64_t left = row->columns & facts; left != 0; left &= left - 1) {
        *fact = (unsigned)__builtin_ctzll(left);
        if ((row->allow[*fact] >> values[*fact] & 1) == 0)
            return true;
    }
    return false;
}

// A row behind a match comes into play only where a fact, with another value, takes the match away: a fact that the match asks about.
unsigned table_near(const struct table *table, const uint8_t *values, uint64_t fixed, struct table_miss misses[TABLE_ROWS_MAX])
{
    struct failing failing = failing_of(table, values, fixed);
    uint64_t facts = (bit(table->n_facts) - 1) & ~fixed; // that all matches so far ask about
    struct passed passed = {0};
    unsigned n = 0;

    for (uint64_t left = failing.none | failing.one; left != 0 && facts != 0; left &= left - 1) {
        unsigned place = (unsigned)__builtin_ctzll(left), fact;
        const struct table_row *row = &table->rows[place];
        if ((failing.none >> place & 1) == 0) {
            if (!failing_fact(row, values, facts, &fact))
                continue;
            n += is_near(table, place, fact, values, &passed, &misses[n]);
            passed.values[fact] |= row->allow[fact];
            continue;
        }
        if ((failing.none & (bit(place) - 1)) != 0)
            n += is_next(table, place, facts, values, &passed, &misses[n]);
        facts &= row->columns;
        take_match(row, facts, &passed);
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
