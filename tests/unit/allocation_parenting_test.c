// SPDX-License-Identifier: MIT
// Parenting support beside a family's open case: it goes its own way, waits for nothing but the family's answer, and is asked for once.
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

static void expect_reason(struct kit *kit, uint64_t referral, unsigned part, enum state state, enum decision_reason reason)
{
    struct job_row row = kit_row(kit, referral, part);

    assert_string_equal(code_text(LIST_STATE, row.state), code_text(LIST_STATE, state));
    assert_string_equal(code_text(LIST_REASON, row.reason), code_text(LIST_REASON, reason));
}

static void expect_proposal(struct kit *kit, uint64_t referral, unsigned part, const char *team)
{
    assert_true(span_is(name_table_text(kit->allocation->names, kit_row(kit, referral, part).proposal), team));
}

// A wish for a child of twelve, of a family that is another's case.
static struct kit_referral wish_of(unsigned level)
{
    return (struct kit_referral){.number = 2, .family = 5, .level = level, .wants = UINT64_C(1) << WANT_PARENTING, .child_months = 150};
}

static uint64_t open_case(struct kit *kit, const char *team, unsigned level)
{
    kit_refer(kit, &(struct kit_referral){.number = 1, .family = 5, .level = level, .child_months = 150});
    return kit_accept_lead(kit, 1, team, "anna");
}

// The worker of the case reads the news, hears how many parts stand beside it, and is done with it.
static void read_news(struct kit *kit, unsigned beside)
{
    struct taken taken;

    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_OK);
    assert_int_equal(taken.jobs[0].beside, beside);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "anna", taken.token, 2, 0, 0), ANSWER_OK);
    assert_int_equal(kit_close_job(kit, 2, 0, "anna", taken.token, OUTCOME_DONE), ANSWER_OK);
    allocation_check(kit);
}

static void a_wish_of_an_open_family_is_news_and_support(void **state)
{
    struct kit *kit = *state;
    struct kit_referral wish = wish_of(1);
    struct kit rebuilt;
    struct taken taken;

    open_case(kit, "fsw", 3);
    wish.second_child_months = 100;
    kit_refer(kit, &wish);
    kit_expect(kit, 2, 0, STATE_QUEUED, "fsw");
    kit_expect(kit, 2, 1, STATE_QUEUED, "take3");
    kit_expect(kit, 2, 2, STATE_QUEUED, "family-information-service");
    assert_int_equal(kit_row(kit, 2, 0).news_of, 1);
    assert_int_equal(kit_row(kit, 2, 1).news_of, 0);
    assert_int_equal(kit_take(kit, "take3", "cem", 4, &taken), ANSWER_OK);
    assert_int_equal(taken.jobs[0].part, 1);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "cem", taken.token, 2, 1, 0), ANSWER_OK);
    assert_int_equal(kit_take(kit, "fsw", "ben", 4, &taken), ANSWER_EMPTY); // one worker leads
    read_news(kit, 2);
    kit_expect(kit, 2, 1, STATE_ACCEPTED, "take3");
    kit_expect(kit, 2, 2, STATE_QUEUED, "family-information-service");
    kit_expect(kit, 1, 0, STATE_ACCEPTED, "fsw");
    allocation_check(kit);
    kit_open_after(&rebuilt, kit);
    kit_expect_equal(kit, &rebuilt);
    kit_close(&rebuilt);
}

static void support_waits_for_the_answer_though_the_news_does_not(void **state)
{
    struct kit *kit = *state;
    struct kit_referral wish = wish_of(2);

    open_case(kit, "fsw", 3);
    wish.without_consent = true;
    kit_refer(kit, &wish);
    kit_expect(kit, 2, 0, STATE_QUEUED, "fsw");
    expect_reason(kit, 2, 1, STATE_HELD, REASON_AWAITING_CONSENT);
    read_news(kit, 1);
    expect_reason(kit, 2, 1, STATE_HELD, REASON_AWAITING_CONSENT);
    kit_restart(kit, true);
    kit_consent(kit, 2, CONSENT_GIVEN);
    kit_expect(kit, 2, 1, STATE_QUEUED, "take3");
    kit_expect(kit, 2, 0, STATE_CLOSED, "fsw");
    allocation_check(kit);
}

