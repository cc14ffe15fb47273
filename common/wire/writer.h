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

struct wire_writer wire_writer_on(void *buffer, size_t size);
// Lends what was written; size 0 after an overflow.
struct span wire_written(const struct wire_writer *writer);

void wire_put_nil(struct wire_writer *writer);
void wire_put_bool(struct wire_writer *writer, bool value);
void wire_put_uint(struct wire_writer *writer, uint64_t value);
void wire_put_int(struct wire_writer *writer, int64_t value);
void wire_put_text(struct wire_writer *writer, struct span text);
void wire_put_bytes(struct wire_writer *writer, struct span bytes);
void wire_put_map(struct wire_writer *writer, size_t n_pairs);
void wire_put_array(struct wire_writer *writer, size_t n_items);
// Copies bytes that are MessagePack already.
void wire_put_raw(struct wire_writer *writer, struct span value);
