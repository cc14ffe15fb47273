// SPDX-License-Identifier: MIT
// Stands before the C library's allocator (or a sanitizer's, which is then the next one).
// One thread counts; others are served and not counted.
#include "tests/unit/memory.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

enum { LIVE_MAX = 65536, EARLY_BYTES = 65536 };

static struct {
    bool counting;
    bool all_behind;
    bool failed;
    uint64_t fail_at;
    uint64_t count;
    uint64_t live;
    void *at[LIVE_MAX]; // those that are live: open addressing
} memory;

static __thread bool is_counted; // the thread that called memory_fail

static void *(*next_malloc)(size_t);
static void *(*next_calloc)(size_t, size_t);
static void *(*next_realloc)(void *, size_t);
static void (*next_free)(void *);

// dlsym itself may allocate: that comes from here, and is never given back.
static _Alignas(16) uint8_t early[EARLY_BYTES];
static size_t early_used;

static void *early_room(size_t size)
{
    void *at = early + early_used;

    early_used += (size + 15) / 16 * 16;
    return early_used <= sizeof early ? at : NULL;
}

static bool is_early(const void *at)
{
    return (const uint8_t *)at >= early && (const uint8_t *)at < early + sizeof early;
}

static bool find_next(void)
{
    static bool finding;

    if (next_free != NULL)
        return true;
    if (finding)
        return false;
    finding = true;
    *(void **)&next_malloc = dlsym(RTLD_NEXT, "malloc");
    *(void **)&next_calloc = dlsym(RTLD_NEXT, "calloc");
    *(void **)&next_realloc = dlsym(RTLD_NEXT, "realloc");
    *(void **)&next_free = dlsym(RTLD_NEXT, "free");
    finding = false;
    return next_free != NULL;
}

// ---------------------------------------------------------------- counting

static size_t home_of(const void *at)
{
    return ((uintptr_t)at >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 48;
}

static void note(void *at)
{
    size_t i = home_of(at);

    if (!memory.counting || !is_counted || at == NULL)
        return;
    while (memory.at[i] != NULL)
        i = (i + 1) % LIVE_MAX;
    memory.at[i] = at;
    memory.live++;
}

static void forget(void *at)
{
    size_t i = home_of(at);

    if (at == NULL || memory.live == 0)
        return;
    while (memory.at[i] != NULL && memory.at[i] != at)
        i = (i + 1) % LIVE_MAX;
    if (memory.at[i] == NULL)
        return;
    memory.at[i] = NULL;
    memory.live--;
    for (i = (i + 1) % LIVE_MAX; memory.at[i] != NULL; i = (i + 1) % LIVE_MAX) { // those behind it move up
        void *moved = memory.at[i];
        size_t home = home_of(moved);

        memory.at[i] = NULL;
        while (memory.at[home] != NULL)
            home = (home + 1) % LIVE_MAX;
        memory.at[home] = moved;
    }
}

static bool must_fail(void)
{
    if (!memory.counting || !is_counted)
        return false;
    memory.count++;
    if (memory.fail_at == 0 || memory.count < memory.fail_at || (memory.count > memory.fail_at && !memory.all_behind))
        return false;
    memory.failed = true;
    errno = ENOMEM;
    return true;
}

void memory_fail(uint64_t n, bool all_behind)
{
    memset(&memory, 0, sizeof memory);
    is_counted = true;
    memory.fail_at = n;
    memory.all_behind = all_behind;
    memory.counting = true;
}

bool memory_calm(void)
{
    memory.counting = false;
    return memory.failed;
}

uint64_t memory_count(void)
{
    return memory.count;
}

uint64_t memory_live(void)
{
    return memory.live;
}

// ---------------------------------------------------------------- the allocator's functions

void *malloc(size_t size)
{
    void *at;

    if (!find_next())
        return early_room(size);
    if (must_fail())
        return NULL;
    at = next_malloc(size);
    note(at);
    return at;
}

void *calloc(size_t n, size_t size)
{
    void *at;

    if (!find_next())
        return early_room(n * size);
    if (must_fail())
        return NULL;
    at = next_calloc(n, size);
    note(at);
    return at;
}

void *realloc(void *old, size_t size)
{
    void *at;

    if (!find_next() || must_fail())
        return NULL;
    at = next_realloc(old, size);
    if (at != NULL) {
        forget(old);
        note(at);
    }
    return at;
}

void free(void *at)
{
    if (is_early(at) || !find_next())
        return;
    forget(at);
    next_free(at);
}
