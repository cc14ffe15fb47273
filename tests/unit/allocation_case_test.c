// SPDX-License-Identifier: MIT
// What becomes of cases: they end, are opened again, go on, and what was decided about them is challenged.
// Run by ctest.
#include "allocation_kit.h"

#include "common/base/civil.h"
#include "common/base/tag.h"

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

static int64_t moment(const char *text)
{
    int64_t ms;

    assert_true(civil_parse_time(span_text(text), &ms));
    return ms;
}

static void pass_to(struct kit *kit, const char *when)
{
    kit_pass(kit, moment(when) - fake_runtime_clock(kit->fake)->wall_ms, 1);
}

static void refer(struct kit *kit, uint64_t number, unsigned level)
{
    kit_refer(kit, &(struct kit_referral){.number = number, .level = level});
}

static struct closed last_closed(struct kit *kit)
{
    static union event_data data;
    struct event head;

    assert_true(fake_runtime_last(kit->fake, EVENT_CLOSED, &head, &data));
    return data.CLOSED;
}

// ---------------------------------------------------------------- close

static void a_worker_closes_a_case(void **state)
{
    struct kit *kit = *state;
    uint64_t token;

    refer(kit, 1, 3);
    token = kit_accept_lead(kit, 1, "fsw", "anna");
    assert_int_equal(kit_close_job(kit, 1, 0, "ben", token, OUTCOME_NEEDS_MET), ANSWER_STALE);
    assert_int_equal(kit_close_job(kit, 1, 0, "anna", token + 1, OUTCOME_NEEDS_MET), ANSWER_STALE);
    assert_int_equal(kit_close_job(kit, 1, 0, "manager", 0, OUTCOME_NEEDS_MET), ANSWER_STALE); // it does not wait at the hub
    assert_int_equal(kit_close_job(kit, 1, 0, "anna", token, OUTCOME_ENTERED_IN_ERROR), ANSWER_BAD_REQUEST);
    assert_int_equal(kit_close_job(kit, 1, 0, "anna", token, OUTCOME_UPHELD), ANSWER_BAD_REQUEST);
    kit_expect(kit, 1, 0, STATE_ACCEPTED, "fsw");
    assert_int_equal(kit_close_job(kit, 1, 0, "anna", token, OUTCOME_NEEDS_MET), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_CLOSED, "fsw");
    assert_int_equal(last_closed(kit).outcome, OUTCOME_NEEDS_MET);
    assert_int_equal(kit_close_job(kit, 1, 0, "anna", token, OUTCOME_MOVED_AWAY), ANSWER_STALE);
    assert_int_equal(kit_close_job(kit, 9, 0, "anna", token, OUTCOME_NEEDS_MET), ANSWER_NOT_FOUND);
    allocation_check(kit);
}

static void support_beside_a_case_goes_on_and_tasks_about_it_end(void **state)
{
    struct kit *kit = *state;
    uint64_t token;

    kit_refer(kit, &(struct kit_referral){.number = 1, .kind = KIND_CONTACT, .wants = UINT64_C(1) << WANT_PARENTING, .child_months = 150});
    kit_expect(kit, 1, 1, STATE_QUEUED, "take3");
    assert_int_equal(kit_part(kit, 1, REASON_EHA_MISSING), 2);
    token = kit_accept_lead(kit, 1, "fsw", "anna");
    assert_int_equal(kit_close_job(kit, 1, 0, "anna", token, OUTCOME_MOVED_AWAY), ANSWER_OK);
    kit_expect(kit, 1, 1, STATE_QUEUED, "take3");
    assert_int_equal(kit_row(kit, 1, 2).state, STATE_CLOSED);
    allocation_check(kit);
}

