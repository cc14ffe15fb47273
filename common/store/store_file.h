// SPDX-License-Identifier: MIT
// What a store does with files around LMDB: directories, the lock against a second process, a rename that a crash cannot halve.
// Used by store and log_store.
#pragma once

#include "common/base/err.h"

#include <stdint.h>

enum { STORE_PATH_MAX = 512 };

// Writes "<directory>/<name>"; ERR_BAD_CONFIG when that is too long.
CHECKED enum err store_file_path(const char *directory, const char *name, char path[STORE_PATH_MAX]);
// Makes the directory and those above it, mode 0700, durably.
CHECKED enum err store_file_make_directory(const char *directory);
// Takes <directory>/lock, or ERR_LOCKED; held until the descriptor is closed or the process ends.
CHECKED enum err store_file_lock(const char *directory, int *descriptor);
// Gives LMDB's own lock file its blocks: it is mapped, and a full disk would be a SIGBUS.
CHECKED enum err store_file_reserve_lock(const char *directory);
// Renames within the directory, durably.
CHECKED enum err store_file_rename(const char *from, const char *to, const char *directory);
// ERR_CUT_STORE: the file is shorter than so many bytes. LMDB would read beyond its end, which ends the process.
CHECKED enum err store_file_check_length(int descriptor, uint64_t size);
// Makes it so long, without blocks. LMDB counts pages that it gave up within one transaction, and does not write them: the last may be
// missing where none were reserved.
void store_file_lengthen(int descriptor, uint64_t size);
