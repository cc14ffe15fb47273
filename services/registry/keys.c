// SPDX-License-Identifier: MIT
// Family keys in rows of sixteen, each wrapped with XChaCha20-Poly1305; a window of them open in locked memory.
// Used by the registry only. A key never leaves here but into the caller's memory; a slot is never filled twice.
// BUGS: old pages of the store may still hold the wrapped key of a destroyed slot until the key-encryption key is changed.
#include "services/registry/keys.h"

#include "common/base/big_endian.h"
#include "common/store/store.h"
#include "services/registry/random_block.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

enum {
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    WRAPPED = NONCE + KEYS_SIZE + crypto_aead_xchacha20poly1305_ietf_ABYTES,
    PER_ROW = 16,
    EPOCH_SIZE = 4,
    ROW = EPOCH_SIZE + PER_ROW * WRAPPED, // three rows fit a page of the store
    WINDOW = 4 * KEYS_BATCH,
    EPOCH = 1, // of the key-encryption key
    FORMAT = 1,
    ABOUT = 64,
};

#define MAP_SIZE ((size_t)16 << 30) // 200 million families

struct keys {
    struct store *store;
    uint8_t *kek;                 // locked
    uint8_t (*window)[KEYS_SIZE]; // locked; slot s at s % WINDOW
    uint64_t window_first;        // slots window_first .. filled - 1 are in the window
    uint64_t filled;              // slots below it are, or were, on disk
    struct random_block random;   // for nonces; keys come straight from the kernel
    pthread_t thread;
    bool filling;          // the thread works on the slots from `filled` on, and writes to the store
    atomic_bool has_ended; // the thread
    enum err result;       // of the thread, once it has ended
};

static const char purpose[] = "windscreen/dek-wrap/v1"; // its NUL ends it in the additional data
static const char *const tables[] = {"keys", NULL};

// ---------------------------------------------------------------- the key-encryption key

static enum err refuse_file(enum err err, const char *path, const char *why)
{
    fprintf(stderr, "%s: %s\n", path, why);
    return err;
}

enum err keys_read_kek(const char *path, uint8_t kek[KEYS_SIZE])
{
    uint8_t bytes[KEYS_SIZE + 1];
    struct stat about = {0};
    ssize_t size = -1;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (file < 0)
        return refuse_file(err_of_errno(errno), path, "cannot be opened: there must be 32 random bytes, mode 0400");
    if (fstat(file, &about) == 0)
        size = read(file, bytes, sizeof bytes);
    close(file);
    if (about.st_mode != 0 && !S_ISREG(about.st_mode))
        return refuse_file(ERR_BAD_CONFIG, path, "is not a file");
    if (size < 0)
        return refuse_file(ERR_IO, path, "could not be read");
    if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return refuse_file(ERR_BAD_CONFIG, path, "may be touched by group or others: chmod 0400");
    if (size != KEYS_SIZE)
        return refuse_file(ERR_BAD_CONFIG, path, "is not exactly 32 bytes long");
    memcpy(kek, bytes, KEYS_SIZE);
    sodium_memzero(bytes, sizeof bytes);
    return ERR_NONE;
}

// ---------------------------------------------------------------- wrapping

// purpose 00 slot[8] epoch[4]
static size_t additional_data(uint64_t slot, uint32_t epoch, uint8_t out[ABOUT])
{
    memcpy(out, purpose, sizeof purpose);
    big_endian_put(out + sizeof purpose, slot, 8);
    big_endian_put(out + sizeof purpose + 8, epoch, 4);
    return sizeof purpose + 12;
}

// nonce[24] ciphertext[32] tag[16]
static void wrap(const struct keys *keys, uint64_t slot, const uint8_t key[KEYS_SIZE], const uint8_t nonce[NONCE], uint8_t wrapped[WRAPPED])
{
    uint8_t about[ABOUT];
    size_t about_size = additional_data(slot, EPOCH, about);

    memcpy(wrapped, nonce, NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(wrapped + NONCE, NULL, key, KEYS_SIZE, about, about_size, NULL, wrapped, keys->kek);
}

static enum err unwrap(const struct keys *keys, uint64_t slot, struct span row, uint8_t key[KEYS_SIZE])
{
    const uint8_t *wrapped = row.at + EPOCH_SIZE + slot % PER_ROW * WRAPPED;
    uint8_t about[ABOUT];
    size_t about_size;

    if (row.size != ROW)
        return ERR_BAD_STORE;
    if (sodium_is_zero(wrapped, WRAPPED))
        return ERR_NOT_FOUND;
    about_size = additional_data(slot, (uint32_t)big_endian_get(row.at, EPOCH_SIZE), about);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(key, NULL, NULL, wrapped + NONCE, WRAPPED - NONCE, about, about_size, wrapped,
                                                   keys->kek) != 0)
        return ERR_CRYPTO;
    return ERR_NONE;
}

