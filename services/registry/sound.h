// SPDX-License-Identifier: MIT
// How a name sounds, coarsely: the same code for usual spellings of the same name, by which look-alikes are found before they are compared.
// Pure policy of the registry. Made for names as they are written in England, whatever language they come from.
#pragma once

#include "common/base/span.h"

enum { SOUND_GROUPS_MAX = 6, SOUND_DIGITS_MAX = 32, SOUND_MAX = 1 + 4 * SOUND_GROUPS_MAX + 1 + SOUND_DIGITS_MAX };

struct sound {
    uint8_t size; // 0: of no letters
    uint8_t code[SOUND_MAX];
};

// The code of a name as identity_print_name writes it: an A for a vowel at the front, then at most six groups of consonants, each once
// where it stands doubled: BP, CKQGX, DT, FV and PH, J and soft G, L, M, N, R, SZ and soft C; other vowels, GH, H, W and Y are not heard.
// Other alphabets' letters stand for themselves. Behind it all digits, which are never alike.
void sound_of(struct span name, struct sound *sound);

static inline bool sound_equal(const struct sound *a, const struct sound *b)
{
    return span_equal(span_of(a->code, a->size), span_of(b->code, b->size));
}
