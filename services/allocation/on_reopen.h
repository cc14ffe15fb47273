// SPDX-License-Identifier: MIT
// How a closed case is opened again.
// Used by on_reopen, and by what may open a case: challenges, assessments.
#pragma once

#include "services/allocation/compose.h"

// Appends reopened for a closed lead, then allocated: it waits for a person. `note` 0: none.
void on_reopen_to_person(struct allocation *allocation, struct effects *effects, struct job_key lead, struct span by, enum reopen_why why,
                         uint64_t note);
