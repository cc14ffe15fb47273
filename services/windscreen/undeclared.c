// SPDX-License-Identifier: MIT
// Walks MessagePack beside the rows of its record.
// Called by command_policy_try.c.
#include "services/windscreen/undeclared.h"

#include "common/wire/check.h"
#include "common/wire/token.h"

#include <stdio.h>
#include <string.h>

struct walk {
    void (*tell)(void *context, const char *path);
    void *context;
    unsigned n;
};

static const struct field_desc *field_of(const struct record_desc *desc, struct span key)
{
    for (unsigned i = 0; i < desc->n_fields; i++)
        if (span_is(key, desc->fields[i].name))
            return &desc->fields[i];
    return NULL;
}

static bool is_plain(char sign)
{
    return (sign >= 'a' && sign <= 'z') || (sign >= 'A' && sign <= 'Z') || (sign >= '0' && sign <= '9') || sign == '_' || sign == '-';
}

static void extend(const char *path, struct span key, char out[UNDECLARED_PATH_MAX + 1])
{
    size_t from = strlen(path) + 1;

    snprintf(out, UNDECLARED_PATH_MAX + 1, "%s/%.*s", path, SPAN_ARG(key));
    for (char *at = out + (from < UNDECLARED_PATH_MAX ? from : UNDECLARED_PATH_MAX); *at != '\0'; at++)
        *at = is_plain(*at) ? *at : '?';
}

static void walk_map(struct walk *walk, struct span bytes, const struct record_desc *desc, const char *path);

static void walk_items(struct walk *walk, struct span bytes, const struct record_desc *desc, const char *path)
{
    struct token list = token_read(bytes.at, bytes.at + bytes.size);
    struct span rest = span_of(bytes.at + list.size, bytes.size - list.size);

    for (uint64_t i = 0; list.kind == TOKEN_ARRAY && i < list.value; i++) {
        size_t size = wire_value_size(rest);
        char number[24], inner[UNDECLARED_PATH_MAX + 1];

        snprintf(number, sizeof number, "%llu", (unsigned long long)i);
        extend(path, span_text(number), inner);
        walk_map(walk, span_of(rest.at, size), desc, inner);
        rest = span_of(rest.at + size, rest.size - size);
    }
}

static void walk_map(struct walk *walk, struct span bytes, const struct record_desc *desc, const char *path)
{
    struct token map = token_read(bytes.at, bytes.at + bytes.size);
    struct span rest = span_of(bytes.at + map.size, bytes.size - map.size);

    for (uint64_t i = 0; map.kind == TOKEN_MAP && i < map.value; i++) {
        struct token key = token_read(rest.at, rest.at + rest.size);
        struct span value = span_of(rest.at + key.size, rest.size - key.size);
        struct span name = span_of(key.at, key.kind == TOKEN_TEXT ? (size_t)key.value : 0); // an urgent event may have any
        const struct field_desc *field = field_of(desc, name);
        char inner[UNDECLARED_PATH_MAX + 1];

        value.size = wire_value_size(value);
        rest = span_of(value.at + value.size, (size_t)(rest.at + rest.size - value.at) - value.size);
        extend(path, name, inner);
        if (field == NULL) {
            walk->n++;
            walk->tell(walk->context, inner);
        } else if (field->kind == FIELD_NEST) {
            walk_map(walk, value, field->record, inner);
        } else if (field->kind == FIELD_MANY) {
            walk_items(walk, value, field->record, inner);
        }
    }
}

unsigned undeclared_each(struct span bytes, const struct record_desc *desc, const char *path, void (*tell)(void *context, const char *path),
                         void *context)
{
    struct walk walk = {.tell = tell, .context = context};

    walk_map(&walk, bytes, desc, path);
    return walk.n;
}
