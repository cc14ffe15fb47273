// SPDX-License-Identifier: MIT
// The bounded door: what wire_check refuses, and where it says the fault is.
// Run by ctest.
#include "common/wire/check.h"

#include "common/wire/token.h"
#include "common/wire/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct row {
    const char *name;
    const char *hex;
    enum fault fault; // FAULT_NONE: good
    const char *path;
};

static const struct row rows[] = {
    {"empty map", "80", FAULT_NONE, ""},
    {"one pair", "81a26964a131", FAULT_NONE, ""},
    {"no bytes", "", FAULT_MALFORMED, ""},
    {"not a map", "93010203", FAULT_MALFORMED, ""},
    {"reserved byte", "81a16bc1", FAULT_MALFORMED, ""},
    {"cut after the key", "81a26964", FAULT_MALFORMED, "/id"},
    {"cut inside a text", "81a26964a531", FAULT_LENGTH_BEYOND_END, "/id"},
    {"trailing byte", "8000", FAULT_TRAILING_BYTES, ""},
    {"second map", "8080", FAULT_TRAILING_BYTES, ""},
    {"map of four thousand million", "dfffffffff", FAULT_LENGTH_BEYOND_END, ""},
    {"array of four thousand million", "81a464617461ddffffffff", FAULT_LENGTH_BEYOND_END, "/data"},
    {"text of four thousand million", "81a464617461dbffffffff", FAULT_LENGTH_BEYOND_END, "/data"},
    {"bytes of four thousand million", "81a464617461c6ffffffff", FAULT_LENGTH_BEYOND_END, "/data"},
    {"float under an undeclared key", "81a46461746acb3ff0000000000000", FAULT_FLOAT, ""},
    {"float in data", "81a464617461ca3f800000", FAULT_FLOAT, "/data"},
    {"extension", "81a464617461d40100", FAULT_EXTENSION, "/data"},
    {"timestamp extension", "81a474696d65d6ff00000000", FAULT_EXTENSION, "/time"},
    {"duplicate key", "82a26964a131a26964a132", FAULT_DUPLICATE_KEY, "/id"},
    {"duplicate unknown key is not quoted", "82a17aa131a17aa132", FAULT_DUPLICATE_KEY, ""},
    {"keys that differ in the middle", "82b1616263646566676858696a6b6c6d6e6f7001b1616263646566676859696a6b6c6d6e6f7002", FAULT_NONE, ""},
    {"keys that do not", "82b1616263646566676858696a6b6c6d6e6f7001b1616263646566676858696a6b6c6d6e6f7002", FAULT_DUPLICATE_KEY, ""},
    {"one key written in two ways", "82a2696401d902696402", FAULT_DUPLICATE_KEY, "/id"},
    {"keys that are not ASCII", "82a2c3a901a2c3a802", FAULT_NONE, ""},
    {"number as key", "8101a131", FAULT_BAD_KEY, ""},
    {"empty key", "81a0a131", FAULT_BAD_KEY, ""},
    {"nil as key", "81c0a131", FAULT_BAD_KEY, ""},
    {"overlong UTF-8", "81a26964a2c080", FAULT_BAD_UTF8, "/id"},
    {"surrogate", "81a26964a3eda080", FAULT_BAD_UTF8, "/id"},
    {"beyond Unicode", "81a26964a4f4908080", FAULT_BAD_UTF8, "/id"},
    {"bare continuation", "81a26964a180", FAULT_BAD_UTF8, "/id"},
    {"bad UTF-8 in a key", "81a180a131", FAULT_BAD_UTF8, ""},
    {"eight levels", "81a46461746191919191919191c0", FAULT_NONE, ""},
    {"nine levels", "81a4646174619191919191919191c0", FAULT_TOO_DEEP, "/data/0/0/0/0/0/0/0"},
    {"path stops at what is declared", "81a46461746181a37a7a7ac1", FAULT_MALFORMED, "/data"},
    {"place in a list", "81a4646174619201c1", FAULT_MALFORMED, "/data/1"},
};

