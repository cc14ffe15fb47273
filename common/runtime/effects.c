// SPDX-License-Identifier: MIT
// Gathers what a daemon wants to happen into one append, and keeps replies back until it is durable.
// Called by daemons' functions and the loop. Nothing leaves here before the log says durable.
#include "common/runtime/runtime.h"
#include "common/wire/encode.h"

#include <stdio.h>
#include <stdlib.h>

enum { ID_SIZE = 41 }; // two numbers of 64 bits and a dot

enum err effects_init(struct runtime *runtime)
{
    struct effects *effects = &runtime->effects;

    effects->runtime = runtime;
    snprintf(effects->source, sizeof effects->source, "/hub/%s", runtime->daemon->name);
    effects->replies_room = 1024;
    effects->batch = malloc(BATCH_BYTES_MAX); // touched only as far as batches really grow
    effects->replies = calloc(effects->replies_room, sizeof *effects->replies);
    return effects->batch != NULL && effects->replies != NULL ? ERR_NONE : ERR_NO_MEMORY;
}

bool effects_can_decide(const struct runtime *runtime)
{
    return runtime->effects.batch_events < BATCH_EVENTS_SOFT && runtime->effects.batch_used < BATCH_BYTES_SOFT;
}

// Writes a number's digits so that they end before `end`; returns where they begin.
static char *print_before(char *end, uint64_t number)
{
    do
        *--end = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    return end;
}

// epoch.n
static struct span print_id(const struct runtime *runtime, char id[ID_SIZE])
{
    char *at = print_before(id + ID_SIZE, runtime->next_n);

    *--at = '.';
    at = print_before(at, runtime->epoch);
    return span_of(at, (size_t)(id + ID_SIZE - at));
}

static struct span encode_event(struct runtime *runtime, const struct effect *effect, uint8_t *buffer, struct event *head, char id[ID_SIZE])
{
    struct wire_writer writer = wire_writer_on(buffer, EVENT_BYTES_MAX);

    *head = (struct event){.specversion = span_text("1.0"), .id = print_id(runtime, id), .source = span_text(runtime->effects.source)};
    head->type = span_text(event_desc(effect->type)->type);
    PUT(head, event, time, runtime_moment(runtime).wall_ms);
    if (effect->subject.size > 0)
        PUT(head, event, subject, effect->subject);
    if (effect->cause > 0)
        PUT(head, event, cause, effect->cause);
    if (effect->traceparent.size > 0)
        PUT(head, event, traceparent, effect->traceparent);
    event_encode(head, effect->type, effect->data, &writer);
    return wire_written(&writer);
}

// With 64 bytes for keys and lengths.
static bool has_room(const struct effects *effects, struct span event, struct span attachment)
{
    return effects->batch_events < BATCH_EVENTS_MAX && BATCH_BYTES_MAX - effects->batch_used >= event.size + attachment.size + 64;
}

static void put_entry(struct effects *effects, struct span event, struct span attachment)
{
    struct log_entry entry = {.event = event};
    struct wire_writer writer = wire_writer_on(effects->batch + effects->batch_used, BATCH_BYTES_MAX - effects->batch_used);

    if (attachment.size > 0)
        PUT(&entry, log_entry, attachment, attachment);
    encode(&record_log_entry, &entry, &writer);
    effects->batch_used += wire_written(&writer).size;
    effects->batch_events++;
}

uint64_t effects_append(struct effects *effects, const struct effect *effect)
{
    struct runtime *runtime = effects->runtime;
    char id[ID_SIZE];
    struct event head;
    struct span event = encode_event(runtime, effect, effects->event, &head, id);
    struct hub_event own = {
        .n = runtime->next_n, .type = effect->type, .head = &head, .data = effect->data, .attachment = effect->attachment};

    if (event.size == 0)
        runtime_give_up(runtime, "event-too-large", event_desc(effect->type)->name);
    if (!has_room(effects, event, effect->attachment))
        runtime_give_up(runtime, "batch-too-large", "one decision wanted more events than an append may hold");
    if (effects->batch_events == 0)
        effects->batch_first_n = runtime->next_n;
    effects->event_size = event.size;
    put_entry(effects, event, effect->attachment);
    runtime->next_n++;
    if (runtime->daemon->take(runtime->daemon->state, &own) != ERR_NONE)
        runtime_give_up(runtime, "take-failed", event_desc(effect->type)->name);
    return own.n;
}

