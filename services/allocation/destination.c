// SPDX-License-Identifier: MIT
// Turns a triaged referral into the values of the destination tables, finds the rows, and says what they mean for it.
// Called by allocation. Knows no team, age or rule of any council: those are the policy's rows.
#include "services/allocation/destination.h"

#include "common/base/bits.h"
#include "common/base/civil.h"
#include "services/allocation/member_value.h"

#include <assert.h>

// One referral while it is judged.
struct judgement {
    const struct policy *policy;
    const struct triaged *triaged;
    const struct family_state *family;
    uint8_t family_case; // enum family_case
    uint8_t family_team; // of the open case; 0: none, or unknown to this policy
    uint8_t open_at;     // where the family has parenting support
    uint8_t neighbourhood;
    uint8_t values[TABLE_FACTS_MAX]; // of lead and tasks
};

// Where a lead ends: at once, or once what it waits for has come or a person has confirmed.
struct way {
    uint8_t team;     // queued there by a row of its own; 0: nowhere, or not known yet
    uint8_t proposal; // what a person would be proposed; 0: nothing
    bool beside;      // every child's parenting support stands beside it
    bool beside_case; // the same beside the open case that it is told to
    bool first_child; // it is the first child's parenting support: the other children's stands beside it
};

// ---------------------------------------------------------------- values

static uint8_t neighbourhood_value(const struct route_rules *routes, struct span name)
{
    for (unsigned i = 0; i < routes->n_neighbourhoods; i++)
        if (span_equal(routes->neighbourhoods[i], name))
            return (uint8_t)(i + 1);
    return 0;
}

static uint8_t case_value(const struct family_state *family, uint64_t level)
{
    if (!family->open)
        return CASE_NONE;
    return level <= family->level ? CASE_COVERS : CASE_BELOW;
}

static bool wants(const struct facts *facts, enum want want)
{
    return (facts->wants >> want & 1) != 0;
}

static void fill_lead_values(struct judgement *judgement)
{
    const struct facts *facts = &judgement->triaged->facts;
    const struct route_rules *routes = &judgement->policy->routes;
    uint8_t *values = judgement->values;
    uint64_t groups = 0;

    values[LEAD_FACT_LEVEL] = (uint8_t)judgement->triaged->level;
    values[LEAD_FACT_LEVEL_RULE] = (uint8_t)rules_level_rule(judgement->policy, judgement->triaged->rule);
    values[LEAD_FACT_CASE] = judgement->family_case;
    values[LEAD_FACT_CONSENT] = facts->consent;
    values[LEAD_FACT_REASON_GIVEN] = facts->consent_reason_given;
    values[LEAD_FACT_KIND] = facts->kind;
    values[LEAD_FACT_SOLO] = facts->solo_support_requested;
    values[LEAD_FACT_ASB] = facts->asb;
    values[LEAD_FACT_BORDER] = facts->border;
    values[LEAD_FACT_PARENTING] = wants(facts, WANT_PARENTING);
    values[LEAD_FACT_FAMILY_SUPPORT] = wants(facts, WANT_FAMILY_SUPPORT);
    values[LEAD_FACT_YOUTH_SUPPORT] = wants(facts, WANT_YOUTH_SUPPORT);
    values[LEAD_FACT_INFORMATION] = wants(facts, WANT_INFORMATION);
    values[LEAD_FACT_HEADLINE] = table_count(bits_count(facts->headline_problems));
    values[LEAD_FACT_PROBLEMS] = table_count(judgement->triaged->n_problems);
    values[LEAD_FACT_TEAM] = 0;
    for (unsigned i = 0; i < facts->n_members; i++)
        groups |= member_value_groups(routes, &facts->members[i]);
    for (unsigned group = 0; group < routes->n_groups; group++)
        values[LEAD_FACT_COUNT + group] = groups >> group & 1;
}

// Age band when the open case was opened. Ages are whole months, so the month of the birthday itself counts as completed then.
static uint8_t age_when_opened(const struct judgement *judgement, const struct member_facts *child)
{
    int64_t months;

    if (!judgement->family->open || !member_value_months(child, &months))
        return 0;
    months -= civil_age_months(civil_london_day(judgement->family->opened_ms), civil_london_day(judgement->triaged->received));
    return member_value_band(&judgement->policy->routes, months);
}

