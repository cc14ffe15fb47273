// SPDX-License-Identifier: MIT
// A projection: what was put since the last commit in memory, the rest in LMDB. A commit runs in a thread of its own over the rows as
// they stood; the caller goes on with a fresh overlay on top of them. Hashed tables are kept as runs, the others as trees.
// Called by registry and allocation on every event. The thread touches the frozen overlay and the write transaction, nothing else.
#include "common/store/projection.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "common/base/big_endian.h"
#include "common/store/log_chunk.h"
#include "common/store/overlay.h"
#include "common/store/runs.h"
#include "common/store/store.h"

enum { FORMAT = 5, MARKS_SIZE = 3 * 8 + DIGEST_SIZE, PAGE = 4096 };

struct last_key {
    uint8_t bytes[PROJECTION_KEY_MAX];
    size_t size; // 0: no row yet
};

struct projection {
    struct store *store;
    struct overlay *overlay; // put since the last commit began
    struct overlay *frozen;  // rows of the commit that runs or is to come; empty when none is
    unsigned n_tables;       // the marks are in the table behind them
    struct projection_table tables[PROJECTION_TABLES_MAX];
    struct runs *runs[PROJECTION_TABLES_MAX];    // of hashed tables
    struct last_key last[PROJECTION_TABLES_MAX]; // no row of the table stands behind it: what is new mostly does, and is not looked for
    struct projection_marks marks;
    struct projection_marks next_marks;
    pthread_t thread;
    bool held;
    bool committing;
    atomic_bool written; // the thread has ended
    enum err result;     // of the thread, once it has ended
    enum err failed;     // sticks
};

// taken_to:8 filed_to:8 witness:8 digest:32
static void put_marks(const struct projection_marks *marks, uint8_t row[MARKS_SIZE])
{
    chunk_key(marks->taken_to, row);
    chunk_key(marks->filed_to, row + 8);
    chunk_key(marks->witness.sequence, row + 16);
    memcpy(row + 24, marks->witness.digest, DIGEST_SIZE);
}

static struct projection_marks get_marks(const uint8_t row[MARKS_SIZE])
{
    struct projection_marks marks = {
        .taken_to = big_endian_get(row, 8), .filed_to = big_endian_get(row + 8, 8), .witness.sequence = big_endian_get(row + 16, 8)};

    memcpy(marks.witness.digest, row + 24, DIGEST_SIZE);
    return marks;
}

static enum err read_marks(struct projection *projection)
{
    struct span row;
    enum err err = store_get(projection->store, projection->n_tables, span_text("marks"), &row);

    if (err == ERR_NOT_FOUND)
        return ERR_NONE;
    if (err != ERR_NONE)
        return err;
    if (row.size != MARKS_SIZE)
        return ERR_BAD_STORE;
    projection->marks = get_marks(row.at);
    return ERR_NONE;
}

static void note_last(struct projection *projection, unsigned table, struct span key)
{
    memcpy(projection->last[table].bytes, key.at, key.size);
    projection->last[table].size = key.size;
}

static bool is_hashed(const struct projection *projection, unsigned table)
{
    return projection->tables[table].hash_size > 0;
}

static enum err read_last_keys(struct projection *projection)
{
    uint8_t above[PROJECTION_KEY_MAX];
    struct span key, value;
    enum err err = ERR_NONE;

    memset(above, 0xFF, sizeof above);
    for (unsigned table = 0; table < projection->n_tables && (err == ERR_NONE || err == ERR_NOT_FOUND); table++) {
        if (is_hashed(projection, table))
            continue;
        err = store_seek(projection->store, table, span_of(above, sizeof above), &key, &value);
        if (err == ERR_NONE && key.size > PROJECTION_KEY_MAX)
            return ERR_BAD_STORE;
        if (err == ERR_NONE)
            note_last(projection, table, key);
    }
    return err == ERR_NOT_FOUND ? ERR_NONE : err;
}

static bool is_behind(struct span key, struct span other)
{
    int order = memcmp(key.at, other.at, key.size < other.size ? key.size : other.size);

    return order > 0 || (order == 0 && key.size > other.size);
}

static bool is_behind_all(const struct projection *projection, unsigned table, struct span key)
{
    return is_behind(key, span_of(projection->last[table].bytes, projection->last[table].size));
}

