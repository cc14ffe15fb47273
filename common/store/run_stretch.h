// SPDX-License-Identifier: MIT
// A stretch of a sorted run, as one value of the store: rows of one size whose keys begin with the same bits, and before them a filter
// that says "surely not here" at the cost of one line of memory.
// Used by runs and run_merge. Pure: bytes in, bytes out. Keys are keyed hashes and taken as random bits; others are found too, only later.
#pragma once

#include "common/base/span.h"

enum { STRETCH_KEY_MIN = 16, STRETCH_BYTES = 1 << 16 }; // what a stretch is to have at most, when keys are as random as they should be

// Sizes of a table's rows.
struct stretch_form {
    size_t key_size; // at least STRETCH_KEY_MIN
    size_t value_size;
};

// The first eight bytes of a key as a number: rows are in the order of it.
static inline uint64_t stretch_number(const uint8_t *key)
{
    return __builtin_bswap64(bytes_word8(key));
}

// Of a run that is divided by the first `bits` bits of its keys: the stretch where a key belongs, and the numbers that belong there.
static inline uint32_t stretch_of(uint64_t number, unsigned bits)
{
    return bits == 0 ? 0 : (uint32_t)(number >> (64 - bits));
}

static inline uint64_t stretch_least(uint32_t stretch, unsigned bits)
{
    return bits == 0 ? 0 : (uint64_t)stretch << (64 - bits);
}

static inline uint64_t stretch_most(uint32_t stretch, unsigned bits)
{
    return bits == 0 ? UINT64_MAX : stretch_least(stretch, bits) | UINT64_MAX >> bits;
}

// By how many bits a run of so many rows is divided.
unsigned stretch_bits(struct stretch_form form, uint64_t n_rows);
// Bytes of a stretch with room for `n` rows: whole pages of the store, so that it never moves.
size_t stretch_size(struct stretch_form form, size_t n);

// ---------------------------------------------------------------- writing

struct stretch_writer {
    struct stretch_form form;
    unsigned bits;
    uint8_t *bytes;
    size_t size;
    size_t n_blocks; // of the filter
    size_t n_rows;
    uint8_t *next; // where the next row goes
};

// Begins a stretch in these stretch_size bytes; rows are then added in the order of their keys, no more than there is room for.
void stretch_begin(struct stretch_writer *writer, struct stretch_form form, unsigned bits, uint8_t *bytes, size_t size);
void stretch_add(struct stretch_writer *writer, const uint8_t *key, const uint8_t *value);
void stretch_end(struct stretch_writer *writer);

// ---------------------------------------------------------------- reading

// Where a stretch stands, and how its filter is divided. Nothing of it has been looked at yet.
struct stretch {
    const uint8_t *at;
    uint32_t size;
    uint32_t n_blocks;
};

// False: these cannot be the bytes of a stretch, whatever is in them.
bool stretch_open(struct span value, struct stretch_form form, struct stretch *stretch);
// Begins to fetch what stretch_has_perhaps looks at.
void stretch_fetch(const struct stretch *stretch, unsigned bits, const uint8_t *key);
// False: the key is surely not in it.
bool stretch_has_perhaps(const struct stretch *stretch, unsigned bits, const uint8_t *key);

// Rows one behind the other, keys before their values.
struct stretch_rows {
    const uint8_t *at;
    size_t n;
};

// Lends the rows; false when the bytes are no stretch.
bool stretch_rows(const struct stretch *stretch, struct stretch_form form, struct stretch_rows *rows);
// How many rows have a lesser number.
size_t stretch_rank(const struct stretch_rows *rows, struct stretch_form form, unsigned bits, uint64_t number);
// Lends the value of a key; NULL when it is not there.
const uint8_t *stretch_find(const struct stretch_rows *rows, struct stretch_form form, unsigned bits, const uint8_t *key);
