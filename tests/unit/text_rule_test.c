// SPDX-License-Identifier: MIT
// Which characters each kind of text takes.
#include "proto/text_rule.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct {
    enum text_rule rule;
    const char *text;
    enum fault fault;
} rows[] = {
    {TEXT_FREE, "", FAULT_NONE},
    {TEXT_FREE, "Mum said:\r\n\t\"it's \xe2\x80\x9c" "fine\xe2\x80\x9d\" \xd9\x85\xd8\xb1\xd8\xad\xd8\xa8\xd8\xa7", FAULT_NONE},
    {TEXT_FREE, "a\x01", FAULT_BAD_CHARACTER},
    {TEXT_FREE, "a\x7f", FAULT_BAD_CHARACTER},
    {TEXT_FREE, "a\xc2\x85", FAULT_BAD_CHARACTER},
    {TEXT_FREE, "\xc2\xa0", FAULT_NONE},
    {TEXT_FREE, "\xe2\x80\xae", FAULT_NONE},
    {TEXT_LINE, "", FAULT_NONE},
    {TEXT_LINE, "Zo\xc3\xab O\xe2\x80\x99" "Brien-\xc5\x81ukasz", FAULT_NONE},
    {TEXT_LINE, "two\nlines", FAULT_BAD_CHARACTER},
    {TEXT_LINE, "tab\t", FAULT_BAD_CHARACTER},
    {TEXT_LINE, "\xe2\x80\xa8", FAULT_BAD_CHARACTER},
    {TEXT_LINE, "a\xe2\x80\xaa", FAULT_BAD_CHARACTER},
    {TEXT_LINE, "a\xe2\x80\xae", FAULT_BAD_CHARACTER},
    {TEXT_LINE, "a\xe2\x80\xaf", FAULT_NONE},
    {TEXT_LINE, "a\xe2\x81\xa5", FAULT_NONE},
    {TEXT_LINE, "a\xe2\x81\xa6", FAULT_BAD_CHARACTER},
    {TEXT_LINE, "a\xe2\x81\xa9z", FAULT_BAD_CHARACTER},
    {TEXT_LINE, "\xc2\x9f", FAULT_BAD_CHARACTER},
    {TEXT_ID, "5c7e-A_b.c:1/2#{|}~@[]^", FAULT_NONE},
    {TEXT_ID, "", FAULT_TOO_SHORT},
    {TEXT_ID, "a b", FAULT_BAD_CHARACTER},
    {TEXT_ID, "a\"b", FAULT_BAD_CHARACTER},
    {TEXT_ID, "a'b", FAULT_BAD_CHARACTER},
    {TEXT_ID, "a\\b", FAULT_BAD_CHARACTER},
    {TEXT_ID, "a<b", FAULT_BAD_CHARACTER},
    {TEXT_ID, "a>b", FAULT_BAD_CHARACTER},
    {TEXT_ID, "caf\xc3\xa9", FAULT_BAD_CHARACTER},
    {TEXT_SOURCE, "/schools/8214012", FAULT_NONE},
    {TEXT_SOURCE, "urn:uuid:6e8bc430-9c3a?x=%2F&y=(1)'*+,;=!$#f[]@", FAULT_NONE},
    {TEXT_SOURCE, "", FAULT_TOO_SHORT},
    {TEXT_SOURCE, "/a b", FAULT_BAD_CHARACTER},
    {TEXT_SOURCE, "/a%2", FAULT_BAD_CHARACTER},
    {TEXT_SOURCE, "/a%2g", FAULT_BAD_CHARACTER},
    {TEXT_SOURCE, "/a%", FAULT_BAD_CHARACTER},
    {TEXT_SOURCE, "/{a}", FAULT_BAD_CHARACTER},
    {TEXT_SOURCE, "/\xc3\xa9", FAULT_BAD_CHARACTER},
    {TEXT_SLUG, "flying-start-north_2", FAULT_NONE},
    {TEXT_SLUG, "", FAULT_TOO_SHORT},
    {TEXT_SLUG, "FSW", FAULT_BAD_CHARACTER},
    {TEXT_SLUG, "a.b", FAULT_BAD_CHARACTER},
    {TEXT_RULE, "PRE_BIRTH_2", FAULT_NONE},
    {TEXT_RULE, "pre", FAULT_BAD_CHARACTER},
    {TEXT_RULE, "A-B", FAULT_BAD_CHARACTER},
    {TEXT_TAG, "R0123456789ABC", FAULT_NONE},
    {TEXT_TAG, "R0123456789AB", FAULT_TOO_SHORT},
    {TEXT_TAG, "R0123456789ABCD", FAULT_TOO_LONG},
    {TEXT_TAG, "r0123456789ABC", FAULT_BAD_CHARACTER},
    {TEXT_TAG, "R0123456789ABI", FAULT_BAD_CHARACTER},
    {TEXT_POINTER, "", FAULT_NONE},
    {TEXT_POINTER, "/data/members/0/born", FAULT_NONE},
    {TEXT_POINTER, "data", FAULT_BAD_CHARACTER},
    {TEXT_POINTER, "/data x", FAULT_BAD_CHARACTER},
    {TEXT_LANGUAGE, "ur", FAULT_NONE},
    {TEXT_LANGUAGE, "zh-Hant-TW", FAULT_NONE},
    {TEXT_LANGUAGE, "es-419", FAULT_NONE},
    {TEXT_LANGUAGE, "", FAULT_TOO_SHORT},
    {TEXT_LANGUAGE, "419", FAULT_BAD_CHARACTER},
    {TEXT_LANGUAGE, "ur-", FAULT_BAD_CHARACTER},
    {TEXT_LANGUAGE, "-ur", FAULT_BAD_CHARACTER},
    {TEXT_LANGUAGE, "urdubutlong", FAULT_BAD_CHARACTER},
    {TEXT_LANGUAGE, "u r", FAULT_BAD_CHARACTER},
    {TEXT_POSTCODE, "LU4 9QT", FAULT_NONE},
    {TEXT_POSTCODE, "LUTON", FAULT_BAD_POSTCODE},
    {TEXT_NHS_NUMBER, "943 476 5919", FAULT_NONE},
    {TEXT_NHS_NUMBER, "943 476 5918", FAULT_BAD_NHS_NUMBER},
    {TEXT_UPN, "B801200005001", FAULT_NONE},
    {TEXT_UPN, "A801200005001", FAULT_BAD_UPN},
};

