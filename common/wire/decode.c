// SPDX-License-Identifier: MIT
// Reads maps into structs, field by field, as the rows of records.def say.
// Used on every message. Values are lent from the bytes; nothing is allocated; any bytes are safe.
#include "common/wire/decode.h"

#include "common/base/bits.h"
#include "common/wire/reading.h"
#include "common/wire/usual.h"
#include "common/wire/value.h"

enum { CLEAR_WHOLE_MAX = 2048 }; // bytes of a record that are cleared without looking

static void read_record(struct reading *reading, const struct record_desc *desc, const struct token *head, void *record,
                        const struct place *place);

// Absent fields read as zero. Lists of a large record are left as they are: beyond n_<name> nobody looks.
static void clear_record(const struct record_desc *desc, uint8_t *record)
{
    const struct field_desc *end = desc->size > CLEAR_WHOLE_MAX ? desc->fields + desc->n_fields : desc->fields;
    size_t from = 0;

    for (const struct field_desc *field = desc->fields; field < end; field++) {
        if (field->kind != FIELD_MANY && field->kind != FIELD_ROWS)
            continue;
        memset(record + from, 0, field->offset - from);
        from = field->offset + (size_t)field->max * field->record->size;
    }
    memset(record + from, 0, desc->size - from);
}

static bool skip_whole(struct reading *reading, const struct place *place)
{
    size_t size = wire_value_size(span_of(reading->at, (size_t)(reading->end - reading->at)));

    reading->at = size > 0 ? reading->at + size : reading->end;
    return size > 0 || reading_refuse(reading, FAULT_MALFORMED, place);
}

// Walks the items of a list or map whose token has been read; other values are stepped over with their token.
static bool skip_items(struct reading *reading, const struct token *token, const struct place *place)
{
    reading->at -= token->size;
    return skip_whole(reading, place);
}

static inline bool skip_value(struct reading *reading, const struct token *token, const struct place *place)
{
    return (token->kind != TOKEN_ARRAY && token->kind != TOKEN_MAP) || skip_items(reading, token, place);
}

// The bytes ended before the items that a list or map says it has.
static void refuse_end(struct reading *reading, bool is_cut, const struct place *place)
{
    if (is_cut)
        reading_refuse(reading, FAULT_MALFORMED, place);
}

// Keeps the highest `max` codes: within a list the graver ones stand last.
static uint64_t highest(uint64_t set, int64_t max)
{
    while ((int64_t)bits_count(set) > max)
        set &= set - 1;
    return set;
}

static bool read_set(struct reading *reading, const struct field_desc *field, const struct token *token, uint64_t *value,
                     const struct place *place)
{
    uint64_t set = 0, i;

    if (token->kind != TOKEN_ARRAY) {
        skip_value(reading, token, place);
        return reading_refuse(reading, FAULT_WRONG_TYPE, place);
    }
    for (i = 0; i < token->value && reading->at < reading->end; i++) {
        struct place item = {.around = place, .index = (size_t)i};
        struct token inner;
        uint64_t number = 0;
        uint8_t code = 0;

        reading_token(reading, &inner);
        if (field->kind == FIELD_NUMBERS ? value_read_uint(reading, field, &inner, &number, &item)
                                         : value_read_code(reading, field, &inner, &code, &item))
            set |= UINT64_C(1) << (field->kind == FIELD_NUMBERS ? number : code);
        skip_value(reading, &inner, &item);
    }
    refuse_end(reading, i < token->value, place);
    reading->is_checked &= token->value <= ARRAY_ITEMS_MAX;
    *value = field->kind == FIELD_SET ? highest(set, field->max) : set;
    if (*value != set)
        reading_refuse(reading, FAULT_TOO_MANY, place);
    return set != 0 || token->value == 0;
}

static bool read_nest(struct reading *reading, const struct field_desc *field, const struct token *token, void *value,
                      const struct place *place)
{
    if (token->kind == TOKEN_MAP) {
        read_record(reading, field->record, token, value, place);
        return true;
    }
    skip_value(reading, token, place);
    return reading_refuse(reading, FAULT_WRONG_TYPE, place);
}

