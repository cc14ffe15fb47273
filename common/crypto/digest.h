// SPDX-License-Identifier: MIT
// SHA-256 and HMAC-SHA-256, by libcrypto.
// Used by the log's tree, the registry's commitments and the policy's version. No state, no keys kept.
#pragma once

#include "common/base/span.h"

enum { DIGEST_SIZE = 32 };

// Digest of the parts, one behind the other. Never allocates, cannot fail.
void digest_sha256(const struct span *parts, size_t n_parts, uint8_t digest[DIGEST_SIZE]);
void digest_hmac(struct span key, const struct span *parts, size_t n_parts, uint8_t digest[DIGEST_SIZE]);
