// SPDX-License-Identifier: MIT
// The tables themselves, and the codec made from them: every record goes out and comes back the same; the largest event fits.
// Run by ctest.
#include "common/wire/encode.h"
#include "common/wire/event_wire.h"
#include "tests/unit/fill.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ITEMS = 3, MESSAGE_MAX = 4 << 20 };

static struct span encoded(const struct record_desc *desc, const void *record, uint8_t *buffer)
{
    struct wire_writer writer = wire_writer_on(buffer, MESSAGE_MAX);

    encode(desc, record, &writer);
    assert_false(writer.overflow);
    return wire_written(&writer);
}

static void every_record_comes_back_the_same(void **state)
{
    uint8_t *first = malloc(MESSAGE_MAX);
    uint8_t *second = malloc(MESSAGE_MAX);

    (void)state;
    for (unsigned r = 0; proto_records[r] != NULL; r++) {
        const struct record_desc *desc = proto_records[r];
        void *record = calloc(1, desc->size);
        void *back = malloc(desc->size);
        struct faults faults = {0};
        struct span sent;
        struct span again;

        memset(back, 0xee, desc->size); // absent fields must have been cleared by the decoder
        fill_record(desc, record, ITEMS);
        sent = encoded(desc, record, first);
        if (!decode_message(desc, sent, back, &faults))
            fail_msg("%s: %s at %s", desc->name, code_text(LIST_FAULT, faults.at[0].code), faults.at[0].path);
        again = encoded(desc, back, second);
        if (!span_equal(sent, again))
            fail_msg("%s: not the same after decoding", desc->name);
        free(record);
        free(back);
    }
    free(first);
    free(second);
}

static void an_empty_record_reads_as_all_absent(void **state)
{
    (void)state;
    for (unsigned r = 0; proto_records[r] != NULL; r++) {
        const struct record_desc *desc = proto_records[r];
        uint8_t *back = malloc(desc->size);
        struct faults faults = {0};
        unsigned required = 0;

        memset(back, 0xee, desc->size);
        for (unsigned i = 0; i < desc->n_fields; i++)
            required += desc->fields[i].presence == FIELD_REQUIRED;
        assert_int_equal(decode(desc, span_text("\x80"), "", back, &faults), required == 0);
        assert_int_equal(faults.n, required < FAULTS_MAX ? required : FAULTS_MAX);
        for (unsigned i = 0; i < faults.n; i++)
            assert_int_equal(faults.at[i].code, FAULT_MISSING);
        assert_int_equal(*(uint64_t *)(void *)back, 0);
        free(back);
    }
}

// Longer than any event of the hub: all attributes at their bounds.
static struct event largest_envelope(void)
{
    struct event event;

    fill_record(&record_event, &event, 1);
    event.id = span_text("9223372036854775807.9223372036854775807");
    event.source = span_text("/hub/allocation");
    event.subject = span_text("RZZZZZZZZZZZZZ");
    event.type = span_text("earlyhelp.referral.conflicting.v1");
    event.has &= ~(UINT64_C(1) << event_F_datacontenttype | UINT64_C(1) << event_F_dataschema); // the hub writes neither
    return event;
}

static void the_largest_event_fits(void **state)
{
    static uint8_t buffer[65536];
    static union event_data data;
    struct event envelope = largest_envelope();

    (void)state;
    for (unsigned type = 1; type < EVENT_COUNT; type++) {
        const struct event_desc *desc = event_desc((enum event_type)type);
        struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);

        if (desc->producer == PRODUCER_NONE)
            continue;
        fill_record(desc->record, &data, UINT64_MAX);
        event_encode(&envelope, (enum event_type)type, &data, &writer);
        if (writer.overflow || writer.used > EVENT_BYTES_MAX)
            fail_msg("%s can be %zu bytes, over %d: tighten a bound in records.def", desc->name, writer.used, EVENT_BYTES_MAX);
    }
}

