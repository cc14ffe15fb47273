// SPDX-License-Identifier: MIT
// What time brings: leases that end, due times that pass, takes that have waited long enough, work for those who wait.
// Called once before the first decision, then after each round of work.
// Must not append more in one round than an append holds: the rest waits for the next.
#include "services/allocation/tick.h"

#include "common/runtime/report.h"
#include "services/allocation/give_back.h"
#include "services/allocation/grant.h"
#include "services/allocation/index_job.h"
#include "services/allocation/owner.h"
#include "services/allocation/ring.h"

// Events of one tick. What was decided before leaves it some 500 (runtime: an append holds 1,024, no decision is begun beyond 384). Each
// kind of work stops when all events so far reach its bound, and oversteps it by no more than one lease's jobs.
enum { LAPSED_EVENTS = 64, OVERDUE_EVENTS = 128, ALL_EVENTS = 320 };
enum { LAPSE_JOBS_MAX = GIVE_BACK_MAX, DUE_LOOKS_MAX = 4096, JUMP_MS = 60000 };

static void begin(struct allocation *allocation)
{
    lease_clock_begin(allocation->leases, allocation->now.boot_ms);
    if (allocation->last_n > 0) // events were taken again: leases that they ended have left nodes behind
        index_job_tidy(allocation);
    allocation->running = true;
}

// ---------------------------------------------------------------- leases that have ended

// Gathers ended jobs of one lease, and takes them off the clock: what they become is appended at once.
static unsigned gather_lease(struct allocation *allocation, struct job_key keys[LAPSE_JOBS_MAX])
{
    uint64_t token = 0;
    unsigned n = 0;
    struct job_key key;

    while (n < LAPSE_JOBS_MAX && lease_clock_ended(allocation->leases, allocation->now.boot_ms, &key)) {
        struct job_row row;
        bool is_leased = job_table_get(&allocation->jobs, key, &row) == ERR_NONE && row.state == STATE_LEASED;

        if (is_leased && n > 0 && row.token != token)
            break;
        lease_clock_drop(allocation->leases, key);
        if (!is_leased)
            continue;
        token = row.token;
        keys[n++] = key;
    }
    return n;
}

static void lapse(struct allocation *allocation, struct effects *effects)
{
    struct job_key keys[LAPSE_JOBS_MAX];
    uint64_t before = allocation->last_n;
    unsigned n;

    while (allocation->last_n - before < LAPSED_EVENTS && (n = gather_lease(allocation, keys)) > 0)
        give_back_jobs(allocation, effects, EVENT_LAPSED, keys, n);
}

// ---------------------------------------------------------------- clocks that ring

// Due times are the wall clock's: set forward, it makes all that lies between late at once. It is told in portions, and not without a word.
static void notice_jump(struct allocation *allocation)
{
    const struct moment *now = &allocation->now, *before = &allocation->ticked;
    int64_t ahead_ms = (now->wall_ms - before->wall_ms) - (now->boot_ms - before->boot_ms);

    if (before->wall_ms != 0 && ahead_ms >= JUMP_MS)
        report("clock-jumped", "the clock was set forward by %lld s: what was due meanwhile is told of now, %d at a time",
               (long long)(ahead_ms / 1000), OVERDUE_EVENTS);
    allocation->ticked = *now;
}

static void pass_due_times(struct allocation *allocation, struct effects *effects, uint64_t before)
{
    const struct job_node *node;

    for (unsigned i = 0; i < DUE_LOOKS_MAX && allocation->last_n - before < OVERDUE_EVENTS; i++) {
        struct job_key key;

        node = job_heap_top(&allocation->due);
        if (node == NULL || node->due_ms > allocation->now.wall_ms)
            return;
        key = job_node_key(node);
        job_heap_pop(&allocation->due);
        ring_job(allocation, effects, key);
    }
}

// ---------------------------------------------------------------- all of it

struct expiring {
    struct allocation *allocation;
    struct effects *effects;
};

static void end_wait(void *context, const struct parked_take *take)
{
    struct expiring *expiring = context;

    grant_nothing(expiring->allocation, expiring->effects, take, ANSWER_EMPTY);
}

void tick_round(struct allocation *allocation, struct effects *effects)
{
    struct expiring expiring = {.allocation = allocation, .effects = effects};
    uint64_t before = allocation->last_n;

    if (!allocation->running)
        begin(allocation);
    notice_jump(allocation);
    lapse(allocation, effects);
    pass_due_times(allocation, effects, before);
    owner_free(allocation);
    if (allocation->last_n - before < ALL_EVENTS)
        grant_parked(allocation, effects, ALL_EVENTS - (unsigned)(allocation->last_n - before));
    parked_take_expire(allocation->parked, allocation->now.boot_ms, end_wait, &expiring);
}
