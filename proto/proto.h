// SPDX-License-Identifier: MIT
// The vocabulary of the hub: codes, events, records and requests, made from the .def tables beside this file.
// Used by everybody. Holds data only: reading, writing and checking messages is common/wire's.
#pragma once

#include "common/base/span.h"

#include <stdbool.h>
#include <stdint.h>

// ---------------------------------------------------------------- bounds that are not in a row

enum {
    EVENT_BYTES_MAX = 4096,       // one event in the log; the bounds of records.def keep below it
    SUBMISSION_BYTES_MAX = 65536, // one partner's event
    ATTACHMENT_BYTES_MAX = 66560, // the same, sealed
    POLICY_BYTES_MAX = 524288,    // all files of a policy; 8,192 rows of postcodes are 450 KB, and of a reply of 1 MiB it is half
    DEPTH_MAX = 8,                // maps and arrays inside each other
    KEY_BYTES_MAX = 64,           // a map key
    MAP_KEYS_MAX = 64,            // keys of one map
    ARRAY_ITEMS_MAX = 4096,       // items of one array
    TAG_SIZE = 14,                // a letter and 13 characters
    FAULTS_MAX = 16,              // faults told of one message
    PROBLEMS_MAX = 8,             // faults kept of one urgent event
};

// ---------------------------------------------------------------- codes

// enum kind { KIND_NONE, KIND_EHA, ... KIND_COUNT } and so on.
#define CODES(list, PREFIX, meaning) enum list { PREFIX##_NONE,
#define CODE(PREFIX, SYMBOL, text, meaning) PREFIX##_##SYMBOL,
#define CODES_END(PREFIX) PREFIX##_COUNT };
#include "proto/codes.def"
#undef CODES
#undef CODE
#undef CODES_END

enum event_type {
    EVENT_NONE,
#define EVENT(SYMBOL, name, record, PRODUCER, STATE, meaning) EVENT_##SYMBOL,
#include "proto/events.def"
#undef EVENT
    EVENT_COUNT
};

#define EVENT_BIT(SYMBOL) (UINT64_C(1) << EVENT_##SYMBOL)

enum code_list {
#define CODES(list, PREFIX, meaning) LIST_##PREFIX,
#define CODE(PREFIX, SYMBOL, text, meaning)
#define CODES_END(PREFIX)
#include "proto/codes.def"
#undef CODES
#undef CODE
#undef CODES_END
    LIST_EVENT_TYPE,
    LIST_COUNT
};

// Lends the wire text of a code; "" for 0 or a number beyond the list.
const char *code_text(enum code_list list, unsigned code);
const char *code_meaning(enum code_list list, unsigned code);
// How many codes the list has, 0 ("absent") counted.
unsigned code_count(enum code_list list);
struct span code_span(enum code_list list, unsigned code);

// A code as it stands on the wire: at most 30 characters, and a NUL behind.
struct code_wire {
    uint8_t head; // of a MessagePack text
    char text[31];
};

// Lends the same; of 0 for a number beyond the list.
const struct code_wire *code_wire(enum code_list list, unsigned code);

static inline size_t code_wire_size(const struct code_wire *wire)
{
    return 1 + (size_t)(wire->head & 0x1f);
}

// The code with this wire text; 0 when there is none.
unsigned code_parse(enum code_list list, struct span text);
const char *code_list_name(enum code_list list);
const char *code_list_meaning(enum code_list list);

// ---------------------------------------------------------------- records

