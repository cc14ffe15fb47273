// SPDX-License-Identifier: MIT
// The allocation daemon's clocks: each warns before its due time, rings at it and escalates after it, once, whatever the clock or the
// process does meanwhile. It is Friday 18 November 2016, 11:00.
#include "allocation_kit.h"

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

// The newest event of a type tells of this clock, of referral 1 or a part of it.
static void expect_rung(struct kit *kit, enum event_type type, uint64_t count, const char *clock, unsigned part, const char *due)
{
    union event_data data;
    struct event head;

    assert_int_equal(fake_runtime_count_of(kit->fake, type), count);
    assert_true(fake_runtime_last(kit->fake, type, &head, &data));
    assert_true(span_is(data.OVERDUE.clock, clock));
    assert_int_equal(HAS(&data.OVERDUE, rung, part) ? data.OVERDUE.part : 0, part);
    assert_int_equal(data.OVERDUE.due, kit_moment(due));
}

// Nothing of the type comes before the moment, one at it.
static void expect_rings_at(struct kit *kit, enum event_type type, const char *clock, const char *due, const char *moment)
{
    uint64_t before = fake_runtime_count_of(kit->fake, type);

    kit_pass_to(kit, kit_moment(moment) - 1);
    assert_int_equal(fake_runtime_count_of(kit->fake, type), before);
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
    union event_data data;
    struct event head;

    kit_refer(kit, &(struct kit_referral){.number = 1});
    expect_rings_at(kit, EVENT_WARNED, "team_queue", "2016-11-28T17:00:00Z", "2016-11-25T17:00:00Z"); // a Friday; it is due on Monday
    assert_int_equal(stage_of(kit, 1), STAGE_WARNED);
    expect_rings_at(kit, EVENT_OVERDUE, "team_queue", "2016-11-28T17:00:00Z", "2016-11-28T17:00:00Z");
    assert_int_equal(stage_of(kit, 1), STAGE_OVERDUE);
    expect_rings_at(kit, EVENT_ESCALATED, "team_queue", "2016-11-28T17:00:00Z", "2016-11-30T17:00:00Z");
    assert_int_equal(stage_of(kit, 1), STAGE_ESCALATED);
    assert_true(fake_runtime_last(kit->fake, EVENT_ESCALATED, &head, &data));
    assert_true(span_is(data.ESCALATED.to, "team-manager"));
    assert_true(span_is(data.ESCALATED.team, "fsw"));
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
    assert_int_equal(fake_runtime_count_of(kit->fake, EVENT_OVERDUE), 2); // lead and part
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
    assert_int_equal(fake_runtime_count_of(kit->fake, EVENT_WARNED), 0);
    expect_rung(kit, EVENT_OVERDUE, 1, "team_queue", 0, "2016-11-28T17:00:00Z");
    expect_rings_at(kit, EVENT_ESCALATED, "team_queue", "2016-11-28T17:00:00Z", "2016-11-30T17:00:00Z");
    expect_silence(kit);
}

static void a_long_absence_tells_both_that_it_is_late_and_how_late(void **state)
{
    struct kit *kit = *state;

    kit_refer(kit, &(struct kit_referral){.number = 1});
    kit_pass_to(kit, kit_moment("2017-03-01T09:00:00Z"));
    assert_int_equal(fake_runtime_count_of(kit->fake, EVENT_WARNED), 0);
    assert_int_equal(fake_runtime_count_of(kit->fake, EVENT_OVERDUE), 1);
    assert_int_equal(fake_runtime_count_of(kit->fake, EVENT_ESCALATED), 1);
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
        assert_int_equal(fake_runtime_count_of(kit->fake, type), 1);
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
    assert_int_equal(fake_runtime_count_of(kit->fake, EVENT_WARNED), 0);
    assert_int_equal(kit_answer(kit, WORK_RELEASE, "anna", taken.token, 1, 0, 0), ANSWER_OK);
    kit_pass(kit, MINUTE_MS, 1);
    expect_rung(kit, EVENT_WARNED, 1, "team_queue", 0, "2016-11-28T17:00:00Z");
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
        TEST(queues_tell_what_has_rung),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
