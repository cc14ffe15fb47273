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

// C. Neri and L. Schneider, "Euclidean affine functions and their application to calendar algorithms" (2022): a product and its halves
// give quotient and rest at once. Years begin on 1 March here, too.
struct civil civil_from_days(int32_t days)
{
    uint32_t of_centuries = 4 * (uint32_t)(days + 719468 + 146097) + 3; // days since 1 March, 400 years before the year 0
    uint32_t century = of_centuries / 146097;
    uint64_t of_years = UINT64_C(2939745) * (of_centuries % 146097 | 3);
    uint32_t day_of_year = (uint32_t)of_years / 2939745 / 4;
    uint32_t of_months = 2141 * day_of_year + 197913;
    bool is_next_year = day_of_year >= 306; // January and February

    return (struct civil){
        .year = (int32_t)(100 * century + (uint32_t)(of_years >> 32)) - 400 + (is_next_year ? 1 : 0),
        .month = (int32_t)(of_months >> 16) - (is_next_year ? 12 : 0),
        .day = (int32_t)((of_months & 0xffff) / 2141) + 1,
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

static bool is_digit(uint8_t character)
{
    return (uint8_t)(character - '0') <= 9;
}

// Two digits, which the caller knows are there; above 99 when one is none.
static int32_t two_digits(const uint8_t *at)
{
    return is_digit(at[0]) && is_digit(at[1]) ? (at[0] - '0') * 10 + (at[1] - '0') : 1000000;
}

static bool literal(const uint8_t **at, const uint8_t *end, char upper, char lower)
{
    if (*at == end || (**at != (uint8_t)upper && **at != (uint8_t)lower))
        return false;
    (*at)++;
    return true;
}

static bool is_date(struct civil date)
{
    return date.year >= CIVIL_YEAR_FIRST && date.year <= CIVIL_YEAR_LAST && date.month >= 1 && date.month <= 12 && date.day >= 1 &&
           (date.day <= 28 || date.day <= civil_month_days(date.year, date.month));
}

static bool is_clock(int32_t hour, int32_t minute, int32_t second)
{
    return hour <= 23 && minute <= 59 && second <= 60;
}

// "2026-11-23"
static bool read_date(const uint8_t **at, const uint8_t *end, int32_t *days)
{
    const uint8_t *text = *at;
    struct civil date;

    if (end - text < CIVIL_DATE_MAX || text[4] != '-' || text[7] != '-')
        return false;
    date = (struct civil){two_digits(text) * 100 + two_digits(text + 2), two_digits(text + 5), two_digits(text + 8)};
    if (!is_date(date))
        return false;
    *at += CIVIL_DATE_MAX;
    *days = days_from_civil(date);
    return true;
}

// "09:12:00"
static bool read_clock(const uint8_t **at, const uint8_t *end, int32_t *minutes, int32_t *second)
{
    const uint8_t *text = *at;
    int32_t hour, minute;

    if (end - text < 8 || text[2] != ':' || text[5] != ':')
        return false;
    hour = two_digits(text);
    minute = two_digits(text + 3);
    *second = two_digits(text + 6);
    *minutes = hour * 60 + minute;
    *at += 8;
    return is_clock(hour, minute, *second);
}

// ".123456789": 1 to 9 digits, of which three count.
static bool read_fraction(const uint8_t **at, const uint8_t *end, int32_t *ms)
{
    int n = 0;

    *ms = 0;
    if (*at == end || **at != '.')
        return true;
    for ((*at)++; *at < end && is_digit(**at); (*at)++, n++)
        if (n < 3)
            *ms = *ms * 10 + (**at - '0');
    for (int i = n; i < 3; i++)
        *ms *= 10;
    return n >= 1 && n <= 9;
}

// "Z" or "+01:00"
static bool read_offset(const uint8_t **at, const uint8_t *end, int64_t *ms)
{
    const uint8_t *text = *at;
    int32_t hours, minutes;

    *ms = 0;
    if (literal(at, end, 'Z', 'z'))
        return true;
    if (end - text < 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':')
        return false;
    hours = two_digits(text + 1);
    minutes = two_digits(text + 4);
    if (hours > 23 || minutes > 59)
        return false;
    *at += 6;
    *ms = (hours * HOUR_MS + minutes * MINUTE_MS) * (text[0] == '+' ? 1 : -1);
    return true;
}

// A second of a minute that began so long after 1970. Leap seconds come only at the end of a day in UTC.
static bool add_second(int64_t minutes_ms, int32_t second, int64_t *ms)
{
    *ms = minutes_ms + second * INT64_C(1000);
    return second < 60 || minutes_ms - floor_div(minutes_ms, DAY_MS) * DAY_MS == DAY_MS - MINUTE_MS;
}

// "2026-11-23T09:12:00.123Z", as the hub prints times. Eight characters from `i` on at once: what they differ in from the form is at most 9
// where a digit stands, else nothing; the most that may be added to that without a byte's high bit is in `room`.
static uint64_t odd_bits(const uint8_t *at, size_t i)
{
    static const uint8_t form[] = "0000-00-00T00:00:00.000Z";
    static const uint8_t room[] = "vvvv\x7fvv\x7fvv\x7fvv\x7fvv\x7fvv\x7fvvv\x7f";
    const uint64_t high = UINT64_C(0x8080808080808080);
    uint64_t other = bytes_word8(at + i) ^ bytes_word8(form + i);

    return (other | ((other & ~high) + bytes_word8(room + i))) & high;
}

static int32_t known_digits(const uint8_t *at)
{
    return at[0] * 10 + at[1] - '0' * 11;
}

static struct civil known_date(const uint8_t *at)
{
    return (struct civil){known_digits(at) * 100 + known_digits(at + 2), known_digits(at + 5), known_digits(at + 8)};
}

bool civil_parse_date(struct span text, int32_t *days)
{
    struct civil date;

    if (text.size != CIVIL_DATE_MAX || (odd_bits(text.at, 0) | odd_bits(text.at, 2)) != 0)
        return false;
    date = known_date(text.at);
    if (!is_date(date))
        return false;
    *days = days_from_civil(date);
    return true;
}

static bool read_printed(const uint8_t *at, int64_t *ms)
{
    struct civil date = known_date(at);
    int32_t hour = known_digits(at + 11), minute = known_digits(at + 14), second = known_digits(at + 17);

    if (!is_date(date) || !is_clock(hour, minute, second) ||
        !add_second(days_from_civil(date) * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS, second, ms))
        return false;
    *ms += known_digits(at + 20) * 10 + (at[22] - '0');
    return true;
}

bool civil_parse_time(struct span text, int64_t *ms)
{
    const uint8_t *at = text.at, *end;
    int32_t days, minutes, second, fraction;
    int64_t offset;

    if (text.size == 0)
        return false;
    if (text.size == CIVIL_TIME_MAX && (odd_bits(at, 0) | odd_bits(at, 8) | odd_bits(at, 16)) == 0)
        return read_printed(at, ms);
    end = at + text.size;
    if (!read_date(&at, end, &days) || !literal(&at, end, 'T', 't') || !read_clock(&at, end, &minutes, &second) ||
        !read_fraction(&at, end, &fraction) || !read_offset(&at, end, &offset) || at != end)
        return false;
    if (!add_second(days * DAY_MS + minutes * MINUTE_MS - offset, second, ms))
        return false;
    *ms += fraction;
    return true;
}

// ---------------------------------------------------------------- writing

// A number from 0 to 99.
static char *print_two(char *at, int32_t value)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748"
                                "4950515253545556575859606162636465666768697071727374757677787980818283848586878889909192939495969798"
                                "99";

    memcpy(at, pairs + 2 * value, 2);
    return at + 2;
}

static int64_t clamp_ms(int64_t ms)
{
    return ms < MS_MIN ? MS_MIN : ms > MS_MAX ? MS_MAX : ms;
}

static char *print_days(char *at, int32_t days)
{
    struct civil date = civil_from_days(days);

    at = print_two(print_two(at, date.year / 100), date.year % 100);
    *at++ = '-';
    at = print_two(at, date.month);
    *at++ = '-';
    return print_two(at, date.day);
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
    at = print_two(at, of_day / 3600000);
    *at++ = ':';
    at = print_two(at, of_day / 60000 % 60);
    *at++ = ':';
    at = print_two(at, of_day / 1000 % 60);
    *at++ = '.';
    *at++ = (char)('0' + of_day % 1000 / 100);
    at = print_two(at, of_day % 100);
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
    struct civil date = civil_from_days((int32_t)floor_div(clamp_ms(utc_ms), DAY_MS));
    bool summer = date.month > 3 && date.month < 10; // in other months the day decides

    if (date.month == 3)
        summer = utc_ms >= last_sunday_ms(date.year, 3);
    else if (date.month == 10)
        summer = utc_ms < last_sunday_ms(date.year, 10);
    return summer ? 60 : 0;
}

int64_t civil_london_midnight(int32_t day)
{
    int64_t midnight = (int64_t)day * DAY_MS;
    int64_t summer = midnight - HOUR_MS;

    return civil_london_offset_minutes(summer) != 0 ? summer : midnight;
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