static enum err open_runs(struct projection *projection)
{
    enum err err = ERR_NONE;

    for (unsigned i = 0; i < projection->n_tables && err == ERR_NONE; i++) {
        struct stretch_form form = {projection->tables[i].hash_size, projection->tables[i].value_size};

        if (is_hashed(projection, i))
            err = runs_open(projection->store, i, form, &projection->runs[i]);
    }
    return err;
}

enum err projection_open(const char *directory, const struct projection_table *tables, size_t map_size, struct projection **projection)
{
    const char *names[PROJECTION_TABLES_MAX + 2] = {NULL};
    struct store_options options = {.directory = directory, .kind = "projection", .format = FORMAT, .tables = names, .map_size = map_size};
    struct projection *new = calloc(1, sizeof *new);
    uint64_t hashed = 0;
    enum err err;

    *projection = NULL;
    if (new == NULL)
        return ERR_NO_MEMORY;
    for (; tables[new->n_tables].name != NULL; new->n_tables++) {
        assert(new->n_tables < PROJECTION_TABLES_MAX);
        names[new->n_tables] = tables[new->n_tables].name;
        new->tables[new->n_tables] = tables[new->n_tables];
        hashed |= (uint64_t)is_hashed(new, new->n_tables) << new->n_tables;
    }
    names[new->n_tables] = "marks";
    new->overlay = overlay_new(hashed);
    new->frozen = overlay_new(hashed);
    err = new->overlay == NULL || new->frozen == NULL ? ERR_NO_MEMORY : store_open(&options, &new->store);
    if (err == ERR_NONE)
        err = read_marks(new);
    if (err == ERR_NONE)
        err = read_last_keys(new);
    if (err == ERR_NONE)
        err = open_runs(new);
    if (err != ERR_NONE)
        projection_close(&new);
    *projection = new;
    return err;
}

void projection_close(struct projection **projection)
{
    if (*projection == NULL)
        return;
    if (projection_finish(*projection) != ERR_NONE)
        assert(!(*projection)->committing); // what it could not write is read from the log again
    for (unsigned i = 0; i < (*projection)->n_tables; i++)
        runs_free(&(*projection)->runs[i]);
    store_close(&(*projection)->store);
    overlay_free(&(*projection)->overlay);
    overlay_free(&(*projection)->frozen);
    free(*projection);
    *projection = NULL;
}

struct projection_marks projection_marks(const struct projection *projection)
{
    return projection->marks;
}

// The thread has ended: what it wrote is read from the disk from now on.
static void conclude(struct projection *projection)
{
    projection->committing = false;
    store_read_anew(projection->store);
    projection->failed = projection->result == ERR_STORE_FULL ? ERR_IO : projection->result; // room was seen to: this is no "later"
    for (unsigned i = 0; i < projection->n_tables && projection->failed == ERR_NONE; i++)
        if (is_hashed(projection, i))
            projection->failed = runs_read_anew(projection->runs[i]);
    if (projection->failed != ERR_NONE)
        return;
    overlay_reset(projection->frozen);
    projection->marks = projection->next_marks;
}

// Ends a commit whose thread has ended; `wait`: or will. Values lent before are gone.
static enum err finish(struct projection *projection, bool wait)
{
    if (!projection->committing || (!wait && !atomic_load_explicit(&projection->written, memory_order_acquire)))
        return projection->failed;
    pthread_join(projection->thread, NULL);
    conclude(projection);
    return projection->failed;
}

enum err projection_finish(struct projection *projection)
{
    return finish(projection, true);
}

static bool is_frozen(const struct projection *projection)
{
    return projection->committing || projection->held;
}

void projection_fetch(const struct projection *projection, unsigned table, struct span key)
{
    assert(table < projection->n_tables && (!is_hashed(projection, table) || key.size == projection->tables[table].hash_size));
    overlay_fetch(projection->overlay, table, key);
    if (is_frozen(projection))
        overlay_fetch(projection->frozen, table, key);
    if (is_hashed(projection, table))
        runs_fetch(projection->runs[table], key.at);
}

enum err projection_get(struct projection *projection, unsigned table, struct span key, struct span *value)
{
    const struct overlay_row *row;

