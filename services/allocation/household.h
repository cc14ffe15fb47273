// SPDX-License-Identifier: MIT
// Questions whether two families are one, and what people have said: tasks end by it, and cases of one household count as one family's.
// Used by allocation_file and allocation_decide, and by early.c when a task is due. Rows are filed inputs.
#pragma once

#include "services/allocation/early.h"

// family.candidate, family.conflict: keeps which referral was asked about for which pair.
CHECKED enum err household_file_question(struct allocation *allocation, const struct hub_event *input);
// family.settled: joins the two families, or parts them.
CHECKED enum err household_file_settled(struct allocation *allocation, const struct hub_event *input);
// The task that a question makes, unless a person has said meanwhile.
void household_on_candidate(struct allocation *allocation, struct effects *effects, const struct about *about);
void household_on_conflict(struct allocation *allocation, struct effects *effects, const struct about *about);
// family.settled: ends the tasks of the pair; of families that are one, concerns count together now.
void household_settle(struct allocation *allocation, struct effects *effects, const struct hub_event *input);
