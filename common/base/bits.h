// SPDX-License-Identifier: MIT
// Sets of small numbers, a bit each.
// Used on every message that is written, and by the tables of policies.
#pragma once

#include <stdint.h>

// How many are in the set. By adding up neighbours, twice as wide each time: the compiler's own is a call where the processor's
// instruction for it may not be taken for granted.
static inline unsigned bits_count(uint64_t bits)
{
    bits -= bits >> 1 & UINT64_C(0x5555555555555555);
    bits = (bits & UINT64_C(0x3333333333333333)) + (bits >> 2 & UINT64_C(0x3333333333333333));
    return (unsigned)(((bits + (bits >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f)) * UINT64_C(0x0101010101010101) >> 56);
}
