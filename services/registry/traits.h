// SPDX-License-Identifier: MIT
// By what a member's look-alikes are found: keyed hashes of birth date and sound of a name, of birth year, postcode sector and sounds.
// Used by the registry for its index only. Nothing here can be read back, and none of it ever leaves the registry.
#pragma once

#include "services/registry/identity.h"
#include "services/registry/likeness.h"

enum { TRAITS_OF_MEMBER = 4, TRAITS_MAX = TRAITS_OF_MEMBER * IDENTITY_MEMBERS_MAX };

// What a trait is made of, by its place among a member's four. 0: the member's data do not allow it.
enum trait_kind {
    TRAIT_SOUND_BORN,   // birth date, sound of the family name
    TRAIT_SWAPPED_BORN, // the same of the given name, to find those who are written the other way round; it is only looked for
    TRAIT_YEAR_SECTOR,  // birth year, postcode sector, sound of both names
    TRAIT_BORN_SECTOR,  // birth date, postcode sector, sound of the given name, digits of the family name
};

struct traits {
    unsigned n; // TRAITS_OF_MEMBER for each member that has some
    uint32_t at[TRAITS_MAX];
};

// Copies traits, and no more than there are: room for all would be most of what the registry moves about.
static inline void traits_copy(struct traits *to, const struct traits *from)
{
    to->n = from->n;
    memcpy(to->at, from->at, from->n * sizeof to->at[0]);
}

// What is compared of a member. Wipe it.
void traits_person(const struct submitted *submitted, unsigned member, struct likeness_person *person);
// The traits of those members (bit i: member i) of whom there is enough to compare.
void traits_of_members(const struct identity_secret *secret, const struct submitted *submitted, unsigned members, struct traits *traits);
