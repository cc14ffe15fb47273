// SPDX-License-Identifier: MIT
// Open addressing with linear probing; rows in an array that grows by blocks, bytes in an arena of blocks; radix sort by prefixes.
// Called by projection for every get, put and del.
// Must not give memory back before overlay_free.
#include "common/store/overlay.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/random.h>

enum {
    SLOTS_FIRST = 1 << 16,
    ROWS_A_BLOCK = 1 << 14,
    ROW_BLOCKS_MAX = 1 << 12, // 67 million rows: far beyond what is put between two commits
    ARENA_BLOCK = 1 << 20,
    ALIGN = 8, // room for a value to grow a little in place
};

struct row {
    struct overlay_row row;
    uint32_t room; // bytes that the value may take where it stands
};

// 0: free. Else the row's number + 1, and 32 bits of its hash, so that few keys are compared.
struct slot {
    uint32_t row;
    uint32_t hash;
};

// A row in the order of tables and keys: the table and the first bytes of the key settle nearly all comparisons without a look at the row.
struct place {
    uint64_t prefix;
    const struct overlay_row *row;
};

struct block {
    struct block *next;
    uint8_t bytes[];
};

struct overlay {
    uint64_t seed[2];
    uint64_t hashed; // tables, by bits
    struct slot *slots;
    size_t n_slots; // a power of two
    struct row *rows[ROW_BLOCKS_MAX];
    size_t n_rows;
    size_t n_rows_of[UINT8_MAX + 1]; // by table
    size_t bytes;
    struct block *first;   // of the arena
    struct block *current; // NULL: nothing taken yet
    size_t taken;          // of the current block
    struct place *places;  // of overlay_sorted
    const struct overlay_row **sorted;
    size_t n_sorted_max;
};

// ---------------------------------------------------------------- hashing

static uint64_t mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

// Keys come from partners: the seed is random, so nobody can choose keys that collide.
static uint64_t mix_key(const struct overlay *overlay, unsigned table, struct span key)
{
    uint64_t hash = overlay->seed[0] ^ key.size << 8 ^ table;
    const uint8_t *at = key.at;
    size_t left = key.size;
    uint64_t word = 0;

    for (; left >= 8; left -= 8, at += 8) {
        memcpy(&word, at, 8);
        hash = mix(hash ^ word, overlay->seed[1]);
    }
    word = 0;
    if (left > 0)
        memcpy(&word, at, left);
    hash = mix(hash ^ word, overlay->seed[1]);
    return mix(hash, UINT64_C(0x9e3779b97f4a7c15));
}

static inline uint64_t hash_key(const struct overlay *overlay, unsigned table, struct span key)
{
    if ((overlay->hashed >> table & 1) == 0)
        return mix_key(overlay, table, key);
    assert(key.size >= 8);
    return bytes_word8(key.at) + table;
}

static struct row *row_at(const struct overlay *overlay, size_t number)
{
    return &overlay->rows[number / ROWS_A_BLOCK][number % ROWS_A_BLOCK];
}

// The slot where the key is, or the free one where it belongs.
static struct slot *find(const struct overlay *overlay, uint64_t hash, unsigned table, struct span key)
{
    size_t at = hash & (overlay->n_slots - 1);

    for (;; at = (at + 1) & (overlay->n_slots - 1)) {
        struct slot *slot = &overlay->slots[at];
        const struct overlay_row *row;

        if (slot->row == 0)
            return slot;
        if (slot->hash != (uint32_t)(hash >> 32))
            continue;
        row = &row_at(overlay, slot->row - 1)->row;
        if (row->table == table && span_equal(row->key, key))
            return slot;
    }
}

// ---------------------------------------------------------------- memory

struct overlay *overlay_new(uint64_t hashed)
{
    struct overlay *overlay = calloc(1, sizeof *overlay);

    if (overlay == NULL)
        return NULL;
    overlay->hashed = hashed;
    overlay->n_slots = SLOTS_FIRST;
    overlay->slots = calloc(overlay->n_slots, sizeof *overlay->slots);
    if (overlay->slots == NULL || getrandom(overlay->seed, sizeof overlay->seed, 0) != (ssize_t)sizeof overlay->seed)
        overlay_free(&overlay);
    if (overlay != NULL)
        overlay->seed[1] |= 1;
    return overlay;
}

