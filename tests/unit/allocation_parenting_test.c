// SPDX-License-Identifier: MIT
// Parenting support beside a family's open case: it goes its own way, waits for nothing but the family's answer, and is asked for once.
// Run by ctest.
#include "allocation_kit.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

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

// ---------------------------------------------------------------- open later

enum { NEWS = 1 };  // its part, beside a lead that has no other
enum { CHILD = 2 }; // its place among the members: the parent is the first

// A wish of the family for a child of twelve, before it is open.
static void wish_early(struct kit *kit, uint64_t number, unsigned months)
{
    kit_refer(kit, &(struct kit_referral){
                       .number = number, .family = 5, .level = 1, .wants = UINT64_C(1) << WANT_PARENTING, .child_months = months});
    kit_expect(kit, number, 0, STATE_QUEUED, "family-information-service");
}

// A case of the family is opened at fsw.
static uint64_t open_later(struct kit *kit, uint64_t number, const char *worker)
{
    kit_refer(kit, &(struct kit_referral){.number = number, .family = 5, .level = 3, .child_months = 150});
    return kit_accept_lead(kit, number, "fsw", worker);
}

static void expect_told(struct kit *kit, uint64_t referral, unsigned part, uint64_t of)
{
    struct job_row row = kit_row(kit, referral, part);

    kit_expect(kit, referral, part, STATE_QUEUED, "fsw");
    assert_int_equal(row.reason, REASON_PARENTING_AGAIN);
    assert_int_equal(row.news_of, of);
    expect_proposal(kit, referral, part, "take3");
}

static void expect_untold(struct kit *kit, uint64_t referral)
{
    assert_int_equal(kit_part(kit, referral, REASON_PARENTING_AGAIN), 0);
    allocation_check(kit);
}

static uint64_t accept_news(struct kit *kit, const char *worker, uint64_t referral, unsigned part)
{
    struct taken taken;

    assert_int_equal(kit_take(kit, "fsw", worker, 1, &taken), ANSWER_OK);
    assert_int_equal(taken.jobs[0].part, part);
    assert_int_equal(taken.jobs[0].reason, REASON_PARENTING_AGAIN);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, worker, taken.token, referral, part, 0), ANSWER_OK);
    return taken.token;
}

static void who_opens_a_case_hears_what_would_be_other_now(void **state)
{
    struct kit *kit = *state;
    struct kit rebuilt;
    struct taken taken;
    uint64_t token;

    wish_early(kit, 1, 150);
    kit_refer(kit, &(struct kit_referral){.number = 2, .family = 5, .level = 3, .child_months = 150});
    expect_untold(kit, 1); // nobody has the case yet
    kit_accept_lead(kit, 2, "fsw", "anna");
    expect_told(kit, 1, NEWS, 2);
    assert_int_equal(kit_row(kit, 1, NEWS).member, CHILD);
    kit_expect(kit, 1, 0, STATE_QUEUED, "family-information-service");
    allocation_check(kit);
    assert_int_equal(kit_take(kit, "fsw", "ben", 4, &taken), ANSWER_EMPTY);
    token = accept_news(kit, "anna", 1, NEWS);
    assert_int_equal(kit_close_job(kit, 1, NEWS, "anna", token, OUTCOME_REFERRED_ON), ANSWER_OK);
    kit_expect(kit, 1, NEWS + 1, STATE_QUEUED, "take3");
    assert_int_equal(kit_row(kit, 1, NEWS + 1).member, CHILD);
    assert_int_equal(kit_row(kit, 1, NEWS).state, STATE_CLOSED);
    assert_int_equal(kit_close_job(kit, 1, NEWS, "anna", token, OUTCOME_REFERRED_ON), ANSWER_OK); // said again
    assert_int_equal(kit->allocation->jobs.n_open, 3);
    allocation_check(kit);
    kit_open_after(&rebuilt, kit);
    kit_expect_equal(kit, &rebuilt);
    kit_close(&rebuilt);
}

