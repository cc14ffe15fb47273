// SPDX-License-Identifier: MIT
// Counts a referral's indicators as a policy says: each pair of holder and indicator, once on children, or whether they are spread.
// Called by level.c, and by the prover, which builds households that show what it found. Pure; knows no indicator.
#include "common/policy/count.h"

#include "common/base/bits.h"

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
    tally->each += bits_count(needs);
    tally->once += bits_count(needs);
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
        tally.each += bits_count(needs);
        tally.holders += needs != 0;
        on_children |= needs;
    }
    tally.once += bits_count(on_children);
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

uint8_t count_value(const struct level_rules *levels, const struct level_count *count, const struct facts *facts)
{
    struct tally tally = tally_of(facts, count->indicators);

    if (count->how == COUNT_SPREAD)
        return is_spread(levels, &tally);
    return table_count(count->how == COUNT_EACH ? tally.each : tally.once);
}
