// SPDX-License-Identifier: MIT
// The tree's leaves and roots against known vectors (checked with an independent implementation).
// Run by ctest. Fails when a carry, a fold or a prefix byte is wrong.
#include "tests/unit/unit.h"

#include "common/store/tree.h"

static const uint8_t counting[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static const uint8_t zeros[32];

static const char *const leaf_hashes[8] = {
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", "022a6979e6dab7aa5ae4c3e5e45f7e977112a7e63593820dbec1ec738a24f93c",
    "80895ab6260796ce914c34caabf3c1fc9e48feca32244b7d411b501b52d7e2fb", "7de296df3a1f37fb345f229a8fdcffb80a3dfdb4197b907155ef5ec4c7ca6bf0",
    "90282b69632928be647eb7fc8933b0335ac4d5cbcb8918ff03b950c8092c4bf0", "7e8d20ac6fc3f5fff436df1f54b0ee0e0b387d4ed998b32231e796d689ceff3b",
    "445973dc6191ca4c664cb945d98c2ae6491d8466069756f25580aaf81f18d59b", "7f9c9e31ac8256ca2f258583df262dbc7d6f68f2a03043d5c99a4ae5a7396ce9",
};

static const char *const roots[9] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "688dc6244b041199e7ab4990df6340ce3dc14caa5cd5a0e1131addaa1209e1a6", "bb2684027db9035245c799aea0d78b07024d8b14ddae8078ba30d7b1d5e7ae78",
    "899937cf576c5c0d3f6be787fdfa4dcc983a126b62b196eefc92674db2b139a6", "692d959a43fd050e384142150ec2dab945763285446fbb9db38f8e8a7de55ee3",
    "a49bbfa2fab9d93da6f6d4fc537d981ce29a25ab5e8295099d263a0400e90999", "fb0cb7e9df9e5e8a51997d608fa24625adcebfee29a50d31a9a386515a1508f7",
    "1145619989d2611afe095282797c9931099e4ae36e5b5afacf55fe952bf88139",
};

static struct span entry(unsigned i, uint8_t buffer[300])
{
    switch (i) {
    case 0:
        return span_of(NULL, 0);
    case 1:
        return span_text("a");
    case 2:
        return span_of(counting, sizeof counting);
    case 3:
        return span_text("referral.received");
    case 4:
        memset(buffer, 'x', 300);
        return span_of(buffer, 300);
    case 5:
        return span_text("\xc3\xa9");
    case 6:
        return span_text("entry-6\n");
    default:
        return span_of(zeros, sizeof zeros);
    }
}

static void small_trees_have_known_leaves_and_roots(void **state)
{
    struct tree tree = {0};
    uint8_t buffer[300], hash[DIGEST_SIZE];

    (void)state;
    for (unsigned i = 0; i <= 8; i++) {
        tree_root(&tree, hash);
        assert_hex(hash, DIGEST_SIZE, roots[i]);
        if (i == 8)
            break;
        tree_leaf(entry(i, buffer), hash);
        assert_hex(hash, DIGEST_SIZE, leaf_hashes[i]);
        tree_push(&tree, hash);
    }
    assert_int_equal(tree_roots(&tree), 1);
}

struct large_case {
    uint64_t size;
    const char *root;
};

static const struct large_case large_cases[] = {
    {255, "cf66793e6329dff242eb3cee0a6f36ad3e3a196dcc573a1ec775e102be863f1c"},
    {256, "da6596d95369f5fef322ab8e4e0da3b0b50236aa9c8a3b1d246f7411c9e2e32e"},
    {257, "5c1fdfe835358022f2392de478dbe053fc130cfe1d3a082879a90cf6bf14bf7e"},
    {65535, "b8cd5046a19969bdc7e89289272390b40dd66ab18a7866c20b8920a6752668a5"},
    {65536, "07b1a377960a4e12e3348d6e9329ae6316a95b02fb1c22e909231b3aa44861a7"},
    {65537, "b99c570aaf13b96e026383e8e252e69c7142b3ad7e6e0264f3dc10dfd884d8c5"},
    {70000, "a3920fba7f239a071a9bd10721f1341addefbaededb41c7e24437a9d16bdf00a"},
};

static void large_trees_have_known_roots(void **state)
{
    struct tree tree = {0};
    uint8_t hash[DIGEST_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof large_cases / sizeof large_cases[0]; i++) {
        while (tree.size < large_cases[i].size) {
            char text[32];

            snprintf(text, sizeof text, "entry %llu", (unsigned long long)tree.size);
            tree_leaf(span_text(text), hash);
            tree_push(&tree, hash);
        }
        tree_root(&tree, hash);
        assert_hex(hash, DIGEST_SIZE, large_cases[i].root);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_trees_have_known_leaves_and_roots),
        cmocka_unit_test(large_trees_have_known_roots),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
