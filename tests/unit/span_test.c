// SPDX-License-Identifier: MIT
// Runs of bytes are compared as memcmp does, whatever their size and wherever they differ.
#include "common/base/span.h"

#include "tests/unit/unit.h"

enum { SIZE_MAX_TRIED = 40 };

static void equal_runs_are_equal_and_others_not(void **state)
{
    uint8_t *a = malloc(SIZE_MAX_TRIED), *b;

    (void)state;
    for (size_t i = 0; i < SIZE_MAX_TRIED; i++)
        a[i] = (uint8_t)(i * 37 + 1);
    for (size_t size = 0; size <= SIZE_MAX_TRIED; size++) {
        b = malloc(size + (size == 0)); // exactly as large, so that a sanitizer sees a read beyond
        memcpy(b, a, size);
        assert_true(bytes_equal(a, b, size) && span_equal(span_of(a, size), span_of(b, size)));
        assert_true(bytes_mark(a, size) == bytes_mark(b, size));
        for (size_t i = 0; i < size; i++)
            for (unsigned bit = 0; bit < 8; bit++) {
                b[i] ^= (uint8_t)(1u << bit);
                assert_false(bytes_equal(a, b, size));
                b[i] ^= (uint8_t)(1u << bit);
            }
        free(b);
    }
    free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(equal_runs_are_equal_and_others_not)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
