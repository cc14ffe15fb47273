// SPDX-License-Identifier: MIT
// How alike two names are: Jaro-Winkler over letters, whole names and the parts of double ones.
// Pure policy of the registry. Knows no alphabet: letters are code points that were written alike before (identity.h).
#pragma once

#include "common/base/span.h"

enum { ALIKE_LETTERS_MAX = 64, ALIKE_PARTS_MAX = 4, ALIKE_EQUAL = 100 };

// A name of one or more parts, such as Anna-Maria. {0} is empty.
struct alike_name {
    uint8_t n;
    uint8_t n_parts;
    uint8_t ends[ALIKE_PARTS_MAX]; // of each part, in letters; the last part holds whatever comes behind it
    int32_t letters[ALIKE_LETTERS_MAX];
};

// Adds a part, in UTF-8 as identity_print_name writes it. What finds no room is left out.
void alike_add(struct alike_name *name, struct span part);

// Jaro-Winkler similarity in hundredths of a percent, rounded down: 10000 for equal runs, 0 for runs without a letter in common. At most
// ALIKE_LETTERS_MAX letters each.
unsigned alike_jaro_winkler(const int32_t *a, unsigned n_a, const int32_t *b, unsigned n_b);

// 0 to 100: of the whole names, or of a part with the whole other name, which counts five less. Names with other digits in them ("Baby 1",
// "Baby 2") are told apart by them: 0.
unsigned alike_score(const struct alike_name *a, const struct alike_name *b);
