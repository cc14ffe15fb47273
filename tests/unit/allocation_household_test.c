// SPDX-License-Identifier: MIT
// Two families that may be one: the task, what a person says, and that open cases of one household count as one family's.
// Run by ctest.
#include "allocation_kit.h"

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

static void refer(struct kit *kit, uint64_t number, uint64_t family, unsigned level)
{
    kit_refer(kit, &(struct kit_referral){.number = number, .family = family, .level = level});
}

static void a_question_is_a_task_until_a_person_says(void **state)
{
    struct kit *kit = *state;
    unsigned part;

    refer(kit, 1, 7, 3);
    kit_candidate(kit, 1, 7, 5);
    part = kit_part(kit, 1, REASON_FAMILY_CANDIDATE);
    assert_int_equal(part, 1);
    kit_expect(kit, 1, part, STATE_DECIDING, "hub-decision");
    assert_int_equal(kit_confirm(kit, 1, part), ANSWER_BAD_REQUEST); // it asks a question: yes is no answer
    kit_say(kit, 5, 9, FAMILY_VERDICT_SAME);                         // of others
    kit_expect(kit, 1, part, STATE_DECIDING, "hub-decision");
    kit_say(kit, 5, 7, FAMILY_VERDICT_DIFFERENT);
    assert_int_equal(kit_row(kit, 1, part).state, STATE_CLOSED);
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    kit_say(kit, 5, 7, FAMILY_VERDICT_SAME); // taken back: nothing is left to close
    allocation_check(kit);
}

static void an_answer_ends_conflicts_too(void **state)
{
    struct kit *kit = *state;

    refer(kit, 1, 0, 3);
    kit_conflict(kit, 1); // family 1 or 2
    assert_int_equal(kit_part(kit, 1, REASON_FAMILY_CONFLICT), 1);
    kit_say(kit, 1, 2, FAMILY_VERDICT_SAME);
    assert_int_equal(kit_part(kit, 1, REASON_FAMILY_CONFLICT), 0);
    allocation_check(kit);
}

static void a_question_may_come_before_the_referral_is_routed(void **state)
{
    struct kit *kit = *state;

    kit_candidate(kit, 1, 7, 5);
    kit_candidate(kit, 2, 8, 5);
    kit_say(kit, 8, 5, FAMILY_VERDICT_DIFFERENT); // and so may the answer
    kit_restart(kit, false);
    refer(kit, 1, 7, 3);
    refer(kit, 2, 8, 3);
    assert_int_equal(kit_part(kit, 1, REASON_FAMILY_CANDIDATE), 1);
    assert_int_equal(kit_part(kit, 2, REASON_FAMILY_CANDIDATE), 0);
    allocation_check(kit);
}

// A referral of family 9 while family 7 has an open case at level 3, accepted by W1.
static void expect_news(struct kit *kit, uint64_t number)
{
    refer(kit, number, 9, 2);
    assert_int_equal(kit_row(kit, number, 0).news_of, 1);
    kit_expect(kit, number, 0, STATE_QUEUED, "fsw");
}

static void a_household_is_one_family(void **state)
{
    struct kit *kit = *state;

    refer(kit, 1, 7, 3);
    kit_accept_lead(kit, 1, "fsw", "W1");
    kit_say(kit, 9, 8, FAMILY_VERDICT_SAME);
    kit_say(kit, 8, 7, FAMILY_VERDICT_SAME);
    expect_news(kit, 2);
    kit_restart(kit, true);
    expect_news(kit, 3);
    kit_say(kit, 7, 8, FAMILY_VERDICT_DIFFERENT);
    kit_restart(kit, false);
    kit_expect(kit, 2, 0, STATE_QUEUED, "taf"); // a stranger's worker is told no more: it is a case of its own
    assert_int_equal(kit_row(kit, 2, 0).news_of, 0);
    assert_int_equal(kit_row(kit, 3, 0).news_of, 2);
    refer(kit, 4, 9, 2);
    assert_int_equal(kit_row(kit, 4, 0).news_of, 2);
    allocation_check(kit);
}

