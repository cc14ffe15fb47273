// SPDX-License-Identifier: MIT
// Finding things in a policy by their codes.
// Called by triage, allocation and the loader. Pure; changes nothing.
#include "common/policy/rules.h"

unsigned rules_team(const struct policy *policy, struct span code)
{
    for (unsigned team = 1; team <= policy->n_teams; team++)
        if (span_equal(policy->teams[team].code, code))
            return team;
    return 0;
}

unsigned rules_level_rule(const struct policy *policy, struct span code)
{
    const struct level_rules *levels = &policy->levels;

    for (unsigned row = 0; row < levels->table.n_rows; row++)
        if (span_equal(levels->rows[row].code, code))
            return row;
    return span_equal(levels->claimed.code, code) ? levels->table.n_rows : RULES_UNKNOWN;
}

// Of its own team first.
static unsigned fit_of(const struct clock_rule *rule)
{
    return (rule->team != 0 ? 3U : 1U) + (rule->reviewed ? 1U : 0U);
}

const struct clock_rule *rules_clock(const struct policy *policy, enum state state, unsigned team, bool reviewed)
{
    const struct clock_rule *best = NULL;
    unsigned best_fit = 0;

    for (unsigned i = 0; i < policy->n_state_clocks; i++) {
        const struct clock_rule *rule = &policy->clocks[i];

        if (rule->state != state || (rule->reviewed && !reviewed) || (rule->team != 0 && rule->team != team))
            continue;
        if (fit_of(rule) > best_fit) {
            best = rule;
            best_fit = fit_of(rule);
        }
    }
    return best;
}

const struct clock_rule *rules_clock_named(const struct policy *policy, struct span name)
{
    for (unsigned i = 0; i < policy->n_clocks; i++)
        if (span_equal(policy->clocks[i].name, name))
            return &policy->clocks[i];
    return NULL;
}
