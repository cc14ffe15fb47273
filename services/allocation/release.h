// SPDX-License-Identifier: MIT
// What is held beside a lead goes on when the lead does: to where it was meant to go.
// Used by on_decide and judge_again.
#pragma once

#include "services/allocation/allocation.h"

// Appends allocated for every held part of the referral. Where the family has refused or withdrawn by then, they come to a person instead.
void release_parts(struct allocation *allocation, struct effects *effects, uint64_t referral);
// Appends allocated for a part, to the team of the policy's row that made it. False: it was made by none.
bool release_to_row(struct allocation *allocation, struct effects *effects, struct job_key key, const struct job_row *row);
