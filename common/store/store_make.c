// SPDX-License-Identifier: MIT
// Makes an LMDB file: LMDB is not crash-safe while it writes its first pages, so that is done under another name.
// Called by store while it opens.
// Must not touch a file that is there already.
#include "common/store/store_make.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "common/store/store_file.h"

enum { READERS_MAX = 126 };

static MDB_val val_of(struct span span)
{
    return (MDB_val){.mv_size = span.size, .mv_data = (void *)(uintptr_t)span.at};
}

int store_make_env(const char *path, size_t map_size, unsigned flags, MDB_env **env)
{
    int status = mdb_env_create(env);

    if (status != MDB_SUCCESS)
        return status;
    status = mdb_env_set_maxdbs(*env, STORE_TABLES_MAX + 1);
    if (status == MDB_SUCCESS)
        status = mdb_env_set_mapsize(*env, map_size);
    if (status == MDB_SUCCESS)
        status = mdb_env_set_maxreaders(*env, READERS_MAX);
    if (status == MDB_SUCCESS)
        status = mdb_env_open(*env, path, MDB_NOSUBDIR | MDB_NOTLS | flags, 0600);
    if (status != MDB_SUCCESS) {
        mdb_env_close(*env);
        *env = NULL;
    }
    return status;
}

static int write_meta(MDB_txn *txn, const struct store_options *options)
{
    const uint32_t f = options->format;
    const uint8_t format[STORE_FORMAT_SIZE] = {(uint8_t)(f >> 24), (uint8_t)(f >> 16), (uint8_t)(f >> 8), (uint8_t)f};
    MDB_val kind_key = val_of(span_text("kind")), kind = val_of(span_text(options->kind));
    MDB_val format_key = val_of(span_text("format")), format_val = val_of(span_of(format, sizeof format));
    MDB_dbi meta;
    int status = mdb_dbi_open(txn, "meta", MDB_CREATE, &meta);

    if (status == MDB_SUCCESS)
        status = mdb_put(txn, meta, &kind_key, &kind, 0);
    if (status == MDB_SUCCESS)
        status = mdb_put(txn, meta, &format_key, &format_val, 0);
    for (unsigned i = 0; status == MDB_SUCCESS && options->tables[i] != NULL; i++)
        status = mdb_dbi_open(txn, options->tables[i], MDB_CREATE, &meta);
    return status;
}

// Fills the environment called `path`: closed and on disk when it returns.
static int write_first(const char *path, const struct store_options *options)
{
    MDB_env *env = NULL;
    MDB_txn *txn = NULL;
    int status = store_make_env(path, options->map_size, 0, &env);

    if (status != MDB_SUCCESS)
        return status;
    status = mdb_txn_begin(env, NULL, 0, &txn);
    if (status == MDB_SUCCESS) {
        status = write_meta(txn, options);
        if (status == MDB_SUCCESS)
            status = mdb_txn_commit(txn);
        else
            mdb_txn_abort(txn);
    }
    if (status == MDB_SUCCESS)
        status = mdb_env_sync(env, 1);
    mdb_env_close(env);
    return status;
}

int store_make(const char *path, const struct store_options *options)
{
    char aside[STORE_PATH_MAX + sizeof ".new"], aside_lock[STORE_PATH_MAX + sizeof ".new-lock"];
    int status;

    snprintf(aside, sizeof aside, "%s.new", path);
    snprintf(aside_lock, sizeof aside_lock, "%s.new-lock", path);
    unlink(aside); // left by a crash
    unlink(aside_lock);
    status = write_first(aside, options);
    unlink(aside_lock);
    if (status != MDB_SUCCESS)
        return status;
    switch (store_file_rename(aside, path, options->directory)) {
    case ERR_NONE:
        return MDB_SUCCESS;
    case ERR_STORE_FULL:
        return ENOSPC;
    default:
        return EIO;
    }
}
