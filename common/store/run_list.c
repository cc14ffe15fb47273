// SPDX-License-Identifier: MIT
// Lists of runs: an array, and the bytes it is kept in.
// Called by runs and run_merge. Must not read or write the store.
//
// list: "runs" | key size u16, value size u16 | next id u32 | for each run, the newest first: id u32, into u32, whole stretches u32,
// bits u32, rows u64; all big-endian
#include "common/store/run_list.h"

#include <stdlib.h>

#include "common/base/big_endian.h"
#include "common/store/log_chunk.h"

enum { MARK = 4, HEAD = MARK + 2 + 2 + 4, RUN = 4 + 4 + 4 + 4 + 8, ROOM_FIRST = 16, BITS_MAX = 31 };

static uint64_t parse(const uint8_t **at, unsigned size)
{
    uint64_t value = big_endian_get(*at, size);

    *at += size;
    return value;
}

void run_key(uint32_t id, uint32_t stretch, uint8_t key[RUN_KEY_SIZE])
{
    big_endian_put(big_endian_put(key, id, 4), stretch, 4);
}

// ---------------------------------------------------------------- the array

static enum err make_room(struct run_list *list, size_t n)
{
    size_t room = list->room > 0 ? list->room : ROOM_FIRST;
    struct run *at;

    if (n <= list->room)
        return ERR_NONE;
    while (room < n)
        room *= 2;
    at = realloc(list->at, room * sizeof *at);
    if (at == NULL)
        return ERR_NO_MEMORY;
    list->at = at;
    list->room = room;
    return ERR_NONE;
}

enum err run_list_insert(struct run_list *list, size_t place, struct run run)
{
    enum err err = make_room(list, list->n + 1);

    if (err != ERR_NONE)
        return err;
    memmove(&list->at[place + 1], &list->at[place], (list->n - place) * sizeof *list->at);
    list->at[place] = run;
    list->n++;
    return ERR_NONE;
}

void run_list_remove(struct run_list *list, size_t place, size_t n)
{
    memmove(&list->at[place], &list->at[place + n], (list->n - place - n) * sizeof *list->at);
    list->n -= n;
}

enum err run_list_copy(const struct run_list *list, struct run_list *copy)
{
    enum err err = make_room(copy, list->n);

    if (err != ERR_NONE)
        return err;
    if (list->n > 0)
        memcpy(copy->at, list->at, list->n * sizeof *list->at);
    copy->n = list->n;
    copy->next_id = list->next_id;
    return ERR_NONE;
}

size_t run_list_behind(const struct run_list *list, size_t place)
{
    uint32_t id = list->at[place++].id;

    while (place < list->n && list->at[place].into == id)
        place++;
    return place;
}

const struct run *run_list_find(const struct run_list *list, uint32_t id)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->at[i].id == id)
            return &list->at[i];
    return NULL;
}

void run_list_fini(struct run_list *list)
{
    free(list->at);
    *list = (struct run_list){0};
}

// ---------------------------------------------------------------- bytes

size_t run_list_size(const struct run_list *list)
{
    return HEAD + list->n * RUN;
}

void run_list_print(const struct run_list *list, struct stretch_form form, uint8_t *value)
{
    memcpy(value, "runs", MARK);
    value = big_endian_put(big_endian_put(value + MARK, form.key_size, 2), form.value_size, 2);
    value = big_endian_put(value, list->next_id, 4);
    for (size_t i = 0; i < list->n; i++) {
        const struct run *run = &list->at[i];

        value = big_endian_put(big_endian_put(big_endian_put(value, run->id, 4), run->into, 4), run->n_whole, 4);
        value = big_endian_put(big_endian_put(value, run->bits, 4), run->n_rows, 8);
    }
}

// The runs that one is made of stand behind it, and nothing between them.
static bool is_sound(const struct run_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct run *run = &list->at[i], *before = i > 0 ? run - 1 : NULL;

        if (run->id == 0 || run->bits > BITS_MAX || run->n_whole > run_stretches(run) || (run->into != 0 && !run_is_whole(run)))
            return false;
        if (run->into != 0 && (before == NULL || (before->id != run->into && before->into != run->into)))
            return false;
    }
    return true;
}

enum err run_list_parse(struct span value, struct stretch_form form, struct run_list *list)
{
    const uint8_t *at = value.at + MARK;

    if (value.size < HEAD || (value.size - HEAD) % RUN != 0 || memcmp(value.at, "runs", MARK) != 0)
        return ERR_BAD_STORE;
    if (parse(&at, 2) != form.key_size || parse(&at, 2) != form.value_size)
        return ERR_BAD_STORE;
    list->next_id = (uint32_t)parse(&at, 4);
    while (at < value.at + value.size) {
        struct run run = {.id = (uint32_t)parse(&at, 4), .into = (uint32_t)parse(&at, 4), .n_whole = (uint32_t)parse(&at, 4)};
        enum err err;

        run.bits = (unsigned)parse(&at, 4);
        run.n_rows = parse(&at, 8);
        err = run_list_insert(list, list->n, run);
        if (err != ERR_NONE)
            return err;
    }
    return is_sound(list) ? ERR_NONE : ERR_BAD_STORE;
}