static void what_was_entered_in_error_ends_whole(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    kit_refer(kit, &(struct kit_referral){.number = 1, .kind = KIND_CONTACT, .wants = UINT64_C(1) << WANT_PARENTING, .child_months = 150});
    assert_int_equal(kit_take(kit, "take3", "ben", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_close_job(kit, 1, 0, "manager", 0, OUTCOME_ENTERED_IN_ERROR), ANSWER_OK);
    for (unsigned part = 0; part <= 2; part++)
        assert_int_equal(kit_row(kit, 1, part).state, STATE_CLOSED);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "ben", taken.token, 1, 1, 0), ANSWER_STALE);
    allocation_check(kit);
}

static void a_person_closes_what_waits_at_the_hub(void **state)
{
    struct kit *kit = *state;

    kit_refer(kit,
              &(struct kit_referral){.number = 1, .without_consent = true, .wants = UINT64_C(1) << WANT_PARENTING, .child_months = 150});
    kit_expect(kit, 1, 1, STATE_HELD, "hub-decision");
    assert_int_equal(kit_close_job(kit, 1, 1, "manager", 0, OUTCOME_FAMILY_DECLINED), ANSWER_BAD_REQUEST); // not before its lead
    assert_int_equal(kit_close_job(kit, 1, 0, "manager", 0, OUTCOME_FAMILY_DECLINED), ANSWER_OK);
    assert_int_equal(kit_row(kit, 1, 0).state, STATE_CLOSED);
    assert_int_equal(kit_row(kit, 1, 1).state, STATE_CLOSED);
    allocation_check(kit);
}

static void a_closed_case_is_no_longer_the_familys(void **state)
{
    struct kit *kit = *state;
    uint64_t token;

    kit_refer(kit, &(struct kit_referral){.number = 1, .family = 7});
    token = kit_accept_lead(kit, 1, "fsw", "anna");
    assert_int_equal(kit_close_job(kit, 1, 0, "anna", token, OUTCOME_NEEDS_MET), ANSWER_OK);
    kit_refer(kit, &(struct kit_referral){.number = 2, .family = 7});
    assert_int_equal(kit_row(kit, 2, 0).news_of, 0);
    assert_int_equal(kit_reopen(kit, 1, "manager"), ANSWER_OK);
    kit_refer(kit, &(struct kit_referral){.number = 3, .family = 7});
    assert_int_equal(kit_row(kit, 3, 0).news_of, 2); // the older of two equals
    allocation_check(kit);
}

// ---------------------------------------------------------------- reopen

static void a_reopened_case_is_kept_for_its_worker_until_it_is_late(void **state)
{
    struct kit *kit = *state;
    struct taken taken;
    uint64_t token;

    refer(kit, 1, 3);
    assert_int_equal(kit_reopen(kit, 1, "manager"), ANSWER_STALE); // it is open
    token = kit_accept_lead(kit, 1, "fsw", "anna");
    assert_int_equal(kit_close_job(kit, 1, 0, "anna", token, OUTCOME_NEEDS_MET), ANSWER_OK);
    assert_int_equal(kit_reopen(kit, 1, "manager"), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    assert_int_equal(kit_take(kit, "fsw", "ben", 1, &taken), ANSWER_EMPTY);
    allocation_check(kit);
    kit_restart(kit, true);
    assert_int_equal(kit_take(kit, "fsw", "ben", 1, &taken), ANSWER_EMPTY);
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_answer(kit, WORK_RELEASE, "anna", taken.token, 1, 0, 0), ANSWER_OK);
    assert_int_equal(kit_take(kit, "fsw", "ben", 1, &taken), ANSWER_EMPTY); // still hers
    allocation_check(kit);
    kit_pass(kit, kit_row(kit, 1, 0).due_ms - fake_runtime_clock(kit->fake)->wall_ms, 1);
    allocation_check(kit);
    assert_int_equal(kit_take(kit, "fsw", "ben", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "ben", taken.token, 1, 0, 0), ANSWER_OK);
    allocation_check(kit);
}

