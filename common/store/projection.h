// SPDX-License-Identifier: MIT
// A daemon's own LMDB as a projection of the log: reads see what was put at once, the disk sees it at the next commit.
// Used by registry and allocation. Puts gather in memory and are written in key order in one transaction; one process at a time.
#pragma once

#include "common/base/err.h"
#include "common/base/span.h"
#include "common/crypto/digest.h"

#include <stdbool.h>

struct projection;

// The last event that the projection was made from, to know its log again.
struct projection_witness {
    uint64_t sequence;           // 0: there was none yet
    uint8_t digest[DIGEST_SIZE]; // SHA-256 of the event's bytes
};

struct projection_marks {
    uint64_t taken_to;                 // own events up to here are in
    uint64_t filed_to;                 // events of others up to here are in
    struct projection_witness witness; // not above the greater of them
};

enum { PROJECTION_KEY_MAX = 64, PROJECTION_VALUE_MAX = 2048, PROJECTION_TABLES_MAX = 16 };

// In the order of its keys, when the sizes are 0. Else its keys are keyed hashes of one size, its values have one size, and rows are added
// and overwritten only: a row costs much the same whether there are a thousand others or a hundred million.
struct projection_table {
    const char *name;
    size_t hash_size; // at least 16
    size_t value_size;
};

// Opens or creates (crash-safely: aside, then rename) STATE/<daemon>/projection. `tables` end with one without a name; a table is then
// named by its index. ERR_LOCKED: another process has it. ERR_NEWER_STORE, ERR_BAD_STORE: refused.
CHECKED enum err projection_open(const char *directory, const struct projection_table *tables, size_t map_size,
                                 struct projection **projection);
void projection_close(struct projection **projection);
// As the last commit that has ended wrote them.
struct projection_marks projection_marks(const struct projection *projection);

// Begins to fetch what get and put of this key look at first, of a tree only in rows since its last commit; worth it while there is
// something else to do, or before several rows are looked up.
void projection_fetch(const struct projection *projection, unsigned table, struct span key);
// Lends the value until the next put, del or commit. ERR_NOT_FOUND when there is none.
CHECKED enum err projection_get(struct projection *projection, unsigned table, struct span key, struct span *value);
// Copies. del of a missing key is good; of hashed tables nothing is deleted, counted or scanned in pieces.
CHECKED enum err projection_put(struct projection *projection, unsigned table, struct span key, struct span value);
CHECKED enum err projection_del(struct projection *projection, unsigned table, struct span key);
// Calls `each` for every committed row of the table in key order; only right after open or commit. Stops when it returns an error.
CHECKED enum err projection_scan(struct projection *projection, unsigned table,
                                 enum err (*each)(void *context, struct span key, struct span value), void *context);
// Where a scan in pieces goes on; {0} to begin.
struct projection_place {
    uint8_t key[PROJECTION_KEY_MAX];
    uint8_t key_size;
};

// Calls `each` for at most `n_max` committed rows behind the place, and moves it; at any time. Rows committed since the first piece may be
// met or not. `each` must not put or delete.
// ERR_NOT_FOUND: the end was reached.
CHECKED enum err projection_scan_some(struct projection *projection, unsigned table, struct projection_place *place, unsigned n_max,
                                      enum err (*each)(void *context, struct span key, struct span value), void *context);
// Rows of the table as last committed.
CHECKED enum err projection_count(struct projection *projection, unsigned table, uint64_t *n);
// Sets what was put since the last commit apart for the next one, which may have to wait for its marks; what is put from now on goes into
// the one after it. Waits for the commit before it.
CHECKED enum err projection_hold(struct projection *projection);
bool projection_is_held(const struct projection *projection);
// Puts a row among those that are held, if any are: it tells of an event before the hold what nobody knew then. Its key must not have been
// put since.
CHECKED enum err projection_put_held(struct projection *projection, unsigned table, struct span key, struct span value);
// Begins to write what is held, or else all that was put since the last commit, and the marks, durably, in a thread of its own; waits for
// the commit before it. ERR_STORE_FULL: there is no room now; what was held still is, and nothing else; it may be tried again. What fails later is told
// by the next put, del, commit or finish, and is final.
CHECKED enum err projection_commit(struct projection *projection, struct projection_marks marks);
// A commit is being written; to begin the next one now would be to wait for it.
bool projection_is_busy(const struct projection *projection);
// Waits for the commit that runs, if one does.
CHECKED enum err projection_finish(struct projection *projection);
// Puts since the last commit.
size_t projection_pending(const struct projection *projection);
