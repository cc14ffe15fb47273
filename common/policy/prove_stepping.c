// SPDX-License-Identifier: MIT
// Proves steps.yaml: every step from a level to a level has a row, and every row has a step.
// Called by prove.c.
#include "common/policy/prove_parts.h"

enum { LEVELS_MASK = 0x1e }; // 1 to 4

static void any_step(const void *context, unsigned world, bool wide, struct box *box)
{
    (void)context;
    (void)world;
    (void)wide;
    box->allow[STEP_FACT_FROM] &= LEVELS_MASK;
    box->allow[STEP_FACT_TO] &= LEVELS_MASK;
}

void prove_stepping(struct proof *proof)
{
    const struct step_rules *steps = &proof->policy->steps;
    struct prove_table prove = {.n_worlds = 1, .world = any_step};

    if (steps->table.n_rows == 0)
        return; // a policy may go without
    prove_table_init(&prove, proof, "steps.yaml", &steps->table);
    for (unsigned row = 0; row < steps->table.n_rows; row++)
        prove.origins[row] = &steps->rows[row].origin;
    prove_table_rows(&prove);
    prove_table_gap(&prove);
}
