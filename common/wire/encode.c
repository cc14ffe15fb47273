// SPDX-License-Identifier: MIT
// Writes structs as maps, field by field, as the rows of records.def say.
// Used for everything sent or stored. Never allocates.
#include "common/wire/encode.h"

#include "common/base/bits.h"
#include "common/base/civil.h"

// The fields that are written, as bits.
static uint64_t written_fields(const struct record_desc *desc, const void *record)
{
    uint64_t has;

    memcpy(&has, record, sizeof has);
    return (has | desc->required) & (~UINT64_C(0) >> (64 - desc->n_fields));
}

static void put_set(const struct field_desc *field, uint64_t set, struct wire_writer *writer)
{
    wire_put_array(writer, bits_count(set));
    for (; set != 0; set &= set - 1) {
        unsigned code = (unsigned)__builtin_ctzll(set);

        if (field->kind == FIELD_SET)
            wire_put_text(writer, code_span(field->list, code));
        else
            wire_put_uint(writer, code);
    }
}

static void put_many(const struct field_desc *field, const uint8_t *record, struct wire_writer *writer)
{
    uint64_t n;

    memcpy(&n, record + field->count_offset, sizeof n);
    wire_put_array(writer, n);
    for (uint64_t i = 0; i < n; i++)
        encode(field->record, record + field->offset + i * field->record->size, writer);
}

static void put_fields(const struct record_desc *desc, const uint8_t *record, uint64_t fields, bool is_row, struct wire_writer *writer);

// Every field of a row must be there, so its place says which it is.
static void put_rows(const struct field_desc *field, const uint8_t *record, struct wire_writer *writer)
{
    const struct record_desc *row = field->record;
    uint64_t n;

    memcpy(&n, record + field->count_offset, sizeof n);
    wire_put_array(writer, n);
    for (uint64_t i = 0; i < n; i++) {
        wire_put_array(writer, row->n_fields);
        put_fields(row, record + field->offset + i * row->size, row->required, true, writer);
    }
}

// A text that points nowhere is said to be nil: a receipt for bytes that had no id.
static void put_text(struct span text, struct wire_writer *writer)
{
    if (text.at == NULL)
        wire_put_nil(writer);
    else
        wire_put_text(writer, text);
}

static void put_date(int32_t days, struct wire_writer *writer)
{
    char text[CIVIL_DATE_MAX + 1];

    civil_print_date(days, text);
    wire_put_text(writer, span_of(text, CIVIL_DATE_MAX));
}

static void put_time(int64_t ms, struct wire_writer *writer)
{
    char text[CIVIL_TIME_MAX + 1];

    civil_print_time(ms, text);
    wire_put_text(writer, span_of(text, CIVIL_TIME_MAX));
}

static void put_value(const struct field_desc *field, const uint8_t *record, struct wire_writer *writer)
{
    const void *value = record + field->offset;

    switch ((enum field_kind)field->kind) {
    case FIELD_BOOL:
        wire_put_bool(writer, *(const bool *)value);
        break;
    case FIELD_UINT:
        wire_put_uint(writer, *(const uint64_t *)value);
        break;
    case FIELD_INT:
        wire_put_int(writer, *(const int64_t *)value);
        break;
    case FIELD_CODE:
        wire_put_text(writer, code_span(field->list, *(const uint8_t *)value));
        break;
    case FIELD_SET:
    case FIELD_NUMBERS:
        put_set(field, *(const uint64_t *)value, writer);
        break;
    case FIELD_TEXT:
        put_text(*(const struct span *)value, writer);
        break;
    case FIELD_BYTES:
        wire_put_bytes(writer, *(const struct span *)value);
        break;
    case FIELD_DATE:
        put_date(*(const int32_t *)value, writer);
        break;
    case FIELD_TIME:
        put_time(*(const int64_t *)value, writer);
        break;
    case FIELD_NEST:
        encode(field->record, value, writer);
        break;
    case FIELD_MANY:
        put_many(field, record, writer);
        break;
    case FIELD_ROWS:
        put_rows(field, record, writer);
        break;
    case FIELD_RAW:
        wire_put_raw(writer, *(const struct span *)value);
        break;
    }
}

// Keys stand in the rows as they stand on the wire.
static void put_key(const struct field_desc *field, struct wire_writer *writer)
{
    bool is_roomy = writer->size - writer->used >= FIELD_KEY_ROOM;
    uint8_t *at = wire_take_room(writer, (size_t)field->name_size + 1);

    if (at == NULL)
        return;
    if (is_roomy)
        memcpy(at, field, FIELD_KEY_ROOM); // of one size, so without a call; what is too much is written over
    else
        bytes_copy(at, (const uint8_t *)field, (size_t)field->name_size + 1);
}

static void put_fields(const struct record_desc *desc, const uint8_t *record, uint64_t fields, bool is_row, struct wire_writer *writer)
{
    for (; fields != 0; fields &= fields - 1) {
        const struct field_desc *field = &desc->fields[__builtin_ctzll(fields)];

        if (!is_row)
            put_key(field, writer);
        put_value(field, record, writer);
    }
}

void encode(const struct record_desc *desc, const void *record, struct wire_writer *writer)
{
    uint64_t fields = written_fields(desc, record);

    wire_put_map(writer, bits_count(fields));
    put_fields(desc, record, fields, false, writer);
}

void encode_request(const struct request_desc *request, uint32_t ref, const void *record, struct wire_writer *writer)
{
    bool has_record = record != NULL && request->request != &record_request_head;
    uint64_t fields = has_record ? written_fields(request->request, record) : 0;

    wire_put_map(writer, 2 + bits_count(fields));
    wire_put_text(writer, span_text("request"));
    wire_put_text(writer, span_text(request->name));
    wire_put_text(writer, span_text("ref"));
    wire_put_uint(writer, ref);
    put_fields(request->request, record, fields, false, writer);
}
