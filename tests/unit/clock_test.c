// SPDX-License-Identifier: MIT
// Due times: worked examples, midnight, 23:59, both clock changes, year ends, and properties over years of moments.
#include "services/allocation/clock.h"

#include "common/base/civil.h"
#include "tests/unit/policy_kit.h"

static struct policy *policy;

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

static int64_t at(const char *time)
{
    int64_t ms;

    assert_true(civil_parse_time(span_text(time), &ms));
    return ms;
}

static void expect(const char *from, unsigned amount, enum clock_unit unit, const char *due)
{
    struct duration time = {.amount = (uint16_t)amount, .unit = (uint8_t)unit};
    char got[CIVIL_TIME_MAX + 1], wanted[CIVIL_TIME_MAX + 1];

    civil_print_time(clock_due(&policy->calendar, time, at(from)), got);
    civil_print_time(at(due), wanted);
    if (strcmp(got, wanted) != 0)
        fail_msg("%s + %u of unit %d is %s, not %s", from, amount, (int)unit, got, wanted);
}

struct example {
    const char *from;
    unsigned amount;
    enum clock_unit unit;
    const char *due;
};

static const struct example worked[] = {
    {"2016-11-18T15:30:00Z", 4, CLOCK_WORKING_HOURS, "2016-11-21T11:30:00Z"},
    {"2016-11-18T15:30:00Z", 1, CLOCK_WORKING_DAYS, "2016-11-21T17:00:00Z"},
    {"2016-11-18T15:30:00Z", 3, CLOCK_WORKING_DAYS, "2016-11-23T17:00:00Z"},
    {"2016-11-18T15:30:00Z", 45, CLOCK_WORKING_DAYS, "2017-01-25T17:00:00Z"},
    {"2016-12-23T16:00:00Z", 4, CLOCK_WORKING_HOURS, "2016-12-28T12:00:00Z"},
    {"2016-12-23T16:00:00Z", 1, CLOCK_WORKING_DAYS, "2016-12-28T17:00:00Z"},
    {"2016-12-23T16:00:00Z", 3, CLOCK_WORKING_DAYS, "2016-12-30T17:00:00Z"},
    {"2016-12-23T16:00:00Z", 45, CLOCK_WORKING_DAYS, "2017-03-01T17:00:00Z"},
    {"2016-11-19T10:00:00Z", 4, CLOCK_WORKING_HOURS, "2016-11-21T13:00:00Z"},
    {"2016-11-19T10:00:00Z", 1, CLOCK_WORKING_DAYS, "2016-11-21T17:00:00Z"},
};

