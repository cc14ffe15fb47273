// SPDX-License-Identifier: MIT
// From happenings to the next ring.
// Called by ring.c and due_list.c. Asks no clock.
#include "services/allocation/alarm.h"

#include "services/allocation/clock.h"

enum { LOOK_AGAIN_MS = 60000 };

// ---------------------------------------------------------------- moments, computed once a day

static struct alarm_memo *memo_of(const struct policy *policy, const struct alarm_subject *subject)
{
    if (subject->memo != NULL && subject->memo->policy != policy)
        *subject->memo = (struct alarm_memo){.policy = policy};
    return subject->memo;
}

static int64_t warn_of(const struct policy *policy, const struct alarm_subject *subject, const struct clock_rule *rule, int64_t due_ms)
{
    struct alarm_memo *memo = memo_of(policy, subject);
    struct alarm_moment *known = memo != NULL ? &memo->of_due[rule - policy->clocks] : NULL;

    if (known == NULL)
        return clock_before(&policy->calendar, rule->warn, due_ms);
    if (known->due_ms != due_ms)
        *known = (struct alarm_moment){.due_ms = due_ms, .warn_ms = clock_before(&policy->calendar, rule->warn, due_ms)};
    return known->warn_ms;
}

// Days, weeks and months count from a day, whatever its hour.
static int64_t due_of(const struct policy *policy, const struct alarm_subject *subject, const struct clock_rule *rule, int64_t start_ms)
{
    struct alarm_memo *memo = rule->due.unit >= CLOCK_WORKING_DAYS ? memo_of(policy, subject) : NULL;
    struct alarm_moment *known = memo != NULL ? &memo->of_start[rule - policy->clocks] : NULL;

    if (known == NULL)
        return clock_due(&policy->calendar, rule->due, start_ms);
    if (start_ms < known->from_ms || start_ms >= known->to_ms) {
        clock_day(start_ms, &known->from_ms, &known->to_ms);
        known->due_ms = clock_due(&policy->calendar, rule->due, start_ms);
    }
    return known->due_ms;
}

// ---------------------------------------------------------------- the clock of the state

const struct clock_rule *alarm_rule(const struct policy *policy, const struct alarm_subject *subject)
{
    enum state state = subject->state == STATE_LEASED ? STATE_QUEUED : subject->state;

    if (policy == NULL)
        return NULL;
    if (subject->clock.size > 0)
        return rules_clock_named(policy, subject->clock);
    return rules_clock(policy, state, subject->team, subject->at_ms[HAPPENING_REVIEW] != 0);
}

static bool next_of_state(const struct policy *policy, const struct alarm_subject *subject, int64_t now_ms, struct alarm *alarm)
{
    const struct clock_rule *rule = alarm_rule(policy, subject);
    bool warns = rule != NULL && rule->warn.amount > 0 && !subject->waits && subject->due_ms > now_ms;
    bool escalates = rule != NULL && rule->escalate.amount > 0 && !subject->waits;

    *alarm = (struct alarm){.at_ms = subject->due_ms, .due_ms = subject->due_ms, .stage = STAGE_OVERDUE, .rule = rule};
    if (subject->rung < STAGE_WARNED && warns) {
        alarm->stage = STAGE_WARNED;
        alarm->at_ms = warn_of(policy, subject, rule, subject->due_ms);
    } else if (subject->rung == STAGE_OVERDUE && escalates) {
        alarm->stage = STAGE_ESCALATED;
        alarm->at_ms = clock_due(&policy->calendar, rule->escalate, subject->due_ms);
    }
    if (subject->state == STATE_LEASED && alarm->at_ms <= now_ms)
        alarm->at_ms = now_ms + LOOK_AGAIN_MS;
    return subject->rung < STAGE_OVERDUE || alarm->stage == STAGE_ESCALATED;
}

// ---------------------------------------------------------------- reminders

static bool is_for(const struct clock_rule *rule, const struct alarm_subject *subject)
{
    if ((rule->levels >> subject->level & 1) == 0 || (rule->teams != 0 && (rule->teams >> subject->team & 1) == 0))
        return false;
    return rule->reasons != 0 ? (rule->reasons >> subject->reason & 1) != 0 : subject->is_lead;
}

static int64_t latest(const struct alarm_subject *subject, uint16_t happenings)
{
    int64_t latest_ms = 0;

    for (unsigned left = happenings; left != 0; left &= left - 1) {
        int64_t at_ms = subject->at_ms[__builtin_ctz(left)];
        latest_ms = at_ms > latest_ms ? at_ms : latest_ms;
    }
    return latest_ms;
}