static void judges_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (text_rule_check(rows[i].rule, span_text(rows[i].text)) != rows[i].fault)
            fail_msg("row %zu: %s", i, rows[i].text);
}

// Every byte from 0 to 127 is judged as the rule's meaning says.
static void judges_every_ascii_byte(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 128; c++) {
        uint8_t byte = (uint8_t)c;
        bool digit = c >= '0' && c <= '9', lower = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z';
        struct span text = span_of(&byte, 1);
        bool printable = c > 0x20 && c < 0x7f;
        bool uri = c != 0 && strchr("-._~:/?#[]@!$&'()*+,;=", (int)c) != NULL;

        assert_int_equal(text_rule_check(TEXT_ID, text) == FAULT_NONE, printable && strchr("\"'`\\<>", (int)c) == NULL);
        assert_int_equal(text_rule_check(TEXT_SOURCE, text) == FAULT_NONE, digit || lower || upper || uri);
        assert_int_equal(text_rule_check(TEXT_SLUG, text) == FAULT_NONE, digit || lower || c == '-' || c == '_');
        assert_int_equal(text_rule_check(TEXT_RULE, text) == FAULT_NONE, digit || upper || c == '_');
        assert_int_equal(text_rule_check(TEXT_LINE, text) == FAULT_NONE, printable || c == ' ');
        assert_int_equal(text_rule_check(TEXT_FREE, text) == FAULT_NONE, printable || c == ' ' || c == '\t' || c == '\n' || c == '\r');
    }
}

// A byte is judged alike wherever it stands in a text, of whatever size.
static void judges_every_place(void **state)
{
    static const enum text_rule rules[] = {TEXT_FREE, TEXT_LINE, TEXT_ID, TEXT_SOURCE, TEXT_SLUG, TEXT_RULE};
    uint8_t text[20];

    (void)state;
    for (unsigned r = 0; r < sizeof rules / sizeof rules[0]; r++)
        for (unsigned c = 0; c < (rules[r] == TEXT_FREE || rules[r] == TEXT_LINE ? 128 : 256); c++) { // these two take more than ASCII
            uint8_t byte = (uint8_t)c;
            enum fault alone = text_rule_check(rules[r], span_of(&byte, 1));

            assert_true(c < 128 || alone == FAULT_BAD_CHARACTER);
            for (size_t size = 1; size <= sizeof text; size++)
                for (size_t place = 0; place < size; place++) {
                    memset(text, rules[r] == TEXT_RULE ? 'Z' : 'z', sizeof text);
                    text[place] = byte;
                    assert_int_equal(text_rule_check(rules[r], span_of(text, size)), alone);
                }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(judges_texts), cmocka_unit_test(judges_every_ascii_byte),
                                       cmocka_unit_test(judges_every_place)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
