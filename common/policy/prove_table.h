// SPDX-License-Identifier: MIT
// What is proved of any decision table: every combination that can be has a row, and every row has a combination.
// Private to common/policy. What can be is told by worlds: boxes that together hold every combination of facts that some referral has.
#pragma once

#include "common/policy/box.h"
#include "common/policy/policy.h"
#include "common/policy/witness.h"

struct proof {
    const struct policy *policy;
    struct complaints *complaints;
    uint32_t steps; // left: pieces of boxes, worlds that were asked, sums of needs
    bool gave_up;
};

struct prove_table {
    struct proof *proof;
    const char *file;
    const struct table *table;
    struct box all;                  // that the facts of the table can be
    struct box rows[TABLE_ROWS_MAX]; // as they are asked, which may be narrower than they are written
    const struct origin *origins[TABLE_ROWS_MAX];
    bool dead[TABLE_ROWS_MAX]; // found to match never
    uint64_t always_told;      // facts that every witness tells
    unsigned n_worlds;
    // World i; `wide`: held only by what the judging code itself makes sure of. An empty box: none.
    void (*world)(const void *context, unsigned i, bool wide, struct box *world);
    // Adds who is in world i to a witness that tells these facts; NULL: nobody is told.
    void (*tell)(const void *context, unsigned i, uint64_t told, struct witness *witness);
    const void *context;
};

// Rows by their place in the table; gives each its box.
void prove_table_init(struct prove_table *prove, struct proof *proof, const char *file, const struct table *table);
// Complains of rows that never match, and says which in `dead`.
void prove_table_rows(struct prove_table *prove);
// Complains when some combination has no row.
void prove_table_gap(struct prove_table *prove);
// Where the table says that one row may match: complains of two that both do. A last row that matches always takes what the others leave.
void prove_table_single(struct prove_table *prove);

// Adds to the complaint added last the facts told of a piece of world i.
void prove_table_show(const struct prove_table *prove, unsigned world, const struct box *piece, uint64_t told);
// Visits what is left of row `row`, within `world`, by the rows above it.
enum box_end prove_table_visit(struct prove_table *prove, unsigned row, unsigned world,
                               bool (*visit)(void *context, const struct box *piece), void *context);
// The same of a box that lies in the row.
enum box_end prove_table_visit_box(struct prove_table *prove, unsigned row, const struct box *asked,
                                   bool (*visit)(void *context, const struct box *piece), void *context);
