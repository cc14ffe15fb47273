// SPDX-License-Identifier: MIT
// The filter never denies what was added, and seldom guesses wrong.
#include "services/registry/known.h"

#include "tests/unit/unit.h"

static struct identity identity_number(uint64_t n)
{
    struct identity identity;
    uint64_t words[2];

    for (int i = 0; i < 2; i++) { // splitmix64: evenly spread, as hashes are
        uint64_t z = (2 * n + (uint64_t)i + 1) * UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        words[i] = z ^ z >> 31;
    }
    memcpy(identity.bytes, words, sizeof identity.bytes);
    return identity;
}

static void knows_what_was_added(void **state)
{
    enum { N = 4 << 20 };
    struct known *known = known_new(0);
    unsigned wrong = 0;

    (void)state;
    assert_non_null(known);
    for (uint64_t n = 0; n < N; n++) {
        struct identity identity = identity_number(n);

        known_add(known, &identity);
    }
    for (uint64_t n = 0; n < 2 * N; n++) {
        struct identity identity = identity_number(n);
        bool perhaps = known_has_perhaps(known, &identity);

        if (n < N)
            assert_true(perhaps);
        else
            wrong += perhaps;
    }
    assert_true(wrong < N / 300);
    known_free(&known);
    assert_null(known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(knows_what_was_added)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
