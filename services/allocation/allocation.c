// SPDX-License-Identifier: MIT
// The daemon's functions: opens and saves the projection, passes events, inputs and ticks on to the files that know them.
// Called by the runtime, by way of the table in allocation_main.
// Must not judge anything itself.
#include "services/allocation/allocation.h"

#include "common/base/tag.h"
#include "services/allocation/apart.h"
#include "services/allocation/capacity.h"
#include "services/allocation/early.h"
#include "services/allocation/household.h"
#include "services/allocation/index_job.h"
#include "services/allocation/route.h"
#include "services/allocation/shown.h"
#include "services/allocation/take_event.h"
#include "services/allocation/tick.h"
#include "services/allocation/work_requests.h"

static const struct projection_table tables[] = {
    {.name = "job"},    {.name = "family"},   {.name = "name"},   {.name = "policy"}, {.name = "early"},
    {.name = "course"}, {.name = "pair"},     {.name = "joined"}, {.name = "post"},   {.name = "away"},
    {.name = "link"},   {.name = "capacity"}, {.name = "shown"},  {.name = NULL},
};
static const size_t map_size = (size_t)32 << 30; // address space; some 300 bytes a referral, for a hundred million

// What triage says of its own judgement is for people, who read it in the log.
const struct event_part allocation_reads = {
    .head = FIELD_BIT(event, type) | FIELD_BIT(event, subject) | FIELD_BIT(event, time) | FIELD_BIT(event, traceparent) |
            FIELD_BIT(event, data),
    .data = {[EVENT_TRIAGED] = FIELD_BIT(triaged, level) | FIELD_BIT(triaged, rule) | FIELD_BIT(triaged, marks) |
                               FIELD_BIT(triaged, policy) | FIELD_BIT(triaged, family) | FIELD_BIT(triaged, n_problems) |
                               FIELD_BIT(triaged, received) | FIELD_BIT(triaged, facts)},
};

const on_request allocation_requests[] = {
    [WORK_TAKE] = on_take,         [WORK_ACCEPT] = on_accept,       [WORK_EXTEND] = on_extend, [WORK_RELEASE] = on_release,
    [WORK_DECLINE] = on_decline,   [WORK_DECIDE] = on_decide,       [WORK_QUEUES] = on_queues, [WORK_JOBS] = on_jobs,
    [WORK_COUNTS] = on_counts,     [WORK_STEP] = on_step,           [WORK_CLOSE] = on_close,   [WORK_REOPEN] = on_reopen,
    [WORK_PROGRESS] = on_progress, [WORK_CHALLENGE] = on_challenge, [WORK_DUE] = on_due,       [WORK_ROSTER] = on_roster,
    [WORK_AWAY] = on_away,         [WORK_CAPACITY] = on_capacity,   [WORK_ASSIGN] = on_assign, [WORK_WORKERS] = on_workers,
};
const on_request allocation_standing_requests[] = {on_standing};

static enum err load_job(void *context, struct span key_bytes, struct span value)
{
    static const struct job_row none;
    struct allocation *allocation = context;
    struct job_key key;
    struct job_row row;

    if (!job_key_parse(key_bytes, &key) || !job_parse(value, &row) || row.team >= name_table_count(allocation->names))
        return ERR_BAD_STORE;
    job_table_count(&allocation->jobs, key, &row);
    return index_job(allocation, key, &none, &row);
}

static enum err load(struct allocation *allocation)
{
    enum err err = name_table_load(allocation->names, allocation->projection, TABLE_NAME);

    if (err == ERR_NONE)
        err = post_table_load(&allocation->posts);
    if (err == ERR_NONE)
        err = projection_count(allocation->projection, TABLE_LINK, &allocation->n_links);
    if (err == ERR_NONE)
        err = capacity_load(allocation);
    if (err == ERR_NONE)
        err = policy_shelf_open(&allocation->shelf, allocation->runtime, allocation->projection, TABLE_POLICY);
    return err == ERR_NONE ? projection_scan(allocation->projection, TABLE_JOB, load_job, allocation) : err;
}

enum err allocation_open(void *state, struct runtime *runtime, const char *directory, struct projection_marks *marks)
{
    struct allocation *allocation = state;
    enum err err = projection_open(directory, tables, map_size, &allocation->projection);

