// SPDX-License-Identifier: MIT
// The sentences of events, with the words of the sample policy and without: what log, show and explain say.
#include "services/windscreen/wording.h"

#include "tests/unit/policy_kit.h"

#define DUE_MS INT64_C(1480957200000) // Monday 5 December 2016, 17:00

static struct policy *policy;
static union event_data data;

static int setup(void **state)
{
    (void)state;
    policy = kit_policy("deploy/policy/luton-2017");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    policy_free(&policy);
    return 0;
}

// The event whose data stands there is worded; then the data is blank again.
static void expect(const struct policy *by, enum event_type type, const char *words)
{
    struct event head = {.id = span_text("3.42"), .time = DUE_MS, .subject = span_text("R0000000G00001")};
    struct windscreen_event event = {.sequence = 9, .type = type, .head = &head, .data = &data};
    char text[WORDING_MAX + 1];
    struct gist gist;

    gist_of(&event, &gist);
    if (gist.lists)
        gist_keep(&gist, span_text("R0000000G00001"));
    wording_event(by, &event, &gist, text);
    assert_string_equal(text, words);
    memset(&data, 0, sizeof data);
}

static void teams_have_their_titles_where_the_policy_is_known(void **state)
{
    (void)state;
    data.ALLOCATED = (struct allocated){.team = span_text("fsw"), .due = DUE_MS};
    expect(policy, EVENT_ALLOCATED, "goes to Early Help family support workers (fsw); to be taken on by Monday 5 December 2016, 17:00");
    data.ALLOCATED = (struct allocated){.team = span_text("fsw"), .due = DUE_MS};
    expect(NULL, EVENT_ALLOCATED, "goes to fsw; to be taken on by Monday 5 December 2016, 17:00");
}

static void news_says_of_which_case_and_why(void **state)
{
    (void)state;
    data.ALLOCATED = (struct allocated){
        .part = 3, .team = span_text("fsw"), .news_of = span_text("R0000000G00001"), .reason = REASON_CHALLENGE_UPHELD, .due = DUE_MS};
    expect(
        NULL, EVENT_ALLOCATED,
        "part 3: goes to fsw as news of this case (a challenge of the decision was upheld); to be read by Monday 5 December 2016, 17:00");
    data.ALLOCATED = (struct allocated){.team = span_text("fsw"), .news_of = span_text("R0000000G00002"), .due = DUE_MS};
    expect(NULL, EVENT_ALLOCATED, "goes to fsw as news of the case R0000000G00002; to be read by Monday 5 December 2016, 17:00");
}

static void why_this_team_and_this_worker_is_told(void **state)
{
    (void)state;
    data.ALLOCATED =
        (struct allocated){.team = span_text("flying-start-south"), .instead_of = span_text("flying-start-north"), .due = DUE_MS};
    expect(NULL, EVENT_ALLOCATED,
           "goes to flying-start-south instead of flying-start-north, which is full: the family has agreed to another neighbourhood; "
           "to be taken on by Monday 5 December 2016, 17:00");
    data.ALLOCATED = (struct allocated){
        .team = span_text("fsw"), .for_worker = span_text("w17"), .because = BECAUSE_CASE_WORKER, .kept_until = DUE_MS, .due = DUE_MS};
    expect(NULL, EVENT_ALLOCATED,
           "goes to fsw, for w17 alone until Monday 5 December 2016, 17:00: this worker has a case of the family there; "
           "to be taken on by Monday 5 December 2016, 17:00");
}

static void why_this_worker_and_not_the_next_is_told_and_no_token(void **state)
{
    (void)state;
    data.LEASED = (struct leased){.team = span_text("fsw"),
                                  .worker = span_text("w17"),
                                  .due = DUE_MS,
                                  .n_jobs = 2,
                                  .because = BECAUSE_LEAST_WORK,
                                  .n_passed_over = 2};
    data.LEASED.jobs[0].referral = span_text("R0000000G00002");
    data.LEASED.jobs[1] = (struct job){.referral = span_text("R0000000G00001"), .part = 2};
    data.LEASED.passed_over[0] = (struct passed_over){.worker = span_text("w3"), .why = PASSED_MORE_WORK};
    data.LEASED.passed_over[1] = (struct passed_over){.worker = span_text("w4"), .why = PASSED_AWAY};
    expect(NULL, EVENT_LEASED,
           "part 2: shown to w17, who is to answer by Monday 5 December 2016, 17:00: of those who waited, this worker has the least work "
           "for what the worker can take; not to w3, who has more work for what the worker can take; nor to w4, who is away");
}

static void promises_are_told_by_what_is_promised(void **state)
{
    (void)state;
    data.OVERDUE = (struct rung){.clock = span_text("first_review"), .state = STATE_ACCEPTED, .due = DUE_MS};
    expect(policy, EVENT_OVERDUE, "late: the first review, which was due by Monday 5 December 2016, 17:00");
    data.OVERDUE =
        (struct rung){.clock = span_text("first_review"), .state = STATE_ACCEPTED, .due = DUE_MS, .to = span_text("team-manager")};
    expect(NULL, EVENT_ESCALATED, "late: first review, which was due by Monday 5 December 2016, 17:00; now the team manager is told");
}

static void what_people_decide_is_told_with_reason_and_basis(void **state)
{
    (void)state;
    data.OVERRIDDEN = (struct decided){.by = span_text("m2"), .team = span_text("specialist"), .level = 4, .basis = BASIS_LEGAL_OBLIGATION};
    expect(NULL, EVENT_OVERRIDDEN, "m2 decides otherwise: it goes to specialist at level 4, without a reason; lawful basis: a duty by law");
    data.DECLINED = (struct declined){.worker = span_text("w17"), .reason = DECLINE_WRONG_TEAM, .note = 812};
    expect(NULL, EVENT_DECLINED, "declined by w17: another team fits better; a person decides (note 812)");
    data.CLOSED = (struct closed){.by = span_text("hub"), .outcome = OUTCOME_DONE, .part = 3};
    expect(NULL, EVENT_CLOSED, "part 3: closed by the hub: the task is done");
    data.STEPPED = (struct stepped){.by = span_text("w5"),
                                    .from_level = 2,
                                    .from_team = span_text("taf"),
                                    .from_worker = span_text("w17"),
                                    .level = 3,
                                    .team = span_text("fsw"),
                                    .worker = span_text("w5"),
                                    .offer = 1};
    expect(NULL, EVENT_STEPPED, "w5 takes it up from level 2 to level 3; it goes from w17 of taf to w5 of fsw");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(teams_have_their_titles_where_the_policy_is_known),
        cmocka_unit_test(news_says_of_which_case_and_why),
        cmocka_unit_test(why_this_team_and_this_worker_is_told),
        cmocka_unit_test(why_this_worker_and_not_the_next_is_told_and_no_token),
        cmocka_unit_test(promises_are_told_by_what_is_promised),
        cmocka_unit_test(what_people_decide_is_told_with_reason_and_basis),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
