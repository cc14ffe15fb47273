// SPDX-License-Identifier: MIT
// From a job whose time has come to warned, overdue and escalated.
// Called by tick for each node of the due heap that is ripe, and by index_job.
// Must not move a job, but for a lead that is held in vain (a person decides it from now on) and a challenge (the next one looks at it).
#include "services/allocation/ring.h"

#include "common/base/tag.h"
#include "common/runtime/report.h"
#include "services/allocation/compose.h"
#include "services/allocation/course.h"
#include "services/allocation/index_job.h"
#include "services/allocation/on_challenge.h"

#include <assert.h>

static_assert(HAPPENING_REFERRER_TOLD - HAPPENING_ASSESSMENT == PROGRESS_REFERRER_TOLD - PROGRESS_ASSESSMENT,
              "progress happens in its order");

static const enum event_type events[STAGE_COUNT] = {
    [STAGE_WARNED] = EVENT_WARNED,
    [STAGE_OVERDUE] = EVENT_OVERDUE,
    [STAGE_ESCALATED] = EVENT_ESCALATED,
};

static int64_t when(bool has_been)
{
    return has_been ? ALARM_SOME_TIME : 0;
}

// What a worker told, and what was told of reminders.
static void fill_course(const struct allocation *allocation, struct job_key key, const struct job_row *row, struct alarm_subject *subject)
{
    struct course_row course;

    if ((row->flags & JOB_HAS_COURSE) == 0 || course_read(allocation->projection, TABLE_COURSE, key, &course) != ERR_NONE)
        return;
    for (unsigned progress = 1; progress < PROGRESS_COUNT; progress++)
        subject->at_ms[HAPPENING_ASSESSMENT + progress - PROGRESS_ASSESSMENT] = course.progress_ms[progress];
    if ((row->flags & JOB_REVIEWED) == 0)
        subject->at_ms[HAPPENING_REVIEW] = 0;
    subject->told_ms = course.told_ms;
    subject->told_clock = name_table_text(allocation->names, course.told_clock);
}

const struct policy *ring_subject(struct allocation *allocation, struct job_key key, const struct job_row *row,
                                  struct alarm_subject *subject)
{
    const struct policy *policy = compose_policy(allocation, row);

    *subject = (struct alarm_subject){.state = (enum state)row->state, .level = row->level, .reason = row->reason};
    subject->memo = &allocation->alarms;
    subject->is_lead = key.part == 0;
    subject->waits = key.part > 0 && job_waits_with_lead(row);
    subject->due_ms = row->due_ms;
    subject->rung = row->rung;
    subject->team = policy == NULL ? 0 : rules_team(policy, name_table_text(allocation->names, row->team));
    if (row->reason == REASON_CHALLENGED)
        subject->clock = on_challenge_clock(row);
    subject->at_ms[HAPPENING_RECEIVED] = row->came_ms;
    subject->at_ms[HAPPENING_ARRIVED] = row->since_ms;
    subject->at_ms[HAPPENING_DECIDED] = when((row->flags & JOB_PLACED) != 0);
    subject->at_ms[HAPPENING_SEEN] = when((row->flags & JOB_SEEN) != 0);
    subject->at_ms[HAPPENING_ACCEPTED] = row->state == STATE_ACCEPTED ? row->worker_ms : 0;
    fill_course(allocation, key, row, subject);
    return policy;
}

bool ring_next(struct allocation *allocation, struct job_key key, const struct job_row *row, int64_t now_ms, struct alarm *alarm)
{
    struct alarm_subject subject;
    const struct policy *policy;

    if (!job_is_open(row))
        return false;
    policy = ring_subject(allocation, key, row, &subject);
    return alarm_next(policy, &subject, now_ms, alarm);
}

static void append(struct allocation *allocation, struct effects *effects, struct job_key key, const struct job_row *row,
                   const struct alarm *alarm)
{
    struct rung rung = {.state = row->state, .due = alarm->due_ms};

    if (key.part > 0)
        PUT(&rung, rung, part, key.part);
    if (alarm->rule != NULL)
        PUT(&rung, rung, clock, alarm->rule->name);
    PUT(&rung, rung, team, name_table_text(allocation->names, row->team));
    if (alarm->beside) {
        PUT(&rung, rung, beside, true);
        PUT(&rung, rung, rang, alarm->at_ms);
    }
    if (alarm->stage == STAGE_ESCALATED)
        PUT(&rung, rung, to, alarm->rule->to);
    compose_append(effects, events[alarm->stage], key.referral, 0, &rung);
}

// Level 4 in nobody's hands is more than a line in the log of events.
static void alarm_people(const struct allocation *allocation, struct job_key key, const struct job_row *row, const struct alarm *alarm)
{
    const struct policy *policy = compose_policy(allocation, row);
    unsigned team = policy == NULL ? 0 : rules_team(policy, name_table_text(allocation->names, row->team));
    char tag[TAG_TEXT_MAX + 1];

    if (alarm->stage != STAGE_ESCALATED || (row->level < 4 && (team == 0 || !policy->teams[team].guarded)))
        return;
    tag_print('R', key.referral, tag);
    report("alarm-overdue", "%s is level %u, still %s at %.*s and past its due time: %.*s must act now", tag, row->level,
           code_text(LIST_STATE, row->state), SPAN_ARG(name_table_text(allocation->names, row->team)), SPAN_ARG(alarm->rule->to));
}

// What it was held for did not come: now a person decides. Other held parts wait for their lead.
static void end_hold(struct allocation *allocation, struct effects *effects, struct job_key key, const struct job_row *row)
{
    struct onward to = {.team = span_text("hub-decision"),
                        .proposal = name_table_text(allocation->names, row->proposal),
                        .level = row->level,
                        .reason = REASON_HOLD_EXPIRED,
                        .marks = row->marks};

    compose_onward(allocation, effects, key, row, &to);
}

void ring_job(struct allocation *allocation, struct effects *effects, struct job_key key)
{
    const int64_t now_ms = allocation->now.wall_ms;
    struct job_row row;
    struct alarm alarm;

    if (job_table_get(&allocation->jobs, key, &row) != ERR_NONE || !ring_next(allocation, key, &row, now_ms, &alarm))
        return;
    if (alarm.at_ms > now_ms) {
        if (index_job_watch(allocation, key, alarm.at_ms) != ERR_NONE)
            return; // out of memory: the next take of an event ends the process
        return;
    }
    append(allocation, effects, key, &row, &alarm);
    alarm_people(allocation, key, &row, &alarm);
    if (alarm.beside || alarm.stage != STAGE_OVERDUE)
        return;
    if (row.state == STATE_HELD && (key.part == 0 || !job_waits_with_lead(&row)))
        end_hold(allocation, effects, key, &row);
    if (row.reason == REASON_CHALLENGED)
        on_challenge_overdue(allocation, effects, key, &row);
}
