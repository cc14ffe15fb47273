// SPDX-License-Identifier: MIT
// Working days of a calendar, found by an index where there is one and one by one beyond it.
// Called by the loader, which makes the index, and by clock.c. Asks no clock.
#include "common/policy/schedule.h"

#include "common/base/civil.h"

enum { WEEK_DAYS = 7 };
enum { SEARCH_DAYS_MAX = 3660 }; // a calendar without a working day in ten years ends the search, not the daemon

static bool is_holiday(const struct calendar *calendar, int32_t day)
{
    unsigned low = 0;
    unsigned high = calendar->n_holidays;

    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (calendar->holidays[middle] < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low < calendar->n_holidays && calendar->holidays[low] == day;
}

bool schedule_is_working_day(const struct calendar *calendar, int32_t day)
{
    int from_monday = (civil_weekday(day) + 6) % WEEK_DAYS;

    return (calendar->weekdays >> from_monday & 1) != 0 && !is_holiday(calendar, day);
}

void schedule_index(struct calendar *calendar)
{
    calendar->n_days = calendar->n_working = 0;
    for (int32_t day = calendar->first_day; day <= calendar->last_day && calendar->n_days < CALENDAR_DAYS_MAX; day++) {
        calendar->working_before[calendar->n_days] = (uint16_t)calendar->n_working;
        if (schedule_is_working_day(calendar, day))
            calendar->working[calendar->n_working++] = (uint16_t)calendar->n_days;
        calendar->n_days++;
    }
}

// By the index; false where it does not reach.
static bool look_up(const struct calendar *calendar, int32_t day, int n, int32_t *found)
{
    int64_t place = (int64_t)day - calendar->first_day;
    unsigned before;
    int64_t wanted;

    if (n == 0 || place < 0 || place >= calendar->n_days)
        return false;
    before = calendar->working_before[place];
    wanted = (int64_t)before + n;
    if (n > 0 && (before == calendar->n_working || calendar->working[before] != place))
        wanted--; // the day itself is not worked: the first after it is the next in order
    if (wanted < 0 || wanted >= calendar->n_working)
        return false;
    *found = calendar->first_day + calendar->working[wanted];
    return true;
}

static int32_t neighbour(const struct calendar *calendar, int32_t day, int32_t step)
{
    for (int i = 0; i < SEARCH_DAYS_MAX; i++) {
        day += step;
        if (schedule_is_working_day(calendar, day))
            break;
    }
    return day;
}

int32_t schedule_working_day(const struct calendar *calendar, int32_t day, int n)
{
    int32_t found;

    if (look_up(calendar, day, n, &found))
        return found;
    for (; n > 0; n--)
        day = neighbour(calendar, day, 1);
    for (; n < 0; n++)
        day = neighbour(calendar, day, -1);
    return day;
}
