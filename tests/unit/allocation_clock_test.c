// SPDX-License-Identifier: MIT
// The allocation daemon's clocks: each warns before its due time, rings at it and escalates after it, once, whatever the clock or the
// process does meanwhile. It is Friday 18 November 2016, 11:00.
#include "allocation_kit.h"

#include "services/allocation/course.h"

enum { MINUTE_MS = 60000, LEASE_MS = 15 * MINUTE_MS };

static int set_up(void **state)
{
    static struct kit kit;

    kit_open(&kit);
    *state = &kit;
    return 0;
}

static int tear_down(void **state)
{
    kit_close(*state);
    return 0;
}

// So many events of the type tell of this clock; the newest of this due time, and of this part of referral 1.
static void expect_rung(struct kit *kit, enum event_type type, uint64_t count, const char *clock, unsigned part, const char *due)
{
    struct rung rung = {0};

    assert_int_equal(kit_rung(kit, type, clock, &rung), count);
    assert_int_equal(HAS(&rung, rung, part) ? rung.part : 0, part);
    assert_int_equal(rung.due, kit_moment(due));
}

// Of this clock nothing of the type comes before the moment, one event at it.
static void expect_rings_at(struct kit *kit, enum event_type type, const char *clock, const char *due, const char *moment)
{
    uint64_t before = kit_rung(kit, type, clock, NULL);

    kit_pass_to(kit, kit_moment(moment) - 1);
    assert_int_equal(kit_rung(kit, type, clock, NULL), before);
    kit_pass_to(kit, kit_moment(moment));
    expect_rung(kit, type, before + 1, clock, 0, due);
}

static enum clock_stage stage_of(struct kit *kit, uint64_t referral)
{
    return (enum clock_stage)kit_row(kit, referral, 0).rung;
}

static void expect_silence(struct kit *kit)
{
    const int64_t month_ms = INT64_C(30) * 24 * 60 * MINUTE_MS;
    uint64_t all;

    kit_pass(kit, month_ms, 1);
    all = fake_runtime_count(kit->fake);
    kit_pass(kit, month_ms, 1);
    kit_restart(kit, false);
    kit_pass(kit, month_ms, 1);
    assert_int_equal(fake_runtime_count(kit->fake), all);
    allocation_check(kit);
}

// ---------------------------------------------------------------- three stages

static void a_queue_warns_rings_and_escalates(void **state)
{
    struct kit *kit = *state;
    struct rung rung = {0};

    kit_refer(kit, &(struct kit_referral){.number = 1});
    expect_rings_at(kit, EVENT_WARNED, "team_queue", "2016-11-28T17:00:00Z", "2016-11-25T17:00:00Z"); // a Friday; it is due on Monday
    assert_int_equal(stage_of(kit, 1), STAGE_WARNED);
    expect_rings_at(kit, EVENT_OVERDUE, "team_queue", "2016-11-28T17:00:00Z", "2016-11-28T17:00:00Z");
    assert_int_equal(stage_of(kit, 1), STAGE_OVERDUE);
    expect_rings_at(kit, EVENT_ESCALATED, "team_queue", "2016-11-28T17:00:00Z", "2016-11-30T17:00:00Z");
    assert_int_equal(stage_of(kit, 1), STAGE_ESCALATED);
    assert_int_equal(kit_rung(kit, EVENT_ESCALATED, NULL, &rung), 1);
    assert_true(span_is(rung.to, "team-manager"));
    assert_true(span_is(rung.team, "fsw"));
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    expect_silence(kit);
}

static void level_4_escalates_within_hours(void **state)
{
    struct kit *kit = *state;

    kit_refer(kit, &(struct kit_referral){.number = 1, .level = 4});
    expect_rings_at(kit, EVENT_WARNED, "specialist", "2016-11-18T15:00:00Z", "2016-11-18T14:00:00Z");
    expect_rings_at(kit, EVENT_OVERDUE, "specialist", "2016-11-18T15:00:00Z", "2016-11-18T15:00:00Z");
    expect_rings_at(kit, EVENT_ESCALATED, "specialist", "2016-11-18T15:00:00Z", "2016-11-18T16:00:00Z");
    expect_silence(kit);
}

