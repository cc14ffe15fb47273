// SPDX-License-Identifier: MIT
// How the log packs events, and attachments, into one value of its store.
// Used by log_store. Pure: bytes in, bytes out. The key of a chunk is the sequence of its first event, 8 bytes big-endian.
#pragma once

#include "common/base/big_endian.h"
#include "common/base/span.h"

enum { CHUNK_EVENTS_MAX = 1024, CHUNK_KEY_SIZE = 8, CHUNK_CHECK_SIZE = 4 };

static inline void chunk_key(uint64_t sequence, uint8_t key[CHUNK_KEY_SIZE])
{
    big_endian_put(key, sequence, CHUNK_KEY_SIZE);
}

struct chunk_item {
    struct span event;
    struct span attachment; // size 0: none
    const uint8_t *leaf; // the event's hash: its first CHUNK_CHECK_SIZE bytes stand beside the event, to find one that is not what it was
    uint8_t code;        // of the event's type as the store numbers them, 1 to 63
};

// ---------------------------------------------------------------- events

// Bytes that these events take as one chunk.
size_t chunk_size(const struct chunk_item *items, size_t n_items);
void chunk_write(const struct chunk_item *items, size_t n_items, uint8_t *chunk);

// A walk over the events of one chunk; begin it with chunk_open.
struct chunk {
    uint64_t codes; // bit c: an event of code c is here
    uint32_t count;
    uint32_t at; // index of the next event
    const uint8_t *directory;
    const uint8_t *bytes; // of the next event
    const uint8_t *end;
};

struct chunk_event {
    struct span event;
    uint32_t index;
    uint8_t code;
    bool has_attachment;
    const uint8_t *check; // of CHUNK_CHECK_SIZE bytes
};

// False when these bytes are no chunk.
bool chunk_open(struct span value, struct chunk *chunk);
// All that the walk has gone through is as chunk_write leaves it: no byte too many, no other mask.
bool chunk_is_whole(const struct chunk *chunk, uint64_t codes);
// Goes on to the next event whose code is in `codes` and whose index is not below `from`; false at the end.
bool chunk_next(struct chunk *chunk, uint64_t codes, uint32_t from, struct chunk_event *event);

// ---------------------------------------------------------------- attachments

// The same for the attachments of these events. Events without one take no room.
size_t chunk_attachments_size(const struct chunk_item *items, size_t n_items);
void chunk_attachments_write(const struct chunk_item *items, size_t n_items, uint8_t *chunk);
// A walk over the attachments of one chunk; begin it with chunk_attachments_open.
struct chunk_attachments {
    const uint8_t *row;   // of the next attachment
    const uint8_t *bytes; // its own
    const uint8_t *end;
    uint32_t left;
};

struct chunk_attachment {
    uint32_t offset;   // of its event, behind the key
    struct span bytes; // zeros when it was dropped
    bool is_dropped;
};

// False when these bytes are no chunk.
bool chunk_attachments_open(struct span value, struct chunk_attachments *walk);
// False at the end; it was whole when nothing is left then, no attachment and no byte.
bool chunk_attachments_next(struct chunk_attachments *walk, struct chunk_attachment *attachment);
// The attachment of the event `offset` behind the key; false when there is none, or it was dropped.
bool chunk_attachment(struct span value, uint32_t offset, struct span *attachment);
// Overwrites it with zeros in these bytes and marks it as dropped; false when there was none.
bool chunk_attachment_drop(uint8_t *value, size_t size, uint32_t offset);
