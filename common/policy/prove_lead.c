// SPDX-License-Identifier: MIT
// Proves the list `lead` of destinations.yaml: its table, where its rows end, and what the hub promises of level 4.
// Called by prove_routes.c. Follows `as_if` as destination.c does.
#include "common/policy/prove_lead.h"

enum { LEVELS = 4 };

// ---------------------------------------------------------------- worlds

// World i: a combination of groups, a level, and whether there is an answer on consent.
static unsigned groups_of_world(const struct lead_proof *lead, unsigned i)
{
    return lead->households.groups[i % lead->households.n];
}

static void narrow(const struct lead_proof *lead, unsigned level, bool answered, struct box *world)
{
    uint64_t rules = 0;

    for (unsigned rule = 0; rule <= lead->prove.proof->policy->levels.table.n_rows; rule++)
        rules |= (uint64_t)(lead->found->of_rule[rule] >> level & 1) << rule;
    world->allow[LEAD_FACT_LEVEL] &= UINT64_C(1) << level;
    world->allow[LEAD_FACT_LEVEL_RULE] &= rules;
    world->allow[LEAD_FACT_CONSENT] &= answered ? ~UINT64_C(1) : 1;
    if (!answered)
        world->allow[LEAD_FACT_REASON_GIVEN] &= 1;
    if (level == 1) // no case is open at a lower level
        world->allow[LEAD_FACT_CASE] &= ~(UINT64_C(1) << CASE_BELOW);
}

static void make_world(const void *context, unsigned i, bool wide, struct box *world)
{
    const struct lead_proof *lead = context;
    unsigned groups = groups_of_world(lead, i);
    unsigned of = i / lead->households.n;

    world->allow[LEAD_FACT_TEAM] &= 1; // asked before there is a lead
    for (unsigned group = 0; group < lead->routes->n_groups; group++)
        world->allow[LEAD_FACT_COUNT + group] &= UINT64_C(1) << (groups >> group & 1);
    if (!wide && i % lead->households.n >= lead->households.n_likely)
        world->allow[LEAD_FACT_TEAM] = 0; // no such household
    if (!wide)
        narrow(lead, 1 + of % LEVELS, of / LEVELS != 0, world);
}

static void tell_members(const void *context, unsigned i, uint64_t told, struct witness *witness)
{
    const struct lead_proof *lead = context;

    if (told >> LEAD_FACT_COUNT != 0)
        households_tell(&lead->households, groups_of_world(lead, i), witness);
}

// ---------------------------------------------------------------- where rows end

// What is known while one row is followed.
struct trail {
    struct lead_proof *lead;
    unsigned world;
    struct box was;               // the facts as they are
    uint64_t assumed;             // facts that some `as_if` has set otherwise
    const struct route_row *told; // row that tells the open case of it; NULL: none has yet
    bool any_circle;              // else only a circle that comes back to the first row is told
    unsigned n;
    unsigned rows[ROUTE_AS_IF_MAX + 2];
};

static void complain_of_trail(const struct trail *trail, const char *text)
{
    const struct prove_table *prove = &trail->lead->prove;
    const struct route_row *first = &trail->lead->routes->lead_rows[trail->rows[0]];
    uint64_t told = 0;
    struct witness lines = {0};

    for (unsigned i = 0; i < trail->n; i++) {
        told |= prove->table->rows[trail->rows[i]].columns;
        witness_add(&lines, "%s%u", i == 0 ? "" : ", then ", trail->lead->routes->lead_rows[trail->rows[i]].origin.line);
    }
    complaints_add(prove->proof->complaints, prove->file, first->origin.line, text, lines.text);
    prove_table_show(prove, trail->world, &trail->was, told);
}

uint64_t prove_lead_cases(const struct policy *policy)
{
    uint64_t cases = 1;

    for (unsigned team = 1; team <= policy->n_teams; team++)
        cases |= (uint64_t)policy->teams[team].opens_case << team;
    return cases;
}

// For which leads the parenting rows are asked where a trail ends at this row.
static uint64_t parenting_at(const struct trail *trail, const struct box *now, const struct route_row *row)
{
    const struct route_row *told = trail->told != NULL ? trail->told : row->outcome == ROW_NEWS ? row : NULL;

    if (row->outcome == ROW_PARENTING && told == NULL)
        return 1;
    if ((now->allow[LEAD_FACT_PARENTING] & 2) == 0 || !(told != NULL ? told->parts : row->parts))
        return 0;
    return told != NULL ? prove_lead_cases(trail->lead->prove.proof->policy) : UINT64_C(1) << row->team;
}

