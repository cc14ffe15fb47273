// SPDX-License-Identifier: MIT
// Proves levels.yaml: over all counts that households can have and all the rest that a referral may say.
// Called by prove.c. What it finds of rules and their levels is what destinations may then ask about.
#include "common/policy/count.h"
#include "common/policy/prove_parts.h"
#include "common/policy/reach.h"

enum { LEVELS = 4, CLAIM_FOUR = 4 };

struct level_proof {
    struct prove_table prove;
    const struct level_rules *levels;
    const struct reach *reach; // NULL: too many combinations, any count is thought possible
};

// ---------------------------------------------------------------- worlds

// Two of each combination of counts: events that are urgent by the protocol's rule, and events that are not.
static void make_world(const void *context, unsigned i, bool wide, struct box *world)
{
    const struct level_proof *of = context;
    bool urgent = i % 2 == 0;

    for (unsigned count = 0; count < of->levels->n_counts && of->reach != NULL; count++) {
        unsigned fact = LEVEL_FACT_COUNT + count;
        unsigned value = reach_values(of->reach, i / 2)[count];
        bool last = value == reach_most(of->reach, count);
        world->allow[fact] &= table_values(value, last ? TABLE_VALUES_MAX - 1 : value);
    }
    if (wide)
        return;
    world->allow[LEVEL_FACT_URGENT] &= urgent ? 2U : 1U;
    if (urgent)
        return;
    world->allow[LEVEL_FACT_AT_RISK] &= 1U;
    world->allow[LEVEL_FACT_UNSURE] &= 1U;
    world->allow[LEVEL_FACT_CLAIMED] &= ~(UINT64_C(1) << CLAIM_FOUR);
    if (of->reach != NULL && reach_is_urgent(of->reach, i / 2))
        world->allow[LEVEL_FACT_URGENT] = 0;
}

static void tell_needs(const void *context, unsigned i, uint64_t told, struct witness *witness)
{
    const struct level_proof *of = context;
    struct facts facts;

    if (told >> LEVEL_FACT_COUNT != 0 && of->reach != NULL && reach_household(of->reach, i / 2, &facts))
        witness_add_needs(witness, &facts);
}

// ---------------------------------------------------------------- levels that come of it

struct claims {
    uint64_t seen; // values of level_claimed
    uint64_t wanted;
};

static bool see_claims(void *context, const struct box *piece)
{
    struct claims *claims = context;

    claims->seen |= piece->allow[LEVEL_FACT_CLAIMED];
    return (claims->wanted & ~claims->seen) == 0;
}

// With which levels the row's rule, and a claim above it, can go on.
static void find_levels(struct level_proof *of, unsigned row, struct found_levels *found)
{
    unsigned level = of->levels->rows[row].level;
    struct claims claims = {.wanted = table_values(level, LEVELS)};

    for (unsigned world = 0; world < of->prove.n_worlds && (claims.wanted & ~claims.seen) != 0; world++)
        (void)prove_table_visit(&of->prove, row, world, see_claims, &claims);
    if ((claims.seen & table_values(0, level)) != 0)
        found->of_rule[row] |= (uint8_t)(1U << level);
    found->of_rule[of->prove.table->n_rows] |= (uint8_t)(claims.seen & table_values(level + 1, LEVELS));
}

static void prove_all_levels(struct level_proof *of)
{
    unsigned given = 0;

    for (unsigned row = 0; row < of->levels->table.n_rows; row++)
        given |= of->prove.dead[row] ? 0 : 1U << of->levels->rows[row].level;
    for (unsigned level = 1; level <= LEVELS; level++)
        if ((given >> level & 1) == 0)
            complaints_add(of->prove.proof->complaints, of->prove.file, of->levels->rows[0].origin.line,
                           "no rule gives level %u: add one; a policy has all four", level);
}

// ---------------------------------------------------------------- counts

static bool is_asked(const struct level_rules *levels, unsigned count)
{
    for (unsigned row = 0; row < levels->table.n_rows; row++)
        if ((levels->table.rows[row].columns >> (LEVEL_FACT_COUNT + count) & 1) != 0)
            return true;
    return false;
}

static void prove_counts(struct level_proof *of)
{
    for (unsigned count = 0; count < of->levels->n_counts; count++)
        if (!is_asked(of->levels, count))
            complaints_add(of->prove.proof->complaints, of->prove.file, of->levels->counts[count].origin.line,
                           "no rule asks about `%.*s`: ask about it, or remove the count",
                           SPAN_ARG(of->levels->table.facts[LEVEL_FACT_COUNT + count].name));
}

// An indicator of a level that is more than nothing must be able to matter.
static void prove_indicators(struct level_proof *of)
{
    uint64_t counted = 0;

    for (unsigned count = 0; count < of->levels->n_counts; count++)
        counted |= is_asked(of->levels, count) ? of->levels->counts[count].indicators : 0;
    for (unsigned code = 1; code < code_count(LIST_INDICATOR); code++) {
        const struct indicator_rule *rule = &of->prove.proof->policy->indicators[code];
        struct witness witness = {0};
        if (rule->level <= 1 || (counted >> code & 1) != 0)
            continue;
        complaints_add(of->prove.proof->complaints, "indicators.yaml", rule->origin.line,
                       "%s is of level %u, but no rule of levels.yaml counts it: it would make no difference; add it to a count",
                       code_text(LIST_INDICATOR, code), rule->level);
        witness_add(&witness, "child [%s]", code_text(LIST_INDICATOR, code));
        complaints_show(of->prove.proof->complaints, witness.text);
    }
}

// ---------------------------------------------------------------- more need, lower level

