// SPDX-License-Identifier: MIT
// A hash of open referrals and the count of each state.
// Called by command_balance.c for every event of the log. Decides nothing but the state after an event.
#include "services/windscreen/fold.h"

#include <stdlib.h>

#include "common/base/tag.h"

struct fold {
    struct fold_entry *entries; // open addressing, a power of two, at most three quarters full
    size_t n_entries, n_used;
    uint64_t received;
    uint64_t counts[2][STATE_COUNT]; // leads, parts
    uint64_t n_problems;
    struct fold_problem problems[FOLD_PROBLEMS_MAX];
};

enum { FIRST_ENTRIES = 4096 };

#define STATE_BIT(SYMBOL) (1U << STATE_##SYMBOL)

// States in which an event may find a referral; an event that is not here may come at any time and changes nothing.
static const unsigned may_find[EVENT_COUNT] = {
    [EVENT_RECEIVED] = STATE_BIT(NONE),
    [EVENT_CONFLICTING] = STATE_BIT(NONE),
    [EVENT_ALLOCATED] = STATE_BIT(ROUTING) | STATE_BIT(HELD) | STATE_BIT(DECIDING) | STATE_BIT(DEAD) | STATE_BIT(QUEUED) |
                        STATE_BIT(LEASED) | STATE_BIT(ACCEPTED),
    [EVENT_HELD] = STATE_BIT(ROUTING) | STATE_BIT(DECIDING) | STATE_BIT(HELD) | STATE_BIT(DEAD) | STATE_BIT(QUEUED) | STATE_BIT(LEASED),
    [EVENT_LEASED] = STATE_BIT(QUEUED),
    [EVENT_RELEASED] = STATE_BIT(LEASED),
    [EVENT_LAPSED] = STATE_BIT(LEASED),
    [EVENT_ACCEPTED] = STATE_BIT(LEASED),
    [EVENT_DECLINED] = STATE_BIT(LEASED),
    [EVENT_DEAD] = STATE_BIT(QUEUED),
    [EVENT_CLOSED] = STATE_BIT(DECIDING) | STATE_BIT(ACCEPTED) | STATE_BIT(HELD) | STATE_BIT(DEAD) | STATE_BIT(QUEUED) | STATE_BIT(LEASED),
    [EVENT_REOPENED] = STATE_BIT(CLOSED),
};

struct fold *fold_new(void)
{
    struct fold *fold = calloc(1, sizeof *fold);

    if (fold == NULL)
        return NULL;
    fold->n_entries = FIRST_ENTRIES;
    fold->entries = calloc(fold->n_entries, sizeof *fold->entries);
    if (fold->entries == NULL)
        fold_free(&fold);
    return fold;
}

void fold_free(struct fold **fold)
{
    if (*fold != NULL)
        free((*fold)->entries);
    free(*fold);
    *fold = NULL;
}

// ---------------------------------------------------------------- the hash

static size_t home_of(const struct fold *fold, uint64_t tag, uint64_t part)
{
    uint64_t mixed = (tag ^ part << 56) * UINT64_C(0x9e3779b97f4a7c15); // Fibonacci hashing: the high bits are well mixed

    return (size_t)(mixed >> 20) & (fold->n_entries - 1);
}

// The entry, or the free place where it would go.
static struct fold_entry *find(const struct fold *fold, uint64_t tag, uint64_t part)
{
    size_t i = home_of(fold, tag, part);

    while (fold->entries[i].state != STATE_NONE && (fold->entries[i].tag != tag || fold->entries[i].part != part))
        i = (i + 1) & (fold->n_entries - 1);
    return &fold->entries[i];
}

static enum err make_room(struct fold *fold)
{
    struct fold old = *fold;

    if (4 * (fold->n_used + 1) <= 3 * fold->n_entries)
        return ERR_NONE;
    fold->entries = calloc(2 * old.n_entries, sizeof *fold->entries);
    if (fold->entries == NULL) {
        fold->entries = old.entries;
        return ERR_NO_MEMORY;
    }
    fold->n_entries = 2 * old.n_entries;
    for (size_t i = 0; i < old.n_entries; i++)
        if (old.entries[i].state != STATE_NONE)
            *find(fold, old.entries[i].tag, old.entries[i].part) = old.entries[i];
    free(old.entries);
    return ERR_NONE;
}

// ---------------------------------------------------------------- the lifecycle

static void add_problem(struct fold *fold, struct fold_problem problem)
{
    if (fold->n_problems < FOLD_PROBLEMS_MAX)
        fold->problems[fold->n_problems] = problem;
    fold->n_problems++;
}

static enum state state_after(const struct windscreen_event *event)
{
    if (event->type == EVENT_ALLOCATED && span_is(event->data->ALLOCATED.team, "hub-decision"))
        return STATE_DECIDING;
    return (enum state)event_desc(event->type)->state;
}

// A worker's case does not go elsewhere, nor does anything leave a queue to wait, unless what it rests on has changed.
static bool needs_loosening(enum event_type type, enum state state)
{
    if (type == EVENT_ALLOCATED)
        return state == STATE_LEASED || state == STATE_ACCEPTED;
    return type == EVENT_HELD && (state == STATE_QUEUED || state == STATE_LEASED);
}

