// SPDX-License-Identifier: MIT
// Envelope and data of events, read and written together.
// Used by the runtime, audit and clients.
#include "common/wire/event_wire.h"

#include "common/wire/encode.h"
#include "common/wire/token.h"

bool event_decode(struct span bytes, struct event *event, enum event_type *type, union event_data *data, struct faults *faults)
{
    bool good = decode(&record_event, bytes, "", event, faults);
    const struct record_desc *desc;

    *type = event_type_parse(event->type);
    desc = event_desc(*type)->record;
    if (*type == EVENT_NONE || event->data.size == 0)
        return good;
    return decode(desc, event->data, "/data", data, faults) && good;
}

static bool decode_part(const struct record_desc *desc, uint64_t wanted, struct span bytes, void *record, struct faults *faults)
{
    struct record_desc part;

    if (wanted == 0)
        return decode(desc, bytes, "", record, faults);
    part = record_part(desc, wanted);
    return decode(&part, bytes, "", record, faults);
}

enum event_type event_decode_part(struct span bytes, const struct event_part *part, struct event *event, union event_data *data,
                                  struct faults *faults)
{
    enum event_type type = EVENT_NONE;

    if (decode_part(&record_event, part->head, bytes, event, faults))
        type = event_type_parse(event->type);
    if (type == EVENT_NONE || !decode_part(event_desc(type)->record, part->data[type], event->data, data, faults))
        return EVENT_NONE;
    return type;
}

enum event_type event_type_of(struct span bytes)
{
    const uint8_t *at = bytes.at;
    const uint8_t *end = bytes.at + bytes.size;
    struct token map = token_read(at, end);

    if (map.kind != TOKEN_MAP)
        return EVENT_NONE;
    at += map.size;
    for (uint64_t i = 0; i < map.value; i++) {
        struct token key = token_read(at, end);
        struct span text;
        size_t size;

        if (key.kind != TOKEN_TEXT)
            return EVENT_NONE;
        at += key.size;
        size = wire_value_size(span_of(at, (size_t)(end - at)));
        if (size == 0)
            return EVENT_NONE;
        if (span_is(span_of(key.at, (size_t)key.value), "type"))
            return wire_get_text(span_of(at, size), &text) ? event_type_parse(text) : EVENT_NONE;
        at += size;
    }
    return EVENT_NONE;
}

void event_encode(const struct event *event, enum event_type type, const void *data, struct wire_writer *writer)
{
    // `data` is the last row of the envelope: written as if raw and empty, its record follows
    struct event envelope = *event;

    envelope.data = span_of(NULL, 0);
    encode(&record_event, &envelope, writer);
    encode(event_desc(type)->record, data, writer);
}

uint64_t event_number(struct span id)
{
    uint64_t n = 0;
    size_t i = 0;

    while (i < id.size && id.at[i] != '.')
        i++;
    if (i + 1 >= id.size || id.size - i > 20)
        return 0;
    for (i++; i < id.size; i++) {
        if (id.at[i] < '0' || id.at[i] > '9')
            return 0;
        n = 10 * n + (uint64_t)(id.at[i] - '0');
    }
    return n;
}
