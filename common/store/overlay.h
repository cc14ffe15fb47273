// SPDX-License-Identifier: MIT
// Rows that were put or deleted since the last commit: a hash table over (table, key), keys and values in blocks that never move.
// Used by projection. Pure memory: once it has grown to its load, nothing is allocated.
#pragma once

#include "common/base/err.h"
#include "common/base/span.h"

struct overlay;

struct overlay_row {
    struct span key;
    struct span value;
    uint8_t table;
    bool deleted;
};

// `hashed`: by bits, the tables whose keys, of eight bytes at least, are keyed hashes that nobody outside can choose: they are not hashed
// again. NULL: out of memory, or no random bytes for the hash of the others.
struct overlay *overlay_new(uint64_t hashed);
void overlay_free(struct overlay **overlay);

// Begins to fetch what is looked at first when this key is got or put.
void overlay_fetch(const struct overlay *overlay, unsigned table, struct span key);
// Lends the row until the next put, NULL when the key was not touched.
const struct overlay_row *overlay_get(const struct overlay *overlay, unsigned table, struct span key);
// Copies; `value` may lie in the overlay itself.
CHECKED enum err overlay_put(struct overlay *overlay, unsigned table, struct span key, struct span value);
CHECKED enum err overlay_del(struct overlay *overlay, unsigned table, struct span key);
size_t overlay_count(const struct overlay *overlay);
// Rows of one table.
size_t overlay_count_of(const struct overlay *overlay, unsigned table);
// Bytes of keys and values.
size_t overlay_bytes(const struct overlay *overlay);
// Lends the rows in order of (table, key); until the next put.
CHECKED enum err overlay_sorted(struct overlay *overlay, const struct overlay_row *const **rows);
// Forgets all rows; keeps the memory.
void overlay_reset(struct overlay *overlay);
