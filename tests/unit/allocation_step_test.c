// SPDX-License-Identifier: MIT
// Cases that step up and down, are handed over, and are assessed anew.
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

static void refer(struct kit *kit, uint64_t number, unsigned level)
{
    kit_refer(kit, &(struct kit_referral){.number = number, .level = level});
}

static struct stepped last_step(struct kit *kit)
{
    static union event_data data;
    struct event head;

    assert_true(fake_runtime_last(kit->fake, EVENT_STEPPED, &head, &data));
    return data.STEPPED;
}

static void expect_refusal(struct kit *kit, const struct kit_step *step, const char *path, enum fault code)
{
    assert_int_equal(kit_step(kit, step), ANSWER_BAD_REQUEST);
    assert_true(span_is(kit->refusal.path, path));
    assert_string_equal(code_text(LIST_FAULT, kit->refusal.code), code_text(LIST_FAULT, code));
}

static void expect_reason(struct kit *kit, uint64_t referral, unsigned part, enum state state, enum decision_reason reason)
{
    struct job_row row = kit_row(kit, referral, part);

    assert_string_equal(code_text(LIST_STATE, row.state), code_text(LIST_STATE, state));
    assert_string_equal(code_text(LIST_REASON, row.reason), code_text(LIST_REASON, reason));
}

static void expect_worker(struct kit *kit, uint64_t referral, const char *team, const char *worker, unsigned level)
{
    struct job_row row = kit_row(kit, referral, 0);

    kit_expect(kit, referral, 0, STATE_ACCEPTED, team);
    assert_true(span_is(job_worker(&row), worker));
    assert_int_equal(row.level, level);
}

// ---------------------------------------------------------------- up to level 4

static void level_4_goes_at_once(void **state)
{
    struct kit *kit = *state;
    uint64_t token;
    struct taken taken;

    kit_refer(kit, &(struct kit_referral){.number = 1, .consent = CONSENT_GIVEN});
    token = kit_accept_lead(kit, 1, "fsw", "anna");
    kit_consent(kit, 1, CONSENT_WITHDRAWN); // does not matter
    expect_refusal(kit, &(struct kit_step){1, "anna", token, 4, "taf", NULL, WHY_NEED_HIGHER}, "/team", FAULT_OUT_OF_RANGE);
    assert_int_equal(kit_step(kit, &(struct kit_step){1, "ben", token, 4, "specialist", NULL, WHY_NEED_HIGHER}), ANSWER_STALE);
    assert_int_equal(kit_step(kit, &(struct kit_step){1, "anna", token, 4, "specialist", NULL, WHY_NEED_HIGHER}), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "specialist");
    assert_int_equal(kit_row(kit, 1, 0).level, 4);
    assert_int_equal(last_step(kit).from_level, 3);
    assert_int_equal(last_step(kit).note, 78);
    assert_true(span_is(last_step(kit).from_worker, "anna"));
    assert_int_equal(kit_take(kit, "fsw", "ben", 1, &taken), ANSWER_EMPTY);
    assert_int_equal(kit_take(kit, "fsw", "anna", 4, &taken), ANSWER_OK); // she is told
    assert_int_equal(taken.n_jobs, 1);
    assert_int_equal(taken.jobs[0].reason, REASON_STEP_UP);
    assert_int_equal(kit_part(kit, 1, REASON_CONSENT_WITHDRAWN), 1);
    kit_expect(kit, 1, 1, STATE_QUEUED, "specialist");                                     // news of the case goes with it
    assert_int_equal(kit_close_job(kit, 1, 0, "anna", token, OUTCOME_DONE), ANSWER_STALE); // it is hers no more
    allocation_check(kit);
}

static void no_policy_makes_level_4_wait(void **state)
{
    static const char text[] = "steps: [{step: ALL, needs: [plan, consent, receiver], source: a policy of before the check}]\n";
    struct kit *kit = *state;
    uint64_t token;

    kit_adopt_with(kit, "steps.yaml", text);
    kit_refer(kit, &(struct kit_referral){.number = 1, .consent = CONSENT_GIVEN});
    token = kit_accept_lead(kit, 1, "fsw", "anna");
    kit_consent(kit, 1, CONSENT_WITHDRAWN);
    expect_refusal(kit, &(struct kit_step){1, "anna", token, 3, "taf", NULL, WHY_NONE}, "/referral", FAULT_NOT_YET);
    assert_int_equal(kit_step(kit, &(struct kit_step){1, "anna", token, 4, "specialist", NULL, WHY_NEED_HIGHER}), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "specialist");
    allocation_check(kit);
}