static const struct example edges[] = {
    // midnight and the minute before, in winter and in summer (London is an hour ahead of UTC)
    {"2016-11-17T23:59:59Z", 1, CLOCK_WORKING_DAYS, "2016-11-18T17:00:00Z"},
    {"2016-11-18T00:00:00Z", 1, CLOCK_WORKING_DAYS, "2016-11-21T17:00:00Z"},
    {"2016-06-15T22:59:59Z", 1, CLOCK_WORKING_DAYS, "2016-06-16T16:00:00Z"},
    {"2016-06-15T23:00:00Z", 1, CLOCK_WORKING_DAYS, "2016-06-17T16:00:00Z"},
    // at closing and opening time
    {"2016-11-21T16:59:00Z", 1, CLOCK_WORKING_HOURS, "2016-11-22T09:59:00Z"},
    {"2016-11-21T17:00:00Z", 1, CLOCK_WORKING_HOURS, "2016-11-22T10:00:00Z"},
    {"2016-11-21T23:59:00Z", 1, CLOCK_WORKING_HOURS, "2016-11-22T10:00:00Z"},
    {"2016-11-21T00:00:00Z", 1, CLOCK_WORKING_HOURS, "2016-11-21T10:00:00Z"},
    {"2016-11-21T09:00:00Z", 8, CLOCK_WORKING_HOURS, "2016-11-21T17:00:00Z"},
    {"2016-11-21T09:00:00.001Z", 8, CLOCK_WORKING_HOURS, "2016-11-22T09:00:00.001Z"},
    // over the change to summer time (27 March 2016) and back (30 October 2016)
    {"2016-03-25T10:00:00Z", 1, CLOCK_WORKING_DAYS, "2016-03-29T16:00:00Z"}, // Good Friday; Easter Monday is free
    {"2016-03-24T16:00:00Z", 2, CLOCK_WORKING_HOURS, "2016-03-29T09:00:00Z"},
    {"2016-10-28T15:30:00Z", 1, CLOCK_WORKING_DAYS, "2016-10-31T17:00:00Z"},
    {"2016-10-28T15:30:00Z", 4, CLOCK_WORKING_HOURS, "2016-10-31T12:30:00Z"},
    {"2016-03-27T00:30:00Z", 4, CLOCK_HOURS, "2016-03-27T04:30:00Z"},
    {"2016-10-30T00:30:00Z", 4, CLOCK_HOURS, "2016-10-30T04:30:00Z"},
    {"2016-03-26T12:00:00Z", 1, CLOCK_WEEKS, "2016-04-02T16:00:00Z"},
    {"2016-10-29T12:00:00Z", 1, CLOCK_WEEKS, "2016-11-05T17:00:00Z"},
    // year ends
    {"2016-12-30T16:30:00Z", 1, CLOCK_WORKING_HOURS, "2017-01-03T09:30:00Z"},
    {"2016-12-31T23:59:00Z", 1, CLOCK_WORKING_DAYS, "2017-01-03T17:00:00Z"},
    {"2021-12-24T12:00:00Z", 1, CLOCK_WORKING_DAYS, "2021-12-29T17:00:00Z"}, // Christmas at the weekend: 27th and 28th are free
    {"2021-12-31T12:00:00Z", 1, CLOCK_WORKING_DAYS, "2022-01-04T17:00:00Z"},
    // elapsed time knows no weekend, weeks and months end at closing time
    {"2016-12-24T22:00:00Z", 4, CLOCK_HOURS, "2016-12-25T02:00:00Z"},
    {"2016-12-24T22:00:00Z", 15, CLOCK_MINUTES, "2016-12-24T22:15:00Z"},
    {"2016-11-18T15:30:00Z", 6, CLOCK_WEEKS, "2016-12-30T17:00:00Z"},
    {"2016-11-30T15:30:00Z", 3, CLOCK_MONTHS, "2017-02-28T17:00:00Z"},
    {"2016-11-30T15:30:00Z", 12, CLOCK_MONTHS, "2017-11-30T17:00:00Z"},
};

static void worked_examples(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof worked / sizeof worked[0]; i++)
        expect(worked[i].from, worked[i].amount, worked[i].unit, worked[i].due);
}

static void midnight_clock_changes_and_year_ends(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
        expect(edges[i].from, edges[i].amount, edges[i].unit, edges[i].due);
}

// Counted naively, minute by minute: is the office open?
static bool is_open(int64_t utc_ms)
{
    int64_t local = utc_ms + civil_london_offset_minutes(utc_ms) * INT64_C(60000);
    int minute = (int)(local / 60000 % 1440);

    return clock_is_working_day(&policy->calendar, civil_london_day(utc_ms)) && minute >= 540 && minute < 1020;
}

static int64_t naive_working_minutes(int64_t from_ms, unsigned minutes)
{
    int64_t now = from_ms;

    while (minutes > 0) {
        if (is_open(now))
            minutes--;
        now += 60000;
    }
    return now;
}

static void working_hours_agree_with_counting_minutes(void **state)
{
    const struct duration time = {.amount = 4, .unit = CLOCK_WORKING_HOURS};
    int64_t start = at("2016-12-20T00:00:00Z");

    (void)state;
    for (unsigned i = 0; i < 600; i++) {
        int64_t from = start + (int64_t)i * 607 * 60000; // 607 minutes apart: every hour, many minutes, over eight months
        assert_int_equal(clock_due(&policy->calendar, time, from), naive_working_minutes(from, 240));
    }
}

