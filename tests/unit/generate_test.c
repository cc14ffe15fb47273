// SPDX-License-Identifier: MIT
// The made-up population: the same bytes for a seed, every referral good, numbers valid, families that come back, duplicates as asked for.
// Run by ctest. Reaches no hub.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "common/base/civil.h"
#include "common/base/identifier.h"
#include "common/wire/event_wire.h"
#include "common/wire/json.h"
#include "services/windscreen/draft.h"
#include "services/windscreen/generate.h"

enum { ON = 20780, LINE_MAX_BYTES = 65536 }; // 2026-11-23

static char *generated(struct generate_options options)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    generate_write(&options, out);
    assert_int_equal(fclose(out), 0);
    return text;
}

// FNV-1a, enough to see whether two texts are the same.
static uint64_t sum_of(const char *text)
{
    uint64_t sum = UINT64_C(14695981039346656037);

    for (; *text != '\0'; text++)
        sum = (sum ^ (uint8_t)*text) * UINT64_C(1099511628211);
    return sum;
}

static void test_a_seed_gives_the_same_bytes_everywhere(void **state)
{
    struct generate_options options = {.seed = 7, .count = 300, .on = ON, .duplicates_percent = 3, .conflicts_percent = 1};
    char *first = generated(options);
    char *second = generated(options);

    (void)state;
    assert_string_equal(first, second);
    assert_int_equal(sum_of(first), UINT64_C(0xf0be071a2f64c3c7)); // changes with every figure and name of the population
    free(second);
    options.seed = 8;
    second = generated(options);
    assert_string_not_equal(first, second);
    free(first);
    free(second);
}

static void test_pieces_make_the_whole(void **state)
{
    struct generate_options options = {.seed = 3, .count = 50, .on = ON, .duplicates_percent = 10};
    char *whole = generated(options);
    char *tail;

    (void)state;
    options.start = 20;
    options.count = 30;
    tail = generated(options);
    assert_true(strlen(tail) < strlen(whole));
    assert_string_equal(whole + strlen(whole) - strlen(tail), tail);
    free(whole);
    free(tail);
}

static void check_line(char *line)
{
    static uint8_t bytes[LINE_MAX_BYTES];
    static struct submitted data;
    struct wire_writer writer = wire_writer_on(bytes, sizeof bytes);
    struct faults faults = {.n = 0};
    struct event event;
    char why[200];

    if (json_to_wire(span_text(line), &writer, why, sizeof why) != ERR_NONE)
        fail_msg("%s: %s", why, line);
    if (!decode_message(&record_event, wire_written(&writer), &event, &faults) ||
        !decode(&record_submitted, event.data, "/data", &data, &faults))
        fail_msg("%s at %s: %s", code_text(LIST_FAULT, faults.at[0].code), faults.at[0].path, line);
    assert_true(span_is(event.type, event_desc(EVENT_SUBMITTED)->type));
}

static void test_every_referral_is_good(void **state)
{
    char *text = generated((struct generate_options){.seed = 42, .count = 3000, .on = ON, .duplicates_percent = 3, .conflicts_percent = 3});
    char *rest = NULL;
    unsigned n = 0;

    (void)state;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest), n++)
        check_line(line);
    assert_int_equal(n, 3000);
    free(text);
}

static void test_numbers_have_right_check_digits(void **state)
{
    static const struct {
        uint32_t stem;
        const char *number; // NULL: no valid number has this stem
    } rows[] = {{1, "9990000018"}, {2, "9990000026"}, {3, "9990000034"}, {0, NULL}, {999999, NULL}};
    char number[11], digits[11], upn[14], upper[14];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(population_nhs_number(rows[i].stem, number), rows[i].number != NULL);
        if (rows[i].number != NULL)
            assert_string_equal(number, rows[i].number);
    }
    for (uint32_t stem = 0; stem < 5000; stem++) {
        bool exists = population_nhs_number(stem, number);

        assert_int_equal(identifier_nhs_number(span_text(number), digits), exists);
        population_upn(stem * 199999, upn);
        assert_true(identifier_upn(span_text(upn), upper));
    }
    population_upn(200015001, upn);
    assert_string_equal(upn, "T821200015001");
}

