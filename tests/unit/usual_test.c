// SPDX-License-Identifier: MIT
// What is written the usual way is read as what is written at length, which the decoder reads by tokens: good or with one value that is
// nil, of another type, or not there at all.
#include "common/base/big_endian.h"
#include "common/wire/decode.h"
#include "common/wire/encode.h"
#include "common/wire/token.h"
#include "tests/unit/fill.h"

#include "tests/unit/unit.h"

enum { ITEMS = 2, VALUES_MAX = 300, MESSAGE_MAX = 4 << 20, RECORD_MAX = 4 << 20 };

static uint8_t sent[MESSAGE_MAX], messages[2][MESSAGE_MAX], written[2][MESSAGE_MAX];
static uint8_t records[2][RECORD_MAX];

// How a message is written again.
struct rewrite {
    bool at_length;
    size_t odd; // counted over all its tokens: this one becomes `odd_byte`
    uint8_t odd_byte;
};

static void put_head(struct wire_writer *writer, const struct token *token, const uint8_t *at, bool at_length)
{
    static const struct {
        uint8_t head, size;
    } longest[] = {[TOKEN_UINT] = {0xcf, 8},  [TOKEN_NEGATIVE] = {0xd3, 8}, [TOKEN_TEXT] = {0xdb, 4},
                   [TOKEN_BYTES] = {0xc6, 4}, [TOKEN_ARRAY] = {0xdd, 4},    [TOKEN_MAP] = {0xdf, 4}};
    size_t size = token->at != NULL ? token->size - (size_t)token->value : token->size;

    if (!at_length || token->kind == TOKEN_NIL || token->kind == TOKEN_BOOL) {
        wire_put_raw(writer, span_of(at, size));
        return;
    }
    wire_put_byte(writer, longest[token->kind].head);
    big_endian_put(wire_take_room(writer, longest[token->kind].size), token->value, longest[token->kind].size);
}

// The value at `at`; what is behind it.
static const uint8_t *write_again(const uint8_t *at, const uint8_t *end, const struct rewrite *how, size_t *n, struct wire_writer *writer)
{
    struct token token = token_read(at, end);
    uint64_t inside = token.kind == TOKEN_MAP ? 2 * token.value : token.kind == TOKEN_ARRAY ? token.value : 0;

    if ((*n)++ == how->odd) {
        wire_put_byte(writer, how->odd_byte);
        return at + wire_value_size(span_of(at, (size_t)(end - at)));
    }
    if (token.kind != TOKEN_TEXT && token.kind != TOKEN_BYTES)
        token.at = NULL;
    put_head(writer, &token, at, how->at_length);
    if (token.at != NULL)
        wire_put_raw(writer, span_of(token.at, (size_t)token.value));
    for (at += token.size; inside > 0; inside--)
        at = write_again(at, end, how, n, writer);
    return at;
}

// As it is written again both ways; how many tokens it has.
static size_t read_both(const struct record_desc *desc, struct span message, struct rewrite how)
{
    enum decoded decoded[2];
    struct faults faults[2];
    size_t n[2] = {0};
    struct span again[2];

    for (int i = 0; i < 2; i++) {
        struct wire_writer writer = wire_writer_on(messages[i], MESSAGE_MAX), back = wire_writer_on(written[i], MESSAGE_MAX);

        how.at_length = i == 1;
        write_again(message.at, message.at + message.size, &how, &n[i], &writer);
        faults[i].n = 0;
        decoded[i] = decode_unchecked(desc, wire_written(&writer), "", records[i], &faults[i]);
        encode(desc, records[i], &back);
        again[i] = wire_written(&back);
    }
    if (decoded[0] != decoded[1] || faults[0].n != faults[1].n || !span_equal(again[0], again[1]))
        fail_msg("%s: not the same with %02x for token %zu", desc->name, how.odd_byte, how.odd);
    for (unsigned i = 0; i < faults[0].n; i++)
        if (faults[0].at[i].code != faults[1].at[i].code || strcmp(faults[0].at[i].path, faults[1].at[i].path) != 0)
            fail_msg("%s: another fault at %s with %02x for token %zu", desc->name, faults[0].at[i].path, how.odd_byte, how.odd);
    return n[0];
}

static void what_is_usual_is_read_as_what_is_written_at_length(void **state)
{
    static const uint8_t odd_bytes[] = {0xc0, 0xa0, 0xc3, 0x07, 0xff, 0x90, 0x80, 0xc1};

    (void)state;
    for (unsigned r = 0; proto_records[r] != NULL; r++) {
        const struct record_desc *desc = proto_records[r];
        void *record = calloc(1, desc->size);
        struct wire_writer writer = wire_writer_on(sent, MESSAGE_MAX);
        size_t n;

        assert_true(desc->size <= RECORD_MAX);
        fill_record(desc, record, ITEMS);
        encode(desc, record, &writer);
        free(record);
        if (desc == &record_event || wire_written(&writer).size > VALUES_MAX * 64) // a RAW value lends how it was written; too long
            continue;
        n = read_both(desc, wire_written(&writer), (struct rewrite){.odd = SIZE_MAX});
        for (size_t odd = 1; odd < n && odd < VALUES_MAX; odd++)
            for (size_t b = 0; b < sizeof odd_bytes; b++)
                read_both(desc, wire_written(&writer), (struct rewrite){.odd = odd, .odd_byte = odd_bytes[b]});
    }
}

// wire_check refuses it.
static void a_key_that_comes_again_after_nil_is_not_called_checked(void **state)
{
    struct wire_writer writer = wire_writer_on(sent, MESSAGE_MAX);
    struct faults faults = {0};
    struct consent consent;

    (void)state;
    wire_put_map(&writer, 3);
    wire_put_text(&writer, span_text("given_by"));
    wire_put_nil(&writer);
    wire_put_text(&writer, span_text("service"));
    wire_put_text(&writer, code_span(LIST_CONSENT, 1));
    wire_put_text(&writer, span_text("given_by"));
    wire_put_text(&writer, code_span(LIST_GIVEN_BY, 1));
    assert_int_equal(decode_unchecked(&record_consent, wire_written(&writer), "", &consent, &faults), DECODED_GOOD);
    assert_int_equal(consent.given_by, 1);
    assert_false(wire_check(wire_written(&writer), &faults));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_usual_is_read_as_what_is_written_at_length),
        cmocka_unit_test(a_key_that_comes_again_after_nil_is_not_called_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
