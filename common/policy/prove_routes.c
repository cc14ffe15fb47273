// SPDX-License-Identifier: MIT
// Proves destinations.yaml: groups, the lead, parenting for each child, tasks.
// Called by prove.c. Of parenting and tasks it asks only what some lead leads to.
#include "common/policy/prove_lead.h"

static const char file[] = "destinations.yaml";

// ---------------------------------------------------------------- groups

static bool is_anybody(const struct route_rules *routes, unsigned row)
{
    struct box box = box_of_row(&routes->members, row);

    for (unsigned role = 0; role < MEMBER_COUNT; role++)
        for (unsigned age = 0; age <= routes->n_ages; age++)
            if ((box.allow[MEMBER_FACT_ROLE] >> role & 1) != 0 && (box.allow[MEMBER_FACT_AGE] >> age & 1) != 0 &&
                households_can_be(routes, (enum member_role)role, age))
                return true;
    return false;
}

static bool is_asked(const struct route_rules *routes, unsigned group)
{
    uint64_t asked = UINT64_C(1) << (LEAD_FACT_COUNT + group);
    bool found = group == routes->parenting_group;

    for (unsigned row = 0; row < routes->lead.n_rows; row++)
        found = found || (routes->lead.rows[row].columns & asked) != 0;
    for (unsigned row = 0; row < routes->tasks.n_rows; row++)
        found = found || (routes->tasks.rows[row].columns & asked) != 0;
    return found;
}

static void prove_groups(struct proof *proof)
{
    const struct route_rules *routes = &proof->policy->routes;

    for (unsigned row = 0; row < routes->members.n_rows; row++)
        if (!is_anybody(routes, row))
            complaints_add(proof->complaints, file, routes->member_lines[row],
                           "nobody can be so: an expected baby has an age below zero; mend or remove it");
    for (unsigned group = 0; group < routes->n_groups; group++)
        if (!is_asked(routes, group))
            complaints_add(proof->complaints, file, routes->group_origins[group].line,
                           "no row asks about the group `%.*s`: ask about it, or remove it", SPAN_ARG(routes->group_names[group]));
}

// ---------------------------------------------------------------- names

static void complain_of_namesake(struct proof *proof, const struct route_row *above, const struct route_row *row)
{
    if (span_equal(above->code, row->code))
        complaints_add(proof->complaints, file, row->origin.line,
                       "`%.*s` is also a row of another list (line %u), and events name a row by this word alone: rename one",
                       SPAN_ARG(row->code), above->origin.line);
}

// Within one list the loader has seen to it.
static void prove_names(struct proof *proof)
{
    const struct route_rules *routes = &proof->policy->routes;

    for (unsigned i = 0; i < routes->parenting.n_rows; i++)
        for (unsigned lead = 0; lead < routes->lead.n_rows; lead++)
            complain_of_namesake(proof, &routes->lead_rows[lead], &routes->parenting_rows[i]);
    for (unsigned i = 0; i < routes->tasks.n_rows; i++) {
        for (unsigned lead = 0; lead < routes->lead.n_rows; lead++)
            complain_of_namesake(proof, &routes->lead_rows[lead], &routes->task_rows[i]);
        for (unsigned child = 0; child < routes->parenting.n_rows; child++)
            complain_of_namesake(proof, &routes->parenting_rows[child], &routes->task_rows[i]);
    }
}

// ---------------------------------------------------------------- parenting

struct parenting_proof {
    struct prove_table prove;
    const struct lead_proof *lead;
    const struct route_rules *routes;
    uint64_t leads; // bit t: some row adds parenting to a lead at team t, or to an open case there; bit 0: some row lets parenting lead
};

static uint64_t leads_of(const struct policy *policy)
{
    const struct route_rules *routes = &policy->routes;
    uint64_t leads = 0;

    for (unsigned row = 0; row < routes->lead.n_rows; row++) {
        const struct route_row *rule = &routes->lead_rows[row];
        if (rule->parts)
            leads |= rule->outcome == ROW_QUEUE ? UINT64_C(1) << rule->team : prove_lead_cases(policy);
        leads |= rule->outcome == ROW_PARENTING;
    }
    return leads;
}