// One item of a list. The list of a small record has been cleared with it.
static void read_item(struct reading *reading, const struct field_desc *field, const struct token *head, const struct fields *of,
                      const struct place *place)
{
    uint64_t *n = (uint64_t *)(void *)(of->record + field->count_offset);
    bool is_row = field->kind == FIELD_ROWS && head->kind == TOKEN_ARRAY && head->value == field->record->n_fields;
    uint8_t *record = of->record + field->offset + *n * field->record->size;

    if (*n == (uint64_t)field->max || (head->kind != TOKEN_MAP && !is_row)) { // a row may be a map: in logs from before it is
        skip_value(reading, head, place);
        if (head->kind != TOKEN_MAP && !is_row)
            reading_refuse(reading, FAULT_WRONG_TYPE, place);
        return;
    }
    if (of->desc->size > CLEAR_WHOLE_MAX)
        clear_record(field->record, record);
    read_record(reading, field->record, head, record, place);
    *n += 1;
}

static bool read_many(struct reading *reading, const struct field_desc *field, const struct token *token, const struct fields *of,
                      const struct place *place)
{
    struct place item = {.around = place};
    struct token head;

    if (token->kind != TOKEN_ARRAY) {
        skip_value(reading, token, place);
        return reading_refuse(reading, FAULT_WRONG_TYPE, place);
    }
    for (; item.index < token->value && reading->at < reading->end; item.index++) {
        reading_token(reading, &head);
        read_item(reading, field, &head, of, &item);
    }
    refuse_end(reading, item.index < token->value, place);
    if (token->value > (uint64_t)field->max)
        reading_refuse(reading, FAULT_TOO_MANY, place);
    return true;
}

// The last value of a message ends where the message ends: to walk it only for that would be to read it twice.
static bool read_raw(struct reading *reading, const struct token *token, struct span *value, const struct place *place)
{
    const uint8_t *start = reading->at - token->size;

    if (place->around == NULL && reading->pairs_left == 0)
        reading->at = reading->end;
    else if (!skip_value(reading, token, place))
        return false;
    *value = span_of(start, (size_t)(reading->at - start));
    return true;
}

// ---------------------------------------------------------------- one field, one record

// What was refused as a single value may be a list or map, which is stepped over.
static bool pass_refused(struct reading *reading, const struct token *token, const struct place *place)
{
    skip_value(reading, token, place);
    return false;
}

static bool read_field(struct reading *reading, const struct field_desc *field, const struct fields *of, const struct place *place)
{
    void *value = of->record + field->offset;
    struct token token;

    reading_token(reading, &token);
    if (token.kind == TOKEN_CUT)
        return reading_refuse(reading, FAULT_MALFORMED, place);
    if (token.kind == TOKEN_NIL || (token.kind == TOKEN_TEXT && token.value == 0))
        return false; // nothing said: absent
    switch ((enum field_kind)field->kind) {
    case FIELD_SET:
    case FIELD_NUMBERS:
        return read_set(reading, field, &token, value, place);
    case FIELD_NEST:
        return read_nest(reading, field, &token, value, place);
    case FIELD_MANY:
    case FIELD_ROWS:
        return read_many(reading, field, &token, of, place);
    case FIELD_RAW:
        return read_raw(reading, &token, value, place);
    default:
        return value_read(reading, field, &token, value, place) || pass_refused(reading, &token, place);
    }
}

static const struct field_desc *find_field(struct fields *fields, struct span key)
{
    const struct field_desc *field = fields->next;

    do {
        if (field->name_size == key.size && bytes_equal((const uint8_t *)field->name, key.at, key.size)) {
            fields->next = fields_step(fields, field);
            return field;
        }
        field = fields_step(fields, field);
    } while (field != fields->next);
    return NULL;
}

// A pair that is not ours: its key, which may be a map or list, and its value.
static void pass_over(struct reading *reading, const struct token *key, const struct place *around)
{
    struct token value;

    reading->is_checked = false;
    skip_value(reading, key, around);
    reading_token(reading, &value);
    skip_value(reading, &value, around);
    if (key->kind == TOKEN_CUT || value.kind == TOKEN_CUT)
        reading_refuse(reading, FAULT_MALFORMED, around);
}

// The first one counts.
static void refuse_again(struct reading *reading, const struct place *place)
{
    struct token value;

    reading_token(reading, &value);
    reading_refuse(reading, FAULT_DUPLICATE_KEY, place);
    skip_value(reading, &value, place);
}

