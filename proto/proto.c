// SPDX-License-Identifier: MIT
// The tables of proto.h, filled from the .def files.
// Used through proto.h by everybody; decides nothing.
#include "proto/proto.h"

#include <stddef.h>

// ---------------------------------------------------------------- codes

struct code_row {
    struct code_wire wire;
    const char *meaning;
};

#define ROW(text, meaning) {{0xa0 | (sizeof text - 1), text}, meaning},
#define CODES(list, PREFIX, meaning) static const struct code_row codes_##PREFIX[] = {ROW("", "absent")
#define CODE(PREFIX, SYMBOL, text, meaning) ROW(text, meaning)
#define CODES_END(PREFIX) };
#include "proto/codes.def"
#undef CODES
#undef CODE
#undef CODES_END

static const struct code_row codes_EVENT_TYPE[] = {
    ROW("", "absent")
#define EVENT(SYMBOL, name, record, PRODUCER, STATE, meaning) ROW(name, meaning)
#include "proto/events.def"
#undef EVENT
};

// With the byte that ends it as a text of C, which the compiler would leave out without a word.
#define FITS(code) _Static_assert(sizeof code <= sizeof((struct code_wire){0}.text), "a code has at most 30 characters");
#define CODES(list, PREFIX, meaning)
#define CODE(PREFIX, SYMBOL, text, meaning) FITS(text)
#define CODES_END(PREFIX)
#define EVENT(SYMBOL, name, record, PRODUCER, STATE, meaning) FITS(name)
#include "proto/codes.def"
#include "proto/events.def"
#undef CODES
#undef CODE
#undef CODES_END
#undef EVENT

#define LISTED(array) array, sizeof array / sizeof array[0]

static const struct {
    const char *name;
    const char *meaning;
    const struct code_row *rows;
    unsigned count;
} lists[LIST_COUNT] = {
#define CODES(list, PREFIX, meaning) [LIST_##PREFIX] = {#list, meaning, LISTED(codes_##PREFIX)},
#define CODE(PREFIX, SYMBOL, text, meaning)
#define CODES_END(PREFIX)
#include "proto/codes.def"
#undef CODES
#undef CODE
#undef CODES_END
    [LIST_EVENT_TYPE] = {"event_type", "Names of events", LISTED(codes_EVENT_TYPE)},
};

const struct code_wire *code_wire(enum code_list list, unsigned code)
{
    return &lists[list].rows[code < lists[list].count ? code : 0].wire;
}

const char *code_text(enum code_list list, unsigned code)
{
    return code_wire(list, code)->text;
}

const char *code_meaning(enum code_list list, unsigned code)
{
    return code < lists[list].count ? lists[list].rows[code].meaning : "";
}

unsigned code_count(enum code_list list)
{
    return lists[list].count;
}

struct span code_span(enum code_list list, unsigned code)
{
    const struct code_wire *wire = code_wire(list, code);

    return span_of(wire->text, code_wire_size(wire) - 1);
}

// Where the codes are found by their texts: open addressing, filled from the rows before main and never changed.
enum { PLACE_BITS = 10 };

static struct {
    uint8_t list;
    uint8_t code; // 0: nothing here
} places[1 << PLACE_BITS];

static unsigned first_place(enum code_list list, struct span text)
{
    uint64_t mark = bytes_mark(text.at, text.size) + text.size + ((uint64_t)list << 8);

    return (unsigned)(mark * UINT64_C(0x9e3779b97f4a7c15) >> (64 - PLACE_BITS));
}

static unsigned next_place(unsigned place)
{
    return (place + 1) % (1 << PLACE_BITS);
}

__attribute__((constructor)) static void fill_places(void)
{
    for (unsigned list = 0; list < LIST_COUNT; list++)
        for (unsigned code = 1; code < lists[list].count; code++) {
            unsigned place = first_place((enum code_list)list, code_span((enum code_list)list, code));

            while (places[place].code != 0)
                place = next_place(place);
            places[place].list = (uint8_t)list;
            places[place].code = (uint8_t)code;
        }
}

unsigned code_parse(enum code_list list, struct span text)
{
    for (unsigned place = first_place(list, text); places[place].code != 0; place = next_place(place)) {
        unsigned code = places[place].code;

        if (places[place].list == list && span_equal(code_span(list, code), text))
            return code;
    }
    return 0;
}

const char *code_list_name(enum code_list list)
{
    return lists[list].name;
}

const char *code_list_meaning(enum code_list list)
{
    return lists[list].meaning;
}

// ---------------------------------------------------------------- records

