// SPDX-License-Identifier: MIT
// The facts of facts.def as columns of the decision tables. A policy's own facts follow behind them.
// Used by the judging code, which fills in the values, and by the loader, which gives the columns their names.
#pragma once

// Is acted on at once: it waits for nothing, stays in its queue, and is a `protected` team's alone.
enum { LEVEL_GUARDED = 4 };

// Columns of the tables, before those that a policy adds: LEVEL_FACT_URGENT ...
enum level_fact {
#define LEVEL_FACT(SYMBOL, name, VALUES, LIST, meaning) LEVEL_FACT_##SYMBOL,
#include "common/policy/facts.def"
    LEVEL_FACT_COUNT
};
enum member_fact {
#define MEMBER_FACT(SYMBOL, name, VALUES, LIST, meaning) MEMBER_FACT_##SYMBOL,
#include "common/policy/facts.def"
    MEMBER_FACT_COUNT
};
enum lead_fact {
#define LEAD_FACT(SYMBOL, name, VALUES, LIST, meaning) LEAD_FACT_##SYMBOL,
#include "common/policy/facts.def"
    LEAD_FACT_COUNT
};
enum child_fact {
#define CHILD_FACT(SYMBOL, name, VALUES, LIST, meaning) CHILD_FACT_##SYMBOL,
#include "common/policy/facts.def"
    CHILD_FACT_COUNT
};
enum step_fact {
#define STEP_FACT(SYMBOL, name, VALUES, LIST, meaning) STEP_FACT_##SYMBOL,
#include "common/policy/facts.def"
    STEP_FACT_COUNT
};

// Values of `family_case`.
enum family_case { CASE_NONE, CASE_COVERS, CASE_BELOW, CASE_COUNT };
