// SPDX-License-Identifier: MIT
// Opening and making the LMDB file of a store; LMDB's own status codes.
// Used by store only.
#pragma once

#include <lmdb.h>

#include "common/store/store.h"

enum { STORE_FORMAT_SIZE = 4 }; // of the number in the table "meta", big-endian

// Opens an environment that is one file, with these of LMDB's flags beside our own. Gives (mdb_env_close).
int store_make_env(const char *path, size_t map_size, unsigned flags, MDB_env **env);
// Makes the file with its tables and the table "meta" (kind, format), durably and at once: it is there whole, or not at all.
int store_make(const char *path, const struct store_options *options);
