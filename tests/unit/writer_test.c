// SPDX-License-Identifier: MIT
// What writer.h writes itself is what msgpack-c writes; nothing is ever written beyond the buffer.
#include "common/wire/encode.h"
#include "tests/unit/fill.h"

#include "tests/unit/unit.h"

enum { ROOM = 70000 };

static uint8_t bytes[ROOM], short_bytes[ROOM], long_bytes[ROOM];
static struct wire_writer ours, theirs;

static void begin(void)
{
    ours = wire_writer_on(short_bytes, sizeof short_bytes);
    theirs = wire_writer_on(long_bytes, sizeof long_bytes);
}

static void assert_same(uint64_t value)
{
    if (ours.overflow || theirs.overflow || !span_equal(wire_written(&ours), wire_written(&theirs)))
        fail_msg("not the same for %llu", (unsigned long long)value);
}

static void every_number_is_written_as_by_msgpack_c(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 64; bit++)
        for (int64_t near = -300; near <= 300; near++) {
            uint64_t value = (UINT64_C(1) << bit) + (uint64_t)near;

            begin();
            wire_put_uint(&ours, value);
            wire_pack_uint(&theirs, value);
            wire_put_int(&ours, (int64_t)value);
            wire_pack_int(&theirs, (int64_t)value);
            assert_same(value);
        }
}

static void every_size_is_written_as_by_msgpack_c(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 31 + 7);
    for (size_t size = 0; size < 66000; size += size < 600 ? 1 : 321) {
        begin();
        wire_put_text(&ours, span_of(bytes, size));
        wire_pack_text(&theirs, span_of(bytes, size));
        assert_same(size);
        begin();
        wire_put_bytes(&ours, span_of(bytes, size));
        wire_pack_bytes(&theirs, span_of(bytes, size));
        wire_put_map(&ours, size);
        wire_pack_map(&theirs, size);
        wire_put_array(&ours, size);
        wire_pack_array(&theirs, size);
        assert_same(size);
    }
}

// A record into every room from none to more than enough.
static void a_record_needs_just_its_size(void **state)
{
    struct member_facts facts;
    size_t size;

    (void)state;
    fill_record(&record_member_facts, &facts, 2);
    begin();
    encode(&record_member_facts, &facts, &ours);
    size = wire_written(&ours).size;
    for (size_t room = 0; room <= size + 40; room++) {
        uint8_t *buffer = malloc(room + (room == 0)); // exactly as large, so that a sanitizer sees a write beyond
        struct wire_writer writer = wire_writer_on(buffer, room);

        encode(&record_member_facts, &facts, &writer);
        assert_true(writer.overflow == (room < size));
        assert_true(writer.overflow || span_equal(wire_written(&writer), wire_written(&ours)));
        wire_put_nil(&writer); // an overflow sticks
        assert_true(writer.overflow == (room < size + 1));
        free(buffer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_is_written_as_by_msgpack_c),
        cmocka_unit_test(every_size_is_written_as_by_msgpack_c),
        cmocka_unit_test(a_record_needs_just_its_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
