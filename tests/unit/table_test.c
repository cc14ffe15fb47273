// SPDX-License-Identifier: MIT
// Decision tables: first match, facts used, near misses, covered rows.
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

static void near_misses_lack_one_fact(void **state)
{
    const uint8_t values[N_FACTS] = {1, 0, 1}; // green, small, wet
    struct table_miss misses[4];
    struct table table = a_table();

    (void)state;
    assert_int_equal(table_near(&table, values, misses, 4), 3);
    assert_int_equal(misses[0].row, 0);
    assert_int_equal(misses[0].fact, COLOUR);
    assert_int_equal(misses[1].row, 1);
    assert_int_equal(misses[1].fact, COLOUR);
    assert_int_equal(misses[2].row, 2);
    assert_int_equal(misses[2].fact, SIZE);
    assert_int_equal(table_near(&table, values, misses, 2), 2);
}

static void a_row_is_covered_by_a_wider_one(void **state)
{
    struct table table = a_table();

    (void)state;
    assert_true(table_covered(&table, 0, 1));
    assert_false(table_covered(&table, 1, 0));
    assert_false(table_covered(&table, 2, 1));
    assert_true(table_covered(&table, 2, 3));
    // all three colours are as good as not asking
    table.rows[1].allow[COLOUR] = 7;
    assert_true(table_covered(&table, 3, 1));
    table.rows[2] = (struct table_row){.columns = 4, .allow = {[WET] = 3}};
    assert_true(table_covered(&table, 3, 2));
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
    table.rows[1] = (struct table_row){.columns = 2, .allow = {[SIZE] = 0x1e}};
    assert_true(table_covered(&table, 3, 1));
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
        cmocka_unit_test(a_row_is_covered_by_a_wider_one),
        cmocka_unit_test(a_count_has_bounds),
        cmocka_unit_test(counts_saturate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