#define RECORD(record, meaning) \
    struct record { \
        uint64_t has; // bit F of enum record_fields: the field was present
#define BOOL(record, name, presence, part, meaning) bool name;
#define UINT(record, name, min, max, presence, part, meaning) uint64_t name;
#define INT(record, name, min, max, presence, part, meaning) int64_t name;
#define CODE_OF(record, name, LIST, presence, part, meaning) uint8_t name;
#define SET_OF(record, name, LIST, max, presence, part, meaning) uint64_t name; /* bit c: code c */
#define NUMBERS(record, name, min, max, presence, part, meaning) uint64_t name; /* bit n: number n */
#define TEXT(record, name, RULE, max, presence, part, meaning) struct span name;
#define BYTES(record, name, min, max, presence, part, meaning) struct span name;
#define DATE(record, name, presence, part, meaning) int32_t name; /* days since 1970-01-01 */
#define TIME(record, name, presence, part, meaning) int64_t name; /* ms since 1970-01-01 UTC */
#define NEST(record, name, type, presence, part, meaning) struct type name;
#define MANY(record, name, type, max, presence, part, meaning) uint64_t n_##name; struct type name[max];
#define ROWS(record, name, type, max, presence, part, meaning) uint64_t n_##name; struct type name[max]; /* items without keys */
#define RAW(record, name, presence, part, meaning) struct span name; /* one MessagePack value */
#define RECORD_END(record) };
#include "proto/records.def"
#include "proto/undef.h"

// enum record_fields { record_F_field, ... }: places in the record's row, and bits of `has`.
#define FIELD_NAME(record, name, presence) record##_F_##name,
#define RECORD(record, meaning) enum record##_fields {
#define RECORD_END(record) record##_F_COUNT };
#include "proto/each_field.h"
#include "proto/records.def"
#include "proto/undef.h"

#define HAS(pointer, record, name) (((pointer)->has >> record##_F_##name & 1) != 0)
#define FIELD_BIT(record, name) (UINT64_C(1) << record##_F_##name)
#define SET_HAS(pointer, record, name) ((pointer)->has |= UINT64_C(1) << record##_F_##name)
// Sets an optional field and says that it is there.
#define PUT(pointer, record, name, value) ((pointer)->name = (value), SET_HAS(pointer, record, name))

enum field_kind {
    FIELD_BOOL, FIELD_UINT, FIELD_INT, FIELD_CODE, FIELD_SET, FIELD_NUMBERS, FIELD_TEXT,
    FIELD_BYTES, FIELD_DATE, FIELD_TIME, FIELD_NEST, FIELD_MANY, FIELD_ROWS, FIELD_RAW,
};
enum field_presence { FIELD_OPTIONAL, FIELD_REQUIRED };
enum field_part { PART_PLAIN, PART_FACT, PART_PERSON };

enum text_rule {
#define TEXT_RULE(SYMBOL, meaning) TEXT_##SYMBOL,
#include "proto/text_rules.def"
#undef TEXT_RULE
    TEXT_RULE_COUNT
};

struct record_desc;

enum {
    FIELD_NAME_MAX = 30,                     // bytes, so that a key on the wire has a head of one
    FIELD_KEY_ROOM = 1 + FIELD_NAME_MAX + 1, // of such a key in its row, with what is unused of it
};

struct field_desc {
    uint8_t key_head; // of a MessagePack text: together with `name` behind it the key as it stands on the wire
    char name[FIELD_NAME_MAX + 1];
    const char *meaning;
    const struct record_desc *record; // NEST, MANY, ROWS: the record of the value or item
    uint8_t name_size;
    uint8_t bit;      // of the field in `has`, its place in the row
    uint8_t kind;     // enum field_kind
    uint8_t presence; // enum field_presence
    uint8_t part;     // enum field_part
    uint8_t list;     // CODE, SET: enum code_list
    uint8_t rule;     // TEXT: enum text_rule
    uint32_t offset;       // of the value in the struct
    uint32_t count_offset; // MANY, ROWS: of n_<name>
    int64_t min;      // INT, UINT, NUMBERS: least value; BYTES: least size
    int64_t max;      // greatest value, size or number of items
};

_Static_assert(offsetof(struct field_desc, key_head) == 0 && offsetof(struct field_desc, name) == 1, "head and name are one key");

struct record_desc {
    const char *name;
    const char *meaning;
    const struct field_desc *fields;
    uint64_t required; // bit i: field i must be there
    uint64_t unwanted; // bit i: who reads passes over field i; none in the tables
    uint32_t n_fields;
    uint32_t size; // of the struct
};

// record_submitted, record_received ...: descriptions of the structs above.
#define RECORD(record, meaning) extern const struct record_desc record_##record;
#define RECORD_END(record)
#define FIELD_NAME(record, name, presence)
#include "proto/each_field.h"
#include "proto/records.def"
#include "proto/undef.h"

// A record of which only the fields with a bit in `wanted` are read: the others are as if absent.
static inline struct record_desc record_part(const struct record_desc *desc, uint64_t wanted)
{
    struct record_desc part = *desc;

    part.required &= wanted;
    part.unwanted = ~wanted;
    return part;
}

// All of them, NULL at the end; for pages and tests made from the tables.
extern const struct record_desc *const proto_records[];

// ---------------------------------------------------------------- events

struct event_desc {
    const char *name; // "referral.received"
    const char *type; // "earlyhelp.referral.received.v1"
    const char *meaning;
    const struct record_desc *record;
    uint8_t producer; // enum producer; 0: partners
    uint8_t state;    // enum state of the referral afterwards; 0: no change
};

// Lends the row of an event type; EVENT_NONE has an empty one.
const struct event_desc *event_desc(enum event_type type);
// By the full type, the name, or the last word of the name ("received"); EVENT_NONE when there is none.
enum event_type event_type_parse(struct span text);

// ---------------------------------------------------------------- requests

#define SERVICE(name, SYMBOL, meaning) enum name##_request {
#define REQUEST(SERVICE, SYMBOL, text, record, reply, meaning) SERVICE##_##SYMBOL,
#define SERVICE_END(name) name##_request_count };
#include "proto/services.def"
#undef SERVICE
#undef REQUEST
#undef SERVICE_END

struct request_desc {
    const char *name; // NULL ends a service
    const char *meaning;
    const struct record_desc *request;
    const struct record_desc *reply;
};

// service_log, service_work ...: rows in the order of the enum above, a row with name NULL at the end.
#define SERVICE(name, SYMBOL, meaning) extern const struct request_desc service_##name[];
#define REQUEST(SERVICE, SYMBOL, text, record, reply, meaning)
#define SERVICE_END(name)
#include "proto/services.def"
#undef SERVICE
#undef REQUEST
#undef SERVICE_END
