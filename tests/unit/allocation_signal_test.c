// SPDX-License-Identifier: MIT
// Several agencies are worried about one household: who is told, of what, and how often.
// Run by ctest.
#include "allocation_kit.h"

#include "common/base/tag.h"

#define DAY_MS INT64_C(86400000)

static int set_up(void **state)
{
    struct kit *kit = calloc(1, sizeof *kit);

    if (kit == NULL)
        return 1;
    kit_open(kit);
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

static void refer(struct kit *kit, uint64_t number, uint64_t family, enum agency agency, unsigned level)
{
    kit_refer(kit, &(struct kit_referral){.number = number, .family = family, .agency = agency, .level = level});
}

static uint64_t n_signals(const struct kit *kit)
{
    return fake_runtime_count_of(kit->fake, EVENT_FAMILY_SIGNALLED);
}

static struct family_signalled last_signal(const struct kit *kit, uint64_t referral)
{
    static union event_data data;
    struct event head;
    uint64_t subject;

    assert_true(fake_runtime_last(kit->fake, EVENT_FAMILY_SIGNALLED, &head, &data));
    assert_true(tag_parse(head.subject, 'R', &subject));
    assert_int_equal(subject, referral);
    return data.FAMILY_SIGNALLED;
}

static void expect_concern(const struct concern *concern, uint64_t referral, uint64_t family, enum agency agency)
{
    uint64_t number;

    assert_true(tag_parse(concern->referral, 'R', &number));
    assert_int_equal(number, referral);
    assert_int_equal(concern->agency, agency);
    assert_int_equal(HAS(concern, concern, family), family != 0);
    if (family == 0)
        return;
    assert_true(tag_parse(concern->family, 'F', &number));
    assert_int_equal(number, family);
}

static void two_agencies_are_a_task_for_a_person(void **state)
{
    struct kit *kit = *state;
    struct family_signalled signalled;

    refer(kit, 1, 7, AGENCY_SCHOOL, 2);
    refer(kit, 2, 8, AGENCY_POLICE, 2); // of another family
    assert_int_equal(n_signals(kit), 0);
    kit_pass(kit, 7 * DAY_MS, 7 * DAY_MS);
    refer(kit, 3, 7, AGENCY_POLICE, 1);
    assert_int_equal(n_signals(kit), 1);
    signalled = last_signal(kit, 3);
    assert_true(span_is(signalled.signal, "TWO_AGENCIES"));
    assert_int_equal(signalled.part, 1);
    assert_int_equal(signalled.concerns, 2);
    assert_int_equal(signalled.n_evidence, 2);
    expect_concern(&signalled.evidence[0], 1, 0, AGENCY_SCHOOL);
    expect_concern(&signalled.evidence[1], 3, 0, AGENCY_POLICE);
    assert_int_equal(kit_part(kit, 3, REASON_STEP_UP_SUGGESTED), 1);
    kit_expect(kit, 3, 1, STATE_DECIDING, "hub-decision");
    assert_int_equal(kit_row(kit, 3, 0).level, 1);
    assert_int_equal(kit_row(kit, 1, 0).level, 2);
    assert_int_equal(kit_settle(kit, 3, 1, DECIDE_UPHOLD), ANSWER_BAD_REQUEST);
    assert_int_equal(kit_settle(kit, 3, 1, DECIDE_DISMISS), ANSWER_OK);
    assert_int_equal(kit_row(kit, 3, 1).outcome, OUTCOME_DISMISSED);
    allocation_check(kit);
}

static void a_worker_who_has_the_case_is_told(void **state)
{
    struct kit *kit = *state;
    unsigned part;

    refer(kit, 1, 7, AGENCY_SCHOOL, 3);
    kit_accept_lead(kit, 1, "fsw", "anna");
    refer(kit, 2, 7, AGENCY_GP, 2);
    part = kit_part(kit, 2, REASON_STEP_UP_SUGGESTED);
    assert_int_equal(part, 1);
    kit_expect(kit, 2, part, STATE_QUEUED, "fsw");
    assert_int_equal(kit_row(kit, 2, part).news_of, 1);
    assert_int_equal(kit_row(kit, 1, 0).level, 3);
    allocation_check(kit);
}

// Nobody has read it, so somebody else must.
static void a_case_that_ends_leaves_the_suggestion_to_a_person(void **state)
{
    struct kit *kit = *state;
    uint64_t token;

    refer(kit, 1, 7, AGENCY_SCHOOL, 3);
    token = kit_accept_lead(kit, 1, "fsw", "anna");
    refer(kit, 2, 7, AGENCY_GP, 2);
    assert_int_equal(kit_close_job(kit, 1, 0, "anna", token, OUTCOME_NEEDS_MET), ANSWER_OK);
    kit_expect(kit, 2, 1, STATE_DECIDING, "hub-decision");
    assert_int_equal(kit_row(kit, 2, 1).reason, REASON_STEP_UP_SUGGESTED);
    assert_int_equal(kit_row(kit, 2, 1).news_of, 0);
    allocation_check(kit);
}

static void so_does_one_that_the_suggestion_is_about(void **state)
{
    struct kit *kit = *state;
    uint64_t token;
    unsigned part;

    refer(kit, 1, 7, AGENCY_SCHOOL, 2);
    refer(kit, 2, 8, AGENCY_GP, 3);
    token = kit_accept_lead(kit, 2, "fsw", "anna");
    kit_say(kit, 7, 8, FAMILY_VERDICT_SAME);
    part = kit_part(kit, 2, REASON_STEP_UP_SUGGESTED);
    kit_expect(kit, 2, part, STATE_QUEUED, "fsw");
    assert_int_equal(kit_row(kit, 2, part).news_of, 2);
    assert_int_equal(kit_close_job(kit, 2, 0, "anna", token, OUTCOME_NEEDS_MET), ANSWER_OK);
    kit_expect(kit, 2, part, STATE_DECIDING, "hub-decision");
    allocation_check(kit);
}

static void the_same_agencies_are_told_once(void **state)
{
    struct kit *kit = *state;

    refer(kit, 1, 7, AGENCY_SCHOOL, 2);
    refer(kit, 2, 7, AGENCY_GP, 2);
    refer(kit, 3, 7, AGENCY_SCHOOL, 2);
    kit_restart(kit, true);
    refer(kit, 4, 7, AGENCY_GP, 1);
    assert_int_equal(n_signals(kit), 1);
    kit_restart(kit, false);
    refer(kit, 5, 7, AGENCY_POLICE, 1);
    assert_int_equal(n_signals(kit), 1 + 1);
    assert_int_equal(last_signal(kit, 5).n_evidence, 3);
    assert_int_equal(last_signal(kit, 5).concerns, 5);
    allocation_check(kit);
}

static void what_raises_nothing(void **state)
{
    struct kit *kit = *state;

    refer(kit, 1, 7, AGENCY_SCHOOL, 2);
    refer(kit, 2, 7, AGENCY_POLICE, 4); // acted on at once
    refer(kit, 3, 7, AGENCY_SCHOOL, 2);
    refer(kit, 4, 7, AGENCY_FAMILY, 2);
    refer(kit, 5, 7, AGENCY_NONE, 2);
    refer(kit, 6, 8, AGENCY_SCHOOL, 2);
    assert_int_equal(kit_close_job(kit, 6, 0, "m2", 0, OUTCOME_ENTERED_IN_ERROR), ANSWER_OK);
    refer(kit, 7, 8, AGENCY_POLICE, 2);
    assert_int_equal(n_signals(kit), 0);
    allocation_check(kit);
}

static void a_case_that_is_opened_again_has_not_come_again(void **state)
{
    struct kit *kit = *state;
    uint64_t token;

    refer(kit, 1, 7, AGENCY_SCHOOL, 2);
    token = kit_accept_lead(kit, 1, "taf", "anna");
    assert_int_equal(kit_close_job(kit, 1, 0, "anna", token, OUTCOME_NEEDS_MET), ANSWER_OK);
    kit_pass(kit, 8 * DAY_MS, 8 * DAY_MS);
    assert_int_equal(kit_reopen(kit, 1, "m2"), ANSWER_OK);
    refer(kit, 2, 7, AGENCY_POLICE, 2);
    assert_int_equal(n_signals(kit), 0);
    allocation_check(kit);
}

static void families_of_one_household_count_as_one(void **state)
{
    struct kit *kit = *state;
    struct family_signalled signalled;

    refer(kit, 1, 7, AGENCY_SCHOOL, 2);
    refer(kit, 2, 8, AGENCY_POLICE, 2);
    kit_say(kit, 8, 7, FAMILY_VERDICT_DIFFERENT);
    assert_int_equal(n_signals(kit), 0);
    kit_say(kit, 8, 7, FAMILY_VERDICT_SAME);
    assert_int_equal(n_signals(kit), 1);
    signalled = last_signal(kit, 2);
    expect_concern(&signalled.evidence[0], 1, 7, AGENCY_SCHOOL);
    expect_concern(&signalled.evidence[1], 2, 0, AGENCY_POLICE);
    kit_say(kit, 7, 8, FAMILY_VERDICT_SAME);
    assert_int_equal(n_signals(kit), 1);
    kit_restart(kit, false);
    refer(kit, 3, 7, AGENCY_GP, 1);
    assert_int_equal(last_signal(kit, 3).n_evidence, 3);
    allocation_check(kit);
}

static void the_last_referrals_of_a_family_are_remembered(void **state)
{
    struct kit *kit = *state;

    refer(kit, 1, 7, AGENCY_POLICE, 2);
    for (uint64_t i = 2; i <= 1 + FAMILY_CAME_MAX; i++) {
        refer(kit, i, 7, AGENCY_SCHOOL, 2);
        assert_int_equal(n_signals(kit), 1);
    }
    refer(kit, 40, 7, AGENCY_GP, 2); // the first is forgotten
    assert_int_equal(last_signal(kit, 40).n_evidence, 2);
    assert_int_equal(last_signal(kit, 40).concerns, FAMILY_CAME_MAX);
    allocation_check(kit);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(two_agencies_are_a_task_for_a_person),
        TEST(a_worker_who_has_the_case_is_told),
        TEST(a_case_that_ends_leaves_the_suggestion_to_a_person),
        TEST(so_does_one_that_the_suggestion_is_about),
        TEST(the_same_agencies_are_told_once),
        TEST(what_raises_nothing),
        TEST(a_case_that_is_opened_again_has_not_come_again),
        TEST(families_of_one_household_count_as_one),
        TEST(the_last_referrals_of_a_family_are_remembered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
