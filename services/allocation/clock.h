// SPDX-License-Identifier: MIT
// Due times: elapsed hours, working hours, working days and weeks, in Europe/London with its clock changes and bank holidays.
// Called by allocation and tests. Pure: the moment comes in as a value.
#pragma once

#include "common/policy/rules.h"

// When a time that starts at from_ms (UTC) has run out, in ms UTC.
// MINUTES, HOURS: elapsed. WORKING_HOURS: counted only while the calendar is open. WORKING_DAYS n: closing time of the n-th working day
// after the London day of from_ms. WEEKS, MONTHS: closing time of the same weekday, or day of the month, so many weeks or months on.
int64_t clock_due(const struct calendar *calendar, struct duration time, int64_t from_ms);
// The same backwards: so long before due_ms, always at least a minute. From there clock_due leads to due_ms again where due_ms is elapsed
// time, within opening hours, or (days, weeks) at closing time.
int64_t clock_before(const struct calendar *calendar, struct duration time, int64_t due_ms);

// The due time of a state at a team (index of policy->teams; 0: any) entered or counted from from_ms. False when no clock runs (closed,
// leased, routing).
bool clock_state_due(const struct policy *policy, enum state state, unsigned team, int64_t from_ms, int64_t *due_ms);

// The day in London that a moment lies in: from its midnight to the next one.
void clock_day(int64_t ms, int64_t *from_ms, int64_t *to_ms);
bool clock_is_working_day(const struct calendar *calendar, int32_t day);
