// SPDX-License-Identifier: MIT
// Dates, times, London's clock and ages.
#include "common/base/civil.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static int32_t day(const char *text)
{
    int32_t days;

    if (!civil_parse_date(span_text(text), &days))
        fail_msg("not a date: %s", text);
    return days;
}

static int64_t ms(const char *text)
{
    int64_t value;

    if (!civil_parse_time(span_text(text), &value))
        fail_msg("not a time: %s", text);
    return value;
}

static void counts_every_day(void **state)
{
    int32_t days = days_from_civil((struct civil){0, 1, 1});

    (void)state;
    for (int32_t year = 0; year <= 9999; year++)
        for (int32_t month = 1; month <= 12; month++)
            for (int32_t d = 1; d <= civil_month_days(year, month); d++, days++) {
                struct civil back = civil_from_days(days);

                assert_int_equal(days_from_civil((struct civil){year, month, d}), days);
                assert_true(back.year == year && back.month == month && back.day == d);
                assert_int_equal(civil_weekday(days), (days % 7 + 11) % 7);
            }
    assert_int_equal(days - 1, days_from_civil((struct civil){9999, 12, 31}));
    assert_int_equal(day("1970-01-01"), 0);
    assert_int_equal(day("2000-03-01"), 11017);
    assert_int_equal(civil_weekday(day("2026-11-23")), 1);
    assert_int_equal(civil_weekday(day("1969-12-28")), 0);
}

static void refuses_bad_dates(void **state)
{
    static const char *const bad[] = {
        "",           "2026-11-2",  "2026-11-231", "2026/11/23", "2025-02-29", "1900-02-29", "2026-13-01", "2026-00-01",
        "2026-01-00", "2026-04-31", "1899-12-31",  "2100-01-01", "2026-1-023", "x026-11-23", "2026-11- 3", "-026-11-23",
    };
    int32_t days;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        if (civil_parse_date(span_text(bad[i]), &days))
            fail_msg("taken: %s", bad[i]);
    assert_true(civil_parse_date(span_text("2000-02-29"), &days));
}

static void reads_times(void **state)
{
    (void)state;
    assert_true(ms("1970-01-01T00:00:00Z") == 0);
    assert_true(ms("2026-11-23T09:12:00Z") == INT64_C(1795425120000));
    assert_true(ms("2026-11-23T10:12:00+01:00") == ms("2026-11-23T09:12:00Z"));
    assert_true(ms("2026-11-22T23:42:00-09:30") == ms("2026-11-23T09:12:00Z"));
    assert_true(ms("2026-11-23t09:12:00.1z") == ms("2026-11-23T09:12:00Z") + 100);
    assert_true(ms("2026-11-23T09:12:00.123456789Z") == ms("2026-11-23T09:12:00Z") + 123);
    assert_true(ms("1969-12-31T23:59:59.999Z") == -1);
    assert_true(ms("2016-12-31T23:59:60Z") == ms("2017-01-01T00:00:00Z"));
    assert_true(ms("2017-01-01T00:59:60+01:00") == ms("2017-01-01T00:00:00Z"));
}

static void refuses_bad_times(void **state)
{
    static const char *const bad[] = {
        "",
        "2026-11-23",
        "2026-11-23T09:12:00",
        "2026-11-23 09:12:00Z",
        "2026-11-23T09:12Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T09:60:00Z",
        "2026-11-23T09:12:61Z",
        "2026-11-23T09:12:60Z",
        "2026-11-23T09:12:00.Z",
        "2026-11-23T09:12:00.1234567890Z",
        "2026-11-23T09:12:00,5Z",
        "2026-11-23T09:12:00+0100",
        "2026-11-23T09:12:00+24:00",
        "2026-11-23T09:12:00+01:60",
        "2026-11-23T09:12:00ZZ",
        "2025-02-29T09:12:00Z",
        "1899-12-31T23:59:59Z",
    };
    int64_t value;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        if (civil_parse_time(span_text(bad[i]), &value))
            fail_msg("taken: %s", bad[i]);
}

// Every other byte in every place of a time: a digit where a digit stands, no other sign where a sign stands.
static void takes_no_other_signs(void **state)
{
    static const char good[] = "2026-11-23T09:12:30.123+01:00";
    int64_t value;

    (void)state;
    for (size_t place = 0; place < sizeof good - 1; place++)
        for (unsigned c = 0; c < 256; c++) {
            char text[sizeof good];
            bool is_digit = good[place] >= '0' && good[place] <= '9';
            bool may = is_digit ? c >= '0' && c <= '9'
                                : c == (unsigned char)good[place] || (good[place] == 'T' && c == 't') || (good[place] == '+' && c == '-');

            memcpy(text, good, sizeof good);
            text[place] = (char)c;
            if (civil_parse_time(span_of(text, sizeof good - 1), &value) && !may)
                fail_msg("taken: %.*s", (int)sizeof good - 1, text);
            if (place < CIVIL_DATE_MAX && civil_parse_date(span_of(text, CIVIL_DATE_MAX), &(int32_t){0}) && !may)
                fail_msg("taken: %.*s", CIVIL_DATE_MAX, text);
        }
}

