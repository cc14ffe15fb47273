// SPDX-License-Identifier: MIT
// roster, away, capacity, workers: what workers and teams can take, when workers work, and what they have.
// Called for each request by the runtime.
// Must not take a case from anybody: who is away keeps the open ones until somebody hands them over.
#include "services/allocation/handover.h"
#include "services/allocation/post.h"
#include "services/allocation/work_reply.h"
#include "services/allocation/work_requests.h"

enum { WORKERS_MAX = 128 };

static struct working begin(struct allocation *allocation, const struct request *request, struct moment now, struct effects *effects)
{
    allocation->now = now;
    return (struct working){.allocation = allocation, .effects = effects, .peer = &request->peer};
}

static void reply_ok(const struct working *working)
{
    struct plain_reply *reply = &working->allocation->reply.plain;

    *reply = (struct plain_reply){.answer = ANSWER_OK};
    effects_reply(working->effects, working->peer, &record_plain_reply, reply);
}

// ---------------------------------------------------------------- roster

// A team whose work people take on.
static bool is_team_of_workers(const struct allocation *allocation, struct span code)
{
    const struct policy *policy = policy_shelf_newest(&allocation->shelf);
    unsigned index = policy == NULL ? 0 : rules_team(policy, code);

    return index != 0 && !policy->teams[index].decides && !policy->teams[index].guarded;
}

static void append_rostered(const struct working *working, const struct roster_worker *asked)
{
    struct worker_rostered rostered = {.worker = asked->worker, .team = asked->team, .by = asked->by};
    struct effect effect = {.type = EVENT_WORKER_ROSTERED, .data = &rostered};

    if (HAS(asked, roster_worker, most))
        PUT(&rostered, worker_rostered, most, asked->most);
    if (HAS(asked, roster_worker, days) && asked->days != 0)
        PUT(&rostered, worker_rostered, days, asked->days);
    if (HAS(asked, roster_worker, from))
        PUT(&rostered, worker_rostered, from, asked->from);
    if (HAS(asked, roster_worker, until))
        PUT(&rostered, worker_rostered, until, asked->until);
    effects_append(working->effects, &effect);
}

void on_roster(void *state, const struct request *request, struct moment now, struct effects *effects)
{
    const struct roster_worker *asked = request->record;
    struct working working = begin(state, request, now, effects);

    if (!is_team_of_workers(working.allocation, asked->team))
        work_reply_refuse(&working, "/team", FAULT_UNKNOWN_CODE, "the policy has no such team, or its work goes to whoever asks");
    else if (HAS(asked, roster_worker, from) && HAS(asked, roster_worker, until) && asked->until <= asked->from)
        work_reply_refuse(&working, "/until", FAULT_OUT_OF_RANGE, "it must lie behind `from`");
    else {
        append_rostered(&working, asked);
        reply_ok(&working);
    }
}

// ---------------------------------------------------------------- away

// Times away that are not over.
static unsigned count_aways(const struct allocation *allocation, struct span worker)
{
    struct away_period away[POST_AWAY_MAX];
    unsigned n = post_table_aways(&allocation->posts, worker, away), open = 0;

    for (unsigned i = 0; i < n; i++)
        open += away[i].until_ms > allocation->now.wall_ms;
    return open;
}

// Told before. Without a beginning it is from now on: then it must have begun.
static bool is_told(const struct allocation *allocation, const struct send_away *asked)
{
    struct away_period away[POST_AWAY_MAX];
    unsigned n = post_table_aways(&allocation->posts, asked->worker, away);

    for (unsigned i = 0; i < n; i++)
        if (away[i].until_ms == asked->until &&
            (HAS(asked, send_away, from) ? away[i].from_ms == asked->from : away[i].from_ms <= allocation->now.wall_ms))
            return true;
    return false;
}

