// SPDX-License-Identifier: MIT
// A heap of lease ends that can be taken out in the middle, found by job through a hash table.
// Called by take_event and tick. Knows no rows; never looks at a clock.
#include "services/allocation/lease_clock.h"

#include <assert.h>
#include <stdlib.h>

enum { ROOM_FIRST = 256 };
#define NONE UINT32_MAX

struct slot {
    int64_t at_ms;
    uint64_t serial; // order among equal ends, so that the jobs of one lease stay together
    uint64_t referral;
    uint32_t heap_at;
    uint32_t next; // in its bucket, or among the free
    uint8_t part;
};

struct lease_clock {
    struct slot *slots;
    uint32_t *heap;
    uint32_t *buckets; // as many as slots
    uint32_t room;     // a power of 2
    uint32_t n;
    uint32_t free;
    uint64_t serial;
};

static uint32_t bucket_of(uint32_t room, uint64_t referral, uint8_t part)
{
    uint64_t mixed = (referral ^ (uint64_t)part << 56) * UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)(mixed >> 32) & (room - 1);
}

static uint32_t find(const struct lease_clock *clock, struct job_key key)
{
    if (clock->room == 0)
        return NONE;
    uint32_t i = clock->buckets[bucket_of(clock->room, key.referral, key.part)];
    while (i != NONE && (clock->slots[i].referral != key.referral || clock->slots[i].part != key.part))
        i = clock->slots[i].next;
    return i;
}

static bool before(const struct lease_clock *clock, uint32_t a, uint32_t b)
{
    const struct slot *x = &clock->slots[a], *y = &clock->slots[b];
    return x->at_ms != y->at_ms ? x->at_ms < y->at_ms : x->serial < y->serial;
}

static void place(struct lease_clock *clock, uint32_t where, uint32_t slot)
{
    clock->heap[where] = slot;
    clock->slots[slot].heap_at = where;
}

static void sift_up(struct lease_clock *clock, uint32_t where)
{
    uint32_t slot = clock->heap[where];
    while (where > 0 && before(clock, slot, clock->heap[(where - 1) / 2])) {
        place(clock, where, clock->heap[(where - 1) / 2]);
        where = (where - 1) / 2;
    }
    place(clock, where, slot);
}

static void sift_down(struct lease_clock *clock, uint32_t where)
{
    uint32_t slot = clock->heap[where];
    for (;;) {
        uint32_t child = 2 * where + 1;
        if (child >= clock->n)
            break;
        if (child + 1 < clock->n && before(clock, clock->heap[child + 1], clock->heap[child]))
            child++;
        if (!before(clock, clock->heap[child], slot))
            break;
        place(clock, where, clock->heap[child]);
        where = child;
    }
    place(clock, where, slot);
}

struct lease_clock *lease_clock_new(void)
{
    struct lease_clock *clock = calloc(1, sizeof *clock);
    if (clock != NULL)
        clock->free = NONE;
    return clock;
}

void lease_clock_free(struct lease_clock **clock)
{
    if (*clock != NULL) {
        free((*clock)->slots);
        free((*clock)->heap);
        free((*clock)->buckets);
        free(*clock);
        *clock = NULL;
    }
}

static void rehash(struct lease_clock *clock, uint32_t used)
{
    memset(clock->buckets, 0xFF, clock->room * sizeof clock->buckets[0]); // all NONE
    for (uint32_t i = 0; i < used; i++) {
        struct slot *slot = &clock->slots[i];
        uint32_t *bucket = &clock->buckets[bucket_of(clock->room, slot->referral, slot->part)];
        slot->next = *bucket;
        *bucket = i;
    }
}

// Called only when every slot is in use.
static enum err grow(struct lease_clock *clock)
{
    uint32_t used = clock->room, room = used == 0 ? ROOM_FIRST : used * 2;
    struct slot *slots = realloc(clock->slots, room * sizeof *slots);
    clock->slots = slots != NULL ? slots : clock->slots;
    uint32_t *heap = realloc(clock->heap, room * sizeof *heap);
    clock->heap = heap != NULL ? heap : clock->heap;
    uint32_t *buckets = realloc(clock->buckets, room * sizeof *buckets);
    clock->buckets = buckets != NULL ? buckets : clock->buckets;
    if (slots == NULL || heap == NULL || buckets == NULL)
        return ERR_NO_MEMORY;
    clock->room = room;
    rehash(clock, used);
    for (uint32_t i = used; i < room; i++)
        clock->slots[i].next = i + 1 < room ? i + 1 : NONE;
    clock->free = used;
    return ERR_NONE;
}

enum err lease_clock_set(struct lease_clock *clock, struct job_key key, int64_t at_ms)
{
    lease_clock_drop(clock, key);
    if (clock->free == NONE) {
        enum err err = grow(clock);
        if (err != ERR_NONE)
            return err;
    }
    uint32_t i = clock->free;
    struct slot *slot = &clock->slots[i];
    clock->free = slot->next;
    uint32_t *bucket = &clock->buckets[bucket_of(clock->room, key.referral, key.part)];
    *slot = (struct slot){.at_ms = at_ms, .serial = clock->serial++, .referral = key.referral, .part = key.part, .next = *bucket};
    *bucket = i;
    clock->heap[clock->n] = i;
    sift_up(clock, clock->n++);
    return ERR_NONE;
}

void lease_clock_drop(struct lease_clock *clock, struct job_key key)
{
    uint32_t i = find(clock, key);
    if (i == NONE)
        return;
    uint32_t *link = &clock->buckets[bucket_of(clock->room, key.referral, key.part)];
    while (*link != i)
        link = &clock->slots[*link].next;
    *link = clock->slots[i].next;
    uint32_t where = clock->slots[i].heap_at, last = clock->heap[--clock->n];
    if (last != i) {
        place(clock, where, last);
        sift_up(clock, where);
        sift_down(clock, clock->slots[last].heap_at);
    }
    clock->slots[i].next = clock->free;
    clock->free = i;
}

bool lease_clock_ended(const struct lease_clock *clock, int64_t now_ms, struct job_key *key)
{
    if (clock->n == 0 || clock->slots[clock->heap[0]].at_ms > now_ms)
        return false;
    const struct slot *first = &clock->slots[clock->heap[0]];
    *key = (struct job_key){.referral = first->referral, .part = first->part};
    return true;
}

void lease_clock_begin(struct lease_clock *clock, int64_t ms)
{
    for (uint32_t i = 0; i < clock->n; i++)
        clock->slots[clock->heap[i]].at_ms += ms;
}

size_t lease_clock_count(const struct lease_clock *clock)
{
    return clock->n;
}
