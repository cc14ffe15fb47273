// SPDX-License-Identifier: MIT
// A household becomes eligible for a programme: by what of all its referrals, and told once.
// Run by ctest.
#include "allocation_kit.h"

#include "common/base/tag.h"

#define PROBLEM(n) (UINT64_C(1) << (n))
#define NEED(code) (UINT64_C(1) << INDICATOR_##code)

static int set_up(void **state)
{
    struct kit *kit = calloc(1, sizeof *kit);

    if (kit == NULL)
        return 1;
    kit_open(kit);
    kit_pass_to(kit, kit_moment("2023-02-01T12:00:00Z"));
    *state = kit;
    return 0;
}

static int tear_down(void **state)
{
    struct kit *kit = *state;

    kit_close(kit);
    free(kit);
    return 0;
}

static void refer(struct kit *kit, uint64_t number, uint64_t family, uint64_t problems, uint64_t needs)
{
    kit_refer(kit, &(struct kit_referral){.number = number, .family = family, .problems = problems, .needs = needs});
}

static uint64_t n_told(const struct kit *kit)
{
    return fake_runtime_count_of(kit->fake, EVENT_FAMILY_ELIGIBLE);
}

static struct family_eligible last(const struct kit *kit, uint64_t referral, const char *programme)
{
    static union event_data data;
    struct event head;
    uint64_t subject;

    assert_true(fake_runtime_last(kit->fake, EVENT_FAMILY_ELIGIBLE, &head, &data));
    assert_true(tag_parse(head.subject, 'R', &subject));
    assert_int_equal(subject, referral);
    assert_true(span_is(data.FAMILY_ELIGIBLE.programme, programme));
    return data.FAMILY_ELIGIBLE;
}

static void expect_shown(const struct shown *shown, uint64_t referral, const char *problem)
{
    uint64_t number;

    assert_true(tag_parse(shown->referral, 'R', &number));
    assert_int_equal(number, referral);
    assert_true(span_is(shown->problem, problem));
    assert_int_equal(HAS(shown, shown, problem), problem[0] != '\0');
}

static void two_of_six_problems_of_all_its_referrals(void **state)
{
    struct kit *kit = *state;
    struct family_eligible eligible;

    refer(kit, 1, 7, PROBLEM(2), 0);
    refer(kit, 2, 8, PROBLEM(5), 0); // of another family
    refer(kit, 3, 7, PROBLEM(2), 0); // the same problem
    assert_int_equal(n_told(kit), 0);
    kit_restart(kit, true);
    refer(kit, 4, 7, PROBLEM(5), 0);
    assert_int_equal(n_told(kit), 1);
    eligible = last(kit, 4, "stronger-families");
    assert_int_equal(eligible.at_least, 2);
    assert_int_equal(eligible.counted, 2);
    assert_int_equal(eligible.n_shown, 2);
    expect_shown(&eligible.shown[0], 1, "school_attendance");
    assert_int_equal(eligible.shown[0].headline, 2);
    expect_shown(&eligible.shown[1], 4, "domestic_abuse");
    assert_int_equal(kit_row(kit, 4, 0).level, kit_row(kit, 1, 0).level);
    kit_restart(kit, false);
    refer(kit, 5, 7, PROBLEM(2) | PROBLEM(5), 0);
    assert_int_equal(n_told(kit), 1);
    allocation_check(kit);
}

static void three_of_ten_outcomes(void **state)
{
    struct kit *kit = *state;
    struct family_eligible eligible;

    refer(kit, 1, 7, PROBLEM(3), 0); // one of three outcomes
    refer(kit, 2, 7, 0, NEED(I313));
    assert_int_equal(n_told(kit), 0);
    refer(kit, 3, 7, 0, NEED(I219)); // and now it is known which
    assert_int_equal(n_told(kit), 0);
    refer(kit, 4, 7, 0, NEED(I303));
    eligible = last(kit, 4, "supporting-families");
    assert_int_equal(eligible.counted, 3);
    expect_shown(&eligible.shown[0], 4, "good_education");
    expect_shown(&eligible.shown[1], 3, "family_relationships");
    expect_shown(&eligible.shown[2], 2, "secure_housing");
    assert_int_equal(eligible.shown[2].need, INDICATOR_I313);
    allocation_check(kit);
}

static void one_of_several_is_named_by_no_outcome(void **state)
{
    struct kit *kit = *state;
    struct family_eligible eligible;

    refer(kit, 1, 7, PROBLEM(3) | PROBLEM(6) | PROBLEM(1), 0);
    eligible = last(kit, 1, "supporting-families");
    assert_int_equal(eligible.n_shown, 3);
    expect_shown(&eligible.shown[0], 1, "diverted_from_crime");
    expect_shown(&eligible.shown[1], 1, "");
    assert_int_equal(eligible.shown[1].headline, 3);
    expect_shown(&eligible.shown[2], 1, "");
    assert_int_equal(n_told(kit), 2); // of both programmes
}

static void a_programme_runs_on_its_days(void **state)
{
    struct kit *kit = *state;

    kit_pass_to(kit, kit_moment("2022-10-02T12:00:00Z"));
    refer(kit, 1, 7, PROBLEM(1) | PROBLEM(2) | PROBLEM(4), 0);
    last(kit, 1, "stronger-families");
    assert_int_equal(n_told(kit), 1);
    kit_pass_to(kit, kit_moment("2022-10-03T12:00:00Z"));
    refer(kit, 2, 7, PROBLEM(1), 0);
    last(kit, 2, "supporting-families");
}

static void families_of_one_household_count_together(void **state)
{
    struct kit *kit = *state;
    struct family_eligible eligible;

    refer(kit, 1, 7, PROBLEM(4), 0);
    refer(kit, 2, 8, PROBLEM(6), 0);
    kit_say(kit, 7, 8, FAMILY_VERDICT_DIFFERENT);
    assert_int_equal(n_told(kit), 0);
    kit_say(kit, 7, 8, FAMILY_VERDICT_SAME);
    eligible = last(kit, 2, "stronger-families");
    expect_shown(&eligible.shown[0], 1, "worklessness");
    refer(kit, 3, 7, PROBLEM(1), 0);
    assert_int_equal(n_told(kit), 2); // supporting-families only
    last(kit, 3, "supporting-families");
    allocation_check(kit);
}

static void what_was_entered_in_error_does_not_count(void **state)
{
    struct kit *kit = *state;

    refer(kit, 1, 7, PROBLEM(4), 0);
    assert_int_equal(kit_close_job(kit, 1, 0, "m2", 0, OUTCOME_ENTERED_IN_ERROR), ANSWER_OK);
    refer(kit, 2, 7, PROBLEM(6), 0);
    assert_int_equal(n_told(kit), 0);
    allocation_check(kit);
}

// What is triaged of a referral that is there is an assessment.
static void assessments_count(void **state)
{
    struct kit *kit = *state;

    refer(kit, 1, 7, PROBLEM(4), 0);
    refer(kit, 1, 7, PROBLEM(6), 0);
    assert_int_equal(last(kit, 1, "stronger-families").counted, 2);
    allocation_check(kit);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(two_of_six_problems_of_all_its_referrals),
        TEST(three_of_ten_outcomes),
        TEST(one_of_several_is_named_by_no_outcome),
        TEST(a_programme_runs_on_its_days),
        TEST(families_of_one_household_count_together),
        TEST(what_was_entered_in_error_does_not_count),
        TEST(assessments_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
