// SPDX-License-Identifier: MIT
// Random bytes in blocks.
// Used by the registry for nonces and tags. Never gives the same bytes out twice, and forgets what it gave.
#include "services/registry/random_block.h"

#include <string.h>

#include <sodium.h>

void random_block_take(struct random_block *block, void *out, size_t size)
{
    if (block->left < size) {
        randombytes_buf(block->bytes, sizeof block->bytes);
        block->left = sizeof block->bytes;
    }
    block->left -= size;
    memcpy(out, block->bytes + block->left, size);
    memset(block->bytes + block->left, 0, size);
}