static void to_level_4_nobody_must_say_why_but_is_asked(void **state)
{
    struct kit *kit = *state;
    uint64_t token;

    kit_refer(kit, &(struct kit_referral){.number = 1, .consent = CONSENT_GIVEN});
    token = kit_accept_lead(kit, 1, "fsw", "anna");
    kit_consent(kit, 1, CONSENT_WITHDRAWN);
    expect_refusal(kit, &(struct kit_step){1, "anna", token, 2, "fsw", NULL, WHY_COUNT}, "/why", FAULT_MISSING);
    assert_int_equal(kit_step(kit, &(struct kit_step){1, "anna", token, 4, "specialist", NULL, WHY_COUNT}), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "specialist");
    kit_expect(kit, 1, kit_part(kit, 1, REASON_DATA_QUALITY), STATE_DECIDING, "hub-decision");
    assert_int_equal(last_step(kit).basis, BASIS_LEGAL_OBLIGATION); // the family agrees no longer
    assert_int_equal(kit_row(kit, 1, 0).basis, BASIS_LEGAL_OBLIGATION);
    allocation_check(kit);
}

static void whoever_sees_level_4_need_not_have_it(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    refer(kit, 1, 2);
    refer(kit, 2, 1); // waits for a person
    assert_int_equal(kit_take(kit, "taf", "anna", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_step(kit, &(struct kit_step){1, "anna", taken.token, 3, "fsw", NULL, WHY_NEED_HIGHER}), ANSWER_STALE);
    assert_int_equal(kit_step(kit, &(struct kit_step){1, "anna", taken.token, 4, "specialist", NULL, WHY_NEED_HIGHER}), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "specialist");
    assert_int_equal(kit_step(kit, &(struct kit_step){2, "manager", 0, 4, "specialist", NULL, WHY_NEED_HIGHER}), ANSWER_OK);
    kit_expect(kit, 2, 0, STATE_QUEUED, "specialist");
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "anna", taken.token, 1, 0, 0), ANSWER_STALE);
    allocation_check(kit);
}

static void what_is_held_beside_it_goes_too_unless_the_family_refuses(void **state)
{
    struct kit *kit = *state;
    struct kit_referral referral = {.number = 1, .wants = UINT64_C(1) << WANT_PARENTING, .child_months = 150, .without_consent = true};

    kit_refer(kit, &referral);
    assert_int_equal(kit_step(kit, &(struct kit_step){1, "manager", 0, 4, "specialist", NULL, WHY_NEED_HIGHER}), ANSWER_OK);
    kit_expect(kit, 1, 1, STATE_QUEUED, "take3");
    referral.number = 2;
    kit_refer(kit, &referral);
    kit_consent(kit, 2, CONSENT_REFUSED);
    kit_refer(kit, &(struct kit_referral){.number = 2, .level = 4, .without_consent = true}); // an assessment
    kit_expect(kit, 2, 0, STATE_QUEUED, "specialist");
    expect_reason(kit, 2, 1, STATE_DECIDING, REASON_CONSENT_WITHDRAWN);
    allocation_check(kit);
}

// ---------------------------------------------------------------- handing over

static void a_step_down_needs_plan_consent_receiver_and_reason(void **state)
{
    struct kit *kit = *state;
    struct kit_step step = {.referral = 1, .by = "anna", .level = 2, .team = "taf"};

    refer(kit, 1, 3);
    step.token = kit_accept_lead(kit, 1, "fsw", "anna");
    expect_refusal(kit, &step, "/level", FAULT_OUT_OF_RANGE); // why
    step.why = WHY_NEED_LOWER;
    expect_refusal(kit, &step, "/referral", FAULT_NOT_YET); // plan
    assert_int_equal(kit_progress(kit, 1, "anna", step.token, PROGRESS_PLAN), ANSWER_OK);
    expect_refusal(kit, &step, "/to_worker", FAULT_MISSING);
    step.to = "ben";
    kit_consent(kit, 1, CONSENT_WITHDRAWN);
    expect_refusal(kit, &step, "/referral", FAULT_NOT_YET);
    kit_consent(kit, 1, CONSENT_GIVEN);
    step.team = "plumbers";
    expect_refusal(kit, &step, "/team", FAULT_UNKNOWN_CODE);
    step.team = "hub-decision";
    expect_refusal(kit, &step, "/team", FAULT_UNKNOWN_CODE);
    assert_int_equal(fake_runtime_count_of(kit->fake, EVENT_OFFERED), 0);
    step.team = "taf";
    assert_int_equal(kit_step(kit, &step), ANSWER_OK);
    expect_worker(kit, 1, "fsw", "anna", 3); // until ben accepts
    step.to = "cem";
    expect_refusal(kit, &step, "/referral", FAULT_TOO_MANY);
    allocation_check(kit);
}