static void a_decision_and_a_review_do_the_same(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    kit_refer(kit, &(struct kit_referral){.number = 1, .level = 1});
    expect_rings_at(kit, EVENT_WARNED, "hub_decision", "2016-11-21T17:00:00Z", "2016-11-21T13:00:00Z"); // 4 working hours before
    assert_int_equal(kit_override(kit, 1, 0, "fsw", 3, WHY_NEED_HIGHER), ANSWER_OK);
    assert_int_equal(stage_of(kit, 1), STAGE_NONE); // another clock
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "anna", taken.token, 1, 0, 0), ANSWER_OK);
    expect_rings_at(kit, EVENT_WARNED, "first_review", "2017-01-02T17:00:00Z", "2016-12-22T17:00:00Z"); // five working days, three free
    expect_rings_at(kit, EVENT_OVERDUE, "first_review", "2017-01-02T17:00:00Z", "2017-01-02T17:00:00Z");
    expect_rings_at(kit, EVENT_ESCALATED, "first_review", "2017-01-02T17:00:00Z", "2017-01-09T17:00:00Z");
    expect_silence(kit);
}

// Its lead's hold is what people act on.
static void a_held_part_only_says_that_it_is_late(void **state)
{
    struct kit *kit = *state;
    struct kit_referral referral = {.number = 1, .level = 3, .without_consent = true, .child_months = 150};

    referral.wants = UINT64_C(1) << WANT_PARENTING;
    kit_refer(kit, &referral);
    kit_expect(kit, 1, 1, STATE_HELD, "hub-decision");
    expect_rings_at(kit, EVENT_WARNED, "held", "2016-12-02T17:00:00Z", "2016-11-30T17:00:00Z");
    kit_pass_to(kit, kit_moment("2016-12-02T17:00:00Z"));
    assert_int_equal(kit_rung(kit, EVENT_OVERDUE, NULL, NULL), 2); // lead and part
    kit_expect(kit, 1, 0, STATE_DECIDING, "hub-decision");
    kit_expect(kit, 1, 1, STATE_HELD, "hub-decision");
    allocation_check(kit);
}

// ---------------------------------------------------------------- late, restarted, leased

// Who comes too late for a warning tells only what is true: it is late.
static void a_warning_that_comes_too_late_is_left_out(void **state)
{
    struct kit *kit = *state;

    kit_refer(kit, &(struct kit_referral){.number = 1});
    kit_restart(kit, true);
    kit_pass_to(kit, kit_moment("2016-11-29T09:00:00Z")); // the hub was away
    assert_int_equal(kit_rung(kit, EVENT_WARNED, NULL, NULL), 0);
    expect_rung(kit, EVENT_OVERDUE, 1, "team_queue", 0, "2016-11-28T17:00:00Z");
    expect_rings_at(kit, EVENT_ESCALATED, "team_queue", "2016-11-28T17:00:00Z", "2016-11-30T17:00:00Z");
    expect_silence(kit);
}

static void a_long_absence_tells_both_that_it_is_late_and_how_late(void **state)
{
    struct kit *kit = *state;

    kit_refer(kit, &(struct kit_referral){.number = 1});
    kit_pass_to(kit, kit_moment("2017-03-01T09:00:00Z"));
    assert_int_equal(kit_rung(kit, EVENT_WARNED, NULL, NULL), 0);
    assert_int_equal(kit_rung(kit, EVENT_OVERDUE, NULL, NULL), 1);
    assert_int_equal(kit_rung(kit, EVENT_ESCALATED, NULL, NULL), 1);
    expect_silence(kit);
}

static void stages_survive_a_restart_at_every_moment(void **state)
{
    static const char *const moments[] = {"2016-11-25T16:59:59Z", "2016-11-25T17:00:00Z", "2016-11-28T17:00:00Z", "2016-11-30T17:00:00Z"};
    static const enum clock_stage stages[] = {STAGE_NONE, STAGE_WARNED, STAGE_OVERDUE, STAGE_ESCALATED};
    struct kit *kit = *state;

    kit_refer(kit, &(struct kit_referral){.number = 1});
    for (unsigned i = 0; i < 4; i++) {
        kit_restart(kit, i % 2 == 0);
        kit_pass_to(kit, kit_moment(moments[i]));
        assert_int_equal(stage_of(kit, 1), stages[i]);
        kit_restart(kit, i % 2 != 0);
        assert_int_equal(stage_of(kit, 1), stages[i]);
    }
    for (enum event_type type = EVENT_WARNED; type <= EVENT_ESCALATED; type++)
        assert_int_equal(kit_rung(kit, type, NULL, NULL), 1);
    expect_silence(kit);
}

