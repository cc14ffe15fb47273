// SPDX-License-Identifier: MIT
// Reads single values in every form that they may be written in, and says what is wrong with them.
// Called by decode where a value is not written the usual way. Values are lent from the bytes; nothing is allocated.
#include "common/wire/value.h"

#include "common/base/civil.h"
#include "common/wire/utf8.h"
#include "proto/text_rule.h"

static bool read_bool(struct reading *reading, const struct token *token, bool *value, const struct place *place)
{
    if (token->kind != TOKEN_BOOL)
        return reading_refuse(reading, FAULT_WRONG_TYPE, place);
    *value = token->value != 0;
    return true;
}

bool value_read_uint(struct reading *reading, const struct field_desc *field, const struct token *token, uint64_t *value,
                     const struct place *place)
{
    if (token->kind != TOKEN_UINT && token->kind != TOKEN_NEGATIVE)
        return reading_refuse(reading, FAULT_WRONG_TYPE, place);
    if (token->kind == TOKEN_NEGATIVE || token->value < (uint64_t)field->min || token->value > (uint64_t)field->max)
        return reading_refuse(reading, FAULT_OUT_OF_RANGE, place);
    *value = token->value;
    return true;
}

static bool read_int(struct reading *reading, const struct field_desc *field, const struct token *token, int64_t *value,
                     const struct place *place)
{
    int64_t number = (int64_t)token->value;

    if (token->kind != TOKEN_UINT && token->kind != TOKEN_NEGATIVE)
        return reading_refuse(reading, FAULT_WRONG_TYPE, place);
    if ((token->kind == TOKEN_UINT && number < 0) || number < field->min || number > field->max)
        return reading_refuse(reading, FAULT_OUT_OF_RANGE, place);
    *value = number;
    return true;
}

bool value_read_code(struct reading *reading, const struct field_desc *field, const struct token *token, uint8_t *value,
                     const struct place *place)
{
    unsigned code;

    if (token->kind != TOKEN_TEXT)
        return reading_refuse(reading, FAULT_WRONG_TYPE, place);
    code = code_parse(field->list, span_of(token->at, (size_t)token->value));
    if (code == 0)
        return reading_refuse(reading, FAULT_UNKNOWN_CODE, place);
    *value = (uint8_t)code;
    return true;
}

static bool read_text(struct reading *reading, const struct field_desc *field, const struct token *token, struct span *value,
                      const struct place *place)
{
    struct span text = span_of(token->at, (size_t)token->value);
    enum fault fault;

    if (token->kind != TOKEN_TEXT)
        return reading_refuse(reading, FAULT_WRONG_TYPE, place);
    if (text.size > (uint64_t)field->max)
        return reading_refuse(reading, FAULT_TOO_LONG, place);
    fault = text_rule_check(field->rule, text);
    if (fault != FAULT_NONE)
        return reading_refuse(reading, fault, place);
    reading->is_checked = reading->is_checked && utf8_is_valid(text);
    *value = text;
    return true;
}

static bool read_bytes(struct reading *reading, const struct field_desc *field, const struct token *token, struct span *value,
                       const struct place *place)
{
    if (token->kind != TOKEN_BYTES)
        return reading_refuse(reading, FAULT_WRONG_TYPE, place);
    if (token->value < (uint64_t)field->min)
        return reading_refuse(reading, FAULT_TOO_SHORT, place);
    if (token->value > (uint64_t)field->max)
        return reading_refuse(reading, FAULT_TOO_LONG, place);
    *value = span_of(token->at, (size_t)token->value);
    return true;
}

static bool read_date(struct reading *reading, const struct token *token, int32_t *value, const struct place *place)
{
    if (token->kind != TOKEN_TEXT)
        return reading_refuse(reading, FAULT_WRONG_TYPE, place);
    return civil_parse_date(span_of(token->at, (size_t)token->value), value) || reading_refuse(reading, FAULT_BAD_DATE, place);
}

static bool read_time(struct reading *reading, const struct token *token, int64_t *value, const struct place *place)
{
    if (token->kind != TOKEN_TEXT)
        return reading_refuse(reading, FAULT_WRONG_TYPE, place);
    return civil_parse_time(span_of(token->at, (size_t)token->value), value) || reading_refuse(reading, FAULT_BAD_TIME, place);
}

bool value_read(struct reading *reading, const struct field_desc *field, const struct token *token, void *value, const struct place *place)
{
    switch ((enum field_kind)field->kind) {
    case FIELD_BOOL:
        return read_bool(reading, token, value, place);
    case FIELD_UINT:
        return value_read_uint(reading, field, token, value, place);
    case FIELD_INT:
        return read_int(reading, field, token, value, place);
    case FIELD_CODE:
        return value_read_code(reading, field, token, value, place);
    case FIELD_TEXT:
        return read_text(reading, field, token, value, place);
    case FIELD_BYTES:
        return read_bytes(reading, field, token, value, place);
    case FIELD_DATE:
        return read_date(reading, token, value, place);
    default:
        return read_time(reading, token, value, place);
    }
}
