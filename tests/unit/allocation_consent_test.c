// SPDX-License-Identifier: MIT
// What partners tell later: the family has answered, the referral is taken back, a decision is challenged.
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

static const char *proposal(struct kit *kit, uint64_t referral, unsigned part)
{
    static char text[NAME_TABLE_SIZE_MAX + 1];
    struct span name = name_table_text(kit->allocation->names, kit_row(kit, referral, part).proposal);

    memcpy(text, name.at, name.size);
    text[name.size] = '\0';
    return text;
}

// With a child of 12 for whom parenting is wished, and no assessment: lead, take3 and a task.
static const struct kit_referral with_parts = {
    .number = 1, .wants = UINT64_C(1) << WANT_PARENTING, .child_months = 150, .kind = KIND_CONTACT};

// ---------------------------------------------------------------- given

static void what_waits_for_consent_goes_on_when_it_comes(void **state)
{
    struct kit *kit = *state;
    struct kit_referral referral = with_parts;

    referral.without_consent = true;
    kit_refer(kit, &referral);
    expect_reason(kit, 1, 0, STATE_HELD, REASON_AWAITING_CONSENT);
    kit_consent(kit, 1, CONSENT_NOT_SOUGHT);
    expect_reason(kit, 1, 0, STATE_HELD, REASON_AWAITING_CONSENT);
    kit_consent(kit, 1, CONSENT_GIVEN);
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    kit_expect(kit, 1, 1, STATE_QUEUED, "take3");
    expect_reason(kit, 1, 2, STATE_DECIDING, REASON_EHA_MISSING);
    assert_int_equal(kit_part(kit, 1, REASON_EHA_MISSING), 2);
    assert_int_equal(kit->allocation->jobs.n_open, 3); // none twice
    allocation_check(kit);
    kit_consent(kit, 1, CONSENT_GIVEN); // again: nothing more
    assert_int_equal(fake_runtime_count_of(kit->fake, EVENT_UPDATED), 3);
    assert_int_equal(fake_runtime_count_of(kit->fake, EVENT_ALLOCATED), 3);
}

static void what_was_not_asked_after_all_waits(void **state)
{
    struct kit *kit = *state;
    struct kit_referral referral = with_parts;
    struct taken taken;

    kit_refer(kit, &referral);
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_OK);
    kit_consent(kit, 1, CONSENT_NOT_SOUGHT);
    expect_reason(kit, 1, 0, STATE_HELD, REASON_AWAITING_CONSENT);
    expect_reason(kit, 1, 1, STATE_HELD, REASON_AWAITING_CONSENT);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "anna", taken.token, 1, 0, 0), ANSWER_STALE);
    allocation_check(kit);
    kit_consent(kit, 1, CONSENT_GIVEN);
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    kit_expect(kit, 1, 1, STATE_QUEUED, "take3");
    kit_accept_lead(kit, 1, "fsw", "anna");
    kit_consent(kit, 1, CONSENT_NOT_SOUGHT);
    kit_expect(kit, 1, 0, STATE_ACCEPTED, "fsw");
    kit_refer(kit, &(struct kit_referral){.number = 2, .level = 4});
    kit_consent(kit, 2, CONSENT_NOT_SOUGHT);
    kit_expect(kit, 2, 0, STATE_QUEUED, "specialist");
    kit_refer(kit, &(struct kit_referral){.number = 3, .level = 1, .wants = UINT64_C(1) << WANT_PARENTING});
    kit_consent(kit, 3, CONSENT_NOT_SOUGHT);
    kit_expect(kit, 3, 0, STATE_QUEUED, "family-information-service"); // level 1 does not ask
    allocation_check(kit);
}

