// SPDX-License-Identifier: MIT
// Fills in the facts of a referral, and finds the level rule that matches.
// Called by triage. Knows no indicator, no level rule and no number of them: those are the policy's.
#include "services/triage/level.h"

#include "common/base/bits.h"
#include "common/policy/count.h"
#include "common/policy/programmes.h"

#include <assert.h>

void level_facts(const struct policy *policy, const struct facts *facts, bool urgent, uint8_t *values)
{
    const struct level_rules *levels = &policy->levels;
    uint64_t others = facts->agencies_involved & ~(UINT64_C(1) << facts->agency);
    uint64_t needs = programme_needs(facts);

    values[LEVEL_FACT_URGENT] = urgent;
    values[LEVEL_FACT_AT_RISK] = facts->at_risk_of_harm;
    values[LEVEL_FACT_UNSURE] = facts->unsure_about_safety;
    values[LEVEL_FACT_CLAIMED] = table_count(facts->level_claimed);
    values[LEVEL_FACT_OTHER_AGENCIES] = table_count(bits_count(others));
    values[LEVEL_FACT_HEADLINE] = table_count(bits_count(facts->headline_problems));
    for (unsigned i = 0; i < levels->n_counts; i++)
        values[LEVEL_FACT_COUNT + i] = (levels->counts[i].indicators & needs) != 0 ? count_value(levels, &levels->counts[i], facts) : 0;
}

// The claim wins: what was computed stays told, beside the claim.
static void follow_claim(const struct level_rules *levels, const uint8_t *values, struct level_decision *decision)
{
    if (decision->n_used == TABLE_USED_MAX)
        decision->n_used--;
    decision->used[decision->n_used++] =
        (struct fact_used){.fact = levels->table.facts[LEVEL_FACT_CLAIMED].name, .value = values[LEVEL_FACT_CLAIMED]};
    decision->level = values[LEVEL_FACT_CLAIMED];
    decision->row = (uint8_t)levels->table.n_rows;
    decision->rule = levels->claimed.code;
    decision->marks = levels->claimed.marks;
}

// ---------------------------------------------------------------- near misses

// Not imagined to be otherwise: what is urgent follows from other facts, and the claim is told beside.
enum { FIXED = 1 << LEVEL_FACT_URGENT | 1 << LEVEL_FACT_CLAIMED, LEVELS = 4 };

// True when some row of the destinations takes one of these level rules but not the other.
static bool are_routed_apart(const struct table *lead, unsigned rule, unsigned other)
{
    return lead->refusing[LEAD_FACT_LEVEL_RULE][rule] != lead->refusing[LEAD_FACT_LEVEL_RULE][other];
}

// True when this row would have given another level, or the same with other marks or on another way (the highest has one way only).
static bool would_differ(const struct policy *policy, unsigned row, const uint8_t *values, const struct level_decision *decision)
{
    const struct level_row *other = &policy->levels.rows[row];
    uint8_t claimed = values[LEVEL_FACT_CLAIMED];
    uint8_t level = other->level > claimed ? other->level : claimed;

    if (level != decision->level)
        return true;
    return level < LEVELS && other->level >= claimed &&
           (other->marks != decision->marks || are_routed_apart(&policy->routes.lead, row, decision->row));
}

static unsigned gap(unsigned level, unsigned other)
{
    return level > other ? level - other : other - level;
}

static void tell_near(const struct policy *policy, const uint8_t *values, struct level_decision *decision)
{
    const struct level_rules *levels = &policy->levels;
    struct table_miss misses[TABLE_ROWS_MAX];
    unsigned n_all = table_near(&levels->table, values, FIXED, misses);
    unsigned n = 0;

    for (unsigned i = 0; i < n_all; i++)
        if (would_differ(policy, misses[i].row, values, decision)) {
            misses[n] = misses[i];
            misses[n++].distance = misses[i].distance * LEVELS + gap(levels->rows[misses[i].row].level, decision->level);
        }
    n = table_nearest(misses, n, TABLE_NEAR_MAX);
    decision->n_near = 0;
    for (uint8_t level = LEVELS; level > 0; level--)
        for (unsigned i = 0; i < n; i++)
            if (levels->rows[misses[i].row].level == level)
                decision->near[decision->n_near++] = table_near_row(&levels->table, &misses[i], levels->rows[misses[i].row].code, values);
}

// ---------------------------------------------------------------- the decision

void level_decide(const struct policy *policy, const struct facts *facts, bool urgent, struct level_decision *decision)
{
    const struct level_rules *levels = &policy->levels;
    uint8_t values[TABLE_FACTS_MAX];
    unsigned row;

    level_facts(policy, facts, urgent, values);
    row = table_match(&levels->table, values);
    assert(row < levels->table.n_rows);
    decision->level = decision->computed = levels->rows[row].level;
    decision->row = (uint8_t)row;
    decision->rule = levels->rows[row].code;
    decision->marks = levels->rows[row].marks;
    decision->n_used = (uint8_t)table_used(&levels->table, row, values, decision->used);
    if (values[LEVEL_FACT_CLAIMED] > decision->computed)
        follow_claim(levels, values, decision);
    tell_near(policy, values, decision);
}

void level_triage(const struct policy *policy, const struct received *received, int64_t received_ms, struct triaged *triaged)
{
    struct level_decision decision;

    level_decide(policy, &received->facts, received->urgent, &decision);
    *triaged = (struct triaged){0};
    triaged->level = decision.level;
    triaged->computed = decision.computed;
    triaged->rule = decision.rule;
    if (decision.marks != 0)
        PUT(triaged, triaged, marks, decision.marks);
    if (decision.n_used > 0)
        SET_HAS(triaged, triaged, used);
    triaged->n_used = decision.n_used;
    memcpy(triaged->used, decision.used, decision.n_used * sizeof decision.used[0]);
    if (decision.n_near > 0)
        SET_HAS(triaged, triaged, near);
    triaged->n_near = decision.n_near;
    memcpy(triaged->near, decision.near, decision.n_near * sizeof decision.near[0]);
    triaged->policy = span_of(policy->version, POLICY_VERSION_SIZE);
    triaged->family = received->family;
    if (received->urgent)
        PUT(triaged, triaged, urgent, true);
    if (received->n_problems > 0)
        PUT(triaged, triaged, n_problems, received->n_problems);
    triaged->received = received_ms;
    triaged->facts = received->facts;
}
