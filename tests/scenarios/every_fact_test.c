// SPDX-License-Identifier: MIT
// No combination of facts leaves a referral without state, owner and clock. Walked through, for each policy of scenarios.md: every combination of
// counts that needs can make, with all else that a level rule may ask about; then every level so found with all that a row of the destinations
// asks about, for households of every mix of groups; then every child's own facts, at every lead. What rows are met on the way is all that can be.
#include "common/base/civil.h"
#include "common/policy/households.h"
#include "common/policy/reach.h"
#include "services/allocation/clock.h"
#include "services/allocation/outcome.h"
#include "services/triage/level.h"
#include "tests/scenarios/scenario_table.h"
#include "tests/unit/policy_kit.h"

enum { LEVELS = 4, AGENCIES_TOLD_APART = 4, PROBLEMS_TOLD_APART = 7, CLASSES_MAX = 64 };

// Levels that are alike to the destinations: one level, and a rule that the same rows ask about.
struct level_class {
    uint8_t level;
    uint64_t asked;   // bit r: row r of lead allows the rule
    uint64_t grounds; // the same of basis
    uint64_t marks;
    struct span rule;
};

struct walk {
    const struct policy *policy;
    unsigned n_classes;
    struct level_class classes[CLASSES_MAX];
    uint64_t levels, leads, parentings, tasks, bases; // bit r: row r was met
    bool claimed;
    uint64_t n_levels, n_destinations;
};

// ---------------------------------------------------------------- what must hold

static const char *const times[] = {
    "2016-11-18T15:30:00Z", "2016-12-31T23:59:59Z", "2016-10-30T00:30:00Z", "2016-10-30T01:30:00Z",
    "2017-03-26T00:59:59Z", "2017-04-14T00:00:00Z", "2020-02-29T12:00:00Z", "2016-12-23T16:00:00Z",
};

static int64_t time_of(uint64_t n)
{
    int64_t ms;

    assert_true(civil_parse_time(span_text(times[n % (sizeof times / sizeof times[0])]), &ms));
    return ms;
}

// The text is lent from the row: where it stands says which row it is.
static void meet(const struct route_row *rows, unsigned n, struct span rule, uint64_t *met)
{
    for (unsigned i = 0; i < n; i++)
        if (rows[i].code.at == rule.at)
            *met |= UINT64_C(1) << i;
}

static void check_job(struct walk *walk, const struct destination_job *job, const struct family_state *family, int64_t received_ms)
{
    const struct route_rules *routes = &walk->policy->routes;
    const struct team *team = &walk->policy->teams[job->team_index];
    enum state state = outcome_state(job);
    int64_t due_ms = 0;

    assert_true(state == STATE_QUEUED || state == STATE_DECIDING || state == STATE_HELD);
    assert_true(job->outcome == DESTINATION_HOLD || job->team_index != 0); // the owner; of what is held the referrer
    assert_int_equal(state == STATE_DECIDING, job->outcome == DESTINATION_DECIDE);
    assert_int_equal(state == STATE_DECIDING, team->decides);
    assert_true(state == STATE_QUEUED || job->reason != REASON_NONE);
    assert_true(state != STATE_HELD || job->proposal.size > 0);
    assert_true(job->outcome != DESTINATION_NEWS || span_equal(job->team, family->team));
    assert_true(clock_state_due(walk->policy, state, job->team_index, received_ms, &due_ms));
    assert_true(due_ms > received_ms);
    meet(routes->lead_rows, routes->lead.n_rows, job->rule, &walk->leads);
    meet(routes->parenting_rows, routes->parenting.n_rows, job->rule, &walk->parentings);
    meet(routes->task_rows, routes->tasks.n_rows, job->rule, &walk->tasks);
}

static void check_destination(struct walk *walk, const struct triaged *triaged, const struct family_state *family)
{
    static struct destination destination;

    destination_decide(walk->policy, triaged, family, &destination);
    walk->n_destinations++;
    assert_true(destination.n_parts <= DESTINATION_PARTS_MAX);
    for (unsigned part = 0; part <= destination.n_parts; part++)
        check_job(walk, outcome_job(&destination, (uint8_t)part), family, triaged->received);
    if (triaged->level == LEVELS) // nothing stops it
        assert_true(destination.lead.outcome == DESTINATION_QUEUE && span_is(destination.lead.team, "specialist"));
    for (unsigned i = 0; i < walk->policy->routes.basis.n_rows; i++)
        if (walk->policy->routes.basis_rows[i].basis == destination.basis)
            walk->bases |= UINT64_C(1) << i;
    assert_int_not_equal(destination.basis, BASIS_NONE);
}

// ---------------------------------------------------------------- levels