// When it was started; 0 when it does not run.
static int64_t start_of(const struct clock_rule *rule, const struct alarm_subject *subject)
{
    int64_t start_ms = is_for(rule, subject) ? latest(subject, rule->starts) : 0;
    int64_t stop_ms = start_ms != 0 ? latest(subject, rule->stops) : 0;

    return stop_ms != 0 && stop_ms >= start_ms ? 0 : start_ms;
}

bool alarm_runs(const struct policy *policy, const struct clock_rule *rule, const struct alarm_subject *subject, int64_t *due_ms)
{
    int64_t start_ms = start_of(rule, subject);

    if (start_ms == 0)
        return false;
    *due_ms = clock_due(&policy->calendar, rule->due, start_ms);
    return true;
}

// `told`: of reminders that ring in the moment last told of, the one that is looked at has.
struct reminding {
    const struct policy *policy;
    const struct alarm_subject *subject;
    int64_t now_ms;
    bool told;
    bool found;
    struct alarm *alarm; // the first so far, when found
};

static void consider(struct reminding *reminding, const struct clock_rule *rule, int64_t due_ms, int64_t at_ms, enum clock_stage stage)
{
    int64_t told_ms = reminding->subject->told_ms;

    if (at_ms < told_ms || (at_ms == told_ms && reminding->told) || (reminding->found && at_ms >= reminding->alarm->at_ms))
        return;
    *reminding->alarm = (struct alarm){.at_ms = at_ms, .due_ms = due_ms, .stage = stage, .rule = rule, .beside = true};
    reminding->found = true;
}

static void remind(struct reminding *reminding, const struct clock_rule *rule)
{
    const struct calendar *calendar = &reminding->policy->calendar;
    int64_t start_ms = start_of(rule, reminding->subject);
    int64_t due_ms, warn_ms;

    if (start_ms == 0)
        return;
    due_ms = due_of(reminding->policy, reminding->subject, rule, start_ms);
    if (rule->warn.amount > 0 && due_ms > reminding->now_ms && due_ms > reminding->subject->told_ms) {
        warn_ms = warn_of(reminding->policy, reminding->subject, rule, due_ms);
        if (warn_ms > start_ms)
            consider(reminding, rule, due_ms, warn_ms, STAGE_WARNED);
    }
    consider(reminding, rule, due_ms, due_ms, STAGE_OVERDUE);
    if (rule->escalate.amount > 0 && due_ms <= reminding->subject->told_ms)
        consider(reminding, rule, due_ms, clock_due(calendar, rule->escalate, due_ms), STAGE_ESCALATED);
}

// All that may run: of its level and team, started, and not stopped by what only stops. Most reminders are not, for most jobs.
static uint32_t reminders_of(const struct reminder_sets *sets, const struct alarm_subject *subject)
{
    uint32_t started = 0, stopped = 0;

    for (unsigned happening = 0; happening < HAPPENING_COUNT; happening++) {
        started |= subject->at_ms[happening] != 0 ? sets->started_by[happening] : 0;
        stopped |= subject->at_ms[happening] == ALARM_SOME_TIME ? sets->stopped_by[happening] : 0;
    }
    return sets->of_level[subject->level] & sets->of_team[subject->team] & started & ~stopped;
}

// How many reminders, in their order, have rung of those that ring in the moment last told of.
static unsigned count_told(const struct policy *policy, const struct alarm_subject *subject)
{
    unsigned i = 0;

    if (subject->told_ms == 0)
        return 0;
    while (i < policy->n_reminders && !span_equal(policy->clocks[policy->n_state_clocks + i].name, subject->told_clock))
        i++;
    return i + 1;
}

static bool next_reminder(const struct policy *policy, const struct alarm_subject *subject, int64_t now_ms, struct alarm *alarm)
{
    struct reminding reminding = {.policy = policy, .subject = subject, .now_ms = now_ms, .alarm = alarm};
    unsigned n_told = count_told(policy, subject);

    for (uint32_t left = reminders_of(&policy->reminders, subject); left != 0; left &= left - 1) {
        unsigned place = (unsigned)__builtin_ctz(left);

        reminding.told = place < n_told;
        remind(&reminding, &policy->clocks[policy->n_state_clocks + place]);
    }
    return reminding.found;
}

bool alarm_next(const struct policy *policy, const struct alarm_subject *subject, int64_t now_ms, struct alarm *alarm)
{
    bool found = next_of_state(policy, subject, now_ms, alarm);
    struct alarm beside;

    if (policy == NULL || !next_reminder(policy, subject, now_ms, &beside) || (found && alarm->at_ms <= beside.at_ms))
        return found;
    *alarm = beside;
    return true;
}
