// SPDX-License-Identifier: MIT
// When the clocks of a job ring: a warning before the due time, at it, and an escalation after it, as the policy's rows say; the clock of
// its state, and the reminders beside it. Called by allocation. Pure: no clock, log or store; same values in, same answer out.
#pragma once

#include "common/policy/rules.h"

#define ALARM_SOME_TIME INT64_MAX // of a happening that can only stop a clock: it has been, whenever

// What a clock of a policy came to for all starts in [from_ms, to_ms), which is a day in London; and, for that due time, its warning.
struct alarm_moment {
    int64_t from_ms, to_ms;
    int64_t due_ms;
    int64_t warn_ms; // of due_ms
};

// Moments computed before, by the clock's place: most jobs of a day have the same. All zero: none yet. A memory only, it changes no answer.
struct alarm_memo {
    const struct policy *policy;
    struct alarm_moment of_start[POLICY_CLOCKS_MAX];
    struct alarm_moment of_due[POLICY_CLOCKS_MAX];
};

// A job, as far as clocks see it.
struct alarm_subject {
    enum state state; // leased: the clock of the queue that it was taken from
    unsigned team;    // index of policy->teams; 0: one that this policy does not have
    uint8_t level;
    uint8_t reason; // enum decision_reason
    bool is_lead;
    bool waits;        // held beside its lead: nobody is told but at the due time
    struct span clock; // name of the clock that runs instead of the state's; size 0: none
    int64_t due_ms;    // of the state's clock
    uint8_t rung;      // enum clock_stage: what of it has rung already

    int64_t at_ms[HAPPENING_COUNT]; // when each happened last; 0: it has not
    int64_t told_ms;                // a reminder was told of that was to ring then; 0: none yet
    struct span told_clock;         // which

    struct alarm_memo *memo; // NULL: everything is computed
};

struct alarm {
    int64_t at_ms;                 // when it rings
    int64_t due_ms;                // of the clock
    enum clock_stage stage;        // what the clock has come to then
    const struct clock_rule *rule; // NULL: the policy has none, only the due time is known
    bool beside;                   // a reminder
};

// The first to ring of all that have not: reminders ring in the order of their moments, one moment's in the order of the policy's rows. A
// warning is left out when its due time has come too by now_ms. While a worker is shown the job its state's clock does not ring, and is
// looked at again a minute after now_ms. False when nothing rings any more; `policy` may be NULL.
bool alarm_next(const struct policy *policy, const struct alarm_subject *subject, int64_t now_ms, struct alarm *alarm);

// The rule of the state's clock; NULL when there is none.
const struct clock_rule *alarm_rule(const struct policy *policy, const struct alarm_subject *subject);
// True when a reminder runs for the job; then when it is due, also when that has passed.
bool alarm_runs(const struct policy *policy, const struct clock_rule *rule, const struct alarm_subject *subject, int64_t *due_ms);
