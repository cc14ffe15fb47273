// SPDX-License-Identifier: MIT
// Writes structs as maps, field by field, as the rows of records.def say.
// Used for everything sent or stored. Never allocates.
#include "common/wire/encode.h"

#include "common/base/big_endian.h"
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

// Apart from put_fields, which so does without the texts on its stack.
__attribute__((noinline)) static void put_value(const struct field_desc *field, const uint8_t *record, struct wire_writer *writer)
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

// ---------------------------------------------------------------- the usual: a short value, and room for it without counting

enum { VALUE_ROOM = 64 };

static inline uint8_t *put_short_uint(uint8_t *at, uint64_t value)
{
    unsigned form;

    *at = (uint8_t)value;
    if (value < 0x80)
        return at + 1;
    form = value > UINT32_MAX ? 3 : value > UINT16_MAX ? 2 : value > UINT8_MAX ? 1 : 0;
    *at = (uint8_t)(0xcc + form);
    return big_endian_put(at + 1, value, 1u << form);
}

static inline uint8_t *put_short_int(uint8_t *at, int64_t value)
{
    if (value >= 0)
        return put_short_uint(at, (uint64_t)value);
    *at = (uint8_t)value;
    return value >= -32 ? at + 1 : NULL;
}

static inline uint8_t *put_short_text(uint8_t *at, struct span text)
{
    if (text.at == NULL || text.size > VALUE_ROOM - 2)
        return NULL;
    if (text.size < 32) {
        *at++ = (uint8_t)(0xa0 | text.size);
    } else {
        *at++ = 0xd9;
        *at++ = (uint8_t)text.size;
    }
    bytes_copy(at, text.at, text.size);
    return at + text.size;
}

static inline uint8_t *put_short_bytes(uint8_t *at, struct span bytes)
{
    if (bytes.size > VALUE_ROOM - 2)
        return NULL;
    at[0] = 0xc4;
    at[1] = (uint8_t)bytes.size;
    bytes_copy(at + 2, bytes.at, bytes.size);
    return at + 2 + bytes.size;
}

static inline uint8_t *put_short_code(uint8_t *at, const struct field_desc *field, unsigned code)
{
    const struct code_wire *wire = code_wire(field->list, code);

    memcpy(at, wire, sizeof *wire); // of one size, so without a call; what is too much is written over
    return at + code_wire_size(wire);
}

// What is behind it; NULL: it is not short.
static inline uint8_t *put_short_value(uint8_t *at, const struct field_desc *field, const void *value)
{
    switch ((enum field_kind)field->kind) {
    case FIELD_BOOL:
        *at = *(const bool *)value ? 0xc3 : 0xc2;
        return at + 1;
    case FIELD_UINT:
        return put_short_uint(at, *(const uint64_t *)value);
    case FIELD_INT:
        return put_short_int(at, *(const int64_t *)value);
    case FIELD_CODE:
        return put_short_code(at, field, *(const uint8_t *)value);
    case FIELD_TEXT:
        return put_short_text(at, *(const struct span *)value);
    case FIELD_BYTES:
        return put_short_bytes(at, *(const struct span *)value);
    case FIELD_DATE:
        *at = 0xa0 | CIVIL_DATE_MAX;
        civil_print_date(*(const int32_t *)value, (char *)at + 1);
        return at + 1 + CIVIL_DATE_MAX;
    case FIELD_TIME:
        *at = 0xa0 | CIVIL_TIME_MAX;
        civil_print_time(*(const int64_t *)value, (char *)at + 1);
        return at + 1 + CIVIL_TIME_MAX;
    default:
        return NULL;
    }
}

// Writes fields, of a row without their keys, as long as they are short and there is room enough for any such. Those that are left.
static uint64_t put_short_fields(const struct record_desc *desc, const uint8_t *record, uint64_t fields, bool is_row,
                                 struct wire_writer *writer)
{
    const struct field_desc *const all = desc->fields;
    uint8_t *at = writer->at + writer->used, *last;

    if (writer->overflow || writer->size - writer->used < FIELD_KEY_ROOM + VALUE_ROOM)
        return fields;
    for (last = writer->at + writer->size - FIELD_KEY_ROOM - VALUE_ROOM; fields != 0 && at <= last; fields &= fields - 1) {
        const struct field_desc *field = &all[(unsigned)__builtin_ctzll(fields)];
        uint8_t *value = at;

        if (!is_row) {
            memcpy(at, field, FIELD_KEY_ROOM); // as codes are
            value += (size_t)field->name_size + 1;
        }
        value = put_short_value(value, field, record + field->offset);
        if (value == NULL)
            break;
        at = value;
    }
    writer->used = (size_t)(at - writer->at);
    return fields;
}

// ---------------------------------------------------------------- any field

// Keys stand in the rows as they stand on the wire.
static void put_key(const struct field_desc *field, struct wire_writer *writer)
{
    wire_put_raw(writer, span_of(field, (size_t)field->name_size + 1));
}

static void put_fields(const struct record_desc *desc, const uint8_t *record, uint64_t fields, bool is_row, struct wire_writer *writer)
{
    while ((fields = put_short_fields(desc, record, fields, is_row, writer)) != 0) {
        const struct field_desc *field = &desc->fields[__builtin_ctzll(fields)];

        if (!is_row)
            put_key(field, writer);
        put_value(field, record, writer);
        fields &= fields - 1;
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
