// SPDX-License-Identifier: MIT
// Another system's referrals, rewritten as ours: a file of length-prefixed MessagePack maps in, events of the protocol out.
// Used by windscreen-peer before its clock starts.
#pragma once

#include "common/base/err.h"
#include "common/base/span.h"

struct peer_input {
    struct span *events; // ready to send
    uint32_t n;
    size_t bytes; // of all events
};

// Rewrites the first `most` maps of the file. Gives (peer_input_free). Less than `most` is said; a file without one, a map that is cut
// or lacks a field is refused, with the reason: ERR_BAD_INPUT. ERR_IO: it cannot be read. ERR_NO_MEMORY.
CHECKED enum err peer_input_read(const char *path, uint32_t most, struct peer_input *input);
void peer_input_free(struct peer_input *input);
