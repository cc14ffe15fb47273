// SPDX-License-Identifier: MIT
// YAML by libyaml's document API, after a first pass over the tokens that refuses what a policy must not contain.
// Used by the loaders. Never follows an alias, never goes deeper than YAML_DEPTH_MAX, never reads a file of more than YAML_BYTES_MAX.
#include "common/policy/yaml.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

struct yaml {
    char *name;
    char *bytes;
    size_t size;
    yaml_document_t document;
};

// ---------------------------------------------------------------- complaints

static void complain(struct complaints *complaints, const char *file, unsigned line, const char *format, va_list arguments)
{
    struct complaint *at;

    if (complaints->n++ >= COMPLAINTS_MAX)
        return;
    at = &complaints->at[complaints->n - 1];
    snprintf(at->file, sizeof at->file, "%s", file);
    at->line = line;
    at->witness[0] = '\0';
    vsnprintf(at->text, sizeof at->text, format, arguments);
}

void complaints_add(struct complaints *complaints, const char *file, unsigned line, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    complain(complaints, file, line, format, arguments);
    va_end(arguments);
}

void complaints_show(struct complaints *complaints, const char *witness)
{
    if (complaints->n > 0 && complaints->n <= COMPLAINTS_MAX)
        snprintf(complaints->at[complaints->n - 1].witness, COMPLAINT_TEXT_MAX, "%s", witness);
}

void yaml_complain(struct yaml_item item, struct complaints *complaints, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    complain(complaints, yaml_file(item), yaml_line(item), format, arguments);
    va_end(arguments);
}

// ---------------------------------------------------------------- first pass: tokens

// How far the tokens of a file have come.
struct passed {
    unsigned depth;
    bool begun, ended; // its one document
};

static const char *follows(const yaml_token_t *token, struct passed *passed)
{
    bool ends = token->type == YAML_DOCUMENT_END_TOKEN || token->type == YAML_STREAM_END_TOKEN;

    if (passed->ended ? !ends : passed->begun && token->type == YAML_DOCUMENT_START_TOKEN)
        return "one document a file: remove what follows, from here on";
    passed->begun = passed->begun || (token->type != YAML_STREAM_START_TOKEN && token->type != YAML_VERSION_DIRECTIVE_TOKEN);
    passed->ended = passed->ended || token->type == YAML_DOCUMENT_END_TOKEN;
    return NULL;
}

static const char *refusal(const yaml_token_t *token, unsigned *depth)
{
    switch (token->type) {
    case YAML_ANCHOR_TOKEN:
    case YAML_ALIAS_TOKEN:
        return "anchors (&) and aliases (*) are not taken: write the value out; quote a text that begins with & or *";
    case YAML_TAG_TOKEN:
    case YAML_TAG_DIRECTIVE_TOKEN:
        return "tags (!) are not taken: leave them out; quote a text that begins with !";
    case YAML_BLOCK_SEQUENCE_START_TOKEN:
    case YAML_BLOCK_MAPPING_START_TOKEN:
    case YAML_FLOW_SEQUENCE_START_TOKEN:
    case YAML_FLOW_MAPPING_START_TOKEN:
        return ++*depth > YAML_DEPTH_MAX ? "nested too deeply: no policy needs more than eight levels" : NULL;
    case YAML_BLOCK_END_TOKEN:
    case YAML_FLOW_SEQUENCE_END_TOKEN:
    case YAML_FLOW_MAPPING_END_TOKEN:
        --*depth;
        return NULL;
    default:
        return NULL;
    }
}

static enum err complain_of_memory(const char *name, struct complaints *complaints)
{
    complaints_add(complaints, name, 0, "out of memory");
    return ERR_NO_MEMORY;
}

static enum err complain_of_parser(const yaml_parser_t *parser, const char *name, struct complaints *complaints)
{
    if (parser->error == YAML_MEMORY_ERROR || parser->problem == NULL)
        return complain_of_memory(name, complaints);
    complaints_add(complaints, name, (unsigned)parser->problem_mark.line + 1, "not valid YAML: %s; look at this line and the one before",
                   parser->problem);
    return ERR_BAD_CONFIG;
}

