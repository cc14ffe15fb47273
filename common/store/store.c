// SPDX-License-Identifier: MIT
// LMDB behind store.h: opening, one write transaction, one read transaction with a cursor for each table.
// Called by log_store and projection. Default flags, so every commit is on disk when it returns.
// Must not interpret what it stores.
//
// BUGS: deleted and overwritten bytes stay in free pages of the file until these are used again. What must be gone for ever has to be
// sealed with a key that can be destroyed.
#include "common/store/store_inside.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/store/store_file.h"
#include "common/store/store_make.h"

enum err store_err(const struct store *store, int status)
{
    struct statvfs disk;

    switch (status) {
    case MDB_SUCCESS:
        return ERR_NONE;
    case MDB_NOTFOUND:
        return ERR_NOT_FOUND;
    case MDB_KEYEXIST:
        return ERR_EXISTS;
    case MDB_MAP_FULL:
    case ENOSPC:
        return ERR_STORE_FULL;
    case ENOMEM:
        return ERR_NO_MEMORY;
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
        return ERR_BAD_STORE;
    case EIO: // LMDB's name for a short write, which is what a full disk gives
        if (fstatvfs(store->file, &disk) == 0 && disk.f_bavail == 0)
            return ERR_STORE_FULL;
        return ERR_IO;
    default:
        return ERR_IO;
    }
}

// ---------------------------------------------------------------- opening

// Of what must be there in a store of ours. Only its absence says that this is none: memory may be short for a while.
static enum err err_of_needed(const struct store *store, int status)
{
    return status == MDB_NOTFOUND || status == MDB_INCOMPATIBLE ? ERR_BAD_STORE : store_err(store, status);
}

// A value stands in a page of the map, and a page begins with its own number.
static uint8_t *find_map(const struct store *store, const MDB_val *value)
{
    MDB_stat stat;
    uint64_t number;
    uint8_t *page;

    mdb_env_stat(store->env, &stat);
    page = (uint8_t *)((uintptr_t)value->mv_data & ~((uintptr_t)stat.ms_psize - 1));
    memcpy(&number, page, sizeof number);
    return page - number * stat.ms_psize;
}

static enum err check_meta(struct store *store, MDB_txn *txn, const struct store_options *options)
{
    MDB_val kind_key = val_of(span_text("kind")), format_key = val_of(span_text("format")), kind, format;
    const uint8_t *at;
    uint32_t number;
    MDB_dbi meta;
    int status = mdb_dbi_open(txn, "meta", 0, &meta);

    if (status == MDB_SUCCESS)
        status = mdb_get(txn, meta, &format_key, &format);
    if (status == MDB_SUCCESS)
        status = mdb_get(txn, meta, &kind_key, &kind);
    if (status != MDB_SUCCESS)
        return err_of_needed(store, status);
    if (format.mv_size != STORE_FORMAT_SIZE || !span_is(span_of_val(kind), options->kind))
        return ERR_BAD_STORE;
    store->map = find_map(store, &format);
    at = format.mv_data;
    number = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    if (number != options->format)
        return number > options->format ? ERR_NEWER_STORE : ERR_BAD_STORE;

    for (store->n_tables = 0; options->tables[store->n_tables] != NULL; store->n_tables++) {
        assert(store->n_tables < STORE_TABLES_MAX);
        status = mdb_dbi_open(txn, options->tables[store->n_tables], 0, &store->tables[store->n_tables]);
        if (status != MDB_SUCCESS)
            return err_of_needed(store, status);
    }
    return ERR_NONE;
}

// Committing a read transaction is what keeps the table handles open.
static enum err open_tables(struct store *store, const struct store_options *options)
{
    MDB_txn *txn;
    enum err err = store_err(store, mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn));

    if (err != ERR_NONE)
        return err;
    err = check_meta(store, txn, options);
    if (err != ERR_NONE) {
        mdb_txn_abort(txn);
        return err;
    }
    err = store_err(store, mdb_txn_commit(txn));
    if (err == ERR_NONE)
        err = store_err(store, mdb_txn_begin(store->env, NULL, MDB_RDONLY, &store->read));
    store->reading = err == ERR_NONE;
    return err;
}

