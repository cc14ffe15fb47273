// SPDX-License-Identifier: MIT
// Picks some values out of a MessagePack map in one pass, without looking into the others.
// Used by the bench programs where a full decode would cost more than what is measured. Never reads beyond the bytes.
#pragma once

#include "common/wire/token.h"

struct bench_map_field {
    const char *key;
    size_t offset; // of the struct span in the caller's record
};

// Reads the map at the start of `rest` and moves `rest` behind it. Spans of the fields that are there are lent, the others have size 0.
// False when it is no map, or cut.
bool bench_map_read(struct span *rest, const struct bench_map_field *fields, size_t n_fields, void *record);

// Items of the array at the start of `rest`; moves `rest` to the first one. 0 when it is none.
size_t bench_map_array(struct span *rest);
// Moves `rest` behind one value; false when it is cut.
bool bench_map_skip(struct span *rest);

// The value, if it is a text (else size 0) or a number (else 0).
struct span bench_map_text(struct span value);
uint64_t bench_map_uint(struct span value);
