// SPDX-License-Identifier: MIT
// Heaps by team number; heaps of single workers in a list, found through a hash table.
// Called when a job comes to a team, and when a worker takes. A worker's queue is kept once made: there are as many as workers with news.
#include "services/allocation/team_queue.h"

#include <stdlib.h>

struct own_queue {
    struct job_heap heap;
    uint16_t team;
    uint8_t worker_size;
    char worker[JOB_WORKER_MAX];
};

struct team_queues {
    struct job_heap teams[NAME_TABLE_MAX];
    struct own_queue *own;
    size_t n_own;
    size_t room;       // of own; twice as many buckets
    uint32_t *buckets; // place in own + 1; 0: free
};

struct team_queues *team_queue_new(void)
{
    return calloc(1, sizeof(struct team_queues));
}

void team_queue_free(struct team_queues **queues)
{
    if (*queues == NULL)
        return;
    for (size_t i = 0; i < NAME_TABLE_MAX; i++)
        job_heap_fini(&(*queues)->teams[i]);
    for (size_t i = 0; i < (*queues)->n_own; i++)
        job_heap_fini(&(*queues)->own[i].heap);
    free((*queues)->own);
    free((*queues)->buckets);
    free(*queues);
    *queues = NULL;
}

static size_t bucket_of(const struct team_queues *queues, uint16_t team, struct span worker)
{
    uint64_t hash = (UINT64_C(0xCBF29CE484222325) ^ team) * UINT64_C(0x100000001B3); // FNV-1a

    for (size_t i = 0; i < worker.size; i++)
        hash = (hash ^ worker.at[i]) * UINT64_C(0x100000001B3);
    return (size_t)(hash >> 16) & (2 * queues->room - 1);
}

// The bucket that holds the worker's queue, or the free one where it belongs.
static uint32_t *find(const struct team_queues *queues, uint16_t team, struct span worker)
{
    size_t bucket = bucket_of(queues, team, worker);

    while (queues->buckets[bucket] != 0) {
        const struct own_queue *own = &queues->own[queues->buckets[bucket] - 1];

        if (own->team == team && span_equal(span_of(own->worker, own->worker_size), worker))
            break;
        bucket = (bucket + 1) & (2 * queues->room - 1);
    }
    return &queues->buckets[bucket];
}

static enum err grow(struct team_queues *queues)
{
    size_t room = queues->room == 0 ? 64 : 2 * queues->room;
    struct own_queue *own = realloc(queues->own, room * sizeof *own);
    uint32_t *buckets = calloc(2 * room, sizeof *buckets);

    if (own != NULL)
        queues->own = own;
    if (own == NULL || buckets == NULL) {
        free(buckets);
        return ERR_NO_MEMORY;
    }
    free(queues->buckets);
    queues->buckets = buckets;
    queues->room = room;
    for (size_t i = 0; i < queues->n_own; i++)
        *find(queues, own[i].team, span_of(own[i].worker, own[i].worker_size)) = (uint32_t)(i + 1);
    return ERR_NONE;
}

static enum err push_own(struct team_queues *queues, uint16_t team, struct span worker, struct job_node node)
{
    enum err err = queues->n_own == queues->room ? grow(queues) : ERR_NONE;
    uint32_t *bucket;
    struct own_queue *own;

    if (err != ERR_NONE)
        return err;
    bucket = find(queues, team, worker);
    if (*bucket == 0) {
        own = &queues->own[queues->n_own++];
        *own = (struct own_queue){.team = team, .worker_size = (uint8_t)worker.size};
        memcpy(own->worker, worker.at, worker.size);
        *bucket = (uint32_t)queues->n_own;
    }
    return job_heap_push(&queues->own[*bucket - 1].heap, node);
}

enum err team_queue_push(struct team_queues *queues, uint16_t team, struct span worker, struct job_node node)
{
    return worker.size > 0 ? push_own(queues, team, worker, node) : job_heap_push(&queues->teams[team], node);
}

struct job_heap *team_queue_of(struct team_queues *queues, uint16_t team, struct span worker)
{
    uint32_t *bucket;

    if (worker.size == 0)
        return &queues->teams[team];
    if (queues->n_own == 0)
        return NULL;
    bucket = find(queues, team, worker);
    return *bucket == 0 ? NULL : &queues->own[*bucket - 1].heap;
}

static int64_t oldest(const struct job_heap *heap, int64_t oldest_ms)
{
    for (size_t i = 0; i < heap->n; i++) {
        int64_t since_ms = job_node_since(&heap->at[i]);

        if (oldest_ms == 0 || since_ms < oldest_ms)
            oldest_ms = since_ms;
    }
    return oldest_ms;
}

int64_t team_queue_oldest(const struct team_queues *queues, uint16_t team)
{
    int64_t oldest_ms = oldest(&queues->teams[team], 0);

    for (size_t i = 0; i < queues->n_own; i++)
        if (queues->own[i].team == team)
            oldest_ms = oldest(&queues->own[i].heap, oldest_ms);
    return oldest_ms;
}

void team_queue_each(struct team_queues *queues, uint16_t team, void (*each)(void *context, struct job_heap *heap), void *context)
{
    each(context, &queues->teams[team]);
    for (size_t i = 0; i < queues->n_own; i++)
        if (queues->own[i].team == team)
            each(context, &queues->own[i].heap);
}

void team_queue_each_own(struct team_queues *queues, void (*each)(void *context, uint16_t team, struct span worker, struct job_heap *heap),
                         void *context)
{
    for (size_t i = 0; i < queues->n_own; i++)
        each(context, queues->own[i].team, span_of(queues->own[i].worker, queues->own[i].worker_size), &queues->own[i].heap);
}
