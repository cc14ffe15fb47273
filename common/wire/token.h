// SPDX-License-Identifier: MIT
// One MessagePack token: its kind, its value, and how many bytes it takes.
// Used wherever foreign bytes are walked. Never reads beyond `end`.
#pragma once

#include "common/base/span.h"

enum token_kind {
    TOKEN_CUT, // not all bytes are there, or the byte is reserved
    TOKEN_NIL,
    TOKEN_BOOL,
    TOKEN_UINT,
    TOKEN_NEGATIVE,
    TOKEN_TEXT,
    TOKEN_BYTES,
    TOKEN_ARRAY,
    TOKEN_MAP,
    TOKEN_FLOAT,
    TOKEN_EXT,
};

struct token {
    enum token_kind kind;
    uint64_t value;    // BOOL, UINT: the value; NEGATIVE: as two's complement; TEXT, BYTES, EXT: size; ARRAY, MAP: count
    const uint8_t *at; // TEXT, BYTES, EXT: the bytes
    size_t size;       // of the token, TEXT, BYTES and EXT with their bytes; ARRAY and MAP without their items
};

// Bytes of a value by its first byte, when that is all that tells them: short texts, small numbers, booleans, nil. 0: any other.
extern const uint8_t token_short_sizes[256];

// Size of such a value at `at`; 0 when it is another one or not all there.
static inline size_t token_short_size(const uint8_t *at, const uint8_t *end)
{
    size_t size = at < end ? token_short_sizes[*at] : 0;

    return size <= (size_t)(end - at) ? size : 0;
}

// token_read for all but the short forms.
struct token token_read_long(const uint8_t *at, const uint8_t *end);

// Reads the token at `at`. TEXT, BYTES and EXT whose bytes are not all there are TOKEN_CUT, with `value` the declared size.
// Written through a pointer, field by field: a token that is returned is copied in halves which the processor has to wait for.
static inline void token_read_to(const uint8_t *at, const uint8_t *end, struct token *token)
{
    if (at >= end || (*at >= 0xc0 && *at < 0xe0) || (*at >= 0xa0 && *at < 0xc0 && (*at & 0x1f) >= end - at)) {
        *token = token_read_long(at, end);
        return;
    }
    token->at = at + 1;
    token->size = 1;
    token->value = *at;
    token->kind = TOKEN_UINT;
    if (*at < 0x80)
        return;
    if (*at >= 0xe0) {
        token->kind = TOKEN_NEGATIVE;
        token->value = (uint64_t)(int64_t)(int8_t)*at;
    } else if (*at >= 0xa0) {
        token->kind = TOKEN_TEXT;
        token->value = *at & 0x1f;
        token->size = 1 + token->value;
    } else {
        token->kind = *at < 0x90 ? TOKEN_MAP : TOKEN_ARRAY;
        token->value = *at & 0x0f;
    }
}

static inline struct token token_read(const uint8_t *at, const uint8_t *end)
{
    struct token token;

    token_read_to(at, end, &token);
    return token;
}
