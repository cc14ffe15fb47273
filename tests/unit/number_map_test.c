// SPDX-License-Identifier: MIT
// The table of numbers against a plain array.
#include "services/windscreen/number_map.h"

#include "tests/unit/unit.h"

enum { KEYS = 5000, ROUNDS = 60000 };

static void it_keeps_what_was_put_last(void **state)
{
    static uint32_t expected[KEYS];
    struct number_map map = {0};
    unsigned seed = 7;

    (void)state;
    assert_int_equal(number_map_get(&map, 1), 0);
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned key = (unsigned)rand_r(&seed) % KEYS;
        uint32_t value = (unsigned)rand_r(&seed) % 4; // 0: nothing is there any more

        expected[key] = value;
        assert_int_equal(number_map_put(&map, ((uint64_t)key + 1) << 6, value), ERR_NONE);
        key = (unsigned)rand_r(&seed) % KEYS;
        assert_int_equal(number_map_get(&map, ((uint64_t)key + 1) << 6), expected[key]);
    }
    for (unsigned key = 0; key < KEYS; key++)
        assert_int_equal(number_map_get(&map, ((uint64_t)key + 1) << 6), expected[key]);
    assert_int_equal(number_map_get(&map, UINT64_MAX), 0);
    number_map_free(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_keeps_what_was_put_last)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
