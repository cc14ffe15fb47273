// SPDX-License-Identifier: MIT
// Tables of runs: looking up in all of them, and writing the next.
// Called by projection. What is read never moves: LMDB leaves the pages of a value where they are until it is deleted, and does not use
// them again while the transaction that deleted it is the last one.
#include "common/store/runs.h"

#include <stdlib.h>

#include "common/store/run_merge.h"
#include "common/store/run_walk.h"

enum { PAGE = 4096, STRETCHES_A_LEAF = 64, NUMBERS_A_PAGE = PAGE / 8 };

struct runs {
    struct store *store;
    unsigned table;
    struct stretch_form form;
    struct run_list now;  // as it is durable
    struct run_list next; // as the transaction leaves it
};

// ---------------------------------------------------------------- opening

static enum err read_list(struct runs *runs)
{
    uint8_t key[RUN_KEY_SIZE];
    struct span value;
    enum err err;

    run_key(0, 0, key);
    err = store_get(runs->store, runs->table, span_of(key, sizeof key), &value);
    if (err == ERR_NONE)
        return run_list_parse(value, runs->form, &runs->now);
    runs->now.next_id = 1;
    return err == ERR_NOT_FOUND ? ERR_NONE : err;
}

// Those that have been written since the last time.
static enum err find_stretches(const struct runs *runs, struct run *run)
{
    uint8_t key[RUN_KEY_SIZE];
    struct span found, value;
    enum err err;

    if (run->stretches == NULL)
        run->stretches = malloc(run_stretches(run) * sizeof *run->stretches);
    if (run->stretches == NULL)
        return ERR_NO_MEMORY;
    run_key(run->id, run->n_found, key);
    err = store_seek(runs->store, runs->table, span_of(key, sizeof key), &found, &value);
    while (run->n_found < run->n_whole && err == ERR_NONE) {
        run_key(run->id, run->n_found, key);
        if (!span_equal(found, span_of(key, sizeof key)) || !stretch_open(value, runs->form, &run->stretches[run->n_found]))
            return ERR_BAD_STORE;
        if (++run->n_found < run->n_whole)
            err = store_next(runs->store, runs->table, &found, &value);
    }
    return err == ERR_NOT_FOUND ? ERR_BAD_STORE : err;
}

static enum err find_all_stretches(struct runs *runs)
{
    enum err err = ERR_NONE;

    for (size_t i = 0; i < runs->now.n && err == ERR_NONE; i++)
        if (runs->now.at[i].n_found < runs->now.at[i].n_whole)
            err = find_stretches(runs, &runs->now.at[i]);
    return err;
}

enum err runs_open(struct store *store, unsigned table, struct stretch_form form, struct runs **runs)
{
    struct runs *new = calloc(1, sizeof *new);
    enum err err;

    *runs = new;
    if (new == NULL)
        return ERR_NO_MEMORY;
    *new = (struct runs){.store = store, .table = table, .form = form};
    err = read_list(new);
    if (err == ERR_NONE)
        err = find_all_stretches(new);
    if (err != ERR_NONE)
        runs_free(runs);
    return err;
}

void runs_free(struct runs **runs)
{
    struct runs *old = *runs;

    if (old == NULL)
        return;
    for (size_t i = 0; i < old->now.n; i++)
        free(old->now.at[i].stretches);
    run_list_fini(&old->now);
    run_list_fini(&old->next);
    free(old);
    *runs = NULL;
}

// ---------------------------------------------------------------- reading

// Goes on to the next run that may have the key, from `place` on; NULL: there is none.
static const struct stretch *next_stretch(const struct run_list *list, size_t *place, uint64_t number, unsigned *bits)
{
    while (*place < list->n) {
        const struct run *run = &list->at[*place];
        const struct stretch *stretch = run_stretch(run, number);

        *place = stretch != NULL ? run_list_behind(list, *place) : *place + 1;
        *bits = run->bits;
        if (stretch != NULL)
            return stretch;
    }
    return NULL;
}

void runs_fetch(const struct runs *runs, const uint8_t *key)
{
    uint64_t number = stretch_number(key);
    const struct stretch *stretch;
    size_t place = 0;
    unsigned bits;

    while ((stretch = next_stretch(&runs->now, &place, number, &bits)) != NULL)
        stretch_fetch(stretch, bits, key);
}

enum err runs_get(const struct runs *runs, const uint8_t *key, struct span *value)
{
    uint64_t number = stretch_number(key);
    const struct stretch *stretch;
    size_t place = 0;
    unsigned bits;

    *value = (struct span){0};
    while ((stretch = next_stretch(&runs->now, &place, number, &bits)) != NULL) {
        struct stretch_rows rows;
        const uint8_t *found;

        if (!stretch_has_perhaps(stretch, bits, key))
            continue;
        if (!stretch_rows(stretch, runs->form, &rows))
            return ERR_BAD_STORE;
        found = stretch_find(&rows, runs->form, bits, key);
        if (found != NULL) {
            *value = span_of(found, runs->form.value_size);
            return ERR_NONE;
        }
    }
    return ERR_NOT_FOUND;
}

