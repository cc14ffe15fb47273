// SPDX-License-Identifier: MIT
// Proves the pages of an LMDB file that its owner may be writing: every page that a snapshot knows is in one place, and is what it says.
// Used by log_verify. LMDB checks none of this itself: it follows what it reads. Knows its format 1 (LMDB 0.9).
#pragma once

#include "common/store/store.h"

// Of the snapshot that the store reads. ERR_BAD_STORE: a page is not there, twice there, or not what it should be; `page` is its number.
// ERR_AGAIN: the owner has gone on while the first pages were read. ERR_IO, ERR_NO_MEMORY.
CHECKED enum err store_pages_check(struct store *store, uint64_t *page);
