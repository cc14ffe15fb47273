// SPDX-License-Identifier: MIT
// Scenes of the families' keys: making the store, opening it, filling the pool, destroying a key.
// Run by fault_walk.c.
#include "tests/crash/fault_walk.h"

#include <string.h>

#include "services/registry/keys.h"

enum { USED = 5, LOOKED_AT = 64, DESTROYED = 3 };

static const uint8_t kek[KEYS_SIZE] = "a key-encryption key of 32 bytes";
static struct keys *opened;
static uint8_t known[4 * KEYS_BATCH][KEYS_SIZE]; // keys that a referral may have been sealed with
static uint64_t n_known;

static enum err open_keys(const char *directory)
{
    return keys_open(directory, kek, &opened);
}

// Every slot that was at hand before still opens to the same key.
static void check_known(uint64_t destroyed)
{
    uint8_t key[KEYS_SIZE];

    for (uint64_t slot = 0; slot < n_known; slot += slot < LOOKED_AT ? 1 : LOOKED_AT) {
        enum err err = keys_get(opened, slot, key);

        WALK_CHECK(err == (slot == destroyed ? ERR_NOT_FOUND : ERR_NONE));
        WALK_CHECK(err != ERR_NONE || memcmp(key, known[slot], KEYS_SIZE) == 0);
    }
}

static void learn(void)
{
    while (keys_is_filled(opened, n_known)) {
        WALK_CHECK(keys_get(opened, n_known, known[n_known]) == ERR_NONE);
        n_known++;
    }
}

static void reopen(const char *directory)
{
    keys_close(&opened);
    WALK_CHECK(open_keys(directory) == ERR_NONE);
}

// What is known is there, and the pool can be filled and used.
static void check_goes_on(const char *directory, uint64_t destroyed)
{
    reopen(directory);
    WALK_CHECK(keys_refill(opened, n_known > USED ? USED : 0) == ERR_NONE);
    check_known(destroyed);
    learn();
    WALK_CHECK(n_known >= KEYS_BATCH);
    reopen(directory);
    check_known(destroyed);
    keys_close(&opened);
}

static void leave_empty(const char *directory)
{
    (void)directory;
    n_known = 0;
}

static enum err make(const char *directory)
{
    enum err err = open_keys(directory);

    if (err == ERR_NONE)
        err = keys_refill(opened, 0);
    if (err == ERR_NONE)
        learn();
    return err;
}

static void check_made(const char *directory, enum err err)
{
    (void)err;
    check_goes_on(directory, UINT64_MAX);
}

static void fill(const char *directory)
{
    leave_empty(directory);
    WALK_CHECK(make(directory) == ERR_NONE);
}

static void fill_and_close(const char *directory)
{
    fill(directory);
    keys_close(&opened);
}

static enum err refill(const char *directory)
{
    enum err err = keys_refill(opened, USED);

    (void)directory;
    if (err == ERR_NONE)
        learn();
    return err;
}

static void check_refilled(const char *directory, enum err err)
{
    if (err == ERR_STORE_FULL && keys_refill(opened, USED) == ERR_NONE) // tried again every second while the daemon runs on
        learn();
    check_goes_on(directory, UINT64_MAX);
}

static enum err destroy(const char *directory)
{
    (void)directory;
    return keys_destroy(opened, DESTROYED);
}

static void check_destroyed(const char *directory, enum err err)
{
    uint8_t key[KEYS_SIZE];
    enum err found;

    reopen(directory);
    found = keys_get(opened, DESTROYED, key);
    WALK_CHECK(found == ERR_NOT_FOUND || (err != ERR_NONE && found == ERR_NONE));
    WALK_CHECK(keys_destroy(opened, DESTROYED) == ERR_NONE);
    check_goes_on(directory, DESTROYED);
}

const struct scene walk_keys[] = {
    {"keys_made", leave_empty, make, check_made, false},
    {"keys_opened", fill_and_close, open_keys, check_made, false},
    {"keys_filled", fill, refill, check_refilled, false},
    {"keys_destroyed", fill, destroy, check_destroyed, false},
    {0},
};
