// SPDX-License-Identifier: MIT
// Notes: what people write about a referral in the course of work, sealed with its family's key.
// Used by the registry. Decisions cite a note by its sequence and never hold its words.
#pragma once

#include "common/runtime/daemon.h"

struct registry;

// Seals and appends the text; answers with its sequence once it is durable.
void note_write(struct registry *registry, const struct peer *peer, const struct write_note *request, struct effects *effects);
// An own note.recorded is true.
CHECKED enum err note_take(struct registry *registry, const struct hub_event *own);
