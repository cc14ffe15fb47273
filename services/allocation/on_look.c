// SPDX-License-Identifier: MIT
// queues, jobs, counts: how things stand.
// Called for each request by the runtime.
// Must not change anything, nor tell of a state that is not durable: replies wait for what was appended before.
#include "common/base/tag.h"
#include "services/allocation/index_job.h"
#include "services/allocation/post.h"
#include "services/allocation/work_requests.h"

enum { QUEUES_MAX = 64, JOBS_MAX = 256, JOBS_DEFAULT = 64 };

// ---------------------------------------------------------------- queues

static bool has_any(const struct team_depth *depth)
{
    return depth->queued + depth->leased + depth->accepted + depth->deciding + depth->held + depth->warned + depth->overdue > 0;
}

// What those on the roster who are there could take.
static void tell_free(struct allocation *allocation, uint16_t team, struct queue_depth *told)
{
    uint64_t free = 0;
    bool any = false;

    for (uint32_t i = 0; i < allocation->posts.n && allocation->posts.n_rostered[team] > 0; i++) {
        const struct post *post = &allocation->posts.at[i];
        struct post_now now;

        if (post->row.team != team || !post->row.rostered)
            continue;
        post_read(allocation, team, post_worker(post), &now);
        any = any || (now.bounded && !now.away);
        if (now.bounded && !now.away && now.fair.load < now.fair.most)
            free += now.fair.most - now.fair.load;
    }
    if (any)
        PUT(told, queue_depth, free, free);
}

static void tell_room(struct allocation *allocation, uint16_t team, struct queue_depth *told)
{
    const struct team_capacity *said = &allocation->capacities[team];
    int64_t wait_ms = pace_wait_ms(&allocation->paces[team], told->queued, allocation->now.wall_ms);

    if (said->capacity != CAPACITY_NONE && (said->until_ms == 0 || allocation->now.wall_ms < said->until_ms)) {
        PUT(told, queue_depth, capacity, said->capacity);
        if (said->until_ms != 0)
            PUT(told, queue_depth, until, said->until_ms);
    }
    tell_free(allocation, team, told);
    if (wait_ms > 0)
        PUT(told, queue_depth, expected_wait_ms, (uint64_t)wait_ms);
}

static void tell_queue(struct allocation *allocation, struct span team, struct queues *queues)
{
    uint16_t number = name_table_find(allocation->names, team);
    const struct team_depth *depth = &allocation->jobs.depths[number];
    struct queue_depth *told = &queues->queues[queues->n_queues];
    int64_t oldest_ms;

    for (uint64_t i = 0; i < queues->n_queues; i++)
        if (span_equal(queues->queues[i].team, team))
            return;
    if (queues->n_queues == QUEUES_MAX)
        return;
    *told = (struct queue_depth){.team = team};
    queues->n_queues++;
    if (number == NAME_NONE)
        return;
    told->queued = depth->queued;
    told->leased = depth->leased;
    told->accepted = depth->accepted;
    told->deciding = depth->deciding;
    if (depth->held > 0)
        PUT(told, queue_depth, held, depth->held);
    told->reserved = depth->reserved;
    told->warned = depth->warned;
    told->overdue = depth->overdue;
    told->escalated = depth->escalated;
    tell_room(allocation, number, told);
    oldest_ms = depth->queued + depth->deciding == 0 ? 0 : team_queue_oldest(allocation->queues, number);
    if (oldest_ms > 0 && oldest_ms < allocation->now.wall_ms)
        told->oldest_ms = (uint64_t)(allocation->now.wall_ms - oldest_ms);
}

static void tell_all_queues(struct allocation *allocation, struct queues *queues)
{
    const struct policy *policy = policy_shelf_newest(&allocation->shelf);

    for (unsigned i = 1; policy != NULL && i <= policy->n_teams; i++)
        tell_queue(allocation, policy->teams[i].code, queues);
    for (unsigned number = NAME_HUB_DECISION; number < name_table_count(allocation->names); number++)
        if (has_any(&allocation->jobs.depths[number]))
            tell_queue(allocation, name_table_text(allocation->names, (uint16_t)number), queues);
}