static uint64_t offer_to_ben(struct kit *kit)
{
    struct kit_step step = {.referral = 1, .by = "anna", .level = 2, .team = "taf", .to = "ben", .why = WHY_NEED_LOWER};

    refer(kit, 1, 3);
    step.token = kit_accept_lead(kit, 1, "fsw", "anna");
    assert_int_equal(kit_progress(kit, 1, "anna", step.token, PROGRESS_PLAN), ANSWER_OK);
    assert_int_equal(kit_step(kit, &step), ANSWER_OK);
    kit_expect(kit, 1, 1, STATE_QUEUED, "taf");
    return step.token;
}

static void a_case_is_handed_over_when_the_other_accepts(void **state)
{
    struct kit *kit = *state;
    uint64_t token = offer_to_ben(kit);
    struct taken taken;
    struct kit rebuilt;

    assert_int_equal(kit_take(kit, "taf", "cem", 1, &taken), ANSWER_EMPTY); // ben's alone
    assert_int_equal(kit_take(kit, "taf", "ben", 1, &taken), ANSWER_OK);
    assert_int_equal(taken.jobs[0].reason, REASON_HANDOVER);
    assert_int_equal(taken.jobs[0].level, 2);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "ben", taken.token, 1, 1, 0), ANSWER_OK);
    expect_worker(kit, 1, "taf", "ben", 2);
    assert_int_equal(kit_row(kit, 1, 1).state, STATE_CLOSED);
    assert_int_equal(last_step(kit).from_level, 3);
    assert_int_equal(last_step(kit).offer, 1);
    assert_int_equal(last_step(kit).basis, BASIS_PUBLIC_TASK); // as it was offered
    assert_int_equal(kit_row(kit, 1, 0).basis, BASIS_PUBLIC_TASK);
    assert_true(span_is(last_step(kit).from_team, "fsw"));
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "ben", taken.token, 1, 1, 0), ANSWER_OK); // again: the first answer
    assert_int_equal(fake_runtime_count_of(kit->fake, EVENT_STEPPED), 1);
    assert_int_equal(kit_close_job(kit, 1, 0, "anna", token, OUTCOME_NEEDS_MET), ANSWER_STALE);
    assert_true(kit_row(kit, 1, 0).due_ms > fake_runtime_clock(kit->fake)->wall_ms);
    allocation_check(kit);
    kit_open_after(&rebuilt, kit);
    kit_expect_equal(kit, &rebuilt);
    kit_close(&rebuilt);
    assert_int_equal(kit_close_job(kit, 1, 0, "ben", taken.token, OUTCOME_NEEDS_MET), ANSWER_OK);
    allocation_check(kit);
}

static void a_declined_offer_leaves_the_case_where_it_is(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    offer_to_ben(kit);
    assert_int_equal(kit_take(kit, "taf", "ben", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_decline_part(kit, "ben", taken.token, 1, 1), ANSWER_OK);
    assert_int_equal(kit_row(kit, 1, 1).state, STATE_CLOSED);
    expect_worker(kit, 1, "fsw", "anna", 3);
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_OK); // she is told
    assert_int_equal(taken.jobs[0].reason, REASON_HANDOVER);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "anna", taken.token, 1, (unsigned)taken.jobs[0].part, 0), ANSWER_OK);
    expect_worker(kit, 1, "fsw", "anna", 3); // news is no offer
    allocation_check(kit);
}

static void an_offer_that_nobody_answers_ends(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    offer_to_ben(kit);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(kit_take(kit, "taf", "ben", 1, &taken), ANSWER_OK);
        assert_int_equal(kit_answer(kit, WORK_RELEASE, "ben", taken.token, 1, 1, 0), ANSWER_OK);
    }
    assert_int_equal(kit_row(kit, 1, 1).state, STATE_CLOSED);
    expect_worker(kit, 1, "fsw", "anna", 3);
    allocation_check(kit);
}

