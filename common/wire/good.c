// SPDX-License-Identifier: MIT
// Walks MessagePack that is as it should be, and stops where it may not be.
// Used by check. Never reads beyond `end`, never allocates; recursion is bounded by DEPTH_MAX.
#include "common/wire/good.h"

#include "common/wire/token.h"
#include "common/wire/utf8.h"
#include "proto/proto.h"

// Whether a mark is not yet among the n before it. `hints` has a bit for each, at a place that it chooses itself: where there is none,
// nothing is compared. Two keys may have one mark; then nothing is known.
static inline bool is_new_mark(const uint64_t *marks, size_t n, uint64_t *hints)
{
    uint64_t hint = UINT64_C(1) << (marks[n] * UINT64_C(0x9e3779b97f4a7c15) >> 58);

    if ((*hints & hint) != 0)
        for (size_t i = 0; i < n; i++)
            if (marks[i] == marks[n])
                return false;
    *hints |= hint;
    return true;
}

static const uint8_t *good_other_value(const uint8_t *at, const uint8_t *end, unsigned depth);

// Size of a short value that is good; 0: it is another one.
static inline size_t short_size(const uint8_t *at, const uint8_t *end)
{
    size_t size = token_short_size(at, end);

    return size <= 1 || utf8_is_short_ascii(span_of(at + 1, size - 1)) ? size : 0;
}

static const uint8_t *good_map(const uint8_t *at, const uint8_t *end, uint64_t count, unsigned depth)
{
    uint64_t marks[MAP_KEYS_MAX], hints = 0; // of keys

    if (count > MAP_KEYS_MAX)
        return NULL;
    for (size_t i = 0; i < count && at != NULL; i++) {
        struct span key = at < end ? span_of(at + 1, *at - 0xa0u) : span_of(at, 0);
        size_t size;

        if (key.size - 1 > 30 || key.size >= (size_t)(end - at) || !utf8_is_short_ascii(key))
            return NULL;
        marks[i] = bytes_mark(key.at, key.size) ^ key.size;
        if (!is_new_mark(marks, i, &hints))
            return NULL;
        at = key.at + key.size;
        size = short_size(at, end);
        at = size > 0 ? at + size : good_other_value(at, end, depth);
    }
    return at;
}

static const uint8_t *good_array(const uint8_t *at, const uint8_t *end, uint64_t count, unsigned depth)
{
    if (count > ARRAY_ITEMS_MAX)
        return NULL;
    for (; count > 0 && at != NULL; count--) {
        size_t size = short_size(at, end);

        at = size > 0 ? at + size : good_other_value(at, end, depth);
    }
    return at;
}

// Apart from good_other_value, which so does without a token on its stack.
__attribute__((noinline)) static const uint8_t *good_long_value(const uint8_t *at, const uint8_t *end, unsigned depth)
{
    struct token token = token_read(at, end);

    switch (token.kind) {
    case TOKEN_ARRAY:
        return depth < DEPTH_MAX ? good_array(at + token.size, end, token.value, depth + 1) : NULL;
    case TOKEN_MAP:
        return depth < DEPTH_MAX ? good_map(at + token.size, end, token.value, depth + 1) : NULL;
    case TOKEN_TEXT:
        return utf8_is_valid(span_of(token.at, (size_t)token.value)) ? at + token.size : NULL;
    case TOKEN_UINT:
    case TOKEN_NEGATIVE:
    case TOKEN_BYTES:
        return at + token.size;
    default:
        return NULL;
    }
}

// All but the shortest; those that are frequent by their first byte, too.
static const uint8_t *good_other_value(const uint8_t *at, const uint8_t *end, unsigned depth)
{
    static const uint8_t number_sizes[8] = {2, 3, 5, 9, 2, 3, 5, 9}; // cc to d3
    size_t size = at < end && *at - 0xccu < 8 ? number_sizes[*at - 0xcc] : 0;

    if (size > 0 && size <= (size_t)(end - at))
        return at + size;
    if (at == end || (*at & 0xe0) != 0x80 || depth == DEPTH_MAX)
        return good_long_value(at, end, depth);
    return *at < 0x90 ? good_map(at + 1, end, *at & 0x0f, depth + 1) : good_array(at + 1, end, *at & 0x0f, depth + 1);
}

const uint8_t *good_value(const uint8_t *at, const uint8_t *end, unsigned depth)
{
    size_t size = short_size(at, end);

    return size > 0 ? at + size : good_other_value(at, end, depth);
}
