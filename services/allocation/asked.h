// SPDX-License-Identifier: MIT
// What a person asked for last about a job, as one number: whoever hears no answer asks again, and is to have the first one.
// Used by take_event, which keeps it in the row, and by requests. Pure values.
#pragma once

#include "proto/proto.h"

// What tells one request from another, as the event says it that came of it.
struct asked {
    enum event_type type;
    struct span by;
    uint64_t what; // outcome, why, level: as the type has it
    struct span team, worker;
};

// Never 0.
uint32_t asked_number(const struct asked *asked);
// The number of what an event came of; 0: no person asked for it.
uint32_t asked_of(enum event_type type, const void *data);
