// SPDX-License-Identifier: MIT
// Numbers as bytes, the highest first: rows of stores are in the order of their keys so, and MessagePack writes them so.
// Used wherever bytes are made or read.
#pragma once

#include <stdint.h>

// Writes the low `size` bytes of the value, at most 8. Lends the place behind them.
static inline uint8_t *big_endian_put(uint8_t *at, uint64_t value, unsigned size)
{
    for (unsigned i = size; i-- > 0; value >>= 8)
        at[i] = (uint8_t)value;
    return at + size;
}

static inline uint64_t big_endian_get(const uint8_t *at, unsigned size)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < size; i++)
        value = value << 8 | at[i];
    return value;
}

// Of 8 bytes; written out, so that the compiler sees one load in it.
static inline uint64_t big_endian_get8(const uint8_t *at)
{
    return (uint64_t)at[0] << 56 | (uint64_t)at[1] << 48 | (uint64_t)at[2] << 40 | (uint64_t)at[3] << 32 | (uint64_t)at[4] << 24 |
           (uint64_t)at[5] << 16 | (uint64_t)at[6] << 8 | (uint64_t)at[7];
}
