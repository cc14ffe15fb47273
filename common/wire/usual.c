// SPDX-License-Identifier: MIT
// Reads what nearly every sender writes by its bytes alone, without a token in memory, and without knowing its place.
// Used by decode. Refuses nothing, never reads beyond `end`, never allocates. Recursion is as deep as the records of records.def.
#include "common/wire/usual.h"

#include "common/base/big_endian.h"
#include "common/base/civil.h"
#include "common/wire/token.h"
#include "common/wire/utf8.h"
#include "proto/text_rule.h"

enum { RETRY_MAX = 64 }; // items of a list that may be read twice: one odd item has all of a list read again

typedef const uint8_t *taker(const struct field_desc *field, const uint8_t *at, const uint8_t *end, void *value);

// ---------------------------------------------------------------- one value each: what is behind it; NULL: it is another one

static const uint8_t *take_bool(const struct field_desc *field, const uint8_t *at, const uint8_t *end, void *value)
{
    (void)field;
    (void)end;
    if ((*at & 0xfe) != 0xc2)
        return NULL;
    *(bool *)value = (*at & 1) != 0;
    return at + 1;
}

// A number in 1, 2, 4 or 8 bytes behind the first: cc to cf from 0 on, d0 to d3 with a sign.
static const uint8_t *read_number(const uint8_t *at, const uint8_t *end, int64_t *number)
{
    unsigned form = *at - 0xccu, size = 1u << (form & 3), shift = 64 - 8 * size;
    uint64_t bits;

    if (form > 7 || size >= (size_t)(end - at))
        return NULL;
    bits = end - at > 8 ? big_endian_get8(at + 1) : big_endian_get(at + 1, size) << shift;
    *number = form > 3 ? (int64_t)bits >> shift : (int64_t)(bits >> shift);
    return *number < 0 && form < 4 ? NULL : at + 1 + size; // beyond INT64_MAX
}

static const uint8_t *take_int(const struct field_desc *field, const uint8_t *at, const uint8_t *end, void *value)
{
    int64_t number = (int8_t)*at;
    const uint8_t *after = number >= -32 ? at + 1 : read_number(at, end, &number);

    if (after == NULL || number < field->min || number > field->max)
        return NULL;
    *(int64_t *)value = number;
    return after;
}

// Most words are ASCII; of others it must be told apart whether they are any text at all.
static inline bool is_good_text(const struct field_desc *field, struct span text)
{
    if (field->rule != TEXT_FREE && field->rule != TEXT_LINE)
        return text_rule_check(field->rule, text) == FAULT_NONE; // of ASCII alone
    return bytes_are_printable(text.at, text.size) || (utf8_is_valid(text) && text_rule_check(field->rule, text) == FAULT_NONE);
}

static const uint8_t *take_text(const struct field_desc *field, const uint8_t *at, const uint8_t *end, void *value)
{
    size_t size = *at - 0xa0u, head = 1;

    if (*at == 0xd9 && end - at > 1) {
        size = at[1];
        head = 2;
    } else if (*at == 0xda && end - at > 2) {
        size = (size_t)at[1] << 8 | at[2];
        head = 3;
    } else if (size > 31) {
        return NULL;
    }
    at += head;
    if (size == 0 || size > (size_t)(end - at) || size > (uint64_t)field->max || !is_good_text(field, span_of(at, size)))
        return NULL;
    *(struct span *)value = span_of(at, size);
    return at + size;
}

static const uint8_t *take_bytes(const struct field_desc *field, const uint8_t *at, const uint8_t *end, void *value)
{
    size_t head = *at == 0xc4 ? 2 : *at == 0xc5 ? 3 : SIZE_MAX, size;

    if (head > (size_t)(end - at))
        return NULL;
    size = head == 2 ? at[1] : (size_t)at[1] << 8 | at[2];
    if (size > (size_t)(end - at) - head || size < (uint64_t)field->min || size > (uint64_t)field->max)
        return NULL;
    *(struct span *)value = span_of(at + head, size);
    return at + head + size;
}

// A short text that is one of the list; 0: another one.
static inline unsigned code_at(enum code_list list, const uint8_t *at, const uint8_t *end)
{
    size_t size = *at - 0xa0u;

    return size < 32 && size < (size_t)(end - at) ? code_parse(list, span_of(at + 1, size)) : 0;
}

static const uint8_t *take_code(const struct field_desc *field, const uint8_t *at, const uint8_t *end, void *value)
{
    unsigned code = code_at(field->list, at, end);

    if (code == 0)
        return NULL;
    *(uint8_t *)value = (uint8_t)code;
    return at + 1 + (*at - 0xa0);
}