static void rows_keep_the_rules_of_the_tables(void **state)
{
    (void)state;
    for (unsigned r = 0; proto_records[r] != NULL; r++) {
        assert_true(proto_records[r]->n_fields <= 64); // `has` is one word
        for (unsigned i = 0; i < proto_records[r]->n_fields; i++)
            assert_non_null(memchr(proto_records[r]->fields[i].name, '\0', FIELD_NAME_MAX + 1));
    }
    for (unsigned list = 0; list < LIST_COUNT; list++)
        assert_true(code_count((enum code_list)list) <= 64); // a set is one word
    assert_int_equal(code_count(LIST_INDICATOR), 59);        // 58, and "absent"
    for (unsigned type = 1; type < EVENT_COUNT; type++)      // routing facts only, in everything that the log keeps
        for (unsigned i = 0; i < event_desc((enum event_type)type)->record->n_fields && event_desc((enum event_type)type)->producer != 0;
             i++)
            assert_int_equal(event_desc((enum event_type)type)->record->fields[i].part, PART_FACT);
}

// As the index of codes should find it.
static unsigned look_through(enum code_list list, struct span text)
{
    for (unsigned code = 1; code < code_count(list); code++)
        if (span_is(text, code_text(list, code)))
            return code;
    return 0;
}

static void codes_are_found_by_their_texts_and_no_others(void **state)
{
    (void)state;
    for (unsigned list = 0; list < LIST_COUNT; list++)
        for (unsigned of = 0; of < LIST_COUNT; of++)
            for (unsigned code = 0; code < code_count((enum code_list)of); code++) {
                struct span text = code_span((enum code_list)of, code);
                char other[64];

                assert_int_equal(text.size, strlen(code_text((enum code_list)of, code)));
                assert_int_equal(code_parse((enum code_list)list, text), look_through((enum code_list)list, text));
                for (size_t i = 0; i < text.size; i++) {
                    memcpy(other, text.at, text.size);
                    other[i] ^= 1;
                    assert_int_equal(code_parse((enum code_list)list, span_of(other, text.size)),
                                     look_through((enum code_list)list, span_of(other, text.size)));
                    assert_int_equal(code_parse((enum code_list)list, span_of(text.at, i)),
                                     look_through((enum code_list)list, span_of(text.at, i)));
                }
            }
    assert_int_equal(code_span(LIST_KIND, KIND_COUNT).size, 0);
}

#define BYTES_OF(text)                            \
    {                                             \
        (const uint8_t *)(text), sizeof(text) - 1 \
    }

// Bytes that wire_check has not seen.
static void decoding_takes_neither_less_nor_more_than_one_map(void **state)
{
    static const struct {
        const char *name;
        struct span bytes;
        enum fault fault;
    } maps[] = {
        {"good",
         BYTES_OF("\x82\xa4role\xa5"
                  "child\xa5needs\x91\xa4I301"),
         FAULT_NONE},
        {"a byte behind",
         BYTES_OF("\x81\xa4role\xa5"
                  "child\xc0"),
         FAULT_TRAILING_BYTES},
        {"a pair too few",
         BYTES_OF("\x82\xa4role\xa5"
                  "child"),
         FAULT_MALFORMED},
        {"an item too few", BYTES_OF("\x81\xa5needs\x92\xa4I301"), FAULT_MALFORMED},
        {"a key twice",
         BYTES_OF("\x83\xa4role\xa5"
                  "child\xa4role\x91\x01\xa6months\x05"),
         FAULT_DUPLICATE_KEY},
    };

    (void)state;
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) {
        struct member_facts facts;
        struct faults faults = {0};
        bool good = decode(&record_member_facts, maps[i].bytes, "", &facts, &faults);

        if (good != (maps[i].fault == FAULT_NONE) || (!good && (faults.n != 1 || faults.at[0].code != maps[i].fault)))
            fail_msg("%s: %u faults, %s", maps[i].name, faults.n, code_text(LIST_FAULT, faults.at[0].code));
        assert_true(i + 1 < sizeof maps / sizeof maps[0] || (facts.role == MEMBER_CHILD && facts.months == 5)); // read on behind it
    }
}

