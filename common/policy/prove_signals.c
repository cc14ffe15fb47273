// SPDX-License-Identifier: MIT
// Proves signals.yaml: no row stands below one that raises whatever it would.
// Called by prove.c.
#include "common/policy/prove_parts.h"

// Whatever counts for `row` counts for `above`, and is enough there.
static bool is_covered(const struct signal_row *row, const struct signal_row *above)
{
    return (row->levels & ~above->levels) == 0 && row->agencies >= above->agencies && row->days <= above->days &&
           (above->without & ~row->without) == 0 && (above->news || !row->news);
}

void prove_signals(struct proof *proof)
{
    const struct signal_rules *signals = &proof->policy->signals;

    for (unsigned i = 1; i < signals->n_rows; i++)
        for (unsigned above = 0; above < i; above++)
            if (is_covered(&signals->rows[i], &signals->rows[above])) {
                complaints_add(proof->complaints, "signals.yaml", signals->rows[i].origin.line,
                               "this row never raises anything: line %u raises it before; move this row above it, or remove it",
                               signals->rows[above].origin.line);
                break;
            }
}
