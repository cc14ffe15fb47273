// SPDX-License-Identifier: MIT
// One context of libcrypto, given another key for each use: to make one anew would take longer than to encrypt.
// Used for sealing alone. Must not keep a key beyond the call.
#include "common/crypto/cipher.h"

#include <assert.h>
#include <stdlib.h>

#include <openssl/evp.h>

struct cipher {
    OSSL_LIB_CTX *library; // of its own: the machine's openssl.cnf, which may forbid the cipher, does not count
    EVP_CIPHER_CTX *context;
};

enum err cipher_open(struct cipher **cipher)
{
    struct cipher *opened = calloc(1, sizeof *opened);
    EVP_CIPHER *kind = NULL;
    bool good;

    *cipher = opened;
    if (opened == NULL)
        return ERR_NO_MEMORY;
    opened->library = OSSL_LIB_CTX_new();
    opened->context = EVP_CIPHER_CTX_new();
    if (opened->library != NULL)
        kind = EVP_CIPHER_fetch(opened->library, "ChaCha20-Poly1305", NULL);
    good = kind != NULL && opened->context != NULL && EVP_EncryptInit_ex2(opened->context, kind, NULL, NULL, NULL) == 1;
    EVP_CIPHER_free(kind); // the context has it
    if (!good)
        cipher_close(cipher);
    return good ? ERR_NONE : ERR_NO_MEMORY;
}

void cipher_close(struct cipher **cipher)
{
    if (*cipher == NULL)
        return;
    EVP_CIPHER_CTX_free((*cipher)->context);
    OSSL_LIB_CTX_free((*cipher)->library);
    free(*cipher);
    *cipher = NULL;
}

void cipher_seal(struct cipher *cipher, const uint8_t key[CIPHER_KEY_SIZE], const uint8_t nonce[CIPHER_NONCE_SIZE], struct span about,
                 struct span bytes, uint8_t *sealed)
{
    static const uint8_t no_key[CIPHER_KEY_SIZE];
    EVP_CIPHER_CTX *context = cipher->context;
    int size;
    bool good = EVP_EncryptInit_ex2(context, NULL, key, nonce, NULL) == 1;

    good = good && EVP_EncryptUpdate(context, NULL, &size, about.at, (int)about.size) == 1;
    good = good && (bytes.size == 0 || EVP_EncryptUpdate(context, sealed, &size, bytes.at, (int)bytes.size) == 1);
    good = good && EVP_EncryptFinal_ex(context, sealed + bytes.size, &size) == 1;
    good = good && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, CIPHER_TAG_SIZE, sealed + bytes.size) == 1;
    good = good && EVP_EncryptInit_ex2(context, NULL, no_key, NULL, NULL) == 1;
    assert(good);
}
