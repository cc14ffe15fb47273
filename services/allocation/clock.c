// SPDX-License-Identifier: MIT
// Arithmetic of due times. Local time is ms since 1970 on a London wall clock; UTC comes in and goes out.
// Called by allocation. Asks no clock and no time zone file.
#include "services/allocation/clock.h"

#include "common/base/civil.h"

enum { MINUTE_MS = 60000, HOUR_MS = 60 * MINUTE_MS, DAY_MINUTES = 24 * 60, WEEK_DAYS = 7 };

static int64_t local_midnight(int32_t day)
{
    return (int64_t)day * DAY_MINUTES * MINUTE_MS;
}

static int64_t local_from_utc(int64_t utc_ms)
{
    return utc_ms + (int64_t)civil_london_offset_minutes(utc_ms) * MINUTE_MS;
}

// A local time that occurs twice is the first of the two; one that the clock skips is as far behind the change as it was behind the skip.
static int64_t utc_from_local(int64_t local_ms)
{
    int64_t summer = local_ms - HOUR_MS;

    return local_from_utc(summer) == local_ms ? summer : local_ms;
}

static int64_t utc_at(int32_t day, uint16_t minute)
{
    return utc_from_local(local_midnight(day) + (int64_t)minute * MINUTE_MS);
}

bool clock_is_working_day(const struct calendar *calendar, int32_t day)
{
    return schedule_is_working_day(calendar, day);
}

static int64_t close_of_day(const struct calendar *calendar, int32_t day)
{
    return utc_at(day, calendar->closes);
}

static int64_t after_working_time(const struct calendar *calendar, int64_t need_ms, int64_t from_ms)
{
    int32_t day = civil_london_day(from_ms);
    int64_t at = from_ms;

    if (!clock_is_working_day(calendar, day))
        day = schedule_working_day(calendar, day, 1);
    for (;;) {
        int64_t opens = utc_at(day, calendar->opens);
        int64_t closes = utc_at(day, calendar->closes);
        if (at < opens)
            at = opens;
        if (closes - at >= need_ms)
            return at + need_ms;
        need_ms -= at < closes ? closes - at : 0;
        day = schedule_working_day(calendar, day, 1);
    }
}

static int64_t before_working_time(const struct calendar *calendar, int64_t need_ms, int64_t due_ms)
{
    int32_t day = civil_london_day(due_ms);
    int64_t at = due_ms;

    if (!clock_is_working_day(calendar, day))
        day = schedule_working_day(calendar, day, -1);
    for (;;) {
        int64_t opens = utc_at(day, calendar->opens);
        int64_t closes = utc_at(day, calendar->closes);
        if (at > closes)
            at = closes;
        if (at - opens >= need_ms)
            return at - need_ms;
        need_ms -= at > opens ? at - opens : 0;
        day = schedule_working_day(calendar, day, -1);
    }
}

// A day that the month lacks is its last.
static int32_t months_on(int32_t day, int32_t months)
{
    struct civil date = civil_from_days(day);
    int32_t month = date.year * 12 + date.month - 1 + months;
    int32_t length;

    date.year = month / 12;
    date.month = month % 12 + 1;
    length = civil_month_days(date.year, date.month);
    date.day = date.day < length ? date.day : length;
    return days_from_civil(date);
}

int64_t clock_due(const struct calendar *calendar, struct duration time, int64_t from_ms)
{
    switch ((enum clock_unit)time.unit) {
    case CLOCK_MINUTES:
        return from_ms + (int64_t)time.amount * MINUTE_MS;
    case CLOCK_HOURS:
        return from_ms + (int64_t)time.amount * HOUR_MS;
    case CLOCK_WORKING_HOURS:
        return after_working_time(calendar, (int64_t)time.amount * HOUR_MS, from_ms);
    case CLOCK_WORKING_DAYS:
        return close_of_day(calendar, schedule_working_day(calendar, civil_london_day(from_ms), time.amount));
    case CLOCK_WEEKS:
        return close_of_day(calendar, civil_london_day(from_ms) + time.amount * WEEK_DAYS);
    case CLOCK_MONTHS:
        return close_of_day(calendar, months_on(civil_london_day(from_ms), time.amount));
    }
    return from_ms;
}

int64_t clock_before(const struct calendar *calendar, struct duration time, int64_t due_ms)
{
    switch ((enum clock_unit)time.unit) {
    case CLOCK_MINUTES:
        return due_ms - (int64_t)time.amount * MINUTE_MS;
    case CLOCK_HOURS:
        return due_ms - (int64_t)time.amount * HOUR_MS;
    case CLOCK_WORKING_HOURS:
        return before_working_time(calendar, (int64_t)time.amount * HOUR_MS, due_ms);
    case CLOCK_WORKING_DAYS:
        return close_of_day(calendar, schedule_working_day(calendar, civil_london_day(due_ms), -(int)time.amount));
    case CLOCK_WEEKS:
        return close_of_day(calendar, civil_london_day(due_ms) - time.amount * WEEK_DAYS);
    case CLOCK_MONTHS:
        return close_of_day(calendar, months_on(civil_london_day(due_ms), -(int32_t)time.amount));
    }
    return due_ms;
}

void clock_day(int64_t ms, int64_t *from_ms, int64_t *to_ms)
{
    int32_t day = civil_london_day(ms);

    *from_ms = utc_at(day, 0);
    *to_ms = utc_at(day + 1, 0);
}

bool clock_state_due(const struct policy *policy, enum state state, unsigned team, int64_t from_ms, int64_t *due_ms)
{
    const struct clock_rule *rule = rules_clock(policy, state, team, false);

    if (rule == NULL)
        return false;
    *due_ms = clock_due(&policy->calendar, rule->due, from_ms);
    return true;
}
