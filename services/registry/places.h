// SPDX-License-Identifier: MIT
// The tables of neighbourhoods of all policies that were ever adopted, and which of them is in force.
// Used by the registry. Of a policy it reads this table only; before any was adopted, its folder's.
#pragma once

#include "common/runtime/daemon.h"
#include "services/registry/neighbourhood.h"
#include "services/registry/rows.h"

struct adopted_place {
    uint64_t sequence; // of policy.adopted
    int64_t effective_ms;
    struct neighbourhood_table *table; // NULL: its text could not be read
};

struct places {
    struct neighbourhood_table *of_folder;
    struct adopted_place *at; // in the order of the log
    unsigned n, room;
};

// Reads the folder's table, and from the log those that rows name. ERR_BAD_CONFIG: the folder's has a fault, which has been reported.
CHECKED enum err places_open(struct places *places, struct runtime *runtime, struct rows *rows);
// policy.adopted: files its row and reads its table. One that cannot be read is reported; the one before it stays in force.
CHECKED enum err places_file(struct places *places, struct runtime *runtime, struct rows *rows, const struct hub_event *input);
// Lends the table in force at a moment: of those effective by then the one effective last, of the same moment the one adopted last; else the
// first, else the folder's.
const struct neighbourhood_table *places_at(const struct places *places, int64_t ms);
void places_close(struct places *places);
