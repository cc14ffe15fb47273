// SPDX-License-Identifier: MIT
// The inside of a store, shared by its opening and writing half and its reading half.
// Used by store.c and store_read.c only.
#pragma once

#include <lmdb.h>

#include "common/store/store.h"

struct store {
    MDB_env *env;
    MDB_dbi tables[STORE_TABLES_MAX];
    unsigned n_tables;
    int lock;
    int file; // a second descriptor of the data file, for allocating
    uint64_t map_size;
    uint64_t allocated;
    uint64_t written; // behind what is in use, up to here; 0: not looked at, UINT64_MAX: nothing is to be written there
    uint8_t *map; // where the file's first byte is mapped
    MDB_txn *write;
    MDB_cursor *ordered; // of `write`, in ordered_table
    unsigned ordered_table;
    enum err sticky;
    MDB_txn *read; // kept for ever, reset while writing
    bool reading;
    bool beside; // another thread writes while this one reads what was durable before
    MDB_cursor *cursors[STORE_TABLES_MAX];
    bool bound[STORE_TABLES_MAX]; // the cursor belongs to the read transaction as it is now
};

// What a status of LMDB means here.
enum err store_err(const struct store *store, int status);
// Bytes of the file up to the last page that was ever used.
uint64_t store_used(const struct store *store);

static inline MDB_val val_of(struct span span)
{
    return (MDB_val){.mv_size = span.size, .mv_data = (void *)(uintptr_t)span.at};
}

static inline struct span span_of_val(MDB_val val)
{
    return span_of(val.mv_data, val.mv_size);
}
