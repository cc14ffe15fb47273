// SPDX-License-Identifier: MIT
// A run of bytes that somebody else owns.
// Values in decoded messages are spans into the received frame: they live as long as the frame.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const uint8_t *at; // NULL only when size is 0
    size_t size;
};

// printf("%.*s", SPAN_ARG(s))
#define SPAN_ARG(s) (int)(s).size, (const char *)(s).at

static inline struct span span_of(const void *at, size_t size)
{
    return (struct span){.at = at, .size = size};
}

static inline struct span span_text(const char *text)
{
    return span_of(text, strlen(text));
}

static inline uint32_t bytes_word4(const uint8_t *at)
{
    uint32_t word;

    memcpy(&word, at, sizeof word);
    return word;
}

static inline uint64_t bytes_word8(const uint8_t *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof word);
    return word;
}

// Up to 16 bytes as one number, some of them twice: equal runs have equal marks.
static inline uint64_t bytes_mark(const uint8_t *at, size_t size)
{
    if (size >= 8)
        return bytes_word8(at) ^ bytes_word8(at + size - 8) * 3;
    if (size >= 4)
        return (uint64_t)bytes_word4(at) << 32 | bytes_word4(at + size - 4);
    return size == 0 ? 0 : (uint64_t)at[0] << 16 | (uint64_t)at[size / 2] << 8 | at[size - 1];
}

// True when two runs are the same; no call for the short ones that keys and codes are.
static inline bool bytes_equal(const uint8_t *a, const uint8_t *b, size_t size)
{
    if (size > 16)
        return memcmp(a, b, size) == 0;
    if (size >= 8)
        return ((bytes_word8(a) ^ bytes_word8(b)) | (bytes_word8(a + size - 8) ^ bytes_word8(b + size - 8))) == 0;
    return bytes_mark(a, size) == bytes_mark(b, size); // below 8 bytes the mark holds them all
}

// True when all eight bytes are printable ASCII: nothing is below a space, DEL, or above. A byte that carries into the next is odd itself.
static inline bool bytes_are_printable8(uint64_t eight)
{
    const uint64_t high = UINT64_C(0x8080808080808080), ones = UINT64_C(0x0101010101010101);

    return ((eight | (eight + ones) | ~(eight + 0x60 * ones)) & high) == 0;
}

// The same of a run of any length.
static inline bool bytes_are_printable(const uint8_t *at, size_t size)
{
    const uint8_t *last;

    if (size < 4)
        return bytes_are_printable8(bytes_mark(at, size) | UINT64_C(0x2020202020000000)); // spaces for the bytes that it lacks
    if (size < 8)
        return bytes_are_printable8(bytes_mark(at, size));
    for (last = at + size - 8; at < last; at += 8)
        if (!bytes_are_printable8(bytes_word8(at)))
            return false;
    return bytes_are_printable8(bytes_word8(last));
}

// Copies a run that does not overlap; no call for the short ones.
static inline void bytes_copy(uint8_t *to, const uint8_t *from, size_t size)
{
    if (size > 32) {
        memcpy(to, from, size);
    } else if (size >= 16) {
        memcpy(to, from, 16);
        memcpy(to + size - 16, from + size - 16, 16);
    } else if (size >= 8) {
        memcpy(to, from, 8);
        memcpy(to + size - 8, from + size - 8, 8);
    } else if (size >= 4) {
        memcpy(to, from, 4);
        memcpy(to + size - 4, from + size - 4, 4);
    } else if (size > 0) {
        uint8_t middle = from[size / 2], last = from[size - 1];

        to[0] = from[0];
        to[size / 2] = middle;
        to[size - 1] = last;
    }
}

static inline bool span_equal(struct span a, struct span b)
{
    return a.size == b.size && bytes_equal(a.at, b.at, a.size);
}

static inline bool span_is(struct span a, const char *text)
{
    return span_equal(a, span_text(text));
}
