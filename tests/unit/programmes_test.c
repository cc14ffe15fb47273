// SPDX-License-Identifier: MIT
// What a household's problems count in a programme: what shows one for certain, what shows one of several, and on which days.
// Run by ctest.
#include "common/policy/programmes.h"
#include "unit.h"

#define BIT(n) (UINT64_C(1) << (n))

// Headline problem 1 and need 7 show the first, 2 shows one of the second and third; nothing but need 9 shows the last.
static const struct programme some = {
    .from = 100,
    .until = 200,
    .at_least = 2,
    .n_problems = 4,
    .problems = {{.headlines = BIT(1), .needs = BIT(7)}, {.headlines = BIT(2)}, {.headlines = BIT(2), .needs = BIT(8)}, {.needs = BIT(9)}}};

static void expect(uint64_t headlines, uint64_t needs, unsigned counted, uint64_t shown, uint64_t one_of)
{
    struct programme_count count;

    programme_count(&some, headlines, needs, &count);
    assert_int_equal(count.counted, counted);
    assert_int_equal(count.shown, shown);
    assert_int_equal(count.one_of, one_of);
}

static void a_problem_counts_once_whatever_shows_it(void **state)
{
    (void)state;
    expect(0, 0, 0, 0, 0);
    expect(BIT(1), 0, 1, BIT(0), 0);
    expect(BIT(1), BIT(7), 1, BIT(0), 0);
    expect(0, BIT(7) | BIT(9) | BIT(1), 2, BIT(0) | BIT(3), 0);
    expect(BIT(3) | BIT(6), BIT(20), 0, 0, 0);
}

static void one_of_several_counts_once(void **state)
{
    (void)state;
    expect(BIT(2), 0, 1, 0, BIT(2));
    expect(BIT(1) | BIT(2), 0, 2, BIT(0), BIT(2));
    expect(BIT(2), BIT(8), 1, BIT(2), 0); // now it is known which
}

static void both_days_belong_to_it(void **state)
{
    (void)state;
    assert_false(programme_runs(&some, 99));
    assert_true(programme_runs(&some, 100));
    assert_true(programme_runs(&some, 200));
    assert_false(programme_runs(&some, 201));
}

static void needs_are_those_of_all(void **state)
{
    static struct facts facts = {.household_needs = BIT(3), .n_members = 2, .members = {{.needs = BIT(4)}, {.needs = BIT(5)}}};

    (void)state;
    assert_int_equal(programme_needs(&facts), BIT(3) | BIT(4) | BIT(5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_problem_counts_once_whatever_shows_it),
        cmocka_unit_test(one_of_several_counts_once),
        cmocka_unit_test(both_days_belong_to_it),
        cmocka_unit_test(needs_are_those_of_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