// While a worker is shown it the lease runs; back in the queue it is late, or warned of.
static void a_lease_keeps_the_queues_clock_quiet(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    kit_refer(kit, &(struct kit_referral){.number = 1});
    kit_pass_to(kit, kit_moment("2016-11-25T16:59:00Z"));
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_OK);
    kit_pass_to(kit, kit_moment("2016-11-25T17:01:00Z"));
    assert_int_equal(kit_rung(kit, EVENT_WARNED, NULL, NULL), 0);
    assert_int_equal(kit_answer(kit, WORK_RELEASE, "anna", taken.token, 1, 0, 0), ANSWER_OK);
    kit_pass(kit, MINUTE_MS, 1);
    expect_rung(kit, EVENT_WARNED, 1, "team_queue", 0, "2016-11-28T17:00:00Z");
}

static enum answer lease_for(struct kit *kit, const char *team, uint64_t lease_ms, struct taken *taken)
{
    struct take take = {.team = span_text(team), .worker = span_text("anna")};

    PUT(&take, take, lease_ms, lease_ms);
    return kit_taken(kit, fake_runtime_request(kit->fake, WORK_TAKE, &take), taken);
}

static uint64_t extend_to(struct kit *kit, uint64_t token, const char *referral, uint64_t lease_ms)
{
    struct answer_jobs asked = {.worker = span_text("anna"), .token = token, .n_jobs = 1};
    struct event head;
    union event_data data;

    asked.jobs[0].referral = span_text(referral);
    PUT(&asked, answer_jobs, lease_ms, lease_ms);
    fake_runtime_request(kit->fake, WORK_EXTEND, &asked);
    assert_true(fake_runtime_last(kit->fake, EVENT_EXTENDED, &head, &data));
    return data.EXTENDED.lease_ms;
}

// Nobody keeps level 4 to herself for a day while its clock is quiet.
static void level_4_is_shown_for_no_longer_than_the_policy_says(void **state)
{
    const uint64_t usual = UINT64_C(15) * MINUTE_MS, week = UINT64_C(7) * 24 * 60 * MINUTE_MS;
    struct kit *kit = *state;
    struct taken taken;

    kit_refer(kit, &(struct kit_referral){.number = 1, .level = 4});
    kit_refer(kit, &(struct kit_referral){.number = 2});
    assert_int_equal(lease_for(kit, "specialist", week, &taken), ANSWER_OK);
    assert_int_equal(taken.lease_ms, usual);
    assert_int_equal(extend_to(kit, taken.token, "R0000000000001", week), usual);
    assert_int_equal(extend_to(kit, taken.token, "R0000000000001", MINUTE_MS), MINUTE_MS);
    assert_int_equal(lease_for(kit, "fsw", week, &taken), ANSWER_OK);
    assert_int_equal(taken.lease_ms, week);
    assert_int_equal(extend_to(kit, taken.token, "R0000000000002", week), week);
    kit_pass(kit, 5 * 60 * (int64_t)MINUTE_MS, 5 * 60 * (int64_t)MINUTE_MS);
    kit_expect(kit, 1, 0, STATE_QUEUED, "specialist");
    assert_int_equal(kit_rung(kit, EVENT_OVERDUE, "specialist", NULL), 1);
    allocation_check(kit);
}

// ---------------------------------------------------------------- reminders

static void level_4_is_looked_at_within_an_hour(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    kit_refer(kit, &(struct kit_referral){.number = 1, .level = 4});
    expect_rings_at(kit, EVENT_OVERDUE, "first_look", "2016-11-18T12:00:00Z", "2016-11-18T12:00:00Z");
    kit_refer(kit, &(struct kit_referral){.number = 2, .level = 4});
    assert_int_equal(kit_take(kit, "specialist", "anna", 2, &taken), ANSWER_OK);
    kit_pass_to(kit, kit_moment("2016-11-18T14:00:00Z"));
    assert_int_equal(kit_rung(kit, EVENT_OVERDUE, "first_look", NULL), 1); // the second was seen in time
    assert_int_equal(kit_rung(kit, EVENT_ESCALATED, "first_look", NULL), 0);
    assert_int_equal(stage_of(kit, 1), STAGE_NONE); // the state's own clock is another matter
    allocation_check(kit);
}

