// SPDX-License-Identifier: MIT
// The runtime's functions as daemons call them, on arrays.
// Linked into unit tests of daemons.
#include "fake_runtime.h"

#include "common/wire/encode.h"
#include "unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct entry {
    uint8_t *event;
    size_t size;
    uint8_t *attachment;
    size_t attachment_size;
    enum event_type type;
    uint64_t n; // own number; 0: another's
};

struct sent {
    uint32_t ref;
    const struct record_desc *desc;
    void (*complete)(void *state, void *record);
    uint8_t *bytes; // the record until completed, then the reply
    size_t size;
    bool left;
};

struct runtime {
    struct fake_runtime *fake;
};

struct effects {
    struct fake_runtime *fake;
};

struct fake_runtime {
    const struct daemon *daemon;
    struct runtime runtime;
    struct effects effects;
    struct moment now;
    struct entry *log;
    size_t n_log, log_room;
    uint64_t next_n, durable_n;
    uint64_t durable; // sequences up to here are durable
    uint64_t read_to;
    struct sent *replies;
    size_t n_replies, replies_room, n_left;
    uint32_t next_ref;
    bool hold;
    bool opened;
};

static void *grow(void *at, size_t n, size_t *room, size_t size)
{
    if (n < *room)
        return at;
    *room = *room == 0 ? 256 : 2 * *room;
    at = realloc(at, *room * size);
    assert_non_null(at);
    return at;
}

static uint8_t *copy(struct span bytes)
{
    uint8_t *new = malloc(bytes.size + 1);

    assert_non_null(new);
    if (bytes.size > 0)
        memcpy(new, bytes.at, bytes.size);
    return new;
}

static void put_log(struct fake_runtime *fake, struct span event, struct span attachment, enum event_type type, uint64_t n)
{
    fake->log = grow(fake->log, fake->n_log, &fake->log_room, sizeof *fake->log);
    fake->log[fake->n_log++] = (struct entry){
        .event = copy(event), .size = event.size, .attachment = copy(attachment), .attachment_size = attachment.size, .type = type, .n = n};
}

struct fake_runtime *fake_runtime_new(const struct daemon *daemon)
{
    struct fake_runtime *fake = calloc(1, sizeof *fake);

    assert_non_null(fake);
    fake->daemon = daemon;
    fake->runtime.fake = fake->effects.fake = fake;
    fake->next_n = 1;
    fake->next_ref = 1;
    fake->now = (struct moment){.wall_ms = INT64_C(1479466800000), .boot_ms = 1000000}; // Friday 18 November 2016, 11:00 in London
    return fake;
}

void fake_runtime_end(struct fake_runtime *fake)
{
    if (fake->opened)
        fake->daemon->close(fake->daemon->state);
    fake->opened = false;
}

void fake_runtime_free(struct fake_runtime **fake)
{
    struct fake_runtime *old = *fake;

    if (old == NULL)
        return;
    fake_runtime_end(old);
    for (size_t i = 0; i < old->n_log; i++) {
        free(old->log[i].event);
        free(old->log[i].attachment);
    }
    for (size_t i = 0; i < old->n_replies; i++)
        free(old->replies[i].bytes);
    free(old->log);
    free(old->replies);
    free(old);
    *fake = NULL;
}

struct runtime *fake_runtime_of(struct fake_runtime *fake)
{
    return &fake->runtime;
}

struct moment *fake_runtime_clock(struct fake_runtime *fake)
{
    return &fake->now;
}

// ---------------------------------------------------------------- effects.h

static struct span encode_event(struct fake_runtime *fake, const struct effect *effect, struct event *head, char id[48], char source[32],
                                uint8_t *buffer)
{
    struct wire_writer writer = wire_writer_on(buffer, EVENT_BYTES_MAX);

    snprintf(id, 48, "1.%" PRIu64, fake->next_n);
    snprintf(source, 32, "/hub/%s", fake->daemon->name);
    *head = (struct event){.specversion = span_text("1.0"), .id = span_text(id), .source = span_text(source)};
    head->type = span_text(event_desc(effect->type)->type);
    PUT(head, event, time, fake->now.wall_ms);
    if (effect->subject.size > 0)
        PUT(head, event, subject, effect->subject);
    if (effect->cause > 0)
        PUT(head, event, cause, effect->cause);
    if (effect->traceparent.size > 0)
        PUT(head, event, traceparent, effect->traceparent);
    event_encode(head, effect->type, effect->data, &writer);
    return wire_written(&writer);
}

