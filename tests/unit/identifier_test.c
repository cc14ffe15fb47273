// SPDX-License-Identifier: MIT
// Check digits and postcodes, with worked vectors.
#include "common/base/identifier.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct vector {
    const char *text;
    const char *normal; // NULL: refused
};

static const struct vector nhs_numbers[] = {
    {"943 476 5919", "9434765919"},
    {"401-023-2137", "4010232137"},
    {"4000000020", "4000000020"},
    {"9990000018", "9990000018"},
    {"9990000026", "9990000026"},
    {"9990000034", "9990000034"},
    {"4857773456", NULL}, // printed as a sample elsewhere, and wrong
    {"0000000000", NULL}, // right arithmetic, all the same
    {"1111111111", NULL},
    {"9990000000", NULL}, // no number has this stem
    {"9990000001", NULL},
    {"9990000009", NULL},
    {"9434765918", NULL},
    {"4943765919", NULL}, // digits swapped
    {"943476591", NULL},
    {"94347659190", NULL},
    {"943476591X", NULL},
    {"943.476.5919", NULL},
    {"", NULL},
};

static const struct vector upns[] = {
    {"B801200005001", "B801200005001"},
    {"b801200005001", "B801200005001"},
    {"T821200015001", "T821200015001"},
    {"D82120001500A", "D82120001500A"}, // temporary
    {"T82120001500B", "T82120001500B"},
    {"P207000016049", "P207000016049"},
    {"Q207000016049", NULL}, // printed elsewhere, and wrong
    {"A801200005001", NULL},
    {"D82120001500I", NULL}, // no I, O, S
    {"I801200005001", NULL},
    {"B8012000050O1", NULL},
    {"B80120000500", NULL},
    {"B8012000050011", NULL},
    {"D8212000150A0", NULL},
    {"", NULL},
};

static const struct vector postcodes[] = {
    {"LU4 9QT", "LU4 9QT"},   {"lu49qt", "LU4 9QT"},    {"LU4  9QT", "LU4 9QT"},   {"M1 1AE", "M1 1AE"},     {"B33 8TH", "B33 8TH"},
    {"CR2 6XH", "CR2 6XH"},   {"DN55 1PT", "DN55 1PT"}, {"W1A 0AX", "W1A 0AX"},    {"EC1A 1BB", "EC1A 1BB"}, {"GIR 0AA", "GIR 0AA"},
    {"LU4 9Q", NULL},         {"LU4 99T", NULL},        {"LU4 9QO", NULL},         {"QU4 9QT", NULL},        {"4LU 9QT", NULL},
    {"LUT 9QT", NULL},        {"LU456 9QT", NULL},      {"LU4-9QT", NULL},         {" LU4 9QT", NULL},       {"LU4 9QT ", NULL},
    {"L U4 9QT", NULL},       {"", NULL},               {"9QT", NULL},             {"U 9QT", NULL},
};

static void check(const struct vector *vectors, size_t n, bool (*judge)(struct span, char *))
{
    for (size_t i = 0; i < n; i++) {
        char normal[14];
        bool good = judge(span_text(vectors[i].text), normal);

        if (good != (vectors[i].normal != NULL))
            fail_msg("%s: %s", vectors[i].text, good ? "taken" : "refused");
        if (good)
            assert_string_equal(normal, vectors[i].normal);
    }
}

static void nhs_number_vectors(void **state)
{
    (void)state;
    check(nhs_numbers, sizeof nhs_numbers / sizeof nhs_numbers[0], identifier_nhs_number);
}

static void upn_vectors(void **state)
{
    (void)state;
    check(upns, sizeof upns / sizeof upns[0], identifier_upn);
}

static void postcode_vectors(void **state)
{
    (void)state;
    check(postcodes, sizeof postcodes / sizeof postcodes[0], identifier_postcode);
}

// Every single wrong digit and every swap of neighbours is noticed.
static void nhs_number_notices_slips(void **state)
{
    char text[] = "9434765919", digits[11];

    (void)state;
    for (int i = 0; i < 10; i++)
        for (char c = '0'; c <= '9'; c++) {
            char right = text[i];

            text[i] = c;
            assert_int_equal(identifier_nhs_number(span_text(text), digits), c == right);
            text[i] = right;
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nhs_number_vectors),
        cmocka_unit_test(upn_vectors),
        cmocka_unit_test(postcode_vectors),
        cmocka_unit_test(nhs_number_notices_slips),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
