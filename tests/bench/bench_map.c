// SPDX-License-Identifier: MIT
// A walk over MessagePack by its tokens.
// Used by bench_load and peer_input.
#include "tests/bench/bench_map.h"

static bool step(struct span *rest, struct token *token)
{
    token_read_to(rest->at, rest->at + rest->size, token);
    if (token->kind == TOKEN_CUT)
        return false;
    rest->at += token->size;
    rest->size -= token->size;
    return true;
}

bool bench_map_skip(struct span *rest)
{
    struct token token;

    for (uint64_t left = 1; left > 0; left--) {
        if (!step(rest, &token))
            return false;
        left += token.kind == TOKEN_ARRAY ? token.value : token.kind == TOKEN_MAP ? 2 * token.value : 0;
    }
    return true;
}

static void keep(const struct token *key, struct span value, const struct bench_map_field *fields, size_t n_fields, void *record)
{
    for (size_t i = 0; i < n_fields; i++)
        if (strlen(fields[i].key) == key->value && memcmp(fields[i].key, key->at, key->value) == 0)
            memcpy((uint8_t *)record + fields[i].offset, &value, sizeof value);
}

bool bench_map_read(struct span *rest, const struct bench_map_field *fields, size_t n_fields, void *record)
{
    struct token map, key;
    struct span none = {.size = 0};

    for (size_t i = 0; i < n_fields; i++)
        memcpy((uint8_t *)record + fields[i].offset, &none, sizeof none);
    if (!step(rest, &map) || map.kind != TOKEN_MAP)
        return false;
    for (uint64_t i = 0; i < map.value; i++) {
        struct span value;

        if (!step(rest, &key) || key.kind != TOKEN_TEXT)
            return false;
        value.at = rest->at;
        if (!bench_map_skip(rest))
            return false;
        value.size = (size_t)(rest->at - value.at);
        keep(&key, value, fields, n_fields, record);
    }
    return true;
}

size_t bench_map_array(struct span *rest)
{
    struct token token;

    return step(rest, &token) && token.kind == TOKEN_ARRAY ? token.value : 0;
}

struct span bench_map_text(struct span value)
{
    struct token token = token_read(value.at, value.at + value.size);

    return token.kind == TOKEN_TEXT ? span_of(token.at, token.value) : span_of(NULL, 0);
}

uint64_t bench_map_uint(struct span value)
{
    struct token token = token_read(value.at, value.at + value.size);

    return token.kind == TOKEN_UINT ? token.value : 0;
}