static void what_nobody_had_is_reopened_to_a_person(void **state)
{
    struct kit *kit = *state;
    struct job_row row;
    union event_data data;
    struct event head;

    refer(kit, 1, 1);
    assert_int_equal(kit_close_job(kit, 1, 0, "manager", 0, OUTCOME_ADVICE_GIVEN), ANSWER_OK);
    assert_int_equal(kit_reopen(kit, 1, "manager"), ANSWER_OK);
    row = kit_row(kit, 1, 0);
    assert_int_equal(row.state, STATE_DECIDING);
    assert_int_equal(row.reason, REASON_REOPENED);
    assert_true(row.due_ms > fake_runtime_clock(kit->fake)->wall_ms);
    assert_true(fake_runtime_last(kit->fake, EVENT_REOPENED, &head, &data));
    assert_int_equal(data.REOPENED.note, 77);
    assert_int_equal(kit_confirm(kit, 1, 0), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "universal");
    allocation_check(kit);
}

static void expect_reopened(struct kit *kit, uint64_t referral, enum decision_reason reason, const char *proposal)
{
    struct job_row row;

    assert_int_equal(kit_reopen(kit, referral, "manager"), ANSWER_OK);
    row = kit_row(kit, referral, 0);
    kit_expect(kit, referral, 0, STATE_DECIDING, "hub-decision");
    assert_string_equal(code_text(LIST_REASON, row.reason), code_text(LIST_REASON, reason));
    assert_true(span_is(name_table_text(kit->allocation->names, row.proposal), proposal));
}

static void close_as(struct kit *kit, uint64_t referral, uint64_t token, enum outcome outcome)
{
    assert_int_equal(kit_close_job(kit, referral, 0, token > 0 ? "anna" : "manager", token, outcome), ANSWER_OK);
}

static void level_4_is_reopened_for_whoever_takes_it_first(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    refer(kit, 1, 4);
    close_as(kit, 1, kit_accept_lead(kit, 1, "specialist", "anna"), OUTCOME_NEEDS_MET);
    assert_int_equal(kit_reopen(kit, 1, "manager"), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "specialist");
    assert_int_equal(kit_take(kit, "specialist", "ben", 1, &taken), ANSWER_OK); // not anna's alone
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "ben", taken.token, 1, 0, 0), ANSWER_OK);
    close_as(kit, 1, 0, OUTCOME_ENTERED_IN_ERROR);
    assert_int_equal(kit_challenge(kit, 1, "anna"), ANSWER_OK);
    assert_int_equal(kit_settle(kit, 1, kit_part(kit, 1, REASON_CHALLENGED), DECIDE_UPHOLD), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "specialist"); // nor a person's to look at first
    allocation_check(kit);
}

static void who_has_withdrawn_meanwhile_is_not_helped_again_unasked(void **state)
{
    struct kit *kit = *state;

    refer(kit, 1, 3);
    close_as(kit, 1, kit_accept_lead(kit, 1, "fsw", "anna"), OUTCOME_NEEDS_MET);
    kit_consent(kit, 1, CONSENT_WITHDRAWN);
    expect_reopened(kit, 1, REASON_CONSENT_REFUSED, "universal");
    kit_consent(kit, 1, CONSENT_GIVEN); // it goes on as for who refused at once
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    close_as(kit, 1, kit_accept_lead(kit, 1, "fsw", "anna"), OUTCOME_NEEDS_MET);
    kit_consent(kit, 1, CONSENT_WITHDRAWN);
    kit_refer(kit, &(struct kit_referral){.number = 1, .level = 3, .without_consent = true}); // an assessment: worth a look
    assert_int_equal(kit_confirm(kit, 1, kit_part(kit, 1, REASON_STEP_UP)), ANSWER_BAD_REQUEST);
    assert_int_equal(kit_row(kit, 1, 0).state, STATE_CLOSED);
    allocation_check(kit);
}

