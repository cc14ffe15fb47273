// SPDX-License-Identifier: MIT
// Taking boxes away from a box: what sticks out of the first taken in one fact is a piece of its own, and so on with the rest.
// Called by the prover. Depth is at most the number of boxes taken.
#include "common/policy/box.h"

struct box box_all(const struct table *table)
{
    struct box box = {{0}};

    for (unsigned fact = 0; fact < table->n_facts; fact++)
        box.allow[fact] = table_possible(&table->facts[fact]);
    return box;
}

struct box box_of_row(const struct table *table, unsigned row)
{
    struct box box = box_all(table);

    for (uint64_t left = table->rows[row].columns; left != 0; left &= left - 1) {
        unsigned fact = (unsigned)__builtin_ctzll(left);
        box.allow[fact] &= table->rows[row].allow[fact];
    }
    return box;
}

bool box_meet(unsigned n_facts, const struct box *a, const struct box *b, struct box *both)
{
    for (unsigned fact = 0; fact < n_facts; fact++) {
        both->allow[fact] = a->allow[fact] & b->allow[fact];
        if (both->allow[fact] == 0)
            return false;
    }
    return true;
}

static bool meets(unsigned n_facts, const struct box *a, const struct box *b)
{
    for (unsigned fact = 0; fact < n_facts; fact++)
        if ((a->allow[fact] & b->allow[fact]) == 0)
            return false;
    return true;
}

bool box_covers(unsigned n_facts, const struct box *outer, const struct box *inner)
{
    for (unsigned fact = 0; fact < n_facts; fact++)
        if ((inner->allow[fact] & ~outer->allow[fact]) != 0)
            return false;
    return true;
}

static bool is_skipped(const struct box_search *search, unsigned taken)
{
    return (search->skipped >> taken & 1) != 0;
}

static bool is_covered(const struct box_search *search, const struct box *box, unsigned from)
{
    for (unsigned i = from; i < search->n_taken; i++)
        if (!is_skipped(search, i) && box_covers(search->n_facts, &search->taken[i], box))
            return true;
    return false;
}

static enum box_end search_from(const struct box_search *search, const struct box *from, unsigned first)
{
    struct box rest = *from;
    unsigned i = first;

    if (*search->steps == 0)
        return BOX_GAVE_UP;
    --*search->steps;
    if (is_covered(search, from, first))
        return BOX_NONE;
    while (i < search->n_taken && (is_skipped(search, i) || !meets(search->n_facts, from, &search->taken[i])))
        i++;
    if (i == search->n_taken)
        return search->visit(search->context, from) ? BOX_STOPPED : BOX_NONE;
    for (unsigned fact = 0; fact < search->n_facts; fact++) {
        struct box piece = rest;
        enum box_end end;
        piece.allow[fact] &= ~search->taken[i].allow[fact];
        rest.allow[fact] &= search->taken[i].allow[fact];
        if (piece.allow[fact] == 0)
            continue;
        end = search_from(search, &piece, i + 1);
        if (end != BOX_NONE)
            return end;
    }
    return BOX_NONE;
}

enum box_end box_search(const struct box_search *search, const struct box *from)
{
    return meets(search->n_facts, from, from) ? search_from(search, from, 0) : BOX_NONE;
}

static bool keep_first(void *context, const struct box *piece)
{
    *(struct box *)context = *piece;
    return true;
}

enum box_end box_first(const struct box_search *search, const struct box *from, struct box *piece)
{
    struct box_search first = *search;

    first.visit = keep_first;
    first.context = piece;
    return box_search(&first, from);
}