static void an_offer_is_taken_back(void **state)
{
    struct kit *kit = *state;
    uint64_t token = offer_to_ben(kit);
    struct taken taken;

    assert_int_equal(kit_take(kit, "taf", "ben", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_close_job(kit, 1, 1, "cem", token, OUTCOME_NOT_HANDED_OVER), ANSWER_STALE);
    assert_int_equal(kit_close_job(kit, 1, 1, "anna", token, OUTCOME_NEEDS_MET), ANSWER_BAD_REQUEST);
    assert_int_equal(kit_close_job(kit, 1, 1, "anna", token, OUTCOME_NOT_HANDED_OVER), ANSWER_OK);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "ben", taken.token, 1, 1, 0), ANSWER_STALE);
    expect_worker(kit, 1, "fsw", "anna", 3);
    allocation_check(kit);
}

static void an_offer_ends_with_its_case(void **state)
{
    struct kit *kit = *state;
    uint64_t token = offer_to_ben(kit);
    struct taken taken;

    assert_int_equal(kit_take(kit, "taf", "ben", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_step(kit, &(struct kit_step){1, "anna", token, 4, "specialist", NULL, WHY_NEED_HIGHER}), ANSWER_OK);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "ben", taken.token, 1, 1, 0), ANSWER_STALE);
    kit_expect(kit, 1, 0, STATE_QUEUED, "specialist");
    allocation_check(kit);
}

// The level that was offered would undo the other.
static void a_case_does_not_change_its_level_while_it_is_offered(void **state)
{
    struct kit *kit = *state;
    struct kit_step step = {.referral = 1, .by = "anna", .level = 2, .team = "fsw", .to = "ben", .why = WHY_OTHER};
    struct taken taken;

    refer(kit, 1, 2);
    step.token = kit_accept_lead(kit, 1, "taf", "anna");
    assert_int_equal(kit_step(kit, &step), ANSWER_OK);
    expect_refusal(kit, &(struct kit_step){1, "anna", step.token, 3, "taf", NULL, WHY_NEED_HIGHER}, "/referral", FAULT_TOO_MANY);
    assert_int_equal(kit_take(kit, "fsw", "ben", 1, &taken), ANSWER_OK);
    expect_refusal(kit, &(struct kit_step){1, "anna", step.token, 3, "taf", NULL, WHY_NEED_HIGHER}, "/referral", FAULT_TOO_MANY);
    assert_int_equal(kit_close_job(kit, 1, 1, "anna", step.token, OUTCOME_NOT_HANDED_OVER), ANSWER_OK);
    assert_int_equal(kit_step(kit, &(struct kit_step){1, "anna", step.token, 3, "taf", NULL, WHY_NEED_HIGHER}), ANSWER_OK);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "ben", taken.token, 1, 1, 0), ANSWER_STALE);
    expect_worker(kit, 1, "taf", "anna", 3);
    allocation_check(kit);
}

static void nothing_is_offered_to_who_is_away(void **state)
{
    struct kit *kit = *state;
    const int64_t day_ms = 86400000;
    struct kit_step step = {.referral = 1, .by = "anna", .level = 3, .team = "fsw", .to = "ben", .why = WHY_OTHER};
    struct taken taken;
    struct kit rebuilt;

    refer(kit, 1, 3);
    step.token = kit_accept_lead(kit, 1, "fsw", "anna");
    assert_int_equal(kit_step(kit, &step), ANSWER_OK);
    assert_int_equal(kit_away(kit, "cem", day_ms), ANSWER_OK);
    assert_int_equal(kit_row(kit, 1, 1).state, STATE_QUEUED); // it is ben's to answer
    assert_int_equal(kit_away(kit, "ben", day_ms), ANSWER_OK);
    assert_int_equal(kit_row(kit, 1, 1).outcome, OUTCOME_NOT_HANDED_OVER);
    expect_worker(kit, 1, "fsw", "anna", 3);
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_OK); // she is told
    assert_int_equal(taken.jobs[0].reason, REASON_HANDOVER);
    expect_refusal(kit, &step, "/to_worker", FAULT_OUT_OF_RANGE);
    assert_int_equal(kit_away(kit, "ben", 0), ANSWER_OK); // back
    assert_int_equal(kit_step(kit, &step), ANSWER_OK);
    assert_int_equal(kit_take(kit, "fsw", "ben", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_away(kit, "ben", day_ms), ANSWER_OK); // he is looking at it
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "ben", taken.token, 1, (unsigned)taken.jobs[0].part, 0), ANSWER_OK);
    expect_worker(kit, 1, "fsw", "ben", 3);
    allocation_check(kit);
    kit_open_after(&rebuilt, kit);
    kit_expect_equal(kit, &rebuilt);
    kit_close(&rebuilt);
}