static uint64_t rows_for(const struct table *table, unsigned rule)
{
    uint64_t rows = 0;

    for (unsigned row = 0; row < table->n_rows; row++)
        if ((table->rows[row].columns >> LEAD_FACT_LEVEL_RULE & 1) != 0 && (table->rows[row].allow[LEAD_FACT_LEVEL_RULE] >> rule & 1) != 0)
            rows |= UINT64_C(1) << row;
    return rows;
}

static void add_class(struct walk *walk, const struct level_decision *decision)
{
    struct level_class found = {.level = decision->level,
                                .asked = rows_for(&walk->policy->routes.lead, decision->row),
                                .grounds = rows_for(&walk->policy->routes.basis, decision->row),
                                .marks = decision->marks,
                                .rule = decision->rule};

    for (unsigned i = 0; i < walk->n_classes; i++)
        if (walk->classes[i].level == found.level && walk->classes[i].asked == found.asked && walk->classes[i].grounds == found.grounds)
            return;
    assert_true(walk->n_classes < CLASSES_MAX);
    walk->classes[walk->n_classes++] = found;
}

static void check_level(struct walk *walk, const struct facts *facts, bool urgent)
{
    struct level_decision decision;

    level_decide(walk->policy, facts, urgent, &decision);
    walk->n_levels++;
    assert_in_range(decision.level, 1, LEVELS);
    assert_true(decision.level >= decision.computed && decision.level >= facts->level_claimed);
    assert_true(decision.rule.size > 0);
    assert_true(!urgent || decision.level == LEVELS);
    if (decision.row < walk->policy->levels.table.n_rows)
        walk->levels |= UINT64_C(1) << decision.row;
    else
        walk->claimed = true;
    add_class(walk, &decision);
}

// All that may stand beside these needs.
static void walk_beside(struct walk *walk, struct facts *facts, bool urgent)
{
    facts->agency = AGENCY_SCHOOL;
    for (unsigned others = 0; others < AGENCIES_TOLD_APART; others++)
        for (unsigned problems = 0; problems < PROBLEMS_TOLD_APART; problems++)
            for (unsigned claimed = 0; claimed <= LEVELS; claimed++)
                for (unsigned said = 0; said < 4; said++) {
                    facts->agencies_involved = kit_bits(AGENCY_POLICE, others);
                    facts->headline_problems = kit_bits(1, problems);
                    facts->level_claimed = claimed;
                    facts->at_risk_of_harm = (said & 1) != 0;
                    facts->unsure_about_safety = (said & 2) != 0;
                    if (urgent || said != 0 || claimed == LEVELS)
                        check_level(walk, facts, true);
                    else
                        for (unsigned unread = 0; unread < 2; unread++) // a need that nobody could read may make it urgent, too
                            check_level(walk, facts, unread != 0);
                }
}

static void walk_levels(struct walk *walk)
{
    struct reach *reach;
    uint32_t steps = UINT32_MAX;

    assert_int_equal(reach_new(&walk->policy->levels, &steps, &reach), ERR_NONE);
    for (unsigned i = 0; i < reach_n(reach); i++) {
        struct facts facts = {0};
        if (reach_household(reach, i, &facts))
            walk_beside(walk, &facts, reach_is_urgent(reach, i));
    }
    reach_free(&reach);
}

// ---------------------------------------------------------------- destinations

static bool is_asked(const struct policy *policy, enum lead_fact fact)
{
    const struct table *tables[] = {&policy->routes.lead, &policy->routes.tasks, &policy->routes.basis};
    uint64_t columns = 0;

    for (unsigned i = 0; i < 3; i++)
        for (unsigned row = 0; row < tables[i]->n_rows; row++)
            columns |= tables[i]->rows[row].columns;
    return (columns >> fact & 1) != 0;
}

// The facts that rows ask about, as digits of a number that counts through all of them.
static const struct digit {
    enum lead_fact fact;
    unsigned n;
} digits[] = {
    {LEAD_FACT_CONSENT, CONSENT_COUNT},  {LEAD_FACT_KIND, KIND_COUNT},  {LEAD_FACT_ASB, ASB_COUNT},    {LEAD_FACT_BORDER, BORDER_COUNT},
    {LEAD_FACT_REASON_GIVEN, 2},         {LEAD_FACT_SOLO, 2},           {LEAD_FACT_PARENTING, 2},      {LEAD_FACT_FAMILY_SUPPORT, 2},
    {LEAD_FACT_YOUTH_SUPPORT, 2},        {LEAD_FACT_INFORMATION, 2},    {LEAD_FACT_PROBLEMS, 2},       {LEAD_FACT_CASE, CASE_COUNT},
};
enum { DIGITS = sizeof digits / sizeof digits[0] };