static enum err scan_stretch(struct run_walk *walk, enum err (*each)(void *context, struct span key, struct span value), void *context)
{
    const uint8_t *row;
    enum err err = ERR_NONE;

    while (err == ERR_NONE && (row = run_walk_next(walk)) != NULL)
        err = each(context, span_of(row, walk->form.key_size), span_of(row + walk->form.key_size, walk->form.value_size));
    return err;
}

enum err runs_scan(const struct runs *runs, enum err (*each)(void *context, struct span key, struct span value), void *context)
{
    struct run_walk walk;
    unsigned bits = 0;
    enum err err = run_walk_init(&walk, runs->form, runs->now.at, runs->now.n) ? ERR_NONE : ERR_NO_MEMORY;
    size_t n;

    for (size_t i = 0; i < runs->now.n; i++)
        bits = runs->now.at[i].bits > bits ? runs->now.at[i].bits : bits;
    for (uint32_t stretch = 0; stretch < UINT32_C(1) << bits && err == ERR_NONE; stretch++)
        err = run_walk_begin(&walk, stretch_least(stretch, bits), stretch_most(stretch, bits), &n) ? scan_stretch(&walk, each, context)
                                                                                                   : ERR_BAD_STORE;
    run_walk_fini(&walk);
    return err;
}

enum err runs_read_anew(struct runs *runs)
{
    struct run_list before = runs->now;

    for (size_t i = 0; i < before.n; i++)
        if (run_list_find(&runs->next, before.at[i].id) == NULL)
            free(before.at[i].stretches);
    runs->now = runs->next;
    runs->next = before;
    runs->next.n = 0;
    return find_all_stretches(runs);
}

// ---------------------------------------------------------------- writing

uint64_t runs_pages(const struct runs *runs, size_t n)
{
    uint64_t stretches = 0, merged = 0, bytes, merges = runs->now.n / 2; // each is of two runs at least

    for (size_t i = 0; i < runs->now.n; i++) {
        stretches += run_stretches(&runs->now.at[i]);
        merged += runs->now.at[i].n_rows;
    }
    if (merged > merges * run_merge_piece(n))
        merged = merges * run_merge_piece(n);
    bytes = (n + merged) * (runs->form.key_size + runs->form.value_size);
    // half as much again for filters and what is left free of last pages; each merge may write a stretch more than its piece; and to drop
    // what was merged, leaves of the table and lists of free pages are written
    return bytes * 3 / 2 / PAGE + (merges + 1) * STRETCH_BYTES / PAGE + stretches / STRETCHES_A_LEAF +
           stretches * (STRETCH_BYTES / PAGE) / NUMBERS_A_PAGE;
}

static size_t count_in_stretch(const struct overlay_row *const *rows, size_t n, uint32_t stretch, unsigned bits)
{
    size_t count = 0;

    while (count < n && stretch_of(stretch_number(rows[count]->key.at), bits) == stretch)
        count++;
    return count;
}

static void write_stretch(struct runs *runs, struct run *run, const struct overlay_row *const *rows, size_t n)
{
    struct stretch_writer writer;
    size_t size = stretch_size(runs->form, n);
    uint8_t key[RUN_KEY_SIZE], *bytes;

    run_key(run->id, run->n_whole++, key);
    bytes = store_reserve(runs->store, runs->table, span_of(key, sizeof key), size);
    if (bytes == NULL)
        return;
    stretch_begin(&writer, runs->form, run->bits, bytes, size);
    for (size_t i = 0; i < n; i++)
        stretch_add(&writer, rows[i]->key.at, rows[i]->value.at);
    stretch_end(&writer);
}

static enum err write_run(struct runs *runs, const struct overlay_row *const *rows, size_t n)
{
    struct run run = {.id = runs->next.next_id++, .bits = stretch_bits(runs->form, n), .n_rows = n};

    while (!run_is_whole(&run)) {
        size_t count = count_in_stretch(rows, n, run.n_whole, run.bits);

        write_stretch(runs, &run, rows, count);
        rows += count;
        n -= count;
    }
    return run_list_insert(&runs->next, 0, run);
}

static void write_list(struct runs *runs)
{
    uint8_t key[RUN_KEY_SIZE], *value;

    run_key(0, 0, key);
    value = store_reserve(runs->store, runs->table, span_of(key, sizeof key), run_list_size(&runs->next));
    if (value != NULL)
        run_list_print(&runs->next, runs->form, value);
}

enum err runs_write(struct runs *runs, const struct overlay_row *const *rows, size_t n)
{
    enum err err = run_list_copy(&runs->now, &runs->next);

    if (n == 0 || err != ERR_NONE)
        return err;
    err = run_merge_plan(&runs->next, runs->form);
    if (err == ERR_NONE)
        err = run_merge_advance(&runs->next, runs->form, runs->store, runs->table, run_merge_piece(n));
    if (err == ERR_NONE)
        err = write_run(runs, rows, n);
    if (err == ERR_NONE)
        write_list(runs);
    return err;
}
