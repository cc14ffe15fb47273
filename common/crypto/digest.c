// SPDX-License-Identifier: MIT
// SHA-256 by libcrypto's own functions for it; HMAC by its definition on top of it.
// Called on every event. libcrypto calls these functions old: its newer ones allocate at every beginning, and may fail.
// Must not keep keys or what was hashed beyond the call.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "common/crypto/digest.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/sha.h>

enum { BLOCK_SIZE = 64 };

static void add(SHA256_CTX *to, const struct span *parts, size_t n_parts)
{
    for (size_t i = 0; i < n_parts; i++)
        if (parts[i].size > 0)
            SHA256_Update(to, parts[i].at, parts[i].size);
}

void digest_sha256(const struct span *parts, size_t n_parts, uint8_t digest[DIGEST_SIZE])
{
    SHA256_CTX context;

    SHA256_Init(&context);
    add(&context, parts, n_parts);
    SHA256_Final(digest, &context);
    OPENSSL_cleanse(&context, sizeof context);
}

// ---------------------------------------------------------------- HMAC

_Static_assert(sizeof((SHA256_CTX){0}.h) == DIGEST_SIZE, "what SHA-256 keeps between blocks is as large as a digest");

static void digest_block(const uint8_t block[BLOCK_SIZE], uint32_t state[DIGEST_SIZE / 4])
{
    SHA256_CTX context;

    SHA256_Init(&context);
    SHA256_Transform(&context, block);
    memcpy(state, context.h, DIGEST_SIZE);
    OPENSSL_cleanse(&context, sizeof context);
}

// Goes on behind the block that left this state.
static void digest_behind(const uint32_t state[DIGEST_SIZE / 4], const struct span *parts, size_t n_parts, uint8_t digest[DIGEST_SIZE])
{
    SHA256_CTX context;

    SHA256_Init(&context);
    memcpy(context.h, state, DIGEST_SIZE);
    context.Nl = 8 * BLOCK_SIZE; // bits so far
    add(&context, parts, n_parts);
    SHA256_Final(digest, &context);
    OPENSSL_cleanse(&context, sizeof context);
}

// RFC 2104: H(key ^ opad, H(key ^ ipad, text)), a key longer than a block hashed first.
void digest_hmac_prepare(struct span key, struct digest_hmac_key *prepared)
{
    uint8_t inner[BLOCK_SIZE] = {0};
    uint8_t outer[BLOCK_SIZE];

    if (key.size > BLOCK_SIZE)
        digest_sha256(&key, 1, inner);
    else if (key.size > 0)
        memcpy(inner, key.at, key.size);
    for (size_t i = 0; i < BLOCK_SIZE; i++) {
        outer[i] = inner[i] ^ 0x5c;
        inner[i] = inner[i] ^ 0x36;
    }
    digest_block(inner, prepared->inner);
    digest_block(outer, prepared->outer);
    OPENSSL_cleanse(inner, sizeof inner);
    OPENSSL_cleanse(outer, sizeof outer);
}

void digest_hmac(const struct digest_hmac_key *key, const struct span *parts, size_t n_parts, uint8_t digest[DIGEST_SIZE])
{
    digest_behind(key->inner, parts, n_parts, digest);
    digest_behind(key->outer, &(struct span){digest, DIGEST_SIZE}, 1, digest);
}