    assert(table < projection->n_tables && (!is_hashed(projection, table) || key.size == projection->tables[table].hash_size));
    if (!is_hashed(projection, table) && is_behind_all(projection, table, key)) {
        *value = (struct span){0};
        return ERR_NOT_FOUND;
    }
    row = overlay_get(projection->overlay, table, key);
    if (row == NULL && is_frozen(projection))
        row = overlay_get(projection->frozen, table, key);
    if (row == NULL && is_hashed(projection, table))
        return runs_get(projection->runs[table], key.at, value);
    if (row == NULL)
        return store_get(projection->store, table, key, value);
    *value = row->deleted ? (struct span){0} : row->value;
    return row->deleted ? ERR_NOT_FOUND : ERR_NONE;
}

static enum err put(struct projection *projection, struct overlay *overlay, unsigned table, struct span key, struct span value)
{
    enum err err;

    assert(table < projection->n_tables && key.size >= 1 && key.size <= PROJECTION_KEY_MAX && value.size <= PROJECTION_VALUE_MAX);
    assert(!is_hashed(projection, table) ||
           (key.size == projection->tables[table].hash_size && value.size == projection->tables[table].value_size));
    err = overlay_put(overlay, table, key, value);
    if (!is_hashed(projection, table) && is_behind_all(projection, table, key))
        note_last(projection, table, key);
    return err == ERR_NONE ? finish(projection, false) : err; // the value may be one that was lent: it has been copied
}

enum err projection_put(struct projection *projection, unsigned table, struct span key, struct span value)
{
    return put(projection, projection->overlay, table, key, value);
}

enum err projection_put_held(struct projection *projection, unsigned table, struct span key, struct span value)
{
    assert(!projection->held || overlay_get(projection->overlay, table, key) == NULL);
    return put(projection, projection->held ? projection->frozen : projection->overlay, table, key, value);
}

enum err projection_del(struct projection *projection, unsigned table, struct span key)
{
    enum err err;

    assert(table < projection->n_tables && !is_hashed(projection, table) && key.size >= 1 && key.size <= PROJECTION_KEY_MAX);
    err = overlay_del(projection->overlay, table, key);
    return err == ERR_NONE ? finish(projection, false) : err;
}

enum err projection_scan(struct projection *projection, unsigned table, enum err (*each)(void *context, struct span key, struct span value),
                         void *context)
{
    const uint8_t least = 0;
    struct span key, value;
    enum err err;

    err = finish(projection, true);
    if (err != ERR_NONE)
        return err;
    assert(table < projection->n_tables && overlay_count(projection->overlay) == 0);
    if (is_hashed(projection, table))
        return runs_scan(projection->runs[table], each, context);
    err = store_seek(projection->store, table, span_of(&least, 1), &key, &value);
    while (err == ERR_NONE) {
        err = each(context, key, value);
        if (err != ERR_NONE)
            return err;
        err = store_next(projection->store, table, &key, &value);
    }
    return err == ERR_NOT_FOUND ? ERR_NONE : err;
}

enum err projection_scan_some(struct projection *projection, unsigned table, struct projection_place *place, unsigned n_max,
                              enum err (*each)(void *context, struct span key, struct span value), void *context)
{
    const uint8_t least = 0;
    struct span from = place->key_size > 0 ? span_of(place->key, place->key_size) : span_of(&least, 1);
    struct span key, value;
    enum err err = finish(projection, false);

    assert(table < projection->n_tables && !is_hashed(projection, table));
    if (err == ERR_NONE)
        err = store_seek(projection->store, table, from, &key, &value);
    if (err == ERR_NONE && place->key_size > 0 && !is_behind(key, from)) // before all rows the seek stops at the first
        err = store_next(projection->store, table, &key, &value);
    for (unsigned n = 0; err == ERR_NONE && n < n_max; n++) {
        err = each(context, key, value);
        if (err != ERR_NONE)
            return err;
        memcpy(place->key, key.at, key.size);
        place->key_size = (uint8_t)key.size;
        err = store_next(projection->store, table, &key, &value);
    }
    return err;
}

enum err projection_count(struct projection *projection, unsigned table, uint64_t *n)
{
    assert(table < projection->n_tables && !is_hashed(projection, table));
    return store_count(projection->store, table, n);
}