uint64_t effects_append(struct effects *effects, const struct effect *effect)
{
    struct fake_runtime *fake = effects->fake;
    uint8_t buffer[EVENT_BYTES_MAX];
    char id[48], source[32];
    struct event head;
    struct span event = encode_event(fake, effect, &head, id, source, buffer);
    struct hub_event own = {
        .n = fake->next_n++, .type = effect->type, .head = &head, .data = effect->data, .attachment = effect->attachment};

    assert_int_not_equal(event.size, 0); // else larger than an event may be
    put_log(fake, event, effect->attachment, effect->type, own.n);
    assert_int_equal(fake->daemon->take(fake->daemon->state, &own), ERR_NONE);
    return own.n;
}

static struct sent *put_reply(struct effects *effects, const struct peer *peer, const struct record_desc *desc, struct span bytes)
{
    struct fake_runtime *fake = effects->fake;

    fake->replies = grow(fake->replies, fake->n_replies, &fake->replies_room, sizeof *fake->replies);
    fake->replies[fake->n_replies] = (struct sent){.ref = peer->ref, .desc = desc, .bytes = copy(bytes), .size = bytes.size};
    return &fake->replies[fake->n_replies++];
}

static struct span encode_reply(const struct record_desc *desc, const void *record, uint8_t *buffer, size_t size)
{
    struct wire_writer writer = wire_writer_on(buffer, size);

    encode(desc, record, &writer);
    return wire_written(&writer);
}

void effects_reply(struct effects *effects, const struct peer *peer, const struct record_desc *desc, const void *record)
{
    static uint8_t buffer[1 << 20];
    struct span bytes = encode_reply(desc, record, buffer, sizeof buffer);

    assert_int_not_equal(bytes.size, 0);
    put_reply(effects, peer, desc, bytes);
}

void effects_reply_completed(struct effects *effects, const struct peer *peer, const struct record_desc *desc, const void *record,
                             void (*complete)(void *state, void *record))
{
    put_reply(effects, peer, desc, span_of(record, desc->size))->complete = complete;
}

// ---------------------------------------------------------------- durable

static void leave(struct fake_runtime *fake, struct sent *reply)
{
    static uint8_t buffer[1 << 20];

    if (reply->complete != NULL) {
        struct span bytes;

        reply->complete(fake->daemon->state, reply->bytes);
        bytes = encode_reply(reply->desc, reply->bytes, buffer, sizeof buffer);
        free(reply->bytes);
        reply->bytes = copy(bytes);
        reply->size = bytes.size;
    }
    reply->left = true;
}

static void settle(struct fake_runtime *fake)
{
    if (fake->hold)
        return;
    for (uint64_t sequence = fake->durable + 1; sequence <= fake->n_log; sequence++) {
        const struct entry *entry = &fake->log[sequence - 1];

        fake->durable = sequence;
        if (entry->n == 0)
            continue;
        fake->durable_n = entry->n;
        if (fake->daemon->settled != NULL)
            fake->daemon->settled(fake->daemon->state, entry->n, sequence, 1);
    }
    for (; fake->n_left < fake->n_replies; fake->n_left++)
        leave(fake, &fake->replies[fake->n_left]);
}

void fake_runtime_hold(struct fake_runtime *fake, bool hold)
{
    fake->hold = hold;
    settle(fake);
}

// ---------------------------------------------------------------- what happens

// Of inputs only what the daemon looks at.
static void decode_entry(const struct fake_runtime *fake, const struct entry *entry, struct event *head, union event_data *data,
                         enum event_type *type)
{
    static const struct event_part all = {0};
    const struct event_part *part = entry->n == 0 && fake->daemon->reads != NULL ? fake->daemon->reads : &all;
    struct faults faults = {0};

