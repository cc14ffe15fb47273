// SPDX-License-Identifier: MIT
// Names in an array by number, found through a hash table of numbers.
// Called when an own event is taken, and to write names back into events.
// Must not number a name for anything but an own event: numbers are part of the rows.
#include "services/allocation/name_table.h"

#include <assert.h>
#include <stdlib.h>

enum { BUCKETS = 2 * NAME_TABLE_MAX }; // a power of 2

struct name {
    uint8_t size;
    uint8_t text[NAME_TABLE_SIZE_MAX];
};

struct name_table {
    unsigned n;
    struct name names[NAME_TABLE_MAX];
    uint16_t buckets[BUCKETS]; // open addressing; 0: free
};

static unsigned bucket_of(struct span name)
{
    const uint64_t odd = UINT64_C(0x9E3779B97F4A7C15);
    uint64_t hash = name.size;
    size_t i = 0;

    for (; name.size - i >= 8; i += 8) {
        hash = (hash ^ bytes_word8(name.at + i)) * odd;
        hash ^= hash >> 32;
    }
    hash = (hash ^ bytes_mark(name.at + i, name.size - i)) * odd; // below 8 bytes the mark holds them all
    return (unsigned)(hash >> 40) % BUCKETS;
}

static void add(struct name_table *names, struct span name)
{
    unsigned bucket = bucket_of(name);
    struct name *row = &names->names[names->n];

    row->size = (uint8_t)name.size;
    memcpy(row->text, name.at, name.size);
    while (names->buckets[bucket] != NAME_NONE)
        bucket = (bucket + 1) % BUCKETS;
    names->buckets[bucket] = (uint16_t)names->n++;
}

struct name_table *name_table_new(void)
{
    struct name_table *names = calloc(1, sizeof *names);

    if (names == NULL)
        return NULL;
    names->n = NAME_HUB_DECISION;
    add(names, span_text("hub-decision"));
    add(names, span_text("specialist"));
    assert(names->n == NAME_FIRST_FREE);
    return names;
}

void name_table_free(struct name_table **names)
{
    free(*names);
    *names = NULL;
}

static enum err load_row(void *context, struct span key, struct span value)
{
    struct name_table *names = context;

    if (key.size != 2 || value.size == 0 || value.size > NAME_TABLE_SIZE_MAX || names->n == NAME_TABLE_MAX)
        return ERR_BAD_STORE;
    if ((unsigned)(key.at[0] << 8 | key.at[1]) != names->n)
        return ERR_BAD_STORE;
    add(names, value);
    return ERR_NONE;
}

enum err name_table_load(struct name_table *names, struct projection *projection, unsigned table)
{
    return projection_scan(projection, table, load_row, names);
}

uint16_t name_table_find(const struct name_table *names, struct span name)
{
    if (name.size == 0 || name.size > NAME_TABLE_SIZE_MAX)
        return NAME_NONE;
    for (unsigned bucket = bucket_of(name);; bucket = (bucket + 1) % BUCKETS) {
        uint16_t number = names->buckets[bucket];

        if (number == NAME_NONE || span_equal(name_table_text(names, number), name))
            return number;
    }
}

enum err name_table_number(struct name_table *names, struct projection *projection, unsigned table, struct span name, uint16_t *number)
{
    *number = name_table_find(names, name);
    if (*number != NAME_NONE || name.size == 0)
        return ERR_NONE;
    if (name.size > NAME_TABLE_SIZE_MAX || names->n == NAME_TABLE_MAX)
        return ERR_NO_ROOM;
    *number = (uint16_t)names->n;
    add(names, name);
    return projection_put(projection, table, span_of((uint8_t[]){(uint8_t)(*number >> 8), (uint8_t)*number}, 2), name);
}

struct span name_table_text(const struct name_table *names, uint16_t number)
{
    assert(number < names->n);
    return span_of(names->names[number].text, names->names[number].size);
}

unsigned name_table_count(const struct name_table *names)
{
    return names->n;
}
