// SPDX-License-Identifier: MIT
// Who of several workers comes first, and why: examples, and that it is an order whatever the loads.
// Run by ctest.
#include "services/allocation/fair.h"
#include "unit.h"

static struct fair_worker worker(const char *tag, uint64_t load, uint64_t most, uint64_t served_n)
{
    return (struct fair_worker){.tag = span_text(tag), .load = load, .most = most, .served_n = served_n};
}

static void less_work_for_what_one_can_take_comes_first(void **state)
{
    struct fair_worker half = worker("half", 4, 8, 1), third = worker("third", 6, 18, 9), free = worker("z", 0, 1, 99);

    (void)state;
    assert_true(fair_compare(&third, &half) < 0);
    assert_int_equal(fair_because(&third, &half), BECAUSE_LEAST_WORK);
    assert_int_equal(fair_passed(&third, &half), PASSED_MORE_WORK);
    assert_true(fair_compare(&free, &third) < 0);
}

static void equal_work_goes_to_who_was_served_longest_ago(void **state)
{
    struct fair_worker a = worker("a", 4, 8, 12), b = worker("b", 6, 12, 11), c = worker("c", 5, 10, 12);

    (void)state;
    assert_true(fair_compare(&b, &a) < 0);
    assert_int_equal(fair_because(&b, &a), BECAUSE_LONGEST_UNSERVED);
    assert_int_equal(fair_passed(&b, &a), PASSED_SERVED_LATER);
    assert_true(fair_compare(&a, &c) < 0); // equal in all but the tag
    assert_int_equal(fair_passed(&a, &c), PASSED_EQUAL);
    assert_int_equal(fair_compare(&a, &a), 0);
}

static void without_a_bound_loads_are_compared_as_they_are(void **state)
{
    struct fair_worker a = worker("a", 3, 0, 1), b = worker("b", 2, 0, 2);

    (void)state;
    assert_true(fair_compare(&b, &a) < 0);
}

static uint64_t roll(uint64_t *seed, uint64_t sides)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed % sides;
}

static void it_is_an_order(void **state)
{
    static const char *const tags[] = {"a", "ab", "b"};
    uint64_t seed = 88172645463325252;

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        struct fair_worker at[3];

        for (unsigned i = 0; i < 3; i++)
            at[i] = worker(tags[roll(&seed, 3)], roll(&seed, 6), roll(&seed, 5), roll(&seed, 3));
        for (unsigned i = 0; i < 3; i++)
            for (unsigned j = 0; j < 3; j++)
                assert_true((fair_compare(&at[i], &at[j]) < 0) == (fair_compare(&at[j], &at[i]) > 0));
        if (fair_compare(&at[0], &at[1]) <= 0 && fair_compare(&at[1], &at[2]) <= 0)
            assert_true(fair_compare(&at[0], &at[2]) <= 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(less_work_for_what_one_can_take_comes_first),
        cmocka_unit_test(equal_work_goes_to_who_was_served_longest_ago),
        cmocka_unit_test(without_a_bound_loads_are_compared_as_they_are),
        cmocka_unit_test(it_is_an_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