// What a population of 2,000 has at least.
static void test_it_has_what_a_hub_must_see(void **state)
{
    const struct draft_population population = {.seed = 1, .on = ON, .duplicates_per_mille = 30, .conflicts_per_mille = 10};
    unsigned other_language = 0, again = 0, copies = 0, altered = 0, unborn = 0, urgent = 0, solo = 0, asb = 0, roles = 0;
    static struct draft draft;

    (void)state;
    for (uint64_t place = 0; place < 2000; place++) {
        draft_referral(&population, place, &draft);
        other_language += strcmp(draft.family.language, "en") != 0;
        again += draft.family.number != draft.index;
        copies += draft.index != place && !draft.altered;
        altered += draft.altered;
        urgent += draft.at_risk_of_harm || draft.unsure_about_safety || draft.level_claimed == 4;
        solo += draft.solo_support_requested;
        asb += draft.asb != 0;
        for (unsigned i = 0; i < draft.family.n_members; i++) {
            unborn += draft.family.members[i].role == MEMBER_UNBORN;
            roles |= 1u << draft.family.members[i].role;
        }
    }
    assert_in_range(other_language, 900, 1070); // 49.3 %: the mean of the figures for primary and secondary pupils
    assert_in_range(again, 200, 360);
    assert_in_range(copies, 30, 100);
    assert_in_range(altered, 5, 45);
    assert_true(unborn > 50 && urgent > 50 && solo > 60 && asb > 80);
    assert_int_equal(roles, 1u << MEMBER_CHILD | 1u << MEMBER_UNBORN | 1u << MEMBER_PARENT | 1u << MEMBER_CARER | 1u << MEMBER_ADULT);
}

static void test_a_family_comes_back_as_itself(void **state)
{
    static struct population_family first, again, moved;

    (void)state;
    for (uint64_t number = 0; number < 500; number++) {
        population_family(9, number, ON, false, &first);
        population_family(9, number, ON, false, &again);
        population_family(9, number, ON, true, &moved);
        assert_int_equal(first.n_members, moved.n_members);
        assert_string_equal(first.postcode, again.postcode);
        for (unsigned i = 0; i < first.n_members; i++) {
            assert_string_equal(first.members[i].nhs_number, moved.members[i].nhs_number);
            assert_string_equal(first.members[i].given_name, moved.members[i].given_name);
            assert_int_equal(first.members[i].born, moved.members[i].born);
        }
    }
}

static void test_ages_are_completed_years_on_the_day(void **state)
{
    static struct population_family family;

    (void)state;
    for (int32_t on = ON; on < ON + 1500; on += 13) {
        population_family(5, (uint64_t)on, on, false, &family);
        for (unsigned i = 0; i < family.n_members; i++)
            if (family.members[i].role == MEMBER_CHILD)
                assert_int_equal(civil_age_months(family.members[i].born, on) / 12, family.members[i].years);
    }
}

static int run_command(const char *options)
{
    char text[200], *words[16] = {"generate"}, *rest = NULL;
    int n = 1;

    (void)snprintf(text, sizeof text, "%s", options);
    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
        words[n++] = word;
    return generate_main(n, words);
}

static void test_bad_options_are_told(void **state)
{
    static const char *const rows[] = {
        "--count x",  "--count -1", "--seed 99999999999999999999", "--on 2026-02-30", "--duplicates 51", "--conflicts 1.5",
        "--nonsense", "extra"};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(run_command(rows[i]), 64);
    assert_int_equal(run_command("--count 0 --seed 3 --on 2026-11-23 --start 5"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_seed_gives_the_same_bytes_everywhere),
        cmocka_unit_test(test_pieces_make_the_whole),
        cmocka_unit_test(test_every_referral_is_good),
        cmocka_unit_test(test_numbers_have_right_check_digits),
        cmocka_unit_test(test_it_has_what_a_hub_must_see),
        cmocka_unit_test(test_a_family_comes_back_as_itself),
        cmocka_unit_test(test_ages_are_completed_years_on_the_day),
        cmocka_unit_test(test_bad_options_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