static void say(struct triaged *triaged, enum lead_fact fact, unsigned value)
{
    static const uint8_t wants[] = {[LEAD_FACT_PARENTING] = WANT_PARENTING,
                                    [LEAD_FACT_FAMILY_SUPPORT] = WANT_FAMILY_SUPPORT,
                                    [LEAD_FACT_YOUTH_SUPPORT] = WANT_YOUTH_SUPPORT,
                                    [LEAD_FACT_INFORMATION] = WANT_INFORMATION};
    struct facts *facts = &triaged->facts;

    switch (fact) {
    case LEAD_FACT_CONSENT:
        facts->consent = (uint8_t)value;
        break;
    case LEAD_FACT_KIND:
        facts->kind = (uint8_t)value;
        break;
    case LEAD_FACT_ASB:
        facts->asb = (uint8_t)value;
        break;
    case LEAD_FACT_BORDER:
        facts->border = (uint8_t)value;
        break;
    case LEAD_FACT_REASON_GIVEN:
        facts->consent_reason_given = value != 0;
        break;
    case LEAD_FACT_SOLO:
        facts->solo_support_requested = value != 0;
        break;
    case LEAD_FACT_PROBLEMS:
        triaged->n_problems = value;
        break;
    default:
        facts->wants |= value != 0 ? UINT64_C(1) << wants[fact] : 0;
    }
}

// A case at any team that opens one, in turn; at this level or one below. False: there is no level below.
static bool open_case(const struct walk *walk, unsigned family_case, uint64_t level, struct family_state *family)
{
    unsigned team = 1 + (unsigned)walk->n_destinations % walk->policy->n_teams;

    *family = (struct family_state){0};
    if (family_case == CASE_NONE)
        return true;
    while (!walk->policy->teams[team].opens_case)
        team = team % walk->policy->n_teams + 1;
    *family = (struct family_state){.open = true, .team = walk->policy->teams[team].code, .opened_ms = time_of(0)};
    family->level = (uint8_t)(family_case == CASE_COVERS ? level : level - 1);
    return family->level > 0;
}

static void put_member(const struct route_rules *routes, unsigned role, unsigned age, bool send, struct facts *facts)
{
    struct member_facts *member = &facts->members[facts->n_members++];

    *member = (struct member_facts){.send = send};
    PUT(member, member_facts, role, (uint8_t)role);
    if (age > 0 && role != MEMBER_UNBORN)
        PUT(member, member_facts, months, routes->ages[age - 1].from > 0 ? routes->ages[age - 1].from : 7);
}

static void put_household(const struct households *households, unsigned place, struct facts *facts)
{
    const struct households_step *step = &households->steps[households->groups[place]];

    facts->n_members = 0;
    for (; step->is_anybody; step = &households->steps[step->without])
        put_member(households->routes, step->role, step->age, step->send, facts);
}

static struct triaged triaged_of(const struct walk *walk, const struct level_class *class)
{
    return (struct triaged){.level = class->level,
                            .computed = class->level,
                            .rule = class->rule,
                            .marks = class->marks,
                            .policy = span_of(walk->policy->version, POLICY_VERSION_SIZE),
                            .received = time_of(walk->n_destinations)};
}

static void walk_combinations(struct walk *walk, const struct level_class *class, const struct facts *household)
{
    uint64_t n = 1;

    for (unsigned i = 0; i < DIGITS; i++)
        n *= is_asked(walk->policy, digits[i].fact) ? digits[i].n : 1;
    for (uint64_t number = 0; number < n; number++) {
        struct triaged triaged = triaged_of(walk, class);
        struct family_state family;
        uint64_t left = number;
        unsigned family_case = CASE_NONE;

        triaged.facts = *household;
        for (unsigned i = 0; i < DIGITS; i++) {
            if (!is_asked(walk->policy, digits[i].fact))
                continue;
            if (digits[i].fact == LEAD_FACT_CASE)
                family_case = (unsigned)(left % digits[i].n);
            else
                say(&triaged, digits[i].fact, (unsigned)(left % digits[i].n));
            left /= digits[i].n;
        }
        if (open_case(walk, family_case, triaged.level, &family))
            check_destination(walk, &triaged, &family);
    }
}

static void walk_destinations(struct walk *walk)
{
    static struct households households;

    households_init(&households, &walk->policy->routes);
    for (unsigned place = 0; place < households.n_likely; place++) {
        struct facts facts = {0};
        put_household(&households, place, &facts);
        for (unsigned i = 0; i < walk->n_classes; i++)
            walk_combinations(walk, &walk->classes[i], &facts);
    }
}

