// SPDX-License-Identifier: MIT
// What a person's decision means for parts that are neither work nor plain tasks: challenges, withdrawals, step-ups.
// Used by on_decide. What it does to the lead, it does by the same events as a request would.
#pragma once

#include "services/allocation/work_reply.h"

// True: the part is one of these, it has been settled or refused, and that has been answered.
bool settle_part(struct working *job, const struct decide *asked);