static void a_family_with_another_case_is_not_given_two_workers(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    kit_refer(kit, &(struct kit_referral){.number = 1, .family = 7, .level = 2});
    close_as(kit, 1, kit_accept_lead(kit, 1, "taf", "anna"), OUTCOME_NEEDS_MET);
    kit_refer(kit, &(struct kit_referral){.number = 2, .family = 7});
    kit_accept_lead(kit, 2, "fsw", "ben");
    expect_reopened(kit, 1, REASON_REOPENED, "fsw");
    assert_int_equal(kit_row(kit, 1, 0).news_of, 2);
    assert_int_equal(kit_confirm(kit, 1, 0), ANSWER_OK);
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_EMPTY);
    assert_int_equal(kit_take(kit, "fsw", "ben", 1, &taken), ANSWER_OK); // news for who has the family
    assert_true(taken.jobs[0].news_of.size > 0);
    kit_refer(kit, &(struct kit_referral){.number = 3, .family = 8});
    close_as(kit, 3, kit_accept_lead(kit, 3, "fsw", "anna"), OUTCOME_NEEDS_MET);
    kit_refer(kit, &(struct kit_referral){.number = 4, .family = 8, .level = 2});
    expect_reopened(kit, 3, REASON_STEP_UP, "fsw"); // higher than what is open
    assert_int_equal(kit_confirm(kit, 3, 0), ANSWER_OK);
    assert_int_equal(kit_row(kit, 3, 0).news_of, 0);
    allocation_check(kit);
}

