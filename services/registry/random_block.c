// SPDX-License-Identifier: MIT
// Random bytes in blocks, each the ChaCha20 stream of a fresh seed from the kernel, which is forgotten at once.
// Used by the registry for nonces and tags. Never gives the same bytes out twice, and forgets what it gave.
#include "services/registry/random_block.h"

#include <string.h>

#include <sodium.h>

void random_block_take(struct random_block *block, void *out, size_t size)
{
    if (block->left < size) {
        uint8_t seed[randombytes_SEEDBYTES];

        randombytes_buf(seed, sizeof seed);
        randombytes_buf_deterministic(block->bytes, sizeof block->bytes, seed);
        sodium_memzero(seed, sizeof seed);
        block->left = sizeof block->bytes;
    }
    block->left -= size;
    memcpy(out, block->bytes + block->left, size);
    memset(block->bytes + block->left, 0, size);
}