// What waits for a person is late by the clock of its level; what went to a team at once is not.
static void undecided_is_late_by_its_level(void **state)
{
    static const struct {
        unsigned level;
        const char *clock, *due;
    } rows[] = {{1, "green", "2016-11-23T17:00:00Z"}, {2, "green", "2016-11-23T17:00:00Z"}, {3, "amber", "2016-11-21T17:00:00Z"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct kit *kit = *state;

        tear_down(state);
        set_up(state);
        kit_refer(kit, &(struct kit_referral){.number = 1, .level = rows[i].level, .consent = CONSENT_REFUSED});
        kit_refer(kit, &(struct kit_referral){.number = 2, .level = 3});
        kit_expect(kit, 1, 0, STATE_DECIDING, "hub-decision");
        kit_expect(kit, 2, 0, STATE_QUEUED, "fsw");
        expect_rings_at(kit, EVENT_OVERDUE, rows[i].clock, rows[i].due, rows[i].due);
        expect_rung(kit, EVENT_OVERDUE, 1, "acknowledge", 0, "2016-11-21T17:00:00Z");
        assert_int_equal(kit_override(kit, 1, 0, "fsw", 3, WHY_CONSENT_OBTAINED), ANSWER_OK);
        kit_pass_to(kit, kit_moment("2016-11-24T17:00:00Z"));
        assert_int_equal(kit_rung(kit, EVENT_OVERDUE, rows[i].clock, NULL), 1);
        assert_int_equal(kit_rung(kit, EVENT_OVERDUE, "red", NULL), 0);
        assert_int_equal(kit_rung(kit, EVENT_OVERDUE, "front_door_reply", NULL), i < 2 ? 1 : 0);
    }
}

static void the_referrer_is_told_in_five_days(void **state)
{
    struct kit *kit = *state;

    kit_refer(kit, &(struct kit_referral){.number = 1});
    expect_rings_at(kit, EVENT_WARNED, "tell_referrer", "2016-11-25T17:00:00Z", "2016-11-24T17:00:00Z");
    kit_restart(kit, false);
    expect_rings_at(kit, EVENT_OVERDUE, "tell_referrer", "2016-11-25T17:00:00Z", "2016-11-25T17:00:00Z");
    expect_rung(kit, EVENT_WARNED, 1, "team_queue", 0, "2016-11-28T17:00:00Z"); // in the same moment
    expect_silence(kit);
}

static void an_accept_tells_the_referrer(void **state)
{
    struct kit *kit = *state;

    kit_refer(kit, &(struct kit_referral){.number = 1});
    kit_pass_to(kit, kit_moment("2016-11-24T16:00:00Z"));
    kit_accept_lead(kit, 1, "fsw", "anna");
    kit_pass_to(kit, kit_moment("2016-11-28T17:00:00Z"));
    assert_int_equal(kit_rung(kit, EVENT_WARNED, "tell_referrer", NULL), 0);
    assert_int_equal(kit_rung(kit, EVENT_OVERDUE, "tell_referrer", NULL), 0);
}

static void a_reminder_rings_while_a_worker_is_shown_it(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    kit_refer(kit, &(struct kit_referral){.number = 1});
    kit_pass_to(kit, kit_moment("2016-11-25T16:59:00Z"));
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_OK);
    kit_pass_to(kit, kit_moment("2016-11-25T17:00:00Z"));
    assert_int_equal(kit_rung(kit, EVENT_OVERDUE, "tell_referrer", NULL), 1);
    kit_expect(kit, 1, 0, STATE_LEASED, "fsw");
    allocation_check(kit);
}

static void a_plan_is_due_until_the_worker_tells_of_it(void **state)
{
    struct kit *kit = *state;
    uint64_t token;

    kit_refer(kit, &(struct kit_referral){.number = 1});
    token = kit_accept_lead(kit, 1, "fsw", "anna");
    expect_rings_at(kit, EVENT_WARNED, "plan", "2016-12-09T17:00:00Z", "2016-12-06T17:00:00Z");
    expect_rings_at(kit, EVENT_OVERDUE, "plan", "2016-12-09T17:00:00Z", "2016-12-09T17:00:00Z");
    assert_int_equal(kit_progress(kit, 1, "anna", token, PROGRESS_PLAN), ANSWER_OK);
    kit_pass_to(kit, kit_moment("2016-12-20T17:00:00Z"));
    assert_int_equal(kit_rung(kit, EVENT_ESCALATED, "plan", NULL), 0);
    allocation_check(kit);
}

