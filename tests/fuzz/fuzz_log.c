// SPDX-License-Identifier: MIT
// What the log keeps, read back from any bytes: chunks of events and of attachments, producers' rows, and the events inside.
// The same bytes cut into items are written and read again to the same.
#include "tests/fuzz/fuzz.h"

#include "common/store/log_chunk.h"
#include "common/store/log_producer.h"
#include "common/wire/event_wire.h"

enum { ITEMS_MAX = 64 };

// As the runtime reads an event of the log.
static void read_event(struct span bytes)
{
    static union event_data data;
    struct faults faults = {0};
    struct event head;
    enum event_type type;

    if (event_decode(bytes, &head, &type, &data, &faults)) {
        require(faults.n == 0);
        if (type != EVENT_NONE && wire_check(bytes, &faults)) {
            require(type == event_type_of(bytes));
            fuzz_check_round_trip(event_desc(type)->record, &data);
        }
    }
    fuzz_check_faults(&faults);
    (void)event_number(head.id);
}

static void read_chunk(struct span value)
{
    struct chunk chunk;
    struct chunk_event event;
    uint32_t next = 0;

    if (!chunk_open(value, &chunk))
        return;
    require(chunk.count <= value.size);
    while (chunk_next(&chunk, UINT64_MAX, 0, &event)) {
        require(fuzz_is_within(event.event, value) && event.index == next++);
        read_event(event.event);
    }
    require(next <= chunk.count);
}

// Dropping one leaves the others as they are.
static void drop_attachment(struct span value, uint32_t offset)
{
    struct span before[8], after;
    uint8_t *copy = fuzz_room(value.size);
    bool had[8];

    if (value.size > 0)
        memcpy(copy, value.at, value.size);
    for (uint32_t i = 0; i < 8; i++)
        had[i] = chunk_attachment(value, i, &before[i]);
    if (chunk_attachment_drop(copy, value.size, offset)) {
        require(!chunk_attachment(span_of(copy, value.size), offset, &after));
        for (uint32_t i = 0; i < 8; i++)
            if (i != offset && had[i])
                require(chunk_attachment(span_of(copy, value.size), i, &after) && span_equal(before[i], after));
    }
    free(copy);
}

static void read_attachments(struct span value)
{
    struct span attachment;

    for (uint32_t i = 0; i < 8; i++) {
        require(!chunk_attachment(value, i, &attachment) || fuzz_is_within(attachment, value));
        drop_attachment(value, i);
    }
}

static void read_producer(struct span value)
{
    static uint8_t written[LOG_PRODUCER_SIZE];
    struct log_producer row;

    if (!log_producer_read(value, &row))
        return;
    log_producer_write(&row, written);
    require(span_equal(span_of(written, sizeof written), value));
}

// ---------------------------------------------------------------- written and read

static void check_items(const struct chunk_item *items, size_t n, struct span events, struct span attachments)
{
    struct chunk chunk;
    struct chunk_event event;
    struct span attachment;

    require(chunk_open(events, &chunk) && chunk.count == n);
    for (size_t i = 0; i < n; i++) {
        require(chunk_next(&chunk, UINT64_MAX, 0, &event));
        require(span_equal(event.event, items[i].event) && event.code == items[i].code);
        require(event.has_attachment == (items[i].attachment.size > 0));
        require(chunk_attachment(attachments, (uint32_t)i, &attachment) == event.has_attachment);
        require(span_equal(attachment, items[i].attachment));
    }
    require(!chunk_next(&chunk, UINT64_MAX, 0, &event));
    require(chunk_is_whole(&chunk, chunk.codes));
}

static void write_items(struct span input)
{
    struct chunk_item items[ITEMS_MAX];
    static const uint8_t leaf[CHUNK_CHECK_SIZE] = {1, 2, 3, 4};
    uint8_t *events, *attachments;
    size_t n = 0;

    for (struct span event, attachment; n < ITEMS_MAX && fuzz_take_message(&input, &event); n++) {
        attachment = span_of(NULL, 0);
        (void)fuzz_take_message(&input, &attachment);
        items[n] = (struct chunk_item){event, attachment, leaf, (uint8_t)(1 + event.size % 63)};
    }
    events = malloc(chunk_size(items, n));
    attachments = malloc(chunk_attachments_size(items, n));
    require(events != NULL && attachments != NULL);
    chunk_write(items, n, events);
    chunk_attachments_write(items, n, attachments);
    check_items(items, n, span_of(events, chunk_size(items, n)), span_of(attachments, chunk_attachments_size(items, n)));
    free(events);
    free(attachments);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = span_of(data, size);
    uint8_t way = fuzz_take_byte(&bytes);

    if (way == 0)
        read_chunk(bytes);
    else if (way == 1)
        read_attachments(bytes);
    else if (way == 2)
        read_producer(bytes);
    else if (way == 3)
        read_event(bytes);
    else
        write_items(bytes);
    return 0;
}
