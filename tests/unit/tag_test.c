// SPDX-License-Identifier: MIT
// Tags print and parse strictly.
#include "common/base/tag.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct {
    uint64_t value;
    const char *text;
} vectors[] = {
    {0, "R0000000000000"},
    {1, "R0000000000001"},
    {31, "R000000000000Z"},
    {32, "R0000000000010"},
    {UINT64_C(0x8000000000000000), "R8000000000000"},
    {UINT64_MAX, "RFZZZZZZZZZZZZ"},
};

static void prints_and_parses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        char text[TAG_TEXT_MAX + 1];
        uint64_t value = 42;

        tag_print('R', vectors[i].value, text);
        assert_string_equal(text, vectors[i].text);
        assert_true(tag_parse(span_text(text), 'R', &value));
        assert_true(value == vectors[i].value);
    }
}

static void refuses_other_forms(void **state)
{
    static const char *const bad[] = {
        "",          "R",           "R000000000000",  "R00000000000000", "F0000000000001", "r0000000000001",
        "RG000000000000", "R00000000000O1", "R00000000000I1", "R00000000000L1",  "R00000000000U1", "R00000000000a1", "R00000000000 1",
    };
    uint64_t value;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (tag_parse(span_text(bad[i]), 'R', &value))
            fail_msg("taken: %s", bad[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) // another letter or a number beyond 64 bits is no other form
        assert_true(tag_has_form(span_text(bad[i])) == (bad[i][0] == 'F' || strncmp(bad[i], "RG", 2) == 0));
    assert_true(tag_has_form(span_text("RZZZZZZZZZZZZZ")));
}

// Every byte in every place behind the letter: what is taken is printed again as it was.
static void takes_only_what_it_prints(void **state)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    (void)state;
    for (size_t place = 1; place < TAG_TEXT_MAX; place++)
        for (int c = 1; c < 256; c++) {
            char text[] = "R79HJKMNPQRSVZ", again[TAG_TEXT_MAX + 1];
            const char *digit = strchr(alphabet, c);
            uint64_t value;

            text[place] = (char)c;
            assert_true(tag_has_form(span_text(text)) == (digit != NULL));
            assert_true(tag_parse(span_text(text), 'R', &value) == (digit != NULL && (place > 1 || digit < alphabet + 16)));
            if (digit == NULL || !tag_parse(span_text(text), 'R', &value))
                continue;
            tag_print('R', value, again);
            assert_string_equal(again, text);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(prints_and_parses), cmocka_unit_test(refuses_other_forms),
                                       cmocka_unit_test(takes_only_what_it_prints)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