static void a_review_starts_the_next(void **state)
{
    struct kit *kit = *state;
    uint64_t token;

    kit_refer(kit, &(struct kit_referral){.number = 1});
    token = kit_accept_lead(kit, 1, "fsw", "anna");
    assert_int_equal(kit_row(kit, 1, 0).due_ms, kit_moment("2016-12-30T17:00:00Z")); // six weeks
    kit_pass_to(kit, kit_moment("2016-12-28T12:00:00Z"));
    assert_int_equal(kit_rung(kit, EVENT_WARNED, "first_review", NULL), 1);
    assert_int_equal(kit_progress(kit, 1, "anna", token, PROGRESS_REVIEW), ANSWER_OK);
    assert_int_equal(kit_row(kit, 1, 0).due_ms, kit_moment("2017-03-28T16:00:00Z")); // three months on, in summer time
    kit_restart(kit, false);
    expect_rings_at(kit, EVENT_WARNED, "later_review", "2017-03-28T16:00:00Z", "2017-03-21T17:00:00Z");
    assert_int_equal(kit_progress(kit, 1, "anna", token, PROGRESS_REVIEW), ANSWER_OK);
    assert_int_equal(kit_row(kit, 1, 0).due_ms, kit_moment("2017-06-21T16:00:00Z"));
    assert_int_equal(stage_of(kit, 1), STAGE_NONE);
    expect_rings_at(kit, EVENT_OVERDUE, "later_review", "2017-06-21T16:00:00Z", "2017-06-21T16:00:00Z");
    assert_int_equal(kit_rung(kit, EVENT_OVERDUE, "first_review", NULL), 0);
    allocation_check(kit);
}

static void an_assessment_counts_from_the_last_one(void **state)
{
    struct kit *kit = *state;
    uint64_t token;

    kit_refer(kit, &(struct kit_referral){.number = 1});
    token = kit_accept_lead(kit, 1, "fsw", "anna");
    kit_pass_to(kit, kit_moment("2017-02-01T12:00:00Z"));
    assert_int_equal(kit_progress(kit, 1, "anna", token, PROGRESS_ASSESSMENT), ANSWER_OK);
    expect_rings_at(kit, EVENT_WARNED, "reassessment", "2018-02-01T17:00:00Z", "2018-01-01T17:00:00Z");
    expect_rings_at(kit, EVENT_OVERDUE, "reassessment", "2018-02-01T17:00:00Z", "2018-02-01T17:00:00Z");
    expect_silence(kit);
}

static void a_missing_assessment_is_looked_for_and_written(void **state)
{
    struct kit *kit = *state;
    unsigned part;

    kit_refer(kit, &(struct kit_referral){.number = 1, .kind = KIND_CONTACT});
    part = kit_part(kit, 1, REASON_EHA_MISSING);
    kit_pass_to(kit, kit_moment("2016-11-20T11:00:00Z"));
    expect_rung(kit, EVENT_OVERDUE, 1, "eha_search", part, "2016-11-20T11:00:00Z");
    kit_pass_to(kit, kit_moment("2016-11-30T17:00:00Z"));
    expect_rung(kit, EVENT_WARNED, 1, "assessment", part, "2016-12-02T17:00:00Z");
    kit_pass_to(kit, kit_moment("2016-12-02T17:00:00Z"));
    expect_rung(kit, EVENT_OVERDUE, 1, "assessment", part, "2016-12-02T17:00:00Z");
    expect_silence(kit);
}

static void what_is_for_information_never_rings(void **state)
{
    struct kit *kit = *state;

    kit_refer(kit, &(struct kit_referral){.number = 1, .level = 4});
    kit_accept_lead(kit, 1, "specialist", "anna");
    kit_pass_to(kit, kit_moment("2017-03-01T17:00:00Z"));
    for (enum event_type type = EVENT_WARNED; type <= EVENT_ESCALATED; type++) {
        assert_int_equal(kit_rung(kit, type, "statutory_assessment", NULL), 0);
        assert_int_equal(kit_rung(kit, type, "protection_conference", NULL), 0);
    }
}

// Reminders count from the receipt, however late the hub came to route it.
static void a_late_route_counts_from_the_receipt(void **state)
{
    struct kit *kit = *state;

    kit_refer(kit, &(struct kit_referral){.number = 1, .received_ms = kit_moment("2016-11-14T10:00:00Z")});
    assert_int_equal(kit_row(kit, 1, 0).came_ms, kit_moment("2016-11-14T10:00:00Z"));
    kit_pass_to(kit, kit_moment("2016-11-21T17:00:00Z"));
    expect_rung(kit, EVENT_OVERDUE, 1, "tell_referrer", 0, "2016-11-21T17:00:00Z");
}

