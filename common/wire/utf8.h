// SPDX-License-Identifier: MIT
// Judges UTF-8. Used by check and json.
#pragma once

#include "common/base/span.h"

// utf8_is_valid for all but short ASCII.
bool utf8_is_valid_long(struct span text);

// True when the text is well-formed UTF-8: no overlong forms, no surrogates, nothing beyond U+10FFFF.
static inline bool utf8_is_valid(struct span text)
{
    const uint64_t high = UINT64_C(0x8080808080808080);

    if (text.size < 8 && (bytes_mark(text.at, text.size) & high) == 0) // below 8 bytes the mark holds them all
        return true;
    if (text.size >= 8 && text.size <= 16 && ((bytes_word8(text.at) | bytes_word8(text.at + text.size - 8)) & high) == 0)
        return true;
    return utf8_is_valid_long(text);
}