// The row ends the trail: nothing is assumed there.
static void note_end(const struct trail *trail, const struct box *now, const struct route_row *row)
{
    struct lead_proof *lead = trail->lead;
    unsigned team = row->outcome == ROW_QUEUE && trail->told == NULL ? row->team : 0;
    struct box asked, at = trail->was;

    lead->leads |= UINT64_C(1) << team;
    for (unsigned family_case = 0; family_case < CASE_COUNT; family_case++)
        if ((trail->was.allow[LEAD_FACT_CASE] >> family_case & 1) != 0)
            lead->beside[family_case] |= parenting_at(trail, now, row);
    at.allow[LEAD_FACT_TEAM] = UINT64_C(1) << team;
    for (unsigned task = 0; task < lead->routes->tasks.n_rows; task++) {
        struct box wanted = box_of_row(&lead->routes->tasks, task);
        if (box_meet(lead->routes->tasks.n_facts, &at, &wanted, &asked))
            lead->tasks_live |= UINT64_C(1) << task;
    }
}

static bool go_on(void *context, const struct box *piece);

static bool is_on(const struct trail *trail, unsigned row)
{
    for (unsigned i = 0; i < trail->n; i++)
        if (trail->rows[i] == row)
            return true;
    return false;
}

// What would be if the fact were as the row says: each row that then matches. True after a complaint.
static bool go_on_as_if(const struct trail *trail, const struct box *now, const struct route_row *row)
{
    struct prove_table *prove = &trail->lead->prove;
    struct trail next = *trail;
    struct box as_if = *now, asked;

    as_if.allow[row->as_if_fact] = UINT64_C(1) << row->as_if_value;
    next.assumed |= UINT64_C(1) << row->as_if_fact;
    next.n++;
    for (unsigned to = 0; to < prove->table->n_rows; to++) {
        if (!box_meet(prove->table->n_facts, &as_if, &prove->rows[to], &asked))
            continue;
        next.rows[next.n - 1] = to;
        if (prove_table_visit_box(prove, to, &asked, go_on, &next) != BOX_NONE)
            return true;
    }
    return false;
}

// The trail has come to its last row with these facts.
static bool go_on(void *context, const struct box *piece)
{
    struct trail trail = *(const struct trail *)context;
    unsigned at = trail.rows[--trail.n];
    const struct route_row *row = &trail.lead->routes->lead_rows[at];
    bool comes_back = is_on(&trail, at);

    for (unsigned fact = 0; fact < trail.lead->prove.table->n_facts; fact++)
        if ((trail.assumed >> fact & 1) == 0)
            trail.was.allow[fact] = piece->allow[fact];
    trail.rows[trail.n++] = at;
    trail.told = trail.told == NULL && row->tells_case ? row : trail.told;
    if (comes_back && !trail.any_circle && at != trail.rows[0])
        return false;
    if (comes_back)
        complain_of_trail(&trail, "`as_if` goes round in a circle: from line %.80s; let it name a fact that leads on");
    else if (trail.n > ROUTE_AS_IF_MAX + 1)
        complain_of_trail(&trail, "`as_if` leads too far: from line %.80s and on; name a `proposal:` somewhere");
    else if (row->has_as_if && row->proposal == 0)
        return go_on_as_if(&trail, piece, row);
    else
        note_end(&trail, piece, row);
    return comes_back || trail.n > ROUTE_AS_IF_MAX + 1;
}

static void follow(struct lead_proof *lead, unsigned row, bool any_circle)
{
    enum box_end end = BOX_NONE;

    for (unsigned world = 0; world < lead->prove.n_worlds && end == BOX_NONE; world++) {
        struct trail trail = {.lead = lead, .world = world, .any_circle = any_circle, .n = 1, .rows = {row}};
        end = prove_table_visit(&lead->prove, row, world, go_on, &trail);
    }
}

// A circle is told once, where it begins, if it begins with any row.
static void prove_ends(struct lead_proof *lead)
{
    unsigned before = lead->prove.proof->complaints->n;

    for (unsigned row = 0; row < lead->routes->lead.n_rows; row++)
        follow(lead, row, false);
    for (unsigned row = 0; row < lead->routes->lead.n_rows && lead->prove.proof->complaints->n == before; row++)
        follow(lead, row, true);
}

// ---------------------------------------------------------------- what the hub promises

static bool is_protected(const struct lead_proof *lead, const struct route_row *row)
{
    return row->outcome == ROW_QUEUE && lead->prove.proof->policy->teams[row->team].guarded;
}

struct sight {
    unsigned fact;
    uint64_t values;
    struct box piece;
};

static bool see(void *context, const struct box *piece)
{
    struct sight *sight = context;

    if ((piece->allow[sight->fact] & sight->values) == 0)
        return false;
    sight->piece = *piece;
    sight->piece.allow[sight->fact] &= sight->values;
    return true;
}

