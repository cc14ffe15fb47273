// SPDX-License-Identifier: MIT
// Jobs kept for workers: a heap of the moments at which they are anybody's, and a look at who is away once a minute.
// Called when a job is queued, when somebody takes, and by tick.
// Must not change a row: that a job is anybody's again follows from the time.
#include "services/allocation/owner.h"

#include "services/allocation/index_job.h"

enum { LOOK_MS = 60000 };

static int64_t kept_until(const struct job_row *row)
{
    return row->kept_s == 0 ? INT64_MAX : row->since_ms + (int64_t)row->kept_s * 1000;
}

static bool is_kept(const struct allocation *allocation, const struct job_row *row)
{
    if (!job_is_reserved(row))
        return false;
    if (job_is_offer(row))
        return true; // nobody else was meant
    return allocation->now.wall_ms < kept_until(row) &&
           !post_table_is_away(&allocation->posts, job_worker(row), allocation->now.wall_ms, NULL);
}

struct span owner_of(const struct allocation *allocation, const struct job_row *row, struct job_row *of)
{
    struct job_key key = {.referral = row->news_of};

    if (is_kept(allocation, row))
        return job_worker(row);
    if (row->news_of == 0 || job_is_reserved(row))
        return span_of(NULL, 0);
    for (; key.part <= JOB_PARTS_MAX && job_table_get(&allocation->jobs, key, of) == ERR_NONE; key.part++)
        if (of->state == STATE_ACCEPTED && of->team == row->team && of->news_of == 0 &&
            !post_table_is_away(&allocation->posts, job_worker(of), allocation->now.wall_ms, NULL))
            return job_worker(of);
    return span_of(NULL, 0);
}

enum because owner_because(const struct job_row *row, struct span worker)
{
    return job_is_reserved(row) && span_equal(job_worker(row), worker) ? (enum because)row->because : BECAUSE_NONE;
}

// ---------------------------------------------------------------- anybody's again

static bool is_to_come(void *context, const struct job_node *node)
{
    const struct allocation *allocation = context;
    struct job_row row;

    return job_table_get(&allocation->jobs, job_node_key(node), &row) == ERR_NONE && job_is_reserved(&row) && row.kept_s > 0 &&
           kept_until(&row) == node->due_ms;
}

enum err owner_watch(struct allocation *allocation, struct job_key key, const struct job_row *row)
{
    struct job_node node = {.due_ms = kept_until(row), .referral = key.referral, .part = key.part};

    if (row->kept_s == 0)
        return ERR_NONE;
    if (job_heap_crowded(&allocation->kept, allocation->jobs.n_open))
        job_heap_keep(&allocation->kept, is_to_come, allocation);
    return job_heap_push(&allocation->kept, node);
}

static void free_ripe(struct allocation *allocation)
{
    const struct job_node *node;

    while ((node = job_heap_top(&allocation->kept)) != NULL && node->due_ms <= allocation->now.wall_ms) {
        struct job_key key = job_node_key(node);
        struct job_row row;

        job_heap_pop(&allocation->kept);
        if (job_table_get(&allocation->jobs, key, &row) == ERR_NONE && job_is_reserved(&row) && !is_kept(allocation, &row))
            index_job_free(allocation, key, &row);
    }
}

static void free_absent(void *context, uint16_t team, struct span worker, struct job_heap *heap)
{
    struct allocation *allocation = context;

    if (heap->n == 0 || !post_table_is_away(&allocation->posts, worker, allocation->now.wall_ms, NULL))
        return;
    index_job_empty(allocation, team, heap);
    index_job_wake(allocation, team);
}

void owner_free(struct allocation *allocation)
{
    free_ripe(allocation);
    if (allocation->posts.n_away == 0 || allocation->now.boot_ms < allocation->absent_ms)
        return;
    allocation->absent_ms = allocation->now.boot_ms + LOOK_MS;
    team_queue_each_own(allocation->queues, free_absent, allocation);
}
