// SPDX-License-Identifier: MIT
// Calendar arithmetic in integers.
// Used wherever a date is read, written or counted with. Never asks the system for time or zone.
#include "common/base/civil.h"

#define DAY_MS INT64_C(86400000)
#define HOUR_MS INT64_C(3600000)
#define MINUTE_MS INT64_C(60000)
#define MS_MIN (INT64_C(-62167219200) * 1000)     // 0000-01-01
#define MS_MAX (INT64_C(253402300800) * 1000 - 1) // end of 9999-12-31

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

// Counts in eras of 400 years (146,097 days) that begin on 1 March, so that the leap day is the last of its year.
int32_t days_from_civil(struct civil date)
{
    int32_t year = date.month > 2 ? date.year : date.year - 1;
    int32_t era = (year >= 0 ? year : year - 399) / 400;
    int32_t year_of_era = year - era * 400;
    int32_t day_of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
    int32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

struct civil civil_from_days(int32_t days)
{
    int32_t shifted = days + 719468; // days since 0000-03-01
    int32_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int32_t day_of_era = shifted - era * 146097;
    int32_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int32_t march_month = (5 * day_of_year + 2) / 153; // 0 March .. 11 February
    int32_t month = march_month + (march_month < 10 ? 3 : -9);

    return (struct civil){
        .year = year_of_era + era * 400 + (month <= 2 ? 1 : 0),
        .month = month,
        .day = day_of_year - (153 * march_month + 2) / 5 + 1,
    };
}

int32_t civil_month_days(int32_t year, int32_t month)
{
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

int civil_weekday(int32_t days)
{
    return (int)(days >= -4 ? (days + 4) % 7 : (days + 5) % 7 + 6); // 1970-01-01 was a Thursday
}

// ---------------------------------------------------------------- reading

// Reads `count` digits at `*at`; false when one is not a digit.
static bool digits(const uint8_t **at, const uint8_t *end, int count, int32_t *value)
{
    *value = 0;
    if (end - *at < count)
        return false;
    for (int i = 0; i < count; i++) {
        int digit = *(*at)++ - '0';

        if (digit < 0 || digit > 9)
            return false;
        *value = *value * 10 + digit;
    }
    return true;
}

static bool literal(const uint8_t **at, const uint8_t *end, char upper, char lower)
{
    if (*at == end || (**at != (uint8_t)upper && **at != (uint8_t)lower))
        return false;
    (*at)++;
    return true;
}

static bool read_date(const uint8_t **at, const uint8_t *end, int32_t *days)
{
    struct civil date;

    if (!digits(at, end, 4, &date.year) || !literal(at, end, '-', '-') || !digits(at, end, 2, &date.month) || !literal(at, end, '-', '-') ||
        !digits(at, end, 2, &date.day))
        return false;
    if (date.year < CIVIL_YEAR_FIRST || date.year > CIVIL_YEAR_LAST || date.month < 1 || date.month > 12 || date.day < 1 ||
        date.day > civil_month_days(date.year, date.month))
        return false;
    *days = days_from_civil(date);
    return true;
}

bool civil_parse_date(struct span text, int32_t *days)
{
    const uint8_t *at = text.at;

    return text.size == CIVIL_DATE_MAX && read_date(&at, text.at + text.size, days);
}

// ".123456789": 1 to 9 digits, of which three count.
static bool read_fraction(const uint8_t **at, const uint8_t *end, int32_t *ms)
{
    int n = 0;

    *ms = 0;
    if (*at == end || **at != '.')
        return true;
    for ((*at)++; *at < end && **at >= '0' && **at <= '9'; (*at)++, n++)
        if (n < 3)
            *ms = *ms * 10 + (**at - '0');
    for (int i = n; i < 3; i++)
        *ms *= 10;
    return n >= 1 && n <= 9;
}

static bool read_offset(const uint8_t **at, const uint8_t *end, int64_t *ms)
{
    int32_t hours, minutes;
    bool east;

    *ms = 0;
    if (literal(at, end, 'Z', 'z'))
        return true;
    if (*at == end || (**at != '+' && **at != '-'))
        return false;
    east = *(*at)++ == '+';
    if (!digits(at, end, 2, &hours) || !literal(at, end, ':', ':') || !digits(at, end, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *ms = (hours * HOUR_MS + minutes * MINUTE_MS) * (east ? 1 : -1);
    return true;
}

bool civil_parse_time(struct span text, int64_t *ms)
{
    const uint8_t *at = text.at, *end;
    int32_t days, hour, minute, second, fraction;
    int64_t offset, minutes_ms;

    if (text.size == 0)
        return false;
    end = at + text.size;
    if (!read_date(&at, end, &days) || !literal(&at, end, 'T', 't') || !digits(&at, end, 2, &hour) || !literal(&at, end, ':', ':') ||
        !digits(&at, end, 2, &minute) || !literal(&at, end, ':', ':') || !digits(&at, end, 2, &second) ||
        !read_fraction(&at, end, &fraction) || !read_offset(&at, end, &offset) || at != end)
        return false;
    if (hour > 23 || minute > 59 || second > 60)
        return false;
    minutes_ms = days * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS - offset;
    if (second == 60 && minutes_ms - floor_div(minutes_ms, DAY_MS) * DAY_MS != DAY_MS - MINUTE_MS)
        return false; // leap seconds come only at the end of a day in UTC
    *ms = minutes_ms + second * INT64_C(1000) + fraction;
    return true;
}

// ---------------------------------------------------------------- writing

static char *print_digits(char *at, int32_t value, int count)
{
    for (int i = count - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + count;
}

static int64_t clamp_ms(int64_t ms)
{
    return ms < MS_MIN ? MS_MIN : ms > MS_MAX ? MS_MAX : ms;
}

static char *print_days(char *at, int32_t days)
{
    struct civil date = civil_from_days(days);

    at = print_digits(at, date.year, 4);
    *at++ = '-';
    at = print_digits(at, date.month, 2);
    *at++ = '-';
    return print_digits(at, date.day, 2);
}

void civil_print_date(int32_t days, char text[CIVIL_DATE_MAX + 1])
{
    *print_days(text, (int32_t)floor_div(clamp_ms(days * DAY_MS), DAY_MS)) = '\0';
}

void civil_print_time(int64_t ms, char text[CIVIL_TIME_MAX + 1])
{
    int64_t clamped = clamp_ms(ms);
    int32_t days = (int32_t)floor_div(clamped, DAY_MS);
    int32_t of_day = (int32_t)(clamped - days * DAY_MS);
    char *at = print_days(text, days);

    *at++ = 'T';
    at = print_digits(at, of_day / 3600000, 2);
    *at++ = ':';
    at = print_digits(at, of_day / 60000 % 60, 2);
    *at++ = ':';
    at = print_digits(at, of_day / 1000 % 60, 2);
    *at++ = '.';
    at = print_digits(at, of_day % 1000, 3);
    *at++ = 'Z';
    *at = '\0';
}

// ---------------------------------------------------------------- London, ages

// 01:00 UTC on the last Sunday of a month of 31 days.
static int64_t last_sunday_ms(int32_t year, int32_t month)
{
    int32_t last = days_from_civil((struct civil){year, month, 31});

    return (last - civil_weekday(last)) * DAY_MS + HOUR_MS;
}

int civil_london_offset_minutes(int64_t utc_ms)
{
    int32_t year = civil_from_days((int32_t)floor_div(clamp_ms(utc_ms), DAY_MS)).year;

    return utc_ms >= last_sunday_ms(year, 3) && utc_ms < last_sunday_ms(year, 10) ? 60 : 0;
}

int32_t civil_london_day(int64_t utc_ms)
{
    return (int32_t)floor_div(clamp_ms(utc_ms) + civil_london_offset_minutes(utc_ms) * MINUTE_MS, DAY_MS);
}

int civil_age_months(int32_t born_days, int32_t on_days)
{
    struct civil born = civil_from_days(born_days), on = civil_from_days(on_days);

    return (int)((on.year - born.year) * 12 + on.month - born.month - (on.day < born.day ? 1 : 0));
}
