// SPDX-License-Identifier: MIT
// From rows to events.
// Called wherever allocation appends.
// Must not choose: teams, levels and reasons come from the caller.
#include "services/allocation/compose.h"

#include "common/base/tag.h"
#include "services/allocation/clock.h"

enum { DAY_MS = 86400000 };

const struct policy *compose_policy(const struct allocation *allocation, const struct job_row *row)
{
    return policy_shelf_get(&allocation->shelf, name_table_text(allocation->names, row->policy));
}

int64_t compose_due(const struct policy *policy, enum state state, struct span team, int64_t from_ms)
{
    int64_t due_ms;

    if (policy != NULL && clock_state_due(policy, state, rules_team(policy, team), from_ms, &due_ms))
        return due_ms;
    return from_ms + DAY_MS;
}

int64_t compose_review_due(const struct allocation *allocation, const struct job_row *row)
{
    const struct policy *policy = compose_policy(allocation, row);
    unsigned team = policy == NULL ? 0 : rules_team(policy, name_table_text(allocation->names, row->team));
    const struct clock_rule *rule = policy == NULL ? NULL : rules_clock(policy, STATE_ACCEPTED, team, true);

    return rule != NULL ? clock_due(&policy->calendar, rule->due, allocation->now.wall_ms) : allocation->now.wall_ms + DAY_MS;
}

int64_t compose_named_due(const struct policy *policy, struct span clock, int64_t from_ms)
{
    const struct clock_rule *rule = policy == NULL ? NULL : rules_clock_named(policy, clock);

    return rule != NULL ? clock_due(&policy->calendar, rule->due, from_ms)
                        : compose_due(policy, STATE_DECIDING, span_text("hub-decision"), from_ms);
}

void compose_append(struct effects *effects, enum event_type type, uint64_t referral, uint64_t cause, const void *data)
{
    char subject[TAG_TEXT_MAX + 1];
    struct effect effect = {.type = type, .cause = cause, .data = data};

    tag_print('R', referral, subject);
    effect.subject = span_text(subject);
    effects_append(effects, &effect);
}

// News stays news only at a team that has the case or supports it: elsewhere, or when that is over, the job is a case of its own.
static bool is_still_news(const struct allocation *allocation, const struct job_row *row, struct span team)
{
    struct job_key key = {.referral = row->news_of};
    struct job_row of;

    if (row->news_of == 0)
        return false;
    for (; key.part <= JOB_PARTS_MAX && job_table_get(&allocation->jobs, key, &of) == ERR_NONE; key.part++)
        if (job_is_open(&of) && of.news_of == 0 && span_equal(team, name_table_text(allocation->names, of.team)))
            return true;
    return span_is(team, "hub-decision");
}

void compose_onward(struct allocation *allocation, struct effects *effects, struct job_key key, const struct job_row *row,
                    const struct onward *to)
{
    const struct name_table *names = allocation->names;
    enum state state = span_is(to->team, "hub-decision") ? STATE_DECIDING : STATE_QUEUED;
    struct allocated allocated = {.team = to->team, .level = to->level, .policy = name_table_text(names, row->policy)};
    struct compose_tags tags;

    allocated.due = to->due_ms;
    if (to->due_ms == 0)
        allocated.due = compose_due(compose_policy(allocation, row), state, to->team, allocation->now.wall_ms);
    tag_print('F', row->family, tags.family);
    allocated.family = span_text(tags.family);
    if (key.part > 0)
        PUT(&allocated, allocated, part, key.part);
    if (row->rule != NAME_NONE)
        PUT(&allocated, allocated, rule, name_table_text(names, row->rule));
    if (to->reason != REASON_NONE)
        PUT(&allocated, allocated, reason, (uint8_t)to->reason);
    if (to->proposal.size > 0)
        PUT(&allocated, allocated, proposal, to->proposal);
    if (to->marks != 0)
        PUT(&allocated, allocated, marks, to->marks);
    if (to->basis != BASIS_NONE || row->basis != BASIS_NONE)
        PUT(&allocated, allocated, basis, to->basis != BASIS_NONE ? (uint8_t)to->basis : row->basis);
    if (to->for_worker.size > 0)
        PUT(&allocated, allocated, for_worker, to->for_worker);
    if (to->because != BECAUSE_NONE)
        PUT(&allocated, allocated, because, (uint8_t)to->because);
    if (to->kept_until_ms != 0)
        PUT(&allocated, allocated, kept_until, to->kept_until_ms);
    if (to->member > 0) {
        SET_HAS(&allocated, allocated, used);
        allocated.used[allocated.n_used++] = (struct fact_used){.fact = span_text("member"), .value = to->member};
    }
    if (to->stage > 0)
        PUT(&allocated, allocated, stage, to->stage);
    if (is_still_news(allocation, row, to->team)) {
        tag_print('R', row->news_of, tags.news_of);
        PUT(&allocated, allocated, news_of, span_text(tags.news_of));
    }
    compose_append(effects, EVENT_ALLOCATED, key.referral, to->cause, &allocated);
}

struct job compose_job(struct job_key key, char tag[16])
{
    struct job job = {0};

    tag_print('R', key.referral, tag);
    job.referral = span_text(tag);
    if (key.part > 0)
        PUT(&job, job, part, key.part);
    return job;
}