static bool is_known(const struct allocation *allocation, struct span team)
{
    const struct policy *policy = policy_shelf_newest(&allocation->shelf);

    return (policy != NULL && rules_team(policy, team) != 0) || has_any(&allocation->jobs.depths[name_table_find(allocation->names, team)]);
}

void on_queues(void *state, const struct request *request, struct moment now, struct effects *effects)
{
    struct allocation *allocation = state;
    const struct queues_of *asked = request->record;
    struct queues *queues = &allocation->reply.queues;

    allocation->now = now;
    *queues = (struct queues){.answer = ANSWER_OK};
    SET_HAS(queues, queues, queues);
    if (!HAS(asked, queues_of, team))
        tell_all_queues(allocation, queues);
    else if (is_known(allocation, asked->team))
        tell_queue(allocation, asked->team, queues);
    else
        queues->answer = ANSWER_NOT_FOUND;
    effects_reply(effects, &request->peer, &record_queues, queues);
}

// ---------------------------------------------------------------- jobs

static void tell_job(const struct allocation *allocation, struct job_key key, const struct job_row *row, struct waiting_job *told,
                     char tag[16])
{
    *told = (struct waiting_job){.state = row->state, .level = row->level, .team = name_table_text(allocation->names, row->team)};
    tag_print('R', key.referral, tag);
    told->referral = span_text(tag);
    if (key.part > 0)
        PUT(told, waiting_job, part, key.part);
    if (row->reason != REASON_NONE)
        PUT(told, waiting_job, reason, row->reason);
    if (row->proposal != NAME_NONE)
        PUT(told, waiting_job, proposal, name_table_text(allocation->names, row->proposal));
    if (row->token != 0 && job_is_decidable(row))
        PUT(told, waiting_job, seen, row->token);
    else if (row->token != 0)
        PUT(told, waiting_job, token, row->token);
    if (row->attempts > 0)
        PUT(told, waiting_job, attempt, row->attempts);
    if (job_is_open(row))
        PUT(told, waiting_job, due, job_due(row));
    if (row->rung != STAGE_NONE)
        PUT(told, waiting_job, stage, row->rung);
}

// Rows are told in two steps: workers' names are lent from the rows, which must stay.
struct telling {
    struct allocation *allocation;
    struct job_row rows[JOBS_MAX];
    char tags[JOBS_MAX][16];
};

static void tell(struct telling *telling, struct job_key key)
{
    struct jobs *jobs = &telling->allocation->reply.jobs;
    uint64_t i = jobs->n_jobs++;

    tell_job(telling->allocation, key, &telling->rows[i], &jobs->jobs[i], telling->tags[i]);
    if (telling->rows[i].worker_size > 0)
        PUT(&jobs->jobs[i], waiting_job, worker, job_worker(&telling->rows[i]));
}

static void tell_referral(struct telling *telling, uint64_t referral)
{
    struct jobs *jobs = &telling->allocation->reply.jobs;
    struct job_key key = {.referral = referral};

    while (key.part <= JOB_PARTS_MAX && job_table_get(&telling->allocation->jobs, key, &telling->rows[jobs->n_jobs]) == ERR_NONE) {
        tell(telling, key);
        key.part++;
    }
    if (jobs->n_jobs == 0)
        jobs->answer = ANSWER_NOT_FOUND;
}

// The first jobs of a heap in order: takes them off and puts them back, but for stale ones.
static void tell_heap(struct telling *telling, uint16_t team, struct job_heap *heap, uint64_t max)
{
    struct jobs *jobs = &telling->allocation->reply.jobs;
    struct job_node kept[JOBS_MAX];
    unsigned n = 0;

    while (jobs->n_jobs < max && job_heap_top(heap) != NULL) {
        struct job_node node = *job_heap_top(heap);

        job_heap_pop(heap);
        if (!index_job_holds(telling->allocation, team, &node, &telling->rows[jobs->n_jobs]))
            continue;
        if (n > 0 && !job_node_before(&kept[n - 1], &node))
            continue; // twice the same
        tell(telling, job_node_key(&node));
        kept[n++] = node;
    }
    while (n > 0)
        if (job_heap_push(heap, kept[--n]) != ERR_NONE)
            return; // it has room: they were in it
}

