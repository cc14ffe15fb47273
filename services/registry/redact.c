// SPDX-License-Identifier: MIT
// Walks an event beside its declaration and passes over what is not allowed. Each map is walked twice: its head tells how many pairs stay.
// Used by reveal.c. Must not let anything through that the declaration does not know as harmless.
#include "services/registry/redact.h"

#include "common/wire/decode.h"
#include "common/wire/token.h"
#include "proto/text_rule.h"

#define BIT(kind) (UINT64_C(1) << (kind))

struct redaction {
    uint64_t allowed;
    uint64_t withheld;
    struct wire_writer *writer;
    bool good;
};

static const struct personal_row {
    const struct record_desc *record;
    uint8_t field;
    uint8_t kind;
} personal_rows[] = {
#define PERSONAL_FIELD(record, field, KIND) {&record_##record, record##_F_##field, PERSONAL_##KIND},
#include "services/registry/personal.def"
#undef PERSONAL_FIELD
};

enum personal redact_kind(const struct record_desc *record, const struct field_desc *field)
{
    for (size_t i = 0; i < sizeof personal_rows / sizeof personal_rows[0]; i++)
        if (personal_rows[i].record == record && &record->fields[personal_rows[i].field] == field)
            return (enum personal)personal_rows[i].kind;
    return PERSONAL_UNKNOWN;
}

// ---------------------------------------------------------------- what a value is

static struct token token_of(struct span value)
{
    return token_read(value.at, value.at + value.size);
}

// Nothing stands there: the protocol has nil and the empty text for absent.
static bool is_absent(const struct token *token)
{
    return token->kind == TOKEN_NIL || (token->kind == TOKEN_TEXT && token->value == 0);
}

static bool is_item_as_declared(const struct field_desc *field, const struct token *token)
{
    switch ((enum field_kind)field->kind) {
    case FIELD_SET:
        return token->kind == TOKEN_TEXT && code_parse(field->list, span_of(token->at, (size_t)token->value)) != 0;
    case FIELD_NUMBERS:
        return token->kind == TOKEN_UINT;
    default:
        return token->kind == TOKEN_MAP;
    }
}

static bool are_items_as_declared(const struct field_desc *field, struct span value, const struct token *list)
{
    struct span left = span_of(value.at + list->size, value.size - list->size);

    if (list->kind != TOKEN_ARRAY)
        return false;
    for (uint64_t i = 0; i < list->value; i++) {
        struct token token = token_of(left);
        size_t size = wire_value_size(left);

        if (size == 0 || !is_item_as_declared(field, &token))
            return false;
        left = span_of(left.at + size, left.size - size);
    }
    return true;
}

// A value of another kind than declared may hold anything.
static bool is_as_declared(const struct field_desc *field, struct span value)
{
    struct token token = token_of(value);
    struct span text = span_of(token.at, token.kind == TOKEN_TEXT ? (size_t)token.value : 0);

    switch ((enum field_kind)field->kind) {
    case FIELD_BOOL:
        return token.kind == TOKEN_BOOL;
    case FIELD_UINT:
    case FIELD_INT:
        return token.kind == TOKEN_UINT || token.kind == TOKEN_NEGATIVE;
    case FIELD_CODE:
        return code_parse(field->list, text) != 0;
    case FIELD_TEXT:
        return token.kind == TOKEN_TEXT && text.size <= (uint64_t)field->max && text_rule_check(field->rule, text) == FAULT_NONE;
    case FIELD_DATE:
    case FIELD_TIME:
        return token.kind == TOKEN_TEXT && text_rule_check(TEXT_ID, text) == FAULT_NONE &&
               text.size <= sizeof "2026-11-23T09:12:00.000000000+00:00";
    case FIELD_NEST:
    case FIELD_RAW:
        return token.kind == TOKEN_MAP;
    case FIELD_SET:
    case FIELD_NUMBERS:
    case FIELD_MANY:
        return are_items_as_declared(field, value, &token);
    default:
        return false;
    }
}

static const struct field_desc *field_named(const struct record_desc *record, const struct token *key)
{
    for (unsigned i = 0; key->kind == TOKEN_TEXT && i < record->n_fields; i++)
        if (span_is(span_of(key->at, (size_t)key->value), record->fields[i].name))
            return &record->fields[i];
    return NULL;
}