// Due on a working day at closing time, later for later starts, and with exactly n working days behind the day of receipt.
static void working_days_keep_their_promise(void **state)
{
    int64_t start = at("2015-01-02T00:00:00Z");
    int64_t before = 0;

    (void)state;
    for (unsigned i = 0; i < 4000; i++) {
        int64_t from = start + (int64_t)i * 29 * 3600000;
        unsigned n = i % 12 + 1;
        struct duration time = {.amount = (uint16_t)n, .unit = CLOCK_WORKING_DAYS};
        int64_t due = clock_due(&policy->calendar, time, from);
        int32_t day = civil_london_day(due);
        unsigned counted = 0;

        for (int32_t between = civil_london_day(from) + 1; between <= day; between++)
            counted += clock_is_working_day(&policy->calendar, between);
        assert_int_equal(counted, n);
        assert_true(clock_is_working_day(&policy->calendar, day));
        assert_int_equal(due + civil_london_offset_minutes(due) * INT64_C(60000), ((int64_t)day * 1440 + 1020) * 60000);
        time.amount = 1;
        assert_true(clock_due(&policy->calendar, time, from) >= before);
        before = clock_due(&policy->calendar, time, from);
    }
}

// ---------------------------------------------------------------- properties

// Moments of eleven years: all hours of the day, and in turn just before, at and just after midnight, opening, closing and both clock changes.
static int64_t moment_of(unsigned i)
{
    static const char *const edges_of_days[] = {"2016-11-18T00:00:00Z", "2016-11-18T09:00:00Z", "2016-11-18T17:00:00Z",
                                                "2016-03-27T01:00:00Z", "2016-10-30T01:00:00Z", "2016-02-29T12:00:00Z",
                                                "2016-12-31T23:59:00Z", "2018-12-24T17:00:00Z"};
    int64_t day_ms = INT64_C(86400000);

    if (i % 2 == 0)
        return at("2015-01-02T00:00:00Z") + (int64_t)i * 7919 * 1009;
    return at(edges_of_days[i / 2 % 8]) + (int64_t)(i / 16 % 700) * day_ms + (int64_t)(i % 3) - 1;
}

enum { MOMENTS = 4000 };

static const struct duration times[] = {
    {15, CLOCK_MINUTES},     {48, CLOCK_HOURS},       {1, CLOCK_WORKING_HOURS}, {4, CLOCK_WORKING_HOURS}, {8, CLOCK_WORKING_HOURS},
    {60, CLOCK_WORKING_HOURS}, {1, CLOCK_WORKING_DAYS}, {6, CLOCK_WORKING_DAYS},  {45, CLOCK_WORKING_DAYS}, {1, CLOCK_WEEKS},
    {12, CLOCK_WEEKS},       {1, CLOCK_MONTHS},       {3, CLOCK_MONTHS},        {12, CLOCK_MONTHS},
};

enum { TIMES = sizeof times / sizeof times[0] };

static int64_t due_of(struct duration time, int64_t from_ms)
{
    return clock_due(&policy->calendar, time, from_ms);
}

static int64_t before_of(struct duration time, int64_t due_ms)
{
    return clock_before(&policy->calendar, time, due_ms);
}

static void no_time_runs_backwards(void **state)
{
    (void)state;
    for (unsigned t = 0; t < TIMES; t++)
        for (unsigned i = 0; i < MOMENTS; i++) {
            int64_t from = moment_of(i), step = 1 + (int64_t)(i % 97) * 3600000;

            assert_true(due_of(times[t], from) > from);
            assert_true(before_of(times[t], from) < from);
            assert_true(due_of(times[t], from + step) >= due_of(times[t], from)); // who comes later is never due earlier
            assert_true(before_of(times[t], from + step) >= before_of(times[t], from));
        }
}

static bool closes_at(int64_t due_ms)
{
    return due_ms + civil_london_offset_minutes(due_ms) * INT64_C(60000) == ((int64_t)civil_london_day(due_ms) * 1440 + 1020) * 60000;
}

static void days_weeks_and_months_end_at_closing_time(void **state)
{
    (void)state;
    for (unsigned t = 0; t < TIMES; t++)
        for (unsigned i = 0; i < MOMENTS && times[t].unit >= CLOCK_WORKING_DAYS; i++) {
            int64_t due = due_of(times[t], moment_of(i)), before = before_of(times[t], moment_of(i));

            assert_true(closes_at(due) && closes_at(before));
            assert_true(times[t].unit != CLOCK_WORKING_DAYS || clock_is_working_day(&policy->calendar, civil_london_day(due)));
            assert_true(times[t].unit != CLOCK_WORKING_DAYS || clock_is_working_day(&policy->calendar, civil_london_day(before)));
        }
}

