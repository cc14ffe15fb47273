// SPDX-License-Identifier: MIT
// The Merkle tree of RFC 6962 section 2.1, as much of it as appending and the root need: the roots of its perfect subtrees.
// Used by the log's storage. Pure; a value, so a copy is a snapshot.
#pragma once

#include "common/base/span.h"
#include "common/crypto/digest.h"

enum { TREE_DEPTH_MAX = 63 };

struct tree {
    uint64_t size;                                  // leaves; its set bits, from the highest down, are the sizes of the subtrees
    uint8_t roots[TREE_DEPTH_MAX + 1][DIGEST_SIZE]; // as many as `size` has set bits, the largest subtree first
};

// Hash of one leaf: SHA-256 of 00 and its bytes.
void tree_leaf(struct span bytes, uint8_t hash[DIGEST_SIZE]);
// Adds a leaf by its hash.
void tree_push(struct tree *tree, const uint8_t leaf[DIGEST_SIZE]);
// Root of all leaves; of none: SHA-256 of nothing.
void tree_root(const struct tree *tree, uint8_t root[DIGEST_SIZE]);
// How many of `roots` are in use.
unsigned tree_roots(const struct tree *tree);
