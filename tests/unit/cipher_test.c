// SPDX-License-Identifier: MIT
// ChaCha20-Poly1305 by the example of RFC 8439, 2.8.2, with other uses of the same context before it.
// Run by ctest.
#include "tests/unit/unit.h"

#include "common/crypto/cipher.h"

static void encrypts_as_rfc_8439_says(void **state)
{
    static const char text[] =
        "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
    static const uint8_t about[] = {0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7};
    static const uint8_t nonce[CIPHER_NONCE_SIZE] = {7, 0, 0, 0, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47};
    uint8_t key[CIPHER_KEY_SIZE], sealed[sizeof text + CIPHER_TAG_SIZE], nothing[CIPHER_TAG_SIZE], again[CIPHER_TAG_SIZE];
    struct span parts = span_of(about, sizeof about);
    struct cipher *cipher;

    (void)state;
    for (unsigned i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)(0x80 + i);
    assert_int_equal(cipher_open(&cipher), ERR_NONE);
    cipher_seal(cipher, key, nonce, parts, span_of(NULL, 0), nothing);
    cipher_seal(cipher, (const uint8_t *)"another thirty-two bytes of key.", nonce, parts, span_text(text),
                sealed); // ends within a block, under another key
    cipher_seal(cipher, key, nonce, parts, span_text(text), sealed);
    assert_hex(sealed, 48, "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b");
    assert_hex(sealed + 48, 48, "1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc");
    assert_hex(sealed + 96, 34, "3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691");
    cipher_seal(cipher, key, nonce, parts, span_of(NULL, 0), again);
    assert_memory_equal(nothing, again, sizeof nothing);
    cipher_close(&cipher);
    assert_null(cipher);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(encrypts_as_rfc_8439_says)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
