// SPDX-License-Identifier: MIT
// The reading half of a store, and its room on the disk.
// Called by log_store, log_reader and projection through store.h.
// Must not write what LMDB writes.
#include "common/store/store_inside.h"

#include <assert.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/statvfs.h>

#include "common/store/store_file.h"

enum { PAGE = 4096 }; // of the system

static int renew(struct store *store)
{
    int status;

    assert(store->beside || store->write == NULL);
    if (store->reading)
        return MDB_SUCCESS;
    status = mdb_txn_renew(store->read);
    store->reading = status == MDB_SUCCESS;
    return status;
}

enum err store_get(struct store *store, unsigned table, struct span key, struct span *value)
{
    MDB_val key_val = val_of(key), found = {0};
    int status = renew(store);

    if (status == MDB_SUCCESS)
        status = mdb_get(store->read, store->tables[table], &key_val, &found);
    *value = span_of_val(found);
    return store_err(store, status);
}

static int bind_cursor(struct store *store, unsigned table)
{
    int status = renew(store);

    if (status != MDB_SUCCESS || store->bound[table])
        return status;
    if (store->cursors[table] == NULL)
        status = mdb_cursor_open(store->read, store->tables[table], &store->cursors[table]);
    else
        status = mdb_cursor_renew(store->read, store->cursors[table]);
    store->bound[table] = status == MDB_SUCCESS;
    return status;
}

static enum err report(const struct store *store, int status, MDB_val key, MDB_val val, struct span *found, struct span *value)
{
    *found = status == MDB_SUCCESS ? span_of_val(key) : (struct span){0};
    *value = status == MDB_SUCCESS ? span_of_val(val) : (struct span){0};
    return store_err(store, status);
}

enum err store_seek(struct store *store, unsigned table, struct span key, struct span *found, struct span *value)
{
    MDB_val key_val = val_of(key), val = {0};
    int status = bind_cursor(store, table);
    MDB_cursor *cursor = store->cursors[table];

    if (status != MDB_SUCCESS)
        return report(store, status, key_val, val, found, value);
    status = mdb_cursor_get(cursor, &key_val, &val, MDB_SET_RANGE);
    if (status == MDB_NOTFOUND)
        status = mdb_cursor_get(cursor, &key_val, &val, MDB_LAST);
    else if (status == MDB_SUCCESS && !span_equal(span_of_val(key_val), key)) {
        status = mdb_cursor_get(cursor, &key_val, &val, MDB_PREV);
        if (status == MDB_NOTFOUND)
            status = mdb_cursor_get(cursor, &key_val, &val, MDB_FIRST);
    }
    return report(store, status, key_val, val, found, value);
}

enum err store_next(struct store *store, unsigned table, struct span *found, struct span *value)
{
    MDB_val key = {0}, val = {0};
    int status = store->bound[table] ? mdb_cursor_get(store->cursors[table], &key, &val, MDB_NEXT) : MDB_NOTFOUND;

    return report(store, status, key, val, found, value);
}

enum err store_count(struct store *store, unsigned table, uint64_t *n)
{
    MDB_stat stat = {0};
    int status = renew(store);

    if (status == MDB_SUCCESS)
        status = mdb_stat(store->read, store->tables[table], &stat);
    *n = stat.ms_entries;
    return store_err(store, status);
}

// ---------------------------------------------------------------- room

uint64_t store_used(const struct store *store)
{
    MDB_envinfo info;
    MDB_stat stat;

    mdb_env_info(store->env, &info);
    mdb_env_stat(store->env, &stat);
    return ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
}

struct store_room store_room(struct store *store)
{
    struct store_room room = {.used = store_used(store), .allocated = store->allocated, .limit = store->map_size};
    struct statvfs disk;

    if (fstatvfs(store->file, &disk) == 0) {
        uint64_t base = room.allocated > room.used ? room.allocated : room.used;
        uint64_t reachable = base + (uint64_t)disk.f_bavail * disk.f_frsize;

        if (reachable < room.limit)
            room.limit = reachable;
    }
    return room;
}

enum err store_reserve_ahead(struct store *store, uint64_t ahead)
{
    uint64_t wanted = store_used(store) + ahead;

    if (wanted > store->map_size)
        wanted = store->map_size;
    if (wanted <= store->allocated)
        return ERR_NONE;
    if (posix_fallocate(store->file, (off_t)store->allocated, (off_t)(wanted - store->allocated)) != 0) {
        store_file_lengthen(store->file, wanted); // or it could be taken for one that was cut short
        return ERR_STORE_FULL;
    }
    store->allocated = wanted;
    return ERR_NONE;
}

// What is mapped is kept: first it is not ours, then nobody's.
void store_forget(struct store *store, uint64_t from, uint64_t to)
{
    from = (from + PAGE - 1) / PAGE * PAGE;
    to = to / PAGE * PAGE;
    if (from >= to)
        return;
    (void)madvise(store->map + from, to - from, MADV_DONTNEED);
    (void)posix_fadvise(store->file, (off_t)from, (off_t)(to - from), POSIX_FADV_DONTNEED);
}

void store_check_readers(struct store *store)
{
    int dead;

    (void)mdb_reader_check(store->env, &dead);
}