static void what_was_late_is_remembered(void **state)
{
    struct kit *kit = *state;
    struct course_row course;
    struct job_key key = {.referral = 1};

    kit_refer(kit, &(struct kit_referral){.number = 1});
    kit_pass_to(kit, kit_moment("2016-12-05T17:00:00Z"));
    kit_accept_lead(kit, 1, "fsw", "anna");
    kit_restart(kit, false);
    assert_int_equal(course_read(kit->allocation->projection, TABLE_COURSE, key, &course), ERR_NONE);
    assert_int_equal(course.n_breaches, 2);
    assert_true(span_is(name_table_text(kit->allocation->names, course.breaches[0].clock), "tell_referrer"));
    assert_int_equal(course.breaches[0].beside, 1);
    assert_true(span_is(name_table_text(kit->allocation->names, course.breaches[1].clock), "team_queue"));
    assert_int_equal(course.breaches[1].due_ms, kit_moment("2016-11-28T17:00:00Z"));
    allocation_check(kit);
}

static void the_oldest_breaches_give_way(void **state)
{
    struct course_row course = {0};

    (void)state;
    for (unsigned i = 1; i <= COURSE_BREACHES_MAX + 3; i++)
        course_add_breach(&course, (struct course_breach){.due_ms = i});
    assert_int_equal(course.n_breaches, COURSE_BREACHES_MAX + 3);
    for (unsigned i = 0; i < COURSE_BREACHES_MAX; i++)
        assert_int_equal(course.breaches[i].due_ms, i + 4);
}

// ---------------------------------------------------------------- what comes due

static const struct due_list *ask_due(struct kit *kit, const struct due_of *due_of)
{
    static struct due_list list;

    assert_true(fake_runtime_reply(kit->fake, fake_runtime_request(kit->fake, WORK_DUE, due_of), &record_due_list, &list));
    return &list;
}

static void expect_due(const struct due_list *list, unsigned i, const char *referral, const char *clock, const char *due)
{
    assert_true(i < list->n_clocks);
    assert_true(span_is(list->clocks[i].referral, referral));
    assert_true(span_is(list->clocks[i].clock, clock));
    assert_int_equal(list->clocks[i].due, kit_moment(due));
}

static void due_tells_the_earliest_first(void **state)
{
    struct kit *kit = *state;
    struct due_of due_of = {0};
    const struct due_list *list;

    kit_refer(kit, &(struct kit_referral){.number = 1});                                                                // 28 November
    kit_refer(kit, &(struct kit_referral){.number = 2, .level = 4});                                                    // today
    kit_refer(kit, &(struct kit_referral){.number = 3, .received_ms = kit_moment("2016-11-09T10:00:00Z")});             // late
    kit_refer(kit, &(struct kit_referral){.number = 4, .level = 1, .received_ms = kit_moment("2016-11-18T09:00:00Z")}); // Monday
    kit_pass(kit, 1, 1);
    list = ask_due(kit, &due_of); // within a day
    assert_int_equal(list->n_clocks, 4);
    expect_due(list, 0, "R0000000000003", "tell_referrer", "2016-11-16T17:00:00Z");
    expect_due(list, 1, "R0000000000003", "team_queue", "2016-11-17T17:00:00Z");
    assert_int_equal(list->clocks[1].stage, STAGE_OVERDUE);
    expect_due(list, 2, "R0000000000002", "first_look", "2016-11-18T12:00:00Z");
    expect_due(list, 3, "R0000000000002", "specialist", "2016-11-18T15:00:00Z");
    PUT(&due_of, due_of, within_ms, INT64_C(4) * 86400000);
    PUT(&due_of, due_of, team, span_text("hub-decision"));
    list = ask_due(kit, &due_of);
    assert_int_equal(list->n_clocks, 2);
    expect_due(list, 0, "R0000000000004", "hub_decision", "2016-11-21T17:00:00Z");
    expect_due(list, 1, "R0000000000004", "acknowledge", "2016-11-21T17:00:00Z");
    assert_true(list->clocks[1].beside);
    PUT(&due_of, due_of, max, 1);
    list = ask_due(kit, &due_of);
    assert_int_equal(list->n_clocks, 1);
    assert_true(list->more);
    kit_restart(kit, true); // the indexes are made from the rows again
    PUT(&due_of, due_of, max, 64);
    PUT(&due_of, due_of, team, span_text("fsw"));
    list = ask_due(kit, &due_of);
    assert_int_equal(list->n_clocks, 2);
    expect_due(list, 1, "R0000000000003", "team_queue", "2016-11-17T17:00:00Z");
}