// The most that the commit can write: a leaf page for each row of a tree or for each that exists, new rows, their parents; runs.
static uint64_t pages_of_commit(const struct projection *projection)
{
    uint64_t used = store_room(projection->store).used / PAGE;
    uint64_t rows = overlay_count(projection->frozen), pages = 0, touched;

    for (unsigned i = 0; i < projection->n_tables; i++)
        if (is_hashed(projection, i)) {
            pages += runs_pages(projection->runs[i], overlay_count_of(projection->frozen, i));
            rows -= overlay_count_of(projection->frozen, i);
        }
    touched = rows < used ? rows : used;
    return pages + touched + touched / 8 + 2 * overlay_bytes(projection->frozen) / PAGE + rows / 32 + 64;
}

static void write_tree(struct projection *projection, const struct overlay_row *const *rows, size_t n_rows)
{
    for (size_t i = 0; i < n_rows; i++) {
        if (rows[i]->deleted)
            store_del(projection->store, rows[i]->table, rows[i]->key);
        else
            store_put_in_order(projection->store, rows[i]->table, rows[i]->key, rows[i]->value);
    }
}

// Rows come table by table; a table of runs is told also that it has none.
static enum err write_rows(struct projection *projection, const struct overlay_row *const *rows)
{
    enum err err = ERR_NONE;

    for (unsigned table = 0; table < projection->n_tables && err == ERR_NONE; table++) {
        size_t n = overlay_count_of(projection->frozen, table);

        if (is_hashed(projection, table))
            err = runs_write(projection->runs[table], rows, n);
        else
            write_tree(projection, rows, n);
        rows += n;
    }
    return err;
}

static enum err write_transaction(struct projection *projection, const struct overlay_row *const *rows)
{
    uint8_t row[MARKS_SIZE];
    enum err err;

    store_begin_beside(projection->store);
    err = write_rows(projection, rows);
    if (err != ERR_NONE) {
        store_abort(projection->store);
        return err;
    }
    put_marks(&projection->next_marks, row);
    store_put(projection->store, projection->n_tables, span_text("marks"), span_of(row, sizeof row));
    return store_commit(projection->store);
}

// The thread.
static void *write_frozen(void *context)
{
    struct projection *projection = context;
    const struct overlay_row *const *rows;
    enum err err = overlay_sorted(projection->frozen, &rows);

    projection->result = err == ERR_NONE ? write_transaction(projection, rows) : err;
    atomic_store_explicit(&projection->written, true, memory_order_release);
    return NULL;
}

static void swap(struct projection *projection)
{
    struct overlay *rows = projection->overlay;

    projection->overlay = projection->frozen;
    projection->frozen = rows;
    projection->held = !projection->held;
}

enum err projection_hold(struct projection *projection)
{
    enum err err = finish(projection, true);

    assert(!projection->held);
    if (err == ERR_NONE)
        swap(projection);
    return err;
}

bool projection_is_held(const struct projection *projection)
{
    return projection->held;
}

enum err projection_commit(struct projection *projection, struct projection_marks marks)
{
    bool was_held = projection->held;
    enum err err = was_held ? ERR_NONE : projection_hold(projection);

    if (err != ERR_NONE)
        return err;
    err = store_reserve_ahead(projection->store, pages_of_commit(projection) * PAGE);
    if (err != ERR_NONE && !was_held)
        swap(projection); // or what is put from now on would miss from the next try, whose marks cover it
    if (err != ERR_NONE)
        return err;
    projection->held = false;
    projection->next_marks = marks;
    atomic_store_explicit(&projection->written, false, memory_order_relaxed);
    store_keep_reading(projection->store);
    projection->committing = pthread_create(&projection->thread, NULL, write_frozen, projection) == 0;
    if (projection->committing)
        return ERR_NONE;
    write_frozen(projection); // no thread to be had: here and now
    conclude(projection);
    return projection->failed;
}

bool projection_is_busy(const struct projection *projection)
{
    return projection->committing && !atomic_load_explicit(&projection->written, memory_order_acquire);
}

size_t projection_pending(const struct projection *projection)
{
    return overlay_count(projection->overlay);
}