void on_away(void *state, const struct request *request, struct moment now, struct effects *effects)
{
    const struct send_away *asked = request->record;
    struct working working = begin(state, request, now, effects);
    struct worker_away away = {.worker = asked->worker, .from = now.wall_ms, .until = asked->until, .by = asked->by};
    struct effect effect = {.type = EVENT_WORKER_AWAY, .data = &away};

    if (HAS(asked, send_away, from))
        away.from = asked->from;
    if (away.from < away.until && away.until <= now.wall_ms)
        work_reply_refuse(&working, "/until", FAULT_OUT_OF_RANGE, "that time is over");
    else if (is_told(working.allocation, asked))
        reply_ok(&working);
    else if (away.from < away.until && count_aways(working.allocation, asked->worker) == POST_AWAY_MAX)
        work_reply_refuse(&working, "/worker", FAULT_TOO_MANY, "as many times away are told as may be: say first that the worker is back");
    else {
        effects_append(effects, &effect);
        if (away.from <= now.wall_ms && now.wall_ms < away.until)
            handover_away(working.allocation, effects, asked->worker, asked->by);
        reply_ok(&working);
    }
}

// ---------------------------------------------------------------- capacity

void on_capacity(void *state, const struct request *request, struct moment now, struct effects *effects)
{
    const struct set_capacity *asked = request->record;
    struct working working = begin(state, request, now, effects);
    struct queue_capacity capacity = {.team = asked->team, .capacity = asked->capacity, .by = asked->by};
    struct effect effect = {.type = EVENT_QUEUE_CAPACITY, .data = &capacity};

    if (HAS(asked, set_capacity, until))
        PUT(&capacity, queue_capacity, until, asked->until);
    if (!is_team_of_workers(working.allocation, asked->team))
        work_reply_refuse(&working, "/team", FAULT_UNKNOWN_CODE, "the policy has no such team, or its work goes to whoever asks");
    else if (HAS(asked, set_capacity, until) && asked->until <= now.wall_ms)
        work_reply_refuse(&working, "/until", FAULT_OUT_OF_RANGE, "that time is over");
    else {
        effects_append(effects, &effect);
        reply_ok(&working);
    }
}

// ---------------------------------------------------------------- workers

static uint64_t sum(const uint32_t counts[POST_LEVELS])
{
    uint64_t total = 0;

    for (unsigned level = 0; level < POST_LEVELS; level++)
        total += counts[level];
    return total;
}

static void tell_roster(const struct post_row *row, const struct post_now *now, struct worker_post *told)
{
    if (now->bounded)
        PUT(told, worker_post, most, now->fair.most);
    if (row->days != 0)
        PUT(told, worker_post, days, (uint64_t)row->days << WEEKDAY_MONDAY);
    if (row->from_ms != 0)
        PUT(told, worker_post, from, row->from_ms);
    if (row->until_ms != 0)
        PUT(told, worker_post, until, row->until_ms);
}

static void tell_post(struct allocation *allocation, const struct post *post, struct worker_post *told)
{
    struct post_now now;

    post_read(allocation, post->row.team, post_worker(post), &now);
    *told = (struct worker_post){.worker = post_worker(post), .team = name_table_text(allocation->names, post->row.team)};
    told->cases = sum(post->cases);
    told->shown = sum(post->shown);
    told->load = now.fair.load;
    if (post->row.rostered)
        tell_roster(&post->row, &now, told);
    if (now.away)
        PUT(told, worker_post, away, true);
    if (now.back_ms != 0)
        PUT(told, worker_post, back, now.back_ms);
}

static bool is_asked_for(const struct allocation *allocation, const struct workers_of *asked, const struct post *post)
{
    if (HAS(asked, workers_of, team) && !span_equal(asked->team, name_table_text(allocation->names, post->row.team)))
        return false;
    if (HAS(asked, workers_of, worker) && !span_equal(asked->worker, post_worker(post)))
        return false;
    return post->row.rostered || sum(post->cases) + sum(post->shown) > 0;
}

void on_workers(void *state, const struct request *request, struct moment now, struct effects *effects)
{
    struct allocation *allocation = state;
    const struct workers_of *asked = request->record;
    struct workers *workers = &allocation->reply.workers;

    allocation->now = now;
    *workers = (struct workers){.answer = ANSWER_OK};
    SET_HAS(workers, workers, workers);
    for (uint32_t i = 0; i < allocation->posts.n && !workers->more; i++) {
        if (!is_asked_for(allocation, asked, &allocation->posts.at[i]))
            continue;
        if (workers->n_workers == WORKERS_MAX)
            PUT(workers, workers, more, true);
        else
            tell_post(allocation, &allocation->posts.at[i], &workers->workers[workers->n_workers++]);
    }
    effects_reply(effects, &request->peer, &record_workers, workers);
}
