// SPDX-License-Identifier: MIT
// A row for each joined number: the head of its group, and the numbers that it was joined with itself.
// Used by registry and allocation. Groups are small: all of one is gone through when it changes.
#include "common/store/joined.h"

#include "common/base/big_endian.h"

enum { NUMBER = 8, NEIGHBOURS_MAX = JOINED_MAX - 1, ROW_MAX = NUMBER * (1 + NEIGHBOURS_MAX) };

struct row {
    uint64_t head;
    unsigned n;
    uint64_t neighbours[NEIGHBOURS_MAX];
};

// head[8] neighbour[8]...; a number without a row is its own head.
static enum err get_row(const struct joined *joined, uint64_t number, struct row *row)
{
    uint8_t key[NUMBER];
    struct span value;
    enum err err;

    big_endian_put(key, number, NUMBER);
    row->head = number; // the room for neighbours is not cleared: most have none
    row->n = 0;
    err = projection_get(joined->projection, joined->table, span_of(key, sizeof key), &value);
    if (err != ERR_NONE)
        return err == ERR_NOT_FOUND ? ERR_NONE : err;
    if (value.size < 2 * NUMBER || value.size > ROW_MAX || value.size % NUMBER != 0)
        return ERR_BAD_STORE;
    row->head = big_endian_get(value.at, NUMBER);
    for (size_t at = NUMBER; at < value.size; at += NUMBER)
        row->neighbours[row->n++] = big_endian_get(value.at + at, NUMBER);
    return ERR_NONE;
}

void joined_fetch(const struct joined *joined, uint64_t number)
{
    uint8_t key[NUMBER];

    big_endian_put(key, number, NUMBER);
    projection_fetch(joined->projection, joined->table, span_of(key, sizeof key));
}

static enum err put_row(const struct joined *joined, uint64_t number, const struct row *row)
{
    uint8_t key[NUMBER], value[ROW_MAX];

    big_endian_put(key, number, NUMBER);
    if (row->n == 0)
        return projection_del(joined->projection, joined->table, span_of(key, sizeof key));
    big_endian_put(value, row->head, NUMBER);
    for (unsigned i = 0; i < row->n; i++)
        big_endian_put(value + (size_t)NUMBER * (1 + i), row->neighbours[i], NUMBER);
    return projection_put(joined->projection, joined->table, span_of(key, sizeof key), span_of(value, (size_t)NUMBER * (1 + row->n)));
}

// ---------------------------------------------------------------- groups

static bool has(const uint64_t *numbers, unsigned n, uint64_t number)
{
    for (unsigned i = 0; i < n; i++)
        if (numbers[i] == number)
            return true;
    return false;
}

// Goes from `number` along all pairs but (without_a, without_b).
static enum err walk(const struct joined *joined, uint64_t number, uint64_t without_a, uint64_t without_b, struct joined_group *group)
{
    group->n = 1;
    group->at[0] = number;
    for (unsigned i = 0; i < group->n; i++) {
        uint64_t from = group->at[i];
        struct row row;
        enum err err = get_row(joined, from, &row);

        if (err != ERR_NONE)
            return err;
        for (unsigned k = 0; k < row.n; k++) {
            uint64_t to = row.neighbours[k];
            bool is_without = (from == without_a && to == without_b) || (from == without_b && to == without_a);

            if (!is_without && !has(group->at, group->n, to) && group->n < JOINED_MAX)
                group->at[group->n++] = to;
        }
    }
    return ERR_NONE;
}

enum err joined_group(const struct joined *joined, uint64_t number, struct joined_group *group)
{
    return walk(joined, number, 0, 0, group);
}

enum err joined_head(const struct joined *joined, uint64_t number, uint64_t *head)
{
    struct row row;
    enum err err = get_row(joined, number, &row);

    *head = row.head;
    return err;
}

enum err joined_otherwise(const struct joined *joined, uint64_t a, uint64_t b, bool *otherwise)
{
    struct joined_group group;
    enum err err = walk(joined, a, a, b, &group);

    *otherwise = has(group.at, group.n, b);
    return err;
}

// ---------------------------------------------------------------- changes

static enum err set_heads(const struct joined *joined, uint64_t number)
{
    struct joined_group group;
    enum err err = joined_group(joined, number, &group);
    uint64_t head = number;

    for (unsigned i = 0; i < group.n; i++)
        head = group.at[i] < head ? group.at[i] : head;
    for (unsigned i = 0; i < group.n && err == ERR_NONE; i++) {
        struct row row;

        err = get_row(joined, group.at[i], &row);
        if (err != ERR_NONE || row.n == 0 || row.head == head)
            continue;
        row.head = head;
        err = put_row(joined, group.at[i], &row);
    }
    return err;
}

// Neighbours stand in order, so that a row does not tell which came first.
static enum err add_neighbour(const struct joined *joined, uint64_t number, uint64_t neighbour)
{
    struct row row;
    enum err err = get_row(joined, number, &row);
    unsigned at = row.n;

    if (err != ERR_NONE || has(row.neighbours, row.n, neighbour))
        return err;
    if (row.n == NEIGHBOURS_MAX)
        return ERR_NO_ROOM;
    for (; at > 0 && row.neighbours[at - 1] > neighbour; at--)
        row.neighbours[at] = row.neighbours[at - 1];
    row.neighbours[at] = neighbour;
    row.n++;
    return put_row(joined, number, &row);
}

static enum err drop_neighbour(const struct joined *joined, uint64_t number, uint64_t neighbour)
{
    struct row row;
    enum err err = get_row(joined, number, &row);
    unsigned kept = 0;

    if (err != ERR_NONE || !has(row.neighbours, row.n, neighbour))
        return err;
    for (unsigned i = 0; i < row.n; i++)
        if (row.neighbours[i] != neighbour)
            row.neighbours[kept++] = row.neighbours[i];
    row.n = kept;
    return put_row(joined, number, &row);
}

enum err joined_add(const struct joined *joined, uint64_t a, uint64_t b)
{
    struct joined_group of_a, of_b;
    enum err err = joined_group(joined, a, &of_a);

    if (err == ERR_NONE)
        err = joined_group(joined, b, &of_b);
    if (err != ERR_NONE || a == b)
        return err;
    if (!has(of_a.at, of_a.n, b) && of_a.n + of_b.n > JOINED_MAX)
        return ERR_NO_ROOM;
    err = add_neighbour(joined, a, b);
    if (err == ERR_NONE)
        err = add_neighbour(joined, b, a);
    return err == ERR_NONE ? set_heads(joined, a) : err;
}

enum err joined_drop(const struct joined *joined, uint64_t a, uint64_t b)
{
    enum err err = drop_neighbour(joined, a, b);

    if (err == ERR_NONE)
        err = drop_neighbour(joined, b, a);
    if (err == ERR_NONE)
        err = set_heads(joined, a);
    return err == ERR_NONE ? set_heads(joined, b) : err;
}
