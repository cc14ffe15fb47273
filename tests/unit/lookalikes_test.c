// SPDX-License-Identifier: MIT
// The index of traits against a plain list.
#include "services/registry/lookalikes.h"

#include "tests/unit/unit.h"

enum { TRAITS = 3000, REFERRALS = 20000 };

static void gives_the_latest_first(void **state)
{
    struct lookalikes *lookalikes = lookalikes_new();
    uint32_t found[LOOKALIKES_OF_TRAIT];

    (void)state;
    assert_non_null(lookalikes);
    assert_int_equal(lookalikes_find(lookalikes, 7, found), 0);
    for (uint32_t n = 1; n <= 20; n++) {
        assert_int_equal(lookalikes_add(lookalikes, 7, n), ERR_NONE);
        assert_int_equal(lookalikes_add(lookalikes, 7, n), ERR_NONE); // two members of one referral
    }
    assert_int_equal(lookalikes_find(lookalikes, 7, found), LOOKALIKES_OF_TRAIT);
    for (unsigned i = 0; i < LOOKALIKES_OF_TRAIT; i++)
        assert_int_equal(found[i], 20 - i);
    assert_int_equal(lookalikes_forgotten(lookalikes), 20 - LOOKALIKES_OF_TRAIT);
    assert_int_equal(lookalikes_find(lookalikes, 8, found), 0);
    lookalikes_free(&lookalikes);
    assert_null(lookalikes);
}

// Traits that share homes and grow into each other.
static void keeps_what_was_added(void **state)
{
    static uint32_t last[TRAITS][LOOKALIKES_OF_TRAIT];
    static unsigned n_last[TRAITS];
    struct lookalikes *lookalikes = lookalikes_new();
    uint32_t seed = 1;

    (void)state;
    for (uint32_t n = 1; n <= REFERRALS; n++) {
        unsigned trait;

        seed = seed * 1664525 + 1013904223;
        trait = (seed >> 8) % TRAITS;
        assert_int_equal(lookalikes_add(lookalikes, (trait % 3) << 24 | trait / 3 % 300, n), ERR_NONE);
        trait = (trait % 3) + 3 * (trait / 3 % 300);
        memmove(last[trait] + 1, last[trait], (LOOKALIKES_OF_TRAIT - 1) * sizeof last[0][0]);
        last[trait][0] = n;
        n_last[trait] += n_last[trait] < LOOKALIKES_OF_TRAIT;
    }
    for (unsigned trait = 0; trait < 900; trait++) {
        uint32_t found[LOOKALIKES_OF_TRAIT];
        unsigned n = lookalikes_find(lookalikes, (trait % 3) << 24 | trait / 3, found);

        assert_int_equal(n, n_last[trait]);
        assert_memory_equal(found, last[trait], n * sizeof found[0]);
    }
    lookalikes_free(&lookalikes);
}

// Other numbers of 24 bits, each once, as hashes would be.
static uint32_t scattered(uint32_t i)
{
    return i * 0x9e3779b1 & 0xffffff;
}

// One segment takes so many; what comes then costs one of those before, and searches still end.
static void forgets_when_it_is_full(void **state)
{
    struct lookalikes *lookalikes = lookalikes_new();
    uint32_t found[LOOKALIKES_OF_TRAIT];
    unsigned kept = 0;

    (void)state;
    for (uint32_t i = 1; i <= 200000; i++)
        assert_int_equal(lookalikes_add(lookalikes, scattered(i), i), ERR_NONE);
    for (uint32_t i = 1; i <= 200000; i++)
        kept += lookalikes_find(lookalikes, scattered(i), found) > 0;
    assert_int_equal(kept, 49152);
    assert_int_equal(lookalikes_forgotten(lookalikes), 200000 - 49152);
    lookalikes_free(&lookalikes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_latest_first),
        cmocka_unit_test(keeps_what_was_added),
        cmocka_unit_test(forgets_when_it_is_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
