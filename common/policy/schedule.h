// SPDX-License-Identifier: MIT
// Clocks and the calendar of a policy as values.
// Filled by the loader, read by clock.c. Counts nothing itself.
#pragma once

#include "common/policy/table.h"

enum { POLICY_HOLIDAYS_MAX = 512, CALENDAR_DAYS_MAX = 8192 };

enum clock_unit { CLOCK_MINUTES, CLOCK_HOURS, CLOCK_WORKING_HOURS, CLOCK_WORKING_DAYS, CLOCK_WEEKS, CLOCK_MONTHS };

struct duration {
    uint16_t amount; // 0: none
    uint8_t unit;    // enum clock_unit
};

struct clock_rule {
    struct span name; // "hub_decision"
    struct span says; // what is promised, as a noun: "a person's decision"; size 0: nothing
    struct duration due;
    struct duration warn;     // so long before the due time
    struct duration escalate; // so long after it
    struct span to;           // who is told then; size 0: nobody by name
    uint8_t state;            // enum state it runs in; 0: it is a reminder, or only a time that other rules ask for by its name
    uint8_t team;             // only at this team; 0: at all others
    bool reviewed;            // only once the worker has told of a review; instead of the one without
    uint16_t starts;          // a reminder: bit h: happening h starts it, the latest counts; 0: it is none
    uint16_t stops;           // bit h: happening h, once it is not before the start, stops it
    bool information;         // it is shown, and never rings
    uint8_t levels;           // bit l: at level l
    uint64_t teams;           // bit t: at team t; 0: at any
    uint64_t reasons;         // bit r: jobs that wait for reason r, parts too; 0: leads, for whatever reason
    struct origin origin;
};

// Sets of the reminders that ring, bit i: the i-th of all. From their rows.
enum { REMINDER_LEVELS = 8, REMINDER_TEAMS = 64 };
struct reminder_sets {
    uint32_t of_level[REMINDER_LEVELS], of_team[REMINDER_TEAMS];       // those that may run there
    uint32_t started_by[HAPPENING_COUNT], stopped_by[HAPPENING_COUNT]; // by a happening
};

struct calendar {
    uint8_t weekdays;            // bit 0 Monday ... bit 6 Sunday: worked
    uint16_t opens, closes;      // minutes after local midnight
    int32_t first_day, last_day; // holidays are known for these days
    unsigned n_holidays;
    int32_t holidays[POLICY_HOLIDAYS_MAX]; // days since 1970-01-01, in order
    struct origin origin;
    // The days from first_day on, as far as they are indexed; made by schedule_index. A time of n working days is then two look-ups.
    unsigned n_days, n_working;
    uint16_t working_before[CALENDAR_DAYS_MAX]; // of each day: how many working days lie before it
    uint16_t working[CALENDAR_DAYS_MAX];        // the working days, in order, as numbers from first_day on
};

// True for a day that is worked and no holiday.
bool schedule_is_working_day(const struct calendar *calendar, int32_t day);
// Indexes the days up to last_day, at most CALENDAR_DAYS_MAX; the rest of the calendar must be there.
void schedule_index(struct calendar *calendar);
// The n-th working day after `day`, or before it (n below 0; 0: the day itself).
int32_t schedule_working_day(const struct calendar *calendar, int32_t day, int n);