// ---------------------------------------------------------------- replies

static void grow_ring(struct effects *effects)
{
    size_t room = effects->replies_room;
    struct reply *ring = calloc(2 * room, sizeof *ring);

    if (ring == NULL)
        runtime_give_up(effects->runtime, "no-memory", "replies");
    for (size_t i = 0; i < room; i++)
        ring[i] = effects->replies[(effects->reply_head + i) % room];
    free(effects->replies);
    effects->replies = ring;
    effects->reply_head = 0;
    effects->replies_room = 2 * room;
}

// A slot at the end of the ring with room for `size` bytes. Buffers are kept for the next use of the slot.
static struct reply *new_reply(struct effects *effects, const struct peer *peer, size_t size)
{
    struct reply *reply;

    if (effects->n_replies == effects->replies_room)
        grow_ring(effects);
    reply = &effects->replies[(effects->reply_head + effects->n_replies) % effects->replies_room];
    if (reply->room < size) {
        free(reply->bytes);
        reply->bytes = malloc(size);
        reply->room = size;
    }
    if (reply->bytes == NULL)
        runtime_give_up(effects->runtime, "no-memory", "replies");
    effects->n_replies++;
    peer_copy(&reply->peer, peer);
    reply->after_n = effects->runtime->next_n - 1;
    reply->size = size;
    return reply;
}

// Bytes of a record that say something: of a list that stands last, only its items.
static size_t used_size(const struct record_desc *desc, const void *record)
{
    const struct field_desc *last = &desc->fields[desc->n_fields - 1];
    uint64_t n;

    if (last->kind != FIELD_MANY && last->kind != FIELD_ROWS)
        return desc->size;
    memcpy(&n, (const uint8_t *)record + last->count_offset, sizeof n);
    return last->offset + n * last->record->size;
}

// Every reply's first row is `ref`.
static struct span encode_reply(const struct record_desc *desc, const void *record, uint32_t ref)
{
    static uint8_t buffer[4 << 20];
    static _Alignas(16) uint8_t copy[REPLY_RECORD_MAX];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);

    memcpy(copy, record, used_size(desc, record));
    *(uint64_t *)(void *)copy |= 1;
    *(uint64_t *)(void *)(copy + desc->fields[0].offset) = ref;
    encode(desc, copy, &writer);
    return wire_written(&writer);
}

void effects_reply(struct effects *effects, const struct peer *peer, const struct record_desc *desc, const void *record)
{
    struct span body = encode_reply(desc, record, peer->ref);
    struct reply *reply;

    if (effects->n_replies == 0 && effects->runtime->durable_n + 1 == effects->runtime->next_n) {
        socket_reply(effects->runtime->services[peer->service], peer, body); // nothing is pending: say it now
        return;
    }
    reply = new_reply(effects, peer, body.size);
    reply->complete = NULL;
    memcpy(reply->bytes, body.at, body.size);
}

void effects_reply_completed(struct effects *effects, const struct peer *peer, const struct record_desc *desc, const void *record,
                             void (*complete)(void *state, void *record))
{
    size_t size = used_size(desc, record);
    struct reply *reply = new_reply(effects, peer, size);

    reply->complete = complete;
    reply->desc = desc;
    memcpy(reply->bytes, record, size);
}

static void send_reply(struct runtime *runtime, struct reply *reply)
{
    struct span body = span_of(reply->bytes, reply->size);

    if (reply->complete != NULL) {
        reply->complete(runtime->daemon->state, reply->bytes);
        body = encode_reply(reply->desc, reply->bytes, reply->peer.ref);
    }
    socket_reply(runtime->services[reply->peer.service], &reply->peer, body); // a peer that is gone asks again
}

void effects_release(struct runtime *runtime)
{
    struct effects *effects = &runtime->effects;

    while (effects->n_replies > 0 && effects->replies[effects->reply_head].after_n <= runtime->durable_n) {
        send_reply(runtime, &effects->replies[effects->reply_head]);
        effects->reply_head = (effects->reply_head + 1) % effects->replies_room;
        effects->n_replies--;
    }
}

bool effects_answer_now(struct effects *effects, const struct peer *peer, struct span body)
{
    return socket_reply(effects->runtime->services[peer->service], peer, body);
}

bool effects_pass_on(struct effects *effects, unsigned link, struct span body)
{
    return socket_send(effects->runtime->links[link], body);
}
