// SPDX-License-Identifier: MIT
// Open addressing in 256 segments by the trait's upper bits: each grows by itself, so that none of it takes longer than a millisecond.
// Used by compare.c. A slot once used stays used: what is forgotten is written over.
#include "services/registry/lookalikes.h"

#include <stdlib.h>
#include <string.h>

enum {
    SEGMENTS = 256,
    SLOTS_FIRST = 64,
    SLOTS_MOST = 1 << 16,
    SLOTS_SEARCHED = 5, // mostly no more; eight lie in a line of memory
};

struct slot {
    uint32_t trait;
    uint32_t n; // 0: free
};

struct segment {
    uint32_t mask; // slots - 1; no slots yet: 0
    uint32_t used;
    struct slot *slots;
};

struct lookalikes {
    struct segment segments[SEGMENTS];
    uint64_t forgotten;
};

struct lookalikes *lookalikes_new(void)
{
    return calloc(1, sizeof(struct lookalikes));
}

void lookalikes_free(struct lookalikes **lookalikes)
{
    for (unsigned i = 0; *lookalikes != NULL && i < SEGMENTS; i++)
        free((*lookalikes)->segments[i].slots);
    free(*lookalikes);
    *lookalikes = NULL;
}

static uint32_t home_of(const struct segment *segment, uint32_t trait)
{
    return trait & segment->mask; // the upper bits have chosen the segment
}

void lookalikes_fetch(const struct lookalikes *lookalikes, uint32_t trait)
{
    const struct segment *segment = &lookalikes->segments[trait >> 24];

    if (segment->slots == NULL)
        return;
    __builtin_prefetch(&segment->slots[home_of(segment, trait)]);
    __builtin_prefetch(&segment->slots[home_of(segment, trait + SLOTS_SEARCHED)]);
}

static void put(struct segment *segment, struct slot slot)
{
    uint32_t at = home_of(segment, slot.trait);

    while (segment->slots[at].n != 0)
        at = (at + 1) & segment->mask;
    segment->slots[at] = slot;
    segment->used++;
}

static enum err grow(struct segment *segment)
{
    struct segment old = *segment;
    uint32_t slots = old.slots == NULL ? SLOTS_FIRST : 2 * (old.mask + 1);

    segment->slots = calloc(slots, sizeof *segment->slots);
    if (segment->slots == NULL) {
        segment->slots = old.slots;
        return ERR_NO_MEMORY;
    }
    segment->mask = slots - 1;
    segment->used = 0;
    for (uint32_t i = 0; old.slots != NULL && i <= old.mask; i++)
        if (old.slots[i].n != 0)
            put(segment, old.slots[i]);
    free(old.slots);
    return ERR_NONE;
}

static bool is_full(const struct segment *segment)
{
    return segment->slots == NULL || 4 * (uint64_t)segment->used >= 3 * ((uint64_t)segment->mask + 1);
}

// Where the trait's next referral goes: a free slot, or over the oldest of its own. NULL: the referral is there already.
static struct slot *place_of(struct segment *segment, struct slot slot)
{
    struct slot *oldest = NULL;
    unsigned n = 0;

    for (uint32_t at = home_of(segment, slot.trait);; at = (at + 1) & segment->mask) {
        struct slot *here = &segment->slots[at];

        if (here->n == 0)
            return n < LOOKALIKES_OF_TRAIT ? here : oldest;
        if (here->trait != slot.trait)
            continue;
        if (here->n == slot.n)
            return NULL;
        n++;
        if (oldest == NULL || here->n < oldest->n)
            oldest = here;
    }
}

enum err lookalikes_add(struct lookalikes *lookalikes, uint32_t trait, uint32_t n)
{
    struct segment *segment = &lookalikes->segments[trait >> 24];
    struct slot slot = {.trait = trait, .n = n};
    struct slot *place;

    if (n == 0)
        return ERR_NONE;
    if (is_full(segment) && (segment->slots == NULL || segment->mask + 1 < SLOTS_MOST)) {
        enum err err = grow(segment);

        if (err != ERR_NONE)
            return err;
    }
    place = place_of(segment, slot);
    if (place == NULL)
        return ERR_NONE;
    if (place->n == 0 && is_full(segment))
        place = &segment->slots[home_of(segment, trait)];
    lookalikes->forgotten += place->n != 0 || is_full(segment);
    if (place->n == 0 && is_full(segment)) // one slot in four stays free, or searches would not end
        return ERR_NONE;
    segment->used += place->n == 0;
    *place = slot;
    return ERR_NONE;
}

unsigned lookalikes_find(const struct lookalikes *lookalikes, uint32_t trait, uint32_t found[LOOKALIKES_OF_TRAIT])
{
    const struct segment *segment = &lookalikes->segments[trait >> 24];
    unsigned n = 0;

    if (segment->slots == NULL)
        return 0;
    for (uint32_t at = home_of(segment, trait); segment->slots[at].n != 0 && n < LOOKALIKES_OF_TRAIT; at = (at + 1) & segment->mask) {
        unsigned i = n;

        if (segment->slots[at].trait != trait)
            continue;
        for (; i > 0 && found[i - 1] < segment->slots[at].n; i--)
            found[i] = found[i - 1];
        found[i] = segment->slots[at].n;
        n++;
    }
    return n;
}

uint64_t lookalikes_forgotten(const struct lookalikes *lookalikes)
{
    return lookalikes->forgotten;
}
