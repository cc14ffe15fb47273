// SPDX-License-Identifier: MIT
// Chunks of the log, byte by byte. All numbers are big-endian.
// Called by log_store.
// Must not trust what it reads: a chunk that does not fit its own lengths is refused.
//
// events:       mask of codes u64 | count u32 | count times (size u16, code u8, flags u8, check 4) | the events
// attachments:  count u32 | count times (offset u32, size u32, highest bit: dropped) | the attachments
#include "common/store/log_chunk.h"

#include "common/base/big_endian.h"

enum { EVENTS_HEAD = 12, EVENT_ROW = 8, ATTACHMENTS_HEAD = 4, ATTACHMENT_ROW = 8, HAS_ATTACHMENT = 1 };

static const uint32_t dropped = UINT32_C(1) << 31;

static uint8_t *put_bytes(uint8_t *at, struct span bytes)
{
    if (bytes.size > 0)
        memcpy(at, bytes.at, bytes.size);
    return at + bytes.size;
}

// ---------------------------------------------------------------- events

size_t chunk_size(const struct chunk_item *items, size_t n_items)
{
    size_t size = EVENTS_HEAD + n_items * EVENT_ROW;

    for (size_t i = 0; i < n_items; i++)
        size += items[i].event.size;
    return size;
}

void chunk_write(const struct chunk_item *items, size_t n_items, uint8_t *chunk)
{
    uint8_t *row = chunk + EVENTS_HEAD;
    uint8_t *bytes = row + n_items * EVENT_ROW;
    uint64_t codes = 0;

    for (size_t i = 0; i < n_items; i++) {
        row = big_endian_put(row, items[i].event.size, 2);
        *row++ = items[i].code;
        *row++ = items[i].attachment.size > 0 ? HAS_ATTACHMENT : 0;
        row = put_bytes(row, span_of(items[i].leaf, CHUNK_CHECK_SIZE));
        bytes = put_bytes(bytes, items[i].event);
        codes |= UINT64_C(1) << items[i].code;
    }
    big_endian_put(big_endian_put(chunk, codes, 8), n_items, 4);
}

bool chunk_open(struct span value, struct chunk *chunk)
{
    *chunk = (struct chunk){0};
    if (value.size < EVENTS_HEAD)
        return false;
    chunk->codes = big_endian_get(value.at, 8);
    chunk->count = (uint32_t)big_endian_get(value.at + 8, 4);
    if ((value.size - EVENTS_HEAD) / EVENT_ROW < chunk->count)
        return false;
    chunk->directory = value.at + EVENTS_HEAD;
    chunk->bytes = chunk->directory + (size_t)chunk->count * EVENT_ROW;
    chunk->end = value.at + value.size;
    return true;
}

bool chunk_next(struct chunk *chunk, uint64_t codes, uint32_t from, struct chunk_event *event)
{
    while (chunk->at < chunk->count) {
        const uint8_t *row = chunk->directory + (size_t)chunk->at * EVENT_ROW;
        size_t size = big_endian_get(row, 2);
        uint32_t index = chunk->at++;

        if ((size_t)(chunk->end - chunk->bytes) < size) {
            chunk->at = chunk->count;
            return false;
        }
        *event = (struct chunk_event){span_of(chunk->bytes, size), index, row[2], (row[3] & HAS_ATTACHMENT) != 0, row + 4};
        chunk->bytes += size;
        if (index >= from && (codes >> (event->code & 63) & 1) != 0)
            return true;
    }
    return false;
}

bool chunk_is_whole(const struct chunk *chunk, uint64_t codes)
{
    for (uint32_t i = 0; i < chunk->count; i++)
        if ((chunk->directory[(size_t)i * EVENT_ROW + 3] & ~HAS_ATTACHMENT) != 0)
            return false;
    return chunk->at == chunk->count && chunk->bytes == chunk->end && chunk->codes == codes;
}

// ---------------------------------------------------------------- attachments

size_t chunk_attachments_size(const struct chunk_item *items, size_t n_items)
{
    size_t size = ATTACHMENTS_HEAD;

    for (size_t i = 0; i < n_items; i++)
        if (items[i].attachment.size > 0)
            size += ATTACHMENT_ROW + items[i].attachment.size;
    return size;
}

void chunk_attachments_write(const struct chunk_item *items, size_t n_items, uint8_t *chunk)
{
    uint8_t *row = chunk + ATTACHMENTS_HEAD;
    uint8_t *bytes;
    size_t count = 0;

    for (size_t i = 0; i < n_items; i++)
        count += items[i].attachment.size > 0;
    big_endian_put(chunk, count, 4);
    bytes = row + count * ATTACHMENT_ROW;
    for (size_t i = 0; i < n_items; i++) {
        if (items[i].attachment.size == 0)
            continue;
        row = big_endian_put(row, i, 4);
        row = big_endian_put(row, items[i].attachment.size, 4);
        bytes = put_bytes(bytes, items[i].attachment);
    }
}

bool chunk_attachments_open(struct span value, struct chunk_attachments *walk)
{
    uint32_t count;

    *walk = (struct chunk_attachments){0};
    if (value.size < ATTACHMENTS_HEAD)
        return false;
    count = (uint32_t)big_endian_get(value.at, 4);
    if ((value.size - ATTACHMENTS_HEAD) / ATTACHMENT_ROW < count)
        return false;
    walk->row = value.at + ATTACHMENTS_HEAD;
    walk->bytes = walk->row + (size_t)count * ATTACHMENT_ROW;
    walk->end = value.at + value.size;
    walk->left = count;
    return true;
}

bool chunk_attachments_next(struct chunk_attachments *walk, struct chunk_attachment *attachment)
{
    uint32_t size;

    if (walk->left == 0)
        return false;
    size = (uint32_t)big_endian_get(walk->row + 4, 4);
    if ((size_t)(walk->end - walk->bytes) < (size & ~dropped))
        return false;
    *attachment =
        (struct chunk_attachment){(uint32_t)big_endian_get(walk->row, 4), span_of(walk->bytes, size & ~dropped), (size & dropped) != 0};
    walk->row += ATTACHMENT_ROW;
    walk->bytes += size & ~dropped;
    walk->left--;
    return true;
}

// The attachment and, behind it, the walk; false when the chunk has no such one.
static bool find(struct span value, uint32_t offset, struct chunk_attachments *walk, struct chunk_attachment *attachment)
{
    if (!chunk_attachments_open(value, walk))
        return false;
    while (chunk_attachments_next(walk, attachment))
        if (attachment->offset == offset)
            return true;
    return false;
}

bool chunk_attachment(struct span value, uint32_t offset, struct span *attachment)
{
    struct chunk_attachments walk;
    struct chunk_attachment found;

    *attachment = (struct span){0};
    if (!find(value, offset, &walk, &found) || found.is_dropped)
        return false;
    *attachment = found.bytes;
    return true;
}

bool chunk_attachment_drop(uint8_t *value, size_t size, uint32_t offset)
{
    struct chunk_attachments walk;
    struct chunk_attachment found;

    if (!find(span_of(value, size), offset, &walk, &found))
        return false;
    memset(value + (found.bytes.at - value), 0, found.bytes.size);
    big_endian_put(value + (walk.row - value) - 4, found.bytes.size | dropped, 4);
    return true;
}