static enum err open_file(struct store *store, const struct store_options *options)
{
    char path[STORE_PATH_MAX];
    struct stat found;
    enum err err = store_file_path(options->directory, "data.mdb", path);

    if (err == ERR_NONE && stat(path, &found) != 0)
        err = errno != ENOENT ? ERR_IO : options->only_look ? ERR_NOT_FOUND : store_err(store, store_make(path, options));
    if (err != ERR_NONE)
        return err;
    store->file = open(path, (options->only_look ? O_RDONLY : O_RDWR) | O_CLOEXEC);
    if (store->file < 0 || fstat(store->file, &found) != 0)
        return ERR_IO;
    if (found.st_size == 0)
        return ERR_CUT_STORE; // or LMDB would begin it anew
    // What has blocks cannot be refused later; a file from a copy may have holes.
    store->allocated = found.st_blocks * INT64_C(512) >= found.st_size ? (uint64_t)found.st_size : 0;

    err = options->only_look ? ERR_NONE : store_file_reserve_lock(options->directory);
    err =
        err == ERR_NONE ? store_err(store, store_make_env(path, options->map_size, options->only_look ? MDB_RDONLY : 0, &store->env)) : err;
    err = err == ERR_NONE ? store_file_check_length(store->file, store_used(store)) : err;
    err = err == ERR_NONE ? open_tables(store, options) : err;
    if (err == ERR_NONE && !options->only_look)
        store_check_readers(store);
    return err;
}

enum err store_open(const struct store_options *options, struct store **store)
{
    enum err err = options->only_look ? ERR_NONE : store_file_make_directory(options->directory);
    struct store *new;

    *store = NULL;
    if (err != ERR_NONE)
        return err;
    new = calloc(1, sizeof *new);
    if (new == NULL)
        return ERR_NO_MEMORY;
    new->lock = new->file = -1;
    new->map_size = options->map_size;
    err = options->only_look ? ERR_NONE : store_file_lock(options->directory, &new->lock);
    if (err == ERR_NONE)
        err = open_file(new, options);
    if (err != ERR_NONE)
        store_close(&new);
    *store = new;
    return err;
}

void store_close(struct store **store)
{
    struct store *old = *store;

    if (old == NULL)
        return;
    store_abort(old);
    for (unsigned i = 0; i < old->n_tables; i++)
        if (old->cursors[i] != NULL)
            mdb_cursor_close(old->cursors[i]);
    if (old->read != NULL)
        mdb_txn_abort(old->read);
    if (old->env != NULL)
        mdb_env_close(old->env);
    if (old->file >= 0)
        close(old->file);
    if (old->lock >= 0)
        close(old->lock);
    free(old);
    *store = NULL;
}

// ---------------------------------------------------------------- writing

void store_begin(struct store *store)
{
    if (store->write != NULL || store->sticky != ERR_NONE)
        return;
    if (store->reading)
        mdb_txn_reset(store->read); // or the pages it sees could not be used again
    store->reading = false;
    memset(store->bound, 0, sizeof store->bound);
    store->sticky = store_err(store, mdb_txn_begin(store->env, NULL, 0, &store->write));
}

bool store_is_open(const struct store *store)
{
    return store->write != NULL;
}

static void close_ordered(struct store *store)
{
    if (store->ordered != NULL)
        mdb_cursor_close(store->ordered);
    store->ordered = NULL;
}

static void stick(struct store *store, int status)
{
    if (status != MDB_SUCCESS)
        store->sticky = store_err(store, status);
}