static void news_goes_with_the_case_to_its_new_worker(void **state)
{
    struct kit *kit = *state;
    struct kit_step step = {.referral = 1, .by = "anna", .level = 3, .team = "fsw", .to = "ben"};
    struct taken taken;

    refer(kit, 1, 3);
    step.token = kit_accept_lead(kit, 1, "fsw", "anna");
    kit_withdraw(kit, 1);
    assert_int_equal(kit_take(kit, "fsw", "cem", 1, &taken), ANSWER_EMPTY); // it stands in anna's own queue now
    step.why = WHY_OTHER;
    assert_int_equal(kit_step(kit, &step), ANSWER_OK);
    assert_int_equal(kit_take(kit, "fsw", "ben", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "ben", taken.token, 1, (unsigned)taken.jobs[0].part, 0), ANSWER_OK);
    expect_worker(kit, 1, "fsw", "ben", 3);
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_EMPTY);
    assert_int_equal(kit_take(kit, "fsw", "ben", 1, &taken), ANSWER_OK);
    assert_int_equal(taken.jobs[0].reason, REASON_WITHDRAWN);
    allocation_check(kit);
}

static void an_offer_to_a_team_is_anybodys_there(void **state)
{
    struct kit *kit = *state;
    struct kit_step step = {.referral = 1, .by = "anna", .level = 3, .team = "fsw"};
    struct taken taken;

    refer(kit, 1, 2);
    step.token = kit_accept_lead(kit, 1, "taf", "anna");
    assert_int_equal(kit_step(kit, &step), ANSWER_OK);
    assert_int_equal(kit_take(kit, "fsw", "dora", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "dora", taken.token, 1, 1, 0), ANSWER_OK);
    expect_worker(kit, 1, "fsw", "dora", 3);
    allocation_check(kit);
}

static void a_worker_keeps_a_case_at_another_level(void **state)
{
    struct kit *kit = *state;
    struct kit_step step = {.referral = 1, .by = "anna", .level = 3, .team = "taf"};

    refer(kit, 1, 2);
    step.token = kit_accept_lead(kit, 1, "taf", "anna");
    assert_int_equal(kit_step(kit, &step), ANSWER_OK);
    expect_worker(kit, 1, "taf", "anna", 3);
    assert_int_equal(kit_step(kit, &step), ANSWER_OK); // asked again: the first answer
    assert_int_equal(fake_runtime_count_of(kit->fake, EVENT_STEPPED), 1);
    step.to = "anna";
    step.level = 2;
    step.why = WHY_NEED_HIGHER;
    expect_refusal(kit, &step, "/level", FAULT_OUT_OF_RANGE);
    assert_int_equal(kit_progress(kit, 1, "anna", step.token, PROGRESS_CONTACT), ANSWER_OK); // the same token
    allocation_check(kit);
}

static void level_4_steps_down_to_a_named_worker(void **state)
{
    struct kit *kit = *state;
    struct kit_step step = {.referral = 1, .by = "anna", .level = 3, .team = "fsw", .to = "ben", .why = WHY_NEED_LOWER};
    struct taken taken;

    refer(kit, 1, 4);
    step.token = kit_accept_lead(kit, 1, "specialist", "anna");
    expect_refusal(kit, &step, "/referral", FAULT_NOT_YET);
    assert_int_equal(kit_progress(kit, 1, "anna", step.token, PROGRESS_PLAN), ANSWER_OK);
    assert_int_equal(kit_step(kit, &step), ANSWER_OK);
    assert_int_equal(kit_take(kit, "fsw", "ben", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "ben", taken.token, 1, 1, 0), ANSWER_OK);
    expect_worker(kit, 1, "fsw", "ben", 3);
    allocation_check(kit);
}

