// SPDX-License-Identifier: MIT
// When a job's clock rings next: a warning before its due time, at it, and an escalation after it, as the policy's row says.
// Called by allocation. Pure: no clock, log or store; same values in, same answer out.
#pragma once

#include "common/policy/rules.h"

// A job, as far as clocks see it.
struct alarm_subject {
    enum state state;  // leased: the clock of the queue that it was taken from
    unsigned team;     // index of policy->teams; 0: one that this policy does not have
    int64_t due_ms;    // of the state
    struct span clock; // name of the clock that runs instead of the state's; size 0: none
    uint8_t rung;      // enum clock_stage: what has rung already
    bool waits;        // held beside its lead: nobody is told but at the due time
};

struct alarm {
    int64_t at_ms;                 // when it rings
    int64_t due_ms;                // of the clock
    enum clock_stage stage;        // what the clock has come to then
    const struct clock_rule *rule; // NULL: the policy has none, only the due time is known
};

// The next of the clock of its state. A warning is left out when its due time has come too by now_ms. False when nothing rings any more;
// `policy` may be NULL.
bool alarm_next(const struct policy *policy, const struct alarm_subject *subject, int64_t now_ms, struct alarm *alarm);