    *type = event_decode_part(span_of(entry->event, entry->size), part, head, data, &faults);
    if (*type == EVENT_NONE)
        fail_msg("event of type %s: fault %s at %s", event_desc(entry->type)->name, code_text(LIST_FAULT, faults.at[0].code),
                 faults.at[0].path);
}

static void replay_one(struct fake_runtime *fake, const struct entry *entry)
{
    static union event_data data;
    struct event head;
    struct hub_event event = {.sequence = fake->n_log, .n = entry->n, .head = &head, .data = &data};

    decode_entry(fake, entry, &head, &data, &event.type);
    event.attachment = span_of(entry->attachment, entry->attachment_size);
    if (entry->n != 0) {
        assert_int_equal(fake->daemon->take(fake->daemon->state, &event), ERR_NONE);
        fake->next_n = entry->n + 1;
    } else if (fake->daemon->file != NULL) {
        assert_int_equal(fake->daemon->file(fake->daemon->state, &event), ERR_NONE);
    }
}

enum err fake_runtime_start(struct fake_runtime *fake, const char *directory, const struct fake_runtime *other)
{
    struct projection_marks marks = {0};
    enum err err;

    for (size_t i = 0; other != NULL && i < other->n_log; i++)
        put_log(fake, span_of(other->log[i].event, other->log[i].size), span_of(other->log[i].attachment, other->log[i].attachment_size),
                other->log[i].type, other->log[i].n);
    err = fake->daemon->open(fake->daemon->state, &fake->runtime, directory, &marks);
    if (err != ERR_NONE)
        return err;
    fake->opened = true;
    fake->durable = fake->read_to = fake->n_log;
    fake->n_log = 0;
    while (fake->n_log < fake->durable) {
        const struct entry *entry = &fake->log[fake->n_log++];

        if (entry->n != 0)
            fake->next_n = entry->n + 1;
        if (fake->n_log > (entry->n != 0 ? marks.taken_to : marks.filed_to))
            replay_one(fake, entry);
    }
    fake->durable_n = fake->next_n - 1;
    fake_runtime_tick(fake);
    return ERR_NONE;
}

uint64_t fake_runtime_input(struct fake_runtime *fake, enum event_type type, const char *subject, const void *data, struct span attachment)
{
    static union event_data decoded;
    uint8_t buffer[EVENT_BYTES_MAX];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
    struct event head = {.specversion = span_text("1.0"), .id = span_text("1.1"), .source = span_text("/hub/other")};
    struct hub_event event = {.head = &head, .data = &decoded};

    head.type = span_text(event_desc(type)->type);
    PUT(&head, event, time, fake->now.wall_ms);
    if (subject[0] != '\0')
        PUT(&head, event, subject, span_text(subject));
    event_encode(&head, type, data, &writer);
    assert_int_not_equal(wire_written(&writer).size, 0);
    put_log(fake, wire_written(&writer), attachment, type, 0);
    event.sequence = fake->n_log;
    decode_entry(fake, &fake->log[fake->n_log - 1], &head, &decoded, &event.type);
    if (fake->daemon->expect != NULL)
        fake->daemon->expect(fake->daemon->state, &event);
    if (fake->daemon->file != NULL)
        assert_int_equal(fake->daemon->file(fake->daemon->state, &event), ERR_NONE);
    if (fake->daemon->decide != NULL)
        fake->daemon->decide(fake->daemon->state, &event, fake->now, &fake->effects);
    fake->read_to = event.sequence;
    settle(fake);
    return event.sequence;
}

uint32_t fake_runtime_request(struct fake_runtime *fake, unsigned row, const void *record)
{
    return fake_runtime_request_of(fake, 0, row, record);
}

uint32_t fake_runtime_request_of(struct fake_runtime *fake, unsigned service, unsigned row, const void *record)
{
    struct request request = {.peer = {.ref = fake->next_ref++}, .record = record};

    fake->daemon->services[service].on[row](fake->daemon->state, &request, fake->now, &fake->effects);
    settle(fake);
    return request.peer.ref;
}

void fake_runtime_tick(struct fake_runtime *fake)
{
    fake->daemon->tick(fake->daemon->state, fake->now, &fake->effects);
    settle(fake);
}

