// SPDX-License-Identifier: MIT
// Counts the indicators of a referral as the policy says, and finds the level rule that matches.
// Called by triage. Knows no indicator, no level rule and no number of them: those are the policy's.
#include "services/triage/level.h"

#include <assert.h>

static unsigned count_bits(uint64_t bits)
{
    return (unsigned)__builtin_popcountll(bits);
}

static bool is_child(const struct member_facts *member)
{
    return member->role == MEMBER_CHILD || member->role == MEMBER_UNBORN;
}

// What a count is made of, over the household and its members.
struct tally {
    unsigned each;    // pairs of holder and indicator
    unsigned once;    // the same, an indicator on several children counted once
    unsigned holders; // who has any
    uint64_t seen;    // which indicators
};

static void tally_adult(struct tally *tally, uint64_t needs)
{
    tally->each += count_bits(needs);
    tally->once += count_bits(needs);
    tally->holders += needs != 0;
    tally->seen |= needs;
}

static struct tally tally_of(const struct facts *facts, uint64_t indicators)
{
    struct tally tally = {0};
    uint64_t on_children = 0;

    tally_adult(&tally, facts->household_needs & indicators);
    for (unsigned i = 0; i < facts->n_members; i++) {
        uint64_t needs = facts->members[i].needs & indicators;
        if (!is_child(&facts->members[i])) {
            tally_adult(&tally, needs);
            continue;
        }
        tally.each += count_bits(needs);
        tally.holders += needs != 0;
        on_children |= needs;
    }
    tally.once += count_bits(on_children);
    tally.seen |= on_children;
    return tally;
}

// Two needs differ in domain or holder: fails only when all are of one domain and all with the same single holder.
static bool is_spread(const struct level_rules *levels, const struct tally *tally)
{
    unsigned domains = 0;

    for (unsigned i = 0; i < levels->n_domains; i++)
        domains += (tally->seen & levels->domains[i]) != 0;
    return tally->once >= 2 && (domains >= 2 || tally->holders >= 2);
}

static uint8_t count_value(const struct level_rules *levels, const struct level_count *count, const struct facts *facts)
{
    struct tally tally = tally_of(facts, count->indicators);

    if (count->how == COUNT_SPREAD)
        return is_spread(levels, &tally);
    return table_count(count->how == COUNT_EACH ? tally.each : tally.once);
}

void level_facts(const struct policy *policy, const struct facts *facts, bool urgent, uint8_t *values)
{
    const struct level_rules *levels = &policy->levels;
    uint64_t others = facts->agencies_involved & ~(UINT64_C(1) << facts->agency);

    values[LEVEL_FACT_URGENT] = urgent;
    values[LEVEL_FACT_AT_RISK] = facts->at_risk_of_harm;
    values[LEVEL_FACT_UNSURE] = facts->unsure_about_safety;
    values[LEVEL_FACT_CLAIMED] = table_count(facts->level_claimed);
    values[LEVEL_FACT_OTHER_AGENCIES] = table_count(count_bits(others));
    values[LEVEL_FACT_HEADLINE] = table_count(count_bits(facts->headline_problems));
    for (unsigned i = 0; i < levels->n_counts; i++)
        values[LEVEL_FACT_COUNT + i] = count_value(levels, &levels->counts[i], facts);
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
}
