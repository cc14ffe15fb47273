// SPDX-License-Identifier: MIT
// Judges UTF-8. Used by check and json.
#pragma once

#include "common/base/span.h"

// utf8_is_valid for all but short ASCII.
bool utf8_is_valid_long(struct span text);

// True of ASCII of at most 32 bytes.
static inline bool utf8_is_short_ascii(struct span text)
{
    const uint64_t high = UINT64_C(0x8080808080808080);
    const uint8_t *last;

    if (text.size < 8)
        return (bytes_mark(text.at, text.size) & high) == 0; // the mark holds them all
    last = text.at + text.size - 8;
    if (text.size <= 16)
        return ((bytes_word8(text.at) | bytes_word8(last)) & high) == 0;
    if (text.size <= 32)
        return ((bytes_word8(text.at) | bytes_word8(text.at + 8) | bytes_word8(last - 8) | bytes_word8(last)) & high) == 0;
    return false;
}

// True when the text is well-formed UTF-8: no overlong forms, no surrogates, nothing beyond U+10FFFF.
static inline bool utf8_is_valid(struct span text)
{
    return utf8_is_short_ascii(text) || utf8_is_valid_long(text);
}