static void fill_child_values(const struct judgement *judgement, const struct member_facts *child, uint8_t lead_team, uint8_t *values)
{
    values[CHILD_FACT_ROLE] = child->role;
    values[CHILD_FACT_AGE] = member_value_age(&judgement->policy->routes, child);
    values[CHILD_FACT_SEND] = child->send;
    values[CHILD_FACT_NEIGHBOURHOOD] = judgement->neighbourhood;
    values[CHILD_FACT_CASE] = judgement->family_case;
    values[CHILD_FACT_AGE_OPENED] = age_when_opened(judgement, child);
    values[CHILD_FACT_OPEN_AT] = judgement->open_at;
    values[CHILD_FACT_LEAD] = lead_team;
}

// ---------------------------------------------------------------- rows

static unsigned match(const struct table *table, const uint8_t *values)
{
    unsigned row = table_match(table, values);

    assert(row < table->n_rows);
    return row;
}

static unsigned match_child(const struct judgement *judgement, const struct member_facts *child, uint8_t lead_team, uint8_t *values)
{
    fill_child_values(judgement, child, lead_team, values);
    return match(&judgement->policy->routes.parenting, values);
}

static bool is_for_parenting(const struct judgement *judgement, unsigned member)
{
    const struct route_rules *routes = &judgement->policy->routes;

    return (member_value_groups(routes, &judgement->triaged->facts.members[member]) >> routes->parenting_group & 1) != 0 &&
           (judgement->family->supported >> (member + 1) & 1) == 0;
}

// The first member for whom the parenting rows are asked; n_members when there is none.
static unsigned first_child(const struct judgement *judgement)
{
    const struct facts *facts = &judgement->triaged->facts;
    unsigned i = 0;

    while (i < facts->n_members && !is_for_parenting(judgement, i))
        i++;
    return i;
}

static uint8_t proposal_for_first_child(const struct judgement *judgement)
{
    const struct facts *facts = &judgement->triaged->facts;
    const struct route_row *row;
    uint8_t values[CHILD_FACT_COUNT];
    unsigned child = first_child(judgement);

    if (child == facts->n_members)
        return 0;
    row = &judgement->policy->routes.parenting_rows[match_child(judgement, &facts->members[child], 0, values)];
    return row->outcome == ROW_DECIDE ? row->proposal : row->team;
}

// The parenting rows cannot lead where there is nobody to ask them for: then the next row that matches leads.
static unsigned match_lead(const struct judgement *judgement, const uint8_t *values)
{
    const struct route_rules *routes = &judgement->policy->routes;
    unsigned row = match(&routes->lead, values);

    while (routes->lead_rows[row].outcome == ROW_PARENTING && first_child(judgement) == judgement->triaged->facts.n_members)
        row = table_match_from(&routes->lead, row + 1, values);
    return row;
}

// The row by which help waits for the family's answer, or for a person after a refusal, whatever stands before it; NULL: nothing does.
static const struct route_row *row_of_consent(const struct judgement *judgement)
{
    const struct route_rules *routes = &judgement->policy->routes;
    uint8_t values[TABLE_FACTS_MAX];

    memcpy(values, judgement->values, sizeof values);
    values[LEAD_FACT_CASE] = CASE_NONE;
    for (uint64_t left = table_matches(&routes->lead, values); left != 0; left &= left - 1) {
        const struct route_row *row = &routes->lead_rows[__builtin_ctzll(left)];
        if (row->reason == REASON_AWAITING_CONSENT || row->reason == REASON_CONSENT_REFUSED)
            return row;
    }
    return NULL;
}

// Of a lead that is told to the family's open case nothing more is foreseen than the children's parenting support: the rest is that case's.
static struct way way_beside_case(const struct judgement *judgement, const struct route_row *told, uint8_t proposal)
{
    return (struct way){.proposal = proposal, .beside_case = told->parts && judgement->values[LEAD_FACT_PARENTING] != 0};
}

