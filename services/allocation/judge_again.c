// SPDX-License-Identifier: MIT
// The second judgement of a referral and its parts.
// Called when consent or an assessment has come.
// Must not add a part that is there, nor leave one waiting beside a lead that waits no more.
#include "services/allocation/judge_again.h"

#include "common/base/civil.h"
#include "services/allocation/release.h"
#include "services/allocation/side_job.h"

// ---------------------------------------------------------------- what holds now

static bool begin(struct again *again, struct allocation *allocation, struct effects *effects, uint64_t referral, uint64_t cause)
{
    again->routing = (struct routing){.allocation = allocation, .effects = effects, .referral = referral, .cause = cause};
    again->routing.triaged = &again->triaged;
    again->routing.from_ms = allocation->now.wall_ms;
    return job_table_get(&allocation->jobs, (struct job_key){.referral = referral}, &again->lead) == ERR_NONE;
}

static void end_begin(struct again *again)
{
    again->routing.policy = policy_shelf_get(&again->routing.allocation->shelf, again->triaged.policy);
}

// Members whose parenting support goes its own way since: with a team, with a person, or ended.
static void note_supported(struct again *again)
{
    struct job_key key = {.referral = again->routing.referral, .part = 1};
    struct job_row row;

    for (; key.part <= JOB_PARTS_MAX && job_table_get(&again->routing.allocation->jobs, key, &row) == ERR_NONE; key.part++)
        if (row.member > 0 && !job_is_again(&row) && (row.state != STATE_HELD || !job_waits_with_lead(&row)))
            again->routing.supported |= UINT32_C(1) << row.member;
}

// What it rests on, with the answer and the level that hold now.
static void recall(struct again *again)
{
    again->triaged = *(const struct triaged *)read_back_event(again->routing.allocation, again->lead.input, EVENT_TRIAGED, &again->back);
    again->triaged.level = again->lead.level;
    if (again->lead.consent != CONSENT_NONE)
        PUT(&again->triaged.facts, facts, consent, again->lead.consent);
}

bool judge_again_begin(struct again *again, struct allocation *allocation, struct effects *effects, uint64_t referral, uint64_t cause)
{
    if (!begin(again, allocation, effects, referral, cause) || !job_is_open(&again->lead))
        return false;
    recall(again);
    note_supported(again);
    end_begin(again);
    return true;
}

// The family's answer that holds: the last that was told, or else that of the facts so far.
static uint8_t consent_so_far(struct again *again)
{
    const struct triaged *before;

    if (again->lead.consent != CONSENT_NONE)
        return again->lead.consent;
    before = read_back_event(again->routing.allocation, again->lead.input, EVENT_TRIAGED, &again->back);
    return before->facts.consent;
}

bool judge_again_begin_with(struct again *again, struct allocation *allocation, struct effects *effects, uint64_t referral, uint64_t cause,
                            const struct triaged *triaged)
{
    if (!begin(again, allocation, effects, referral, cause))
        return false;
    again->triaged = *triaged;
    if (triaged->facts.consent == CONSENT_NONE)
        PUT(&again->triaged.facts, facts, consent, consent_so_far(again));
    if (again->triaged.facts.consent == CONSENT_NONE)
        again->triaged.facts.has &= ~(UINT64_C(1) << facts_F_consent);
    end_begin(again);
    return true;
}

// ---------------------------------------------------------------- parts

// A part of the referral that the same row of the policy has made, and that stands for no other of the judgement.
static uint8_t part_of_rule(const struct again *again, struct span rule, uint64_t taken, struct job_row *row)
{
    const struct allocation *allocation = again->routing.allocation;
    uint16_t number = name_table_find(allocation->names, rule);
    struct job_key key = {.referral = again->routing.referral, .part = 1};

    for (; key.part <= JOB_PARTS_MAX && job_table_get(&allocation->jobs, key, row) == ERR_NONE; key.part++)
        if ((taken >> key.part & 1) == 0 && row->rule == number && number != NAME_NONE)
            return key.part;
    return 0;
}

static void judge_part(struct again *again, unsigned place, uint64_t *taken)
{
    const struct destination_job *to = &again->routing.allocation->destination.parts[place - 1];
    struct job_row row;
    uint8_t part = part_of_rule(again, to->rule, *taken, &row);

    if (part == 0) {
        part = side_job_next(again->routing.allocation, again->routing.referral);
        if (part > 0)
            route_append(&again->routing, place, part);
    } else if (row.state == STATE_HELD && (to->outcome != DESTINATION_HOLD || to->reason != row.reason)) {
        route_append(&again->routing, place, part);
    }
    *taken |= UINT64_C(1) << part;
}

void judge_again_go(struct again *again)
{
    struct allocation *allocation = again->routing.allocation;
    const struct destination *destination = &allocation->destination;
    uint64_t taken = 1; // the lead

    route_judge(&again->routing);
    route_append(&again->routing, 0, 0);
    for (unsigned place = 1; place <= destination->n_parts; place++)
        judge_part(again, place, &taken);
    if (destination->lead.outcome == DESTINATION_QUEUE || destination->lead.outcome == DESTINATION_NEWS)
        release_parts(allocation, again->routing.effects, again->routing.referral);
}

bool judge_again_reason(struct again *again, enum decision_reason reason)
{
    struct family_state family;

    if (again->routing.policy == NULL)
        return false;
    route_family(&again->routing, &family);
    return destination_by_reason(again->routing.policy, &again->triaged, &family, reason, &again->routing.allocation->destination);
}

// ---------------------------------------------------------------- one child

static void grow_member(struct member_facts *member, int months)
{
    if (!HAS(member, member_facts, months))
        return;
    member->months += months;
    if (member->role == MEMBER_UNBORN && member->months >= 0)
        member->role = MEMBER_CHILD;
}

// As old as the members are by now; no policy is proved for an expected baby of five.
static void grow(struct again *again)
{
    struct facts *facts = &again->triaged.facts;
    int months = civil_age_months(civil_london_day(again->triaged.received), civil_london_day(again->routing.from_ms));

    for (unsigned i = 0; i < facts->n_members; i++)
        grow_member(&facts->members[i], months);
    again->triaged.received = again->routing.from_ms;
}

static bool is_for(const struct destination_job *part, unsigned member)
{
    const struct fact_used *last = part->n_used > 0 ? &part->used[part->n_used - 1] : NULL;

    return last != NULL && span_is(last->fact, "member") && last->value == (int64_t)member;
}

unsigned judge_again_child(struct again *again, struct allocation *allocation, struct effects *effects, uint64_t referral, unsigned member)
{
    const struct destination *destination = &allocation->destination;

    if (!begin(again, allocation, effects, referral, 0))
        return 0;
    recall(again);
    grow(again);
    again->routing.supported = ~(UINT32_C(1) << member);
    end_begin(again);
    if (again->routing.policy == NULL)
        return 0;
    route_judge(&again->routing);
    for (unsigned place = 1; place <= destination->n_parts; place++)
        if (is_for(&destination->parts[place - 1], member))
            return place;
    return 0;
}