// ---------------------------------------------------------------- assessments

static void assess(struct kit *kit, uint64_t number, unsigned level)
{
    kit_refer(kit, &(struct kit_referral){.number = number, .level = level});
}

static void what_waits_for_an_assessment_goes_on(void **state)
{
    struct kit *kit = *state;

    kit_refer(kit, &(struct kit_referral){.number = 1, .level = 2, .kind = KIND_CONTACT});
    expect_reason(kit, 1, 0, STATE_HELD, REASON_AWAITING_EHA);
    assess(kit, 1, 2);
    kit_expect(kit, 1, 0, STATE_QUEUED, "taf");
    kit_refer(kit, &(struct kit_referral){.number = 2, .level = 2, .kind = KIND_CONTACT});
    assess(kit, 2, 3);
    kit_expect(kit, 2, 0, STATE_QUEUED, "fsw");
    kit_refer(kit, &(struct kit_referral){.number = 3, .level = 2, .kind = KIND_CONTACT});
    assess(kit, 3, 1); // the machine does not lower: whoever accepts must look
    kit_expect(kit, 3, 0, STATE_QUEUED, "taf");
    assert_int_equal(kit_row(kit, 3, 0).level, 2);
    assert_int_equal(kit_row(kit, 3, 0).marks, 1 << MARK_CLAIM_ABOVE_COMPUTED);
    allocation_check(kit);
}

static void an_assessment_without_an_answer_leaves_the_answer(void **state)
{
    struct kit *kit = *state;

    kit_refer(kit, &(struct kit_referral){.number = 1, .level = 2, .kind = KIND_CONTACT}); // consent was given
    kit_refer(kit, &(struct kit_referral){.number = 1, .level = 2, .without_consent = true});
    kit_expect(kit, 1, 0, STATE_QUEUED, "taf");
    kit_refer(kit, &(struct kit_referral){.number = 2, .level = 2, .kind = KIND_CONTACT, .without_consent = true});
    expect_reason(kit, 2, 0, STATE_HELD, REASON_AWAITING_CONSENT);
    kit_refer(kit, &(struct kit_referral){.number = 2, .level = 2, .without_consent = true});
    expect_reason(kit, 2, 0, STATE_HELD, REASON_AWAITING_CONSENT);
    kit_consent(kit, 2, CONSENT_GIVEN);
    kit_expect(kit, 2, 0, STATE_QUEUED, "taf"); // the assessment is there already
    allocation_check(kit);
}

static void an_answer_that_comes_with_an_assessment_counts(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    refer(kit, 1, 3);
    kit_refer(kit, &(struct kit_referral){.number = 1, .consent = CONSENT_REFUSED});
    expect_reason(kit, 1, 0, STATE_DECIDING, REASON_CONSENT_REFUSED);
    kit_refer(kit, &(struct kit_referral){.number = 1, .consent = CONSENT_GIVEN});
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    kit_accept_lead(kit, 1, "fsw", "anna");
    kit_refer(kit, &(struct kit_referral){.number = 1, .consent = CONSENT_WITHDRAWN});
    expect_worker(kit, 1, "fsw", "anna", 3);
    assert_int_equal(kit_take(kit, "fsw", "anna", 4, &taken), ANSWER_OK);
    assert_int_equal(taken.n_jobs, 2); // the assessment, and what it says of consent
    kit_refer(kit, &(struct kit_referral){.number = 2, .level = 4});
    kit_refer(kit, &(struct kit_referral){.number = 2, .level = 4, .consent = CONSENT_REFUSED});
    kit_expect(kit, 2, 0, STATE_QUEUED, "specialist");
    allocation_check(kit);
}

static void the_task_for_an_assessment_is_done_by_it(void **state)
{
    struct kit *kit = *state;

    kit_refer(kit, &(struct kit_referral){.number = 1, .kind = KIND_CONTACT});
    kit_refer(kit, &(struct kit_referral){.number = 2, .kind = KIND_CONTACT, .without_consent = true});
    expect_reason(kit, 1, 1, STATE_DECIDING, REASON_EHA_MISSING);
    assert_int_equal(kit_row(kit, 2, 1).state, STATE_HELD);
    assess(kit, 1, 3);
    kit_refer(kit, &(struct kit_referral){.number = 2, .without_consent = true});
    assert_int_equal(kit_row(kit, 1, 1).state, STATE_CLOSED);
    assert_int_equal(kit_row(kit, 2, 1).state, STATE_CLOSED);
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    allocation_check(kit);
}