static struct way way_of_row(const struct judgement *judgement, const struct route_row *row)
{
    switch ((enum row_outcome)row->outcome) {
    case ROW_QUEUE:
        return (struct way){.team = row->team, .proposal = row->team, .beside = row->parts && judgement->values[LEAD_FACT_PARENTING] != 0};
    case ROW_NEWS:
        return way_beside_case(judgement, row, judgement->family_team);
    case ROW_PARENTING:
        return (struct way){.proposal = proposal_for_first_child(judgement), .first_child = true};
    case ROW_DECIDE:
    case ROW_HOLD:
        break;
    }
    return (struct way){.proposal = row->proposal};
}

// Follows `as_if` from a row until a row without one; what that row would do is what is proposed.
static struct way follow(const struct judgement *judgement, const struct route_row *row)
{
    uint8_t values[TABLE_FACTS_MAX];
    const struct route_row *told = row->tells_case ? row : NULL;
    struct way way;

    memcpy(values, judgement->values, sizeof values);
    for (unsigned step = 0; step < ROUTE_AS_IF_MAX && row->has_as_if && row->proposal == 0; step++) {
        values[row->as_if_fact] = row->as_if_value;
        row = &judgement->policy->routes.lead_rows[match_lead(judgement, values)];
        told = told == NULL && row->tells_case ? row : told;
    }
    way = way_of_row(judgement, row);
    return told != NULL ? way_beside_case(judgement, told, way.proposal) : way;
}

// ---------------------------------------------------------------- jobs

static void set_team(const struct judgement *judgement, uint8_t team, struct destination_job *job)
{
    job->team_index = team;
    job->team = judgement->policy->teams[team].code;
}

static void set_rule(const struct table *table, unsigned row, const struct route_row *rule, const uint8_t *values,
                     struct destination_job *job)
{
    job->rule = rule->code;
    job->reason = rule->reason;
    job->marks = 0;
    job->n_near = 0;
    job->n_used = (uint8_t)table_used(table, row, values, job->used);
}

static void queue_or_decide(const struct judgement *judgement, uint8_t team, uint8_t proposal, struct destination_job *job)
{
    job->outcome = judgement->policy->teams[team].decides ? DESTINATION_DECIDE : DESTINATION_QUEUE;
    set_team(judgement, team, job);
    job->proposal = judgement->policy->teams[proposal].code;
}

static void hold(const struct judgement *judgement, uint8_t reason, uint8_t proposal, struct destination_job *job)
{
    job->outcome = DESTINATION_HOLD;
    job->reason = reason;
    set_team(judgement, 0, job);
    job->proposal = judgement->policy->teams[proposal].code;
}

static void tell_case(const struct judgement *judgement, struct destination_job *job)
{
    job->outcome = DESTINATION_NEWS;
    set_team(judgement, judgement->family_team, job);
    job->team = judgement->family->team;
    job->proposal = (struct span){0};
}

static struct destination_job *add_part(struct destination *destination)
{
    assert(destination->n_parts < DESTINATION_PARTS_MAX);
    return &destination->parts[destination->n_parts++];
}

// A row of parenting or tasks, for a lead that waits (for held_reason) or not.
static void fill_part(const struct judgement *judgement, const struct route_row *row, uint8_t held_reason, struct destination_job *job)
{
    if (held_reason != REASON_NONE)
        hold(judgement, held_reason, row->team, job);
    else
        queue_or_decide(judgement, row->team, row->proposal, job);
}

// The child is told by its place among the members, 1 the first: the event names nobody.
static void fill_child_job(const struct judgement *judgement, unsigned member, uint8_t lead_team, uint8_t held_reason,
                           struct destination_job *job)
{
    const struct route_rules *routes = &judgement->policy->routes;
    uint8_t values[CHILD_FACT_COUNT];
    unsigned row = match_child(judgement, &judgement->triaged->facts.members[member], lead_team, values);

    set_rule(&routes->parenting, row, &routes->parenting_rows[row], values, job);
    fill_part(judgement, &routes->parenting_rows[row], held_reason, job);
    if (job->n_used == TABLE_USED_MAX)
        job->n_used--;
    job->used[job->n_used++] = (struct fact_used){.fact = span_text("member"), .value = (int64_t)member + 1};
}

static void add_children(const struct judgement *judgement, unsigned from, uint8_t lead_team, uint8_t held_reason,
                         struct destination *destination)
{
    const struct facts *facts = &judgement->triaged->facts;

