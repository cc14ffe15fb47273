// SPDX-License-Identifier: MIT
// RFC 6962 by its frontier: adding a leaf is a binary counter's carry.
// Called by log_store for every event.
// Must not touch anything but its argument.
#include "common/store/tree.h"

#include <string.h>

#include "common/base/bits.h"

static void hash_node(const uint8_t left[DIGEST_SIZE], const uint8_t right[DIGEST_SIZE], uint8_t hash[DIGEST_SIZE])
{
    uint8_t bytes[1 + 2 * DIGEST_SIZE] = {1};

    memcpy(bytes + 1, left, DIGEST_SIZE);
    memcpy(bytes + 1 + DIGEST_SIZE, right, DIGEST_SIZE);
    digest_sha256(&(struct span){bytes, sizeof bytes}, 1, hash);
}

void tree_leaf(struct span bytes, uint8_t hash[DIGEST_SIZE])
{
    static const uint8_t zero = 0;

    digest_sha256((struct span[]){{&zero, 1}, bytes}, 2, hash);
}

unsigned tree_roots(const struct tree *tree)
{
    return bits_count(tree->size);
}

void tree_push(struct tree *tree, const uint8_t leaf[DIGEST_SIZE])
{
    unsigned last = tree_roots(tree);

    memcpy(tree->roots[last], leaf, DIGEST_SIZE);
    for (uint64_t size = tree->size; size & 1; size >>= 1, last--)
        hash_node(tree->roots[last - 1], tree->roots[last], tree->roots[last - 1]);
    tree->size++;
}

void tree_root(const struct tree *tree, uint8_t root[DIGEST_SIZE])
{
    unsigned at = tree_roots(tree);

    if (at == 0) {
        digest_sha256(NULL, 0, root);
        return;
    }
    memcpy(root, tree->roots[--at], DIGEST_SIZE);
    while (at > 0)
        hash_node(tree->roots[--at], root, root);
}
