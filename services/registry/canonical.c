// SPDX-License-Identifier: MIT
// Canonical MessagePack: keys sorted by their bytes (a shorter key before a longer one that begins with it), shortest forms throughout.
// Used to tell a duplicate from a conflict. Never decides which of two equal keys counts: both are written, in the order they came.
#include "services/registry/canonical.h"

#include "common/wire/check.h"
#include "common/wire/token.h"
#include "proto/proto.h"

struct pair {
    struct span key;
    const uint8_t *value;
};

// Writes the value at `at` and returns where the next one begins; NULL when it is not as it should be.
static const uint8_t *write_value(const uint8_t *at, const uint8_t *end, unsigned depth, struct wire_writer *writer);

static int compare_keys(struct span a, struct span b)
{
    int order = memcmp(a.at, b.at, a.size < b.size ? a.size : b.size);

    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

// Keys come nearly sorted or in the order of a form; there are few: insertion.
static void insert(struct pair *pairs, size_t n, struct pair pair)
{
    while (n > 0 && compare_keys(pairs[n - 1].key, pair.key) > 0) {
        pairs[n] = pairs[n - 1];
        n--;
    }
    pairs[n] = pair;
}

// Gathers the pairs of a map in key order; returns the end of the map, NULL when it is not as it should be.
static const uint8_t *gather(const uint8_t *at, const uint8_t *end, size_t n, struct pair *pairs)
{
    for (size_t i = 0; i < n; i++) {
        struct token key = token_read(at, end);
        size_t size;

        if (key.kind != TOKEN_TEXT)
            return NULL;
        at += key.size;
        size = wire_value_size(span_of(at, (size_t)(end - at)));
        if (size == 0)
            return NULL;
        insert(pairs, i, (struct pair){span_of(key.at, (size_t)key.value), at});
        at += size;
    }
    return at;
}

static const uint8_t *write_map(const uint8_t *at, const uint8_t *end, size_t n, unsigned depth, struct wire_writer *writer)
{
    struct pair pairs[MAP_KEYS_MAX];

    if (n > MAP_KEYS_MAX)
        return NULL;
    at = gather(at, end, n, pairs);
    if (at == NULL)
        return NULL;
    wire_put_map(writer, n);
    for (size_t i = 0; i < n; i++) {
        wire_put_text(writer, pairs[i].key);
        if (write_value(pairs[i].value, end, depth + 1, writer) == NULL)
            return NULL;
    }
    return at;
}

static const uint8_t *write_array(const uint8_t *at, const uint8_t *end, uint64_t n, unsigned depth, struct wire_writer *writer)
{
    wire_put_array(writer, n);
    for (uint64_t i = 0; at != NULL && i < n; i++)
        at = write_value(at, end, depth + 1, writer);
    return at;
}

static const uint8_t *write_value(const uint8_t *at, const uint8_t *end, unsigned depth, struct wire_writer *writer)
{
    struct token token = token_read(at, end);

    if ((token.kind == TOKEN_MAP || token.kind == TOKEN_ARRAY) && (depth == DEPTH_MAX || token.value > (uint64_t)(end - at)))
        return NULL;
    switch (token.kind) {
    case TOKEN_NIL:
        wire_put_nil(writer);
        break;
    case TOKEN_BOOL:
        wire_put_bool(writer, token.value != 0);
        break;
    case TOKEN_UINT:
        wire_put_uint(writer, token.value);
        break;
    case TOKEN_NEGATIVE:
        wire_put_int(writer, (int64_t)token.value);
        break;
    case TOKEN_TEXT:
        wire_put_text(writer, span_of(token.at, (size_t)token.value));
        break;
    case TOKEN_BYTES:
        wire_put_bytes(writer, span_of(token.at, (size_t)token.value));
        break;
    case TOKEN_ARRAY:
        return write_array(at + token.size, end, token.value, depth, writer);
    case TOKEN_MAP:
        return write_map(at + token.size, end, (size_t)token.value, depth, writer);
    default:
        return NULL;
    }
    return at + token.size;
}

bool canonical_write(struct span value, struct wire_writer *writer)
{
    const uint8_t *end = value.at + value.size;

    return value.size > 0 && write_value(value.at, end, 0, writer) == end && !writer->overflow;
}