// NONE: anybody may have it.
static enum personal kind_of(const struct record_desc *record, const struct field_desc *field, struct span value)
{
    if (field == NULL)
        return PERSONAL_UNKNOWN;
    if (field->part == PART_PERSON)
        return redact_kind(record, field);
    return is_as_declared(field, value) ? PERSONAL_NONE : PERSONAL_UNKNOWN;
}

// ---------------------------------------------------------------- walking

struct pair {
    struct span whole, key, value;
    const struct field_desc *field;
    bool stays;
};

// Takes the pair at the front of `left`; false when the bytes cannot be walked.
static bool take_pair(struct redaction *redaction, const struct record_desc *record, struct span *left, struct pair *pair)
{
    struct token key = token_of(*left), value;
    enum personal kind;

    pair->key = span_of(left->at, wire_value_size(*left));
    pair->value = span_of(left->at + pair->key.size, left->size - pair->key.size);
    pair->value.size = wire_value_size(pair->value);
    if (pair->key.size == 0 || pair->value.size == 0)
        return false;
    pair->whole = span_of(left->at, pair->key.size + pair->value.size);
    *left = span_of(left->at + pair->whole.size, left->size - pair->whole.size);
    pair->field = field_named(record, &key);
    value = token_of(pair->value);
    kind = is_absent(&value) ? PERSONAL_NONE : kind_of(record, pair->field, pair->value);
    pair->stays = kind == PERSONAL_NONE || (redaction->allowed & BIT(kind)) != 0;
    if (!pair->stays)
        redaction->withheld |= BIT(kind);
    return true;
}

static void write_map(struct redaction *redaction, const struct record_desc *record, struct span map, const struct record_desc *data);

static void write_list(struct redaction *redaction, const struct record_desc *record, struct span value)
{
    struct token list = token_of(value);
    struct span left = span_of(value.at + list.size, value.size - list.size);

    wire_put_array(redaction->writer, list.value);
    for (uint64_t i = 0; i < list.value; i++) {
        size_t size = wire_value_size(left);

        write_map(redaction, record, span_of(left.at, size), NULL);
        left = span_of(left.at + size, left.size - size);
    }
}

static void write_pair(struct redaction *redaction, const struct pair *pair, const struct record_desc *data)
{
    const struct field_desc *field = pair->field;
    bool as_declared = field != NULL && field->part != PART_PERSON && is_as_declared(field, pair->value);

    wire_put_raw(redaction->writer, pair->key);
    if (as_declared && field->kind == FIELD_NEST)
        write_map(redaction, field->record, pair->value, NULL);
    else if (as_declared && field->kind == FIELD_MANY)
        write_list(redaction, field->record, pair->value);
    else if (as_declared && field->kind == FIELD_RAW)
        write_map(redaction, data, pair->value, NULL);
    else
        wire_put_raw(redaction->writer, pair->value);
}

// `data`: the record of a RAW field's value.
static void write_map(struct redaction *redaction, const struct record_desc *record, struct span map, const struct record_desc *data)
{
    struct token head = token_of(map);
    struct span first = span_of(map.at + head.size, map.size - head.size);
    struct span left = first;
    struct pair pair;
    size_t n = 0;

    for (uint64_t i = 0; i < head.value && redaction->good; i++) {
        redaction->good = take_pair(redaction, record, &left, &pair);
        n += redaction->good && pair.stays;
    }
    wire_put_map(redaction->writer, n);
    for (uint64_t i = 0; i < head.value && redaction->good; i++) {
        redaction->good = take_pair(redaction, record, &first, &pair);
        if (redaction->good && pair.stays)
            write_pair(redaction, &pair, data);
    }
}

bool redact_event(struct span event, uint64_t allowed, struct wire_writer *writer, uint64_t *withheld)
{
    struct redaction redaction = {.allowed = allowed, .writer = writer, .good = true};
    const struct record_desc *data = &record_submitted; // as the registry reads what it does not know
    struct faults faults = {0};
    struct event head;
    enum event_type type;

    *withheld = 0;
    if (wire_value_size(event) != event.size || token_of(event).kind != TOKEN_MAP)
        return false;
    if (!decode(&record_event, event, "", &head, &faults))
        faults.n = 0; // the door has kept what it could not read
    type = event_type_parse(head.type);
    if (type != EVENT_NONE && event_desc(type)->producer == PRODUCER_NONE)
        data = event_desc(type)->record;
    write_map(&redaction, &record_event, event, data);
    *withheld = redaction.withheld;
    if (redaction.withheld == 0)
        writer->used = 0;
    return redaction.good && !writer->overflow;
}
