// SPDX-License-Identifier: MIT
// Notes on the command line: `windscreen note`, and --note of the commands that decide something.
// Used by those commands. The words go to the registry, which seals them; what cites them holds a sequence.
#pragma once

#include "common/base/span.h"

#include <stdint.h>

struct given;

// Sends the text that --note names; *sequence is 0 when there is none. Returns 0 or an exit code; what went wrong has been said.
int command_note_send(const struct given *given, struct span referral, struct span by, uint64_t *sequence);