static enum err scan(yaml_parser_t *parser, const char *name, struct complaints *complaints)
{
    struct passed passed = {0};
    const char *why = NULL;
    bool ended = false;

    while (!ended && why == NULL) {
        yaml_token_t token;
        if (!yaml_parser_scan(parser, &token))
            return complain_of_parser(parser, name, complaints);
        why = follows(&token, &passed);
        if (why == NULL)
            why = refusal(&token, &passed.depth);
        if (why != NULL)
            complaints_add(complaints, name, (unsigned)token.start_mark.line + 1, "%s", why);
        ended = token.type == YAML_STREAM_END_TOKEN;
        yaml_token_delete(&token);
    }
    return why == NULL ? ERR_NONE : ERR_BAD_CONFIG;
}

static enum err look(const char *name, struct span text, struct complaints *complaints)
{
    yaml_parser_t parser;
    enum err err;

    if (text.size > YAML_BYTES_MAX) {
        complaints_add(complaints, name, 0, "larger than %d bytes: a policy file is shorter", YAML_BYTES_MAX);
        return ERR_BAD_CONFIG;
    }
    if (yaml_parser_initialize(&parser) == 0)
        return complain_of_memory(name, complaints);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, text.at, text.size);
    err = scan(&parser, name, complaints);
    yaml_parser_delete(&parser);
    return err;
}

// ---------------------------------------------------------------- second pass: the tree

static const yaml_node_t *node_of(struct yaml_item item)
{
    if (item.yaml == NULL || item.index == 0)
        return NULL;
    // libyaml does not change a document when asked for a node, but its signature does not say so.
    return yaml_document_get_node((yaml_document_t *)(uintptr_t)&item.yaml->document, item.index);
}

static void check_keys(struct yaml_item map, struct complaints *complaints)
{
    if (yaml_count(map) > YAML_KEYS_MAX) {
        yaml_complain(map, complaints, "more than %d keys in one map: no policy needs so many", YAML_KEYS_MAX);
        return;
    }
    for (unsigned i = 0; i < yaml_count(map); i++) {
        struct yaml_item key = yaml_key_at(map, i);
        if (!yaml_is_text(key))
            yaml_complain(key, complaints, "a key must be a plain word");
        for (unsigned j = 0; j < i; j++)
            if (span_equal(yaml_text(key), yaml_text(yaml_key_at(map, j))))
                yaml_complain(key, complaints, "`%.*s` stands twice here (first in line %u): remove one", SPAN_ARG(yaml_text(key)),
                              yaml_line(yaml_key_at(map, j)));
    }
}

static void check_nodes(const struct yaml *yaml, struct complaints *complaints)
{
    int n = (int)(yaml->document.nodes.top - yaml->document.nodes.start);

    if (n == 0)
        complaints_add(complaints, yaml->name, 0, "the file is empty: fill it, or remove it");
    if (n > YAML_NODES_MAX)
        complaints_add(complaints, yaml->name, 0, "more than %d values: a policy file is shorter", YAML_NODES_MAX);
    for (int i = 1; i <= n && n <= YAML_NODES_MAX; i++) {
        struct yaml_item item = {yaml, i};
        if (yaml_is_map(item))
            check_keys(item, complaints);
    }
}

static enum err load(struct yaml *yaml, size_t size, struct complaints *complaints)
{
    yaml_parser_t parser;
    enum err err = ERR_NONE;

    if (yaml_parser_initialize(&parser) == 0)
        return complain_of_memory(yaml->name, complaints);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)yaml->bytes, size);
    if (yaml_parser_load(&parser, &yaml->document) == 0)
        err = complain_of_parser(&parser, yaml->name, complaints);
    yaml_parser_delete(&parser);
    return err;
}

static struct yaml *new_yaml(const char *name, struct span text)
{
    struct yaml *yaml = calloc(1, sizeof *yaml);

    if (yaml == NULL)
        return NULL;
    yaml->name = strdup(name);
    yaml->bytes = malloc(text.size + 1);
    if (yaml->name == NULL || yaml->bytes == NULL) {
        yaml_close(&yaml);
        return NULL;
    }
    if (text.size != 0)
        memcpy(yaml->bytes, text.at, text.size);
    yaml->size = text.size;
    return yaml;
}