static void working_hours_end_while_it_is_open(void **state)
{
    (void)state;
    for (unsigned t = 0; t < TIMES; t++)
        for (unsigned i = 0; i < MOMENTS && times[t].unit == CLOCK_WORKING_HOURS; i++) {
            assert_true(is_open(due_of(times[t], moment_of(i)) - 1));
            assert_true(is_open(before_of(times[t], moment_of(i))));
        }
}

// Two times behind each other are their sum. Working hours to the millisecond; days from closing time, at which they end; weeks as days do.
static void times_add_up(void **state)
{
    static const struct duration parts[][3] = {
        {{1, CLOCK_WORKING_HOURS}, {3, CLOCK_WORKING_HOURS}, {4, CLOCK_WORKING_HOURS}},
        {{7, CLOCK_WORKING_HOURS}, {9, CLOCK_WORKING_HOURS}, {16, CLOCK_WORKING_HOURS}},
        {{1, CLOCK_WORKING_DAYS}, {5, CLOCK_WORKING_DAYS}, {6, CLOCK_WORKING_DAYS}},
        {{15, CLOCK_WORKING_DAYS}, {30, CLOCK_WORKING_DAYS}, {45, CLOCK_WORKING_DAYS}},
        {{2, CLOCK_WEEKS}, {4, CLOCK_WEEKS}, {6, CLOCK_WEEKS}},
        {{20, CLOCK_MINUTES}, {40, CLOCK_MINUTES}, {1, CLOCK_HOURS}},
    };

    (void)state;
    for (size_t p = 0; p < sizeof parts / sizeof parts[0]; p++)
        for (unsigned i = 0; i < MOMENTS; i++) {
            int64_t from = moment_of(i);

            assert_int_equal(due_of(parts[p][1], due_of(parts[p][0], from)), due_of(parts[p][2], from));
            assert_int_equal(before_of(parts[p][1], before_of(parts[p][0], from)), before_of(parts[p][2], from));
        }
}

// So long before a due time, and the same time on from there: at the due time.
static void before_is_the_inverse_of_due(void **state)
{
    (void)state;
    for (unsigned t = 0; t < TIMES; t++)
        for (unsigned i = 0; i < MOMENTS && times[t].unit != CLOCK_MONTHS; i++) {
            int64_t due = due_of(times[t], moment_of(i));
            int64_t before = before_of(times[t], due);

            assert_int_equal(due_of(times[t], before), due);
            assert_true(before >= moment_of(i) || times[t].unit != CLOCK_WORKING_HOURS); // what comes outside waits for the opening
        }
}

// A leap day, and months that end early.
static void months_keep_their_day_where_they_have_it(void **state)
{
    (void)state;
    expect("2016-01-31T12:00:00Z", 1, CLOCK_MONTHS, "2016-02-29T17:00:00Z");
    expect("2015-01-31T12:00:00Z", 1, CLOCK_MONTHS, "2015-02-28T17:00:00Z");
    expect("2016-02-29T12:00:00Z", 12, CLOCK_MONTHS, "2017-02-28T17:00:00Z");
    expect("2016-02-29T12:00:00Z", 48, CLOCK_MONTHS, "2020-02-29T17:00:00Z");
    expect("2016-08-31T12:00:00Z", 3, CLOCK_MONTHS, "2016-11-30T17:00:00Z");
    expect("2016-12-31T23:59:59Z", 2, CLOCK_MONTHS, "2017-02-28T17:00:00Z");
    expect("2016-06-30T23:30:00Z", 1, CLOCK_MONTHS, "2016-08-01T16:00:00Z"); // 1 July in London
}

struct warning {
    const char *due;
    unsigned amount;
    enum clock_unit unit;
    const char *before;
};

