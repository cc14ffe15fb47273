// SPDX-License-Identifier: MIT
// MessagePack to JSON and back, over jansson.
// Used by the command line and tests; allocates, so not for the hot path.
#include "common/wire/json.h"

#include "common/base/big_endian.h"
#include "common/wire/check.h"
#include "common/wire/token.h"
#include "common/wire/utf8.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { JSON_SAFE_BITS = 53 }; // integers beyond 2^53 lose digits in many JSON readers: written as strings

static void put_json(json_t *value, struct wire_writer *writer)
{
    const char *key;
    json_t *item;
    size_t i;

    switch (json_typeof(value)) {
    case JSON_OBJECT:
        wire_put_map(writer, json_object_size(value));
        json_object_foreach(value, key, item)
        {
            wire_put_text(writer, span_text(key));
            put_json(item, writer);
        }
        break;
    case JSON_ARRAY:
        wire_put_array(writer, json_array_size(value));
        json_array_foreach(value, i, item) put_json(item, writer);
        break;
    case JSON_STRING:
        wire_put_text(writer, span_of(json_string_value(value), json_string_length(value)));
        break;
    case JSON_INTEGER:
        wire_put_int(writer, json_integer_value(value));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        wire_put_bool(writer, json_is_true(value));
        break;
    default: // null; numbers with a fraction have been refused
        wire_put_nil(writer);
        break;
    }
}

static bool has_fraction(json_t *value)
{
    const char *key;
    json_t *item;
    size_t i;

    if (json_is_object(value))
        json_object_foreach(value, key, item) if (has_fraction(item)) return true;
    if (json_is_array(value))
        json_array_foreach(value, i, item) if (has_fraction(item)) return true;
    return json_is_real(value);
}

// What jansson complains of, in words of our own: its text quotes the input, which may be personal data.
static const char *fault_of(const json_error_t *error)
{
    static const struct {
        enum json_error_code code;
        const char *begins; // jansson's text
        const char *fault;
    } faults[] = {
        {json_error_duplicate_key, "", "a key stands twice in one object"},
        {json_error_invalid_utf8, "", "a text is not UTF-8"},
        {json_error_null_byte_in_key, "", "a key has a null character"},
        {json_error_numeric_overflow, "", "a number is too large"},
        {json_error_stack_overflow, "", "objects and lists are too deep in each other"},
        {json_error_premature_end_of_input, "", "the text ends too early"},
        {json_error_end_of_input_expected, "", "something follows the value"},
        {json_error_out_of_memory, "", "out of memory"},
        {json_error_invalid_syntax, "unexpected newline", "a text has a line end: write \\n, or its closing quote is missing"},
        {json_error_invalid_syntax, "control character", "a text has a control character: write it as \\u and four digits"},
        {json_error_invalid_syntax, "invalid escape", "a text has a wrong escape"},
        {json_error_invalid_syntax, "invalid Unicode", "a text has a wrong \\u escape"},
        {json_error_invalid_syntax, "string or '}' expected", "a key in quotes or } is wanted here"},
        {json_error_invalid_syntax, "':' expected", "a colon is wanted here"},
        {json_error_invalid_syntax, "'}' expected", "a comma or } is wanted here"},
        {json_error_invalid_syntax, "']' expected", "a comma or ] is wanted here"},
        {json_error_invalid_syntax, "'[' or '{' expected", "an object is wanted here"},
        {json_error_invalid_syntax, "unexpected token", "a value is wanted here"},
        {json_error_invalid_syntax, "invalid token", "this is no value: texts stand in quotes, numbers have no leading 0"},
    };

    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        if (faults[i].code == json_error_code(error) && strncmp(error->text, faults[i].begins, strlen(faults[i].begins)) == 0)
            return faults[i].fault;
    return "not JSON";
}

