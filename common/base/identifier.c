// SPDX-License-Identifier: MIT
// Check digits and grammar of NHS numbers, unique pupil numbers and postcodes.
// Used at the door and by the registry. Never corrects what was written.
#include "common/base/identifier.h"

static bool is_digit(int character)
{
    return character >= '0' && character <= '9';
}

static int upper(int character)
{
    return character >= 'a' && character <= 'z' ? character - 32 : character;
}

static bool is_letter(int character)
{
    return character >= 'A' && character <= 'Z';
}

// ---------------------------------------------------------------- NHS number

static bool gather_digits(struct span text, char digits[11])
{
    unsigned n = 0;

    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] == ' ' || text.at[i] == '-')
            continue;
        if (!is_digit(text.at[i]) || n == 10)
            return false;
        digits[n++] = (char)text.at[i];
    }
    digits[n] = '\0';
    return n == 10;
}

bool identifier_nhs_number(struct span text, char digits[11])
{
    int sum = 0, check;
    bool all_same = true;

    if (!gather_digits(text, digits))
        return false;
    for (int i = 0; i < 9; i++) {
        sum += (10 - i) * (digits[i] - '0');
        all_same = all_same && digits[i] == digits[9];
    }
    check = (11 - sum % 11) % 11; // 10: no number with this stem exists
    return !all_same && check == digits[9] - '0';
}

// ---------------------------------------------------------------- unique pupil number

// Value of a letter: no I, O, S. -1 for any other character.
static int upn_letter(int character)
{
    static const char letters[] = "ABCDEFGHJKLMNPQRTUVWXYZ";
    const char *found = character == '\0' ? NULL : strchr(letters, character);

    return found == NULL ? -1 : (int)(found - letters);
}

bool identifier_upn(struct span text, char upn[14])
{
    int sum = 0;

    if (text.size != 13)
        return false;
    for (int i = 0; i < 13; i++)
        upn[i] = (char)upper(text.at[i]);
    upn[13] = '\0';
    for (int i = 1; i < 13; i++) {
        bool temporary = i == 12 && !is_digit(upn[i]); // a temporary number ends in a letter
        int value = temporary ? upn_letter(upn[i]) : upn[i] - '0';

        if (value < 0 || (!temporary && value > 9))
            return false;
        sum += (i + 1) * value;
    }
    return upn_letter(upn[0]) == sum % 23;
}

// ---------------------------------------------------------------- postcode

// Outward part: A9, A99, A9A, AA9, AA99, AA9A, or GIR.
static bool is_outward(const char *text, unsigned size)
{
    unsigned letters = 0;

    if (size == 3 && memcmp(text, "GIR", 3) == 0)
        return true;
    while (letters < size && is_letter(text[letters]))
        letters++;
    if (letters < 1 || letters > 2 || size - letters < 1 || size - letters > 2 || strchr("QVX", text[0]) != NULL)
        return false;
    return is_digit(text[letters]) && (size - letters == 1 || is_digit(text[letters + 1]) || is_letter(text[letters + 1]));
}

// Inward part: a digit and two letters that are hard to misread.
static bool is_inward(const char *text)
{
    return is_digit(text[0]) && is_letter(text[1]) && is_letter(text[2]) && strchr("CIKMOV", text[1]) == NULL &&
           strchr("CIKMOV", text[2]) == NULL;
}

bool identifier_postcode(struct span text, char postcode[9])
{
    size_t outward;

    if (text.size < 5)
        return false;
    outward = text.size - 3;
    while (outward > 0 && text.at[outward - 1] == ' ')
        outward--;
    if (outward < 2 || outward > 4)
        return false;
    for (size_t i = 0; i < outward; i++)
        postcode[i] = (char)upper(text.at[i]);
    postcode[outward] = ' ';
    for (size_t i = 0; i < 3; i++)
        postcode[outward + 1 + i] = (char)upper(text.at[text.size - 3 + i]);
    postcode[outward + 4] = '\0';
    return is_outward(postcode, (unsigned)outward) && is_inward(postcode + outward + 1);
}
