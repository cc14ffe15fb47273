// SPDX-License-Identifier: MIT
// Crockford's base 32, strict: upper case only, so that equal tags are equal bytes.
// Used by everybody who prints or reads a tag. Never guesses what a mistyped character meant.
#include "common/base/tag.h"

enum { DIGITS = 13, BITS = 5 };

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

// Place + 1; 0 for what is not in the alphabet.
static const uint8_t places[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['A'] = 11,
    ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16, ['G'] = 17, ['H'] = 18, ['J'] = 19, ['K'] = 20, ['M'] = 21, ['N'] = 22,
    ['P'] = 23, ['Q'] = 24, ['R'] = 25, ['S'] = 26, ['T'] = 27, ['V'] = 28, ['W'] = 29, ['X'] = 30, ['Y'] = 31, ['Z'] = 32,
};

// Place of a character in the alphabet; -1 for any other.
static int digit_of(uint8_t character)
{
    return places[character] - 1;
}

void tag_print(char letter, uint64_t value, char text[TAG_TEXT_MAX + 1])
{
    text[0] = letter;
    for (int i = DIGITS; i > 0; i--) {
        text[i] = alphabet[value & 31];
        value >>= BITS;
    }
    text[DIGITS + 1] = '\0';
}

bool tag_has_form(struct span text)
{
    bool good = text.size == TAG_TEXT_MAX && text.at[0] >= 'A' && text.at[0] <= 'Z';

    for (size_t i = 1; i < text.size && good; i++)
        good = places[text.at[i]] != 0;
    return good;
}

bool tag_parse(struct span text, char letter, uint64_t *value)
{
    uint64_t number = 0;
    int seen = 0; // below 0 when one is not in the alphabet

    if (text.size != TAG_TEXT_MAX || text.at[0] != (uint8_t)letter || digit_of(text.at[1]) > 15)
        return false;
    for (int i = 1; i <= DIGITS; i++) {
        int digit = digit_of(text.at[i]);

        seen |= digit;
        number = number << BITS | (unsigned)digit;
    }
    if (seen < 0)
        return false;
    *value = number;
    return true;
}
