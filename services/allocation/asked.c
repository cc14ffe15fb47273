// SPDX-License-Identifier: MIT
// FNV-1a over what tells requests apart.
// Called for each event that a person asked for.
// Must not read notes: whoever asks again writes another.
#include "services/allocation/asked.h"

static uint32_t mix(uint32_t number, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        number = (number ^ ((const uint8_t *)bytes)[i]) * UINT32_C(16777619);
    return number;
}

static uint32_t mix_text(uint32_t number, struct span text)
{
    const uint8_t size = (uint8_t)text.size;

    number = mix(number, &size, sizeof size);
    return text.size > 0 ? mix(number, text.at, text.size) : number;
}

uint32_t asked_number(const struct asked *asked)
{
    const uint64_t values[] = {asked->type, asked->what};
    uint32_t number = mix(UINT32_C(2166136261), values, sizeof values);

    number = mix_text(number, asked->by);
    number = mix_text(number, asked->team);
    number = mix_text(number, asked->worker);
    return number != 0 ? number : 1;
}

static struct asked read(enum event_type type, const void *data)
{
    const struct decided *decided = data;
    const struct closed *closed = data;
    const struct reopened *reopened = data;
    const struct stepped *stepped = data;
    const struct challenged *challenged = data;
    const struct assigned *assigned = data;

    switch (type) {
    case EVENT_CONFIRMED:
        return (struct asked){.by = decided->by};
    case EVENT_OVERRIDDEN:
        return (struct asked){.by = decided->by, .what = decided->level, .team = decided->team};
    case EVENT_CLOSED:
        return (struct asked){.by = closed->by, .what = closed->outcome};
    case EVENT_REOPENED:
        return (struct asked){.by = reopened->by, .what = reopened->why};
    case EVENT_STEPPED:
        return (struct asked){.by = stepped->by, .what = stepped->level, .team = stepped->team};
    case EVENT_CHALLENGED:
        return (struct asked){.by = challenged->by, .what = challenged->why * UINT64_C(8) + challenged->level_wanted};
    case EVENT_ASSIGNED:
        return (struct asked){.by = assigned->by, .worker = assigned->worker};
    default:
        return (struct asked){0};
    }
}

uint32_t asked_of(enum event_type type, const void *data)
{
    struct asked asked = read(type, data);

    asked.type = type;
    return asked.by.size > 0 ? asked_number(&asked) : 0;
}