static void an_answer_that_does_not_come_is_asked_for_by_a_person(void **state)
{
    struct kit *kit = *state;
    struct kit_referral wish = wish_of(2);

    open_case(kit, "fsw", 3);
    wish.without_consent = true;
    kit_refer(kit, &wish);
    kit_pass(kit, kit_row(kit, 2, 1).due_ms - fake_runtime_clock(kit->fake)->wall_ms, 1);
    expect_reason(kit, 2, 1, STATE_DECIDING, REASON_HOLD_EXPIRED);
    expect_proposal(kit, 2, 1, "take3");
    kit_expect(kit, 2, 0, STATE_QUEUED, "fsw");
    allocation_check(kit);
    kit_consent(kit, 2, CONSENT_GIVEN);
    kit_expect(kit, 2, 1, STATE_QUEUED, "take3");
    allocation_check(kit);
}

static void a_person_decides_on_support_that_waits_alone(void **state)
{
    struct kit *kit = *state;
    struct kit_referral wish = wish_of(2);

    open_case(kit, "fsw", 3);
    wish.without_consent = true;
    kit_refer(kit, &wish);
    assert_int_equal(kit_confirm(kit, 2, 1), ANSWER_BAD_REQUEST);
    assert_int_equal(kit_override(kit, 2, 1, "take3", 2, WHY_OTHER), ANSWER_BAD_REQUEST);
    assert_int_equal(kit_override(kit, 2, 1, "take3", 2, WHY_CONSENT_OBTAINED), ANSWER_OK);
    kit_expect(kit, 2, 1, STATE_QUEUED, "take3");
    kit_expect(kit, 2, 0, STATE_QUEUED, "fsw");
    allocation_check(kit);
}

static void support_that_is_refused_waits_for_a_person(void **state)
{
    struct kit *kit = *state;
    struct kit_referral wish = wish_of(1);

    open_case(kit, "fsw", 3);
    wish.consent = CONSENT_REFUSED;
    kit_refer(kit, &wish);
    kit_expect(kit, 2, 0, STATE_QUEUED, "fsw");
    expect_reason(kit, 2, 1, STATE_DECIDING, REASON_CONSENT_REFUSED);
    expect_proposal(kit, 2, 1, "universal");
    assert_int_equal(kit_override(kit, 2, 1, "take3", 1, WHY_OTHER), ANSWER_BAD_REQUEST);
    kit_consent(kit, 2, CONSENT_REFUSED); // once more
    expect_reason(kit, 2, 1, STATE_DECIDING, REASON_CONSENT_REFUSED);
    kit_consent(kit, 2, CONSENT_GIVEN);
    kit_expect(kit, 2, 1, STATE_QUEUED, "take3");
    kit_consent(kit, 2, CONSENT_WITHDRAWN);
    expect_reason(kit, 2, 1, STATE_DECIDING, REASON_CONSENT_WITHDRAWN);
    kit_consent(kit, 2, CONSENT_GIVEN);
    kit_expect(kit, 2, 1, STATE_QUEUED, "take3");
    allocation_check(kit);
}

static void support_of_which_nobody_was_asked_after_all_waits(void **state)
{
    struct kit *kit = *state;
    struct kit_referral wish = wish_of(2);

    open_case(kit, "fsw", 3);
    kit_refer(kit, &wish);
    kit_expect(kit, 2, 1, STATE_QUEUED, "take3");
    kit_consent(kit, 2, CONSENT_NOT_SOUGHT);
    kit_expect(kit, 2, 0, STATE_QUEUED, "fsw");
    expect_reason(kit, 2, 1, STATE_HELD, REASON_AWAITING_CONSENT);
    expect_proposal(kit, 2, 1, "take3");
    read_news(kit, 1);
    kit_consent(kit, 2, CONSENT_GIVEN);
    kit_expect(kit, 2, 1, STATE_QUEUED, "take3");
    allocation_check(kit);
}