bool store_txn_seek(struct store *store, unsigned table, struct span key, struct span *found, struct span *value)
{
    MDB_val key_val = val_of(key), val = {0};
    MDB_cursor *cursor;
    int status;

    if (store->sticky != ERR_NONE)
        return false;
    status = mdb_cursor_open(store->write, store->tables[table], &cursor);
    if (status != MDB_SUCCESS) {
        stick(store, status);
        return false;
    }
    status = mdb_cursor_get(cursor, &key_val, &val, MDB_SET_RANGE);
    if (status == MDB_NOTFOUND)
        status = mdb_cursor_get(cursor, &key_val, &val, MDB_LAST);
    else if (status == MDB_SUCCESS && !span_equal(span_of_val(key_val), key))
        status = mdb_cursor_get(cursor, &key_val, &val, MDB_PREV);
    mdb_cursor_close(cursor);
    if (status != MDB_NOTFOUND)
        stick(store, status);
    *found = span_of_val(key_val);
    *value = span_of_val(val);
    return status == MDB_SUCCESS;
}

static uint8_t *put(struct store *store, unsigned table, struct span key, MDB_val *value, unsigned flags)
{
    MDB_val key_val = val_of(key);

    if (store->sticky != ERR_NONE)
        return NULL;
    stick(store, mdb_put(store->write, store->tables[table], &key_val, value, flags));
    return store->sticky == ERR_NONE ? value->mv_data : NULL;
}

void store_put(struct store *store, unsigned table, struct span key, struct span value)
{
    MDB_val val = val_of(value);

    put(store, table, key, &val, 0);
}

uint8_t *store_append(struct store *store, unsigned table, struct span key, size_t size)
{
    MDB_val val = {.mv_size = size};

    return put(store, table, key, &val, MDB_RESERVE | MDB_APPEND);
}

uint8_t *store_reserve(struct store *store, unsigned table, struct span key, size_t size)
{
    MDB_val val = {.mv_size = size};

    return put(store, table, key, &val, MDB_RESERVE);
}

// A cursor that stays where the last key was put finds the next one mostly in the same page.
static MDB_cursor *ordered_cursor(struct store *store, unsigned table)
{
    if (store->ordered != NULL && store->ordered_table == table)
        return store->ordered;
    close_ordered(store);
    stick(store, mdb_cursor_open(store->write, store->tables[table], &store->ordered));
    store->ordered_table = table;
    return store->ordered;
}

void store_put_in_order(struct store *store, unsigned table, struct span key, struct span value)
{
    MDB_val key_val = val_of(key), val = val_of(value);
    MDB_cursor *cursor;

    if (store->sticky != ERR_NONE)
        return;
    cursor = ordered_cursor(store, table);
    if (store->sticky == ERR_NONE)
        stick(store, mdb_cursor_put(cursor, &key_val, &val, 0));
}

void store_del(struct store *store, unsigned table, struct span key)
{
    MDB_val key_val = val_of(key);
    int status;

    if (store->sticky != ERR_NONE)
        return;
    status = mdb_del(store->write, store->tables[table], &key_val, NULL);
    if (status != MDB_NOTFOUND)
        stick(store, status);
}

enum err store_sticky(const struct store *store)
{
    return store->sticky;
}

enum err store_commit(struct store *store)
{
    MDB_txn *txn = store->write;

    if (store->sticky != ERR_NONE) {
        enum err err = store->sticky;

        store_abort(store);
        return err;
    }
    assert(txn != NULL);
    close_ordered(store);
    store->write = NULL;
    return store_err(store, mdb_txn_commit(txn));
}

void store_begin_beside(struct store *store)
{
    store->sticky = store_err(store, mdb_txn_begin(store->env, NULL, 0, &store->write));
}

void store_keep_reading(struct store *store)
{
    store->beside = true;
}

void store_read_anew(struct store *store)
{
    store->beside = false;
    if (store->reading)
        mdb_txn_reset(store->read);
    store->reading = false;
    memset(store->bound, 0, sizeof store->bound);
}

void store_abort(struct store *store)
{
    close_ordered(store);
    if (store->write != NULL)
        mdb_txn_abort(store->write);
    store->write = NULL;
    store->sticky = ERR_NONE;
}
