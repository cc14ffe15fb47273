// SPDX-License-Identifier: MIT
// One job's place in the indexes.
// Called by take_event and at start.
// Must not change rows, nor decide who gets a job: a queue is only an order.
#include "services/allocation/index_job.h"

#include "services/allocation/owner.h"
#include "services/allocation/ring.h"

// In a team's queue, or in that of the hub's decisions.
static bool is_waiting(const struct job_row *row)
{
    return row->state == STATE_QUEUED || job_is_decidable(row);
}

bool index_job_holds(const struct allocation *allocation, uint16_t team, const struct job_node *node, struct job_row *row)
{
    if (job_table_get(&allocation->jobs, job_node_key(node), row) != ERR_NONE || row->team != team || !is_waiting(row))
        return false;
    return row->due_ms == node->due_ms && row->input == node->input && row->level == node->level && row->since_ms == job_node_since(node);
}

struct one_team {
    struct allocation *allocation;
    uint16_t team;
};

static bool holds_in_queue(void *context, const struct job_node *node)
{
    const struct one_team *one = context;
    struct job_row row;

    return index_job_holds(one->allocation, one->team, node, &row);
}

static bool holds_in_due(void *context, const struct job_node *node)
{
    struct allocation *allocation = context;
    struct job_key key = job_node_key(node);
    struct job_row row;
    struct alarm alarm;

    return job_table_get(&allocation->jobs, key, &row) == ERR_NONE && ring_next(allocation, key, &row, 0, &alarm);
}

void index_job_wake(struct allocation *allocation, uint16_t team)
{
    for (; allocation->n_claimed < name_table_count(allocation->names); allocation->n_claimed++)
        parked_take_claim(allocation->parked, (uint16_t)allocation->n_claimed,
                          name_table_text(allocation->names, (uint16_t)allocation->n_claimed));
    if (allocation->is_woken[team] || parked_take_count(allocation->parked, team) == 0)
        return;
    allocation->is_woken[team] = true;
    allocation->woken[allocation->n_woken++] = team;
}

static enum err enqueue(struct allocation *allocation, struct job_key key, const struct job_row *row)
{
    struct job_heap *heap = team_queue_of(allocation->queues, row->team, span_of(NULL, 0));
    const struct team_depth *depth = &allocation->jobs.depths[row->team];
    uint64_t live = depth->queued + depth->deciding;
    enum err err;

    if (row->team == NAME_HUB_DECISION) // held and dead jobs stand there too
        live = allocation->jobs.n_open;
    if (job_heap_crowded(heap, live))
        job_heap_keep(heap, holds_in_queue, &(struct one_team){.allocation = allocation, .team = row->team});
    index_job_wake(allocation, row->team);
    if (!job_is_reserved(row))
        return job_heap_push(heap, job_node_of(key, row));
    err = team_queue_push(allocation->queues, row->team, job_worker(row), job_node_of(key, row));
    return err == ERR_NONE ? owner_watch(allocation, key, row) : err;
}

enum err index_job_watch(struct allocation *allocation, struct job_key key, int64_t at_ms)
{
    struct job_node node = {.due_ms = at_ms, .referral = key.referral, .part = key.part}; // ordered by due time alone

    if (job_heap_crowded(&allocation->due, allocation->jobs.n_open))
        job_heap_keep(&allocation->due, holds_in_due, allocation);
    return job_heap_push(&allocation->due, node);
}

struct leaving {
    struct job_node node; // as the row had it
    bool found;
};

// Not this job; older nodes of it go with it.
static bool is_another(void *context, const struct job_node *node)
{
    struct leaving *leaving = context;

    if (node->referral != leaving->node.referral || node->part != leaving->node.part)
        return true;
    leaving->found = leaving->found || (!job_node_before(node, &leaving->node) && !job_node_before(&leaving->node, node));
    return false;
}

// Takes a job out of a queue; false when it did not stand there.
static bool leave(struct job_heap *heap, struct job_key key, const struct job_row *old)
{
    struct leaving leaving = {.node = job_node_of(key, old)};

    if (heap != NULL)
        job_heap_keep(heap, is_another, &leaving);
    return leaving.found;
}

static enum err to_team(struct allocation *allocation, struct job_key key, const struct job_row *row)
{
    index_job_wake(allocation, row->team);
    return job_heap_push(team_queue_of(allocation->queues, row->team, span_of(NULL, 0)), job_node_of(key, row));
}

void index_job_free(struct allocation *allocation, struct job_key key, const struct job_row *row)
{
    if (leave(team_queue_of(allocation->queues, row->team, job_worker(row)), key, row) && to_team(allocation, key, row) != ERR_NONE)
        return; // out of memory: it is found again at the next start, or when it is overdue
}

// Kept for somebody else than before, or for nobody, and in the same queue.
static bool is_reassigned(const struct job_row *old, const struct job_row *row)
{
    if (old->state != STATE_QUEUED || row->state != STATE_QUEUED || (!job_is_reserved(old) && !job_is_reserved(row)))
        return false;
    return job_is_reserved(old) != job_is_reserved(row) || !span_equal(job_worker(old), job_worker(row));
}