void overlay_free(struct overlay **overlay)
{
    struct overlay *old = *overlay;

    if (old == NULL)
        return;
    for (struct block *block = old->first, *next; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    for (size_t i = 0; i < ROW_BLOCKS_MAX && old->rows[i] != NULL; i++)
        free(old->rows[i]);
    free(old->places);
    free(old->sorted);
    free(old->slots);
    free(old);
    *overlay = NULL;
}

static struct block *next_block(struct overlay *overlay)
{
    struct block *next = overlay->current == NULL ? overlay->first : overlay->current->next;

    if (next != NULL)
        return next;
    next = malloc(sizeof *next + ARENA_BLOCK);
    if (next == NULL)
        return NULL;
    next->next = NULL;
    if (overlay->current == NULL)
        overlay->first = next;
    else
        overlay->current->next = next;
    return next;
}

static uint8_t *take_bytes(struct overlay *overlay, size_t size)
{
    uint8_t *at;

    assert(size <= ARENA_BLOCK);
    if (overlay->current == NULL || ARENA_BLOCK - overlay->taken < size) {
        struct block *block = next_block(overlay);

        if (block == NULL)
            return NULL;
        overlay->current = block;
        overlay->taken = 0;
    }
    at = overlay->current->bytes + overlay->taken;
    overlay->taken += size;
    return at;
}

static bool grow(struct overlay *overlay)
{
    size_t n_slots = overlay->n_slots * 2;
    struct slot *slots;

    if (overlay->n_rows < overlay->n_slots / 2)
        return true;
    slots = calloc(n_slots, sizeof *slots);
    if (slots == NULL)
        return false;
    free(overlay->slots);
    overlay->slots = slots;
    overlay->n_slots = n_slots;
    for (size_t i = 0; i < overlay->n_rows; i++) {
        const struct overlay_row *row = &row_at(overlay, i)->row;
        uint64_t hash = hash_key(overlay, row->table, row->key);

        *find(overlay, hash, row->table, row->key) = (struct slot){(uint32_t)i + 1, (uint32_t)(hash >> 32)};
    }
    return true;
}

static struct row *add_row(struct overlay *overlay)
{
    size_t block = overlay->n_rows / ROWS_A_BLOCK;

    if (block >= ROW_BLOCKS_MAX)
        return NULL;
    if (overlay->rows[block] == NULL)
        overlay->rows[block] = malloc(ROWS_A_BLOCK * sizeof *overlay->rows[block]);
    if (overlay->rows[block] == NULL)
        return NULL;
    return row_at(overlay, overlay->n_rows);
}

// ---------------------------------------------------------------- rows

void overlay_fetch(const struct overlay *overlay, unsigned table, struct span key)
{
    __builtin_prefetch(&overlay->slots[hash_key(overlay, table, key) & (overlay->n_slots - 1)]);
}

const struct overlay_row *overlay_get(const struct overlay *overlay, unsigned table, struct span key)
{
    const struct slot *slot = find(overlay, hash_key(overlay, table, key), table, key);

    return slot->row == 0 ? NULL : &row_at(overlay, slot->row - 1)->row;
}

// The row of this key, made when missing; NULL when out of memory.
static struct row *touch(struct overlay *overlay, unsigned table, struct span key)
{
    uint64_t hash = hash_key(overlay, table, key);
    struct slot *slot;
    struct row *row;
    uint8_t *copy;

    if (!grow(overlay))
        return NULL;
    slot = find(overlay, hash, table, key);
    if (slot->row != 0)
        return row_at(overlay, slot->row - 1);
    row = add_row(overlay);
    copy = row == NULL ? NULL : take_bytes(overlay, key.size);
    if (copy == NULL)
        return NULL;
    if (key.size > 0)
        memcpy(copy, key.at, key.size);
    *row = (struct row){.row = {.key = {copy, key.size}, .table = (uint8_t)table, .deleted = true}};
    *slot = (struct slot){(uint32_t)++overlay->n_rows, (uint32_t)(hash >> 32)};
    overlay->n_rows_of[table]++;
    overlay->bytes += key.size;
    return row;
}

enum err overlay_put(struct overlay *overlay, unsigned table, struct span key, struct span value)
{
    struct row *row = touch(overlay, table, key);
    uint8_t *room;

    if (row == NULL)
        return ERR_NO_MEMORY;
    room = (uint8_t *)(uintptr_t)row->row.value.at;
    if (value.size > row->room || room == NULL) {
        size_t size = (value.size + ALIGN) / ALIGN * ALIGN;

        room = take_bytes(overlay, size);
        if (room == NULL)
            return ERR_NO_MEMORY;
        row->room = (uint32_t)size;
        overlay->bytes += size;
    }
    if (value.size > 0)
        memmove(room, value.at, value.size);
    row->row.value = span_of(room, value.size);
    row->row.deleted = false;
    return ERR_NONE;
}

enum err overlay_del(struct overlay *overlay, unsigned table, struct span key)
{
    struct row *row = touch(overlay, table, key);

    if (row == NULL)
        return ERR_NO_MEMORY;
    row->row.deleted = true;
    return ERR_NONE;
}

size_t overlay_count(const struct overlay *overlay)
{
    return overlay->n_rows;
}

size_t overlay_count_of(const struct overlay *overlay, unsigned table)
{
    return overlay->n_rows_of[table];
}

size_t overlay_bytes(const struct overlay *overlay)
{
    return overlay->bytes;
}

// ---------------------------------------------------------------- order

static uint64_t prefix_of(const struct overlay_row *row)
{
    uint64_t prefix = row->table;

    for (size_t i = 0; i < sizeof prefix - 1; i++)
        prefix = prefix << 8 | (i < row->key.size ? row->key.at[i] : 0);
    return prefix;
}

static int compare(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    size_t size = a->row->key.size < b->row->key.size ? a->row->key.size : b->row->key.size;
    int order;

    if (a->prefix != b->prefix)
        return a->prefix < b->prefix ? -1 : 1;
    order = memcmp(a->row->key.at, b->row->key.at, size);
    return order != 0 ? order : (a->row->key.size > b->row->key.size) - (a->row->key.size < b->row->key.size);
}

static bool make_room_to_sort(struct overlay *overlay)
{
    size_t wanted = overlay->n_rows * 2;

    if (overlay->n_rows <= overlay->n_sorted_max)
        return true;
    free(overlay->places);
    free(overlay->sorted);
    overlay->places = malloc(2 * wanted * sizeof *overlay->places); // and as many again, to sort into
    overlay->sorted = malloc(wanted * sizeof *overlay->sorted);
    overlay->n_sorted_max = overlay->places != NULL && overlay->sorted != NULL ? wanted : 0;
    return overlay->n_sorted_max > 0;
}

// Where each value of byte `digit` begins in the sorted order; false when all have the same.
static bool count_digits(const struct place *places, size_t n, unsigned digit, size_t starts[256])
{
    size_t sum = 0;

    memset(starts, 0, 256 * sizeof starts[0]);
    for (size_t i = 0; i < n; i++)
        starts[places[i].prefix >> (8 * digit) & 0xff]++;
    if (starts[places[0].prefix >> (8 * digit) & 0xff] == n)
        return false;
    for (unsigned value = 0; value < 256; value++) {
        size_t count = starts[value];

        starts[value] = sum;
        sum += count;
    }
    return true;
}

// By prefix, the lowest byte first. Lends the half of the array where the result is.
static struct place *sort_by_prefix(struct place *places, struct place *space, size_t n)
{
    size_t starts[256];

    for (unsigned digit = 0; digit < sizeof places->prefix; digit++) {
        struct place *swap = places;

        if (!count_digits(places, n, digit, starts))
            continue;
        for (size_t i = 0; i < n; i++)
            space[starts[places[i].prefix >> (8 * digit) & 0xff]++] = places[i];
        places = space;
        space = swap;
    }
    return places;
}

// Rows whose prefixes are equal: by their whole keys.
static void sort_equal(struct place *places, size_t n)
{
    for (size_t first = 0, next; first < n; first = next) {
        for (next = first + 1; next < n && places[next].prefix == places[first].prefix;)
            next++;
        if (next - first > 1)
            qsort(&places[first], next - first, sizeof *places, compare);
    }
}

enum err overlay_sorted(struct overlay *overlay, const struct overlay_row *const **rows)
{
    struct place *places;
    size_t n = overlay->n_rows;

    if (!make_room_to_sort(overlay))
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < n; i++) {
        const struct overlay_row *row = &row_at(overlay, i)->row;

        overlay->places[i] = (struct place){prefix_of(row), row};
    }
    places = n > 1 ? sort_by_prefix(overlay->places, overlay->places + n, n) : overlay->places;
    sort_equal(places, n);
    for (size_t i = 0; i < n; i++)
        overlay->sorted[i] = places[i].row;
    *rows = overlay->sorted;
    return ERR_NONE;
}

void overlay_reset(struct overlay *overlay)
{
    memset(overlay->slots, 0, overlay->n_slots * sizeof *overlay->slots);
    memset(overlay->n_rows_of, 0, sizeof overlay->n_rows_of);
    overlay->n_rows = 0;
    overlay->bytes = 0;
    overlay->current = NULL;
    overlay->taken = 0;
}