static void holds_follow_each_other(void **state)
{
    struct kit *kit = *state;

    kit_refer(kit, &(struct kit_referral){.number = 1, .level = 2, .kind = KIND_CONTACT, .without_consent = true});
    expect_reason(kit, 1, 0, STATE_HELD, REASON_AWAITING_CONSENT);
    kit_pass(kit, INT64_C(3600000), 1);
    kit_consent(kit, 1, CONSENT_GIVEN);
    expect_reason(kit, 1, 0, STATE_HELD, REASON_AWAITING_EHA);
    assert_string_equal(proposal(kit, 1, 0), "taf");
    allocation_check(kit);
}

static void an_answer_that_is_late_still_counts(void **state)
{
    struct kit *kit = *state;

    kit_refer(kit, &(struct kit_referral){.number = 1, .without_consent = true});
    kit_pass(kit, kit_row(kit, 1, 0).due_ms - fake_runtime_clock(kit->fake)->wall_ms, 1);
    expect_reason(kit, 1, 0, STATE_DECIDING, REASON_HOLD_EXPIRED);
    kit_consent(kit, 1, CONSENT_GIVEN);
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    allocation_check(kit);
}

static void consent_ends_no_other_wait(void **state)
{
    struct kit *kit = *state;

    kit_refer(kit, &(struct kit_referral){.number = 1, .outside = true, .without_consent = true});
    kit_refer(kit, &(struct kit_referral){.number = 2, .level = 2, .kind = KIND_CONTACT});
    kit_consent(kit, 1, CONSENT_GIVEN);
    kit_consent(kit, 2, CONSENT_GIVEN);
    expect_reason(kit, 1, 0, STATE_DECIDING, REASON_CROSS_BORDER);
    expect_reason(kit, 2, 0, STATE_HELD, REASON_AWAITING_EHA);
    allocation_check(kit);
}

// ---------------------------------------------------------------- refused, withdrawn

static void what_waits_comes_to_a_person_when_the_family_refuses(void **state)
{
    struct kit *kit = *state;
    struct kit_referral referral = with_parts;

    referral.without_consent = true;
    kit_refer(kit, &referral);
    kit_consent(kit, 1, CONSENT_REFUSED);
    expect_reason(kit, 1, 0, STATE_DECIDING, REASON_CONSENT_REFUSED);
    assert_string_equal(proposal(kit, 1, 0), "universal");
    assert_int_equal(kit_row(kit, 1, 1).state, STATE_HELD);
    allocation_check(kit);
    assert_int_equal(kit_confirm(kit, 1, 0), ANSWER_OK); // the parts are not sent on without consent
    kit_expect(kit, 1, 0, STATE_QUEUED, "universal");
    assert_int_equal(kit_row(kit, 1, 1).state, STATE_CLOSED);
    assert_int_equal(kit_row(kit, 1, 2).state, STATE_CLOSED);
    allocation_check(kit);
}

static void a_queued_referral_comes_back_to_a_person_and_goes_on_again(void **state)
{
    struct kit *kit = *state;

    kit_refer(kit, &with_parts);
    kit_expect(kit, 1, 1, STATE_QUEUED, "take3");
    kit_consent(kit, 1, CONSENT_WITHDRAWN);
    expect_reason(kit, 1, 0, STATE_DECIDING, REASON_CONSENT_REFUSED);
    expect_reason(kit, 1, 1, STATE_HELD, REASON_CONSENT_REFUSED);
    expect_reason(kit, 1, 2, STATE_DECIDING, REASON_EHA_MISSING); // a task goes its own way
    allocation_check(kit);
    kit_consent(kit, 1, CONSENT_WITHDRAWN); // said twice, told once
    assert_int_equal(fake_runtime_count_of(kit->fake, EVENT_HELD), 1);
    kit_consent(kit, 1, CONSENT_GIVEN);
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    kit_expect(kit, 1, 1, STATE_QUEUED, "take3");
    allocation_check(kit);
    kit_consent(kit, 1, CONSENT_WITHDRAWN);
    assert_int_equal(kit_override(kit, 1, 0, "taf", 0, WHY_CONSENT_OBTAINED), ANSWER_OK);
    kit_expect(kit, 1, 1, STATE_QUEUED, "take3");
    assert_int_equal(kit_row(kit, 1, 0).consent, CONSENT_GIVEN); // the person has it from the family
    allocation_check(kit);
}