static void nothing_is_reopened_for_who_cannot_have_it(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    kit_refer(kit, &(struct kit_referral){.number = 1, .family = 1});
    close_as(kit, 1, kit_accept_lead(kit, 1, "fsw", "anna"), OUTCOME_NEEDS_MET);
    kit_refer(kit, &(struct kit_referral){.number = 2, .family = 2});
    close_as(kit, 2, kit_accept_lead(kit, 2, "fsw", "anna"), OUTCOME_NEEDS_MET);
    kit_refer(kit, &(struct kit_referral){.number = 3, .family = 3});
    kit_accept_lead(kit, 3, "fsw", "anna");
    kit_link(kit, 2, 3);
    assert_int_equal(kit_reopen(kit, 2, "manager"), ANSWER_OK);
    assert_int_equal(kit_row(kit, 2, 0).worker_size, 0);
    assert_int_equal(kit_take(kit, "fsw", "ben", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_away(kit, "anna", INT64_C(86400000)), ANSWER_OK);
    assert_int_equal(kit_reopen(kit, 1, "manager"), ANSWER_OK);
    assert_int_equal(kit_row(kit, 1, 0).worker_size, 0);
    assert_int_equal(kit_take(kit, "fsw", "ben", 1, &taken), ANSWER_OK);
    allocation_check(kit);
}

// Level 3 without an assessment, with a young person whose parents want support: beside fsw stand take3 and a task.
static const struct kit_referral with_parts = {
    .number = 1, .kind = KIND_CONTACT, .wants = UINT64_C(1) << WANT_PARENTING, .child_months = 150};

static void what_ended_with_it_comes_back_with_it(void **state)
{
    struct kit *kit = *state;
    struct kit_referral referral = with_parts;
    struct kit rebuilt;
    struct taken taken;

    referral.without_consent = true;
    kit_refer(kit, &referral);
    close_as(kit, 1, 0, OUTCOME_ADVICE_GIVEN);
    expect_reopened(kit, 1, REASON_REOPENED, "fsw");
    kit_expect(kit, 1, 1, STATE_HELD, "hub-decision");
    kit_expect(kit, 1, 2, STATE_HELD, "hub-decision");
    assert_int_equal(kit_confirm(kit, 1, 1), ANSWER_BAD_REQUEST); // not before its lead
    assert_int_equal(kit_override(kit, 1, 0, "fsw", 3, WHY_CONSENT_OBTAINED), ANSWER_OK);
    kit_expect(kit, 1, 1, STATE_QUEUED, "take3");
    assert_int_equal(kit_part(kit, 1, REASON_EHA_MISSING), 2);
    allocation_check(kit);
    assert_int_equal(kit_take(kit, "take3", "ben", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "ben", taken.token, 1, 1, 0), ANSWER_OK);
    kit_conflict(kit, 1);
    close_as(kit, 1, 0, OUTCOME_ENTERED_IN_ERROR);
    assert_int_equal(kit->allocation->jobs.n_open, 0);
    expect_reopened(kit, 1, REASON_REOPENED, "fsw");
    kit_expect(kit, 1, 1, STATE_HELD, "hub-decision");
    assert_int_equal(kit_part(kit, 1, REASON_EHA_MISSING), 2);
    assert_int_equal(kit_part(kit, 1, REASON_FAMILY_CONFLICT), 3);
    assert_int_equal(kit_confirm(kit, 1, 0), ANSWER_OK);
    kit_expect(kit, 1, 1, STATE_QUEUED, "take3");
    allocation_check(kit);
    kit_open_after(&rebuilt, kit);
    kit_expect_equal(kit, &rebuilt);
    kit_close(&rebuilt);
}

static void a_reopened_case_still_lacks_what_it_lacked(void **state)
{
    struct kit *kit = *state;
    uint64_t token;

    kit_refer(kit, &with_parts);
    token = kit_accept_lead(kit, 1, "fsw", "anna");
    assert_int_equal(kit_progress(kit, 1, "anna", token, PROGRESS_PLAN), ANSWER_OK);
    close_as(kit, 1, token, OUTCOME_NEEDS_MET);
    assert_int_equal(kit_part(kit, 1, REASON_EHA_MISSING), 0);
    assert_int_equal(kit_reopen(kit, 1, "manager"), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    kit_expect(kit, 1, 1, STATE_QUEUED, "take3"); // it went on meanwhile
    assert_int_equal(kit_part(kit, 1, REASON_EHA_MISSING), 2);
    assert_int_equal(kit_row(kit, 1, 0).progress, 0); // the plan of before is no plan for now
    close_as(kit, 1, kit_accept_lead(kit, 1, "fsw", "anna"), OUTCOME_NEEDS_MET);
    kit_refer(kit, &(struct kit_referral){.number = 1, .level = 1}); // the assessment
    assert_int_equal(kit_reopen(kit, 1, "manager"), ANSWER_OK);
    assert_int_equal(kit_part(kit, 1, REASON_EHA_MISSING), 0);
    allocation_check(kit);
}

// ---------------------------------------------------------------- progress

static void only_the_worker_tells_of_progress(void **state)
{
    struct kit *kit = *state;
    uint64_t token;

    refer(kit, 1, 3);
    assert_int_equal(kit_progress(kit, 1, "anna", 1, PROGRESS_PLAN), ANSWER_STALE);
    token = kit_accept_lead(kit, 1, "fsw", "anna");
    assert_int_equal(kit_progress(kit, 1, "ben", token, PROGRESS_PLAN), ANSWER_STALE);
    assert_int_equal(kit_progress(kit, 1, "anna", token, PROGRESS_PLAN), ANSWER_OK);
    assert_int_equal(kit_row(kit, 1, 0).progress, 1 << PROGRESS_PLAN);
    assert_int_equal(kit_progress(kit, 1, "anna", token, PROGRESS_REVIEW), ANSWER_OK);
    assert_int_equal(kit_row(kit, 1, 0).progress, 1 << PROGRESS_PLAN | 1 << PROGRESS_REVIEW);
    assert_int_equal(fake_runtime_count_of(kit->fake, EVENT_PROGRESSED), 2);
}

// ---------------------------------------------------------------- challenges

static void a_challenge_goes_from_stage_to_stage(void **state)
{
    struct kit *kit = *state;
    static const char *const dues[] = {"2016-11-22T17:00:00Z", "2016-11-29T17:00:00Z", "2016-12-01T17:00:00Z"}; // 2, 5, 2 working days
    unsigned part;

    refer(kit, 1, 3);
    assert_int_equal(kit_challenge(kit, 1, "anna"), ANSWER_OK);
    part = kit_part(kit, 1, REASON_CHALLENGED);
    assert_int_equal(part, 1);
    for (unsigned stage = 1; stage <= 3; stage++) {
        assert_int_equal(kit_row(kit, 1, part).stage, stage);
        assert_int_equal(kit_row(kit, 1, part).due_ms, moment(dues[stage - 1]));
        pass_to(kit, dues[stage - 1]);
    }
    assert_int_equal(kit_row(kit, 1, part).stage, 3); // there is nobody above
    assert_int_equal(kit_row(kit, 1, part).rung, STAGE_OVERDUE);
    kit_expect(kit, 1, part, STATE_DECIDING, "hub-decision");
    assert_int_equal(kit_confirm(kit, 1, part), ANSWER_BAD_REQUEST);
    assert_int_equal(kit_override(kit, 1, part, "taf", 0, WHY_OTHER), ANSWER_BAD_REQUEST);
    assert_int_equal(kit_close_job(kit, 1, part, "manager", 0, OUTCOME_DONE), ANSWER_BAD_REQUEST);
    assert_int_equal(kit_settle(kit, 1, 0, DECIDE_UPHOLD), ANSWER_STALE); // the lead is queued
    assert_int_equal(kit_settle(kit, 1, part, DECIDE_DISMISS), ANSWER_OK);
    assert_int_equal(last_closed(kit).outcome, OUTCOME_DISMISSED);
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    allocation_check(kit);
}

static void a_challenge_that_is_upheld_opens_the_decision(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    refer(kit, 1, 3);
    assert_int_equal(kit_challenge(kit, 1, "ben"), ANSWER_OK);
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_settle(kit, 1, 1, DECIDE_UPHOLD), ANSWER_OK);
    assert_int_equal(last_closed(kit).outcome, OUTCOME_UPHELD);
    kit_expect(kit, 1, 0, STATE_DECIDING, "hub-decision");
    assert_int_equal(kit_row(kit, 1, 0).reason, REASON_CHALLENGED);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "anna", taken.token, 1, 0, 0), ANSWER_STALE);
    allocation_check(kit);
    assert_int_equal(kit_override(kit, 1, 0, "specialist", 4, WHY_NEED_HIGHER), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "specialist");
    allocation_check(kit);
}