// What the hub knows of a child of this age whose family has such an open case, or none, and beside which leads its rows are then asked.
static void narrow(const struct parenting_proof *of, unsigned age, enum family_case family_case, struct box *world)
{
    const struct policy *policy = of->prove.proof->policy;
    bool open = family_case != CASE_NONE;

    world->allow[CHILD_FACT_AGE] &= UINT64_C(1) << age;
    world->allow[CHILD_FACT_LEAD] &= of->lead->beside[family_case];
    world->allow[CHILD_FACT_CASE] &= UINT64_C(1) << family_case;
    world->allow[CHILD_FACT_AGE_OPENED] &= open && age > 0 ? table_values(1, age) : 1;
    if (!households_can_be(of->routes, MEMBER_UNBORN, age))
        world->allow[CHILD_FACT_ROLE] &= ~(UINT64_C(1) << MEMBER_UNBORN);
    for (unsigned team = 1; team <= policy->n_teams; team++)
        if (!policy->teams[team].parenting)
            world->allow[CHILD_FACT_OPEN_AT] &= ~(UINT64_C(1) << team);
}

// World i: a row of the group for whom parenting is asked, an age, the family's case.
static void make_world(const void *context, unsigned i, bool wide, struct box *world)
{
    const struct parenting_proof *of = context;
    unsigned row = i % of->routes->members.n_rows;
    unsigned rest = i / of->routes->members.n_rows;
    struct box member = box_of_row(&of->routes->members, row);

    world->allow[CHILD_FACT_ROLE] &= of->routes->member_groups[row] == of->routes->parenting_group ? member.allow[MEMBER_FACT_ROLE] : 0;
    world->allow[CHILD_FACT_AGE] &= member.allow[MEMBER_FACT_AGE];
    world->allow[CHILD_FACT_SEND] &= member.allow[MEMBER_FACT_SEND];
    world->allow[CHILD_FACT_LEAD] &= of->leads;
    if (!wide)
        narrow(of, rest / CASE_COUNT, (enum family_case)(rest % CASE_COUNT), world);
}

static void prove_parenting(const struct lead_proof *lead, struct proof *proof)
{
    struct parenting_proof of = {.lead = lead, .routes = &proof->policy->routes, .leads = leads_of(proof->policy)};

    prove_table_init(&of.prove, proof, file, &of.routes->parenting);
    for (unsigned row = 0; row < of.routes->parenting.n_rows; row++)
        of.prove.origins[row] = &of.routes->parenting_rows[row].origin;
    of.prove.n_worlds = of.routes->members.n_rows * (of.routes->n_ages + 1) * CASE_COUNT;
    of.prove.world = make_world;
    of.prove.always_told = UINT64_C(1) << CHILD_FACT_ROLE | UINT64_C(1) << CHILD_FACT_AGE;
    of.prove.context = &of;
    prove_table_rows(&of.prove);
    prove_table_gap(&of.prove);
    prove_table_single(&of.prove);
}

// ---------------------------------------------------------------- tasks

static void prove_tasks(const struct lead_proof *lead, struct proof *proof)
{
    const struct route_rules *routes = lead->routes;

    for (unsigned row = 0; row < routes->tasks.n_rows; row++) {
        struct box box = box_of_row(&routes->tasks, row);
        struct witness words = {0};
        if ((lead->tasks_live >> row & 1) != 0)
            continue;
        if ((box.allow[LEAD_FACT_TEAM] & lead->leads) == 0)
            witness_add_box(&words, &routes->tasks, &box, UINT64_C(1) << LEAD_FACT_TEAM);
        else
            witness_add_box(&words, &routes->tasks, &box, routes->tasks.rows[row].columns);
        complaints_add(proof->complaints, file, routes->task_rows[row].origin.line,
                       "this task is never made: no lead is ever %.120s; mend or remove it", words.text);
    }
}

void prove_routes(struct proof *proof, const struct found_levels *found)
{
    static const struct lead_proof nothing;
    struct lead_proof lead = nothing;
    unsigned before;

    prove_groups(proof);
    prove_names(proof);
    before = proof->complaints->n;
    prove_lead(&lead, proof, found);
    if (proof->complaints->n != before) // what leads to parenting and tasks is not yet right
        return;
    prove_parenting(&lead, proof);
    prove_tasks(&lead, proof);
    prove_bases(&lead);
}
