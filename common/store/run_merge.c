// SPDX-License-Identifier: MIT
// Merging runs: by tiers of sizes, in the order of their age, stretch by stretch.
// Called by runs. Must not touch the list that others read from, nor memory of runs that are not whole.
#include "common/store/run_merge.h"

#include "common/store/run_walk.h"

enum { ROWS_OF_FIRST_TIER = 1024, TIERS = 12 };

// ---------------------------------------------------------------- which

static unsigned tier_of(const struct run *run)
{
    unsigned tier = 0;

    for (uint64_t n = run->n_rows / ROWS_OF_FIRST_TIER; n > 0; n /= RUN_TIER)
        tier++;
    return tier;
}

static bool is_idle(const struct run *run)
{
    return run_is_whole(run) && run->into == 0;
}

// Runs of this tier, and smaller ones among them, one behind the other. False: too few.
static bool find_tier(const struct run_list *list, unsigned tier, size_t *first, size_t *n)
{
    unsigned count = 0;

    for (size_t i = 0; i < list->n; i++) {
        const struct run *run = &list->at[i];

        if (!is_idle(run) || tier_of(run) > tier) {
            if (count >= RUN_TIER)
                return true;
            count = 0;
            continue;
        }
        if (tier_of(run) < tier)
            continue;
        *first = count == 0 ? i : *first;
        *n = i - *first + 1;
        count++;
    }
    return count >= RUN_TIER;
}

// A run that came with much at once, before far smaller ones, which would otherwise stand in the way of merging it with its like.
static bool find_overtaken(const struct run_list *list, size_t *first, size_t *n)
{
    for (size_t i = 0; i + 1 < list->n; i++) {
        size_t end = i + 1;

        if (!is_idle(&list->at[i]))
            continue;
        while (end < list->n && is_idle(&list->at[end]) && tier_of(&list->at[end]) + 1 < tier_of(&list->at[i]))
            end++;
        *first = i;
        *n = end - i;
        if (*n > 1)
            return true;
    }
    return false;
}

static bool find_merge(const struct run_list *list, size_t *first, size_t *n)
{
    for (unsigned tier = 0; tier < TIERS; tier++)
        if (find_tier(list, tier, first, n))
            return true;
    return find_overtaken(list, first, n);
}

static enum err begin(struct run_list *list, struct stretch_form form, size_t first, size_t n)
{
    struct run made = {.id = list->next_id++};
    uint64_t n_rows = 0;

    for (size_t i = first; i < first + n; i++) {
        n_rows += list->at[i].n_rows;
        made.bits = list->at[i].bits > made.bits ? list->at[i].bits : made.bits;
        list->at[i].into = made.id;
    }
    if (stretch_bits(form, n_rows) > made.bits)
        made.bits = stretch_bits(form, n_rows);
    return run_list_insert(list, first, made);
}

enum err run_merge_plan(struct run_list *list, struct stretch_form form)
{
    enum err err = ERR_NONE;
    size_t first, n;

    while (err == ERR_NONE && find_merge(list, &first, &n))
        err = begin(list, form, first, n);
    return err;
}

// ---------------------------------------------------------------- one stretch

struct merge {
    struct run_walk walk; // over the runs that it is made of
    struct run *made;
    struct store *store;
    unsigned table;
};

// Bits that rot in a key would put rows where nobody finds them, for ever.
static bool write_rows(struct run_walk *walk, struct stretch_writer *writer, uint64_t least, uint64_t most)
{
    const uint8_t *row;

    while ((row = run_walk_next(walk)) != NULL) {
        uint64_t number = stretch_number(row);

        if (number < least || number > most)
            return false;
        least = number;
        stretch_add(writer, row, row + walk->form.key_size);
    }
    return true;
}

static enum err merge_stretch(struct merge *merge)
{
    struct run *made = merge->made;
    uint64_t least = stretch_least(made->n_whole, made->bits), most = stretch_most(made->n_whole, made->bits);
    struct stretch_writer writer;
    uint8_t key[RUN_KEY_SIZE], *bytes;
    size_t n, size;

    if (!run_walk_begin(&merge->walk, least, most, &n))
        return ERR_BAD_STORE;
    run_key(made->id, made->n_whole, key);
    size = stretch_size(merge->walk.form, n);
    bytes = store_reserve(merge->store, merge->table, span_of(key, sizeof key), size);
    if (bytes == NULL)
        return store_sticky(merge->store);
    stretch_begin(&writer, merge->walk.form, made->bits, bytes, size);
    if (!write_rows(&merge->walk, &writer, least, most))
        return ERR_BAD_STORE;
    stretch_end(&writer);
    made->n_rows += writer.n_rows;
    made->n_whole++;
    return ERR_NONE;
}

// ---------------------------------------------------------------- going on

static void drop(struct store *store, unsigned table, const struct run *run)
{
    uint8_t key[RUN_KEY_SIZE];

    for (uint32_t i = 0; i < run_stretches(run); i++) {
        run_key(run->id, i, key);
        store_del(store, table, span_of(key, sizeof key));
    }
}

static enum err advance(struct merge *merge, uint64_t piece)
{
    uint64_t goal = merge->made->n_rows + piece;
    enum err err = ERR_NONE;

    while (err == ERR_NONE && !run_is_whole(merge->made) && merge->made->n_rows < goal)
        err = merge_stretch(merge);
    return err;
}

enum err run_merge_advance(struct run_list *list, struct stretch_form form, struct store *store, unsigned table, uint64_t piece)
{
    for (size_t i = 0; i < list->n; i++) {
        struct merge merge = {.made = &list->at[i], .store = store, .table = table};
        size_t n = run_list_behind(list, i) - i - 1;
        enum err err;

        if (run_is_whole(merge.made))
            continue;
        err = run_walk_init(&merge.walk, form, merge.made + 1, n) ? advance(&merge, piece) : ERR_NO_MEMORY;
        run_walk_fini(&merge.walk);
        if (err != ERR_NONE)
            return err;
        if (!run_is_whole(merge.made))
            continue;
        for (size_t k = 1; k <= n; k++)
            drop(store, table, &merge.made[k]);
        run_list_remove(list, i + 1, n);
    }
    return ERR_NONE;
}
