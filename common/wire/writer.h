// SPDX-License-Identifier: MIT
// Writes MessagePack into a buffer of fixed size.
// Used by encode and json. The first overflow sticks: ask once, at the end.
#pragma once

#include "common/base/err.h"
#include "common/base/span.h"

struct wire_writer {
    uint8_t *at; // caller's
    size_t size;
    size_t used;
    bool overflow;
};

// Inline: a writer that is returned from a call is copied in halves which the processor has to wait for.
static inline struct wire_writer wire_writer_on(void *buffer, size_t size)
{
    return (struct wire_writer){.at = buffer, .size = size};
}

// Lends what was written; size 0 after an overflow.
struct span wire_written(const struct wire_writer *writer);

// By msgpack-c, whatever the size.
void wire_pack_uint(struct wire_writer *writer, uint64_t value);
void wire_pack_int(struct wire_writer *writer, int64_t value);
void wire_pack_text(struct wire_writer *writer, struct span text);
void wire_pack_bytes(struct wire_writer *writer, struct span bytes);
void wire_pack_map(struct wire_writer *writer, size_t n_pairs);
void wire_pack_array(struct wire_writer *writer, size_t n_items);

// Takes room for `size` bytes (lends: to be written at once); NULL, and an overflow, when there is none.
static inline uint8_t *wire_take_room(struct wire_writer *writer, size_t size)
{
    uint8_t *at = writer->at + writer->used;

    if (writer->overflow || size > writer->size - writer->used) {
        writer->overflow = true;
        return NULL;
    }
    writer->used += size;
    return at;
}

static inline void wire_put_byte(struct wire_writer *writer, unsigned byte)
{
    uint8_t *at = wire_take_room(writer, 1);

    if (at != NULL)
        *at = (uint8_t)byte;
}

// Copies bytes that are MessagePack already.
static inline void wire_put_raw(struct wire_writer *writer, struct span value)
{
    uint8_t *at = wire_take_room(writer, value.size);

    if (at != NULL)
        bytes_copy(at, value.at, value.size);
}

// Nearly all that the hub says is short: these forms are written here, all others by msgpack-c.

static inline void wire_put_nil(struct wire_writer *writer)
{
    wire_put_byte(writer, 0xc0);
}

static inline void wire_put_bool(struct wire_writer *writer, bool value)
{
    wire_put_byte(writer, value ? 0xc3 : 0xc2);
}

static inline void wire_put_uint(struct wire_writer *writer, uint64_t value)
{
    if (value < 0x80)
        wire_put_byte(writer, (unsigned)value);
    else
        wire_pack_uint(writer, value);
}

static inline void wire_put_int(struct wire_writer *writer, int64_t value)
{
    if (value >= -32 && value < 0x80)
        wire_put_byte(writer, (unsigned)value & 0xff);
    else
        wire_pack_int(writer, value);
}

static inline void wire_put_text(struct wire_writer *writer, struct span text)
{
    uint8_t *at;

    if (text.size > 31) {
        wire_pack_text(writer, text);
        return;
    }
    at = wire_take_room(writer, 1 + text.size);
    if (at == NULL)
        return;
    *at = (uint8_t)(0xa0 | text.size);
    bytes_copy(at + 1, text.at, text.size);
}

static inline void wire_put_bytes(struct wire_writer *writer, struct span bytes)
{
    uint8_t *at;

    if (bytes.size > 0xff) {
        wire_pack_bytes(writer, bytes);
        return;
    }
    at = wire_take_room(writer, 2 + bytes.size);
    if (at == NULL)
        return;
    at[0] = 0xc4;
    at[1] = (uint8_t)bytes.size;
    bytes_copy(at + 2, bytes.at, bytes.size);
}

static inline void wire_put_map(struct wire_writer *writer, size_t n_pairs)
{
    if (n_pairs < 16)
        wire_put_byte(writer, 0x80 | (unsigned)n_pairs);
    else
        wire_pack_map(writer, n_pairs);
}

static inline void wire_put_array(struct wire_writer *writer, size_t n_items)
{
    if (n_items < 16)
        wire_put_byte(writer, 0x90 | (unsigned)n_items);
    else
        wire_pack_array(writer, n_items);
}
