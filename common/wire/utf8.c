// SPDX-License-Identifier: MIT
// Judges UTF-8, eight ASCII bytes at a time.
// Used by check. Never reads beyond the text.
#include "common/wire/utf8.h"

// Size of the well-formed sequence at `at`, 0 when there is none. Table 3-7 of the Unicode standard.
static size_t sequence(const uint8_t *at, size_t left)
{
    static const struct {
        uint8_t first, last, size, low, high; // range of the first byte; size; range of the second byte
    } rows[] = {
        {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf}, {0xe1, 0xec, 3, 0x80, 0xbf}, {0xed, 0xed, 3, 0x80, 0x9f},
        {0xee, 0xef, 3, 0x80, 0xbf}, {0xf0, 0xf0, 4, 0x90, 0xbf}, {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
    };

    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        if (*at < rows[row].first || *at > rows[row].last)
            continue;
        if (left < rows[row].size || at[1] < rows[row].low || at[1] > rows[row].high)
            return 0;
        for (size_t i = 2; i < rows[row].size; i++)
            if ((at[i] & 0xc0) != 0x80)
                return 0;
        return rows[row].size;
    }
    return 0;
}

bool utf8_is_valid_long(struct span text)
{
    const uint64_t high = UINT64_C(0x8080808080808080);
    size_t i = 0;

    while (i < text.size) {
        size_t left = text.size - i, size;

        if (left >= 8 && (bytes_word8(text.at + i) & high) == 0) {
            i += 8;
            continue;
        }
        if (left < 8 && (bytes_mark(text.at + i, left) & high) == 0)
            return true;
        size = text.at[i] < 0x80 ? 1 : sequence(text.at + i, left);
        if (size == 0)
            return false;
        i += size;
    }
    return true;
}
