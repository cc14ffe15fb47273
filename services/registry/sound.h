// SPDX-License-Identifier: MIT
// How a name sounds, coarsely: the same code for usual spellings of the same name, by which look-alikes are found before they are compared.
// Pure policy of the registry. Made for names as they are written in England, whatever language they come from.
#pragma once

#include "common/base/span.h"

enum { SOUND_GROUPS_MAX = 6, SOUND_MAX = 4 * SOUND_GROUPS_MAX + 2 + 64 };

// Writes the code of a name's letters (as alike.h has them): an A for a vowel at the front, then at most six groups of consonants, each
// once where it stands doubled: BP, CKQGX, DT, FV and PH, J and soft G, L, M, N, R, SZ and soft C; other vowels, GH, H, W and Y are not
// heard. Other alphabets' letters stand for themselves. Behind it all digits, which are never alike. Returns the size; 0 for no letters.
size_t sound_print(const int32_t *letters, unsigned n, uint8_t code[SOUND_MAX]);