static void who_leaves_it_as_it_is_is_told_once(void **state)
{
    struct kit *kit = *state;
    uint64_t token, news;

    wish_early(kit, 1, 150);
    token = open_later(kit, 2, "anna");
    news = accept_news(kit, "anna", 1, NEWS);
    assert_int_equal(kit_close_job(kit, 1, NEWS, "anna", news, OUTCOME_DONE), ANSWER_OK);
    assert_int_equal(kit->allocation->jobs.n_open, 2);
    assert_int_equal(kit_close_job(kit, 2, 0, "anna", token, OUTCOME_NEEDS_MET), ANSWER_OK);
    open_later(kit, 3, "anna");
    expect_untold(kit, 1);
}

static void what_nobody_has_read_is_told_again(void **state)
{
    struct kit *kit = *state;
    uint64_t token;

    wish_early(kit, 1, 150);
    token = open_later(kit, 2, "anna");
    assert_int_equal(kit_close_job(kit, 2, 0, "anna", token, OUTCOME_NEEDS_MET), ANSWER_OK);
    expect_untold(kit, 1); // the family is not open
    kit_restart(kit, true);
    open_later(kit, 3, "anna");
    expect_told(kit, 1, kit_part(kit, 1, REASON_PARENTING_AGAIN), 3);
    allocation_check(kit);
}

static void each_child_is_told_by_itself(void **state)
{
    struct kit *kit = *state;
    uint64_t token;

    kit_refer(
        kit,
        &(struct kit_referral){
            .number = 1, .family = 5, .level = 1, .wants = UINT64_C(1) << WANT_PARENTING, .child_months = 100, .second_child_months = 160});
    kit_expect(kit, 1, 1, STATE_QUEUED, "family-information-service");
    open_later(kit, 2, "anna");
    expect_told(kit, 1, 2, 2);
    assert_int_equal(kit_row(kit, 1, 2).member, CHILD + 1); // the younger would be given the same
    assert_int_equal(kit->allocation->jobs.n_open, 4);
    token = accept_news(kit, "anna", 1, 2);
    assert_int_equal(kit_close_job(kit, 1, 2, "anna", token, OUTCOME_REFERRED_ON), ANSWER_OK);
    kit_expect(kit, 1, 3, STATE_QUEUED, "take3");
    assert_int_equal(kit_row(kit, 1, 3).member, CHILD + 1);
    allocation_check(kit);
}

static void ages_are_those_of_now(void **state)
{
    struct kit *kit = *state;

    wish_early(kit, 1, 130);
    wish_early(kit, 2, 131);
    kit_pass(kit, 32 * DAY_MS, 32 * DAY_MS);
    open_later(kit, 3, "anna");
    expect_told(kit, 2, kit_part(kit, 2, REASON_PARENTING_AGAIN), 3);
    expect_untold(kit, 1);
}

// Closed by its worker, so long before the case is opened.
static void end_early(struct kit *kit, uint64_t number, enum outcome outcome, int64_t before_ms)
{
    uint64_t token;

    wish_early(kit, number, 150);
    token = kit_accept_lead(kit, number, "family-information-service", "fay");
    assert_int_equal(kit_close_job(kit, number, 0, "fay", token, outcome), ANSWER_OK);
    kit_pass(kit, before_ms, before_ms);
}

static void what_ended_long_ago_or_is_not_wanted_is_not_asked_again(void **state)
{
    struct kit *kit = *state;

    end_early(kit, 1, OUTCOME_ADVICE_GIVEN, 14 * DAY_MS);
    end_early(kit, 2, OUTCOME_ADVICE_GIVEN, 0);
    end_early(kit, 3, OUTCOME_FAMILY_DECLINED, 71 * DAY_MS); // 12 weeks and a day since the first
    wish_early(kit, 4, 150);
    kit_consent(kit, 4, CONSENT_REFUSED);
    open_later(kit, 5, "anna");
    expect_told(kit, 2, NEWS, 5);
    expect_untold(kit, 1);
    expect_untold(kit, 3);
    expect_untold(kit, 4);
}

