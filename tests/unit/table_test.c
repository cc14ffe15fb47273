// SPDX-License-Identifier: MIT
// Decision tables: first match, facts used, near misses.
#include "common/policy/table.h"

#include "tests/unit/unit.h"

enum { COLOUR, SIZE, WET, N_FACTS };

static struct span colours[3];

// 0: red, small   1: red   2: two or more, wet   3: always
static struct table a_table(void)
{
    struct table table = {.n_facts = N_FACTS, .n_rows = 4};

    colours[0] = span_text("red");
    colours[1] = span_text("green");
    colours[2] = span_text("blue");
    table.facts[COLOUR] = (struct table_fact){.name = span_text("colour"), .kind = TABLE_NAMED, .n_values = 3, .values = colours};
    table.facts[SIZE] = (struct table_fact){.name = span_text("size"), .kind = TABLE_COUNT, .most = 63};
    table.facts[WET] = (struct table_fact){.name = span_text("wet"), .kind = TABLE_YES_NO};
    table.rows[0] = (struct table_row){.columns = 3, .allow = {[COLOUR] = 1, [SIZE] = 3}};
    table.rows[1] = (struct table_row){.columns = 1, .allow = {[COLOUR] = 1}};
    table.rows[2] = (struct table_row){.columns = 6, .allow = {[SIZE] = ~UINT64_C(3), [WET] = 2}};
    for (unsigned row = 0; row < table.n_rows; row++)
        table_index_row(&table, row);
    return table;
}

static void the_first_row_that_allows_all_wins(void **state)
{
    static const struct {
        uint8_t values[N_FACTS];
        unsigned row;
    } rows[] = {{{0, 0, 0}, 0}, {{0, 1, 1}, 0}, {{0, 2, 1}, 1}, {{1, 2, 1}, 2}, {{1, 63, 1}, 2}, {{1, 2, 0}, 3}, {{2, 1, 1}, 3}};
    struct table table = a_table();

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(table_match(&table, rows[i].values), rows[i].row);
    assert_int_equal(table_match_from(&table, 1, rows[0].values), 1);
    table.n_rows = 3;
    assert_int_equal(table_match(&table, rows[6].values), 3);
}

static void used_are_the_columns_of_the_row(void **state)
{
    const uint8_t values[N_FACTS] = {1, 7, 1};
    struct fact_used used[TABLE_USED_MAX];
    struct table table = a_table();

    (void)state;
    assert_int_equal(table_used(&table, 2, values, used), 2);
    assert_true(span_is(used[0].fact, "size"));
    assert_int_equal(used[0].value, 7);
    assert_true(span_is(used[1].fact, "wet"));
    assert_int_equal(used[1].value, 1);
    assert_int_equal(table_used(&table, 3, values, used), 0);
}

static void expect_miss(const struct table_miss *miss, unsigned row, unsigned fact, unsigned from, unsigned to)
{
    assert_int_equal(miss->row, row);
    assert_int_equal(miss->fact, fact);
    assert_int_equal(miss->from, from);
    assert_int_equal(miss->to, to);
}

static void near_misses_lack_one_fact(void **state)
{
    const uint8_t values[N_FACTS] = {1, 0, 1}; // green, small, wet
    struct table_miss misses[TABLE_ROWS_MAX];
    struct table table = a_table();

    (void)state;
    // red would do for row 0; row 1 would never come to the front, since row 0 takes whatever is red and small
    assert_int_equal(table_near(&table, values, 0, misses), 2); // the last row matches, and asks about nothing
    expect_miss(&misses[0], 0, COLOUR, 0, 0);
    expect_miss(&misses[1], 2, SIZE, 2, 63);
    assert_int_equal(table_near(&table, values, 1 << COLOUR, misses), 1);
    expect_miss(&misses[0], 2, SIZE, 2, 63);
}