// Bytes of every record with one or two of them changed: what one walk calls checked, wire_check lets pass.
static void what_is_checked_in_one_walk_is_checked(void **state)
{
    static uint8_t bytes[65536];
    uint64_t seed = 11;
    unsigned n_checked = 0;

    (void)state;
    for (unsigned r = 0; proto_records[r] != NULL; r++) {
        const struct record_desc *desc = proto_records[r];
        void *record = malloc(desc->size);
        struct wire_writer writer = wire_writer_on(bytes, sizeof bytes);

        fill_record(desc, record, 2);
        encode(desc, record, &writer);
        for (int round = 0; round < 3000 && desc != &record_event && !writer.overflow; round++) {
            struct faults faults = {0};
            uint8_t kept[2];
            size_t at[2];

            for (int i = 0; i < 2; i++) {
                seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
                at[i] = (seed >> 20) % (writer.used < 400 ? writer.used : 400);
                kept[i] = bytes[at[i]];
                bytes[at[i]] = (uint8_t)(seed >> 48);
            }
            if (decode_unchecked(desc, wire_written(&writer), "", record, &faults) == DECODED_CHECKED) {
                n_checked++;
                assert_true(wire_check(wire_written(&writer), &faults));
            }
            bytes[at[1]] = kept[1];
            bytes[at[0]] = kept[0];
        }
        free(record);
    }
    assert_true(n_checked > 1000);
}

// Each has something that decoding passes over and wire_check does not.
static void what_decoding_passes_over_is_not_called_checked(void **state)
{
    static const struct {
        struct span bytes;
        enum decoded decoded;
    } maps[] = {
        {BYTES_OF("\x81\xa4role\xa5"
                  "child"),
         DECODED_CHECKED},
        {BYTES_OF("\x82\xa4role\xa5"
                  "child\xa4send\xc0"),
         DECODED_CHECKED},
        {BYTES_OF("\x82\xa4role\xa5"
                  "child\xa1z\x01"),
         DECODED_GOOD}, // an unknown key
        {BYTES_OF("\x83\xa4send\xc0\xa4send\xc0\xa4role\xa5"
                  "child"),
         DECODED_GOOD}, // a key twice, with nothing said
    };
    struct member_facts facts;
    struct referrer referrer;
    struct faults faults = {0};

    (void)state;
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++)
        assert_int_equal(decode_unchecked(&record_member_facts, maps[i].bytes, "", &facts, &faults), maps[i].decoded);
    assert_int_equal(decode_unchecked(&record_referrer,
                                      span_text("\x82\xa6"
                                                "agency\xa2gp\xa4name\xa2\xc3\xa9"),
                                      "", &referrer, &faults),
                     DECODED_CHECKED);
    assert_int_equal(decode_unchecked(&record_referrer,
                                      span_text("\x82\xa6"
                                                "agency\xa2gp\xa4name\xa2\xc3x"),
                                      "", &referrer, &faults),
                     DECODED_GOOD); // not UTF-8
}

static void a_list_beyond_the_bound_is_not_called_checked(void **state)
{
    static uint8_t bytes[8 + 5 + 5 * (ARRAY_ITEMS_MAX + 1)];
    struct wire_writer writer = wire_writer_on(bytes, sizeof bytes);
    struct member_facts facts;
    struct faults faults = {0};

    (void)state;
    wire_put_map(&writer, 1);
    wire_put_text(&writer, span_text("needs"));
    wire_put_array(&writer, ARRAY_ITEMS_MAX + 1);
    for (unsigned i = 0; i <= ARRAY_ITEMS_MAX; i++)
        wire_put_text(&writer, span_text("I301"));
    assert_false(writer.overflow);
    assert_int_equal(decode_unchecked(&record_member_facts, wire_written(&writer), "", &facts, &faults), DECODED_GOOD);
}

static enum fault fault_of_rows(const char *rows, size_t size, struct triaged *triaged)
{
    static uint8_t bytes[128]; // lent to `triaged`
    struct wire_writer writer = wire_writer_on(bytes, sizeof bytes);
    struct faults faults = {0};

    wire_put_map(&writer, 1);
    wire_put_text(&writer, span_text("near"));
    wire_put_raw(&writer, span_of(rows, size));
    assert_false(decode(&record_triaged, wire_written(&writer), "", triaged, &faults)); // the rest is missing
    return (enum fault)faults.at[0].code;
}

#define FAULT_OF(rows, triaged) fault_of_rows(rows, sizeof(rows) - 1, triaged)

