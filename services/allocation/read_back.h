// SPDX-License-Identifier: MIT
// Reads an input again from the log, long after it was decided on: the facts of a referral are kept there and nowhere else.
// Used where a referral is judged again. Rare: the daemon waits for the log.
#pragma once

#include "services/allocation/allocation.h"

// Room for one event.
struct read_back {
    struct event head;
    union event_data data;
    uint8_t bytes[EVENT_BYTES_MAX];
};

// Lends the data of the event, until the room is used again. It must be there and of this type: else the daemon ends, and starts again.
const void *read_back_event(struct allocation *allocation, uint64_t sequence, enum event_type type, struct read_back *room);
