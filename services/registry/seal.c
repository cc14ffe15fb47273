// SPDX-License-Identifier: MIT
// XChaCha20-Poly1305 with random nonces, HMAC-SHA-256, and the keys for both derived from the family's.
// Used by the registry only. Never keeps a key.
#include "services/registry/seal.h"

#include "services/registry/canonical.h"

#include <assert.h>

#include <sodium.h>

enum { NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES, OWNER_MAX = 64 };

_Static_assert(NONCE + TAG == SEAL_OVERHEAD, "nonce and tag");
_Static_assert(SUBMISSION_BYTES_MAX + SEAL_OVERHEAD <= ATTACHMENT_BYTES_MAX, "a sealed event is an attachment");

static const char purpose[] = "windscreen/attachment/v1"; // its NUL ends it in the additional data

_Static_assert(crypto_core_hchacha20_INPUTBYTES + 8 == (int)NONCE && CIPHER_TAG_SIZE == (int)TAG, "as draft-irtf-cfrg-xchacha has it");

enum err seal_init(struct sealer *sealer)
{
    sealer->random = (struct random_block){0};
    return cipher_open(&sealer->cipher);
}

void seal_fini(struct sealer *sealer)
{
    cipher_close(&sealer->cipher);
}

void seal_derive(const uint8_t family_key[SEAL_KEY_SIZE], struct seal_keys *keys)
{
    uint8_t commit[SEAL_KEY_SIZE];

    crypto_kdf_derive_from_key(commit, sizeof commit, 1, "wscommit", family_key);
    digest_hmac_prepare(span_of(commit, sizeof commit), &keys->commit);
    sodium_memzero(commit, sizeof commit);
    crypto_kdf_derive_from_key(keys->data, sizeof keys->data, 2, "wssealed", family_key);
}

void seal_commitment(const struct seal_keys *keys, struct span bytes, uint8_t hmac[SEAL_HMAC_SIZE])
{
    digest_hmac(&keys->commit, &bytes, 1, hmac);
}

bool seal_content(const struct seal_keys *keys, struct span type, struct span data, struct seal_scratch *scratch,
                  uint8_t hmac[SEAL_HMAC_SIZE])
{
    struct wire_writer writer = wire_writer_on(scratch->text, sizeof scratch->text);
    struct span written;

    wire_put_text(&writer, type);
    if (!canonical_write(data, &writer, scratch->space))
        return false;
    written = wire_written(&writer);
    digest_hmac(&keys->commit, &written, 1, hmac);
    return true;
}

// purpose 00 family referral; both tags have one size.
static size_t additional_data(struct seal_owner owner, uint8_t out[OWNER_MAX])
{
    assert(owner.family.size == TAG_SIZE && owner.referral.size == TAG_SIZE);
    memcpy(out, purpose, sizeof purpose);
    memcpy(out + sizeof purpose, owner.family.at, TAG_SIZE);
    memcpy(out + sizeof purpose + TAG_SIZE, owner.referral.at, TAG_SIZE);
    return sizeof purpose + 2 * (size_t)TAG_SIZE;
}

// nonce[24] ciphertext tag[16]
struct span seal_close(const struct seal_keys *keys, struct seal_owner owner, struct sealer *sealer, struct span bytes, uint8_t *sealed)
{
    uint8_t about[OWNER_MAX], key[SEAL_KEY_SIZE], nonce[CIPHER_NONCE_SIZE] = {0};
    size_t about_size = additional_data(owner, about);

    random_block_take(&sealer->random, sealed, NONCE);
    // XChaCha20-Poly1305 is the cipher below under a key that the nonce's first 16 bytes make; it has the last 8, behind four zeros
    crypto_core_hchacha20(key, sealed, keys->data, NULL);
    memcpy(nonce + CIPHER_NONCE_SIZE - 8, sealed + crypto_core_hchacha20_INPUTBYTES, 8);
    cipher_seal(sealer->cipher, key, nonce, span_of(about, about_size), bytes, sealed + NONCE);
    sodium_memzero(key, sizeof key);
    return span_of(sealed, bytes.size + SEAL_OVERHEAD);
}

enum err seal_open(const struct seal_keys *keys, struct seal_owner owner, struct span sealed, uint8_t *bytes, size_t *size)
{
    uint8_t about[OWNER_MAX];
    size_t about_size = additional_data(owner, about);

    if (sealed.size < SEAL_OVERHEAD)
        return ERR_CRYPTO;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(bytes, NULL, NULL, sealed.at + NONCE, sealed.size - NONCE, about, about_size, sealed.at,
                                                   keys->data) != 0)
        return ERR_CRYPTO;
    *size = sealed.size - SEAL_OVERHEAD;
    return ERR_NONE;
}
