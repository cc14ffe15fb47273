// SPDX-License-Identifier: MIT
// Sealing, opening, commitments: only the right key and owner open, and any change is noticed.
#include "services/registry/seal.h"

#include "tests/unit/unit.h"

#include <sodium.h>

static const struct seal_owner owner = {{(const uint8_t *)"F0000000000001", 14}, {(const uint8_t *)"R0000000000002", 14}};
static const uint8_t family_key[SEAL_KEY_SIZE] = "thirty-two bytes of a family key";
static struct sealer sealer;

static void opens_what_was_sealed(void **state)
{
    static const size_t sizes[] = {0, 1, 63, 1500, 65536};
    static uint8_t plain[65536], sealed[65536 + SEAL_OVERHEAD], opened[65536 + SEAL_OVERHEAD];
    struct seal_keys keys;

    (void)state;
    seal_derive(family_key, &keys);
    randombytes_buf(plain, sizeof plain);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct span out = seal_close(&keys, owner, &sealer, span_of(plain, sizes[i]), sealed);
        size_t size;

        assert_int_equal(out.size, sizes[i] + SEAL_OVERHEAD);
        assert_int_equal(seal_open(&keys, owner, out, opened, &size), ERR_NONE);
        assert_true(span_equal(span_of(opened, size), span_of(plain, sizes[i])));
    }
}

// What seals is not what opens: both are to be XChaCha20-Poly1305, over all sizes around a block.
static void seals_as_libsodium_does(void **state)
{
    static const char about[] = "windscreen/attachment/v1\0F0000000000001R0000000000002"; // its own NUL is not part of it
    uint8_t plain[300], sealed[300 + SEAL_OVERHEAD], other[300 + SEAL_OVERHEAD];
    struct seal_keys keys;

    (void)state;
    seal_derive(family_key, &keys);
    randombytes_buf(plain, sizeof plain);
    for (size_t size = 0; size <= sizeof plain; size++) {
        struct span out = seal_close(&keys, owner, &sealer, span_of(plain, size), sealed);

        crypto_aead_xchacha20poly1305_ietf_encrypt(other, NULL, plain, size, (const uint8_t *)about, sizeof about - 1, NULL, sealed,
                                                   keys.data);
        assert_true(span_equal(span_of(out.at + 24, out.size - 24), span_of(other, size + 16)));
    }
}

static void notices_every_change(void **state)
{
    uint8_t sealed[64], opened[64];
    struct seal_owner family = owner, referral = owner;
    struct seal_keys keys, others;
    struct span out;
    size_t size;

    (void)state;
    seal_derive(family_key, &keys);
    seal_derive((const uint8_t *)"another thirty-two bytes of key.", &others);
    out = seal_close(&keys, owner, &sealer, span_text("who, where, what"), sealed);
    for (size_t i = 0; i < out.size; i++) {
        sealed[i] ^= 1;
        assert_int_equal(seal_open(&keys, owner, out, opened, &size), ERR_CRYPTO);
        sealed[i] ^= 1;
    }
    for (size_t cut = 0; cut < out.size; cut++)
        assert_int_equal(seal_open(&keys, owner, span_of(sealed, cut), opened, &size), ERR_CRYPTO);
    family.family = span_text("F0000000000003");
    referral.referral = span_text("R0000000000003");
    assert_int_equal(seal_open(&keys, family, out, opened, &size), ERR_CRYPTO);
    assert_int_equal(seal_open(&keys, referral, out, opened, &size), ERR_CRYPTO);
    assert_int_equal(seal_open(&others, owner, out, opened, &size), ERR_CRYPTO);
    assert_int_equal(seal_open(&keys, owner, out, opened, &size), ERR_NONE);
}

static void never_repeats_a_nonce(void **state)
{
    uint8_t one[64], two[64];
    struct seal_keys keys;

    (void)state;
    seal_derive(family_key, &keys);
    for (int i = 0; i < 1000; i++) { // beyond one block of random bytes
        seal_close(&keys, owner, &sealer, span_text("same"), one);
        seal_close(&keys, owner, &sealer, span_text("same"), two);
        assert_memory_not_equal(one, two, 24);
    }
}

static void content_is_of_the_value(void **state)
{
    static const char ab[] = "\x82\xa1"
                             "a\x01\xa1"
                             "b\x02",
                      ba[] = "\x82\xa1"
                             "b\x02\xa1"
                             "a\x01",
                      other[] = "\x82\xa1"
                                "b\x02\xa1"
                                "a\x03";
    static struct seal_scratch scratch;
    uint8_t one[SEAL_HMAC_SIZE], two[SEAL_HMAC_SIZE];
    struct seal_keys keys, others;

    (void)state;
    seal_derive(family_key, &keys);
    seal_derive((const uint8_t *)"another thirty-two bytes of key.", &others);
    assert_true(seal_content(&keys, span_text("t"), span_text(ab), &scratch, one));
    assert_true(seal_content(&keys, span_text("t"), span_text(ba), &scratch, two));
    assert_memory_equal(one, two, sizeof one);
    assert_true(seal_content(&keys, span_text("t"), span_text(other), &scratch, two));
    assert_memory_not_equal(one, two, sizeof one);
    assert_true(seal_content(&keys, span_text("u"), span_text(ab), &scratch, two));
    assert_memory_not_equal(one, two, sizeof one);
    assert_true(seal_content(&others, span_text("t"), span_text(ab), &scratch, two));
    assert_memory_not_equal(one, two, sizeof one);
    assert_false(seal_content(&keys, span_text("t"), span_text("\xc1"), &scratch, two));
    seal_commitment(&keys, span_text(ab), one);
    seal_commitment(&keys, span_text(ba), two);
    assert_memory_not_equal(one, two, sizeof one); // exact bytes
}

// The bytes on disk must open for ever: keys and layout are fixed here.
static void derives_fixed_keys(void **state)
{
    struct seal_keys keys;
    uint8_t dek[SEAL_KEY_SIZE];
    uint8_t hmac[SEAL_HMAC_SIZE];

    (void)state;
    for (unsigned i = 0; i < sizeof dek; i++)
        dek[i] = (uint8_t)(0x80 + i);
    seal_derive(dek, &keys);
    assert_hex(keys.data, sizeof keys.data, "d827b7dbb4af580873d473689e5411bb072999fbd656f2f0f64d4c70b1bddb39");
    seal_commitment(&keys, span_text("{event bytes as received}"), hmac);
    assert_hex(hmac, sizeof hmac, "bf4792224fdd0c3fbcfe030b78f8c62f41692dad5ba554093520c1e9e8f3e7c3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_what_was_sealed), cmocka_unit_test(seals_as_libsodium_does), cmocka_unit_test(notices_every_change),
        cmocka_unit_test(never_repeats_a_nonce), cmocka_unit_test(content_is_of_the_value), cmocka_unit_test(derives_fixed_keys),
    };

    int failed;

    if (sodium_init() < 0 || seal_init(&sealer) != ERR_NONE)
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    seal_fini(&sealer);
    return failed;
}
