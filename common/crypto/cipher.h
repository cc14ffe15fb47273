// SPDX-License-Identifier: MIT
// ChaCha20-Poly1305 (RFC 8439), by libcrypto.
// Used by the registry, on every event that it seals: three parts in five of what libsodium takes for one of 900 bytes.
#pragma once

#include "common/base/err.h"
#include "common/base/span.h"

enum { CIPHER_KEY_SIZE = 32, CIPHER_NONCE_SIZE = 12, CIPHER_TAG_SIZE = 16 };

struct cipher;

// What is needed to encrypt, made once. Gives (cipher_close). ERR_NO_MEMORY.
CHECKED enum err cipher_open(struct cipher **cipher);
void cipher_close(struct cipher **cipher);

// Encrypts `bytes` into `sealed`, with the tag over them and `about` behind. Allocates nothing, cannot fail, keeps no key.
void cipher_seal(struct cipher *cipher, const uint8_t key[CIPHER_KEY_SIZE], const uint8_t nonce[CIPHER_NONCE_SIZE], struct span about,
                 struct span bytes, uint8_t *sealed);
