// SPDX-License-Identifier: MIT
// A run of bytes that somebody else owns.
// Values in decoded messages are spans into the received frame: they live as long as the frame.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const uint8_t *at; // NULL only when size is 0
    size_t size;
};

// printf("%.*s", SPAN_ARG(s))
#define SPAN_ARG(s) (int)(s).size, (const char *)(s).at

static inline struct span span_of(const void *at, size_t size)
{
    return (struct span){.at = at, .size = size};
}

static inline struct span span_text(const char *text)
{
    return span_of(text, strlen(text));
}

static inline bool span_equal(struct span a, struct span b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.at, b.at, a.size) == 0);
}

static inline bool span_is(struct span a, const char *text)
{
    return span_equal(a, span_text(text));
}
