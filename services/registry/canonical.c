// SPDX-License-Identifier: MIT
// Canonical MessagePack: keys sorted by their bytes (a shorter key before a longer one that begins with it), shortest forms throughout.
// Used to tell a duplicate from a conflict. Never decides which of two equal keys counts: both are written, in the order they came.
#include "services/registry/canonical.h"

#include "common/wire/token.h"
#include "proto/proto.h"

// One key and value of a map, as already written.
struct pair {
    struct span key;
    size_t start; // place in the writer's buffer
    size_t size;
};

struct copying {
    const uint8_t *end; // of what is read
    struct wire_writer *writer;
    uint8_t *space;
};

// Writes the value at `at` and returns where the next one begins; NULL when it is not as it should be.
static const uint8_t *write_value(const struct copying *copying, const uint8_t *at, unsigned depth);

static int compare_keys(struct span a, struct span b)
{
    int order = memcmp(a.at, b.at, a.size < b.size ? a.size : b.size);

    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

// Insertion: there are few, in the order of a form. False when it went behind all others anyway.
static bool insert(struct pair *pairs, size_t n, struct pair pair)
{
    size_t place = n;

    for (; place > 0 && compare_keys(pairs[place - 1].key, pair.key) > 0; place--)
        pairs[place] = pairs[place - 1];
    pairs[place] = pair;
    return place < n;
}

// Puts pairs that were written from `start` on into key order.
static void reorder(const struct copying *copying, size_t start, const struct pair *pairs, size_t n)
{
    struct wire_writer *writer = copying->writer;
    size_t at = start;

    memcpy(copying->space, writer->at + start, writer->used - start);
    for (size_t i = 0; i < n; i++) {
        memcpy(writer->at + at, copying->space + (pairs[i].start - start), pairs[i].size);
        at += pairs[i].size;
    }
}

// ---------------------------------------------------------------- one token

static size_t shortest_head(enum token_kind kind, uint64_t size)
{
    if (kind == TOKEN_TEXT && size < 32)
        return 1;
    return size < 256 ? 2 : size < 65536 ? 3 : 5;
}

// The least number that needs an unsigned form of this many bytes.
static uint64_t least_unsigned(size_t size)
{
    return size == 2 ? 0x80 : size == 3 ? 0x100 : size == 5 ? 0x10000 : UINT64_C(0x100000000);
}

// Most senders write shortest forms; their bytes are copied as they are. 0xd0 and above are signed forms of numbers.
static bool is_shortest(const struct token *token, uint8_t first)
{
    switch (token->kind) {
    case TOKEN_UINT:
        return first < 0x80 || (first < 0xd0 && token->value >= least_unsigned(token->size));
    case TOKEN_NEGATIVE:
        return first >= 0xe0;
    case TOKEN_TEXT:
    case TOKEN_BYTES:
        return token->size - token->value == shortest_head(token->kind, token->value);
    default:
        return true; // nil and booleans have one form; floats and extensions (in urgent events) count as they came
    }
}

static void write_token(struct wire_writer *writer, const struct token *token, const uint8_t *at)
{
    if (is_shortest(token, *at))
        wire_put_raw(writer, span_of(at, token->size));
    else if (token->kind == TOKEN_UINT)
        wire_put_uint(writer, token->value);
    else if (token->kind == TOKEN_NEGATIVE)
        wire_put_int(writer, (int64_t)token->value);
    else if (token->kind == TOKEN_TEXT)
        wire_put_text(writer, span_of(token->at, (size_t)token->value));
    else
        wire_put_bytes(writer, span_of(token->at, (size_t)token->value));
}

// ---------------------------------------------------------------- maps, lists, values

static const uint8_t *write_map(const struct copying *copying, const uint8_t *at, size_t n, unsigned depth)
{
    struct wire_writer *writer = copying->writer;
    struct pair pairs[MAP_KEYS_MAX];
    bool moved = false;
    size_t first;

    if (n > MAP_KEYS_MAX)
        return NULL;
    wire_put_map(writer, n);
    first = writer->used;
    for (size_t i = 0; i < n; i++) {
        struct token key = token_read(at, copying->end);
        size_t start = writer->used;

        if (key.kind != TOKEN_TEXT)
            return NULL;
        write_token(writer, &key, at);
        at = write_value(copying, at + key.size, depth + 1);
        if (at == NULL || writer->overflow)
            return NULL;
        moved |= insert(pairs, i, (struct pair){span_of(key.at, (size_t)key.value), start, writer->used - start});
    }
    if (moved)
        reorder(copying, first, pairs, n);
    return at;
}

static const uint8_t *write_array(const struct copying *copying, const uint8_t *at, uint64_t n, unsigned depth)
{
    wire_put_array(copying->writer, n);
    for (uint64_t i = 0; at != NULL && i < n; i++)
        at = write_value(copying, at, depth + 1);
    return at;
}

static const uint8_t *write_value(const struct copying *copying, const uint8_t *at, unsigned depth)
{
    struct token token = token_read(at, copying->end);

    switch (token.kind) {
    case TOKEN_CUT:
        return NULL;
    case TOKEN_ARRAY:
    case TOKEN_MAP:
        if (depth == DEPTH_MAX || token.value > (uint64_t)(copying->end - at))
            return NULL;
        at += token.size;
        return token.kind == TOKEN_MAP ? write_map(copying, at, (size_t)token.value, depth) : write_array(copying, at, token.value, depth);
    default:
        write_token(copying->writer, &token, at);
        return at + token.size;
    }
}

bool canonical_write(struct span value, struct wire_writer *writer, uint8_t *space)
{
    struct copying copying = {.writer = writer, .space = space};

    if (value.size == 0)
        return false;
    copying.end = value.at + value.size;
    return write_value(&copying, value.at, 0) == copying.end && !writer->overflow;
}