    for (unsigned i = from; i < facts->n_members; i++)
        if (is_for_parenting(judgement, i))
            fill_child_job(judgement, i, lead_team, held_reason, add_part(destination));
}

// Support for which the family has not answered yet waits for the answer; for which it has refused, for a person.
static void ask_first(const struct judgement *judgement, const struct route_row *answer, struct destination_job *job)
{
    if (answer->outcome == ROW_HOLD)
        hold(judgement, answer->reason, job->team_index, job);
    else
        queue_or_decide(judgement, answer->team, answer->proposal, job);
    job->reason = answer->reason;
}

// Parenting support does not wait for a step up, nor for whoever reads the news; for the family's answer it does, as any support. Beside a
// lead that waits before it is told to the case, it waits with that.
static void add_beside_case(const struct judgement *judgement, const struct route_row *row, struct destination *destination)
{
    const struct route_row *answer = row_of_consent(judgement);
    bool told = row->outcome == ROW_NEWS || row->tells_case;
    uint8_t team = judgement->policy->teams[judgement->family_team].opens_case ? judgement->family_team : 0;
    unsigned i = destination->n_parts;

    if (!told && answer != NULL && answer->outcome == ROW_DECIDE)
        return; // refused
    add_children(judgement, 0, team, told ? REASON_NONE : row->reason, destination);
    for (; told && answer != NULL && i < destination->n_parts; i++)
        ask_first(judgement, answer, &destination->parts[i]);
}

static void add_tasks(struct judgement *judgement, uint8_t lead_team, uint8_t held_reason, struct destination *destination)
{
    const struct route_rules *routes = &judgement->policy->routes;

    judgement->values[LEAD_FACT_TEAM] = lead_team;
    for (uint64_t left = table_matches(&routes->tasks, judgement->values); left != 0; left &= left - 1) {
        unsigned row = (unsigned)__builtin_ctzll(left);
        bool asks_lead = (routes->tasks.rows[row].columns >> LEAD_FACT_TEAM & 1) != 0;
        struct destination_job *job = add_part(destination);

        set_rule(&routes->tasks, row, &routes->task_rows[row], judgement->values, job);
        fill_part(judgement, &routes->task_rows[row], asks_lead ? held_reason : REASON_NONE, job);
    }
}

// ---------------------------------------------------------------- the lead

static void fill_lead(const struct judgement *judgement, const struct route_row *row, const struct way *way,
                      struct destination *destination)
{
    struct destination_job *lead = &destination->lead;

    switch ((enum row_outcome)row->outcome) {
    case ROW_QUEUE:
    case ROW_DECIDE:
        queue_or_decide(judgement, row->team, row->outcome == ROW_DECIDE ? way->proposal : 0, lead);
        break;
    case ROW_HOLD:
        hold(judgement, row->reason, way->proposal, lead);
        break;
    case ROW_NEWS:
        tell_case(judgement, lead);
        break;
    case ROW_PARENTING:
        fill_child_job(judgement, first_child(judgement), 0, REASON_NONE, lead);
        break;
    }
}

static void add_parts(struct judgement *judgement, const struct route_row *row, const struct way *way, struct destination *destination)
{
    bool waits = row->outcome == ROW_HOLD || row->outcome == ROW_DECIDE;
    uint8_t held_reason = waits ? row->reason : REASON_NONE;

    if (way->beside)
        add_children(judgement, 0, way->team, held_reason, destination);
    if (way->first_child)
        add_children(judgement, first_child(judgement) + 1, 0, held_reason, destination);
    if (row->tells_case) {
        struct destination_job *news = add_part(destination);
        *news = destination->lead;
        news->reason = REASON_NONE;
        news->marks = 0;
        news->n_near = 0;
        tell_case(judgement, news);
    }
    if (way->beside_case)
        add_beside_case(judgement, row, destination);
    add_tasks(judgement, way->team, held_reason, destination);
}

static struct judgement judgement_of(const struct policy *policy, const struct triaged *triaged, const struct family_state *family)
{
    struct judgement judgement = {.policy = policy, .triaged = triaged, .family = family};