static void two_cases_of_one_family_are_a_persons_to_sort(void **state)
{
    struct kit *kit = *state;
    struct kit rebuilt;

    refer(kit, 1, 7, 3);
    kit_accept_lead(kit, 1, "fsw", "W1");
    kit_say(kit, 7, 9, FAMILY_VERDICT_SAME); // without a case of its own
    assert_int_equal(kit_part(kit, 1, REASON_TWO_CASES), 0);
    refer(kit, 2, 8, 2);
    kit_accept_lead(kit, 2, "taf", "W2");
    kit_say(kit, 9, 8, FAMILY_VERDICT_SAME);
    kit_expect(kit, 2, kit_part(kit, 2, REASON_TWO_CASES), STATE_DECIDING, "hub-decision");
    assert_int_equal(kit_part(kit, 1, REASON_TWO_CASES), 0); // asked once
    kit_expect(kit, 1, 0, STATE_ACCEPTED, "fsw");
    kit_expect(kit, 2, 0, STATE_ACCEPTED, "taf"); // nothing moves by itself
    kit_say(kit, 9, 8, FAMILY_VERDICT_DIFFERENT);
    assert_int_equal(kit_part(kit, 2, REASON_TWO_CASES), 0);
    kit_say(kit, 9, 8, FAMILY_VERDICT_SAME);
    assert_int_equal(kit_confirm(kit, 2, kit_part(kit, 2, REASON_TWO_CASES)), ANSWER_OK);
    assert_int_equal(kit_part(kit, 2, REASON_TWO_CASES), 0);
    allocation_check(kit);
    kit_open_after(&rebuilt, kit);
    kit_expect_equal(kit, &rebuilt);
    kit_close(&rebuilt);
}

static void close_case(struct kit *kit, uint64_t referral, const char *worker, uint64_t token)
{
    assert_int_equal(kit_close_job(kit, referral, 0, worker, token, OUTCOME_NEEDS_MET), ANSWER_OK);
}

// What it waited for the worker with is over: it goes where it would have gone, with what it asks for.
static void news_of_a_case_that_ends_is_judged_by_itself(void **state)
{
    struct kit *kit = *state;
    struct kit rebuilt;
    struct taken taken;
    uint64_t token;

    refer(kit, 1, 7, 3);
    token = kit_accept_lead(kit, 1, "fsw", "W1");
    kit_refer(kit,
              &(struct kit_referral){.number = 2, .family = 7, .level = 2, .wants = UINT64_C(1) << WANT_PARENTING, .child_months = 150});
    kit_refer(kit, &(struct kit_referral){.number = 3, .family = 7, .level = 2, .consent = CONSENT_REFUSED});
    refer(kit, 4, 7, 3);
    assert_int_equal(kit_take(kit, "fsw", "W1", 3, &taken), ANSWER_OK);
    assert_int_equal(taken.n_jobs, 3);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "W1", taken.token, 4, 0, 0), ANSWER_OK); // she has seen to this one
    assert_int_equal(kit_answer(kit, WORK_RELEASE, "W1", taken.token, 2, 0, 0), ANSWER_OK);
    close_case(kit, 1, "W1", token);
    kit_expect(kit, 2, 0, STATE_QUEUED, "taf");
    kit_expect(kit, 2, 1, STATE_QUEUED, "take3");
    assert_int_equal(kit_row(kit, 2, 0).news_of, 0);
    assert_int_equal(kit_row(kit, 3, 0).news_of, 2); // the family has an open case again
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "W1", taken.token, 3, 0, 0), ANSWER_STALE);
    kit_expect(kit, 4, 0, STATE_ACCEPTED, "fsw");
    allocation_check(kit);
    token = kit_accept_lead(kit, 2, "taf", "W2");
    close_case(kit, 2, "W2", token);
    kit_expect(kit, 3, 0, STATE_DECIDING, "hub-decision"); // nobody helps who refuses
    assert_int_equal(kit_row(kit, 3, 0).reason, REASON_CONSENT_REFUSED);
    allocation_check(kit);
    kit_open_after(&rebuilt, kit);
    kit_expect_equal(kit, &rebuilt);
    kit_close(&rebuilt);
}

