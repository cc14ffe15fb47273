// SPDX-License-Identifier: MIT
// Walks one MessagePack value and judges its form: the bounded door through which all foreign bytes come.
// Called on every frame. Never allocates; recursion is bounded by DEPTH_MAX.
#include "common/wire/check.h"

#include "common/wire/good.h"
#include "common/wire/token.h"
#include "common/wire/utf8.h"

#include <stdio.h>

// Where the walk is: a key or a place in an array, and what is around it.
struct place {
    const struct place *around;
    struct span key; // at NULL: a place in an array
    size_t index;
};

// Where it is goes from function to function by value: each step would wait for the one before it to reach memory.
struct walk {
    const uint8_t *end;
    struct faults *faults;
    bool is_flawed;
};

static bool is_declared(struct span key)
{
    for (unsigned r = 0; proto_records[r] != NULL; r++)
        for (unsigned f = 0; f < proto_records[r]->n_fields; f++)
            if (span_is(key, proto_records[r]->fields[f].name))
                return true;
    return false;
}

// Writes the pointer of a place; false when it had to stop at an undeclared name or at the end of the buffer.
static bool print_place(const struct place *place, char path[FAULT_PATH_MAX + 1], size_t *used)
{
    size_t left;
    int size;

    if (place == NULL)
        return true;
    if (!print_place(place->around, path, used) || (place->key.at != NULL && !is_declared(place->key)))
        return false;
    left = FAULT_PATH_MAX + 1 - *used;
    if (place->key.at != NULL)
        size = snprintf(path + *used, left, "/%.*s", SPAN_ARG(place->key));
    else
        size = snprintf(path + *used, left, "/%zu", place->index);
    if (size < 0 || (size_t)size >= left) {
        path[*used] = '\0';
        return false;
    }
    *used += (size_t)size;
    return true;
}

static const uint8_t *refuse(struct walk *walk, enum fault code, const struct place *place)
{
    char path[FAULT_PATH_MAX + 1] = "";
    size_t used = 0;

    print_place(place, path, &used);
    faults_add(walk->faults, code, path);
    return NULL;
}

// The walk goes on.
static void note_flaw(struct walk *walk, enum fault code, const struct place *place)
{
    refuse(walk, code, place);
    walk->is_flawed = true;
}

static const uint8_t *walk_long_value(struct walk *walk, const uint8_t *at, const struct place *around, unsigned depth);

// Judges the value at `at`, which `around` is the place of. What is behind it; NULL: refused.
static inline const uint8_t *walk_value(struct walk *walk, const uint8_t *at, const struct place *around, unsigned depth)
{
    size_t size = token_short_size(at, walk->end);

    if (size == 0)
        return walk_long_value(walk, at, around, depth);
    if (!utf8_is_valid(span_of(at + 1, size - 1)))
        note_flaw(walk, FAULT_BAD_UTF8, around);
    return at + size;
}

// Keys of one map seen so far; `hints` has a bit for each key's shape, so that most comparisons are spared.
struct keys {
    uint64_t hints;
    size_t n;
    struct span at[MAP_KEYS_MAX];
};

static bool is_new_key(struct keys *keys, struct span key)
{
    uint64_t hint = UINT64_C(1) << ((key.size * 7 + key.at[0] * 3u + key.at[key.size - 1]) & 63);

    if ((keys->hints & hint) != 0)
        for (size_t i = 0; i < keys->n; i++)
            if (span_equal(keys->at[i], key))
                return false;
    keys->hints |= hint;
    keys->at[keys->n++] = key;
    return true;
}

// A key in any form but the shortest; at NULL: refused.
static struct span read_long_key(struct walk *walk, const uint8_t *at, const struct place *around)
{
    struct token token = token_read(at, walk->end);

    if (token.kind == TOKEN_CUT)
        refuse(walk, at == walk->end ? FAULT_MALFORMED : FAULT_LENGTH_BEYOND_END, around);
    else if (token.kind != TOKEN_TEXT || token.value == 0 || token.value > KEY_BYTES_MAX)
        refuse(walk, FAULT_BAD_KEY, around);
    else
        return span_of(token.at, (size_t)token.value);
    return span_of(NULL, 0);
}

// Judges the key at `at`, which becomes the place's.
static inline const uint8_t *walk_key(struct walk *walk, const uint8_t *at, struct keys *keys, struct place *place)
{
    unsigned head = at < walk->end ? *at : 0;

    if (head > 0xa0 && head < 0xc0 && head - 0xa0 < walk->end - at)
        place->key = span_of(at + 1, head - 0xa0);
    else
        place->key = read_long_key(walk, at, place->around);
    if (place->key.at == NULL)
        return NULL;
    if (!utf8_is_valid(place->key))
        note_flaw(walk, FAULT_BAD_UTF8, place->around);
    if (!is_new_key(keys, place->key))
        note_flaw(walk, FAULT_DUPLICATE_KEY, place);
    return place->key.at + place->key.size;
}

