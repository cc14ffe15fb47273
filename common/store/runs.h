// SPDX-License-Identifier: MIT
// A table of rows under hashed keys, as sorted runs: each commit writes its rows as a run, one behind the other, where a tree would have
// to change a page for each of them. Rows are added and overwritten, never deleted.
// Used by projection. Reading belongs to one thread, runs_write to the one that commits.
#pragma once

#include "common/store/overlay.h"
#include "common/store/run_stretch.h"
#include "common/store/store.h"

struct runs;

// Of an open store. ERR_BAD_STORE: its rows have other sizes, or it is damaged. Gives: runs_free.
CHECKED enum err runs_open(struct store *store, unsigned table, struct stretch_form form, struct runs **runs);
void runs_free(struct runs **runs);
// Begins to fetch what runs_get looks at.
void runs_fetch(const struct runs *runs, const uint8_t *key);
// Lends the value of a committed row until runs_read_anew. ERR_NOT_FOUND; ERR_BAD_STORE.
CHECKED enum err runs_get(const struct runs *runs, const uint8_t *key, struct span *value);
// Calls `each` for every committed row in the order of their keys. Stops when it returns an error.
CHECKED enum err runs_scan(const struct runs *runs, enum err (*each)(void *context, struct span key, struct span value), void *context);
// Pages that runs_write of `n` rows writes at most.
uint64_t runs_pages(const struct runs *runs, size_t n);

// In the transaction that is open: writes these rows, in the order of their keys, and goes on with merging. Reading sees nothing of it yet.
CHECKED enum err runs_write(struct runs *runs, const struct overlay_row *const *rows, size_t n);
// The transaction is durable: reading goes on with what it wrote.
CHECKED enum err runs_read_anew(struct runs *runs);