static void a_queued_referral_goes_up_with_its_assessment(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    refer(kit, 1, 2);
    refer(kit, 2, 1);
    refer(kit, 3, 2);
    assert_int_equal(kit_take(kit, "taf", "anna", 1, &taken), ANSWER_OK);
    assess(kit, 1, 3);
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "anna", taken.token, 1, 0, 0), ANSWER_STALE);
    assess(kit, 2, 3); // a person was to turn it away
    kit_expect(kit, 2, 0, STATE_QUEUED, "fsw");
    assess(kit, 3, 4);
    kit_expect(kit, 3, 0, STATE_QUEUED, "specialist");
    assess(kit, 1, 2);
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    assert_int_equal(kit_row(kit, 1, 0).level, 3);
    allocation_check(kit);
}

static void a_workers_case_is_suggested_to_go_up(void **state)
{
    struct kit *kit = *state;
    struct taken taken;
    unsigned part;

    refer(kit, 1, 2);
    kit_accept_lead(kit, 1, "taf", "anna");
    assess(kit, 1, 3);
    assess(kit, 1, 3); // told once
    expect_worker(kit, 1, "taf", "anna", 2);
    part = kit_part(kit, 1, REASON_STEP_UP);
    kit_expect(kit, 1, part, STATE_DECIDING, "hub-decision");
    assert_int_equal(kit_take(kit, "taf", "anna", 4, &taken), ANSWER_OK);
    assert_int_equal(taken.n_jobs, 1);
    assert_int_equal(kit_settle(kit, 1, part, DECIDE_UPHOLD), ANSWER_BAD_REQUEST);
    assert_int_equal(kit_confirm(kit, 1, part), ANSWER_OK);
    kit_expect(kit, 1, part, STATE_QUEUED, "fsw"); // an offer now
    expect_worker(kit, 1, "taf", "anna", 2);
    allocation_check(kit);
    assert_int_equal(kit_take(kit, "fsw", "ben", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "ben", taken.token, 1, part, 0), ANSWER_OK);
    expect_worker(kit, 1, "fsw", "ben", 3);
    allocation_check(kit);
}

static void a_suggested_step_is_settled_otherwise(void **state)
{
    struct kit *kit = *state;
    unsigned part;

    refer(kit, 1, 2);
    kit_accept_lead(kit, 1, "taf", "anna");
    assess(kit, 1, 3);
    part = kit_part(kit, 1, REASON_STEP_UP);
    assert_int_equal(kit_settle(kit, 1, part, DECIDE_DISMISS), ANSWER_OK);
    expect_worker(kit, 1, "taf", "anna", 2);
    assess(kit, 1, 3);
    part = kit_part(kit, 1, REASON_STEP_UP);
    while (kit_row(kit, 1, part).state != STATE_DECIDING) // behind the news that tells her
        part++;
    assert_int_equal(kit_override(kit, 1, part, "fsw", 2, WHY_OTHER), ANSWER_BAD_REQUEST); // no step up
    assert_int_equal(kit_override(kit, 1, part, "taf", 4, WHY_NEED_HIGHER), ANSWER_BAD_REQUEST);
    assert_int_equal(kit_override(kit, 1, part, "taf", 3, WHY_OTHER_TEAM_FITS), ANSWER_OK); // she keeps it
    expect_worker(kit, 1, "taf", "anna", 3);
    assert_int_equal(kit_row(kit, 1, part).state, STATE_CLOSED);
    allocation_check(kit);
}

static void a_workers_case_goes_to_level_4_at_once(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    refer(kit, 1, 3);
    kit_accept_lead(kit, 1, "fsw", "anna");
    assess(kit, 1, 4);
    kit_expect(kit, 1, 0, STATE_QUEUED, "specialist");
    assert_true(span_is(last_step(kit).by, "hub"));
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_OK);
    assert_int_equal(taken.jobs[0].reason, REASON_STEP_UP);
    allocation_check(kit);
}

