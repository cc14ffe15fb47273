// SPDX-License-Identifier: MIT
// SHA-256 by libcrypto's EVP; HMAC by its definition on top of it.
// Called on every event: the algorithm is fetched once, the context used again.
// Must not keep keys or what was hashed beyond the call.
#include "common/crypto/digest.h"

#include <assert.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

enum { BLOCK_SIZE = 64 };

// One for each thread: fetching costs some 1 us, beginning again some 0.05 us.
static _Thread_local EVP_MD_CTX *context;

static EVP_MD_CTX *begin(void)
{
    int good;

    if (context == NULL) {
        EVP_MD *sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);

        context = EVP_MD_CTX_new();
        assert(sha256 != NULL && context != NULL);
        good = EVP_DigestInit_ex(context, sha256, NULL);
        EVP_MD_free(sha256); // the context holds it
    } else {
        good = EVP_DigestInit_ex(context, NULL, NULL);
    }
    assert(good == 1);
    return context;
}

static void add(EVP_MD_CTX *to, const struct span *parts, size_t n_parts)
{
    for (size_t i = 0; i < n_parts; i++) {
        int good = parts[i].size == 0 || EVP_DigestUpdate(to, parts[i].at, parts[i].size) == 1;

        assert(good);
    }
}

static void finish(EVP_MD_CTX *of, uint8_t digest[DIGEST_SIZE])
{
    int good = EVP_DigestFinal_ex(of, digest, NULL);

    assert(good == 1);
}

void digest_sha256(const struct span *parts, size_t n_parts, uint8_t digest[DIGEST_SIZE])
{
    EVP_MD_CTX *of = begin();

    add(of, parts, n_parts);
    finish(of, digest);
}

// RFC 2104: H(key ^ opad, H(key ^ ipad, text)), a key longer than a block hashed first.
void digest_hmac(struct span key, const struct span *parts, size_t n_parts, uint8_t digest[DIGEST_SIZE])
{
    uint8_t inner[BLOCK_SIZE] = {0};
    uint8_t outer[BLOCK_SIZE];
    EVP_MD_CTX *of;

    if (key.size > BLOCK_SIZE)
        digest_sha256(&key, 1, inner);
    else if (key.size > 0)
        memcpy(inner, key.at, key.size);
    for (size_t i = 0; i < BLOCK_SIZE; i++) {
        outer[i] = inner[i] ^ 0x5c;
        inner[i] = inner[i] ^ 0x36;
    }

    of = begin();
    add(of, &(struct span){inner, sizeof inner}, 1);
    add(of, parts, n_parts);
    finish(of, digest);

    of = begin();
    add(of, (struct span[]){{outer, sizeof outer}, {digest, DIGEST_SIZE}}, 2);
    finish(of, digest);
    OPENSSL_cleanse(inner, sizeof inner);
    OPENSSL_cleanse(outer, sizeof outer);
}