static void a_worker_who_is_shown_it_hears_that_it_is_over(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    kit_refer(kit, &(struct kit_referral){.number = 1});
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_OK);
    kit_consent(kit, 1, CONSENT_REFUSED);
    expect_reason(kit, 1, 0, STATE_DECIDING, REASON_CONSENT_REFUSED);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "anna", taken.token, 1, 0, 0), ANSWER_STALE);
    allocation_check(kit);
}

static void whoever_has_the_case_is_told(void **state)
{
    struct kit *kit = *state;
    struct taken taken;
    uint64_t token;

    kit_refer(kit, &with_parts);
    token = kit_accept_lead(kit, 1, "fsw", "anna");
    kit_consent(kit, 1, CONSENT_WITHDRAWN);
    kit_expect(kit, 1, 0, STATE_ACCEPTED, "fsw"); // only a person ends it
    kit_expect(kit, 1, 3, STATE_QUEUED, "fsw");
    assert_int_equal(kit_row(kit, 1, 3).news_of, 1);
    expect_reason(kit, 1, 4, STATE_DECIDING, REASON_CONSENT_WITHDRAWN);
    expect_reason(kit, 1, 1, STATE_DECIDING, REASON_CONSENT_WITHDRAWN); // support that nobody has begun
    allocation_check(kit);
    assert_int_equal(kit_take(kit, "fsw", "ben", 1, &taken), ANSWER_EMPTY);
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_OK);
    assert_int_equal(taken.jobs[0].reason, REASON_CONSENT_WITHDRAWN);
    kit_consent(kit, 1, CONSENT_GIVEN); // undone
    assert_int_equal(kit_row(kit, 1, 3).state, STATE_CLOSED);
    assert_int_equal(kit_row(kit, 1, 4).state, STATE_CLOSED);
    kit_expect(kit, 1, 1, STATE_QUEUED, "take3");
    allocation_check(kit);
    kit_consent(kit, 1, CONSENT_WITHDRAWN);
    assert_int_equal(kit_close_job(kit, 1, 0, "anna", token, OUTCOME_FAMILY_DECLINED), ANSWER_OK);
    assert_int_equal(kit_part(kit, 1, REASON_CONSENT_WITHDRAWN), 0); // what was about the case ends with it
    allocation_check(kit);
}

static void whoever_has_a_part_is_told_too(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    kit_refer(kit, &with_parts);
    assert_int_equal(kit_take(kit, "take3", "cem", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "cem", taken.token, 1, 1, 0), ANSWER_OK);
    kit_consent(kit, 1, CONSENT_WITHDRAWN);
    expect_reason(kit, 1, 0, STATE_DECIDING, REASON_CONSENT_REFUSED);
    kit_expect(kit, 1, 1, STATE_ACCEPTED, "take3");
    assert_int_equal(kit_take(kit, "take3", "dora", 1, &taken), ANSWER_EMPTY);
    assert_int_equal(kit_take(kit, "take3", "cem", 1, &taken), ANSWER_OK);
    assert_int_equal(taken.jobs[0].reason, REASON_CONSENT_WITHDRAWN);
    allocation_check(kit);
}

static void close_case(struct kit *kit, uint64_t referral, uint64_t token)
{
    assert_int_equal(kit_close_job(kit, referral, 0, "anna", token, OUTCOME_NEEDS_MET), ANSWER_OK);
}