static void an_assessment_that_changes_nothing_is_news(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    refer(kit, 1, 3);
    kit_accept_lead(kit, 1, "fsw", "anna");
    for (unsigned i = 0; i <= JOB_PARTS_MAX; i++)
        assess(kit, 1, 2); // told once, until she has read it
    expect_worker(kit, 1, "fsw", "anna", 3);
    assert_int_equal(kit_take(kit, "fsw", "anna", 4, &taken), ANSWER_OK);
    assert_int_equal(taken.n_jobs, 1);
    assert_true(taken.jobs[0].news_of.size > 0);
    assess(kit, 1, 2);
    assert_int_equal(kit_take(kit, "fsw", "anna", 4, &taken), ANSWER_OK);
    allocation_check(kit);
}

static void a_closed_case_is_looked_at_again(void **state)
{
    struct kit *kit = *state;
    uint64_t token;

    refer(kit, 1, 3);
    token = kit_accept_lead(kit, 1, "fsw", "anna");
    assert_int_equal(kit_close_job(kit, 1, 0, "anna", token, OUTCOME_NEEDS_MET), ANSWER_OK);
    assess(kit, 1, 1);
    assert_int_equal(kit_part(kit, 1, REASON_STEP_UP), 0);
    assess(kit, 1, 2);
    assert_int_equal(kit_row(kit, 1, 0).state, STATE_CLOSED); // a person opens it
    assert_int_equal(kit_confirm(kit, 1, kit_part(kit, 1, REASON_STEP_UP)), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "taf");
    allocation_check(kit);
    token = kit_accept_lead(kit, 1, "taf", "ben");
    assert_int_equal(kit_close_job(kit, 1, 0, "ben", token, OUTCOME_NEEDS_MET), ANSWER_OK);
    assess(kit, 1, 4); // waits for nobody
    kit_expect(kit, 1, 0, STATE_QUEUED, "specialist");
    allocation_check(kit);
}

// Else the need that was seen would go away with the worker who had not.
static void a_suggested_step_outlives_its_case(void **state)
{
    struct kit *kit = *state;
    struct taken taken;
    uint64_t token;

    refer(kit, 1, 2);
    token = kit_accept_lead(kit, 1, "taf", "anna");
    assess(kit, 1, 3);
    assert_int_equal(kit_close_job(kit, 1, 0, "anna", token, OUTCOME_NEEDS_MET), ANSWER_OK);
    assert_int_equal(kit_take(kit, "taf", "anna", 1, &taken), ANSWER_EMPTY); // what told her is over
    expect_reason(kit, 1, kit_part(kit, 1, REASON_STEP_UP), STATE_DECIDING, REASON_STEP_UP);
    assert_int_equal(kit_confirm(kit, 1, kit_part(kit, 1, REASON_STEP_UP)), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    assert_int_equal(kit_row(kit, 1, 0).level, 3);
    allocation_check(kit);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(level_4_goes_at_once),
        TEST(no_policy_makes_level_4_wait),
        TEST(to_level_4_nobody_must_say_why_but_is_asked),
        TEST(whoever_sees_level_4_need_not_have_it),
        TEST(what_is_held_beside_it_goes_too_unless_the_family_refuses),
        TEST(a_step_down_needs_plan_consent_receiver_and_reason),
        TEST(a_case_is_handed_over_when_the_other_accepts),
        TEST(a_declined_offer_leaves_the_case_where_it_is),
        TEST(an_offer_that_nobody_answers_ends),
        TEST(an_offer_is_taken_back),
        TEST(an_offer_ends_with_its_case),
        TEST(a_case_does_not_change_its_level_while_it_is_offered),
        TEST(nothing_is_offered_to_who_is_away),
        TEST(news_goes_with_the_case_to_its_new_worker),
        TEST(an_offer_to_a_team_is_anybodys_there),
        TEST(a_worker_keeps_a_case_at_another_level),
        TEST(level_4_steps_down_to_a_named_worker),
        TEST(what_waits_for_an_assessment_goes_on),
        TEST(an_assessment_without_an_answer_leaves_the_answer),
        TEST(an_answer_that_comes_with_an_assessment_counts),
        TEST(the_task_for_an_assessment_is_done_by_it),
        TEST(a_queued_referral_goes_up_with_its_assessment),
        TEST(a_workers_case_is_suggested_to_go_up),
        TEST(a_suggested_step_is_settled_otherwise),
        TEST(a_workers_case_goes_to_level_4_at_once),
        TEST(an_assessment_that_changes_nothing_is_news),
        TEST(a_closed_case_is_looked_at_again),
        TEST(a_suggested_step_outlives_its_case),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
