// SPDX-License-Identifier: MIT
// SHA-256 and HMAC-SHA-256, by libcrypto.
// Used by the log's tree, the registry's commitments and the policy's version. No state, no keys kept.
#pragma once

#include "common/base/span.h"

enum { DIGEST_SIZE = 32 };

// Digest of the parts, one behind the other. Never allocates, cannot fail.
void digest_sha256(const struct span *parts, size_t n_parts, uint8_t digest[DIGEST_SIZE]);

// What SHA-256 has made of a key and its two pads: it stands for the key, and is as secret.
struct digest_hmac_key {
    uint32_t inner[DIGEST_SIZE / 4], outer[DIGEST_SIZE / 4];
};

// Once for a key with which several texts are authenticated.
void digest_hmac_prepare(struct span key, struct digest_hmac_key *prepared);
void digest_hmac(const struct digest_hmac_key *key, const struct span *parts, size_t n_parts, uint8_t digest[DIGEST_SIZE]);
