// SPDX-License-Identifier: MIT
// What is done with a family's key: commitments to what came, and sealing it.
// Used by the registry only. Keys are the caller's; nothing is kept.
#pragma once

#include "common/base/err.h"
#include "common/base/span.h"
#include "common/crypto/cipher.h"
#include "common/crypto/digest.h"
#include "proto/proto.h"
#include "services/registry/random_block.h"

enum { SEAL_KEY_SIZE = 32, SEAL_HMAC_SIZE = 32, SEAL_OVERHEAD = 40 }; // a nonce of 24 bytes in front, a tag of 16 behind

struct seal_keys {
    struct digest_hmac_key commit;
    uint8_t data[SEAL_KEY_SIZE];
};

// What sealing draws on. Nothing of what was sealed stays in it.
struct sealer {
    struct random_block random; // for nonces
    struct cipher *cipher;
};

// ERR_NO_MEMORY.
CHECKED enum err seal_init(struct sealer *sealer);
void seal_fini(struct sealer *sealer);

// Room to work in; holds nothing afterwards that matters.
struct seal_scratch {
    uint8_t text[SUBMISSION_BYTES_MAX + 128]; // data and type
    uint8_t space[SUBMISSION_BYTES_MAX + 128];
};

// The two keys that a family's key stands for.
void seal_derive(const uint8_t family_key[SEAL_KEY_SIZE], struct seal_keys *keys);

// HMAC-SHA-256 of the exact bytes under the commit key.
void seal_commitment(const struct seal_keys *keys, struct span bytes, uint8_t hmac[SEAL_HMAC_SIZE]);
// The same of the canonical encoding of type and data. False when `data` has no such encoding, or is larger than a partner's event.
bool seal_content(const struct seal_keys *keys, struct span type, struct span data, struct seal_scratch *scratch,
                  uint8_t hmac[SEAL_HMAC_SIZE]);

// Whose bytes these are; bound into the seal, so that they open nowhere else.
struct seal_owner {
    struct span family;   // tag
    struct span referral; // tag
};

// Seals `bytes` into `sealed`, which has room for bytes.size + SEAL_OVERHEAD. Lends what was written there.
struct span seal_close(const struct seal_keys *keys, struct seal_owner owner, struct sealer *sealer, struct span bytes, uint8_t *sealed);
// Opens into `bytes`, which has room for sealed.size. ERR_CRYPTO: another key, another owner, or altered bytes.
CHECKED enum err seal_open(const struct seal_keys *keys, struct seal_owner owner, struct span sealed, uint8_t *bytes, size_t *size);