// The news is judged by itself, and waits for the same answer; what is refused waits for one decision.
static void support_that_waits_alone_is_refused_with_its_lead(void **state)
{
    struct kit *kit = *state;
    struct kit_referral wish = wish_of(2);
    uint64_t token = open_case(kit, "taf", 2);

    wish.without_consent = true;
    kit_refer(kit, &wish);
    assert_int_equal(kit_close_job(kit, 1, 0, "anna", token, OUTCOME_NEEDS_MET), ANSWER_OK);
    expect_reason(kit, 2, 0, STATE_HELD, REASON_AWAITING_CONSENT);
    expect_reason(kit, 2, 1, STATE_HELD, REASON_AWAITING_CONSENT);
    kit_consent(kit, 2, CONSENT_REFUSED);
    expect_reason(kit, 2, 0, STATE_DECIDING, REASON_CONSENT_REFUSED);
    expect_reason(kit, 2, 1, STATE_HELD, REASON_CONSENT_REFUSED);
    expect_proposal(kit, 2, 1, "take3");
    assert_int_equal(kit_confirm(kit, 2, 0), ANSWER_OK);
    assert_int_equal(kit_row(kit, 2, 1).state, STATE_CLOSED);
    allocation_check(kit);
}

static void a_person_sees_to_it_that_who_refuses_has_what_anybody_has(void **state)
{
    struct kit *kit = *state;
    struct kit_referral wish = wish_of(1);

    open_case(kit, "fsw", 3);
    wish.consent = CONSENT_REFUSED;
    kit_refer(kit, &wish);
    assert_int_equal(kit_confirm(kit, 2, 1), ANSWER_OK);
    kit_expect(kit, 2, 1, STATE_QUEUED, "universal");
    allocation_check(kit);
}

static void who_refuses_what_waits_alone_is_asked_no_more(void **state)
{
    struct kit *kit = *state;
    struct kit_referral wish = wish_of(2);

    open_case(kit, "fsw", 3);
    wish.without_consent = true;
    kit_refer(kit, &wish);
    kit_consent(kit, 2, CONSENT_REFUSED);
    expect_reason(kit, 2, 1, STATE_DECIDING, REASON_CONSENT_WITHDRAWN);
    allocation_check(kit);
    kit_consent(kit, 2, CONSENT_GIVEN);
    kit_expect(kit, 2, 1, STATE_QUEUED, "take3");
    allocation_check(kit);
}

// The case ends before its worker has read the news: it is judged by itself, and the child has its support already.
static void support_is_asked_for_once(void **state)
{
    struct kit *kit = *state;
    struct kit_referral wish = wish_of(1);
    uint64_t token = open_case(kit, "taf", 2);

    kit_refer(kit, &wish);
    kit_expect(kit, 2, 1, STATE_QUEUED, "take3");
    assert_int_equal(kit_close_job(kit, 1, 0, "anna", token, OUTCOME_NEEDS_MET), ANSWER_OK);
    expect_reason(kit, 2, 0, STATE_DECIDING, REASON_UNIVERSAL);
    kit_expect(kit, 2, 1, STATE_QUEUED, "take3");
    assert_int_equal(kit->allocation->jobs.n_open, 2);
    allocation_check(kit);
}

