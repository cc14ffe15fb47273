// SPDX-License-Identifier: MIT
// Walks over the rows of several runs.
// Called by run_merge and runs. Few runs are walked at a time: the one whose turn it is is found by looking at each.
#include "common/store/run_walk.h"

#include <stdlib.h>

// What is left of one run.
struct run_source {
    const uint8_t *at;
    const uint8_t *end;
    uint64_t number; // of the row at `at`
};

static size_t row_size(struct stretch_form form)
{
    return form.key_size + form.value_size;
}

bool run_walk_init(struct run_walk *walk, struct stretch_form form, const struct run *runs, size_t n)
{
    *walk = (struct run_walk){.form = form, .runs = runs, .n = n, .sources = calloc(n > 0 ? n : 1, sizeof *walk->sources)};
    return walk->sources != NULL;
}

void run_walk_fini(struct run_walk *walk)
{
    free(walk->sources);
    *walk = (struct run_walk){0};
}

static bool find_rows(const struct run *run, struct stretch_form form, uint64_t least, uint64_t most, struct run_source *source)
{
    uint32_t number = stretch_of(least, run->bits);
    struct stretch_rows rows;
    size_t from, to;

    if (!stretch_rows(&run->stretches[number], form, &rows))
        return false;
    from = stretch_rank(&rows, form, run->bits, least);
    to = most == UINT64_MAX || stretch_of(most + 1, run->bits) != number ? rows.n : stretch_rank(&rows, form, run->bits, most + 1);
    if (from > to)
        return false;
    source->at = rows.at + from * row_size(form);
    source->end = rows.at + to * row_size(form);
    if (from < to)
        source->number = stretch_number(source->at);
    return true;
}

bool run_walk_begin(struct run_walk *walk, uint64_t least, uint64_t most, size_t *n_rows)
{
    *n_rows = 0;
    for (size_t i = 0; i < walk->n; i++) {
        struct run_source *source = &walk->sources[i];

        if (!run_is_whole(&walk->runs[i]))
            continue;
        if (!find_rows(&walk->runs[i], walk->form, least, most, source))
            return false;
        *n_rows += (size_t)(source->end - source->at) / row_size(walk->form);
    }
    return true;
}

static int compare(const struct run_source *a, const struct run_source *b, size_t key_size)
{
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return memcmp(a->at, b->at, key_size);
}

static void pass_over(struct run_source *source, size_t size)
{
    source->at += size;
    if (source->at < source->end)
        source->number = stretch_number(source->at);
}

const uint8_t *run_walk_next(struct run_walk *walk)
{
    struct run_source *sources = walk->sources, taken;
    size_t least = walk->n, key_size = walk->form.key_size;

    for (size_t i = 0; i < walk->n; i++)
        if (sources[i].at < sources[i].end && (least == walk->n || compare(&sources[i], &sources[least], key_size) < 0))
            least = i;
    if (least == walk->n)
        return NULL;
    taken = sources[least];
    for (size_t i = least; i < walk->n; i++)
        if (sources[i].at < sources[i].end && sources[i].number == taken.number && memcmp(sources[i].at, taken.at, key_size) == 0)
            pass_over(&sources[i], row_size(walk->form));
    return taken.at;
}