enum err fake_runtime_save(struct fake_runtime *fake)
{
    const struct projection_marks marks = {.taken_to = fake->durable, .filed_to = fake->read_to};
    enum err err;

    do // as the runtime does at its end: until the disk has written the commit before
        err = fake->daemon->save(fake->daemon->state, marks);
    while (err == ERR_AGAIN);
    return err;
}

// ---------------------------------------------------------------- what came of it

bool fake_runtime_reply(struct fake_runtime *fake, uint32_t ref, const struct record_desc *desc, void *record)
{
    struct faults faults = {0};

    for (size_t i = fake->n_left; i-- > 0;)
        if (fake->replies[i].ref == ref) {
            memset(record, 0, desc->size);
            if (!decode_message(desc, span_of(fake->replies[i].bytes, fake->replies[i].size), record, &faults))
                fail_msg("reply %s: fault %s at %s", desc->name, code_text(LIST_FAULT, faults.at[0].code), faults.at[0].path);
            return true;
        }
    return false;
}

uint64_t fake_runtime_count(const struct fake_runtime *fake)
{
    return fake->n_log;
}

struct span fake_runtime_event(const struct fake_runtime *fake, uint64_t sequence)
{
    assert_true(sequence >= 1 && sequence <= fake->n_log);
    return span_of(fake->log[sequence - 1].event, fake->log[sequence - 1].size);
}

uint64_t fake_runtime_count_of(const struct fake_runtime *fake, enum event_type type)
{
    uint64_t count = 0;

    for (size_t i = 0; i < fake->n_log; i++)
        count += fake->log[i].n != 0 && fake->log[i].type == type;
    return count;
}

bool fake_runtime_last(const struct fake_runtime *fake, enum event_type type, struct event *head, union event_data *data)
{
    enum event_type decoded;

    for (size_t i = fake->n_log; i-- > 0;)
        if (fake->log[i].n != 0 && fake->log[i].type == type) {
            decode_entry(fake, &fake->log[i], head, data, &decoded);
            return true;
        }
    return false;
}

// ---------------------------------------------------------------- daemon.h

const char *runtime_state_dir(const struct runtime *runtime)
{
    (void)runtime;
    return "/nonexistent";
}

const char *runtime_policy_dir(const struct runtime *runtime)
{
    (void)runtime;
    return "deploy/policy/luton-2017"; // tests run in the project's folder
}

const char *runtime_credentials_dir(const struct runtime *runtime)
{
    (void)runtime;
    return "/nonexistent";
}

enum admission runtime_admission(const struct runtime *runtime)
{
    (void)runtime;
    return ADMISSION_OPEN;
}

uint64_t runtime_read_to(const struct runtime *runtime)
{
    return runtime->fake->read_to;
}

bool runtime_idle(const struct runtime *runtime)
{
    return runtime->fake->durable_n + 1 == runtime->fake->next_n;
}

uint64_t runtime_sequence_of(const struct runtime *runtime, uint64_t n)
{
    const struct fake_runtime *fake = runtime->fake;

    for (uint64_t sequence = fake->durable; sequence > 0; sequence--)
        if (fake->log[sequence - 1].n == n)
            return sequence;
    return 0;
}

void runtime_ask_head(struct runtime *runtime, void *state, void (*then)(void *state, uint64_t head))
{
    then(state, runtime->fake->durable);
}

enum err runtime_attachment(struct runtime *runtime, uint64_t sequence, uint8_t **bytes, size_t *size)
{
    const struct fake_runtime *fake = runtime->fake;

    if (sequence < 1 || sequence > fake->n_log || fake->log[sequence - 1].attachment_size == 0)
        return ERR_NOT_FOUND;
    *size = fake->log[sequence - 1].attachment_size;
    *bytes = copy(span_of(fake->log[sequence - 1].attachment, *size));
    return ERR_NONE;
}

enum err runtime_event(struct runtime *runtime, uint64_t sequence, uint8_t bytes[EVENT_BYTES_MAX], size_t *size)
{
    struct span event = fake_runtime_event(runtime->fake, sequence);

    memcpy(bytes, event.at, event.size);
    *size = event.size;
    return ERR_NONE;
}