// The same where the news becomes a case of its own.
static void support_is_asked_for_once_beside_a_case(void **state)
{
    struct kit *kit = *state;
    struct kit_referral wish = wish_of(2);
    uint64_t token = open_case(kit, "taf", 2);

    kit_refer(kit, &wish);
    assert_int_equal(kit_close_job(kit, 1, 0, "anna", token, OUTCOME_NEEDS_MET), ANSWER_OK);
    kit_expect(kit, 2, 0, STATE_QUEUED, "taf");
    kit_expect(kit, 2, 1, STATE_QUEUED, "take3");
    assert_int_equal(kit->allocation->jobs.n_open, 2);
    allocation_check(kit);
}

static void support_does_not_wait_for_a_step_up(void **state)
{
    struct kit *kit = *state;
    struct kit_referral wish = wish_of(3);
    struct taken taken;

    open_case(kit, "taf", 2);
    kit_refer(kit, &wish);
    expect_reason(kit, 2, 0, STATE_DECIDING, REASON_STEP_UP);
    kit_expect(kit, 2, 1, STATE_QUEUED, "taf"); // the worker is told
    kit_expect(kit, 2, 2, STATE_QUEUED, "take3");
    assert_int_equal(kit_take(kit, "taf", "anna", 1, &taken), ANSWER_OK);
    assert_int_equal(taken.jobs[0].beside, 1);
    assert_int_equal(kit_confirm(kit, 2, 0), ANSWER_OK);
    kit_expect(kit, 2, 0, STATE_QUEUED, "fsw");
    kit_expect(kit, 2, 2, STATE_QUEUED, "take3");
    assert_int_equal(kit->allocation->jobs.n_open, 4);
    allocation_check(kit);
}

// Who decides the step up does not answer for the family, and the family's answer does not decide the step up.
static void a_step_up_is_not_the_familys_answer(void **state)
{
    struct kit *kit = *state;
    struct kit_referral wish = wish_of(3);

    open_case(kit, "taf", 2);
    wish.without_consent = true;
    kit_refer(kit, &wish);
    expect_reason(kit, 2, 2, STATE_HELD, REASON_AWAITING_CONSENT);
    assert_int_equal(kit_override(kit, 2, 0, "family-information-service", 3, WHY_OTHER), ANSWER_OK);
    expect_reason(kit, 2, 2, STATE_HELD, REASON_AWAITING_CONSENT);
    allocation_check(kit);
    kit_consent(kit, 2, CONSENT_GIVEN);
    kit_expect(kit, 2, 2, STATE_QUEUED, "take3");
    kit_expect(kit, 2, 0, STATE_QUEUED, "family-information-service");
    allocation_check(kit);
}

static void who_has_the_familys_answer_sends_all_of_it_on(void **state)
{
    struct kit *kit = *state;
    struct kit_referral wish = wish_of(3);

    open_case(kit, "taf", 2);
    wish.without_consent = true;
    kit_refer(kit, &wish);
    assert_int_equal(kit_override(kit, 2, 0, "fsw", 3, WHY_CONSENT_OBTAINED), ANSWER_OK);
    kit_expect(kit, 2, 0, STATE_QUEUED, "fsw");
    kit_expect(kit, 2, 2, STATE_QUEUED, "take3");
    allocation_check(kit);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_wish_of_an_open_family_is_news_and_support),
        TEST(support_waits_for_the_answer_though_the_news_does_not),
        TEST(an_answer_that_does_not_come_is_asked_for_by_a_person),
        TEST(a_person_decides_on_support_that_waits_alone),
        TEST(support_that_is_refused_waits_for_a_person),
        TEST(support_of_which_nobody_was_asked_after_all_waits),
        TEST(support_that_waits_alone_is_refused_with_its_lead),
        TEST(a_person_sees_to_it_that_who_refuses_has_what_anybody_has),
        TEST(who_refuses_what_waits_alone_is_asked_no_more),
        TEST(support_is_asked_for_once),
        TEST(support_is_asked_for_once_beside_a_case),
        TEST(support_does_not_wait_for_a_step_up),
        TEST(a_step_up_is_not_the_familys_answer),
        TEST(who_has_the_familys_answer_sends_all_of_it_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