enum err json_to_wire(struct span text, struct wire_writer *writer, char *why, size_t why_size)
{
    json_error_t error;
    json_t *value = json_loadb((const char *)text.at, text.size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    enum err err = ERR_NONE;

    if (value == NULL) {
        snprintf(why, why_size, "line %d, column %d: %s", error.line, error.column, fault_of(&error));
        return ERR_BAD_INPUT;
    }
    if (has_fraction(value)) {
        snprintf(why, why_size, "a number with a fraction is not taken: write whole numbers");
        err = ERR_BAD_INPUT;
    } else {
        put_json(value, writer);
    }
    json_decref(value);
    if (err == ERR_NONE && writer->overflow) {
        snprintf(why, why_size, "larger than %zu bytes", writer->size);
        err = ERR_NO_ROOM;
    }
    return err;
}

static json_t *from_wire(const uint8_t **at, const uint8_t *end, unsigned depth);

// Text that is not UTF-8 (an urgent event may have some) is shown with ? for what cannot be read.
static void hide_bytes(char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((text[i] & 0x80) != 0)
            text[i] = '?';
}

static json_t *map_from_wire(const uint8_t **at, const uint8_t *end, uint64_t count, unsigned depth)
{
    json_t *object = json_object();

    for (uint64_t i = 0; i < count && object != NULL; i++) {
        struct token key = token_read(*at, end);
        char name[KEY_BYTES_MAX + 1];
        json_t *value;

        if (key.kind != TOKEN_TEXT || key.value > KEY_BYTES_MAX) {
            json_decref(object);
            return NULL;
        }
        memcpy(name, key.at, key.value);
        name[key.value] = '\0';
        if (!utf8_is_valid(span_of(key.at, key.value)))
            hide_bytes(name, key.value);
        *at += key.size;
        value = from_wire(at, end, depth);
        if (value == NULL || json_object_set_new(object, name, value) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

static json_t *array_from_wire(const uint8_t **at, const uint8_t *end, uint64_t count, unsigned depth)
{
    json_t *array = json_array();

    for (uint64_t i = 0; i < count && array != NULL; i++) {
        json_t *value = from_wire(at, end, depth);

        if (value == NULL || json_array_append_new(array, value) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *number_from_wire(const struct token *token)
{
    char text[24];

    if (token->kind == TOKEN_NEGATIVE ? (int64_t)token->value >= -(INT64_C(1) << JSON_SAFE_BITS)
                                      : token->value <= UINT64_C(1) << JSON_SAFE_BITS)
        return json_integer((json_int_t)token->value);
    if (token->kind == TOKEN_NEGATIVE)
        snprintf(text, sizeof text, "%" PRId64, (int64_t)token->value);
    else
        snprintf(text, sizeof text, "%" PRIu64, token->value);
    return json_string(text);
}

static json_t *bytes_from_wire(struct span bytes)
{
    size_t size = sodium_base64_ENCODED_LEN(bytes.size, sodium_base64_VARIANT_ORIGINAL);
    char *text = malloc(size);
    json_t *value;

    if (text == NULL)
        return NULL;
    sodium_bin2base64(text, size, bytes.at, bytes.size, sodium_base64_VARIANT_ORIGINAL);
    value = json_string(text);
    free(text);
    return value;
}

static json_t *text_from_wire(struct span bytes)
{
    char *text;
    json_t *value;

    if (utf8_is_valid(bytes))
        return json_stringn((const char *)bytes.at, bytes.size);
    text = malloc(bytes.size);
    if (text == NULL)
        return NULL;
    memcpy(text, bytes.at, bytes.size);
    hide_bytes(text, bytes.size);
    value = json_stringn(text, bytes.size);
    free(text);
    return value;
}

static json_t *float_from_wire(const uint8_t *at, size_t size)
{
    uint64_t bits = big_endian_get(at + 1, (unsigned)size - 1);
    uint32_t short_bits;
    double number;
    float short_number;

    short_bits = (uint32_t)bits;
    memcpy(&number, &bits, sizeof number);
    memcpy(&short_number, &short_bits, sizeof short_number);
    if (size == 5)
        number = (double)short_number;
    return number - number == 0 ? json_real(number) : json_null(); // JSON has neither infinities nor NaN
}

static json_t *from_wire(const uint8_t **at, const uint8_t *end, unsigned depth)
{
    struct token token = token_read(*at, end);

    *at += token.size;
    switch (token.kind) {
    case TOKEN_NIL:
        return json_null();
    case TOKEN_BOOL:
        return json_boolean(token.value != 0);
    case TOKEN_UINT:
    case TOKEN_NEGATIVE:
        return number_from_wire(&token);
    case TOKEN_TEXT:
        return text_from_wire(span_of(token.at, token.value));
    case TOKEN_FLOAT:
        return float_from_wire(*at - token.size, token.size);
    case TOKEN_EXT:
    case TOKEN_BYTES:
        return bytes_from_wire(span_of(token.at, token.value));
    case TOKEN_MAP:
        return depth == DEPTH_MAX ? NULL : map_from_wire(at, end, token.value, depth + 1);
    case TOKEN_ARRAY:
        return depth == DEPTH_MAX ? NULL : array_from_wire(at, end, token.value, depth + 1);
    default:
        return NULL;
    }
}

json_t *json_from_wire(struct span value)
{
    const uint8_t *at = value.at;

    return from_wire(&at, value.at + value.size, 0);
}
