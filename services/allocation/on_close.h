// SPDX-License-Identifier: MIT
// How a case ends, with what stands beside it.
// Used by on_close and settle. Only a person's word comes here.
#pragma once

#include "services/allocation/allocation.h"

// Appends closed for an open lead, and for the parts that end with it: what is held beside it, offers, tasks about it and news of it; all
// of them when it was entered in error. `note` 0: none.
void on_close_lead(struct allocation *allocation, struct effects *effects, uint64_t referral, struct span by, enum outcome outcome,
                   uint64_t note);
// An open part, which is being closed, would go on but for its lead, which is closed by now: it waited with it, asked for what the lead
// lacked, or was an error as the lead was.
bool on_close_ends_with_lead(const struct allocation *allocation, struct job_key key, const struct job_row *part, enum outcome outcome);