static void rows_stand_without_keys_and_are_read_with_them_too(void **state)
{
    static const char plain[] = "\x91\x95\xa1R\xa1x\x00\x01\x3f";
    static const char keyed[] = "\x91\x85\xa3row\xa1R\xa4"
                                "fact\xa1x\xa5value\x00\xa4"
                                "from\x01\xa2to\x3f";
    struct near_row row = {.has = 31, .row = span_text("R"), .fact = span_text("x"), .value = 0, .from = 1, .to = 63};
    static struct triaged triaged;
    uint8_t bytes[128];
    struct wire_writer writer = wire_writer_on(bytes, sizeof bytes);
    struct triaged told = {.has = UINT64_C(1) << triaged_F_near, .n_near = 1, .near = {row}};

    (void)state;
    assert_int_equal(FAULT_OF(plain, &triaged), FAULT_MISSING);
    assert_true(triaged.n_near == 1 && triaged.near[0].to == 63 && span_is(triaged.near[0].row, "R"));
    assert_int_equal(FAULT_OF(keyed, &triaged), FAULT_MISSING);
    assert_true(triaged.n_near == 1 && triaged.near[0].to == 63 && span_is(triaged.near[0].row, "R"));
    encode(&record_triaged, &told, &writer);
    assert_non_null(memmem(bytes, writer.used, plain, sizeof plain - 1));

    assert_int_equal(FAULT_OF("\x91\x94\xa1R\xa1x\x00\x01", &triaged), FAULT_WRONG_TYPE); // one value short
    assert_int_equal(FAULT_OF("\x91\x95\xa1R\xa0\x00\x01\x3f", &triaged), FAULT_MISSING);
    assert_int_equal(FAULT_OF("\x91\x95\xa1R\x07\x00\x01\x3f", &triaged), FAULT_WRONG_TYPE);
    assert_int_equal(FAULT_OF("\x91\x95\xa1R\xa1", &triaged), FAULT_MALFORMED); // cut
}

// Its place says which field a value is: none may be left out.
static void rows_have_required_fields_only(void **state)
{
    (void)state;
    for (unsigned r = 0; proto_records[r] != NULL; r++)
        for (unsigned i = 0; i < proto_records[r]->n_fields; i++) {
            const struct field_desc *field = &proto_records[r]->fields[i];

            if (field->kind == FIELD_ROWS)
                assert_true(field->record->required == ~UINT64_C(0) >> (64 - field->record->n_fields));
        }
}

// Where the value of a field, with the count of a list before it, begins in the struct.
static size_t begin_of(const struct record_desc *desc, unsigned f)
{
    const struct field_desc *field = &desc->fields[f];

    if (f == desc->n_fields)
        return desc->size;
    return field->kind == FIELD_MANY || field->kind == FIELD_ROWS ? field->count_offset : field->offset;
}

// Each field of a record read alone, and all put together again.
static void read_by_parts(const struct record_desc *desc, struct span bytes, uint8_t *whole)
{
    uint8_t *part = malloc(desc->size);
    uint64_t has = 0, had;

    for (unsigned f = 0; f < desc->n_fields; f++) {
        struct record_desc one = record_part(desc, UINT64_C(1) << f);
        struct faults faults = {0};
        size_t begin = begin_of(desc, f);

        memset(part, 0xee, desc->size);
        assert_true(decode(&one, bytes, "", part, &faults));
        memcpy(&had, part, sizeof had);
        assert_int_equal(had, UINT64_C(1) << f);
        memcpy(whole + begin, part + begin, begin_of(desc, f + 1) - begin);
        has |= had;
    }
    memcpy(whole, &has, sizeof has);
    free(part);
}

static void every_record_can_be_read_by_parts(void **state)
{
    uint8_t *first = malloc(MESSAGE_MAX);
    uint8_t *second = malloc(MESSAGE_MAX);

    (void)state;
    for (unsigned r = 0; proto_records[r] != NULL; r++) {
        const struct record_desc *desc = proto_records[r];
        uint8_t *record = calloc(1, desc->size), *whole = calloc(1, desc->size);
        struct span sent;

        fill_record(desc, record, ITEMS);
        sent = encoded(desc, record, first);
        read_by_parts(desc, sent, whole);
        if (!span_equal(sent, encoded(desc, whole, second)))
            fail_msg("%s: not the same when read by parts", desc->name);
        free(record);
        free(whole);
    }
    free(first);
    free(second);
}

