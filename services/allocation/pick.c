// SPDX-License-Identifier: MIT
// Takes jobs off the heaps of a team, most pressing first.
// Called when a worker takes, and when work comes to a team whose workers wait.
// Must not skip a job but for what is kept for another worker, news of that worker's case, and families that this worker is kept apart
// from: nobody is given the easier one behind a job that does not fit.
#include "services/allocation/pick.h"

#include "common/base/tag.h"
#include "common/runtime/report.h"
#include "services/allocation/apart.h"
#include "services/allocation/index_job.h"
#include "services/allocation/owner.h"

enum { LOOK_PAST_MAX = 64 };

struct picking {
    struct allocation *allocation;
    uint16_t team;
    struct post_now *post;
    struct picked *picked;
    unsigned n_past;
    struct job_node past[LOOK_PAST_MAX]; // looked past since; they go back
};

static bool is_picked(const struct picked *picked, struct job_key key)
{
    for (unsigned i = 0; i < picked->n; i++)
        if (picked->keys[i].referral == key.referral && picked->keys[i].part == key.part)
            return true;
    return false;
}

// The queue whose first job is the more pressing one; NULL when both are empty.
static struct job_heap *more_pressing(struct job_heap *all, struct job_heap *own)
{
    const struct job_node *a = job_heap_top(all), *b = own == NULL ? NULL : job_heap_top(own);

    if (b == NULL)
        return a == NULL ? NULL : all;
    return a == NULL || job_node_before(b, a) ? own : all;
}

// True: the job is the worker's to have, or anybody's. News of others, and what is kept for them, goes to their own queues.
static bool is_for(const struct picking *picking, const struct job_row *row, const struct job_node *node, bool *own)
{
    struct job_row of;
    struct span owner = owner_of(picking->allocation, row, &of);

    *own = owner.size > 0 && span_equal(owner, picking->post->fair.tag);
    if (owner.size == 0 || *own)
        return true;
    if (team_queue_push(picking->allocation->queues, picking->team, owner, *node) != ERR_NONE ||
        owner_watch(picking->allocation, job_node_key(node), row) != ERR_NONE)
        return false; // out of memory: it is found again at the next start, or when it is overdue
    return false;
}

static bool fits(const struct picking *picking, const struct job_row *row)
{
    return row->level >= LEVEL_GUARDED || !job_is_case(row) || post_has_room(picking->post, row->level);
}

// The worker has a family that this one is kept apart from, or is just being given it. News of the worker's own case comes all the same.
static bool is_apart(const struct picking *picking, const struct job_row *row)
{
    const struct allocation *allocation = picking->allocation;
    struct apart_families families;

    if (allocation->n_links == 0 || row->level >= LEVEL_GUARDED || row->news_of != 0)
        return false;
    apart_read(allocation, row->family, &families);
    for (unsigned i = 0; i < picking->picked->n; i++)
        if (apart_has(&families, picking->picked->rows[i].family))
            return true;
    return families.n > 0 && apart_is_held(allocation, &families, picking->post->fair.tag, true);
}

// All who are on the roster are kept apart from it: then it waits for nobody.
static void alarm_if_nobody(struct allocation *allocation, uint16_t team, struct job_key key, const struct job_row *row)
{
    char tag[TAG_TEXT_MAX + 1];

    if (allocation->posts.n_rostered[team] == 0)
        return;
    for (uint32_t i = 0; i < allocation->posts.n; i++) {
        const struct post *post = &allocation->posts.at[i];

        if (post->row.team == team && post->row.rostered && !apart_binds(allocation, row->family, row->level, post_worker(post)))
            return;
    }
    if (!report_due(&allocation->apart_told_ms, allocation->now.boot_ms))
        return;
    tag_print('R', key.referral, tag);
    report("alarm-nobody-may", "%s waits at %.*s, and everybody there has a family that this one is kept apart from: a person must act",
           tag, SPAN_ARG(name_table_text(allocation->names, team)));
}

static void look_past(struct picking *picking, const struct job_node *node)
{
    picking->past[picking->n_past++] = *node;
}

static void pick(struct picking *picking, const struct job_node *node)
{
    struct picked *picked = picking->picked;
    const struct job_row *row = &picked->rows[picked->n];

    picked->because = owner_because(row, picking->post->fair.tag);
    picked->keys[picked->n++] = job_node_key(node);
    if (job_is_case(row))
        picking->post->fair.load += post_weight(picking->post, row->level);
}

// Looks at the most pressing job; false when there is none, or enough have been looked past.
static bool look(struct picking *picking)
{
    const struct allocation *allocation = picking->allocation;
    struct job_row *row = &picking->picked->rows[picking->picked->n];
    struct job_heap *heap = more_pressing(team_queue_of(allocation->queues, picking->team, span_of(NULL, 0)),
                                          team_queue_of(allocation->queues, picking->team, picking->post->fair.tag));
    struct job_node node;
    bool holds, own;

    if (heap == NULL || picking->n_past == LOOK_PAST_MAX)
        return false;
    node = *job_heap_top(heap);
    holds = index_job_holds(allocation, picking->team, &node, row) && !is_picked(picking->picked, job_node_key(&node));
    if (holds && picking->picked->n > 0 && owner_because(row, picking->post->fair.tag) != picking->picked->because)
        return false; // one event has one reason
    job_heap_pop(heap);
    if (!holds)
        return true; // stale
    if (!is_for(picking, row, &node, &own))
        return true;
    if (is_apart(picking, row)) {
        picking->picked->apart = true;
        look_past(picking, &node);
        alarm_if_nobody(picking->allocation, picking->team, job_node_key(&node), row);
        return true;
    }
    picking->picked->full = picking->picked->full || (!own && !fits(picking, row));
    if (own || (!picking->picked->full || row->level >= LEVEL_GUARDED))
        pick(picking, &node);
    else
        look_past(picking, &node);
    return true;
}

void pick_jobs(struct allocation *allocation, uint16_t team, unsigned max, struct post_now *post, struct picked *picked)
{
    struct picking picking; // not cleared: most of it is room

    picking.allocation = allocation;
    picking.team = team;
    picking.post = post;
    picking.picked = picked;
    picked->full = picked->apart = false;
    picking.n_past = picked->n = 0;
    while (picked->n < max && picked->n < PICK_MAX && look(&picking))
        ;
    for (unsigned i = 0; i < picking.n_past; i++)
        if (job_heap_push(team_queue_of(allocation->queues, team, span_of(NULL, 0)), picking.past[i]) != ERR_NONE)
            return; // it has room: they were in it
}
