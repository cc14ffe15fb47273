// SPDX-License-Identifier: MIT
// Letters to groups that sound alike.
// Pure policy of the registry: values in, a code out.
#include "services/registry/sound.h"

// By letter: its group; '.' a vowel, ' ' not heard at all.
//                           abcdefghijklmnopqrstuvwxyz
static const char groups[] = ".BKD.FK .JKLMN.BKRSD.F K.S";

static bool is_latin(uint8_t c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool softens(uint8_t c)
{
    return c == 'e' || c == 'i' || c == 'y';
}

// A letter as it sounds before the one that follows (0: none).
static char group_of(uint8_t c, uint8_t next)
{
    if (c == 'c' && softens(next))
        return 'S';
    if (c == 'g' && softens(next))
        return 'J';
    if (c == 'g' && next == 'h')
        return ' ';
    if (c == 'p' && next == 'h')
        return 'F';
    return is_latin(c) ? groups[c - 'a'] : ' ';
}

// Kn, Gn, Pn, Ps: the first letter is silent.
static bool is_silent(uint8_t first, uint8_t second)
{
    return ((first == 'k' || first == 'g' || first == 'p') && second == 'n') || (first == 'p' && second == 's');
}

static size_t character_size(struct span name, size_t at)
{
    uint8_t first = name.at[at];
    size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

    return size <= name.size - at ? size : name.size - at;
}

static void put(struct sound *sound, const void *bytes, size_t size)
{
    memcpy(sound->code + sound->size, bytes, size);
    sound->size = (uint8_t)(sound->size + size);
}

static void put_digits(struct span name, struct sound *sound)
{
    unsigned n = 0;

    for (size_t i = 0; i < name.size && n < SOUND_DIGITS_MAX; i++) {
        if (!is_digit(name.at[i]))
            continue;
        if (n++ == 0)
            put(sound, "#", 1);
        put(sound, &name.at[i], 1);
    }
}

void sound_of(struct span name, struct sound *sound)
{
    size_t first = name.size > 1 && is_silent(name.at[0], name.at[1]) ? 1 : 0, size;
    unsigned n_groups = 0;
    char last = 0;

    sound->size = 0;
    for (size_t i = first; i < name.size && n_groups < SOUND_GROUPS_MAX; i += size) {
        char group;

        size = character_size(name, i);
        if (size > 1) {
            put(sound, name.at + i, size);
            n_groups++;
            last = 0;
            continue;
        }
        group = group_of(name.at[i], i + 1 < name.size ? name.at[i + 1] : 0);
        if (group == ' ') // what is on both sides of it is next to each other
            continue;
        if (group == '.' && i == first)
            put(sound, "A", 1);
        if (group != '.' && group != last) {
            put(sound, &group, 1);
            n_groups++;
        }
        last = group;
    }
    put_digits(name, sound);
}
