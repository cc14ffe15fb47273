// SPDX-License-Identifier: MIT
// Answers inputs: where a triaged referral goes, with its parts and tasks; what a family conflict asks of a person.
// Used by allocation_file and allocation_decide. The judgement is destination's; here it becomes events.
#pragma once

#include "services/allocation/allocation.h"

// family.conflict: keeps its sequence for the referral that it is about, which may not be allocated yet.
CHECKED enum err route_file_conflict(struct allocation *allocation, const struct hub_event *input);
// referral.triaged: appends allocated or held for the lead and each part. A referral that has a lead is passed over.
void route_triaged(struct allocation *allocation, struct effects *effects, const struct hub_event *input);
// family.conflict: appends a task, unless the referral is still to come: then route_triaged does.
void route_conflict(struct allocation *allocation, struct effects *effects, const struct hub_event *input);