// The case is over, or goes on at level 4: the family's word about its support counts all the same.
static void support_ends_for_who_withdraws_beside_what_does_not(void **state)
{
    struct kit *kit = *state;
    struct kit_referral referral = with_parts;
    struct taken taken;

    for (uint64_t number = 1; number <= 2; number++) {
        referral.number = number;
        kit_refer(kit, &referral);
        if (number == 1)
            close_case(kit, 1, kit_accept_lead(kit, 1, "fsw", "anna"));
        else
            assert_int_equal(kit_step(kit, &(struct kit_step){2, "manager", 0, 4, "specialist", NULL, WHY_NEED_HIGHER}), ANSWER_OK);
        kit_expect(kit, number, 1, STATE_QUEUED, "take3");
        kit_consent(kit, number, CONSENT_WITHDRAWN);
        expect_reason(kit, number, 1, STATE_DECIDING, REASON_CONSENT_WITHDRAWN);
        kit_consent(kit, number, CONSENT_GIVEN);
        kit_expect(kit, number, 1, STATE_QUEUED, "take3");
        assert_int_equal(kit_take(kit, "take3", "cem", 1, &taken), ANSWER_OK);
        assert_int_equal(kit_answer(kit, WORK_ACCEPT, "cem", taken.token, number, 1, 0), ANSWER_OK);
        kit_consent(kit, number, CONSENT_WITHDRAWN);
        kit_consent(kit, number, CONSENT_WITHDRAWN); // told once
        assert_int_equal(kit_take(kit, "take3", "cem", 4, &taken), ANSWER_OK);
        assert_int_equal(taken.n_jobs, 1);
        assert_int_equal(taken.jobs[0].reason, REASON_CONSENT_WITHDRAWN);
        assert_int_equal(kit_answer(kit, WORK_ACCEPT, "cem", taken.token, number, (unsigned)taken.jobs[0].part, 0), ANSWER_OK);
    }
    assert_int_equal(kit_row(kit, 1, 0).state, STATE_CLOSED);
    kit_expect(kit, 2, 0, STATE_QUEUED, "specialist");
    allocation_check(kit);
}

static void expect_told(struct kit *kit, const char *team, const char *worker, uint64_t referral)
{
    struct taken taken;

    assert_int_equal(kit_take(kit, team, worker, 4, &taken), ANSWER_OK);
    assert_int_equal(taken.n_jobs, 1);
    assert_int_equal(taken.jobs[0].reason, REASON_CONSENT_WITHDRAWN);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, worker, taken.token, referral, (unsigned)taken.jobs[0].part, 0), ANSWER_OK);
    assert_int_equal(kit_take(kit, team, worker, 4, &taken), ANSWER_EMPTY);
}

static void a_withdrawal_reaches_everybody_who_holds_the_case(void **state)
{
    struct kit *kit = *state;
    struct kit_referral referral = with_parts;
    struct taken taken;

    referral.second_child_months = 170;
    kit_refer(kit, &referral);
    kit_accept_lead(kit, 1, "fsw", "anna");
    assert_int_equal(kit_take(kit, "take3", "cem", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "cem", taken.token, 1, 1, 0), ANSWER_OK);
    assert_int_equal(kit_take(kit, "take3", "dora", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "dora", taken.token, 1, 2, 0), ANSWER_OK);
    kit_consent(kit, 1, CONSENT_WITHDRAWN);
    kit_consent(kit, 1, CONSENT_REFUSED); // told once
    assert_int_equal(kit_take(kit, "take3", "eve", 4, &taken), ANSWER_EMPTY);
    expect_told(kit, "take3", "dora", 1);
    expect_told(kit, "take3", "cem", 1);
    expect_told(kit, "fsw", "anna", 1);
    allocation_check(kit);
}

