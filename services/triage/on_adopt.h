// SPDX-License-Identifier: MIT
// The request that puts a policy in force.
// Used by triage_main.c and tests. A policy with a fault is refused, and nothing changes.
#pragma once

#include "services/triage/triage.h"

// adopt: checks the bundle as a start would, appends policy.adopted, and replies once it is durable.
void on_adopt(void *state, const struct request *request, struct moment now, struct effects *effects);