static void what_is_not_wanted_is_not_judged(void **state)
{
    static const struct {
        struct span bytes;
        bool good;
    } maps[] = {
        {BYTES_OF("\x81\xa4send\xc3"), true}, // without a field that must be there
        {BYTES_OF("\x82\xa4role\x92\x80\x81\xa1z\x01\xa4send\xc3"), true},
        {BYTES_OF("\x83\xa4role\x01\xa4role\x02\xa4send\xc3"), true},
        {BYTES_OF("\x82\xa4role\xa1x\xa4send\x01"), false}, // what is wanted, is
        {BYTES_OF("\x83\xa4role\xa1x\xa4send\xc3\xa4send\xc3"), false},
        {BYTES_OF("\x82\xa4send\xc3\xa4role\x92\x01"), false}, // no end
        {BYTES_OF("\x82\xa4send\xc3\xa4role"), false},
    };
    struct record_desc part = record_part(&record_member_facts, FIELD_BIT(member_facts, send));
    struct member_facts facts;

    (void)state;
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) {
        struct faults faults = {0};

        assert_int_equal(decode(&part, maps[i].bytes, "", &facts, &faults), maps[i].good);
        assert_int_equal(faults.n == 0, maps[i].good);
        assert_false(HAS(&facts, member_facts, role));
    }
}

static void event_types_are_found_by_each_of_their_names(void **state)
{
    (void)state;
    assert_int_equal(event_type_parse(span_text("earlyhelp.referral.triaged.v1")), EVENT_TRIAGED);
    assert_int_equal(event_type_parse(span_text("referral.triaged")), EVENT_TRIAGED);
    assert_int_equal(event_type_parse(span_text("triaged")), EVENT_TRIAGED);
    assert_int_equal(event_type_parse(span_text("family.conflict")), EVENT_FAMILY_CONFLICT);
    assert_int_equal(event_type_parse(span_text("earlyhelp.referral.triaged.v2")), EVENT_NONE);
    assert_int_equal(event_type_parse(span_text("")), EVENT_NONE);
}

static void envelope_tells_type_and_number(void **state)
{
    static uint8_t buffer[8192];
    static union event_data data;
    struct event envelope = largest_envelope();
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
    const struct event_part part = {.head = FIELD_BIT(event, id) | FIELD_BIT(event, type) | FIELD_BIT(event, data),
                                    .data = {[EVENT_PERSON_OPENED] = FIELD_BIT(person_opened, worker)}};
    struct event back;
    enum event_type type;
    struct faults faults = {0};

    (void)state;
    fill_record(&record_person_opened, &data, 1);
    envelope.type = span_text(event_desc(EVENT_PERSON_OPENED)->type);
    envelope.id = span_text("12.345");
    event_encode(&envelope, EVENT_PERSON_OPENED, &data, &writer);
    assert_int_equal(event_type_of(wire_written(&writer)), EVENT_PERSON_OPENED);
    assert_true(event_decode(wire_written(&writer), &back, &type, &data, &faults));
    assert_int_equal(type, EVENT_PERSON_OPENED);
    assert_int_equal(event_number(back.id), 345);
    assert_int_equal(wire_value_size(back.data), back.data.size);
    assert_int_equal(event_decode_part(wire_written(&writer), &part, &back, &data, &faults), EVENT_PERSON_OPENED);
    assert_int_equal(faults.n, 0);
    assert_int_equal(back.has, part.head);
    assert_int_equal(event_number(back.id), 345);
    assert_int_equal(data.PERSON_OPENED.has, FIELD_BIT(person_opened, worker));
    assert_int_equal(event_number(span_text("12.")), 0);
    assert_int_equal(event_number(span_text("12.3x")), 0);
    assert_int_equal(event_number(span_text("345")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_record_comes_back_the_same),
        cmocka_unit_test(an_empty_record_reads_as_all_absent),
        cmocka_unit_test(the_largest_event_fits),
        cmocka_unit_test(rows_keep_the_rules_of_the_tables),
        cmocka_unit_test(codes_are_found_by_their_texts_and_no_others),
        cmocka_unit_test(decoding_takes_neither_less_nor_more_than_one_map),
        cmocka_unit_test(what_is_checked_in_one_walk_is_checked),
        cmocka_unit_test(what_decoding_passes_over_is_not_called_checked),
        cmocka_unit_test(a_list_beyond_the_bound_is_not_called_checked),
        cmocka_unit_test(rows_stand_without_keys_and_are_read_with_them_too),
        cmocka_unit_test(rows_have_required_fields_only),
        cmocka_unit_test(every_record_can_be_read_by_parts),
        cmocka_unit_test(what_is_not_wanted_is_not_judged),
        cmocka_unit_test(event_types_are_found_by_each_of_their_names),
        cmocka_unit_test(envelope_tells_type_and_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
