// SPDX-License-Identifier: MIT
// Equal values have equal canonical encodings, others not; any bytes are safe.
#include "proto/proto.h"
#include "services/registry/canonical.h"

#include "tests/unit/unit.h"

#define TEXT(bytes) {(const uint8_t *)(bytes), sizeof(bytes) - 1}

static struct span canonical(struct span value, uint8_t *buffer, size_t size, bool *good)
{
    struct wire_writer writer = wire_writer_on(buffer, size);
    uint8_t space[64];

    *good = canonical_write(value, &writer, space);
    return wire_written(&writer);
}

static const struct {
    const char *name;
    struct span a, b;
    bool equal;
} pairs[] = {
    {"key order", TEXT("\x82\xa1" "a\x01\xa1" "b\x02"), TEXT("\x82\xa1" "b\x02\xa1" "a\x01"), true},
    {"shorter key first", TEXT("\x82\xa2" "ab\x01\xa1" "a\x02"), TEXT("\x82\xa1" "a\x02\xa2" "ab\x01"), true},
    {"inner key order", TEXT("\x81\xa1x\x91\x82\xa1" "a\xc0\xa1" "b\xc3"), TEXT("\x81\xa1x\x91\x82\xa1" "b\xc3\xa1" "a\xc0"), true},
    {"map16, str8", TEXT("\x81\xa1" "a\xa1z"), TEXT("\xde\x00\x01\xd9\x01" "a\xda\x00\x01z"), true},
    {"array32", TEXT("\x92\x01\x02"), TEXT("\xdd\x00\x00\x00\x02\x01\x02"), true},
    {"wide integer", TEXT("\x91\x05"), TEXT("\x91\xcf\x00\x00\x00\x00\x00\x00\x00\x05"), true},
    {"signed positive", TEXT("\x91\xcc\x80"), TEXT("\x91\xd1\x00\x80"), true},
    {"255 in two bytes", TEXT("\x91\xcc\xff"), TEXT("\x91\xcd\x00\xff"), true},
    {"256 signed", TEXT("\x91\xcd\x01\x00"), TEXT("\x91\xd1\x01\x00"), true},
    {"65536 of all widths", TEXT("\x92\xce\x00\x01\x00\x00\xcf\x00\x00\x00\x01\x00\x00\x00\x00"),
     TEXT("\x92\xd2\x00\x01\x00\x00\xd3\x00\x00\x00\x01\x00\x00\x00\x00"), true},
    {"wide small negative", TEXT("\x91\xd0\x80"), TEXT("\x91\xd1\xff\x80"), true},
    {"wide negative", TEXT("\x91\xff"), TEXT("\x91\xd3\xff\xff\xff\xff\xff\xff\xff\xff"), true},
    {"wide bytes", TEXT("\xc4\x01x"), TEXT("\xc6\x00\x00\x00\x01x"), true},
    {"other value", TEXT("\x81\xa1" "a\x01"), TEXT("\x81\xa1" "a\x02"), false},
    {"other key", TEXT("\x81\xa1" "a\x01"), TEXT("\x81\xa1" "b\x01"), false},
    {"order of a list counts", TEXT("\x92\x01\x02"), TEXT("\x92\x02\x01"), false},
    {"text is not bytes", TEXT("\xa1x"), TEXT("\xc4\x01x"), false},
    {"floats and extensions count as they came", TEXT("\x92\xca\x00\x00\x00\x00\xd4\x01\x01"), TEXT("\x92\xca\x00\x00\x00\x01\xd4\x01\x01"), false},
    {"the same float", TEXT("\x92\xca\x00\x00\x00\x00\xd4\x01\x01"), TEXT("\x92\xca\x00\x00\x00\x00\xd4\x01\x01"), true},
    {"nil is not false", TEXT("\xc0"), TEXT("\xc2"), false},
    {"-1 is not 255", TEXT("\xff"), TEXT("\xcc\xff"), false},
};

static void compares(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        uint8_t a[64], b[64];
        bool good_a, good_b;
        struct span one = canonical(pairs[i].a, a, sizeof a, &good_a), other = canonical(pairs[i].b, b, sizeof b, &good_b);

        assert_true(good_a && good_b);
        if (span_equal(one, other) != pairs[i].equal)
            fail_msg("%s", pairs[i].name);
        assert_true(one.size <= pairs[i].a.size && other.size <= pairs[i].b.size);
    }
}

static const struct span bad[] = {
    TEXT(""), TEXT("\x81"), TEXT("\x81\xa1" "a"), TEXT("\x81\x01\x01"), TEXT("\x01\x01"), TEXT("\xc1"), TEXT("\xca\x00\x00\x00"),
    TEXT("\xd4\x01"), TEXT("\xa5" "ab"), TEXT("\xdd\xff\xff\xff\xff"), TEXT("\xdf\xff\xff\xff\xff"), TEXT("\xdb\xff\xff\xff\xff" "a"),
    TEXT("\x91\x91\x91\x91\x91\x91\x91\x91\x91\x01"),
};