// Any key. The field whose value comes next; NULL: a pair that is not ours, which has been passed over.
static const struct field_desc *read_key(struct reading *reading, struct fields *fields, const struct place *around)
{
    const struct field_desc *field = NULL;
    struct token key;

    reading_token(reading, &key);
    if (key.kind == TOKEN_TEXT)
        field = find_field(fields, span_of(key.at, (size_t)key.value));
    if (field == NULL)
        pass_over(reading, &key, around);
    fields->left--;
    return field;
}

static void read_value(struct reading *reading, struct fields *fields, const struct field_desc *field, const struct place *around)
{
    struct place place = {.around = around, .name = field->name};
    uint64_t bit = UINT64_C(1) << field->bit;

    reading->pairs_left = fields->left;
    if ((fields->named & bit) != 0)
        reading->is_checked = false;
    fields->named |= bit;
    if ((fields->desc->unwanted & bit) != 0)
        skip_whole(reading, &place);
    else if ((fields->has & bit) != 0)
        refuse_again(reading, &place);
    else if (read_field(reading, field, fields, &place))
        fields->has |= bit;
}

static void refuse_missing(struct reading *reading, const struct record_desc *desc, uint64_t missing, const struct place *around)
{
    for (; missing != 0; missing &= missing - 1) {
        struct place place = {.around = around, .name = desc->fields[__builtin_ctzll(missing)].name};

        if (!reading_told(reading, &place))
            reading_refuse(reading, FAULT_MISSING, &place);
    }
}

// Into a record that has been cleared.
static void read_record(struct reading *reading, const struct record_desc *desc, const struct token *head, void *record,
                        const struct place *place)
{
    struct fields fields = fields_of(desc, record, head->value);
    const struct field_desc *field;

    while (fields.left > 0 && reading->at < reading->end) {
        if (head->kind == TOKEN_ARRAY)
            field = usual_take_row(&fields, &reading->at, reading->end);
        else
            field = usual_take_pairs(&fields, &reading->at, reading->end);
        if (field == NULL && fields.left > 0 && reading->at < reading->end)
            field = read_key(reading, &fields, place);
        if (field != NULL)
            read_value(reading, &fields, field, place);
    }
    memcpy(record, &fields.has, sizeof fields.has);
    refuse_end(reading, fields.left > 0, place);
    refuse_missing(reading, desc, desc->required & ~fields.has, place);
}

static enum decoded decode_map(struct reading *reading, const struct record_desc *desc, void *record)
{
    struct token token;

    reading_token(reading, &token);
    clear_record(desc, record);
    if (token.kind != TOKEN_MAP) {
        reading_refuse(reading, token.kind == TOKEN_CUT ? FAULT_MALFORMED : FAULT_WRONG_TYPE, NULL);
        return DECODED_FAULTS;
    }
    read_record(reading, desc, &token, record, NULL);
    if (reading->at != reading->end)
        reading_refuse(reading, FAULT_TRAILING_BYTES, NULL);
    return !reading->good ? DECODED_FAULTS : reading->is_checked ? DECODED_CHECKED : DECODED_GOOD;
}

static struct reading reading_of(struct span bytes, const char *path, struct faults *faults)
{
    return (struct reading){
        .at = bytes.at, .end = bytes.size > 0 ? bytes.at + bytes.size : bytes.at, .path = path, .faults = faults, .good = true};
}

bool decode(const struct record_desc *desc, struct span bytes, const char *path, void *record, struct faults *faults)
{
    struct reading reading = reading_of(bytes, path, faults);

    return decode_map(&reading, desc, record) != DECODED_FAULTS;
}

enum decoded decode_unchecked(const struct record_desc *desc, struct span bytes, const char *path, void *record, struct faults *faults)
{
    struct reading reading = reading_of(bytes, path, faults);

    reading.is_checked = true;
    return decode_map(&reading, desc, record);
}

bool decode_message(const struct record_desc *desc, struct span bytes, void *record, struct faults *faults)
{
    if (!wire_check(bytes, faults)) {
        clear_record(desc, record);
        return false;
    }
    return decode(desc, bytes, "", record, faults);
}