    judgement.family_case = case_value(family, triaged->level);
    judgement.family_team = (uint8_t)rules_team(policy, family->team);
    judgement.open_at = (uint8_t)rules_team(policy, family->parenting_team);
    judgement.neighbourhood = neighbourhood_value(&policy->routes, triaged->facts.neighbourhood);
    fill_lead_values(&judgement);
    return judgement;
}

// Not imagined to be otherwise: the level and its rule, which are triage's to explain.
#define LEAD_FIXED (UINT64_C(1) << LEAD_FACT_LEVEL | UINT64_C(1) << LEAD_FACT_LEVEL_RULE)

// Which other rows were near.
static void tell_near(const struct judgement *judgement, struct destination_job *lead)
{
    const struct route_rules *routes = &judgement->policy->routes;
    struct table_miss misses[TABLE_ROWS_MAX];
    unsigned n = table_near(&routes->lead, judgement->values, LEAD_FIXED, misses);

    lead->n_near = (uint8_t)table_nearest(misses, n, TABLE_NEAR_MAX);
    for (unsigned i = 0; i < lead->n_near; i++)
        lead->near[i] = table_near_row(&routes->lead, &misses[i], routes->lead_rows[misses[i].row].code, judgement->values);
}

static uint8_t basis_of(const struct judgement *judgement)
{
    const struct route_rules *routes = &judgement->policy->routes;
    unsigned row = table_match(&routes->basis, judgement->values);

    return row < routes->basis.n_rows ? routes->basis_rows[row].basis : BASIS_NONE;
}

void destination_decide(const struct policy *policy, const struct triaged *triaged, const struct family_state *family,
                        struct destination *destination)
{
    struct judgement judgement = judgement_of(policy, triaged, family);
    unsigned place = match_lead(&judgement, judgement.values);
    const struct route_row *row = &policy->routes.lead_rows[place];
    struct way way = follow(&judgement, row);

    destination->n_parts = 0;
    destination->basis = basis_of(&judgement);
    set_rule(&policy->routes.lead, place, row, judgement.values, &destination->lead);
    fill_lead(&judgement, row, &way, destination);
    destination->lead.marks = row->drops_marks ? 0 : triaged->marks;
    tell_near(&judgement, &destination->lead);
    add_parts(&judgement, row, &way, destination);
}

bool destination_by_reason(const struct policy *policy, const struct triaged *triaged, const struct family_state *family,
                           enum decision_reason reason, struct destination *destination)
{
    struct judgement judgement = judgement_of(policy, triaged, family);
    const struct route_rules *routes = &policy->routes;
    struct destination_job *lead = &destination->lead;
    const struct route_row *row;
    uint64_t left = table_matches(&routes->lead, judgement.values);
    unsigned place;

    while (left != 0 && routes->lead_rows[__builtin_ctzll(left)].reason != reason)
        left &= left - 1;
    if (left == 0)
        return false;
    place = (unsigned)__builtin_ctzll(left);
    row = &routes->lead_rows[place];
    destination->n_parts = 0;
    destination->basis = basis_of(&judgement);
    set_rule(&routes->lead, place, row, judgement.values, lead);
    if (row->outcome == ROW_HOLD)
        hold(&judgement, row->reason, follow(&judgement, row).proposal, lead);
    else
        queue_or_decide(&judgement, row->team, follow(&judgement, row).proposal, lead);
    lead->marks = triaged->marks;
    return true;
}

enum basis destination_basis(const struct policy *policy, const struct triaged *triaged, const struct family_state *family)
{
    struct judgement judgement = judgement_of(policy, triaged, family);

    return (enum basis)basis_of(&judgement);
}

static enum decision_reason reason_among(const struct route_row *rows, unsigned n, struct span rule)
{
    for (unsigned i = 0; i < n; i++)
        if (span_equal(rows[i].code, rule))
            return (enum decision_reason)rows[i].reason;
    return REASON_NONE;
}

enum decision_reason destination_reason(const struct policy *policy, struct span rule)
{
    const struct route_rules *routes = &policy->routes;
    enum decision_reason reason = reason_among(routes->lead_rows, routes->lead.n_rows, rule);

    if (reason == REASON_NONE)
        reason = reason_among(routes->parenting_rows, routes->parenting.n_rows, rule);
    if (reason == REASON_NONE)
        reason = reason_among(routes->task_rows, routes->tasks.n_rows, rule);
    return reason;
}