struct looking {
    struct telling *telling;
    uint16_t team;
    uint64_t max;
};

static void look_into(void *context, struct job_heap *heap)
{
    const struct looking *looking = context;

    tell_heap(looking->telling, looking->team, heap, looking->max);
}

static void tell_team(struct telling *telling, struct span team, uint64_t max)
{
    struct allocation *allocation = telling->allocation;
    struct looking looking = {.telling = telling, .team = name_table_find(allocation->names, team), .max = max};

    if (looking.team != NAME_NONE)
        team_queue_each(allocation->queues, looking.team, look_into, &looking);
    else if (!is_known(allocation, team))
        allocation->reply.jobs.answer = ANSWER_NOT_FOUND;
}

// The worker's cases, team by team.
static void tell_worker(struct telling *telling, struct span worker, uint64_t max)
{
    struct allocation *allocation = telling->allocation;
    struct jobs *jobs = &allocation->reply.jobs;

    for (unsigned team = NAME_HUB_DECISION; team < name_table_count(allocation->names); team++) {
        uint32_t place = post_table_find(&allocation->posts, (uint16_t)team, worker);
        size_t n = 0;
        const struct job_key *list = place == POST_NONE ? NULL : post_table_list(&allocation->posts, place, &n);

        for (size_t i = 0; i < n && jobs->n_jobs < max; i++)
            if (job_table_get(&allocation->jobs, list[i], &telling->rows[jobs->n_jobs]) == ERR_NONE)
                tell(telling, list[i]);
    }
}

void on_jobs(void *state, const struct request *request, struct moment now, struct effects *effects)
{
    struct telling telling;
    struct allocation *allocation = state;
    const struct jobs_of *asked = request->record;
    struct jobs *jobs = &allocation->reply.jobs;
    uint64_t referral;

    allocation->now = now;
    telling.allocation = allocation;
    *jobs = (struct jobs){.answer = ANSWER_OK};
    SET_HAS(jobs, jobs, jobs);
    if (HAS(asked, jobs_of, referral) && tag_parse(asked->referral, 'R', &referral))
        tell_referral(&telling, referral);
    else if (HAS(asked, jobs_of, worker))
        tell_worker(&telling, asked->worker, HAS(asked, jobs_of, max) ? asked->max : JOBS_DEFAULT);
    else if (HAS(asked, jobs_of, team))
        tell_team(&telling, asked->team, HAS(asked, jobs_of, max) ? asked->max : JOBS_DEFAULT);
    else
        jobs->answer = ANSWER_NOT_FOUND;
    effects_reply(effects, &request->peer, &record_jobs, jobs);
}

// ---------------------------------------------------------------- counts

// The counts were taken when this own event was the last: its place in the log is now known.
static void complete_counts(void *state, void *record)
{
    const struct allocation *allocation = state;
    struct counts *counts = record;

    PUT(counts, counts, sequence, runtime_sequence_of(allocation->runtime, counts->sequence));
}

void on_counts(void *state, const struct request *request, struct moment now, struct effects *effects)
{
    struct allocation *allocation = state;
    struct counts *counts = &allocation->reply.counts;
    uint64_t read_to = runtime_read_to(allocation->runtime);

    allocation->now = now;
    *counts = (struct counts){.answer = ANSWER_OK};
    SET_HAS(counts, counts, states);
    for (unsigned code = STATE_ROUTING + 1; code < STATE_COUNT; code++) {
        struct state_count *told = &counts->states[counts->n_states++];

        *told = (struct state_count){.state = (uint8_t)code};
        told->leads = allocation->jobs.counts[code][0];
        told->parts = allocation->jobs.counts[code][1];
    }
    if (!runtime_idle(allocation->runtime)) {
        PUT(counts, counts, sequence, allocation->last_n);
        effects_reply_completed(effects, &request->peer, &record_counts, counts, complete_counts);
        return;
    }
    PUT(counts, counts, sequence, read_to > allocation->last_sequence ? read_to : allocation->last_sequence);
    effects_reply(effects, &request->peer, &record_counts, counts);
}
