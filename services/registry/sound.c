// SPDX-License-Identifier: MIT
// Letters to groups that sound alike.
// Pure policy of the registry: values in, a code out.
#include "services/registry/sound.h"

// By letter: its group; '.' a vowel, ' ' not heard at all.
//                           abcdefghijklmnopqrstuvwxyz
static const char groups[] = ".BKD.FK .JKLMN.BKRSD.F K.S";

static bool is_latin(int32_t c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_among(int32_t c, const char *letters)
{
    return is_latin(c) && strchr(letters, c) != NULL;
}

// Letters as they sound before the letter that follows (0: none).
static int32_t group_of(int32_t c, int32_t next)
{
    if (c == 'c' && is_among(next, "eiy"))
        return 'S';
    if (c == 'g' && is_among(next, "eiy"))
        return 'J';
    if (c == 'p' && next == 'h')
        return 'F';
    if (c == 'g' && next == 'h')
        return ' ';
    return is_latin(c) ? groups[c - 'a'] : c;
}

static size_t put_group(int32_t group, uint8_t *out)
{
    uint32_t bits = (uint32_t)group;

    if (group < 0x80) {
        *out = (uint8_t)group;
        return 1;
    }
    out[0] = 0xff;
    out[1] = (uint8_t)(bits >> 16);
    out[2] = (uint8_t)(bits >> 8);
    out[3] = (uint8_t)bits;
    return 4;
}

// Kn, Gn, Pn, Ps: the first letter is silent.
static bool is_silent(int32_t first, int32_t second)
{
    return (is_among(first, "kgp") && second == 'n') || (first == 'p' && second == 's');
}

static size_t put_digits(const int32_t *letters, unsigned n, uint8_t *out)
{
    size_t size = 0;

    for (unsigned i = 0; i < n && size < 64; i++)
        if (letters[i] >= '0' && letters[i] <= '9') {
            if (size == 0)
                out[size++] = '#';
            out[size++] = (uint8_t)letters[i];
        }
    return size;
}

size_t sound_print(const int32_t *letters, unsigned n, uint8_t code[SOUND_MAX])
{
    unsigned i = n > 1 && is_silent(letters[0], letters[1]) ? 1 : 0, n_groups = 0;
    int32_t last = 0;
    size_t size = 0;

    for (unsigned first = i; i < n && n_groups < SOUND_GROUPS_MAX; i++) {
        int32_t group = letters[i] >= '0' && letters[i] <= '9' ? ' ' : group_of(letters[i], i + 1 < n ? letters[i + 1] : 0);

        if (group == ' ') // what is on both sides of it is next to each other
            continue;
        if (group == '.' && i == first)
            code[size++] = 'A';
        else if (group != '.' && group != last) {
            size += put_group(group, code + size);
            n_groups++;
        }
        last = group;
    }
    return size + put_digits(letters, n, code + size);
}