static const uint8_t *take_set(const struct field_desc *field, const uint8_t *at, const uint8_t *end, void *value)
{
    unsigned n = *at - 0x90u, code;
    uint64_t set = 0;

    if (n > 15 || n > field->max)
        return NULL;
    for (at++; n > 0; n--, at += 1 + (*at - 0xa0)) {
        code = at < end ? code_at(field->list, at, end) : 0;
        if (code == 0)
            return NULL;
        set |= UINT64_C(1) << code;
    }
    *(uint64_t *)value = set;
    return at;
}

static const uint8_t *take_numbers(const struct field_desc *field, const uint8_t *at, const uint8_t *end, void *value)
{
    unsigned n = *at - 0x90u;
    uint64_t set = 0;

    if (n > 15 || n >= (size_t)(end - at))
        return NULL;
    for (at++; n > 0; n--, at++) {
        if (*at < field->min || *at > field->max)
            return NULL;
        set |= UINT64_C(1) << *at;
    }
    *(uint64_t *)value = set;
    return at;
}

// Of texts whose size is known.
static inline bool is_text_of(size_t size, const uint8_t *at, const uint8_t *end)
{
    return *at == (0xa0 | size) && (size_t)(end - at) > size;
}

static const uint8_t *take_date(const struct field_desc *field, const uint8_t *at, const uint8_t *end, void *value)
{
    (void)field;
    if (!is_text_of(CIVIL_DATE_MAX, at, end) || !civil_parse_date(span_of(at + 1, CIVIL_DATE_MAX), value))
        return NULL;
    return at + 1 + CIVIL_DATE_MAX;
}

static const uint8_t *take_time(const struct field_desc *field, const uint8_t *at, const uint8_t *end, void *value)
{
    (void)field;
    if (!is_text_of(CIVIL_TIME_MAX, at, end) || !civil_parse_time(span_of(at + 1, CIVIL_TIME_MAX), value))
        return NULL;
    return at + 1 + CIVIL_TIME_MAX;
}

// Its place says whether all of it stands at the end.
static const uint8_t *take_raw(const struct field_desc *field, const uint8_t *at, const uint8_t *end, void *value)
{
    (void)field;
    (void)at;
    (void)end;
    (void)value;
    return NULL;
}

// A whole record, of which nothing is missing.
static const uint8_t *take_record(const struct record_desc *desc, const uint8_t *at, const uint8_t *end, void *record, bool may_be_row)
{
    struct fields fields = fields_of(desc, record, *at & 0x0f);
    const struct field_desc *odd;

    if ((*at & 0xf0) == 0x80) {
        at++;
        odd = usual_take_pairs(&fields, &at, end);
    } else if (may_be_row && *at == (0x90 | desc->n_fields)) {
        at++;
        odd = usual_take_row(&fields, &at, end);
    } else {
        return NULL;
    }
    memcpy(record, &fields.has, sizeof fields.has);
    return odd == NULL && fields.left == 0 && (desc->required & ~fields.has) == 0 ? at : NULL;
}

static const uint8_t *take_nest(const struct field_desc *field, const uint8_t *at, const uint8_t *end, void *value)
{
    const uint8_t *after = take_record(field->record, at, end, value, false);

    if (after == NULL)
        memset(value, 0, field->record->size);
    return after;
}

static const uint8_t *take_many(const struct field_desc *field, const uint8_t *at, const uint8_t *end, void *value)
{
    uint64_t *n = (uint64_t *)(void *)((uint8_t *)value - field->offset + field->count_offset);
    size_t size = field->record->size, count = *at - 0x90u;

    if (count > 15 || count > (uint64_t)field->max || field->max > RETRY_MAX)
        return NULL;
    for (at++; *n < count && at != NULL; *n += 1) {
        uint8_t *item = (uint8_t *)value + *n * size;

        memset(item, 0, size);
        at = at < end ? take_record(field->record, at, end, item, field->kind == FIELD_ROWS) : NULL;
    }
    if (at == NULL) {
        memset(value, 0, *n * size);
        *n = 0;
    }
    return at;
}

