// SPDX-License-Identifier: MIT
// A binary heap in an array that grows by doubling.
// Called by team_queue and due_clock. Knows no rows.
#include "services/allocation/job_heap.h"

#include <assert.h>
#include <stdlib.h>

static_assert(sizeof(struct job_node) == 32, "a million queued jobs are 32 MB");

enum { ROOM_FIRST = 64, CROWD_MIN = 1024 };

struct job_node job_node_of(struct job_key key, const struct job_row *job)
{
    uint64_t since = (uint64_t)job->since_ms;
    return (struct job_node){.due_ms = job->due_ms,
                             .input = job->input,
                             .referral = key.referral,
                             .part = key.part,
                             .level = job->level,
                             .since_low = (uint32_t)since,
                             .since_high = (uint16_t)(since >> 32)};
}

struct job_key job_node_key(const struct job_node *node)
{
    return (struct job_key){.referral = node->referral, .part = node->part};
}

int64_t job_node_since(const struct job_node *node)
{
    return (int64_t)((uint64_t)node->since_high << 32 | node->since_low);
}

// Negative: a before b.
static int order(const struct job_node *a, const struct job_node *b)
{
    if (a->level != b->level)
        return a->level > b->level ? -1 : 1;
    if (a->due_ms != b->due_ms)
        return a->due_ms < b->due_ms ? -1 : 1;
    if (a->input != b->input)
        return a->input < b->input ? -1 : 1;
    if (a->referral != b->referral)
        return a->referral < b->referral ? -1 : 1;
    return (int)a->part - (int)b->part;
}

bool job_node_before(const struct job_node *a, const struct job_node *b)
{
    return order(a, b) < 0;
}

static enum err grow(struct job_heap *heap)
{
    size_t room = heap->room == 0 ? ROOM_FIRST : heap->room * 2;
    struct job_node *at = realloc(heap->at, room * sizeof *at);
    if (at == NULL)
        return ERR_NO_MEMORY;
    heap->at = at;
    heap->room = room;
    return ERR_NONE;
}

enum err job_heap_push(struct job_heap *heap, struct job_node node)
{
    if (heap->n == heap->room) {
        enum err err = grow(heap);
        if (err != ERR_NONE)
            return err;
    }
    size_t i = heap->n++;
    while (i > 0 && order(&node, &heap->at[(i - 1) / 2]) < 0) {
        heap->at[i] = heap->at[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    heap->at[i] = node;
    return ERR_NONE;
}

const struct job_node *job_heap_top(const struct job_heap *heap)
{
    return heap->n == 0 ? NULL : &heap->at[0];
}

void job_heap_pop(struct job_heap *heap)
{
    assert(heap->n > 0);
    const struct job_node last = heap->at[--heap->n];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= heap->n)
            break;
        if (child + 1 < heap->n && order(&heap->at[child + 1], &heap->at[child]) < 0)
            child++;
        if (order(&heap->at[child], &last) >= 0)
            break;
        heap->at[i] = heap->at[child];
        i = child;
    }
    heap->at[i] = last;
}

bool job_heap_crowded(const struct job_heap *heap, uint64_t live)
{
    return heap->n > CROWD_MIN && heap->n > 2 * live && heap->n > 2 * heap->kept;
}

static int order_any(const void *a, const void *b)
{
    return order(a, b);
}

void job_heap_keep(struct job_heap *heap, bool (*holds)(void *context, const struct job_node *node), void *context)
{
    if (heap->n == 0)
        return;
    qsort(heap->at, heap->n, sizeof heap->at[0], order_any); // a sorted array is a heap, and equals stand together
    size_t kept = 0;
    for (size_t i = 0; i < heap->n; i++) {
        bool again = kept > 0 && order(&heap->at[kept - 1], &heap->at[i]) == 0;
        if (!again && holds(context, &heap->at[i]))
            heap->at[kept++] = heap->at[i];
    }
    heap->n = kept;
    heap->kept = kept;
}

void job_heap_fini(struct job_heap *heap)
{
    free(heap->at);
    *heap = (struct job_heap){0};
}
