// SPDX-License-Identifier: MIT
// Calendar arithmetic: days and milliseconds since 1970, RFC 3339 text, the clock of Europe/London, ages in months.
// Pure; used wherever a date is read, written or counted with. Knows no clock and no time zone file.
#pragma once

#include "common/base/span.h"

enum { CIVIL_DATE_MAX = 10, CIVIL_TIME_MAX = 24 };        // characters, without the NUL
enum { CIVIL_YEAR_FIRST = 1900, CIVIL_YEAR_LAST = 2099 }; // years that may stand in a message

struct civil {
    int32_t year;
    int32_t month; // 1..12
    int32_t day;   // 1..31
};

// Days since 1970-01-01, Gregorian, any year from 0 to 9999.
int32_t days_from_civil(struct civil date);
struct civil civil_from_days(int32_t days);
int32_t civil_month_days(int32_t year, int32_t month);
// 0 Sunday .. 6 Saturday.
int civil_weekday(int32_t days);

// True when `text` is a calendar date YYYY-MM-DD from 1900 to 2099.
bool civil_parse_date(struct span text, int32_t *days);
// True when `text` is an RFC 3339 time of these years: any offset, up to 9 fraction digits (cut to ms). A leap second is the second after.
bool civil_parse_time(struct span text, int64_t *ms);

// "2026-11-23T09:12:00.123Z" and "2026-11-23", with a NUL; outside the years 0 to 9999 the nearest end of them.
void civil_print_time(int64_t ms, char text[CIVIL_TIME_MAX + 1]);
void civil_print_date(int32_t days, char text[CIVIL_DATE_MAX + 1]);

// 60 in summer, else 0: from the last Sunday of March to that of October, both 01:00 UTC (the rule since 1996).
int civil_london_offset_minutes(int64_t utc_ms);
// The instant at which a day begins in Europe/London.
int64_t civil_london_midnight(int32_t day);
// The day on a calendar in Europe/London, days since 1970.
int32_t civil_london_day(int64_t utc_ms);

// Completed calendar months from `born_days` to `on_days`; what the calendar lacks (31st, 29 February) is completed on the first of
// the next month. A date ahead counts below zero: -1 for any part of the first month ahead, -2 for the second.
int civil_age_months(int32_t born_days, int32_t on_days);
