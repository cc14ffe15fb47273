// SPDX-License-Identifier: MIT
// Bits are counted as if one after the other.
#include "common/base/bits.h"

#include "tests/unit/unit.h"

static unsigned count_one_by_one(uint64_t bits)
{
    unsigned n = 0;

    for (; bits != 0; bits >>= 1)
        n += bits & 1;
    return n;
}

static void bits_are_counted(void **state)
{
    (void)state;
    assert_int_equal(bits_count(0), 0);
    assert_int_equal(bits_count(UINT64_MAX), 64);
    for (unsigned from = 0; from < 64; from++)
        for (unsigned size = 1; size <= 64 - from; size++) { // a run, and all but the run
            uint64_t run = UINT64_MAX >> (64 - size) << from;

            assert_int_equal(bits_count(run), size);
            assert_int_equal(bits_count(~run), 64 - size);
        }
    for (uint64_t i = 0, bits = 1; i < 10000; i++, bits = bits * UINT64_C(0x9e3779b97f4a7c15) + i)
        assert_int_equal(bits_count(bits), count_one_by_one(bits));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(bits_are_counted)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
