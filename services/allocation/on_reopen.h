// SPDX-License-Identifier: MIT
// How a closed case is opened again.
// Used by on_reopen, and by what may open a case: challenges, assessments.
#pragma once

#include "services/allocation/compose.h"

// Who opens it, and why.
struct reopening {
    struct span by;
    enum reopen_why why;
    uint64_t note; // 0: none
};

// Appends reopened for a closed lead, for an allocated to follow; what ended only because the lead did waits beside it.
void on_reopen_begin(struct allocation *allocation, struct effects *effects, struct job_key lead, const struct reopening *reopening);
// The same, and allocated: level 4 goes to its protected team at once, all else waits for a person.
void on_reopen_to_person(struct allocation *allocation, struct effects *effects, struct job_key lead, const struct reopening *reopening);
