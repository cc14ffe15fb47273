// SPDX-License-Identifier: MIT
// What the unit tests of storage share: cmocka with what it needs, hexadecimal, a directory of their own.
// Included by tests only.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static inline void assert_hex(const uint8_t *bytes, size_t size, const char *hex)
{
    char text[2 * 64 + 1];

    assert_true(size <= 64);
    for (size_t i = 0; i < size; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    assert_string_equal(text, hex);
}

static inline void unit_unhex(const char *hex, uint8_t *bytes)
{
    for (; hex[0] != '\0'; hex += 2) {
        char pair[3] = {hex[0], hex[1], '\0'};

        *bytes++ = (uint8_t)strtoul(pair, NULL, 16);
    }
}

// Makes an empty directory, of which `path` (64 bytes) becomes the name.
static inline void unit_directory(char path[64])
{
    const char *under = getenv("TMPDIR");

    snprintf(path, 64, "%.40s/ws-unit-XXXXXX", under != NULL ? under : "/tmp");
    assert_non_null(mkdtemp(path));
}

static inline void unit_remove(const char *path)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf -- '%s'", path);
    assert_int_equal(system(command), 0);
}