static void level_4_is_not_stopped(void **state)
{
    struct kit *kit = *state;

    kit_refer(kit, &(struct kit_referral){.number = 1, .level = 4});
    kit_consent(kit, 1, CONSENT_WITHDRAWN);
    kit_expect(kit, 1, 0, STATE_QUEUED, "specialist");
    kit_accept_lead(kit, 1, "specialist", "anna");
    kit_consent(kit, 1, CONSENT_REFUSED);
    kit_expect(kit, 1, 0, STATE_ACCEPTED, "specialist");
    assert_int_equal(kit->allocation->jobs.n_open, 1);
    assert_int_equal(kit_row(kit, 1, 0).consent, CONSENT_REFUSED);
    allocation_check(kit);
}

static void news_of_a_case_reaches_its_worker(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    kit_refer(kit, &(struct kit_referral){.number = 1, .family = 5});
    kit_accept_lead(kit, 1, "fsw", "anna");
    kit_refer(kit, &(struct kit_referral){.number = 2, .family = 5, .level = 2});
    assert_int_equal(kit_row(kit, 2, 0).news_of, 1);
    kit_consent(kit, 2, CONSENT_WITHDRAWN);
    kit_expect(kit, 2, 0, STATE_QUEUED, "fsw");
    assert_int_equal(kit_take(kit, "fsw", "ben", 4, &taken), ANSWER_EMPTY);
    assert_int_equal(kit_take(kit, "fsw", "anna", 4, &taken), ANSWER_OK);
    assert_int_equal(taken.n_jobs, 2); // the news, and that consent was withdrawn
    expect_reason(kit, 2, 2, STATE_DECIDING, REASON_CONSENT_WITHDRAWN);
    allocation_check(kit);
}

// ---------------------------------------------------------------- before it is routed

static void what_comes_before_it_is_routed_is_answered_then(void **state)
{
    struct kit *kit = *state;
    struct kit rebuilt;

    kit_consent(kit, 1, CONSENT_REFUSED);
    kit_withdraw(kit, 1);
    kit_challenged(kit, 1);
    kit_conflict(kit, 1);
    assert_int_equal(kit->allocation->jobs.n_open, 0);
    kit_restart(kit, true);
    kit_refer(kit, &(struct kit_referral){.number = 1});
    expect_reason(kit, 1, 0, STATE_DECIDING, REASON_CONSENT_REFUSED);
    expect_reason(kit, 1, 1, STATE_DECIDING, REASON_WITHDRAWN);
    expect_reason(kit, 1, 2, STATE_DECIDING, REASON_CHALLENGED);
    expect_reason(kit, 1, 3, STATE_DECIDING, REASON_FAMILY_CONFLICT);
    allocation_check(kit);
    kit_open_after(&rebuilt, kit);
    kit_expect_equal(kit, &rebuilt);
    kit_close(&rebuilt);
}

// ---------------------------------------------------------------- withdrawals, challenges of partners

static void a_withdrawal_waits_for_a_person(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    kit_refer(kit, &with_parts);
    kit_withdraw(kit, 1);
    kit_withdraw(kit, 1); // one task
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    expect_reason(kit, 1, 3, STATE_DECIDING, REASON_WITHDRAWN);
    assert_int_equal(kit->allocation->jobs.n_open, 4);
    assert_int_equal(kit_override(kit, 1, 3, "taf", 0, WHY_OTHER), ANSWER_BAD_REQUEST);
    assert_int_equal(kit_settle(kit, 1, 3, DECIDE_DISMISS), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_OK);
    kit_withdraw(kit, 1);
    assert_int_equal(kit_confirm(kit, 1, kit_part(kit, 1, REASON_WITHDRAWN)), ANSWER_OK);
    assert_int_equal(kit_row(kit, 1, 0).state, STATE_CLOSED);
    assert_int_equal(kit_part(kit, 1, REASON_WITHDRAWN), 0);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "anna", taken.token, 1, 0, 0), ANSWER_STALE);
    kit_withdraw(kit, 1); // nothing is left to decide
    assert_int_equal(kit_part(kit, 1, REASON_WITHDRAWN), 0);
    allocation_check(kit);
}