#define COMMON(r, field, k, p, c, m) \
    .key_head = 0xa0 | (sizeof #field - 1), .name = #field, .name_size = sizeof #field - 1, .bit = r##_F_##field, .kind = FIELD_##k, .presence = FIELD_##p, .part = PART_##c, .meaning = m, .offset = offsetof(struct r, field)

#define RECORD(record, meaning) static const struct field_desc fields_##record[] = {
#define BOOL(r, field, p, c, m) {COMMON(r, field, BOOL, p, c, m)},
#define UINT(r, field, lo, hi, p, c, m) {COMMON(r, field, UINT, p, c, m), .min = lo, .max = hi},
#define INT(r, field, lo, hi, p, c, m) {COMMON(r, field, INT, p, c, m), .min = lo, .max = hi},
#define CODE_OF(r, field, l, p, c, m) {COMMON(r, field, CODE, p, c, m), .list = LIST_##l},
#define SET_OF(r, field, l, hi, p, c, m) {COMMON(r, field, SET, p, c, m), .list = LIST_##l, .max = hi},
#define NUMBERS(r, field, lo, hi, p, c, m) {COMMON(r, field, NUMBERS, p, c, m), .min = lo, .max = hi},
#define TEXT(r, field, ru, hi, p, c, m) {COMMON(r, field, TEXT, p, c, m), .rule = TEXT_##ru, .max = hi},
#define BYTES(r, field, lo, hi, p, c, m) {COMMON(r, field, BYTES, p, c, m), .min = lo, .max = hi},
#define DATE(r, field, p, c, m) {COMMON(r, field, DATE, p, c, m)},
#define TIME(r, field, p, c, m) {COMMON(r, field, TIME, p, c, m)},
#define NEST(r, field, type, p, c, m) {COMMON(r, field, NEST, p, c, m), .record = &record_##type},
#define MANY(r, field, type, hi, p, c, m) \
    {COMMON(r, field, MANY, p, c, m), .record = &record_##type, .max = hi, .count_offset = offsetof(struct r, n_##field)},
#define ROWS(r, field, type, hi, p, c, m) \
    {COMMON(r, field, ROWS, p, c, m), .record = &record_##type, .max = hi, .count_offset = offsetof(struct r, n_##field)},
#define RAW(r, field, p, c, m) {COMMON(r, field, RAW, p, c, m)},
#define RECORD_END(record) };
#include "proto/records.def"
#include "proto/undef.h"

#define RECORD(r, m) \
    const struct record_desc record_##r = { \
        .name = #r, .meaning = m, .fields = fields_##r, .n_fields = sizeof fields_##r / sizeof fields_##r[0], .size = sizeof(struct r), .required = 0
#define FIELD_NAME(r, field, presence) | (uint64_t)FIELD_##presence << r##_F_##field
#define RECORD_END(record) };
#include "proto/each_field.h"
#include "proto/records.def"
#include "proto/undef.h"

const struct record_desc *const proto_records[] = {
#define RECORD(record, meaning) &record_##record,
#define RECORD_END(record)
#define FIELD_NAME(record, name, presence)
#include "proto/each_field.h"
#include "proto/records.def"
#include "proto/undef.h"
    NULL,
};

// ---------------------------------------------------------------- events

#define TYPE_BEGINS "earlyhelp."
#define TYPE_ENDS ".v1"

static const struct event_desc events[EVENT_COUNT] = {
    [EVENT_NONE] = {"", "", "", NULL, 0, 0},
#define EVENT(SYMBOL, name, r, PRODUCER, STATE, meaning) \
    [EVENT_##SYMBOL] = {name, TYPE_BEGINS name TYPE_ENDS, meaning, &record_##r, PRODUCER_##PRODUCER, STATE_##STATE},
#include "proto/events.def"
#undef EVENT
};

const struct event_desc *event_desc(enum event_type type)
{
    return &events[(unsigned)type < EVENT_COUNT ? type : EVENT_NONE];
}

static bool is_last_word(const char *name, struct span text)
{
    const char *dot = strchr(name, '.');

    return dot != NULL && span_is(text, dot + 1);
}

// The type as events have it, between what all types begin and end with; EVENT_NONE when it is not such a one.
static enum event_type parse_full(struct span text)
{
    const size_t begins = sizeof TYPE_BEGINS - 1, ends = sizeof TYPE_ENDS - 1;

    if (text.size <= begins + ends || !span_is(span_of(text.at, begins), TYPE_BEGINS) ||
        !span_is(span_of(text.at + text.size - ends, ends), TYPE_ENDS))
        return EVENT_NONE;
    return (enum event_type)code_parse(LIST_EVENT_TYPE, span_of(text.at + begins, text.size - begins - ends));
}

enum event_type event_type_parse(struct span text)
{
    enum event_type full = parse_full(text);

    for (unsigned type = 1; type < EVENT_COUNT && full == EVENT_NONE; type++)
        if (span_is(text, events[type].name) || is_last_word(events[type].name, text)) // short forms, as people write them
            return (enum event_type)type;
    return full;
}

// ---------------------------------------------------------------- requests

#define SERVICE(name, SYMBOL, meaning) const struct request_desc service_##name[] = {
#define REQUEST(SERVICE, SYMBOL, text, r, reply, meaning) {text, meaning, &record_##r, &record_##reply},
#define SERVICE_END(name) {NULL, NULL, NULL, NULL}};
#include "proto/services.def"
#undef SERVICE
#undef REQUEST
#undef SERVICE_END