// ---------------------------------------------------------------- children

// One child of this role and age, with whom the family is what `lead` says: its digits are the kind, consent, the flags and the open case.
static void walk_child(struct walk *walk, const struct level_class *class, const struct facts *child, struct span open_at)
{
    enum { LEADS = 2 * 2 * 2 * 2 * 2 * CASE_COUNT };

    for (unsigned lead = 0; lead < LEADS; lead++) {
        struct triaged triaged = triaged_of(walk, class);
        struct facts *facts = &triaged.facts;
        struct family_state family;

        *facts = *child;
        facts->kind = (lead & 1) != 0 ? KIND_EHA : KIND_POLICE_NOTIFICATION;
        facts->consent = (lead & 2) != 0 ? CONSENT_GIVEN : CONSENT_NONE;
        facts->solo_support_requested = (lead & 4) != 0;
        facts->asb = (lead & 8) != 0 ? ASB_VICTIM : ASB_NONE;
        facts->border = (lead & 16) != 0 ? BORDER_OUTSIDE : BORDER_INSIDE;
        facts->wants = UINT64_C(1) << WANT_PARENTING;
        if (!open_case(walk, lead / 32, triaged.level, &family))
            continue;
        family.parenting_team = open_at;
        check_destination(walk, &triaged, &family);
    }
}

static void walk_places(struct walk *walk, unsigned role, unsigned age, bool send)
{
    const struct policy *policy = walk->policy;

    for (unsigned place = 0; place <= policy->routes.n_neighbourhoods; place++)
        for (unsigned team = 0; team <= policy->n_teams; team++)
            for (unsigned i = 0; i < walk->n_classes && (team == 0 || policy->teams[team].parenting); i++) {
                struct facts child = {0};
                put_member(&policy->routes, role, age, send, &child);
                if (place > 0)
                    child.neighbourhood = policy->routes.neighbourhoods[place - 1];
                walk_child(walk, &walk->classes[i], &child, policy->teams[team].code);
            }
}

static void walk_children(struct walk *walk)
{
    for (unsigned role = MEMBER_CHILD; role <= MEMBER_UNBORN; role++)
        for (unsigned age = 0; age <= walk->policy->routes.n_ages; age++)
            for (unsigned send = 0; send < 2; send++)
                walk_places(walk, role, age, send != 0);
}

// ---------------------------------------------------------------- rows that were met

static unsigned check_met(const struct scenario_sheet *sheet, const struct route_row *rows, unsigned n, uint64_t met)
{
    unsigned n_wrong = 0;

    for (unsigned i = 0; i < n; i++) {
        bool never = sheet->never != NULL && scenario_has_word(sheet->never, rows[i].code);
        if (rows[i].outcome == ROW_PARENTING || never != ((met >> i & 1) != 0))
            continue;
        n_wrong++;
        fprintf(stderr, "%s: %.*s %s\n", sheet->policy, SPAN_ARG(rows[i].code), never ? "was met, and scenarios.md says it cannot be" : "was never met");
    }
    return n_wrong;
}

static void walk_sheet(const struct scenario_sheet *sheet)
{
    char folder[128];
    struct policy *policy;
    struct walk walk = {0};
    const struct route_rules *routes;

    snprintf(folder, sizeof folder, "deploy/policy/%s", sheet->policy);
    walk.policy = policy = kit_policy(folder);
    routes = &policy->routes;
    walk_levels(&walk);
    walk_destinations(&walk);
    walk_children(&walk);
    print_message("%s: %llu levels, %u kinds of them, %llu destinations\n", sheet->policy, (unsigned long long)walk.n_levels,
                  walk.n_classes, (unsigned long long)walk.n_destinations);
    assert_int_equal(check_met(sheet, routes->lead_rows, routes->lead.n_rows, walk.leads) +
                         check_met(sheet, routes->parenting_rows, routes->parenting.n_rows, walk.parentings) +
                         check_met(sheet, routes->task_rows, routes->tasks.n_rows, walk.tasks),
                     0);
    assert_int_equal(walk.levels, table_values(0, policy->levels.table.n_rows - 1));
    assert_true(walk.claimed);
    assert_int_equal(walk.bases, table_values(0, routes->basis.n_rows - 1));
    policy_free(&policy);
}

static void no_facts_are_without_state_owner_and_clock(void **state)
{
    struct scenario_table *table = scenario_table_read("tests/scenarios/scenarios.md");

    (void)state;
    assert_true(table->n > 0);
    for (unsigned i = 0; i < table->n; i++)
        walk_sheet(&table->sheets[i]);
    scenario_table_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_facts_are_without_state_owner_and_clock)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