static void level_4_does_not_end_with_its_partner(void **state)
{
    struct kit *kit = *state;

    kit_refer(kit, &(struct kit_referral){.number = 1, .level = 4});
    kit_withdraw(kit, 1);
    assert_int_equal(kit_confirm(kit, 1, 1), ANSWER_BAD_REQUEST);
    kit_expect(kit, 1, 0, STATE_QUEUED, "specialist");
    assert_int_equal(kit_settle(kit, 1, 1, DECIDE_DISMISS), ANSWER_OK);
    allocation_check(kit);
}

static void a_partner_uses_up_no_parts(void **state)
{
    struct kit *kit = *state;

    kit_refer(kit, &(struct kit_referral){.number = 1});
    kit_accept_lead(kit, 1, "fsw", "anna");
    for (unsigned i = 0; i <= JOB_PARTS_MAX; i++)
        kit_challenged(kit, 1);
    assert_int_equal(kit->allocation->jobs.n_open, 2);
    assert_int_equal(kit_challenge(kit, 1, "anna"), ANSWER_OK); // another's
    assert_int_equal(kit_settle(kit, 1, 1, DECIDE_DISMISS), ANSWER_OK);
    kit_challenged(kit, 1); // and a new one
    assert_int_equal(kit->allocation->jobs.n_open, 3);
    for (unsigned i = 0; i <= JOB_PARTS_MAX; i++)
        kit_withdraw(kit, 1);
    assert_int_equal(kit->allocation->jobs.n_open, 5); // a task, and news for her
    allocation_check(kit);
}

static void a_worker_hears_of_a_withdrawal(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    kit_refer(kit, &(struct kit_referral){.number = 1});
    kit_accept_lead(kit, 1, "fsw", "anna");
    kit_withdraw(kit, 1);
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_OK);
    assert_int_equal(taken.jobs[0].reason, REASON_WITHDRAWN);
    allocation_check(kit);
}

static void a_partners_challenge_is_like_any_other(void **state)
{
    struct kit *kit = *state;
    struct event head;
    union event_data data;

    kit_refer(kit, &(struct kit_referral){.number = 1, .level = 1});
    kit_challenged(kit, 1);
    expect_reason(kit, 1, 1, STATE_DECIDING, REASON_CHALLENGED);
    assert_int_equal(kit_row(kit, 1, 1).stage, 1);
    assert_true(fake_runtime_last(kit->fake, EVENT_ALLOCATED, &head, &data));
    assert_true(head.cause > 0);
    assert_int_equal(kit_settle(kit, 1, 1, DECIDE_UPHOLD), ANSWER_OK);
    expect_reason(kit, 1, 0, STATE_DECIDING, REASON_UNIVERSAL); // it waits for a person as it is
    allocation_check(kit);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_waits_for_consent_goes_on_when_it_comes),
        TEST(what_was_not_asked_after_all_waits),
        TEST(holds_follow_each_other),
        TEST(an_answer_that_is_late_still_counts),
        TEST(consent_ends_no_other_wait),
        TEST(what_waits_comes_to_a_person_when_the_family_refuses),
        TEST(a_queued_referral_comes_back_to_a_person_and_goes_on_again),
        TEST(a_worker_who_is_shown_it_hears_that_it_is_over),
        TEST(whoever_has_the_case_is_told),
        TEST(whoever_has_a_part_is_told_too),
        TEST(a_withdrawal_reaches_everybody_who_holds_the_case),
        TEST(support_ends_for_who_withdraws_beside_what_does_not),
        TEST(level_4_is_not_stopped),
        TEST(news_of_a_case_reaches_its_worker),
        TEST(what_comes_before_it_is_routed_is_answered_then),
        TEST(a_withdrawal_waits_for_a_person),
        TEST(level_4_does_not_end_with_its_partner),
        TEST(a_partner_uses_up_no_parts),
        TEST(a_worker_hears_of_a_withdrawal),
        TEST(a_partners_challenge_is_like_any_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
