// SPDX-License-Identifier: MIT
// Reads ahead in the log, one reply at a time, and hands out its events.
// Used by operators' programs. Keeps no more than one reply.
#include "common/client/windscreen_reader.h"

#include "common/client/windscreen_caller.h"

#include <stdlib.h>

enum {
    BATCH_EVENTS = 2048,
    BATCH_BYTES = 1 << 20,
    PARK_MS_MAX = 20000, // a parked read comes back by itself, so a hub that vanished is noticed
    ANSWER_MS = 5000,    // beyond the parking
};

struct windscreen_reader {
    struct windscreen_caller *caller;
    uint64_t from; // of the next read
    uint64_t types;
    uint64_t head;
    uint64_t at; // of the batch
    struct log_events batch;
    struct event envelope;
    union event_data data;
    struct faults faults;
};

enum err windscreen_reader_open(const char *endpoint, uint64_t from, uint64_t types, struct windscreen_reader **reader)
{
    struct windscreen_reader *new = calloc(1, sizeof *new);
    enum err err;

    *reader = NULL;
    if (new == NULL)
        return ERR_NO_MEMORY;
    new->from = from > 0 ? from : 1;
    new->types = types;
    err = windscreen_caller_open(endpoint, &new->caller);
    if (err != ERR_NONE)
        free(new);
    else
        *reader = new;
    return err;
}

void windscreen_reader_close(struct windscreen_reader **reader)
{
    if (*reader == NULL)
        return;
    windscreen_caller_close(&(*reader)->caller);
    free(*reader);
    *reader = NULL;
}

uint64_t windscreen_reader_head(const struct windscreen_reader *reader)
{
    return reader->head;
}

uint64_t windscreen_reader_at(const struct windscreen_reader *reader)
{
    return reader->at < reader->batch.n_events ? reader->batch.events[reader->at].sequence : reader->from;
}

// Moves on by what the reply says; an empty reply that names no place leaves the reader where it is.
static void keep_place(struct windscreen_reader *reader)
{
    const struct log_events *batch = &reader->batch;

    if (HAS(batch, log_events, head))
        reader->head = batch->head;
    if (batch->n_events > 0 && batch->events[batch->n_events - 1].sequence >= reader->from)
        reader->from = batch->events[batch->n_events - 1].sequence + 1;
    if (HAS(batch, log_events, next) && batch->next > reader->from)
        reader->from = batch->next;
}

static enum err read_batch(struct windscreen_reader *reader, int64_t wait_ms)
{
    struct log_read read = {.from = reader->from};
    enum err err;

    PUT(&read, log_read, max_events, BATCH_EVENTS);
    PUT(&read, log_read, max_bytes, BATCH_BYTES);
    PUT(&read, log_read, wait_ms, (uint64_t)wait_ms);
    if (reader->types != 0)
        PUT(&read, log_read, types, reader->types);
    reader->at = 0;
    reader->batch.n_events = 0;
    err = windscreen_caller_ask(reader->caller, &service_operator_log[OPERATOR_LOG_READ], &read, wait_ms + ANSWER_MS, &reader->batch);
    if (err == ERR_AGAIN)
        return ERR_SOCKET;
    if (err != ERR_NONE)
        return err;
    if (reader->batch.answer == ANSWER_BUSY)
        return ERR_SOCKET;
    if (reader->batch.answer != ANSWER_OK && reader->batch.answer != ANSWER_EMPTY)
        return ERR_BAD_INPUT;
    keep_place(reader);
    return ERR_NONE;
}

static void lend_event(struct windscreen_reader *reader, struct windscreen_event *event)
{
    const struct log_event *read = &reader->batch.events[reader->at++];

    reader->faults.n = 0;
    *event = (struct windscreen_event){.sequence = read->sequence, .bytes = read->event, .head = &reader->envelope, .data = &reader->data};
    if (!event_decode(read->event, &reader->envelope, &event->type, &reader->data, &reader->faults))
        event->type = EVENT_NONE;
}

enum err windscreen_reader_next(struct windscreen_reader *reader, int64_t wait_ms, struct windscreen_event *event)
{
    while (reader->at == reader->batch.n_events) {
        int64_t park_ms = wait_ms < PARK_MS_MAX ? wait_ms : PARK_MS_MAX;
        enum err err = read_batch(reader, park_ms);

        if (err != ERR_NONE)
            return err;
        if (reader->batch.n_events > 0)
            break;
        wait_ms -= park_ms;
        if (reader->from > reader->head && wait_ms <= 0)
            return ERR_AGAIN;
        if (reader->batch.answer == ANSWER_EMPTY && wait_ms <= 0 && !HAS(&reader->batch, log_events, next))
            return ERR_AGAIN;
    }
    lend_event(reader, event);
    return ERR_NONE;
}
