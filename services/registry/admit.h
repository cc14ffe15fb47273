// SPDX-License-Identifier: MIT
// What becomes of the events that intake passes on: a new referral, a duplicate, a conflict, or busy.
// Used by registry_main's table.
#pragma once

#include "common/runtime/daemon.h"

struct registry;

// Judges each item of an `admit` and answers all once durable.
void admit_items(struct registry *registry, const struct peer *peer, const struct admit *request, struct moment now,
                 struct effects *effects);
