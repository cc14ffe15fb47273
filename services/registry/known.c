// SPDX-License-Identifier: MIT
// A Bloom filter in blocks of one cache line, so that a question touches memory once.
// Used by rows.c. Never forgets; never answers "no" for what was added.
#include "services/registry/known.h"

#include <stdlib.h>

enum { WORDS = 8, BITS_AN_IDENTITY = 16, PROBES = 6, LEAST = 1 << 22 };

struct block {
    uint64_t words[WORDS];
};

struct known {
    size_t mask; // blocks - 1, a power of two less one
    struct block *blocks;
};

struct known *known_new(size_t n)
{
    struct known *known = malloc(sizeof *known);
    size_t blocks = 1, wanted = (n < LEAST ? LEAST : n) * BITS_AN_IDENTITY / (64 * WORDS);

    if (known == NULL)
        return NULL;
    while (blocks < wanted)
        blocks *= 2;
    known->mask = blocks - 1;
    known->blocks = aligned_alloc(sizeof(struct block), blocks * sizeof(struct block));
    if (known->blocks == NULL) {
        free(known);
        return NULL;
    }
    memset(known->blocks, 0, blocks * sizeof(struct block));
    return known;
}

void known_free(struct known **known)
{
    if (*known != NULL)
        free((*known)->blocks);
    free(*known);
    *known = NULL;
}

// The block of an identity, and the bits that choose places in it: nine for each probe.
static struct block *block_of(const struct known *known, const struct identity *identity, uint64_t *bits)
{
    uint64_t place;

    memcpy(&place, identity->bytes, sizeof place);
    memcpy(bits, identity->bytes + sizeof place, sizeof *bits);
    return &known->blocks[place & known->mask];
}

void known_add(struct known *known, const struct identity *identity)
{
    uint64_t bits;
    struct block *block = block_of(known, identity, &bits);

    for (int i = 0; i < PROBES; i++, bits >>= 9)
        block->words[bits >> 6 & 7] |= UINT64_C(1) << (bits & 63);
}

void known_fetch(const struct known *known, const struct identity *identity)
{
    uint64_t bits;

    __builtin_prefetch(block_of(known, identity, &bits));
}

bool known_has_perhaps(const struct known *known, const struct identity *identity)
{
    uint64_t bits;
    const struct block *block = block_of(known, identity, &bits);

    for (int i = 0; i < PROBES; i++, bits >>= 9)
        if ((block->words[bits >> 6 & 7] >> (bits & 63) & 1) == 0)
            return false;
    return true;
}
