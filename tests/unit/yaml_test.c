// SPDX-License-Identifier: MIT
// YAML access: values with their lines, and everything a policy file must not contain.
#include "common/policy/yaml.h"

#include "tests/unit/unit.h"

static struct yaml *open_good(const char *text)
{
    struct complaints complaints = {0};
    struct yaml *yaml = NULL;

    assert_int_equal(yaml_open("a.yaml", span_text(text), &complaints, &yaml), ERR_NONE);
    assert_int_equal(complaints.n, 0);
    return yaml;
}

static void values_and_lines(void **state)
{
    struct yaml *yaml = open_good("# a remark\nname: fsw\nrows:\n  - {n: 5, yes: no}\n  - n: -3\n    text: \"a: b\"\n");
    struct yaml_item root = yaml_root(yaml);
    struct yaml_item rows = yaml_get(root, "rows");
    int64_t number;
    bool value = true;

    (void)state;
    assert_true(yaml_is_map(root) && yaml_is_list(rows) && yaml_is_text(yaml_get(root, "name")));
    assert_true(span_is(yaml_text(yaml_get(root, "name")), "fsw"));
    assert_int_equal(yaml_line(yaml_get(root, "name")), 2);
    assert_int_equal(yaml_count(rows), 2);
    assert_int_equal(yaml_line(yaml_at(rows, 0)), 4);
    assert_int_equal(yaml_line(yaml_get(yaml_at(rows, 1), "text")), 6);
    assert_true(yaml_is_number(yaml_get(yaml_at(rows, 0), "n"), 0, 5, &number) && number == 5);
    assert_false(yaml_is_number(yaml_get(yaml_at(rows, 0), "n"), 0, 4, &number));
    assert_true(yaml_is_number(yaml_get(yaml_at(rows, 1), "n"), -9, 9, &number) && number == -3);
    assert_true(yaml_is_yes_no(yaml_get(yaml_at(rows, 0), "yes"), &value) && !value);
    assert_true(span_is(yaml_text(yaml_key_at(yaml_at(rows, 0), 1)), "yes"));
    assert_string_equal(yaml_file(root), "a.yaml");
    yaml_close(&yaml);
    assert_null(yaml);
}

static void what_is_absent(void **state)
{
    struct yaml *yaml = open_good("a: [1]\n");
    struct yaml_item none = yaml_get(yaml_root(yaml), "b");
    int64_t number;

    (void)state;
    assert_false(yaml_is_there(none));
    assert_int_equal(yaml_count(none), 0);
    assert_int_equal(yaml_text(none).size, 0);
    assert_int_equal(yaml_line(none), 0);
    assert_false(yaml_is_number(none, 0, 1, &number));
    assert_false(yaml_is_there(yaml_get(none, "c")));
    assert_false(yaml_is_there(yaml_at(yaml_get(yaml_root(yaml), "a"), 1)));
    assert_false(yaml_is_there(yaml_root(NULL)));
    yaml_close(&yaml);
}