// ---------------------------------------------------------------- rows

static struct span row_key(uint64_t slot, uint8_t key[8])
{
    big_endian_put(key, slot / PER_ROW, 8);
    return span_of(key, 8);
}

static enum err read_slot(struct keys *keys, uint64_t slot, uint8_t key[KEYS_SIZE])
{
    uint8_t name[8];
    struct span row;
    enum err err = store_get(keys->store, 0, row_key(slot, name), &row);

    return err != ERR_NONE ? err : unwrap(keys, slot, row, key);
}

// Room for one more batch, on disk and in the window.
static enum err make_room(struct keys *keys)
{
    if (keys->filled + KEYS_BATCH > keys->window_first + WINDOW)
        keys->window_first = keys->filled + KEYS_BATCH - WINDOW;
    return store_reserve_ahead(keys->store, 2 * (uint64_t)KEYS_BATCH / PER_ROW * ROW);
}

// New keys for KEYS_BATCH slots from `filled` on, into the transaction that was begun; commits it.
static enum err write_batch(struct keys *keys)
{
    uint8_t nonces[PER_ROW][NONCE];

    for (uint64_t first = keys->filled; first < keys->filled + KEYS_BATCH; first += PER_ROW) {
        uint8_t name[8], row[ROW];

        randombytes_buf(keys->window[first % WINDOW], PER_ROW * (size_t)KEYS_SIZE);
        random_block_take(&keys->random, nonces, sizeof nonces);
        big_endian_put(row, EPOCH, EPOCH_SIZE);
        for (unsigned i = 0; i < PER_ROW; i++)
            wrap(keys, first + i, keys->window[(first + i) % WINDOW], nonces[i], row + EPOCH_SIZE + i * (size_t)WRAPPED);
        store_put(keys->store, 0, row_key(first, name), span_of(row, sizeof row));
    }
    return store_commit(keys->store);
}

static enum err fill_batch(struct keys *keys)
{
    enum err err = make_room(keys);

    if (err != ERR_NONE)
        return err;
    store_begin(keys->store);
    err = write_batch(keys);
    if (err == ERR_NONE)
        keys->filled += KEYS_BATCH;
    return err;
}

// The thread.
static void *fill_beside(void *context)
{
    struct keys *keys = context;

    store_begin_beside(keys->store);
    keys->result = write_batch(keys);
    atomic_store_explicit(&keys->has_ended, true, memory_order_release);
    return NULL;
}

// Ends a filling whose thread has ended; `wait`: or will.
static enum err finish(struct keys *keys, bool wait)
{
    if (!keys->filling || (!wait && !atomic_load_explicit(&keys->has_ended, memory_order_acquire)))
        return ERR_NONE;
    pthread_join(keys->thread, NULL);
    keys->filling = false;
    store_read_anew(keys->store);
    if (keys->result == ERR_NONE)
        keys->filled += KEYS_BATCH;
    return keys->result;
}

// ---------------------------------------------------------------- opening

static enum err find_filled(struct keys *keys)
{
    static const uint8_t beyond[8] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    struct span name, row;
    uint8_t key[KEYS_SIZE];
    enum err err = store_seek(keys->store, 0, span_of(beyond, sizeof beyond), &name, &row);

    if (err == ERR_NOT_FOUND)
        return ERR_NONE;
    if (err != ERR_NONE || name.size != 8)
        return err != ERR_NONE ? err : ERR_BAD_STORE;
    keys->filled = (big_endian_get(name.at, 8) + 1) * PER_ROW;
    keys->window_first = keys->filled;
    err = unwrap(keys, keys->filled - 1, row, key);
    sodium_memzero(key, sizeof key);
    return err == ERR_CRYPTO ? ERR_BAD_CONFIG : err == ERR_NOT_FOUND ? ERR_NONE : err;
}

enum err keys_open(const char *directory, const uint8_t kek[KEYS_SIZE], struct keys **keys)
{
    struct store_options options = {.directory = directory, .kind = "keys", .format = FORMAT, .tables = tables, .map_size = MAP_SIZE};
    struct keys *opened = calloc(1, sizeof *opened);
    enum err err;