static void an_upheld_challenge_opens_a_closed_case_and_tells_a_worker(void **state)
{
    struct kit *kit = *state;
    struct taken taken;
    uint64_t token;
    unsigned part;

    refer(kit, 1, 3);
    token = kit_accept_lead(kit, 1, "fsw", "anna");
    assert_int_equal(kit_challenge(kit, 1, "ben"), ANSWER_OK);
    assert_int_equal(kit_settle(kit, 1, 1, DECIDE_UPHOLD), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_ACCEPTED, "fsw"); // a worker's case is stepped, not taken away
    assert_int_equal(kit_take(kit, "fsw", "ben", 1, &taken), ANSWER_EMPTY);
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_OK);
    assert_int_equal(taken.jobs[0].reason, REASON_CHALLENGE_UPHELD);
    part = (unsigned)taken.jobs[0].part;
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "anna", taken.token, 1, part, 0), ANSWER_OK);
    assert_int_equal(kit_close_job(kit, 1, part, "anna", taken.token, OUTCOME_DONE), ANSWER_OK); // she has read it
    part = kit_part(kit, 1, REASON_CHALLENGE_UPHELD);
    kit_expect(kit, 1, part, STATE_DECIDING, "hub-decision"); // and a person sees to the step
    assert_int_equal(kit_settle(kit, 1, part, DECIDE_DISMISS), ANSWER_BAD_REQUEST);
    assert_int_equal(kit_confirm(kit, 1, part), ANSWER_OK);
    assert_int_equal(kit_close_job(kit, 1, 0, "anna", token, OUTCOME_NEEDS_MET), ANSWER_OK);
    assert_int_equal(kit_challenge(kit, 1, "ben"), ANSWER_OK);
    assert_int_equal(kit_settle(kit, 1, kit_part(kit, 1, REASON_CHALLENGED), DECIDE_UPHOLD), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_DECIDING, "hub-decision");
    assert_int_equal(kit_row(kit, 1, 0).reason, REASON_REOPENED);
    allocation_check(kit);
}