static bool loosens(const struct windscreen_event *event)
{
    return event->type == EVENT_UPDATED || event->type == EVENT_STEPPED ||
           (event->type == EVENT_CLOSED && event->data->CLOSED.outcome == OUTCOME_UPHELD);
}

// Whether the lead is loosened after the event; what follows from it comes in the same append, and nothing else between.
static bool loosened_after(const struct windscreen_event *event, bool before)
{
    bool follows = event->type == EVENT_ALLOCATED || event->type == EVENT_HELD || event->type == EVENT_CLOSED;

    return loosens(event) || (before && follows);
}

// A part begins with its first allocation, when its lead is in; a closed one's number may be used again, or it comes back with its lead.
static bool begins_part(const struct fold *fold, const struct windscreen_event *event, const struct fold_entry *entry, uint64_t tag,
                        uint64_t part)
{
    if (part == 0 || find(fold, tag, 0)->state == STATE_NONE)
        return false;
    return (event->type == EVENT_ALLOCATED || event->type == EVENT_HELD) && (entry->state == STATE_NONE || entry->state == STATE_CLOSED);
}

static bool is_possible(const struct fold *fold, const struct windscreen_event *event, const struct fold_entry *entry, uint64_t tag,
                        uint64_t part)
{
    if (needs_loosening(event->type, (enum state)entry->state) && !find(fold, tag, 0)->loosened)
        return false;
    return (may_find[event->type] >> entry->state & 1) != 0 || begins_part(fold, event, entry, tag, part);
}

// Keeps of a lead whether it is loosened.
static void loosen(struct fold *fold, const struct windscreen_event *event, const struct gist *gist)
{
    for (unsigned i = 0; i < gist->n_jobs; i++) {
        struct fold_entry *lead;
        uint64_t tag;

        if (!tag_parse(gist->jobs[i].referral, 'R', &tag))
            continue;
        lead = find(fold, tag, 0);
        if (lead->state != STATE_NONE)
            lead->loosened = loosened_after(event, lead->loosened);
    }
}

static void move(struct fold *fold, struct fold_entry *entry, enum state to)
{
    uint64_t *counts = fold->counts[entry->part > 0];

    if (entry->state != STATE_NONE)
        counts[entry->state]--;
    else
        fold->n_used++;
    counts[to]++;
    entry->state = (uint8_t)to;
}

static enum err take_job(struct fold *fold, const struct windscreen_event *event, const struct gist_job *job)
{
    struct fold_problem problem = {.sequence = event->sequence, .type = event->type, .part = job->part};
    struct fold_entry *entry;

    if (!tag_parse(job->referral, 'R', &problem.tag)) {
        problem.fault = FOLD_BAD_TAG;
        add_problem(fold, problem);
        return ERR_NONE;
    }
    if (make_room(fold) != ERR_NONE)
        return ERR_NO_MEMORY;
    entry = find(fold, problem.tag, job->part);
    problem.before = (enum state)entry->state;
    if (!is_possible(fold, event, entry, problem.tag, job->part)) {
        problem.fault = entry->state == STATE_NONE ? FOLD_NOWHERE : FOLD_TWICE;
        add_problem(fold, problem);
        if (entry->state == STATE_NONE)
            return ERR_NONE;
    }
    if (event->type == EVENT_RECEIVED || event->type == EVENT_CONFLICTING) {
        if (entry->state == STATE_NONE)
            entry->since_s = (uint32_t)(event->head->time / 1000);
        fold->received++;
    }
    entry->tag = problem.tag;
    entry->part = (uint8_t)job->part;
    move(fold, entry, state_after(event));
    return ERR_NONE;
}

uint64_t fold_types(void)
{
    uint64_t types = 0;

    for (unsigned type = 1; type < EVENT_COUNT; type++)
        if (event_desc((enum event_type)type)->state != STATE_NONE)
            types |= UINT64_C(1) << type;
    return types | EVENT_BIT(UPDATED) | EVENT_BIT(STEPPED);
}

enum err fold_take(struct fold *fold, const struct windscreen_event *event, const struct gist *gist)
{
    for (unsigned i = 0; i < gist->n_jobs && state_after(event) != STATE_NONE; i++)
        if (take_job(fold, event, &gist->jobs[i]) != ERR_NONE)
            return ERR_NO_MEMORY;
    loosen(fold, event, gist);
    return ERR_NONE;
}

// ---------------------------------------------------------------- figures

uint64_t fold_received(const struct fold *fold)
{
    return fold->received;
}

uint64_t fold_leads(const struct fold *fold, enum state state)
{
    return fold->counts[0][state];
}

uint64_t fold_parts(const struct fold *fold, enum state state)
{
    return fold->counts[1][state];
}

enum state fold_state(const struct fold *fold, uint64_t tag, uint64_t part)
{
    return (enum state)find(fold, tag, part)->state;
}

uint64_t fold_n_problems(const struct fold *fold)
{
    return fold->n_problems;
}

const struct fold_problem *fold_problem_at(const struct fold *fold, unsigned i)
{
    return &fold->problems[i];
}

const struct fold_entry *fold_next(const struct fold *fold, size_t *at)
{
    while (*at < fold->n_entries)
        if (fold->entries[(*at)++].state != STATE_NONE)
            return &fold->entries[*at - 1];
    return NULL;
}
