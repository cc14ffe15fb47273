// SPDX-License-Identifier: MIT
// Reads one MessagePack token: the format's whole first-byte table.
// Used by check, decode and json. Never reads beyond `end`, never allocates.
#include "common/wire/token.h"

#include "common/base/big_endian.h"

#define EIGHT(n) n, n, n, n, n, n, n, n
#define TEXTS(n) n, (n) + 1, (n) + 2, (n) + 3, (n) + 4, (n) + 5, (n) + 6, (n) + 7

const uint8_t token_short_sizes[256] = {
    EIGHT(1), EIGHT(1), EIGHT(1),  EIGHT(1),  EIGHT(1), EIGHT(1), EIGHT(1), EIGHT(1), // 00 numbers
    EIGHT(1), EIGHT(1), EIGHT(1),  EIGHT(1),  EIGHT(1), EIGHT(1), EIGHT(1), EIGHT(1), // 40
    EIGHT(0), EIGHT(0), EIGHT(0),  EIGHT(0),                                          // 80 maps, arrays
    TEXTS(1), TEXTS(9), TEXTS(17), TEXTS(25),                                         // a0 texts
    1,        0,        1,         1,         0,        0,        0,        0,
    EIGHT(0), EIGHT(0), EIGHT(0),            // c0 nil, booleans, what has its size behind it
    EIGHT(1), EIGHT(1), EIGHT(1),  EIGHT(1), // e0 numbers below zero
};

#undef EIGHT
#undef TEXTS

static struct token with_bytes(enum token_kind kind, const uint8_t *at, size_t head, uint64_t size, const uint8_t *end)
{
    if (size > (uint64_t)(end - at) - head)
        return (struct token){.kind = TOKEN_CUT, .value = size};
    return (struct token){.kind = kind, .value = size, .at = at + head, .size = head + (size_t)size};
}

// First bytes c0 to df: kind, and bytes of the number that follows.
static const struct {
    uint8_t kind;
    uint8_t number;
} formats[32] = {
    [0x00] = {TOKEN_NIL, 0},      [0x02] = {TOKEN_BOOL, 0},     [0x03] = {TOKEN_BOOL, 0},     [0x04] = {TOKEN_BYTES, 1},
    [0x05] = {TOKEN_BYTES, 2},    [0x06] = {TOKEN_BYTES, 4},    [0x07] = {TOKEN_EXT, 1},      [0x08] = {TOKEN_EXT, 2},
    [0x09] = {TOKEN_EXT, 4},      [0x0a] = {TOKEN_FLOAT, 4},    [0x0b] = {TOKEN_FLOAT, 8},    [0x0c] = {TOKEN_UINT, 1},
    [0x0d] = {TOKEN_UINT, 2},     [0x0e] = {TOKEN_UINT, 4},     [0x0f] = {TOKEN_UINT, 8},     [0x10] = {TOKEN_NEGATIVE, 1},
    [0x11] = {TOKEN_NEGATIVE, 2}, [0x12] = {TOKEN_NEGATIVE, 4}, [0x13] = {TOKEN_NEGATIVE, 8}, [0x14] = {TOKEN_EXT, 0},
    [0x15] = {TOKEN_EXT, 0},      [0x16] = {TOKEN_EXT, 0},      [0x17] = {TOKEN_EXT, 0},      [0x18] = {TOKEN_EXT, 0},
    [0x19] = {TOKEN_TEXT, 1},     [0x1a] = {TOKEN_TEXT, 2},     [0x1b] = {TOKEN_TEXT, 4},     [0x1c] = {TOKEN_ARRAY, 2},
    [0x1d] = {TOKEN_ARRAY, 4},    [0x1e] = {TOKEN_MAP, 2},      [0x1f] = {TOKEN_MAP, 4},
};

static struct token signed_token(uint64_t bits, size_t size)
{
    unsigned shift = 64 - 8 * (unsigned)size;
    uint64_t value = (uint64_t)((int64_t)(bits << shift) >> shift);

    return (struct token){.kind = (int64_t)value < 0 ? TOKEN_NEGATIVE : TOKEN_UINT, .value = value, .size = 1 + size};
}

static struct token numbered_token(const uint8_t *at, const uint8_t *end)
{
    enum token_kind kind = formats[*at - 0xc0].kind;
    size_t number = formats[*at - 0xc0].number;
    uint64_t value;

    if (number > (size_t)(end - at) - 1)
        return (struct token){.kind = TOKEN_CUT};
    value = big_endian_get(at + 1, (unsigned)number);
    switch (kind) {
    case TOKEN_BOOL:
        return (struct token){.kind = kind, .value = *at & 1, .size = 1};
    case TOKEN_NEGATIVE:
        return signed_token(value, number);
    case TOKEN_TEXT:
    case TOKEN_BYTES:
        return with_bytes(kind, at, 1 + number, value, end);
    case TOKEN_EXT: // the type's byte stands before the bytes; the fixed forms d4 to d8 have 1, 2, 4, 8 or 16
        return with_bytes(kind, at, 1 + number, 1 + (number > 0 ? value : UINT64_C(1) << (*at - 0xd4)), end);
    default: // 0xc1 is reserved and reads as TOKEN_CUT
        return (struct token){.kind = kind, .value = value, .size = 1 + number};
    }
}

struct token token_read_long(const uint8_t *at, const uint8_t *end)
{
    if (at >= end)
        return (struct token){.kind = TOKEN_CUT};
    if (*at < 0xc0) // a short text that is cut
        return with_bytes(TOKEN_TEXT, at, 1, *at & 0x1f, end);
    return numbered_token(at, end);
}
