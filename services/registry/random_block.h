// SPDX-License-Identifier: MIT
// Random bytes drawn from the kernel in blocks: a nonce or tag then costs no system call.
// Used by the registry for nonces and tags; keys are drawn straight from the kernel (keys.c).
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { RANDOM_BLOCK_SIZE = 8192 };

struct random_block {
    uint8_t bytes[RANDOM_BLOCK_SIZE];
    size_t left; // unused bytes, at the front; 0: draw the next block
};

// Writes `size` (at most RANDOM_BLOCK_SIZE) bytes that are given out once only. {0} is a good start.
void random_block_take(struct random_block *block, void *out, size_t size);