static const struct warning warnings[] = {
    {"2016-11-28T17:00:00Z", 1, CLOCK_WORKING_DAYS, "2016-11-25T17:00:00Z"},
    {"2016-11-21T17:00:00Z", 4, CLOCK_WORKING_HOURS, "2016-11-21T13:00:00Z"},
    {"2016-11-21T11:30:00Z", 4, CLOCK_WORKING_HOURS, "2016-11-18T15:30:00Z"},
    {"2016-12-28T12:00:00Z", 4, CLOCK_WORKING_HOURS, "2016-12-23T16:00:00Z"}, // over Christmas, which fell on a Sunday
    {"2016-12-28T17:00:00Z", 1, CLOCK_WORKING_DAYS, "2016-12-23T17:00:00Z"},
    {"2017-01-03T17:00:00Z", 2, CLOCK_WORKING_DAYS, "2016-12-29T17:00:00Z"}, // over the new year
    {"2016-03-29T16:00:00Z", 1, CLOCK_WORKING_DAYS, "2016-03-24T17:00:00Z"}, // over Easter and the change to summer time
    {"2016-10-31T17:00:00Z", 1, CLOCK_WORKING_DAYS, "2016-10-28T16:00:00Z"}, // and back
    {"2016-11-19T10:00:00Z", 1, CLOCK_WORKING_HOURS, "2016-11-18T16:00:00Z"}, // a Saturday
    {"2016-11-18T19:30:00Z", 1, CLOCK_HOURS, "2016-11-18T18:30:00Z"},
    {"2016-03-27T01:30:00Z", 1, CLOCK_HOURS, "2016-03-27T00:30:00Z"},
    {"2016-12-30T17:00:00Z", 6, CLOCK_WEEKS, "2016-11-18T17:00:00Z"},
    {"2016-03-31T16:00:00Z", 1, CLOCK_MONTHS, "2016-02-29T17:00:00Z"},
    {"2017-01-31T17:00:00Z", 2, CLOCK_MONTHS, "2016-11-30T17:00:00Z"},
};

static void warnings_come_before(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof warnings / sizeof warnings[0]; i++) {
        struct duration time = {.amount = (uint16_t)warnings[i].amount, .unit = (uint8_t)warnings[i].unit};

        assert_int_equal(clock_before(&policy->calendar, time, at(warnings[i].due)), at(warnings[i].before));
    }
}

static void every_state_has_its_clock(void **state)
{
    static const struct {
        enum state state;
        const char *team;
        const char *due; // of Friday 18 November 2016, 15:30; NULL: no clock
    } rows[] = {
        {STATE_QUEUED, "specialist", "2016-11-18T19:30:00Z"},
        {STATE_QUEUED, "fsw", "2016-11-28T17:00:00Z"},
        {STATE_QUEUED, "take3", "2016-11-28T17:00:00Z"},
        {STATE_DECIDING, "hub-decision", "2016-11-21T17:00:00Z"},
        {STATE_HELD, "", "2016-12-02T17:00:00Z"},
        {STATE_ACCEPTED, "fsw", "2016-12-30T17:00:00Z"},
        {STATE_DEAD, "fsw", "2016-11-21T17:00:00Z"},
        {STATE_CLOSED, "fsw", NULL},
        {STATE_LEASED, "fsw", NULL},
        {STATE_ROUTING, "", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t due = 0;
        bool runs = clock_state_due(policy, rows[i].state, rules_team(policy, span_text(rows[i].team)), at("2016-11-18T15:30:00Z"), &due);

        assert_int_equal(runs, rows[i].due != NULL);
        if (runs)
            assert_int_equal(due, at(rows[i].due));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worked_examples),
        cmocka_unit_test(midnight_clock_changes_and_year_ends),
        cmocka_unit_test(working_hours_agree_with_counting_minutes),
        cmocka_unit_test(working_days_keep_their_promise),
        cmocka_unit_test(no_time_runs_backwards),
        cmocka_unit_test(days_weeks_and_months_end_at_closing_time),
        cmocka_unit_test(working_hours_end_while_it_is_open),
        cmocka_unit_test(times_add_up),
        cmocka_unit_test(before_is_the_inverse_of_due),
        cmocka_unit_test(months_keep_their_day_where_they_have_it),
        cmocka_unit_test(warnings_come_before),
        cmocka_unit_test(every_state_has_its_clock),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