static void refused(void **state)
{
    static const struct {
        const char *text;
        unsigned line;
        const char *told;
    } rows[] = {
        {"a: &x 1\nb: *x\n", 1, "anchors"},
        {"a: 1\nb: *x\n", 2, "aliases"},
        {"a: 1\nb: !!str 2\n", 2, "tags"},
        {"%TAG ! tag:x,2000:\n---\na: 1\n", 1, "tags"},
        {"---\na: 1\n---\nb: 2\n", 3, "one document"},
        {"a: 1\n---\nb: 2\n", 2, "one document"},
        {"a: 1\n...\nb: 2\n", 3, "one document"},
        {"a: 1\nb: 2\na: 3\n", 3, "stands twice"},
        {"a: {b: 1,\n  b: 2}\n", 2, "stands twice"},
        {"? [x]\n: 1\n", 1, "plain word"},
        {"a: 1\nb: [1, 2\n", 3, "not valid YAML"},
        {"a: 1\n\tb: 2\n", 2, "not valid YAML"},
        {"a: [[[[[[[[[[1]]]]]]]]]]\n", 1, "too deeply"},
        {"", 0, "empty"},
        {"# only a remark\n", 0, "empty"},
        {"a: \"\xff\"\n", 1, "not valid YAML"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct complaints complaints = {0};
        struct yaml *yaml = NULL;

        assert_int_equal(yaml_open("a.yaml", span_text(rows[i].text), &complaints, &yaml), ERR_BAD_CONFIG);
        assert_null(yaml);
        if (complaints.at[0].line != rows[i].line || strstr(complaints.at[0].text, rows[i].told) == NULL)
            fail_msg("row %zu: line %u: %s", i, complaints.at[0].line, complaints.at[0].text);
    }
}

static void too_large_is_refused(void **state)
{
    static char text[YAML_BYTES_MAX + 2];
    struct complaints complaints = {0};
    struct yaml *yaml;

    (void)state;
    memset(text, '#', sizeof text - 1);
    assert_int_equal(yaml_open("a.yaml", span_text(text), &complaints, &yaml), ERR_BAD_CONFIG);
    memset(text, '[', sizeof text - 1);
    text[YAML_BYTES_MAX] = '\0';
    assert_int_equal(yaml_open("a.yaml", span_text(text), &complaints, &yaml), ERR_BAD_CONFIG);
    for (size_t i = 0; i + 1 < YAML_BYTES_MAX; i += 2)
        memcpy(text + i, "a,", 2);
    text[0] = '[';
    assert_int_equal(yaml_open("a.yaml", span_text(text), &complaints, &yaml), ERR_BAD_CONFIG);
}

static void too_many_keys_are_refused(void **state)
{
    static char text[16 * (YAML_KEYS_MAX + 1)];
    struct complaints complaints = {0};
    struct yaml *yaml;
    int used = 0;

    (void)state;
    for (unsigned i = 0; i < YAML_KEYS_MAX; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, "k%u: 1\n", i);
    assert_int_equal(yaml_open("a.yaml", span_text(text), &complaints, &yaml), ERR_NONE);
    yaml_close(&yaml);
    snprintf(text + used, sizeof text - (size_t)used, "k: 1\n");
    assert_int_equal(yaml_open("a.yaml", span_text(text), &complaints, &yaml), ERR_BAD_CONFIG);
    assert_int_equal(complaints.n, 1);
}

static void twins_are_told(void **state)
{
    struct yaml *yaml = open_good("- {a: x}\n- {a: y}\n- {b: x}\n- {b: x}\n- {a: x}\n- 7\n- {a: x}\n");
    struct complaints complaints = {0};

    (void)state;
    assert_int_equal(yaml_complain_of_twins(yaml_root(yaml), "a", &complaints), ERR_NONE);
    assert_int_equal(complaints.n, 2);
    assert_int_equal(complaints.at[0].line, 5);
    assert_int_equal(complaints.at[1].line, 7);
    assert_string_equal(complaints.at[1].text, "x stands here a second time (first in line 1): keep one row");
    yaml_close(&yaml);
}

static void unknown_keys_are_told(void **state)
{
    static const char *const keys[] = {"a", "b", NULL};
    struct yaml *yaml = open_good("a: 1\nc: 2\nd: 3\n");
    struct complaints complaints = {0};

    (void)state;
    assert_true(yaml_has_only(yaml_root(yaml), keys, &complaints));
    assert_int_equal(complaints.n, 2);
    assert_int_equal(complaints.at[0].line, 2);
    assert_int_equal(complaints.at[1].line, 3);
    assert_false(yaml_has_only(yaml_get(yaml_root(yaml), "a"), keys, &complaints));
    yaml_close(&yaml);
}

static void complaints_are_bounded(void **state)
{
    struct complaints complaints = {0};

    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        complaints_add(&complaints, "a.yaml", i, "%1000d", 1);
    assert_int_equal(complaints.n, 1000);
    assert_int_equal(complaints.at[COMPLAINTS_MAX - 1].line, COMPLAINTS_MAX - 1);
}

static void files_are_read(void **state)
{
    struct complaints complaints = {0};
    struct yaml *yaml;

    (void)state;
    assert_int_equal(yaml_open_file("deploy/policy/luton-2017", "neighbourhoods.yaml", &complaints, &yaml), ERR_NONE);
    assert_int_equal(yaml_count(yaml_get(yaml_root(yaml), "neighbourhoods")), 4);
    yaml_close(&yaml);
    assert_int_equal(yaml_open_file("deploy/policy/luton-2017", "nothing.yaml", &complaints, &yaml), ERR_IO);
    assert_null(yaml);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_and_lines),     cmocka_unit_test(what_is_absent),        cmocka_unit_test(refused),
        cmocka_unit_test(too_large_is_refused), cmocka_unit_test(unknown_keys_are_told), cmocka_unit_test(complaints_are_bounded),
        cmocka_unit_test(files_are_read),       cmocka_unit_test(twins_are_told),        cmocka_unit_test(too_many_keys_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