enum err yaml_open(const char *name, struct span text, struct complaints *complaints, struct yaml **yaml)
{
    unsigned before = complaints->n;
    enum err err = look(name, text, complaints);

    *yaml = NULL;
    if (err != ERR_NONE)
        return err;
    *yaml = new_yaml(name, text);
    if (*yaml == NULL)
        return complain_of_memory(name, complaints);
    err = load(*yaml, text.size, complaints);
    if (err == ERR_NONE)
        check_nodes(*yaml, complaints);
    if (err == ERR_NONE && complaints->n > before)
        err = ERR_BAD_CONFIG;
    if (err != ERR_NONE)
        yaml_close(yaml);
    return err;
}

enum err yaml_open_file(const char *folder, const char *name, struct complaints *complaints, struct yaml **yaml)
{
    char path[4096];
    char *bytes = malloc(YAML_BYTES_MAX + 1);
    FILE *file;
    size_t size;
    enum err err;

    *yaml = NULL;
    if (bytes == NULL)
        return ERR_NO_MEMORY;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "rbe");
    size = file != NULL ? fread(bytes, 1, YAML_BYTES_MAX + 1, file) : 0;
    if (file == NULL || ferror(file) != 0) {
        complaints_add(complaints, path, 0, "cannot be read: %s", strerror(errno));
        err = ERR_IO;
    } else {
        err = yaml_open(name, span_of(bytes, size), complaints, yaml);
    }
    if (file != NULL)
        fclose(file);
    free(bytes);
    return err;
}

void yaml_close(struct yaml **yaml)
{
    if (*yaml == NULL)
        return;
    yaml_document_delete(&(*yaml)->document);
    free((*yaml)->name);
    free((*yaml)->bytes);
    free(*yaml);
    *yaml = NULL;
}

// ---------------------------------------------------------------- asking

struct span yaml_whole(const struct yaml *yaml)
{
    return span_of(yaml->bytes, yaml->size);
}

struct yaml_item yaml_root(const struct yaml *yaml)
{
    return (struct yaml_item){yaml, yaml != NULL ? 1 : 0};
}

static bool is_of(struct yaml_item item, yaml_node_type_t type)
{
    const yaml_node_t *node = node_of(item);

    return node != NULL && node->type == type;
}

bool yaml_is_there(struct yaml_item item)
{
    return node_of(item) != NULL;
}

bool yaml_is_map(struct yaml_item item)
{
    return is_of(item, YAML_MAPPING_NODE);
}

bool yaml_is_list(struct yaml_item item)
{
    return is_of(item, YAML_SEQUENCE_NODE);
}

bool yaml_is_text(struct yaml_item item)
{
    return is_of(item, YAML_SCALAR_NODE);
}

bool yaml_is_quoted(struct yaml_item item)
{
    return yaml_is_text(item) && node_of(item)->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
}

const char *yaml_file(struct yaml_item item)
{
    return item.yaml != NULL ? item.yaml->name : "";
}

unsigned yaml_line(struct yaml_item item)
{
    const yaml_node_t *node = node_of(item);

    return node != NULL ? (unsigned)node->start_mark.line + 1 : 0;
}

unsigned yaml_count(struct yaml_item item)
{
    const yaml_node_t *node = node_of(item);

    if (node != NULL && node->type == YAML_MAPPING_NODE)
        return (unsigned)(node->data.mapping.pairs.top - node->data.mapping.pairs.start);
    if (node != NULL && node->type == YAML_SEQUENCE_NODE)
        return (unsigned)(node->data.sequence.items.top - node->data.sequence.items.start);
    return 0;
}

struct yaml_item yaml_at(struct yaml_item item, unsigned i)
{
    const yaml_node_t *node = node_of(item);

    if (i >= yaml_count(item))
        return (struct yaml_item){item.yaml, 0};
    if (node->type == YAML_MAPPING_NODE)
        return (struct yaml_item){item.yaml, node->data.mapping.pairs.start[i].value};
    return (struct yaml_item){item.yaml, node->data.sequence.items.start[i]};
}