static void an_upheld_challenge_leaves_level_4_where_it_is_and_is_a_task(void **state)
{
    struct kit *kit = *state;

    refer(kit, 1, 4);
    assert_int_equal(kit_challenge(kit, 1, "ben"), ANSWER_OK);
    assert_int_equal(kit_settle(kit, 1, 1, DECIDE_UPHOLD), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "specialist");
    kit_expect(kit, 1, kit_part(kit, 1, REASON_CHALLENGE_UPHELD), STATE_DECIDING, "hub-decision");
    allocation_check(kit);
}

static void an_upheld_challenge_ends_a_wait(void **state)
{
    struct kit *kit = *state;

    kit_refer(kit,
              &(struct kit_referral){.number = 1, .without_consent = true, .wants = UINT64_C(1) << WANT_PARENTING, .child_months = 150});
    kit_challenged(kit, 1);
    assert_int_equal(kit_settle(kit, 1, kit_part(kit, 1, REASON_CHALLENGED), DECIDE_UPHOLD), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_DECIDING, "hub-decision");
    assert_int_equal(kit_row(kit, 1, 0).reason, REASON_CHALLENGED);
    assert_true(span_is(name_table_text(kit->allocation->names, kit_row(kit, 1, 0).proposal), "fsw"));
    kit_expect(kit, 1, 1, STATE_HELD, "hub-decision"); // it goes with its lead
    assert_int_equal(kit_override(kit, 1, 0, "specialist", 4, WHY_NEED_HIGHER), ANSWER_OK);
    kit_expect(kit, 1, 1, STATE_QUEUED, "take3");
    allocation_check(kit);
}

static void a_challenge_does_not_take_level_4_out_of_its_queue(void **state)
{
    struct kit *kit = *state;

    refer(kit, 1, 4);
    assert_int_equal(kit_challenge(kit, 1, "ben"), ANSWER_OK);
    assert_int_equal(kit_settle(kit, 1, 1, DECIDE_UPHOLD), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "specialist");
    allocation_check(kit);
}

static void challenges_do_not_run_out_of_parts(void **state)
{
    struct kit *kit = *state;

    refer(kit, 1, 3);
    for (unsigned i = 0; i < JOB_PARTS_MAX; i++)
        assert_int_equal(kit_challenge(kit, 1, i % 2 == 0 ? "anna" : "cem"), ANSWER_OK);
    assert_int_equal(kit_challenge(kit, 1, "ben"), ANSWER_BAD_REQUEST);
    assert_int_equal(kit_settle(kit, 1, 5, DECIDE_DISMISS), ANSWER_OK);
    assert_int_equal(kit_challenge(kit, 1, "ben"), ANSWER_OK); // a closed part's number is used again
    assert_int_equal(kit_row(kit, 1, 5).state, STATE_DECIDING);
    allocation_check(kit);
}

