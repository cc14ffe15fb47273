// SPDX-License-Identifier: MIT
// Canonical MessagePack: keys sorted by their bytes (a shorter key before a longer one that begins with it), shortest forms throughout.
// Used to tell a duplicate from a conflict. Never decides which of two equal keys counts: both are written, in the order they came.
#include "services/registry/canonical.h"

#include <endian.h>

#include "common/wire/token.h"
#include "proto/proto.h"

// One key and value of a map, as already written.
struct pair {
    struct span key;
    size_t start; // place in the writer's buffer
    size_t size;
};

// The pairs of one map in the order they came, and the order of their keys: of each the first seven bytes, and below them its place.
struct pairs {
    size_t n;
    bool is_sorted;
    struct pair at[MAP_KEYS_MAX];
    uint64_t order[MAP_KEYS_MAX];
};

_Static_assert(MAP_KEYS_MAX <= 256, "a place is a byte");

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

// A number that orders keys as their first seven bytes do, with room for a place.
static uint64_t order_of(struct span key, size_t place)
{
    uint64_t order = 0;

    if (key.size >= 8)
        return (be64toh(bytes_word8(key.at)) & ~UINT64_C(0xff)) | place;
    for (size_t i = 0; i < key.size; i++)
        order |= (uint64_t)key.at[i] << (56 - 8 * i);
    return order | place;
}

static bool comes_before(const struct pairs *pairs, uint64_t a, uint64_t b)
{
    if (a >> 8 != b >> 8)
        return a < b;
    return compare_keys(pairs->at[a & 0xff].key, pairs->at[b & 0xff].key) < 0;
}

// Insertion: there are few, in the order of a form. Equal keys stay in the order they came.
static void insert(struct pairs *pairs, struct pair pair)
{
    uint64_t order = order_of(pair.key, pairs->n);
    size_t place = pairs->n;

    pairs->at[pairs->n++] = pair;
    for (; place > 0 && comes_before(pairs, order, pairs->order[place - 1]); place--)
        pairs->order[place] = pairs->order[place - 1];
    pairs->order[place] = order;
    pairs->is_sorted &= place + 1 == pairs->n;
}

// Puts pairs that were written from `start` on into key order.
static void reorder(const struct copying *copying, size_t start, const struct pairs *pairs)
{
    struct wire_writer *writer = copying->writer;
    uint8_t *at = writer->at + start;

    memcpy(copying->space, at, writer->used - start);
    for (size_t i = 0; i < pairs->n; i++) {
        const struct pair *pair = &pairs->at[pairs->order[i] & 0xff];

        bytes_copy(at, copying->space + (pair->start - start), pair->size);
        at += pair->size;
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

// A short key and a short value have one form only: copied in one. NULL when they are not both short.
static const uint8_t *write_short_pair(const struct copying *copying, const uint8_t *at, struct span *key)
{
    size_t key_size = token_short_size(at, copying->end);
    size_t value_size = token_short_size(at + key_size, copying->end);

    if ((*at & 0xe0) != 0xa0 || key_size == 0 || value_size == 0)
        return NULL;
    *key = span_of(at + 1, key_size - 1);
    wire_put_raw(copying->writer, span_of(at, key_size + value_size));
    return at + key_size + value_size;
}

static const uint8_t *write_pair(const struct copying *copying, const uint8_t *at, unsigned depth, struct span *key)
{
    const uint8_t *after = at < copying->end ? write_short_pair(copying, at, key) : NULL;
    struct token token;

    if (after != NULL)
        return after;
    token = token_read(at, copying->end);
    if (token.kind != TOKEN_TEXT)
        return NULL;
    *key = span_of(token.at, (size_t)token.value);
    write_token(copying->writer, &token, at);
    return write_value(copying, at + token.size, depth + 1);
}

static const uint8_t *write_map(const struct copying *copying, const uint8_t *at, size_t n, unsigned depth)
{
    struct wire_writer *writer = copying->writer;
    struct pairs pairs; // not cleared: that would cost more than most maps
    size_t first;

    if (n > MAP_KEYS_MAX)
        return NULL;
    pairs.n = 0;
    pairs.is_sorted = true;
    wire_put_map(writer, n);
    first = writer->used;
    for (size_t i = 0; i < n; i++) {
        struct pair pair = {.start = writer->used};

        at = write_pair(copying, at, depth, &pair.key);
        if (at == NULL || writer->overflow)
            return NULL;
        pair.size = writer->used - pair.start;
        insert(&pairs, pair);
    }
    if (!pairs.is_sorted)
        reorder(copying, first, &pairs);
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
