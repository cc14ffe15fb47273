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

// Where a referral of family 9 goes while family 7 has an open case at level 3, accepted by W1.
static void expect_news(struct kit *kit, uint64_t number, bool is_news)
{
    refer(kit, number, 9, 2);
    assert_int_equal(kit_row(kit, number, 0).news_of, is_news ? 1 : 0);
    kit_expect(kit, number, 0, STATE_QUEUED, is_news ? "fsw" : "taf");
}

static void a_household_is_one_family(void **state)
{
    struct kit *kit = *state;

    refer(kit, 1, 7, 3);
    kit_accept_lead(kit, 1, "fsw", "W1");
    kit_say(kit, 9, 8, FAMILY_VERDICT_SAME);
    kit_say(kit, 8, 7, FAMILY_VERDICT_SAME);
    expect_news(kit, 2, true);
    kit_restart(kit, true);
    expect_news(kit, 3, true);
    kit_say(kit, 7, 8, FAMILY_VERDICT_DIFFERENT);
    kit_restart(kit, false);
    expect_news(kit, 4, false);
    allocation_check(kit);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_question_is_a_task_until_a_person_says),
        TEST(an_answer_ends_conflicts_too),
        TEST(a_question_may_come_before_the_referral_is_routed),
        TEST(a_household_is_one_family),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