    if (opened == NULL || sodium_init() < 0)
        return ERR_NO_MEMORY;
    opened->kek = sodium_malloc(KEYS_SIZE);
    opened->window = sodium_allocarray(WINDOW, KEYS_SIZE);
    if (opened->kek == NULL || opened->window == NULL) {
        keys_close(&opened);
        return ERR_NO_MEMORY;
    }
    memcpy(opened->kek, kek, KEYS_SIZE);
    err = store_open(&options, &opened->store);
    if (err == ERR_NONE)
        err = find_filled(opened);
    if (err != ERR_NONE)
        keys_close(&opened);
    *keys = opened;
    return err;
}

void keys_close(struct keys **keys)
{
    if (*keys == NULL)
        return;
    if (finish(*keys, true) != ERR_NONE)
        (*keys)->filling = false; // what is on disk is read at the next start
    if ((*keys)->store != NULL)
        store_close(&(*keys)->store);
    sodium_free((*keys)->window);
    sodium_free((*keys)->kek);
    free(*keys);
    *keys = NULL;
}

// ---------------------------------------------------------------- use

// Opens the slots below the window, down to `first`, into it; there is room for them.
static enum err widen(struct keys *keys, uint64_t first)
{
    while (keys->window_first > first) {
        uint64_t slot = keys->window_first - 1;
        enum err err = read_slot(keys, slot, keys->window[slot % WINDOW]);

        if (err != ERR_NONE)
            return err == ERR_NOT_FOUND ? ERR_BAD_STORE : err;
        keys->window_first = slot;
    }
    return ERR_NONE;
}

enum err keys_refill(struct keys *keys, uint64_t first_unused)
{
    enum err err;

    if (first_unused > keys->filled)
        return ERR_BAD_STORE;
    err = finish(keys, keys->filled - first_unused < KEYS_BATCH);
    // a batch may be on its way into the window; where a process that was killed has left more than fits, keys are read from the disk
    if (err == ERR_NONE && keys->filled - first_unused <= WINDOW - KEYS_BATCH)
        err = widen(keys, first_unused);
    while (err == ERR_NONE && keys->filled - first_unused < KEYS_BATCH)
        err = fill_batch(keys);
    return err;
}

enum err keys_refill_beside(struct keys *keys, uint64_t first_unused)
{
    enum err err = finish(keys, false);

    if (err != ERR_NONE || keys->filling || keys->filled - first_unused >= 2 * KEYS_BATCH)
        return err;
    err = make_room(keys);
    if (err != ERR_NONE)
        return err;
    store_keep_reading(keys->store);
    atomic_store_explicit(&keys->has_ended, false, memory_order_relaxed);
    keys->filling = pthread_create(&keys->thread, NULL, fill_beside, keys) == 0;
    if (!keys->filling)
        store_read_anew(keys->store); // no thread to be had: keys_refill fills them when they are needed
    return ERR_NONE;
}

bool keys_is_filled(const struct keys *keys, uint64_t slot)
{
    return slot < keys->filled;
}

static bool is_in_window(const struct keys *keys, uint64_t slot)
{
    return slot >= keys->window_first && slot < keys->filled;
}

// A slot is all zeros once its key was destroyed; that it is says nothing of any key.
static bool is_destroyed(const uint8_t key[KEYS_SIZE])
{
    uint64_t bits = 0;

    for (unsigned i = 0; i < KEYS_SIZE; i += 8)
        bits |= bytes_word8(key + i);
    return bits == 0;
}

enum err keys_get(struct keys *keys, uint64_t slot, uint8_t key[KEYS_SIZE])
{
    if (!is_in_window(keys, slot))
        return keys_is_filled(keys, slot) ? read_slot(keys, slot, key) : ERR_NOT_FOUND;
    if (is_destroyed(keys->window[slot % WINDOW]))
        return ERR_NOT_FOUND;
    memcpy(key, keys->window[slot % WINDOW], KEYS_SIZE);
    return ERR_NONE;
}

enum err keys_destroy(struct keys *keys, uint64_t slot)
{
    uint8_t name[8], row[ROW];
    struct span found;
    enum err err;

    err = finish(keys, true);
    if (err != ERR_NONE || slot >= keys->filled)
        return err != ERR_NONE ? err : ERR_NOT_FOUND;
    if (is_in_window(keys, slot))
        sodium_memzero(keys->window[slot % WINDOW], KEYS_SIZE);
    err = store_get(keys->store, 0, row_key(slot, name), &found);
    if (err != ERR_NONE || found.size != ROW)
        return err != ERR_NONE ? err : ERR_BAD_STORE;
    memcpy(row, found.at, ROW);
    sodium_memzero(row + EPOCH_SIZE + slot % PER_ROW * WRAPPED, WRAPPED);
    store_begin(keys->store);
    store_put(keys->store, 0, span_of(name, sizeof name), span_of(row, sizeof row));
    return store_commit(keys->store);
}
