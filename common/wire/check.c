// SPDX-License-Identifier: MIT
// Walks one MessagePack value and judges its form: the bounded door through which all foreign bytes come.
// Called on every frame. Never allocates; recursion is bounded by DEPTH_MAX.
#include "common/wire/check.h"

#include "common/wire/token.h"
#include "common/wire/utf8.h"

#include <stdio.h>

// Where the walk is: a key or a place in an array, and what is around it.
struct place {
    const struct place *around;
    struct span key; // at NULL: a place in an array
    size_t index;
};

struct walk {
    const uint8_t *at;
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

static bool refuse(struct walk *walk, enum fault code, const struct place *place)
{
    char path[FAULT_PATH_MAX + 1] = "";
    size_t used = 0;

    print_place(place, path, &used);
    faults_add(walk->faults, code, path);
    return false;
}

// The walk goes on.
static void note_flaw(struct walk *walk, enum fault code, const struct place *place)
{
    refuse(walk, code, place);
    walk->is_flawed = true;
}

static bool walk_long_value(struct walk *walk, const struct place *around, unsigned depth);

// Judges the value at `at`, which `around` is the place of.
static inline bool walk_value(struct walk *walk, const struct place *around, unsigned depth)
{
    size_t size = token_short_size(walk->at, walk->end);

    if (size == 0)
        return walk_long_value(walk, around, depth);
    if (!utf8_is_valid(span_of(walk->at + 1, size - 1)))
        note_flaw(walk, FAULT_BAD_UTF8, around);
    walk->at += size;
    return true;
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

// Judges the key at `at`, which becomes the place's.
static bool walk_key(struct walk *walk, struct keys *keys, struct place *place)
{
    struct token token = token_read(walk->at, walk->end);

    if (token.kind == TOKEN_CUT)
        return refuse(walk, walk->at == walk->end ? FAULT_MALFORMED : FAULT_LENGTH_BEYOND_END, place->around);
    if (token.kind != TOKEN_TEXT || token.value == 0 || token.value > KEY_BYTES_MAX)
        return refuse(walk, FAULT_BAD_KEY, place->around);
    place->key = span_of(token.at, (size_t)token.value);
    if (!utf8_is_valid(place->key))
        note_flaw(walk, FAULT_BAD_UTF8, place->around);
    if (!is_new_key(keys, place->key))
        note_flaw(walk, FAULT_DUPLICATE_KEY, place);
    walk->at += token.size;
    return true;
}

static bool walk_map(struct walk *walk, uint64_t count, const struct place *around, unsigned depth)
{
    struct keys keys; // `at` is not cleared: that would cost more than the walk

    keys.hints = 0;
    keys.n = 0;
    if (count > MAP_KEYS_MAX)
        return refuse(walk, FAULT_TOO_MANY, around);
    for (uint64_t i = 0; i < count; i++) {
        struct place place = {.around = around};

        if (!walk_key(walk, &keys, &place) || !walk_value(walk, &place, depth))
            return false;
    }
    return true;
}

static bool walk_array(struct walk *walk, uint64_t count, const struct place *around, unsigned depth)
{
    if (count > ARRAY_ITEMS_MAX)
        return refuse(walk, FAULT_TOO_MANY, around);
    for (uint64_t i = 0; i < count; i++) {
        struct place place = {.around = around, .index = (size_t)i};

        if (!walk_value(walk, &place, depth))
            return false;
    }
    return true;
}

static bool walk_items(struct walk *walk, const struct token *token, const struct place *around, unsigned depth)
{
    if (depth == DEPTH_MAX)
        return refuse(walk, FAULT_TOO_DEEP, around);
    // every item takes a byte at least, every pair two: a count beyond that is a bomb
    if (token->value > (uint64_t)(walk->end - walk->at) - token->size)
        return refuse(walk, FAULT_LENGTH_BEYOND_END, around);
    walk->at += token->size;
    return token->kind == TOKEN_MAP ? walk_map(walk, token->value, around, depth + 1) : walk_array(walk, token->value, around, depth + 1);
}

static bool walk_long_value(struct walk *walk, const struct place *around, unsigned depth)
{
    struct token token = token_read(walk->at, walk->end);

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
        return walk_items(walk, &token, around, depth);
    default:
        break;
    }
    walk->at += token.size;
    return true;
}

static bool walk_message(struct walk *walk, struct span bytes)
{
    if (bytes.size == 0 || token_read(walk->at, walk->end).kind != TOKEN_MAP)
        return refuse(walk, FAULT_MALFORMED, NULL);
    if (!walk_value(walk, NULL, 0))
        return false;
    return walk->at == walk->end || refuse(walk, FAULT_TRAILING_BYTES, NULL);
}

enum wire_form wire_look(struct span bytes, struct faults *faults)
{
    struct walk walk = {.at = bytes.at, .end = bytes.size > 0 ? bytes.at + bytes.size : bytes.at, .faults = faults};

    if (!walk_message(&walk, bytes))
        return WIRE_UNREADABLE;
    return walk.is_flawed ? WIRE_FLAWED : WIRE_GOOD;
}

bool wire_check(struct span bytes, struct faults *faults)
{
    return wire_look(bytes, faults) == WIRE_GOOD;
}

// Skips the value at `at`; NULL when it is cut short or too deep.
static const uint8_t *skip(const uint8_t *at, const uint8_t *end, unsigned depth)
{
    size_t size = token_short_size(at, end);
    struct token token;
    uint64_t items;

    if (size > 0)
        return at + size;
    token = token_read(at, end);
    items = token.kind == TOKEN_ARRAY ? token.value : token.kind == TOKEN_MAP ? 2 * token.value : 0;
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