static void who_takes_the_case_over_hears_it_too(void **state)
{
    struct kit *kit = *state;
    struct taken taken;
    uint64_t token;

    wish_early(kit, 1, 150);
    token = open_later(kit, 2, "anna");
    assert_int_equal(kit_step(kit, &(struct kit_step){2, "anna", token, 3, "fsw", "ben", WHY_OTHER}), ANSWER_OK);
    assert_int_equal(kit_take(kit, "fsw", "ben", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "ben", taken.token, 2, (unsigned)taken.jobs[0].part, 0), ANSWER_OK);
    accept_news(kit, "ben", 1, kit_part(kit, 1, REASON_PARENTING_AGAIN));
    allocation_check(kit);
}

static void families_of_one_household_are_looked_at_together(void **state)
{
    struct kit *kit = *state;

    wish_early(kit, 1, 150);
    kit_say(kit, 5, 6, FAMILY_VERDICT_SAME);
    kit_refer(kit, &(struct kit_referral){.number = 2, .family = 6, .level = 3, .child_months = 150});
    kit_accept_lead(kit, 2, "fsw", "anna");
    expect_told(kit, 1, NEWS, 2);
    allocation_check(kit);
}

static void so_they_are_when_they_turn_out_to_be_one(void **state)
{
    struct kit *kit = *state;

    wish_early(kit, 1, 150);
    kit_refer(kit, &(struct kit_referral){.number = 2, .family = 6, .level = 3, .child_months = 150});
    kit_accept_lead(kit, 2, "fsw", "anna");
    expect_untold(kit, 1);
    kit_say(kit, 5, 6, FAMILY_VERDICT_SAME);
    expect_told(kit, 1, NEWS, 2);
    allocation_check(kit);
}

static void another_council_has_other_teams(void **state)
{
    struct kit *kit = *state;

    kit_adopt(kit, "harrow-2013");
    kit_refer(kit,
              &(struct kit_referral){.number = 1, .family = 5, .level = 1, .wants = UINT64_C(1) << WANT_PARENTING, .child_months = 190});
    kit_expect(kit, 1, 0, STATE_QUEUED, "parent-support");
    kit_refer(kit, &(struct kit_referral){.number = 2, .family = 5, .level = 2, .kind = KIND_POLICE_NOTIFICATION, .child_months = 190});
    kit_accept_lead(kit, 2, "youth-offending", "yuri");
    kit_expect(kit, 1, NEWS, STATE_QUEUED, "youth-offending");
    expect_proposal(kit, 1, NEWS, "mothers-against-gangs");
    allocation_check(kit);
}

// The sample's text without one line, wherever it stands.
static char *text_without(const char *path, const char *line)
{
    FILE *file = fopen(path, "r");
    char *text = calloc(1, 1 << 16), *at;

    assert_true(file != NULL && text != NULL);
    assert_true(fread(text, 1, (1 << 16) - 1, file) > 0);
    fclose(file);
    at = strstr(text, line);
    assert_non_null(at);
    memmove(at, at + strlen(line), strlen(at + strlen(line)) + 1);
    return text;
}

static void a_policy_without_the_word_asks_nothing_again(void **state)
{
    struct kit *kit = *state;
    char *text = text_without("deploy/policy/luton-2017/destinations.yaml", "    again_when_open: yes\n");

    kit_adopt_with(kit, "destinations.yaml", text);
    free(text);
    wish_early(kit, 1, 150);
    open_later(kit, 2, "anna");
    expect_untold(kit, 1);
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
        TEST(who_opens_a_case_hears_what_would_be_other_now),
        TEST(who_leaves_it_as_it_is_is_told_once),
        TEST(what_nobody_has_read_is_told_again),
        TEST(each_child_is_told_by_itself),
        TEST(ages_are_those_of_now),
        TEST(what_ended_long_ago_or_is_not_wanted_is_not_asked_again),
        TEST(who_takes_the_case_over_hears_it_too),
        TEST(families_of_one_household_are_looked_at_together),
        TEST(so_they_are_when_they_turn_out_to_be_one),
        TEST(another_council_has_other_teams),
        TEST(a_policy_without_the_word_asks_nothing_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