static void refuses(void **state)
{
    uint8_t buffer[64];
    bool good;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        canonical(bad[i], buffer, sizeof buffer, &good);
        if (good)
            fail_msg("row %zu", i);
    }
    canonical((struct span)TEXT("\xa3" "abc"), buffer, 3, &good); // no room
    assert_false(good);
    canonical((struct span)TEXT("\x91\x91\x91\x91\x91\x91\x91\x91\x01"), buffer, sizeof buffer, &good); // as deep as allowed
    assert_true(good);
}

// Random bytes: no crash, never longer, and writing again changes nothing.
static void survives_anything(void **state)
{
    uint64_t seed = 7;
    unsigned taken = 0;

    (void)state;
    for (int round = 0; round < 200000; round++) {
        uint8_t bytes[24], one[24], two[24];
        struct span first, second;
        size_t size;
        bool good;

        for (size_t i = 0; i < sizeof bytes; i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
            bytes[i] = (uint8_t)((seed >> 33) % 3 == 0 ? 0x80 + (seed >> 40) % 0x30 : seed >> 50);
        }
        size = 1 + (size_t)round % sizeof bytes;
        first = canonical(span_of(bytes, size), one, size, &good);
        if (!good)
            continue;
        taken++;
        second = canonical(first, two, first.size, &good);
        assert_true(good && span_equal(first, second));
    }
    assert_true(taken > 1000);
}

// ---------------------------------------------------------------- against a plain way to do it

struct plain_pair {
    uint8_t key[12];
    size_t key_size;
    uint8_t value[40];
    size_t value_size;
};

static uint64_t next_random(void)
{
    static uint64_t seed = 5;

    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return seed >> 33;
}

// Keys of few letters, so that many begin alike.
static void make_pair(struct plain_pair *pair)
{
    struct wire_writer writer = wire_writer_on(pair->value, sizeof pair->value);

    pair->key_size = next_random() % (sizeof pair->key + 1);
    for (size_t i = 0; i < pair->key_size; i++)
        pair->key[i] = (uint8_t)(next_random() % 8 == 0 ? 0 : 'a' + next_random() % 2);
    switch (next_random() % 4) {
    case 0:
        wire_put_uint(&writer, next_random() >> next_random() % 31);
        break;
    case 1:
        wire_put_text(&writer, span_of("abcdefghijklmnopqrstuvwxyzabcdefghijk", next_random() % 38));
        break;
    case 2:
        wire_put_bool(&writer, true);
        break;
    default:
        wire_put_array(&writer, 2);
        wire_put_int(&writer, -(int64_t)(next_random() % 300));
        wire_put_nil(&writer);
    }
    pair->value_size = writer.used;
}

static void put_pairs(struct wire_writer *writer, const struct plain_pair *map, size_t n)
{
    wire_put_map(writer, n);
    for (size_t i = 0; i < n; i++) {
        wire_put_text(writer, span_of(map[i].key, map[i].key_size));
        wire_put_raw(writer, span_of(map[i].value, map[i].value_size));
    }
}

static bool is_greater(const struct plain_pair *a, const struct plain_pair *b)
{
    int order = memcmp(a->key, b->key, a->key_size < b->key_size ? a->key_size : b->key_size);

    return order != 0 ? order > 0 : a->key_size > b->key_size;
}

static void sort_pairs(struct plain_pair *map, size_t n)
{
    for (size_t last = n; last-- > 1;)
        for (size_t i = 0; i < last; i++)
            if (is_greater(&map[i], &map[i + 1])) {
                struct plain_pair kept = map[i];

                map[i] = map[i + 1];
                map[i + 1] = kept;
            }
}

static void sorts_as_a_plain_sort_does(void **state)
{
    (void)state;
    for (int round = 0; round < 3000; round++) {
        static struct plain_pair map[MAP_KEYS_MAX];
        static uint8_t sent[8192], wanted[8192], written[8192], space[8192];
        struct wire_writer sender = wire_writer_on(sent, sizeof sent), right = wire_writer_on(wanted, sizeof wanted);
        struct wire_writer writer = wire_writer_on(written, sizeof written);
        size_t n = next_random() % (MAP_KEYS_MAX + 1);

        for (size_t i = 0; i < n; i++)
            make_pair(&map[i]);
        put_pairs(&sender, map, n);
        sort_pairs(map, n);
        put_pairs(&right, map, n);
        assert_true(canonical_write(wire_written(&sender), &writer, space));
        assert_true(span_equal(wire_written(&writer), wire_written(&right)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(compares), cmocka_unit_test(refuses), cmocka_unit_test(survives_anything),
                                       cmocka_unit_test(sorts_as_a_plain_sort_does)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