// The daemon died before it answered: whoever asks again has the first answer, and nothing happens twice.
static void who_asks_again_has_the_first_answer(void **state)
{
    struct kit *kit = *state;
    struct kit_step offer = {.referral = 2, .by = "anna", .level = 3, .team = "fsw", .to = "ben", .why = WHY_OTHER};
    uint64_t token, events;

    kit_refer(kit, &(struct kit_referral){.number = 1, .outside = true});
    refer(kit, 2, 3);
    offer.token = kit_accept_lead(kit, 2, "fsw", "anna");
    refer(kit, 3, 3);
    token = kit_accept_lead(kit, 3, "fsw", "cem");
    refer(kit, 4, 3);
    refer(kit, 5, 3);
    close_as(kit, 5, 0, OUTCOME_ENTERED_IN_ERROR);
    for (unsigned round = 0; round < 2; round++) {
        assert_int_equal(kit_override(kit, 1, 0, "taf", 0, WHY_OTHER_TEAM_FITS), ANSWER_OK);
        assert_int_equal(kit_step(kit, &offer), ANSWER_OK);
        assert_int_equal(kit_challenge(kit, 2, "anna"), ANSWER_OK);
        assert_int_equal(kit_close_job(kit, 3, 0, "cem", token, OUTCOME_NEEDS_MET), ANSWER_OK);
        assert_int_equal(kit_assign(kit, 4, 0, "ben"), ANSWER_OK);
        assert_int_equal(kit_reopen(kit, 5, "manager"), ANSWER_OK);
        if (round == 0)
            events = fake_runtime_count(kit->fake);
        kit_restart(kit, false);
    }
    assert_int_equal(fake_runtime_count(kit->fake), events);
    assert_int_equal(kit_override(kit, 1, 0, "fsw", 0, WHY_OTHER_TEAM_FITS), ANSWER_STALE); // that is another decision
    assert_int_equal(kit_close_job(kit, 3, 0, "dora", token, OUTCOME_NEEDS_MET), ANSWER_STALE);
    assert_int_equal(kit_reopen(kit, 5, "dora"), ANSWER_STALE);
    assert_int_equal(kit_challenge(kit, 2, "dora"), ANSWER_OK); // and another's challenge
    assert_int_equal(fake_runtime_count_of(kit->fake, EVENT_CHALLENGED), 2);
    allocation_check(kit);
}

static void cases_are_rebuilt_alike(void **state)
{
    struct kit *kit = *state;
    struct kit rebuilt;

    a_reopened_case_is_kept_for_its_worker_until_it_is_late(state);
    assert_int_equal(kit_challenge(kit, 1, "anna"), ANSWER_OK);
    kit_open_after(&rebuilt, kit);
    kit_expect_equal(kit, &rebuilt);
    allocation_check(&rebuilt);
    kit_close(&rebuilt);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_worker_closes_a_case),
        TEST(support_beside_a_case_goes_on_and_tasks_about_it_end),
        TEST(what_was_entered_in_error_ends_whole),
        TEST(a_person_closes_what_waits_at_the_hub),
        TEST(a_closed_case_is_no_longer_the_familys),
        TEST(a_reopened_case_is_kept_for_its_worker_until_it_is_late),
        TEST(what_nobody_had_is_reopened_to_a_person),
        TEST(level_4_is_reopened_for_whoever_takes_it_first),
        TEST(who_has_withdrawn_meanwhile_is_not_helped_again_unasked),
        TEST(a_family_with_another_case_is_not_given_two_workers),
        TEST(nothing_is_reopened_for_who_cannot_have_it),
        TEST(what_ended_with_it_comes_back_with_it),
        TEST(a_reopened_case_still_lacks_what_it_lacked),
        TEST(only_the_worker_tells_of_progress),
        TEST(a_challenge_goes_from_stage_to_stage),
        TEST(a_challenge_that_is_upheld_opens_the_decision),
        TEST(an_upheld_challenge_opens_a_closed_case_and_tells_a_worker),
        TEST(an_upheld_challenge_leaves_level_4_where_it_is_and_is_a_task),
        TEST(an_upheld_challenge_ends_a_wait),
        TEST(a_challenge_does_not_take_level_4_out_of_its_queue),
        TEST(who_asks_again_has_the_first_answer),
        TEST(challenges_do_not_run_out_of_parts),
        TEST(cases_are_rebuilt_alike),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