static const uint8_t *walk_map(struct walk *walk, const uint8_t *at, uint64_t count, const struct place *around, unsigned depth)
{
    struct place place = {.around = around};
    struct keys keys; // `at` is not cleared: that would cost more than the walk

    keys.hints = 0;
    keys.n = 0;
    if (count > MAP_KEYS_MAX)
        return refuse(walk, FAULT_TOO_MANY, around);
    for (uint64_t i = 0; i < count && at != NULL; i++) {
        at = walk_key(walk, at, &keys, &place);
        if (at != NULL)
            at = walk_value(walk, at, &place, depth);
    }
    return at;
}

static const uint8_t *walk_array(struct walk *walk, const uint8_t *at, uint64_t count, const struct place *around, unsigned depth)
{
    struct place place = {.around = around};

    if (count > ARRAY_ITEMS_MAX)
        return refuse(walk, FAULT_TOO_MANY, around);
    for (; place.index < count && at != NULL; place.index++)
        at = walk_value(walk, at, &place, depth);
    return at;
}

static const uint8_t *walk_items(struct walk *walk, const uint8_t *at, const struct token *token, const struct place *around,
                                 unsigned depth)
{
    if (depth == DEPTH_MAX)
        return refuse(walk, FAULT_TOO_DEEP, around);
    // every item takes a byte at least, every pair two: a count beyond that is a bomb
    if (token->value > (uint64_t)(walk->end - at) - token->size)
        return refuse(walk, FAULT_LENGTH_BEYOND_END, around);
    at += token->size;
    return token->kind == TOKEN_MAP ? walk_map(walk, at, token->value, around, depth + 1)
                                    : walk_array(walk, at, token->value, around, depth + 1);
}

static const uint8_t *walk_long_value(struct walk *walk, const uint8_t *at, const struct place *around, unsigned depth)
{
    struct token token = token_read(at, walk->end);

    switch (token.kind) {
    case TOKEN_CUT:
        return refuse(walk, token.value > 0 ? FAULT_LENGTH_BEYOND_END : FAULT_MALFORMED, around);
    case TOKEN_FLOAT:
        note_flaw(walk, FAULT_FLOAT, around);
        break;
    case TOKEN_EXT:
        note_flaw(walk, FAULT_EXTENSION, around);
        break;
    case TOKEN_TEXT:
        if (!utf8_is_valid(span_of(token.at, (size_t)token.value)))
            note_flaw(walk, FAULT_BAD_UTF8, around);
        break;
    case TOKEN_ARRAY:
    case TOKEN_MAP:
        return walk_items(walk, at, &token, around, depth);
    default:
        break;
    }
    return at + token.size;
}

static bool walk_message(struct walk *walk, struct span bytes)
{
    const uint8_t *after;

    if (bytes.size == 0 || token_read(bytes.at, walk->end).kind != TOKEN_MAP) {
        refuse(walk, FAULT_MALFORMED, NULL);
        return false;
    }
    after = walk_value(walk, bytes.at, NULL, 0);
    if (after != NULL && after != walk->end)
        after = refuse(walk, FAULT_TRAILING_BYTES, NULL);
    return after != NULL;
}

// As nearly all are: then nothing has to be found, and no place told.
static bool is_good_map(struct span bytes, const uint8_t *end)
{
    unsigned head = bytes.size > 0 ? *bytes.at : 0;

    return ((head & 0xf0) == 0x80 || head == 0xde || head == 0xdf) && good_value(bytes.at, end, 0) == end;
}

enum wire_form wire_look(struct span bytes, struct faults *faults)
{
    struct walk walk = {.end = bytes.size > 0 ? bytes.at + bytes.size : bytes.at, .faults = faults};

    if (is_good_map(bytes, walk.end))
        return WIRE_GOOD;
    if (!walk_message(&walk, bytes))
        return WIRE_UNREADABLE;
    return walk.is_flawed ? WIRE_FLAWED : WIRE_GOOD;
}

bool wire_check(struct span bytes, struct faults *faults)
{
    return wire_look(bytes, faults) == WIRE_GOOD;
}

static const uint8_t *skip_long(const uint8_t *at, const uint8_t *end, unsigned depth);

// Skips the value at `at`; NULL when it is cut short or too deep.
static inline const uint8_t *skip(const uint8_t *at, const uint8_t *end, unsigned depth)
{
    size_t size = token_short_size(at, end);

    return size > 0 ? at + size : skip_long(at, end, depth);
}

static const uint8_t *skip_long(const uint8_t *at, const uint8_t *end, unsigned depth)
{
    struct token token = token_read(at, end);
    uint64_t items = token.kind == TOKEN_ARRAY ? token.value : token.kind == TOKEN_MAP ? 2 * token.value : 0;

    if (token.kind == TOKEN_CUT || (items > 0 && depth == DEPTH_MAX))
        return NULL;
    at += token.size;
    for (uint64_t i = 0; i < items && at != NULL; i++)
        at = skip(at, end, depth + 1);
    return at;
}

size_t wire_value_size(struct span bytes)
{
    const uint8_t *after = bytes.size > 0 ? skip(bytes.at, bytes.at + bytes.size, 0) : NULL;

    return after != NULL ? (size_t)(after - bytes.at) : 0;
}

bool wire_get_text(struct span bytes, struct span *text)
{
    struct token token = token_read(bytes.at, bytes.at + bytes.size);

    *text = span_of(token.at, (size_t)token.value);
    return token.kind == TOKEN_TEXT;
}
