// SPDX-License-Identifier: MIT
// Events of the hub on the wire: envelope and data together.
// Used by the runtime, audit and clients.
#pragma once

#include "common/wire/decode.h"
#include "common/wire/writer.h"

// Any data record that an event of the hub may have; for scratch memory.
union event_data {
#define EVENT(SYMBOL, name, record, PRODUCER, STATE, meaning) struct record SYMBOL;
#include "proto/events.def"
#undef EVENT
};

// Reads envelope and data. `type` is EVENT_NONE when the type is unknown (then data is not read). True when there was no fault.
CHECKED bool event_decode(struct span bytes, struct event *event, enum event_type *type, union event_data *data, struct faults *faults);

// What a reader looks at: bits of fields of the envelope, among them type and data, and of each type's data. 0: all of them.
struct event_part {
    uint64_t head;
    uint64_t data[EVENT_COUNT];
};

// The same of an event of the log, whose other fields are passed over and read as absent: its producer wrote it by the same tables, and
// the log took it only as well-formed to its last byte. Returns its type; EVENT_NONE: there was a fault, or the type is unknown.
CHECKED enum event_type event_decode_part(struct span bytes, const struct event_part *part, struct event *event, union event_data *data,
                                          struct faults *faults);

// The household that a partner's event describes: a referral's or an assessment's. Lends from `data`; NULL: it describes none.
static inline const struct submitted *event_household(enum event_type type, const union event_data *data)
{
    if (type == EVENT_SUBMITTED)
        return &data->SUBMITTED;
    if (type != EVENT_ASSESSMENT_COMPLETED || !HAS(&data->ASSESSMENT_COMPLETED, assessment_completed, assessment))
        return NULL;
    return &data->ASSESSMENT_COMPLETED.assessment;
}

// Only the type of checked bytes, quickly; EVENT_NONE when unknown.
enum event_type event_type_of(struct span bytes);

// Writes envelope (all but its `data`, which is ignored) and data.
void event_encode(const struct event *event, enum event_type type, const void *data, struct wire_writer *writer);

// Own number n of an event id "<epoch>.<n>"; 0 when it has another form.
uint64_t event_number(struct span id);