static void due_of_a_referral_tells_all_of_its_clocks(void **state)
{
    struct kit *kit = *state;
    struct due_of due_of = {0};
    const struct due_list *list;
    unsigned information = 0;

    kit_refer(kit, &(struct kit_referral){.number = 1, .level = 4});
    kit_accept_lead(kit, 1, "specialist", "anna");
    PUT(&due_of, due_of, referral, span_text("R0000000000001"));
    list = ask_due(kit, &due_of);
    assert_int_equal(list->answer, ANSWER_OK);
    for (uint64_t i = 0; i < list->n_clocks; i++)
        information += list->clocks[i].information;
    assert_int_equal(information, 2);
    assert_int_equal(list->n_clocks, 3); // and the first review
    assert_true(span_is(list->clocks[0].worker, "anna"));
    PUT(&due_of, due_of, referral, span_text("R0000000000009"));
    assert_int_equal(ask_due(kit, &due_of)->answer, ANSWER_NOT_FOUND);
}

// ---------------------------------------------------------------- for the referrer

static const struct standing *ask_standing(struct kit *kit, const char *referral)
{
    static struct standing standing;
    const struct standing_of asked = {.referral = span_text(referral)};

    assert_true(
        fake_runtime_reply(kit->fake, fake_runtime_request_of(kit->fake, 1, STANDING_STANDING, &asked), &record_standing, &standing));
    return &standing;
}

static void the_referrer_hears_where_it_stands(void **state)
{
    struct kit *kit = *state;
    const struct standing *standing;
    uint64_t token;

    assert_int_equal(ask_standing(kit, "R0000000000001")->answer, ANSWER_NOT_FOUND);
    kit_refer(kit, &(struct kit_referral){.number = 1});
    standing = ask_standing(kit, "R0000000000001");
    assert_int_equal(standing->state, PUBLIC_WITH_TEAM);
    assert_true(span_is(standing->team, "fsw"));
    assert_true(standing->title.size > 0);
    assert_int_equal(standing->level, 3);
    assert_int_equal(standing->decided_at, kit_moment("2016-11-18T11:00:00Z"));
    assert_true(span_is(standing->next, "tell_referrer"));
    assert_int_equal(standing->next_due, kit_moment("2016-11-25T17:00:00Z"));
    assert_int_equal(standing->n_late, 0);
    kit_pass_to(kit, kit_moment("2016-11-26T17:00:00Z"));
    standing = ask_standing(kit, "R0000000000001");
    assert_int_equal(standing->n_late, 1);
    assert_true(span_is(standing->breaches[0].clock, "tell_referrer"));
    assert_true(span_is(standing->breaches[0].says, "telling the referrer the outcome"));
    assert_true(span_is(standing->next_says, "somebody of the team taking it on"));
    assert_true(span_is(standing->next, "team_queue"));
    token = kit_accept_lead(kit, 1, "fsw", "anna");
    standing = ask_standing(kit, "R0000000000001");
    assert_int_equal(standing->state, PUBLIC_WITH_WORKER);
    assert_true(span_is(standing->next, "plan"));
    assert_int_equal(kit_close_job(kit, 1, 0, "anna", token, OUTCOME_NEEDS_MET), ANSWER_OK);
    standing = ask_standing(kit, "R0000000000001");
    assert_int_equal(standing->state, PUBLIC_CLOSED);
    assert_int_equal(standing->outcome, OUTCOME_NEEDS_MET);
    assert_false(HAS(standing, standing, next_due));
    assert_int_equal(standing->n_late, 1); // it stays true
}

static void the_referrer_hears_why_it_waits(void **state)
{
    struct kit *kit = *state;
    const struct standing *standing;

    kit_refer(kit, &(struct kit_referral){.number = 1, .without_consent = true});
    standing = ask_standing(kit, "R0000000000001");
    assert_int_equal(standing->state, PUBLIC_WAITING);
    assert_int_equal(standing->reason, REASON_AWAITING_CONSENT);
    assert_false(HAS(standing, standing, decided_at));
    assert_int_equal(standing->team.size, 0);
    assert_true(span_is(standing->next, "acknowledge"));
    kit_refer(kit, &(struct kit_referral){.number = 2, .level = 1});
    standing = ask_standing(kit, "R0000000000002");
    assert_int_equal(standing->state, PUBLIC_DECIDING);
    assert_int_equal(standing->reason, REASON_UNIVERSAL);
}

