// SPDX-License-Identifier: MIT
// From the leads of a family to the support that would be other now, as news beside it.
// Called when a worker has a case, and when the worker has decided about the news.
// Must not move support that stands: a person decides. Nor read anything but the family's row where it has one referral.
#include "services/allocation/parenting_again.h"

#include "services/allocation/clock.h"
#include "services/allocation/judge_again.h"
#include "services/allocation/side_job.h"

// A case that has just been opened.
struct opened {
    struct allocation *allocation;
    struct effects *effects;
    uint64_t referral;
    struct job_row lead;
    unsigned n; // told
};

static bool is_opened(const struct opened *opened)
{
    const struct job_row *lead = &opened->lead;
    const struct policy *policy = compose_policy(opened->allocation, lead);

    return lead->state == STATE_ACCEPTED && job_is_case(lead) && policy != NULL &&
           policy->teams[rules_team(policy, name_table_text(opened->allocation->names, lead->team))].opens_case;
}

static bool says_again(const struct policy *policy, struct span rule)
{
    const struct route_rules *routes = &policy->routes;

    for (unsigned i = 0; i < routes->parenting.n_rows; i++)
        if (routes->parenting_rows[i].again_when_open && span_equal(routes->parenting_rows[i].code, rule))
            return true;
    return false;
}

// It waits, goes on, or ended not long ago, and not because it was not wanted.
static bool stands(const struct opened *opened, const struct policy *policy, const struct job_row *row)
{
    const struct clock_rule *rule = rules_clock_named(policy, span_text("previous_worker"));

    if (row->state != STATE_CLOSED)
        return true;
    return rule != NULL && row->outcome != OUTCOME_ENTERED_IN_ERROR && row->outcome != OUTCOME_FAMILY_DECLINED &&
           row->outcome != OUTCOME_WITHDRAWN && opened->allocation->now.wall_ms < clock_due(&policy->calendar, rule->due, row->since_ms);
}

static bool is_to_ask(const struct opened *opened, const struct job_row *row)
{
    const struct policy *policy = compose_policy(opened->allocation, row);

    return row->member > 0 && row->rule != NAME_NONE && policy != NULL &&
           says_again(policy, name_table_text(opened->allocation->names, row->rule)) && stands(opened, policy, row);
}

// News that ended with its case before anybody had read it told nobody.
static bool was_told(const struct opened *opened, uint64_t referral, uint8_t member)
{
    struct job_key key = {.referral = referral, .part = 1};
    struct job_row row;

    for (; key.part <= JOB_PARTS_MAX && job_table_get(&opened->allocation->jobs, key, &row) == ERR_NONE; key.part++)
        if (job_is_again(&row) && row.member == member &&
            (row.state != STATE_CLOSED || row.worker_size > 0 || row.team == NAME_HUB_DECISION))
            return true;
    return false;
}

static uint16_t place_of(const struct job_row *row)
{
    return row->state == STATE_HELD || row->state == STATE_DECIDING ? row->proposal : row->team;
}

// Nothing is told where the rows give the same, or the family has not agreed.
static void ask(struct opened *opened, struct job_key key, const struct job_row *row)
{
    struct allocation *allocation = opened->allocation;
    struct onward to = {.reason = REASON_PARENTING_AGAIN, .level = row->level, .member = row->member};
    const struct destination_job *part;
    struct again again;
    unsigned place = judge_again_child(&again, allocation, opened->effects, key.referral, row->member);

    if (place == 0)
        return;
    part = &allocation->destination.parts[place - 1];
    if (part->outcome != DESTINATION_QUEUE || span_equal(part->team, name_table_text(allocation->names, place_of(row))))
        return;
    to.team = name_table_text(allocation->names, opened->lead.team);
    to.proposal = part->team;
    opened->n += side_job_add(allocation, opened->effects, key.referral, &again.lead, opened->referral, &to) > 0;
}

static void ask_referral(struct opened *opened, uint64_t referral)
{
    struct job_key key = {.referral = referral};
    struct job_row row;

    for (; key.part <= JOB_PARTS_MAX && opened->n < PARENTING_AGAIN_MAX; key.part++) {
        if (job_table_get(&opened->allocation->jobs, key, &row) != ERR_NONE)
            return;
        if (is_to_ask(opened, &row) && !was_told(opened, referral, row.member))
            ask(opened, key, &row);
    }
}

static void ask_family(struct opened *opened, uint64_t family)
{
    struct job_key keys[FAMILY_CAME_MAX];
    unsigned n = family_case_came(&opened->allocation->families, family, keys);

    for (unsigned i = 0; i < n; i++)
        if (keys[i].referral != opened->referral)
            ask_referral(opened, keys[i].referral);
}

unsigned parenting_again_tell(struct allocation *allocation, struct effects *effects, uint64_t referral)
{
    struct opened opened = {.allocation = allocation, .effects = effects, .referral = referral};
    struct joined_group household;

    if (job_table_get(&allocation->jobs, (struct job_key){.referral = referral}, &opened.lead) != ERR_NONE || !is_opened(&opened) ||
        joined_group(&allocation->families.joined, opened.lead.family, &household) != ERR_NONE)
        return 0;
    for (unsigned i = 0; i < household.n; i++)
        ask_family(&opened, household.at[i]);
    return opened.n;
}

bool parenting_again_go(struct allocation *allocation, struct effects *effects, struct job_key news, const struct job_row *row)
{
    struct again again;
    unsigned place = judge_again_child(&again, allocation, effects, news.referral, row->member);
    uint8_t part = side_job_next(allocation, news.referral);

    if (place == 0 || part == 0)
        return false;
    route_append(&again.routing, place, part);
    return true;
}