// The rule for a household of which nothing else is said, urgent if its needs make it so.
static unsigned rule_for(const struct level_rules *levels, const struct facts *facts, uint64_t all_needs)
{
    uint8_t values[TABLE_FACTS_MAX] = {0};

    for (uint64_t left = all_needs; left != 0; left &= left - 1)
        if (reach_makes_urgent((unsigned)__builtin_ctzll(left)))
            values[LEVEL_FACT_URGENT] = 1;
    for (unsigned i = 0; i < levels->n_counts; i++)
        values[LEVEL_FACT_COUNT + i] = count_value(levels, &levels->counts[i], facts);
    return table_match(&levels->table, values);
}

static uint64_t needs_of(const struct facts *facts)
{
    uint64_t needs = facts->household_needs;

    for (unsigned i = 0; i < facts->n_members; i++)
        needs |= facts->members[i].needs;
    return needs;
}

static void complain_of_fall(struct level_proof *of, const struct facts *less, unsigned upper, const struct facts *more, unsigned lower)
{
    const struct level_row *high = &of->levels->rows[upper], *low = &of->levels->rows[lower];
    struct witness before = {0}, after = {0}, witness = {0};

    complaints_add(
        of->prove.proof->complaints, of->prove.file, low->origin.line,
        "more need gives a lower level: with one need fewer line %u gives level %u, this row %u; ask `... or more` there, or move it",
        high->origin.line, high->level, low->level);
    witness_add_needs(&before, less);
    witness_add_needs(&after, more);
    witness_add(&witness, "%.100s is level %u, %.100s level %u", before.text, high->level, after.text, low->level);
    complaints_show(of->prove.proof->complaints, witness.text);
}

// Takes one need after the other away; true after a complaint.
static bool prove_steps(struct level_proof *of, const struct facts *more)
{
    unsigned lower = rule_for(of->levels, more, needs_of(more));
    struct facts less = *more;
    bool found = false;

    for (unsigned i = 0; i <= more->n_members && !found && lower < of->levels->table.n_rows; i++) {
        uint64_t *needs = i == 0 ? &less.household_needs : &less.members[i - 1].needs;
        uint64_t all = *needs;
        for (uint64_t left = all; left != 0 && !found; left &= left - 1) {
            unsigned upper;
            *needs = all & ~(left & (~left + 1));
            upper = rule_for(of->levels, &less, needs_of(&less));
            found = upper < of->levels->table.n_rows && of->levels->rows[upper].level > of->levels->rows[lower].level;
            if (found)
                complain_of_fall(of, &less, upper, more, lower);
        }
        *needs = all;
    }
    return found;
}

static void prove_monotone(struct level_proof *of)
{
    for (unsigned i = 0; of->reach != NULL && i < reach_n(of->reach); i++) {
        struct facts facts;
        if (reach_household(of->reach, i, &facts) && prove_steps(of, &facts))
            return;
    }
}

// ---------------------------------------------------------------- urgent is level 4

static bool see_urgent(void *context, const struct box *piece)
{
    struct box *seen = context;

    *seen = *piece;
    seen->allow[LEVEL_FACT_URGENT] &= 2U;
    seen->allow[LEVEL_FACT_CLAIMED] &= ~(UINT64_C(1) << CLAIM_FOUR); // that claim wins
    return seen->allow[LEVEL_FACT_URGENT] != 0 && seen->allow[LEVEL_FACT_CLAIMED] != 0;
}

// True after a complaint.
static bool prove_urgent_row(struct level_proof *of, unsigned row)
{
    const struct level_row *rule = &of->levels->rows[row];
    struct box seen;

    for (unsigned world = 0; world < of->prove.n_worlds; world++) {
        if (prove_table_visit(&of->prove, row, world, see_urgent, &seen) != BOX_STOPPED)
            continue;
        complaints_add(
            of->prove.proof->complaints, of->prove.file, rule->origin.line,
            "what is urgent by the protocol is level 4, here it would be level %u: put a row of level 4 with `when: {urgent: yes}` "
            "before this one, or ask `urgent: no` here",
            rule->level);
        prove_table_show(&of->prove, world, &seen, of->levels->table.rows[row].columns | UINT64_C(1) << LEVEL_FACT_URGENT);
        return true;
    }
    return false;
}

// Told of the first row only: those behind it follow from it.
static void prove_urgent(struct level_proof *of)
{
    bool told = false;

    for (unsigned row = 0; row < of->levels->table.n_rows && !told; row++)
        told = of->levels->rows[row].level < LEVELS && prove_urgent_row(of, row);
}

// ---------------------------------------------------------------- the whole

static void prove_rules(struct level_proof *of, struct found_levels *found)
{
    prove_table_rows(&of->prove);
    prove_table_gap(&of->prove);
    prove_table_single(&of->prove);
    prove_all_levels(of);
    prove_counts(of);
    prove_indicators(of);
    prove_monotone(of);
    prove_urgent(of);
    for (unsigned row = 0; row < of->levels->table.n_rows; row++)
        find_levels(of, row, found);
}

void prove_levels(struct proof *proof, struct found_levels *found)
{
    struct level_proof of = {.levels = &proof->policy->levels};
    struct reach *reach = NULL;
    enum err err = reach_new(of.levels, &proof->steps, &reach);

    if (err == ERR_NO_MEMORY) {
        proof->gave_up = true;
        return;
    }
    of.reach = reach;
    prove_table_init(&of.prove, proof, "levels.yaml", &of.levels->table);
    for (unsigned row = 0; row < of.levels->table.n_rows; row++)
        of.prove.origins[row] = &of.levels->rows[row].origin;
    of.prove.n_worlds = 2 * (reach != NULL ? reach_n(reach) : 1);
    of.prove.world = make_world;
    of.prove.tell = tell_needs;
    of.prove.context = &of;
    prove_rules(&of, found);
    reach_free(&reach);
}