// Complains, with a witness, when the row may be reached with one of these values of a fact.
static void must_not_have(struct lead_proof *lead, unsigned row, unsigned fact, uint64_t values, const char *text)
{
    struct sight sight = {.fact = fact, .values = values};

    for (unsigned world = 0; world < lead->prove.n_worlds; world++) {
        if (prove_table_visit(&lead->prove, row, world, see, &sight) != BOX_STOPPED)
            continue;
        complaints_add(lead->prove.proof->complaints, lead->prove.file, lead->routes->lead_rows[row].origin.line, "%s", text);
        prove_table_show(&lead->prove, world, &sight.piece, lead->routes->lead.rows[row].columns | UINT64_C(1) << fact);
        return;
    }
}

// What ends a hold: the fact that a partner's later event changes.
static const struct {
    uint8_t reason, fact, value;
    const char *name, *so;
} holds[] = {{REASON_AWAITING_CONSENT, LEAD_FACT_CONSENT, CONSENT_GIVEN, "consent", "given"},
             {REASON_AWAITING_EHA, LEAD_FACT_KIND, KIND_EHA, "kind", "eha"}};

static void prove_hold(struct lead_proof *lead, const struct route_row *row)
{
    for (size_t i = 0; i < sizeof holds / sizeof holds[0]; i++) {
        if (holds[i].reason != row->reason)
            continue;
        if (row->as_if_fact != holds[i].fact)
            complaints_add(lead->prove.proof->complaints, lead->prove.file, row->origin.line,
                           "what ends `hold: %s` changes the fact `%s`: `as_if` must name that one", code_text(LIST_REASON, row->reason),
                           holds[i].name);
        else if (row->as_if_value != holds[i].value)
            complaints_add(lead->prove.proof->complaints, lead->prove.file, row->origin.line,
                           "what is proposed would not be what comes of it: `hold: %s` ends with `as_if: {%s: %s}`",
                           code_text(LIST_REASON, row->reason), holds[i].name, holds[i].so);
        return;
    }
    complaints_add(lead->prove.proof->complaints, lead->prove.file, row->origin.line,
                   "nothing ever ends `hold: %s`: hold for awaiting_consent or awaiting_eha, or let a person decide",
                   code_text(LIST_REASON, row->reason));
}

static void prove_promises(struct lead_proof *lead, unsigned row)
{
    const struct route_row *rule = &lead->routes->lead_rows[row];

    if (!is_protected(lead, rule))
        must_not_have(lead, row, LEAD_FACT_LEVEL, UINT64_C(1) << LEVELS,
                      "level 4 is never blocked: it must go to a protected team at once; keep it from this row by `level: 1 to 3`");
    if (rule->outcome == ROW_NEWS || rule->tells_case)
        must_not_have(lead, row, LEAD_FACT_CASE, UINT64_C(1) << CASE_NONE,
                      "there may be no open case to tell: ask `family_case: open` or `open-below` here");
    if (rule->outcome == ROW_HOLD)
        prove_hold(lead, rule);
}

// ---------------------------------------------------------------- the whole

// The parenting rows cannot lead where there is nobody to ask them for: then the next row that matches leads.
static void narrow_parenting(struct lead_proof *lead)
{
    for (unsigned row = 0; row < lead->routes->lead.n_rows; row++)
        if (lead->routes->lead_rows[row].outcome == ROW_PARENTING)
            lead->prove.rows[row].allow[LEAD_FACT_COUNT + lead->routes->parenting_group] &= 2;
}

void prove_lead(struct lead_proof *lead, struct proof *proof, const struct found_levels *found)
{
    lead->routes = &proof->policy->routes;
    lead->found = found;
    households_init(&lead->households, lead->routes);
    prove_table_init(&lead->prove, proof, "destinations.yaml", &lead->routes->lead);
    for (unsigned row = 0; row < lead->routes->lead.n_rows; row++)
        lead->prove.origins[row] = &lead->routes->lead_rows[row].origin;
    narrow_parenting(lead);
    lead->prove.n_worlds = lead->households.n * LEVELS * 2;
    lead->prove.world = make_world;
    lead->prove.tell = tell_members;
    lead->prove.context = lead;
    prove_table_rows(&lead->prove);
    prove_table_gap(&lead->prove);
    prove_table_single(&lead->prove);
    prove_ends(lead);
    for (unsigned row = 0; row < lead->routes->lead.n_rows; row++)
        prove_promises(lead, row);
}

void prove_bases(struct lead_proof *lead)
{
    struct prove_table prove = lead->prove;

    prove_table_init(&prove, lead->prove.proof, lead->prove.file, &lead->routes->basis);
    for (unsigned row = 0; row < lead->routes->basis.n_rows; row++) {
        prove.origins[row] = &lead->routes->basis_rows[row].origin;
        prove.dead[row] = false;
    }
    prove_table_rows(&prove);
    prove_table_gap(&prove);
}