static void the_referrer_hears_what_became_of_its_own_challenge(void **state)
{
    struct kit *kit = *state;
    const struct standing *standing;

    kit_refer(kit, &(struct kit_referral){.number = 1});
    assert_int_equal(kit_challenge(kit, 1, "manager"), ANSWER_OK); // among colleagues
    standing = ask_standing(kit, "R0000000000001");
    assert_false(HAS(standing, standing, challenge_due) || HAS(standing, standing, challenge));
    kit_challenged(kit, 1);
    standing = ask_standing(kit, "R0000000000001");
    assert_int_equal(standing->challenge_due, kit_moment("2016-11-22T17:00:00Z"));
    assert_int_equal(kit_settle(kit, 1, 2, DECIDE_DISMISS), ANSWER_OK);
    standing = ask_standing(kit, "R0000000000001");
    assert_int_equal(standing->challenge, OUTCOME_DISMISSED);
    assert_false(HAS(standing, standing, challenge_due));
}

// ---------------------------------------------------------------- counts

static void queues_tell_what_has_rung(void **state)
{
    struct kit *kit = *state;
    struct queues_of queues_of = {0};
    struct queues queues;

    kit_refer(kit, &(struct kit_referral){.number = 1});
    kit_refer(kit, &(struct kit_referral){.number = 2, .received_ms = kit_moment("2016-11-14T10:00:00Z")}); // due on the 22nd
    kit_refer(kit, &(struct kit_referral){.number = 3, .received_ms = kit_moment("2016-11-11T10:00:00Z")}); // due on the 21st
    kit_pass_to(kit, kit_moment("2016-11-25T17:00:00Z"));
    PUT(&queues_of, queues_of, team, span_text("fsw"));
    assert_true(fake_runtime_reply(kit->fake, fake_runtime_request(kit->fake, WORK_QUEUES, &queues_of), &record_queues, &queues));
    assert_int_equal(queues.queues[0].warned, 1);
    assert_int_equal(queues.queues[0].overdue, 2);
    assert_int_equal(queues.queues[0].escalated, 2);
    kit_restart(kit, true); // counted again from the rows
    assert_true(fake_runtime_reply(kit->fake, fake_runtime_request(kit->fake, WORK_QUEUES, &queues_of), &record_queues, &queues));
    assert_int_equal(queues.queues[0].warned, 1);
    assert_int_equal(queues.queues[0].overdue, 2);
    assert_int_equal(queues.queues[0].escalated, 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_queue_warns_rings_and_escalates),
        TEST(level_4_escalates_within_hours),
        TEST(a_decision_and_a_review_do_the_same),
        TEST(a_held_part_only_says_that_it_is_late),
        TEST(a_warning_that_comes_too_late_is_left_out),
        TEST(a_long_absence_tells_both_that_it_is_late_and_how_late),
        TEST(stages_survive_a_restart_at_every_moment),
        TEST(a_lease_keeps_the_queues_clock_quiet),
        TEST(level_4_is_shown_for_no_longer_than_the_policy_says),
        TEST(level_4_is_looked_at_within_an_hour),
        TEST(undecided_is_late_by_its_level),
        TEST(the_referrer_is_told_in_five_days),
        TEST(an_accept_tells_the_referrer),
        TEST(a_reminder_rings_while_a_worker_is_shown_it),
        TEST(a_plan_is_due_until_the_worker_tells_of_it),
        TEST(a_review_starts_the_next),
        TEST(an_assessment_counts_from_the_last_one),
        TEST(a_missing_assessment_is_looked_for_and_written),
        TEST(what_is_for_information_never_rings),
        TEST(a_late_route_counts_from_the_receipt),
        TEST(what_was_late_is_remembered),
        TEST(the_oldest_breaches_give_way),
        TEST(due_tells_the_earliest_first),
        TEST(due_of_a_referral_tells_all_of_its_clocks),
        TEST(the_referrer_hears_where_it_stands),
        TEST(the_referrer_hears_why_it_waits),
        TEST(the_referrer_hears_what_became_of_its_own_challenge),
        TEST(queues_tell_what_has_rung),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
