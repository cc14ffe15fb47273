// SPDX-License-Identifier: MIT
// Numbers for the texts that rows repeat: teams, rules, versions of policies. Numbered in the order in which own events first name them.
// Used by allocation's rows. Never forgets a name; knows nothing of what it means.
#pragma once

#include "common/store/projection.h"

enum {
    NAME_TABLE_MAX = 4096,    // names ever: a policy brings some hundred, later ones mostly the same
    NAME_TABLE_SIZE_MAX = 40, // longest code of a rule (records.def)
};

// Names that are always there, with the numbers they have in every projection.
enum { NAME_NONE, NAME_HUB_DECISION, NAME_SPECIALIST, NAME_FIRST_FREE };

struct name_table;

// Gives (name_table_free); NULL when out of memory.
struct name_table *name_table_new(void);
void name_table_free(struct name_table **names);
// Reads the names committed in a projection's table. ERR_BAD_STORE.
CHECKED enum err name_table_load(struct name_table *names, struct projection *projection, unsigned table);

// The number of a name; NAME_NONE when it has none, or is empty.
uint16_t name_table_find(const struct name_table *names, struct span name);
// The same, numbering and putting a new one. ERR_NO_ROOM, or as projection_put.
CHECKED enum err name_table_number(struct name_table *names, struct projection *projection, unsigned table, struct span name,
                                   uint16_t *number);
// Lends the name for as long as the table lives; size 0 for NAME_NONE.
struct span name_table_text(const struct name_table *names, uint16_t number);
// How many there are, NAME_NONE counted: numbers are below it.
unsigned name_table_count(const struct name_table *names);
