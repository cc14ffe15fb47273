// SPDX-License-Identifier: MIT
// standing: how a referral stands, for the partner who sent it.
// Called for intake's requests, which has seen to it that the referral is the asker's own.
// Must not tell of workers, of the family, nor of what stands beside the lead.
#include "common/base/tag.h"
#include "services/allocation/compose.h"
#include "services/allocation/course.h"
#include "services/allocation/ring.h"
#include "services/allocation/work_requests.h"

static const enum public_state states[STATE_COUNT] = {
    [STATE_ROUTING] = PUBLIC_RECEIVED, [STATE_QUEUED] = PUBLIC_WITH_TEAM,     [STATE_LEASED] = PUBLIC_WITH_TEAM,
    [STATE_HELD] = PUBLIC_WAITING,     [STATE_ACCEPTED] = PUBLIC_WITH_WORKER, [STATE_DECIDING] = PUBLIC_DECIDING,
    [STATE_DEAD] = PUBLIC_DECIDING,    [STATE_CLOSED] = PUBLIC_CLOSED,
};

// Where it went, of which team and when; while a person decides, or it waits, why.
static void tell_decision(const struct allocation *allocation, const struct job_row *row, struct standing *standing)
{
    const struct policy *policy = compose_policy(allocation, row);
    struct span team = name_table_text(allocation->names, row->team);
    unsigned index = policy == NULL ? 0 : rules_team(policy, team);

    PUT(standing, standing, level, row->level);
    if (row->state == STATE_HELD || row->state == STATE_DECIDING || row->state == STATE_DEAD) {
        if (row->reason != REASON_NONE)
            PUT(standing, standing, reason, row->reason);
        return;
    }
    PUT(standing, standing, team, team);
    if (index != 0)
        PUT(standing, standing, title, policy->teams[index].title);
    PUT(standing, standing, decided_at, row->since_ms);
    if (row->state == STATE_CLOSED && row->outcome != OUTCOME_NONE)
        PUT(standing, standing, outcome, row->outcome);
}

// Of all that is promised and not due yet, the first.
static void tell_next(struct allocation *allocation, struct job_key lead, const struct job_row *row, struct standing *standing)
{
    const struct policy *policy = compose_policy(allocation, row);
    const struct clock_rule *first;
    struct alarm_subject subject;
    int64_t first_ms = row->due_ms, due_ms;

    if (!job_is_open(row))
        return;
    ring_subject(allocation, lead, row, &subject);
    first = alarm_rule(policy, &subject);
    for (unsigned i = 0; policy != NULL && i < policy->n_clocks; i++) {
        const struct clock_rule *rule = &policy->clocks[i];

        if (rule->starts == 0 || rule->information || !alarm_runs(policy, rule, &subject, &due_ms))
            continue;
        if (due_ms > allocation->now.wall_ms && (first_ms <= allocation->now.wall_ms || due_ms < first_ms)) {
            first = rule;
            first_ms = due_ms;
        }
    }
    PUT(standing, standing, next_due, first_ms);
    if (first != NULL)
        PUT(standing, standing, next, first->name);
    if (first != NULL && first->says.size > 0)
        PUT(standing, standing, next_says, first->says);
}

// The asker's own: what somebody at work challenges has no cause outside, and is not told.
static void tell_challenge(const struct allocation *allocation, struct job_key key, struct standing *standing)
{
    struct job_row row, last = {0};

    for (key.part = 1; key.part <= JOB_PARTS_MAX && job_table_get(&allocation->jobs, key, &row) == ERR_NONE; key.part++)
        if (row.reason == REASON_CHALLENGED && row.stage > 0 && row.input > last.input)
            last = row;
    if (last.state == STATE_CLOSED && (last.outcome == OUTCOME_UPHELD || last.outcome == OUTCOME_DISMISSED))
        PUT(standing, standing, challenge, last.outcome);
    else if (job_is_open(&last))
        PUT(standing, standing, challenge_due, last.due_ms);
}

static void tell_breaches(const struct allocation *allocation, const struct job_row *row, const struct course_row *course,
                          struct standing *standing)
{
    const struct policy *policy = compose_policy(allocation, row);
    unsigned n = course->n_breaches < COURSE_BREACHES_MAX ? course->n_breaches : COURSE_BREACHES_MAX;

    PUT(standing, standing, n_late, course->n_breaches);
    SET_HAS(standing, standing, breaches);
    for (unsigned i = 0; i < n; i++) {
        struct breach *breach = &standing->breaches[standing->n_breaches++];

        const struct clock_rule *rule;

        *breach = (struct breach){.due = course->breaches[i].due_ms};
        if (course->breaches[i].clock == NAME_NONE)
            continue;
        PUT(breach, breach, clock, name_table_text(allocation->names, course->breaches[i].clock));
        rule = policy != NULL ? rules_clock_named(policy, breach->clock) : NULL;
        if (rule != NULL && rule->says.size > 0)
            PUT(breach, breach, says, rule->says);
    }
}

void on_standing(void *state, const struct request *request, struct moment now, struct effects *effects)
{
    struct allocation *allocation = state;
    const struct standing_of *asked = request->record;
    struct standing *standing = &allocation->reply.standing;
    struct job_key lead = {0};
    struct course_row course;
    struct job_row row;

    allocation->now = now;
    *standing = (struct standing){.answer = ANSWER_NOT_FOUND};
    if (tag_parse(asked->referral, 'R', &lead.referral) && job_table_get(&allocation->jobs, lead, &row) == ERR_NONE) {
        standing->answer = ANSWER_OK;
        PUT(standing, standing, referral, asked->referral);
        PUT(standing, standing, state, (uint8_t)states[row.state]);
        tell_decision(allocation, &row, standing);
        tell_next(allocation, lead, &row, standing);
        tell_challenge(allocation, lead, standing);
        if ((row.flags & JOB_HAS_COURSE) != 0 && course_read(allocation->projection, TABLE_COURSE, lead, &course) == ERR_NONE)
            tell_breaches(allocation, &row, &course, standing);
    }
    effects_reply(effects, &request->peer, &record_standing, standing);
}