static size_t from_hex(const char *hex, uint8_t *bytes)
{
    size_t size = 0;

    for (; *hex != '\0'; hex += 2)
        bytes[size++] = (uint8_t)strtoul((char[]){hex[0], hex[1], 0}, NULL, 16);
    return size;
}

static void refuses_what_it_should(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t *bytes = malloc(strlen(rows[i].hex) / 2 + 1);
        size_t size = from_hex(rows[i].hex, bytes);
        uint8_t *exact = malloc(size + (size == 0)); // exactly as large, so that a sanitizer sees a read beyond
        struct faults faults = {0};

        memcpy(exact, bytes, size);
        if (wire_check(span_of(exact, size), &faults) != (rows[i].fault == FAULT_NONE))
            fail_msg("%s: wrong verdict", rows[i].name);
        if (rows[i].fault != FAULT_NONE && (faults.at[0].code != rows[i].fault || strcmp(faults.at[0].path, rows[i].path) != 0))
            fail_msg("%s: %s at \"%s\"", rows[i].name, code_text(LIST_FAULT, faults.at[0].code), faults.at[0].path);
        free(bytes);
        free(exact);
    }
}

static void bounds_keys_of_a_map(void **state)
{
    uint8_t bytes[4 + 3 * 65];
    struct faults faults = {0};
    size_t used = 0;

    (void)state;
    bytes[used++] = 0xde;
    bytes[used++] = 0;
    bytes[used++] = MAP_KEYS_MAX + 1;
    for (unsigned i = 0; i <= MAP_KEYS_MAX; i++) {
        bytes[used++] = 0xa1;
        bytes[used++] = (uint8_t)('!' + i);
        bytes[used++] = 0xc0;
    }
    assert_false(wire_check(span_of(bytes, used), &faults));
    assert_int_equal(faults.at[0].code, FAULT_TOO_MANY);
    bytes[2] = MAP_KEYS_MAX;
    faults.n = 0;
    assert_true(wire_check(span_of(bytes, used - 3), &faults));
}

// The short way and the long one, for every first byte and every size.
static void short_tokens_are_tokens(void **state)
{
    uint8_t bytes[40] = {0};

    (void)state;
    for (unsigned first = 0; first < 256; first++)
        for (size_t size = 0; size <= sizeof bytes; size++) {
            struct token token;
            size_t fast;

            bytes[0] = (uint8_t)first;
            token = token_read(bytes, bytes + size);
            fast = token_short_size(bytes, bytes + size);
            if (fast > 0)
                assert_true(fast == token.size && token.kind != TOKEN_CUT && token.kind != TOKEN_MAP && token.kind != TOKEN_ARRAY);
            else
                assert_true(token.kind == TOKEN_CUT || (first >= 0x80 && first < 0xa0) || (first >= 0xc4 && first < 0xe0));
        }
}

static void utf8_is_judged_alike_whatever_the_size(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } inserts[] = {{"a", true},     {"\xc3\xa9", true}, {"\xe2\x82\xac", true},     {"\xf0\x9f\x98\x80", true},
                   {"\x80", false}, {"\xc3", false},    {"\xf5\x80\x80\x80", false}};
    uint8_t text[48];

    (void)state;
    for (size_t i = 0; i < sizeof inserts / sizeof inserts[0]; i++)
        for (size_t size = strlen(inserts[i].text); size <= sizeof text; size++)
            for (size_t place = 0; place + strlen(inserts[i].text) <= size; place++) {
                memset(text, 'x', sizeof text);
                memcpy(text + place, inserts[i].text, strlen(inserts[i].text));
                assert_true(utf8_is_valid(span_of(text, size)) == inserts[i].good);
            }
    assert_true(utf8_is_valid(span_of(NULL, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_it_should),
        cmocka_unit_test(bounds_keys_of_a_map),
        cmocka_unit_test(short_tokens_are_tokens),
        cmocka_unit_test(utf8_is_judged_alike_whatever_the_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
