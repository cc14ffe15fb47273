// SPDX-License-Identifier: MIT
// Keyed hashes of what identifies people: NHS number, unique pupil number, name with birth date and postcode.
// Used by the registry for its index only. Nothing here can be read back, and none of it ever leaves the registry.
#pragma once

#include "common/base/span.h"
#include "proto/proto.h"

enum { IDENTITY_SIZE = 16, IDENTITY_BORN_SIZE = 8, IDENTITY_KEK_SIZE = 32, IDENTITY_NAME_MAX = 512, IDENTITY_MEMBERS_MAX = 16 };

// What a member may be known by, the strongest first.
enum identity_kind { IDENTITY_NHS_NUMBER, IDENTITY_UPN, IDENTITY_NAME, IDENTITY_KINDS };

struct identity_secret {
    uint8_t hash[16];
    uint8_t born[16];
};

struct identity {
    uint8_t bytes[IDENTITY_SIZE];
};

struct identity_member {
    bool is_child; // or unborn
    bool has[IDENTITY_KINDS];
    bool has_born;
    int32_t born;
    struct identity by[IDENTITY_KINDS];
};

struct identities {
    unsigned n;
    struct identity_member members[IDENTITY_MEMBERS_MAX];
    bool has_reference;
    struct identity reference; // of the anti-social behaviour team
};

// Derives the secret from the key-encryption key.
void identity_secret_derive(const uint8_t kek[IDENTITY_KEK_SIZE], struct identity_secret *secret);

// The members of a referral in their order, each with the hashes that its data allow.
void identity_of_members(const struct identity_secret *secret, const struct submitted *submitted, struct identities *identities);

// Hash of a birth date that belongs to an identity; says nothing beside another identity's.
void identity_born(const struct identity_secret *secret, const struct identity *identity, int32_t born, uint8_t hash[IDENTITY_BORN_SIZE]);
// What a number is known by together with one birth date, where the same number came with several.
void identity_with_born(const struct identity_secret *secret, const struct identity *number, int32_t born, struct identity *with_born);
// Of a partner's event: its source and id.
void identity_of_event(const struct identity_secret *secret, struct span source, struct span id, struct identity *identity);

// Writes a name so that its usual spellings are equal: small letters, no accents, spaces, hyphens or apostrophes. Returns the size;
// 0 when nothing is left, it is too long, or no UTF-8.
size_t identity_print_name(struct span name, uint8_t out[IDENTITY_NAME_MAX]);