static void news_follows_a_case_to_its_new_worker(void **state)
{
    struct kit *kit = *state;
    struct kit_step step = {.referral = 1, .by = "W1", .level = 3, .team = "fsw", .to = "W2", .why = WHY_OTHER};
    struct taken taken;

    refer(kit, 1, 7, 3);
    step.token = kit_accept_lead(kit, 1, "fsw", "W1");
    refer(kit, 2, 7, 2);
    assert_int_equal(kit_take(kit, "fsw", "W3", 1, &taken), ANSWER_EMPTY); // it stands in W1's own queue now
    assert_int_equal(kit_step(kit, &step), ANSWER_OK);
    assert_int_equal(kit_take(kit, "fsw", "W2", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "W2", taken.token, 1, 1, 0), ANSWER_OK);
    assert_int_equal(kit_take(kit, "fsw", "W1", 4, &taken), ANSWER_EMPTY);
    assert_int_equal(kit_take(kit, "fsw", "W2", 4, &taken), ANSWER_OK);
    assert_true(taken.jobs[0].news_of.size > 0);
    refer(kit, 3, 7, 2);
    assert_int_equal(kit_step(kit, &(struct kit_step){1, "manager", 0, 4, "specialist", NULL, WHY_NEED_HIGHER}), ANSWER_OK);
    kit_expect(kit, 2, 0, STATE_QUEUED, "taf"); // early help has no case of the family any more: this is one
    assert_int_equal(kit_row(kit, 2, 0).news_of, 0);
    assert_int_equal(kit_row(kit, 3, 0).news_of, 2);
    allocation_check(kit);
}

static void what_told_a_worker_of_a_step_up_ends_with_the_case(void **state)
{
    struct kit *kit = *state;
    uint64_t token;

    refer(kit, 1, 7, 2);
    token = kit_accept_lead(kit, 1, "taf", "W1");
    refer(kit, 2, 7, 3); // a person decides, and the worker is told
    kit_expect(kit, 2, 1, STATE_QUEUED, "taf");
    close_case(kit, 1, "W1", token);
    assert_int_equal(kit_row(kit, 2, 1).state, STATE_CLOSED);
    kit_expect(kit, 2, 0, STATE_DECIDING, "hub-decision");
    assert_int_equal(kit_confirm(kit, 2, 0), ANSWER_OK);
    kit_expect(kit, 2, 0, STATE_QUEUED, "fsw");
    assert_int_equal(kit_row(kit, 2, 0).news_of, 0);
    allocation_check(kit);
}

// ---------------------------------------------------------------- another policy

static void a_case_stays_open_under_a_policy_without_its_team(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    kit_refer(kit, &(struct kit_referral){.number = 1, .family = 5});
    kit_accept_lead(kit, 1, "fsw", "anna");
    kit_refer(kit, &(struct kit_referral){.number = 2, .family = 6, .level = 1, .wants = UINT64_C(1) << WANT_PARENTING});
    kit_expect(kit, 2, 0, STATE_QUEUED, "family-information-service"); // which opens no case there
    kit_adopt(kit, "harrow-2013");                                     // which has neither team
    kit_refer(kit, &(struct kit_referral){.number = 3, .family = 5, .level = 2});
    assert_int_equal(kit_row(kit, 3, 0).news_of, 1);
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_OK);
    assert_true(span_is(taken.jobs[0].news_of, "R0000000000001"));
    kit_refer(kit, &(struct kit_referral){.number = 4, .family = 6, .level = 3});
    assert_int_equal(kit_row(kit, 4, 0).news_of, 0);
    kit_expect(kit, 4, 0, STATE_QUEUED, "families-first");
    allocation_check(kit);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_case_stays_open_under_a_policy_without_its_team),
        TEST(a_question_is_a_task_until_a_person_says),
        TEST(an_answer_ends_conflicts_too),
        TEST(a_question_may_come_before_the_referral_is_routed),
        TEST(a_household_is_one_family),
        TEST(two_cases_of_one_family_are_a_persons_to_sort),
        TEST(news_of_a_case_that_ends_is_judged_by_itself),
        TEST(news_follows_a_case_to_its_new_worker),
        TEST(what_told_a_worker_of_a_step_up_ends_with_the_case),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