static void assert_read_alike(const char *text)
{
    char longer[CIVIL_TIME_MAX + 2];
    int64_t value = 0, other = 0;
    bool good = civil_parse_time(span_of(text, CIVIL_TIME_MAX), &value);

    memcpy(longer, text, CIVIL_TIME_MAX - 1);
    longer[CIVIL_TIME_MAX - 1] = '0';
    longer[CIVIL_TIME_MAX] = text[CIVIL_TIME_MAX - 1];
    if (good != civil_parse_time(span_of(longer, CIVIL_TIME_MAX + 1), &other) || (good && value != other))
        fail_msg("%.*s is read otherwise than with one more digit", CIVIL_TIME_MAX, text);
}

// Times as the hub prints them are read on a shorter way: with another byte in every place they are the same with a digit more, which
// does not count.
static void reads_printed_times_as_any(void **state)
{
    static const char *const times[] = {"2026-11-23T09:12:30.123Z", "2016-12-31T23:59:60.999Z", "1999-09-29T19:59:09.000Z",
                                        "2000-02-29T00:00:00.000Z"};
    char text[CIVIL_TIME_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(times); i++)
        for (size_t place = 0; place < CIVIL_TIME_MAX; place++)
            for (unsigned c = 0; c < 256; c++) {
                memcpy(text, times[i], CIVIL_TIME_MAX);
                text[place] = (char)c;
                assert_read_alike(text);
            }
    assert_true(ms("2016-12-31T23:59:60.999Z") == ms("2017-01-01T00:00:00Z") + 999);
}

static void prints(void **state)
{
    char time[CIVIL_TIME_MAX + 1], date[CIVIL_DATE_MAX + 1];

    (void)state;
    civil_print_time(ms("2026-11-23T09:12:00.123Z"), time);
    assert_string_equal(time, "2026-11-23T09:12:00.123Z");
    civil_print_time(-1, time);
    assert_string_equal(time, "1969-12-31T23:59:59.999Z");
    assert_false(civil_parse_time(span_of(NULL, 0), &(int64_t){0}));
    civil_print_time(INT64_MAX, time);
    assert_string_equal(time, "9999-12-31T23:59:59.999Z");
    civil_print_time(INT64_MIN, time);
    assert_string_equal(time, "0000-01-01T00:00:00.000Z");
    civil_print_date(day("2024-02-29"), date);
    assert_string_equal(date, "2024-02-29");
    civil_print_date(INT32_MAX, date);
    assert_string_equal(date, "9999-12-31");
    civil_print_date(INT32_MIN, date);
    assert_string_equal(date, "0000-01-01");
}

// The clock goes on an hour at 01:00 UTC on the last Sunday of March, back on that of October.
static const struct {
    const char *utc;
    int offset;
    const char *london_day;
} london[] = {
    {"2026-03-29T00:59:59.999Z", 0, "2026-03-29"}, {"2026-03-29T01:00:00Z", 60, "2026-03-29"},
    {"2026-10-25T00:59:59.999Z", 60, "2026-10-25"}, {"2026-10-25T01:00:00Z", 0, "2026-10-25"},
    {"2026-06-30T22:59:59Z", 60, "2026-06-30"},     {"2026-06-30T23:00:00Z", 60, "2026-07-01"},
    {"2026-12-31T23:59:59Z", 0, "2026-12-31"},      {"2027-01-01T00:00:00Z", 0, "2027-01-01"},
    {"2024-03-31T01:00:00Z", 60, "2024-03-31"},     {"2024-10-27T01:00:00Z", 0, "2024-10-27"},
    {"2021-10-31T00:59:59Z", 60, "2021-10-31"},     {"2016-11-18T15:30:00Z", 0, "2016-11-18"},
};

static void knows_london(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(london); i++) {
        assert_int_equal(civil_london_offset_minutes(ms(london[i].utc)), london[i].offset);
        assert_int_equal(civil_london_day(ms(london[i].utc)), day(london[i].london_day));
    }
}

static const struct {
    const char *born, *on;
    int months;
} ages[] = {
    {"2010-05-17", "2026-11-16", 197}, {"2010-05-17", "2026-11-17", 198}, {"2010-05-17", "2026-11-23", 198},
    {"2021-11-24", "2026-11-23", 59},  {"2021-11-23", "2026-11-23", 60},  {"2026-11-23", "2026-11-23", 0},
    {"2024-02-29", "2025-02-28", 11},  {"2024-02-29", "2025-03-01", 12},  {"2024-02-29", "2028-02-28", 47},
    {"2024-02-29", "2028-02-29", 48},  {"2026-01-31", "2026-02-28", 0},   {"2026-01-31", "2026-03-01", 1},
    {"2026-10-31", "2026-11-30", 0},   {"2026-10-31", "2026-12-01", 1},   {"2008-11-24", "2026-11-23", 215},
    // expected dates ahead
    {"2026-11-24", "2026-11-23", -1},  {"2026-12-23", "2026-11-23", -1},  {"2026-12-24", "2026-11-23", -2},
    {"2027-02-10", "2026-11-23", -3},  {"2027-08-23", "2026-11-23", -9},
};

static void counts_months(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ages); i++)
        if (civil_age_months(day(ages[i].born), day(ages[i].on)) != ages[i].months)
            fail_msg("%s on %s: %d", ages[i].born, ages[i].on, civil_age_months(day(ages[i].born), day(ages[i].on)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_every_day),
        cmocka_unit_test(refuses_bad_dates),
        cmocka_unit_test(reads_times),
        cmocka_unit_test(refuses_bad_times),
        cmocka_unit_test(takes_no_other_signs),
        cmocka_unit_test(reads_printed_times_as_any),
        cmocka_unit_test(prints),
        cmocka_unit_test(knows_london),
        cmocka_unit_test(counts_months),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
