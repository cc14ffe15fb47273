// SPDX-License-Identifier: MIT
// Decision tables over finite facts: each fact has a value 0..63, each row says which values it allows, the first row that allows all wins.
// Used for levels, members, destinations, parenting and tasks. Pure: owns no text, knows no file, clock or log.
#pragma once

#include "common/base/span.h"
#include "proto/proto.h"

enum {
    TABLE_FACTS_MAX = 32,  // columns of one table
    TABLE_ROWS_MAX = 48,   // rows of one table; row codes may serve as fact values, so below TABLE_VALUES_MAX
    TABLE_VALUES_MAX = 64, // values of one fact: one bit each in a row's mask; counts saturate at 63
    TABLE_USED_MAX = 16,   // facts told of one decision (bound of `used` in proto/records.def)
    TABLE_NEAR_MAX = 4,    // near misses told of one decision (bound of `near` there)
};

enum table_kind {
    TABLE_YES_NO, // 0 no, 1 yes
    TABLE_COUNT,  // least..most; 63 stands for "63 or more"
    TABLE_NAMED,  // one name for each value
};

struct table_fact {
    struct span name;
    uint8_t kind;              // enum table_kind
    uint8_t n_values;          // NAMED: how many
    uint8_t least, most;       // COUNT: what it can be, most <= 63
    const struct span *values; // NAMED: names by value
};

struct table_row {
    uint64_t columns;                // bit f: the row asks about fact f
    uint64_t allow[TABLE_FACTS_MAX]; // bit v: value v of fact f is allowed
};

struct table {
    unsigned n_facts, n_rows;
    bool single; // no two rows may allow the same values, but for a last row that allows all
    struct table_fact facts[TABLE_FACTS_MAX];
    struct table_row rows[TABLE_ROWS_MAX];
    uint64_t refusing[TABLE_FACTS_MAX][TABLE_VALUES_MAX]; // bit r: row r does not allow this value of the fact; from the rows
};

// A row that would be the first to match if one fact had another value: one of from..to, the nearest such values.
struct table_miss {
    uint8_t row;
    uint8_t fact;
    uint8_t from, to;
    uint32_t distance; // least first: facts that speak for the row count before the steps that the one fact lacks
};

// Where a row stands, for people.
struct origin {
    struct span file; // "levels.yaml"
    unsigned line;
    struct span source; // document and paragraph
    struct span note;   // size 0: none
};

// Makes a row known to those below, once it is filled or has changed.
void table_index_row(struct table *table, unsigned row);

// The rows that allow all `values` (one for each fact, 0..63), bit r: row r.
uint64_t table_matches(const struct table *table, const uint8_t *values);
// The first row that allows all; n_rows when none does.
unsigned table_match(const struct table *table, const uint8_t *values);
// The same, from row `first` on.
unsigned table_match_from(const struct table *table, unsigned first, const uint8_t *values);
// The facts a row asks about, with their values, at most TABLE_USED_MAX; returns how many. Names are lent from the table.
unsigned table_used(const struct table *table, unsigned row, const uint8_t *values, struct fact_used used[TABLE_USED_MAX]);
// Every row that would be the first to match if one fact had another value, in order; returns how many. Facts of `fixed` (bit f: fact f)
// are not imagined to be otherwise. A row in front of the match lacks that fact, one behind it perhaps only its turn.
unsigned table_near(const struct table *table, const uint8_t *values, uint64_t fixed, struct table_miss misses[TABLE_ROWS_MAX]);
// Moves the `max` nearest (at most) to the front, nearest first; returns how many. Equally near ones keep their order.
unsigned table_nearest(struct table_miss *misses, unsigned n, unsigned max);
// A near miss as events tell it; `code` is the row's.
static inline struct near_row table_near_row(const struct table *table, const struct table_miss *miss, struct span code,
                                             const uint8_t *values)
{
    return (struct near_row){
        .row = code, .fact = table->facts[miss->fact].name, .value = values[miss->fact], .from = miss->from, .to = miss->to};
}
// The values from..to as a mask, both 0..63; empty when from > to.
uint64_t table_values(unsigned from, unsigned to);
// The values that the fact can have, as a mask.
uint64_t table_possible(const struct table_fact *fact);
// The fact of this name; n_facts when there is none.
unsigned table_fact_find(const struct table *table, struct span name);
// A count as a fact value.
static inline uint8_t table_count(uint64_t count)
{
    return count < TABLE_VALUES_MAX ? (uint8_t)count : TABLE_VALUES_MAX - 1;
}
