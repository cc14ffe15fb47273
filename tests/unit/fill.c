// SPDX-License-Identifier: MIT
// Fills any record to its bounds, by its rows.
// Used by unit tests only.
#include "tests/unit/fill.h"

static struct span largest_text(const struct field_desc *field)
{
    static const char *const fixed[TEXT_RULE_COUNT] = {
        [TEXT_TAG] = "RZZZZZZZZZZZZZ",      [TEXT_LANGUAGE] = "zh-Hant-TW", [TEXT_POSTCODE] = "SW1A 1AA",
        [TEXT_NHS_NUMBER] = "943-476-5919", [TEXT_UPN] = "T821200015001",
    };
    static char letters[TEXT_RULE_COUNT][65537];
    char letter = field->rule == TEXT_RULE ? 'R' : 'a';

    if (fixed[field->rule] != NULL)
        return span_text(fixed[field->rule]);
    memset(letters[field->rule], letter, sizeof letters[0]);
    if (field->rule == TEXT_POINTER || field->rule == TEXT_SOURCE)
        letters[field->rule][0] = '/';
    return span_of(letters[field->rule], (size_t)field->max);
}

// The `max` codes with the longest texts would be exact; the highest are near enough and simple, so each text is counted at its longest.
static uint64_t largest_set(const struct field_desc *field)
{
    uint64_t set = 0;
    int64_t n = 0;

    for (unsigned code = code_count(field->list); code-- > 1 && n < field->max; n++)
        set |= UINT64_C(1) << code;
    return set;
}

static uint8_t longest_code(const struct field_desc *field)
{
    uint8_t longest = 1;

    for (unsigned code = 1; code < code_count(field->list); code++)
        if (strlen(code_text(field->list, code)) > strlen(code_text(field->list, longest)))
            longest = (uint8_t)code;
    return longest;
}

static void fill_field(const struct field_desc *field, uint8_t *record, uint64_t items_max)
{
    static const uint8_t bytes[POLICY_BYTES_MAX];
    void *value = record + field->offset;
    uint64_t n = (uint64_t)field->max < items_max ? (uint64_t)field->max : items_max;

    switch ((enum field_kind)field->kind) {
    case FIELD_BOOL:
        *(bool *)value = true;
        break;
    case FIELD_UINT:
        *(uint64_t *)value = (uint64_t)field->max;
        break;
    case FIELD_INT:
        *(int64_t *)value = field->min;
        break;
    case FIELD_CODE:
        *(uint8_t *)value = longest_code(field);
        break;
    case FIELD_SET:
        *(uint64_t *)value = largest_set(field);
        break;
    case FIELD_NUMBERS:
        *(uint64_t *)value = ((UINT64_C(2) << field->max) - 1) & ~((UINT64_C(1) << field->min) - 1);
        break;
    case FIELD_TEXT:
        *(struct span *)value = largest_text(field);
        break;
    case FIELD_BYTES:
        *(struct span *)value = span_of(bytes, (size_t)field->max);
        break;
    case FIELD_DATE:
        *(int32_t *)value = 20780;
        break;
    case FIELD_TIME:
        *(int64_t *)value = INT64_C(1795425120123);
        break;
    case FIELD_NEST:
        fill_record(field->record, value, items_max);
        break;
    case FIELD_RAW:
        *(struct span *)value = span_text("\x80");
        break;
    case FIELD_MANY:
    case FIELD_ROWS:
        *(uint64_t *)(void *)(record + field->count_offset) = n;
        for (uint64_t i = 0; i < n; i++)
            fill_record(field->record, record + field->offset + i * field->record->size, items_max);
        break;
    }
}

void fill_record(const struct record_desc *desc, void *record, uint64_t items_max)
{
    memset(record, 0, desc->size);
    for (unsigned i = 0; i < desc->n_fields; i++) {
        fill_field(&desc->fields[i], record, items_max);
        *(uint64_t *)record |= UINT64_C(1) << i;
    }
}