static taker *const takers[] = {
    [FIELD_BOOL] = take_bool,       [FIELD_UINT] = take_int, [FIELD_INT] = take_int,     [FIELD_CODE] = take_code, [FIELD_SET] = take_set,
    [FIELD_NUMBERS] = take_numbers, [FIELD_TEXT] = take_text, [FIELD_BYTES] = take_bytes, [FIELD_DATE] = take_date, [FIELD_TIME] = take_time,
    [FIELD_NEST] = take_nest,       [FIELD_MANY] = take_many, [FIELD_ROWS] = take_many,   [FIELD_RAW] = take_raw,
};

// ---------------------------------------------------------------- pairs

// Of keys as they stand in the rows. Eight bytes can be read at `at`, and as many as a text that begins there has.
static inline bool is_key_at(const uint8_t *at, const struct field_desc *field)
{
    static const uint8_t window[16] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}; // from 8 - n on: n bytes that count
    const uint8_t *key = (const uint8_t *)field;
    size_t size = 1 + (size_t)field->name_size;
    uint64_t odd = bytes_word8(at) ^ bytes_word8(key);

    if (*at != field->key_head)
        return false;
    if (size < 8)
        return (odd & bytes_word8(window + 8 - size)) == 0;
    odd |= bytes_word8(at + size - 8) ^ bytes_word8(key + size - 8);
    if (size > 16)
        odd |= (bytes_word8(at + 8) ^ bytes_word8(key + 8)) | (bytes_word8(at + size - 16) ^ bytes_word8(key + size - 16));
    return odd == 0;
}

// The field whose key stands in the last bytes before `end`, with a byte behind it at least.
static const struct field_desc *find_last_key(const struct fields *fields, const uint8_t *at, const uint8_t *end)
{
    for (const struct field_desc *field = fields->desc->fields; field < fields->end; field++)
        if (end - at > field->name_size + 1 && bytes_equal((const uint8_t *)field, at, 1 + (size_t)field->name_size))
            return field;
    return NULL;
}

// The same anywhere; the field `next` is looked for first.
static inline const struct field_desc *find_key(const struct fields *fields, const struct field_desc *next, const uint8_t *at,
                                                const uint8_t *end)
{
    const struct field_desc *field = next;

    if (end - at <= FIELD_KEY_ROOM && (end - at < 8 || end - at < (*at & 0x1f) + 2))
        return find_last_key(fields, at, end);
    while (!is_key_at(at, field)) {
        field = fields_step(fields, field);
        if (field == next)
            return NULL;
    }
    return field;
}

// Passes over a value that is not wanted and is of a short form; NULL: it is another one, or was named before.
static const uint8_t *pass_unwanted(struct fields *fields, uint64_t bit, const uint8_t *at, const uint8_t *end)
{
    size_t size = token_short_size(at, end);

    if (size == 0 || (fields->desc->unwanted & ~fields->named & bit) == 0)
        return NULL;
    fields->named |= bit;
    return at + size;
}

// Nil, or a text of no bytes: nothing is said.
static const uint8_t *pass_absent(const uint8_t *at)
{
    return *at == 0xc0 || *at == 0xa0 ? at + 1 : NULL;
}

const struct field_desc *usual_take_pairs(struct fields *fields, const uint8_t **from, const uint8_t *end)
{
    const struct field_desc *field = NULL, *next = fields->next;
    uint64_t left = fields->left, has = fields->has, barred = fields->named | fields->desc->unwanted;
    const uint8_t *at = *from, *after;

    while (left > 0 && (field = find_key(fields, next, at, end)) != NULL) {
        at += 1 + (size_t)field->name_size;
        next = fields_step(fields, field);
        left--;
        if (((barred | has) >> field->bit & 1) != 0)
            after = pass_unwanted(fields, UINT64_C(1) << field->bit, at, end);
        else if ((after = takers[field->kind](field, at, end, fields->record + field->offset)) != NULL)
            has |= UINT64_C(1) << field->bit;
        else if ((after = pass_absent(at)) != NULL)
            barred |= UINT64_C(1) << field->bit;
        if (after == NULL)
            break;
        at = after;
        field = NULL;
    }
    *from = at;
    fields->next = next;
    fields->left = left;
    fields->has = has;
    fields->named |= has | (barred & ~fields->desc->unwanted);
    return field;
}

const struct field_desc *usual_take_row(struct fields *fields, const uint8_t **at, const uint8_t *end)
{
    while (fields->left > 0 && *at < end) {
        const struct field_desc *field = fields->next++;
        const uint8_t *after = takers[field->kind](field, *at, end, fields->record + field->offset);

        fields->left--;
        if (after == NULL)
            return field;
        fields->has |= UINT64_C(1) << field->bit;
        *at = after;
    }
    return NULL;
}
