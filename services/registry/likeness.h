// SPDX-License-Identifier: MIT
// Whether two people may be the same, by names and birth dates: in what they are alike, and how much.
// Pure policy of the registry. Suggests only; nothing is merged by it.
#pragma once

#include "services/registry/alike.h"
#include "services/registry/sound.h"

#include "proto/proto.h"

enum { LIKENESS_SECTOR_SIZE = 8 };

// What is compared of a member.
struct likeness_person {
    bool is_complete; // both names and a birth date: else there is nothing to compare
    struct alike_name given, family;
    struct sound given_sound, family_sound;
    int32_t born;
    char sector[LIKENESS_SECTOR_SIZE]; // postcode without its last two letters; empty: none
};

struct likeness_found {
    enum likeness likeness; // LIKENESS_NONE: not alike enough
    unsigned score;         // 0 to 100: of the name that is less alike, given or family, read straight or swapped
};

// `least` has the score from which each likeness counts, 0: never; by enum likeness.
struct likeness_found likeness_of(const struct likeness_person *a, const struct likeness_person *b, const uint8_t *least);

// Days and months swapped, one digit other, or two neighbouring digits swapped, in the same year. Not of equal dates.
bool likeness_dates_alike(int32_t a, int32_t b);
