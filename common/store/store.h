// SPDX-License-Identifier: MIT
// One LMDB environment: a directory with data.mdb, made crash-safely, locked to one process, its space reserved ahead.
// Used by log_store and projection only; the only folder that knows LMDB. Full sync always, no duplicate keys.
// One thread, but for the three calls that say otherwise. While a write transaction is open nothing may be read outside it.
#pragma once

#include "common/base/err.h"
#include "common/base/span.h"

struct store;

enum { STORE_TABLES_MAX = 20, STORE_KEY_MAX = 511 };

struct store_options {
    const char *directory;     // made when missing, mode 0700
    const char *kind;          // what is kept here ("log"), checked against what was written when it was made
    uint32_t format;           // written when made; a greater one on disk is ERR_NEWER_STORE, another is ERR_BAD_STORE
    const char *const *tables; // NULL at the end; a table is then named by its index
    size_t map_size;           // bytes of address space, and the most the store can hold
    bool only_look;            // nothing is made, locked or written: its owner may be at work meanwhile
};

// Opens or makes it. ERR_LOCKED: another process has it. ERR_IO, ERR_STORE_FULL: the directory cannot be used. ERR_CUT_STORE: the file
// ends before its last page. ERR_NOT_FOUND: there is none to look at.
CHECKED enum err store_open(const struct store_options *options, struct store **store);
void store_close(struct store **store);

// ---------------------------------------------------------------- one write transaction at a time; its first error sticks

// Begins it unless it is open.
void store_begin(struct store *store);
bool store_is_open(const struct store *store);
// The error that sticks, also when the transaction could not even be begun.
enum err store_sticky(const struct store *store);
// Lends the greatest key that is not above `key`, and its value, until the next put; false when there is none or after an error.
bool store_txn_seek(struct store *store, unsigned table, struct span key, struct span *found, struct span *value);
void store_put(struct store *store, unsigned table, struct span key, struct span value);
// Puts behind all other keys of the table and lends room for the value, to be filled before the next put. NULL after an error.
uint8_t *store_append(struct store *store, unsigned table, struct span key, size_t size);
// Lends room for a value of this size under an old or new key, to be filled before the next put. NULL after an error.
uint8_t *store_reserve(struct store *store, unsigned table, struct span key, size_t size);
void store_del(struct store *store, unsigned table, struct span key); // of a missing key: good
// The same as store_put, cheaper when the keys of a table are put one behind another in their order.
void store_put_in_order(struct store *store, unsigned table, struct span key, struct span value);
// Makes it durable. An error is final: what is on disk is unknown, and the process must end.
CHECKED enum err store_commit(struct store *store);
void store_abort(struct store *store);

// ---------------------------------------------------------------- writing in another thread

// From now on, until store_read_anew, the calling thread only reads, and sees what is durable now; one other thread may write:
// store_begin_beside, put, put_in_order, reserve, del, commit, abort. Values that were lent stay good until store_read_anew.
void store_keep_reading(struct store *store);
// Begins the write transaction, in the thread that will commit it.
void store_begin_beside(struct store *store);
// The other thread has ended: reading goes on with what is durable now.
void store_read_anew(struct store *store);

// ---------------------------------------------------------------- reading what is durable

// Values are lent until the next store_begin. ERR_NOT_FOUND when there is none.
CHECKED enum err store_get(struct store *store, unsigned table, struct span key, struct span *value);
// Positions at the greatest key that is not above `key`, or else at the first one. ERR_NOT_FOUND when the table is empty.
CHECKED enum err store_seek(struct store *store, unsigned table, struct span key, struct span *found, struct span *value);
// The next key after the last seek or next of this table. ERR_NOT_FOUND at the end.
CHECKED enum err store_next(struct store *store, unsigned table, struct span *found, struct span *value);
// Keys of the table.
CHECKED enum err store_count(struct store *store, unsigned table, uint64_t *n);

// ---------------------------------------------------------------- room

struct store_room {
    uint64_t used;      // bytes of the map that hold, or have held, something
    uint64_t allocated; // bytes of the file that the disk cannot refuse any more
    uint64_t limit;     // the most that `used` could become: the map, or what is allocated and the disk has free
};

struct store_room store_room(struct store *store);
// Sees to it that at least `ahead` bytes beyond those in use, or all that the map has left, are allocated. ERR_STORE_FULL: the disk has
// not so much; nothing has changed.
CHECKED enum err store_reserve_ahead(struct store *store, uint64_t ahead);
// Writes a piece of zeros behind what is in use, durably, unless `ahead` bytes there, or all that is allocated, have been written already:
// commits go there faster. `more`: there is another piece to write. Not while a write transaction is open. An error is final.
CHECKED enum err store_write_ahead(struct store *store, uint64_t ahead, bool *more);
// Gives back the memory in which the system keeps this part of the file, as far as it is whole pages: who reads it again waits for the
// disk.
void store_forget(struct store *store, uint64_t from, uint64_t to);
// Frees what readers that died have left behind (other processes may look into the file); call every 10 s.
void store_check_readers(struct store *store);
