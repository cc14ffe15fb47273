// SPDX-License-Identifier: MIT
// Made-up families: who lives where, how old, with which numbers. Every figure is a row of generate.def.
// Used by draft.c. A family is a pure function of seed, number and day; nobody in it exists.
#pragma once

#include "services/windscreen/dice.h"

#include <stddef.h>

enum { POPULATION_MEMBERS_MAX = 10, POPULATION_NAME_MAX = 48 };

enum chance {
#define CHANCE(SYMBOL, per_mille, source) CHANCE_##SYMBOL,
#include "services/windscreen/generate.def"
    CHANCE_COUNT
};

// The row's figure, per mille.
uint16_t population_per_mille(enum chance chance);

struct resident {
    uint8_t role; // enum member_role
    bool send;
    uint8_t years; // completed, on the day of the population; children only
    int32_t born;  // days since 1970; unborn: the expected day
    char given_name[POPULATION_NAME_MAX];
    const char *family_name;
    const char *school;  // NULL: none
    char nhs_number[11]; // "": none
    char upn[14];        // "": none
};

struct population_family {
    uint64_t number;
    char address[64];
    char postcode[9];
    const char *language;
    bool interpreter;
    unsigned n_members;
    struct resident members[POPULATION_MEMBERS_MAX]; // children, unborn, then adults
};

// Family `number` of the population of `seed` as it is on the day `on`; `moved` gives it another address.
void population_family(uint64_t seed, uint64_t number, int32_t on, bool moved, struct population_family *family);

// The NHS number of the test range 999 with these six digits; false when that stem has no check digit.
bool population_nhs_number(uint32_t six_digits, char text[11]);
// The unique pupil number with these digits behind the authority's code 821 (nine digits).
void population_upn(uint32_t nine_digits, char text[14]);
