// SPDX-License-Identifier: MIT
// Proves programmes.yaml: a household can become eligible, and no headline problem is counted twice.
// Called by prove.c.
#include "common/policy/prove_parts.h"

#include "common/base/bits.h"

// The most that any household can count.
static unsigned most_of(const struct programme *programme)
{
    struct programme_count count;

    programme_count(programme, UINT64_MAX, UINT64_MAX, &count);
    return count.counted;
}

static bool is_one_of_several(const struct programme *programme, unsigned headline)
{
    return bits_count(programme_places(programme, headline)) > 1;
}

// Two that each stand for one of several problems could stand for the same one.
static void prove_apart(struct proof *proof, const struct programme *programme, unsigned i)
{
    const struct programme_problem *problem = &programme->problems[i];
    unsigned n = 0;

    for (unsigned headline = 1; headline <= PROGRAMME_HEADLINES; headline++)
        n += (problem->headlines >> headline & 1) != 0 && is_one_of_several(programme, headline);
    if (n > 1)
        complaints_add(proof->complaints, "programmes.yaml", problem->origin.line,
                       "%u headline problems here may each show another problem, too: together they could count this one twice; keep one",
                       n);
}

void prove_programmes(struct proof *proof)
{
    const struct programme_rules *rules = &proof->policy->programmes;

    for (unsigned i = 0; i < rules->n; i++) {
        const struct programme *programme = &rules->programmes[i];

        if (most_of(programme) < programme->at_least)
            complaints_add(proof->complaints, "programmes.yaml", programme->origin.line,
                           "no household is ever eligible: %u problems are asked for, and %u can be shown", programme->at_least,
                           most_of(programme));
        for (unsigned problem = 0; problem < programme->n_problems; problem++)
            prove_apart(proof, programme, problem);
    }
}