struct yaml_item yaml_key_at(struct yaml_item item, unsigned i)
{
    const yaml_node_t *node = node_of(item);

    if (i >= yaml_count(item) || node->type != YAML_MAPPING_NODE)
        return (struct yaml_item){item.yaml, 0};
    return (struct yaml_item){item.yaml, node->data.mapping.pairs.start[i].key};
}

struct yaml_item yaml_get(struct yaml_item map, const char *key)
{
    for (unsigned i = 0; i < yaml_count(map) && yaml_is_map(map); i++)
        if (span_is(yaml_text(yaml_key_at(map, i)), key))
            return yaml_at(map, i);
    return (struct yaml_item){map.yaml, 0};
}

struct span yaml_text(struct yaml_item item)
{
    const yaml_node_t *node = node_of(item);

    if (node == NULL || node->type != YAML_SCALAR_NODE)
        return (struct span){0};
    return span_of(node->data.scalar.value, node->data.scalar.length);
}

bool yaml_is_number(struct yaml_item item, int64_t min, int64_t max, int64_t *value)
{
    struct span text = yaml_text(item);
    bool minus = text.size > 0 && text.at[0] == '-';
    size_t i = minus ? 1 : 0;
    int64_t number = 0;

    if (text.size <= i || text.size > 18)
        return false;
    for (; i < text.size; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        number = number * 10 + (text.at[i] - '0');
    }
    *value = minus ? -number : number;
    return *value >= min && *value <= max;
}

bool yaml_is_yes_no(struct yaml_item item, bool *value)
{
    struct span text = yaml_text(item);

    *value = span_is(text, "yes") || span_is(text, "true");
    return *value || span_is(text, "no") || span_is(text, "false");
}

static bool is_among(struct span key, const char *const *keys)
{
    for (; *keys != NULL; keys++)
        if (span_is(key, *keys))
            return true;
    return false;
}

bool yaml_has_only(struct yaml_item map, const char *const *keys, struct complaints *complaints)
{
    if (!yaml_is_map(map))
        yaml_complain(map, complaints, "a map of `%s: ...` and so on belongs here", keys[0]);
    for (unsigned i = 0; i < yaml_count(map) && yaml_is_map(map); i++) {
        struct yaml_item key = yaml_key_at(map, i);
        if (!is_among(yaml_text(key), keys))
            yaml_complain(key, complaints, "`%.*s` is not known here: check the spelling or remove it", SPAN_ARG(yaml_text(key)));
    }
    return yaml_is_map(map);
}

// ---------------------------------------------------------------- twins

struct keyed {
    struct span text;
    unsigned place;
};

static int by_text_then_place(const void *a, const void *b)
{
    const struct keyed *first = a, *second = b;
    size_t shorter = first->text.size < second->text.size ? first->text.size : second->text.size;
    int order = shorter > 0 ? memcmp(first->text.at, second->text.at, shorter) : 0;

    if (order == 0)
        order = (first->text.size > second->text.size) - (first->text.size < second->text.size);
    return order != 0 ? order : (first->place > second->place) - (first->place < second->place);
}

enum err yaml_complain_of_twins(struct yaml_item list, const char *key, struct complaints *complaints)
{
    unsigned n = yaml_count(list), first = 0;
    struct keyed *rows = calloc(n + 1, sizeof *rows);

    if (rows == NULL)
        return ERR_NO_MEMORY;
    for (unsigned i = 0; i < n; i++)
        rows[i] = (struct keyed){yaml_text(yaml_get(yaml_at(list, i), key)), i};
    qsort(rows, n, sizeof *rows, by_text_then_place);
    for (unsigned i = 1; i < n; i++) {
        if (!span_equal(rows[i].text, rows[first].text))
            first = i;
        else if (rows[i].text.size > 0)
            yaml_complain(yaml_at(list, rows[i].place), complaints, "%.*s stands here a second time (first in line %u): keep one row",
                          SPAN_ARG(rows[i].text), yaml_line(yaml_at(list, rows[first].place)));
    }
    free(rows);
    return ERR_NONE;
}
