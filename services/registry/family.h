// SPDX-License-Identifier: MIT
// Families in the registry's projection: who of a referral is known already, and what to remember of it.
// Used by the registry live and when rebuilding, in the same order, so that both end with the same rows.
#pragma once

#include "services/registry/keys.h"
#include "services/registry/match.h"
#include "services/registry/rows.h"

// What the index says of each member, each kind of identity; families stand for their households.
struct family_search {
    struct identities identities;
    struct match_member members[IDENTITY_MEMBERS_MAX];     // as match.h wants it
    bool lacks_born[IDENTITY_MEMBERS_MAX][IDENTITY_KINDS]; // the row does not know a birth date
    struct traits traits;                                  // of members who came under a new name
};

// Begins to fetch what the look-up will look at.
void family_fetch(const struct rows *rows, const struct identities *identities);
// Looks up search->identities and fills in the rest.
CHECKED enum err family_look_up(struct rows *rows, const struct identity_secret *secret, struct family_search *search);
// Fills in the traits, after the look-up.
void family_note_traits(const struct identity_secret *secret, const struct submitted *submitted, struct family_search *search);
// Remembers for `family` what the look-up did not find. Nothing that stands for another family is changed.
CHECKED enum err family_remember(struct rows *rows, const struct identity_secret *secret, const struct family_search *search,
                                 uint64_t family);

// A family's number: the slot of its key + 1 (40 bits), and 24 random bits, so that a tag cannot be guessed from another.
uint64_t family_number(uint64_t slot, uint32_t random);

// The keys of a family. ERR_NOT_FOUND: no such family, or it was erased.
CHECKED enum err family_keys(struct keys *keys, uint64_t family, struct seal_keys *derived);
