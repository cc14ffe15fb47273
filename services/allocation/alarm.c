// SPDX-License-Identifier: MIT
// From a clock's due time to its next ring.
// Called by ring.c. Asks no clock.
#include "services/allocation/alarm.h"

#include "services/allocation/clock.h"

static const struct clock_rule *rule_of(const struct policy *policy, const struct alarm_subject *subject)
{
    if (policy == NULL)
        return NULL;
    if (subject->clock.size > 0)
        return rules_clock_named(policy, subject->clock);
    return rules_clock(policy, subject->state == STATE_LEASED ? STATE_QUEUED : subject->state, subject->team);
}

bool alarm_next(const struct policy *policy, const struct alarm_subject *subject, int64_t now_ms, struct alarm *alarm)
{
    const struct clock_rule *rule = rule_of(policy, subject);
    bool warns = rule != NULL && rule->warn.amount > 0 && !subject->waits && subject->due_ms > now_ms;
    bool escalates = rule != NULL && rule->escalate.amount > 0 && !subject->waits;

    *alarm = (struct alarm){.at_ms = subject->due_ms, .due_ms = subject->due_ms, .stage = STAGE_OVERDUE, .rule = rule};
    if (subject->rung < STAGE_WARNED && warns) {
        alarm->stage = STAGE_WARNED;
        alarm->at_ms = clock_before(&policy->calendar, rule->warn, subject->due_ms);
    } else if (subject->rung == STAGE_OVERDUE && escalates) {
        alarm->stage = STAGE_ESCALATED;
        alarm->at_ms = clock_due(&policy->calendar, rule->escalate, subject->due_ms);
    }
    return subject->rung < STAGE_OVERDUE || alarm->stage == STAGE_ESCALATED;
}
