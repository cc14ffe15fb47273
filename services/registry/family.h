// SPDX-License-Identifier: MIT
// Families in the registry's projection: who of a referral is known already, and what to remember of it.
// Used by the registry live and when rebuilding, in the same order, so that both end with the same rows.
#pragma once

#include "services/registry/keys.h"
#include "services/registry/match.h"
#include "services/registry/rows.h"

// What the index says of each member, each kind of identity.
struct family_search {
    struct identities identities;
    struct match_member members[IDENTITY_MEMBERS_MAX];     // as match.h wants it
    bool lacks_born[IDENTITY_MEMBERS_MAX][IDENTITY_KINDS]; // the row does not know a birth date
};

// Looks up search->identities and fills in the rest.
CHECKED enum err family_look_up(struct rows *rows, const struct identity_secret *secret, struct family_search *search);
// Remembers for `family` what the look-up did not find. Nothing that stands for another family is changed.
CHECKED enum err family_remember(struct rows *rows, const struct identity_secret *secret, const struct family_search *search,
                                 uint64_t family);

// The keys of a family that the projection knows. ERR_NOT_FOUND: no such family, or it was erased.
CHECKED enum err family_keys(struct rows *rows, struct keys *keys, uint64_t family, struct seal_keys *derived);
// The keys that the key of a slot stands for.
CHECKED enum err family_keys_of_slot(struct keys *keys, uint64_t slot, struct seal_keys *derived);