    if (err != ERR_NONE)
        return err;
    allocation->runtime = runtime;
    allocation->jobs.projection = allocation->families.projection = allocation->projection;
    allocation->jobs.table = TABLE_JOB;
    allocation->families.table = TABLE_FAMILY;
    allocation->families.shelf = &allocation->shelf;
    allocation->families.joined = (struct joined){.projection = allocation->projection, .table = TABLE_JOINED};
    allocation->posts.projection = allocation->projection;
    allocation->posts.table = TABLE_POST;
    allocation->posts.away_table = TABLE_AWAY;
    allocation->posts.jobs = &allocation->jobs;
    allocation->names = name_table_new();
    allocation->queues = team_queue_new();
    allocation->leases = lease_clock_new();
    allocation->parked = parked_take_new();
    if (allocation->names == NULL || allocation->queues == NULL || allocation->leases == NULL || allocation->parked == NULL)
        return ERR_NO_MEMORY;
    *marks = projection_marks(allocation->projection);
    allocation->last_sequence = marks->taken_to;
    return load(allocation);
}

enum err allocation_take(void *state, const struct hub_event *own)
{
    struct allocation *allocation = state;

    allocation->last_n = own->n;
    if (own->sequence > allocation->last_sequence)
        allocation->last_sequence = own->sequence;
    return take_event(allocation, own);
}

enum err allocation_file(void *state, const struct hub_event *input)
{
    struct allocation *allocation = state;

    if (input->type == EVENT_POLICY_ADOPTED)
        return policy_shelf_file(&allocation->shelf, allocation->runtime, allocation->projection, TABLE_POLICY, input);
    if (input->type == EVENT_FAMILY_SETTLED)
        return household_file_settled(allocation, input);
    if (input->type == EVENT_FAMILY_LINKED)
        return apart_file(allocation, input);
    if (input->type == EVENT_FAMILY_CONFLICT || input->type == EVENT_FAMILY_CANDIDATE) {
        enum err err = household_file_question(allocation, input);

        if (err != ERR_NONE)
            return err;
    }
    return early_is(input->type) ? early_file(allocation, input) : ERR_NONE;
}

void allocation_expect(void *state, const struct hub_event *input)
{
    const struct allocation *allocation = state;
    const struct triaged *triaged = input->data;
    uint64_t referral, family;

    if (input->type != EVENT_TRIAGED || !tag_parse(input->head->subject, 'R', &referral) || !tag_parse(triaged->family, 'F', &family))
        return;
    job_table_fetch(&allocation->jobs, (struct job_key){.referral = referral});
    early_fetch(allocation, referral);
    family_case_fetch(&allocation->families, family);
    joined_fetch(&allocation->families.joined, family);
    if (triaged->facts.headline_problems != 0)
        shown_fetch(allocation, family);
}

void allocation_decide(void *state, const struct hub_event *input, struct moment now, struct effects *effects)
{
    struct allocation *allocation = state;

    allocation->now = now;
    if (input->type == EVENT_TRIAGED)
        route_triaged(allocation, effects, input);
    else if (input->type == EVENT_FAMILY_SETTLED)
        household_settle(allocation, effects, input);
    else if (input->type == EVENT_FAMILY_LINKED)
        apart_decide(allocation, effects, input);
    else if (early_is(input->type))
        early_decide(allocation, effects, input);
}

void allocation_tick(void *state, struct moment now, struct effects *effects)
{
    struct allocation *allocation = state;

    allocation->now = now;
    tick_round(allocation, effects);
}

void allocation_settled(void *state, uint64_t first_n, uint64_t first_sequence, uint64_t count)
{
    struct allocation *allocation = state;

    (void)first_n;
    if (count > 0)
        allocation->last_sequence = first_sequence + count - 1;
}

// Rows at hand go to the projection.
static enum err flush(struct allocation *allocation)
{
    enum err err = projection_is_busy(allocation->projection) ? ERR_AGAIN : job_table_flush(&allocation->jobs);

    return err == ERR_NONE ? post_table_flush(&allocation->posts) : err;
}

enum err allocation_hold(void *state)
{
    struct allocation *allocation = state;
    enum err err = flush(allocation);

    return err == ERR_NONE ? projection_hold(allocation->projection) : err;
}

enum err allocation_save(void *state, struct projection_marks marks)
{
    struct allocation *allocation = state;
    enum err err = projection_is_held(allocation->projection) ? ERR_NONE : flush(allocation);

    return err == ERR_NONE ? projection_commit(allocation->projection, marks) : err;
}

void allocation_close(void *state)
{
    struct allocation *allocation = state;

    policy_shelf_close(&allocation->shelf);
    post_table_fini(&allocation->posts);
    name_table_free(&allocation->names);
    team_queue_free(&allocation->queues);
    lease_clock_free(&allocation->leases);
    parked_take_free(&allocation->parked);
    job_heap_fini(&allocation->due);
    job_heap_fini(&allocation->late);
    job_heap_fini(&allocation->kept);
    projection_close(&allocation->projection);
}
