// SPDX-License-Identifier: MIT
// SHA-256 by FIPS 180-4 examples, HMAC by RFC 4231 cases 1 to 4, 6 and 7.
// Run by ctest. Fails when a part boundary, a padding or a long key is treated wrongly.
#include "tests/unit/unit.h"

#include "common/crypto/digest.h"

struct sha_case {
    const char *parts[3];
    const char *digest;
};

static const struct sha_case sha_cases[] = {
    {{""}, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {{"abc"}, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {{"a", "", "bc"}, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {{"abcdbcdecdefdefgefghfghighijhijk", "ijkljklmklmnlmnomnopnopq"}, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

static void sha256_is_that_of_fips_180(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sha_cases / sizeof sha_cases[0]; i++) {
        struct span parts[3];
        uint8_t digest[DIGEST_SIZE];
        size_t n = 0;

        while (n < 3 && sha_cases[i].parts[n] != NULL) {
            parts[n] = span_text(sha_cases[i].parts[n]);
            n++;
        }
        digest_sha256(parts, n, digest);
        assert_hex(digest, DIGEST_SIZE, sha_cases[i].digest);
    }
}

struct hmac_case {
    uint8_t key_byte;
    size_t key_size;
    const char *key; // when key_size is 0
    uint8_t text_byte;
    size_t text_size;
    const char *text; // when text_size is 0
    const char *digest;
};

static const struct hmac_case hmac_cases[] = {
    {0x0b, 20, NULL, 0, 0, "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {0, 0, "Jefe", 0, 0, "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {0xaa, 20, NULL, 0xdd, 50, NULL, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {0xaa, 131, NULL, 0, 0, "Test Using Larger Than Block-Size Key - Hash Key First",
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    {0xaa, 131, NULL, 0, 0,
     "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by "
     "the "
     "HMAC algorithm.",
     "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
};

static struct span bytes_of(uint8_t byte, size_t size, const char *text, uint8_t *buffer)
{
    if (size == 0)
        return span_text(text);
    memset(buffer, byte, size);
    return span_of(buffer, size);
}

static void hmac_is_that_of_rfc_4231(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hmac_cases / sizeof hmac_cases[0]; i++) {
        const struct hmac_case *c = &hmac_cases[i];
        uint8_t key[256], text[256], digest[DIGEST_SIZE];
        struct span whole = bytes_of(c->text_byte, c->text_size, c->text, text);
        struct span parts[2] = {{whole.at, 3}, {whole.at + 3, whole.size - 3}};
        struct digest_hmac_key prepared;

        digest_hmac_prepare(bytes_of(c->key_byte, c->key_size, c->key, key), &prepared);
        for (unsigned again = 0; again < 2; again++) { // a key serves more than once
            digest_hmac(&prepared, parts, 2, digest);
            assert_hex(digest, DIGEST_SIZE, c->digest);
        }
    }
}

static void hmac_of_the_commitment_vector(void **state)
{
    uint8_t key[DIGEST_SIZE], digest[DIGEST_SIZE];
    struct span text = span_text("{event bytes as received}");
    struct digest_hmac_key prepared;

    (void)state;
    unit_unhex("26174b9a055651cd435e1621429eb568e05bffae0e4582f3325e355492cc0b95", key);
    digest_hmac_prepare(span_of(key, sizeof key), &prepared);
    digest_hmac(&prepared, &text, 1, digest);
    assert_hex(digest, DIGEST_SIZE, "503b871c913164382587311dc6b8338c35cef4e96c7ef24291ec1fbccfb92e8c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_is_that_of_fips_180),
        cmocka_unit_test(hmac_is_that_of_rfc_4231),
        cmocka_unit_test(hmac_of_the_commitment_vector),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
