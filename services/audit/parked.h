// SPDX-License-Identifier: MIT
// Reads that wait for events: a bounded table, one read for each peer and ref, the newest wins.
// Used by audit. Pure; a value of fixed size.
#pragma once

#include "common/base/err.h"
#include "common/runtime/effects.h"

enum {
    PARKED_MAX = 4096,          // 0.5 MiB
    PARKED_OF_OPERATORS = 1024, // so that the hub's own daemons always find a place
    PARKED_OF_PEER = 64,
};

struct parked_read {
    struct peer peer;
    uint64_t from;  // everything wanted before it was given or is not there
    uint64_t types; // EVENT_BITs; UINT64_MAX: all
    uint32_t max_events;
    uint32_t max_bytes;
    bool attachments;
    bool tentative; // also what is only about to be durable
    int64_t deadline_ms;
};

struct parked {
    unsigned n;
    unsigned n_of_service[4];
    struct parked_read reads[PARKED_MAX];
};

// Parks a read; it takes the place of one with the same peer and ref. ERR_NO_ROOM when there are too many, in all, of its socket or
// of its peer. `max_of_service` bounds those of its socket.
CHECKED enum err parked_put(struct parked *parked, const struct parked_read *read, unsigned max_of_service);
// Removes one; the last takes its place.
void parked_remove(struct parked *parked, unsigned place);
// The earliest deadline; INT64_MAX when nothing waits.
int64_t parked_deadline(const struct parked *parked);
