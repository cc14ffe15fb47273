// SPDX-License-Identifier: MIT
// Opaque tags of referrals ("R…") and families ("F…"): a letter and a 64-bit number in 13 characters of Crockford's base 32.
// Used by everybody who prints or reads one. A tag says nothing about anybody.
#pragma once

#include "common/base/span.h"

enum { TAG_TEXT_MAX = 14 };

// Writes the letter, 13 upper-case characters (65 bits, the top one 0) and a NUL.
void tag_print(char letter, uint64_t value, char text[TAG_TEXT_MAX + 1]);

// True when `text` is exactly what tag_print writes for this letter and some value.
bool tag_parse(struct span text, char letter, uint64_t *value);

// True when `text` is a capital letter and 13 characters of the alphabet (no lower case, no I, L, O, U).
bool tag_has_form(struct span text);
