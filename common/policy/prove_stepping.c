// SPDX-License-Identifier: MIT
// Proves steps.yaml: every step from a level to a level has a row, every row has a step, and none to level 4 waits.
// Called by prove.c.
#include "common/policy/prove_parts.h"

enum { LEVELS_MASK = 0x1e, LEVEL_4_MASK = 0x10 }; // 1 to 4

static void any_step(const void *context, unsigned world, bool wide, struct box *box)
{
    (void)context;
    (void)world;
    (void)wide;
    box->allow[STEP_FACT_FROM] &= LEVELS_MASK;
    box->allow[STEP_FACT_TO] &= LEVELS_MASK;
}

static bool goes_to_level_4(void *context, const struct box *piece)
{
    struct box *found = context;

    *found = *piece;
    found->allow[STEP_FACT_TO] &= LEVEL_4_MASK;
    return found->allow[STEP_FACT_TO] != 0;
}

static bool needs_something(const struct step_row *row)
{
    return row->consent || row->receiver || row->progress != 0;
}

static void prove_level_4(struct prove_table *prove, unsigned row)
{
    const struct step_row *needs = &prove->proof->policy->steps.rows[row];
    struct box found;

    if (!needs_something(needs) || prove_table_visit(prove, row, 0, goes_to_level_4, &found) != BOX_STOPPED)
        return;
    complaints_add(prove->proof->complaints, prove->file, needs->origin.line,
                   "level 4 never waits: this row would make it; put a row `when: {to: 4}` with `needs: []` before it, or ask "
                   "`to: up to 3` here");
    prove_table_show(prove, 0, &found, UINT64_C(1) << STEP_FACT_FROM | UINT64_C(1) << STEP_FACT_TO);
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
    for (unsigned row = 0; row < steps->table.n_rows; row++)
        prove_level_4(&prove, row);
}
