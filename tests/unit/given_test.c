// SPDX-License-Identifier: MIT
// Options and words of the command line are read as given, and what is wrong is refused.
// Run by ctest.
#include "services/windscreen/given.h"

#include "tests/unit/unit.h"

const struct option_row common_options[] = {
    {.name = "state", .letter = 'S', .argument = "DIR"},
    {.name = "json", .letter = 'j'},
    {.name = "help", .letter = 'h'},
    {.name = NULL},
};

static const struct option_row rows[] = {
    {.name = "type", .letter = 'y', .argument = "TYPE"},
    {.name = "max", .letter = 'n', .argument = "N"},
    {.name = "wait", .letter = 'w', .argument = "TIME"},
    {.name = "follow", .letter = 'f'},
    {.name = NULL},
};

static const struct command command = {.words = "try", .arguments = "WORD", .options = rows, .n_words_min = 1, .n_words_max = 2};

// Splits a line at spaces and parses it.
static bool parse(const char *line, struct given *given)
{
    static char copy[256];
    static char *words[32];
    int n = 0;

    snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok(copy, " "); word != NULL && n < 31; word = strtok(NULL, " "))
        words[n++] = word;
    words[n] = NULL;
    return given_parse(&command, n, words, given);
}

static void reads_options_and_words(void **state)
{
    struct given given;
    const char *value;
    unsigned at = 0;
    uint64_t number;

    (void)state;
    assert_true(parse("try --type a one -y b --max=7 -f --state /s two --json", &given));
    assert_int_equal(given.n_words, 2);
    assert_string_equal(given.words[0], "one");
    assert_string_equal(given.words[1], "two");
    assert_true(given.json);
    assert_true(given.state_named);
    assert_string_equal(given.state, "/s");
    assert_true(given_flag(&given, "follow"));
    assert_string_equal(given_text(&given, "type"), "b");
    assert_true(given_next(&given, "type", &at, &value));
    assert_string_equal(value, "a");
    assert_true(given_next(&given, "type", &at, &value));
    assert_string_equal(value, "b");
    assert_false(given_next(&given, "type", &at, &value));
    assert_true(given_number(&given, "max", 1, 10, 3, &number));
    assert_int_equal(number, 7);
    assert_true(given_number(&given, "absent", 1, 10, 3, &number));
    assert_int_equal(number, 3);
}

static void refuses_what_is_wrong(void **state)
{
    static const char *const lines[] = {"try", "try one two three", "try one --nothing", "try one --max", "try one -x"};
    struct given given;
    uint64_t number;

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_false(parse(lines[i], &given));
    assert_true(parse("try one --max 11", &given));
    assert_false(given_number(&given, "max", 1, 10, 3, &number));
    assert_true(parse("try one --max 1x", &given));
    assert_false(given_number(&given, "max", 1, 10, 3, &number));
    assert_true(parse("try one --wait 2m", &given));
    assert_false(given_duration(&given, "wait", 0, 60000, 0, &number));
    assert_true(parse("try --help", &given)); // help needs no words
}

static void reads_durations(void **state)
{
    static const struct {
        const char *text;
        bool good;
        uint64_t ms;
    } rows_of_times[] = {
        {"0s", true, 0},
        {"250ms", true, 250},
        {"30", false, 0}, // seconds, or minutes?
        {"30s", true, 30000},
        {"15m", true, 900000},
        {"2h", true, 7200000},
        {"1d", true, 86400000},
        {"", false, 0},
        {"s", false, 0},
        {"-1s", false, 0},
        {"1.5s", false, 0},
        {"5 s", false, 0},
        {"5x", false, 0},
        {"9223372036854775807s", false, 0},
        {"99999999999999999999", false, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows_of_times / sizeof rows_of_times[0]; i++) {
        uint64_t ms = 0;

        assert_int_equal(given_parse_duration(rows_of_times[i].text, &ms), rows_of_times[i].good);
        if (rows_of_times[i].good)
            assert_int_equal(ms, rows_of_times[i].ms);
    }
}

static void reads_jobs(void **state)
{
    struct given given;
    struct span referral;
    uint64_t part;

    (void)state;
    assert_true(parse("try one", &given));
    assert_true(given_job(&given, "R0000000G00001", &referral, &part));
    assert_int_equal(part, GIVEN_WHOLE);
    assert_true(given_job(&given, "R0000000G00001/2", &referral, &part));
    assert_true(span_is(referral, "R0000000G00001"));
    assert_int_equal(part, 2);
    assert_false(given_job(&given, "R0000000G00001/64", &referral, &part));
    assert_false(given_job(&given, "R0000000G00001/", &referral, &part));
    assert_false(given_job(&given, "F0000000G00001", &referral, &part));
    assert_false(given_job(&given, "R1", &referral, &part));
}

static void opens_files_and_nothing_else(void **state)
{
    struct given given;
    int fd;

    (void)state;
    assert_true(parse("try one", &given));
    fd = given_open(&given, "/dev/null");
    assert_true(fd > STDIN_FILENO);
    close(fd);
    assert_int_equal(given_open(&given, "-"), STDIN_FILENO);
    assert_int_equal(given_open(&given, "/nowhere/at/all"), -1);
    assert_int_equal(given_open(&given, "/"), -1);
}

static void finds_the_state_directory(void **state)
{
    struct given given;

    (void)state;
    setenv("WINDSCREEN_STATE", "/from/environment", 1);
    assert_true(parse("try one", &given));
    assert_string_equal(given.state, "/from/environment");
    assert_true(given.state_named);
    assert_true(parse("try one --state /named", &given));
    assert_string_equal(given.state, "/named");
    unsetenv("WINDSCREEN_STATE");
    setenv("XDG_STATE_HOME", "/xdg", 1);
    assert_true(parse("try one", &given));
    assert_false(given.state_named);
    if (access("/var/lib/windscreen/run", R_OK | X_OK) != 0)
        assert_string_equal(given.state, "/xdg/windscreen");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_options_and_words),
        cmocka_unit_test(refuses_what_is_wrong),
        cmocka_unit_test(reads_durations),
        cmocka_unit_test(reads_jobs),
        cmocka_unit_test(opens_files_and_nothing_else),
        cmocka_unit_test(finds_the_state_directory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