// The values of a fact with which the row would be the first to match.
static uint64_t winning(const struct table *table, unsigned row, unsigned fact, const uint8_t *values)
{
    uint8_t changed[N_FACTS];
    uint64_t wins = 0;

    memcpy(changed, values, sizeof changed);
    for (unsigned value = 0; value < 5; value++) {
        changed[fact] = (uint8_t)value;
        if ((table_possible(&table->facts[fact]) >> value & 1) != 0 && table_match(table, changed) == row)
            wins |= UINT64_C(1) << value;
    }
    return wins;
}

// A near miss is told exactly when changing the one fact makes it the first match, for every table value by value.
static void a_near_miss_would_be_the_first_to_match(void **state)
{
    unsigned seed = 1;

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        struct table_miss misses[TABLE_ROWS_MAX];
        struct table table = a_table();
        uint8_t values[N_FACTS] = {(uint8_t)(rand_r(&seed) % 3), (uint8_t)(rand_r(&seed) % 5), (uint8_t)(rand_r(&seed) % 2)};
        unsigned n, match, told = 0;

        table.facts[SIZE].most = 4;
        table.n_rows = 6;
        for (unsigned row = 0; row < 5; row++) {
            table.rows[row] = (struct table_row){.columns = (unsigned)rand_r(&seed) % 8};
            for (unsigned fact = 0; fact < N_FACTS; fact++)
                table.rows[row].allow[fact] = 1 + (unsigned)rand_r(&seed) % table_possible(&table.facts[fact]);
        }
        table.rows[5] = (struct table_row){0};
        for (unsigned row = 0; row < 6; row++)
            table_index_row(&table, row);
        match = table_match(&table, values);
        n = table_near(&table, values, 0, misses);
        for (unsigned row = 0; row < 6; row++) {
            bool wins_any = false, is_told = told < n && misses[told].row == row;
            for (unsigned fact = 0; fact < N_FACTS && row != match; fact++) {
                uint64_t wins = winning(&table, row, fact, values);
                uint64_t told_values = is_told ? table_values(misses[told].from, misses[told].to) : 0;
                wins_any = wins_any || wins != 0;
                if (is_told && misses[told].fact == fact)
                    assert_true(told_values != 0 && (wins & told_values) == told_values);
            }
            assert_int_equal(is_told, wins_any);
            told += is_told;
        }
        assert_int_equal(told, n);
    }
}

static void the_nearest_come_first(void **state)
{
    struct table_miss misses[] = {
        {.row = 0, .distance = 9}, {.row = 1, .distance = 3}, {.row = 2, .distance = 5}, {.row = 3, .distance = 3}};

    (void)state;
    assert_int_equal(table_nearest(misses, 4, 3), 3);
    assert_int_equal(misses[0].row, 1);
    assert_int_equal(misses[1].row, 3);
    assert_int_equal(misses[2].row, 2);
    assert_int_equal(misses[3].row, 0);
    assert_int_equal(table_nearest(misses, 2, 4), 2);
}

static void a_count_has_bounds(void **state)
{
    struct table table = a_table();

    (void)state;
    table.facts[SIZE].least = 1;
    table.facts[SIZE].most = 4;
    assert_int_equal(table_possible(&table.facts[SIZE]), 0x1e);
    assert_int_equal(table_possible(&table.facts[COLOUR]), 7);
    assert_int_equal(table_possible(&table.facts[WET]), 3);
    assert_true(table_values(0, 63) == UINT64_MAX);
    assert_int_equal(table_values(3, 2), 0);
}

static void counts_saturate(void **state)
{
    (void)state;
    assert_int_equal(table_count(0), 0);
    assert_int_equal(table_count(63), 63);
    assert_int_equal(table_count(64), 63);
    assert_int_equal(table_count(UINT64_MAX), 63);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_row_that_allows_all_wins),
        cmocka_unit_test(used_are_the_columns_of_the_row),
        cmocka_unit_test(near_misses_lack_one_fact),
        cmocka_unit_test(a_near_miss_would_be_the_first_to_match),
        cmocka_unit_test(the_nearest_come_first),
        cmocka_unit_test(a_count_has_bounds),
        cmocka_unit_test(counts_saturate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
