// SPDX-License-Identifier: MIT
// What is wrong with a JSON text is told by line, column and fault; nothing of the text is quoted, for it may be personal.
#include "common/wire/json.h"

#include "tests/unit/unit.h"

struct row {
    const char *text;
    const char *why;
};

static const struct row rows[] = {
    {"{\"a\":\"Zoe\n\"}", "line 1, column 9: a text has a line end: write \\n, or its closing quote is missing"},
    {"{\"a\":\"Zoe\x01\"}", "line 1, column 9: a text has a control character: write it as \\u and four digits"},
    {"{\"Zoe\" 1}", "line 1, column 8: a colon is wanted here"},
    {"{\n \"a\":Zoe}", "line 2, column 8: this is no value: texts stand in quotes, numbers have no leading 0"},
    {"{\"a\":012}", "line 1, column 6: this is no value: texts stand in quotes, numbers have no leading 0"},
    {"{\"Zoe\":1,\"Zoe\":2}", "line 1, column 14: a key stands twice in one object"},
    {"{\"Zoe\":\"\\u00zz\"}", "line 1, column 13: a text has a wrong escape"},
    {"{\"a\":\"Zoe\\ud800\"}", "line 1, column 16: a text has a wrong \\u escape"},
    {"{\"Zoe\":\"\\q\"}", "line 1, column 10: a text has a wrong escape"},
    {"{\"a\":\"Zoe\xff\"}", "line 1, column 9: a text is not UTF-8"},
    {"{\"a\":99999999999999999999}", "line 1, column 25: a number is too large"},
    {"{\"a\":[1,]}", "line 1, column 9: a value is wanted here"},
    {"{\"a\":[1 \"Zoe\"]}", "line 1, column 13: a comma or ] is wanted here"},
    {"{\"a\":1 \"Zoe\":2}", "line 1, column 12: a comma or } is wanted here"},
    {"{Zoe:1}", "line 1, column 4: a key in quotes or } is wanted here"},
    {"{\"a\":1} Zoe", "line 1, column 11: something follows the value"},
    {"{\"a\":\"Zoe", "line 1, column 9: the text ends too early"},
    {"{\"Zo\\u0000e\":1}", "line 1, column 12: a key has a null character"},
    {"Zoe", "line 1, column 3: an object is wanted here"},
    {"{\"Zoe\":1.5}", "a number with a fraction is not taken: write whole numbers"},
};

static void faults_quote_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t bytes[256];
        struct wire_writer writer = wire_writer_on(bytes, sizeof bytes);
        char why[256] = "";

        assert_int_equal(json_to_wire(span_text(rows[i].text), &writer, why, sizeof why), ERR_BAD_INPUT);
        assert_string_equal(why, rows[i].why);
        assert_null(strstr(why, "Zo"));
    }
}

// Numbers that other readers of JSON would round are texts.
static void large_numbers_are_texts(void **state)
{
    static const struct {
        const char *wire;
        size_t size;
        const char *shown;
    } numbers[] = {
        {"\xcf\x00\x20\x00\x00\x00\x00\x00\x00", 9, "9007199254740992"},
        {"\xcf\x00\x20\x00\x00\x00\x00\x00\x01", 9, "\"9007199254740993\""},
        {"\xcf\xff\xff\xff\xff\xff\xff\xff\xff", 9, "\"18446744073709551615\""},
        {"\xd3\xff\xe0\x00\x00\x00\x00\x00\x00", 9, "-9007199254740992"},
        {"\xd3\xff\xdf\xff\xff\xff\xff\xff\xff", 9, "\"-9007199254740993\""},
        {"\xd3\x80\x00\x00\x00\x00\x00\x00\x00", 9, "\"-9223372036854775808\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        json_t *value = json_from_wire(span_of(numbers[i].wire, numbers[i].size));
        char *text = json_dumps(value, JSON_ENCODE_ANY);

        assert_string_equal(text, numbers[i].shown);
        free(text);
        json_decref(value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(faults_quote_nothing), cmocka_unit_test(large_numbers_are_texts)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