// It may stand in the worker's queue, or have come over into the team's since: it leaves the one where it is for where it belongs.
static enum err reassign(struct allocation *allocation, struct job_key key, const struct job_row *old, const struct job_row *row)
{
    struct job_heap *team = team_queue_of(allocation->queues, old->team, span_of(NULL, 0));
    bool was_own = job_is_reserved(old) && leave(team_queue_of(allocation->queues, old->team, job_worker(old)), key, old);

    if (!job_is_reserved(row))
        return was_own ? to_team(allocation, key, row) : ERR_NONE;
    if (!was_own && !leave(team, key, old))
        return ERR_NONE; // news, in the queue of another: it is found there
    return enqueue(allocation, key, row);
}

// Clocks may ring earlier than they would have. A lease runs under the clock of the queue.
static bool is_rewound(const struct job_row *old, const struct job_row *row)
{
    return !job_is_open(old) || old->due_ms != row->due_ms || old->since_ms != row->since_ms || old->team != row->team ||
           old->level != row->level || (old->state != row->state && row->state == STATE_ACCEPTED);
}

// Until its due time a job has a node in the heap that is not later: clocks that ring later need no other.
static enum err watch(struct allocation *allocation, struct job_key key, const struct job_row *old, const struct job_row *row)
{
    bool watched = job_is_open(old) && old->rung < STAGE_OVERDUE;
    struct alarm alarm;

    if (!is_rewound(old, row) || !ring_next(allocation, key, row, 0, &alarm) || (watched && old->due_ms <= alarm.at_ms))
        return ERR_NONE;
    return index_job_watch(allocation, key, alarm.at_ms);
}

// Late, or a reminder of it has rung: `due` tells of it.
static bool is_late(const struct job_row *row)
{
    return job_is_open(row) && (row->rung >= STAGE_OVERDUE || (row->flags & JOB_HAS_COURSE) != 0);
}

static bool holds_in_late(void *context, const struct job_node *node)
{
    const struct allocation *allocation = context;
    struct job_row row;

    return job_table_get(&allocation->jobs, job_node_key(node), &row) == ERR_NONE && is_late(&row);
}

static enum err list_late(struct allocation *allocation, struct job_key key, const struct job_row *old, const struct job_row *row)
{
    struct job_node node = {.due_ms = row->due_ms, .referral = key.referral, .part = key.part};

    if (is_late(old) || !is_late(row))
        return ERR_NONE;
    if (job_heap_crowded(&allocation->late, allocation->jobs.n_open))
        job_heap_keep(&allocation->late, holds_in_late, allocation);
    return job_heap_push(&allocation->late, node);
}

enum err index_job_rewind(struct allocation *allocation, struct job_key key, const struct job_row *row)
{
    struct alarm alarm;

    return ring_next(allocation, key, row, 0, &alarm) ? index_job_watch(allocation, key, alarm.at_ms) : ERR_NONE;
}

enum err index_job(struct allocation *allocation, struct job_key key, const struct job_row *old, const struct job_row *row)
{
    bool moved = old->state != row->state || old->team != row->team || old->due_ms != row->due_ms || old->level != row->level ||
                 old->input != row->input || old->since_ms != row->since_ms;
    enum err err = ERR_NONE;

    if (is_waiting(row) && moved)
        err = enqueue(allocation, key, row);
    else if (is_reassigned(old, row))
        err = reassign(allocation, key, old, row);
    if (err == ERR_NONE)
        err = watch(allocation, key, old, row);
    if (err == ERR_NONE)
        err = list_late(allocation, key, old, row);
    if (err == ERR_NONE && row->state == STATE_LEASED && row->lease_n != old->lease_n)
        err = lease_clock_set(allocation->leases, key, allocation->now.boot_ms + row->lease_ms);
    if (old->state != STATE_ACCEPTED && row->state == STATE_ACCEPTED)
        pace_note(&allocation->paces[row->team], row->worker_ms);
    if (old->state == STATE_LEASED && row->state != STATE_LEASED)
        lease_clock_drop(allocation->leases, key);
    return err == ERR_NONE ? post_table_move(&allocation->posts, key, old, row) : err;
}

void index_job_empty(struct allocation *allocation, uint16_t team, struct job_heap *own)
{
    for (; job_heap_top(own) != NULL; job_heap_pop(own))
        if (job_heap_push(team_queue_of(allocation->queues, team, span_of(NULL, 0)), *job_heap_top(own)) != ERR_NONE)
            return; // out of memory: the rest stays where it is
}

static void empty(void *context, uint16_t team, struct span worker, struct job_heap *own)
{
    (void)worker;
    index_job_empty(context, team, own);
}

static void tidy(void *context, struct job_heap *heap)
{
    job_heap_keep(heap, holds_in_queue, context);
}

void index_job_tidy(struct allocation *allocation)
{
    team_queue_each_own(allocation->queues, empty, allocation); // a job may stand in its team's too: it must not stay there twice
    for (unsigned team = NAME_HUB_DECISION; team < name_table_count(allocation->names); team++)
        team_queue_each(allocation->queues, (uint16_t)team, tidy, &(struct one_team){.allocation = allocation, .team = (uint16_t)team});
    job_heap_keep(&allocation->due, holds_in_due, allocation);
    job_heap_keep(&allocation->late, holds_in_late, allocation);
}
