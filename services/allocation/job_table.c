// SPDX-License-Identifier: MIT
// Rows of jobs and their counts.
// Called by take_event (changes) and everybody (reads).
// Must not judge: what a row becomes is take_event's.
#include "services/allocation/job_table.h"

#include <assert.h>

// ---------------------------------------------------------------- rows at hand

static uint64_t hash_of(struct job_key key)
{
    uint64_t mixed = (key.referral + key.part) * UINT64_C(0x9E3779B97F4A7C15);

    return mixed ^ mixed >> 32;
}

static uint32_t finder(uint64_t hash, unsigned place)
{
    return (uint32_t)(hash >> 32) << 16 | (place + 1);
}

static unsigned place_of(uint32_t finder)
{
    return (finder & UINT16_MAX) - 1;
}

static bool is_same(struct job_key a, struct job_key b)
{
    return a.referral == b.referral && a.part == b.part;
}

// NULL when the job is not at hand.
static const struct job_at_hand *find(const struct job_hand *hand, struct job_key key)
{
    uint64_t hash = hash_of(key);
    const uint32_t *bucket = hand->finders[hash % JOB_HAND_BUCKETS];

    for (unsigned i = 0; i < JOB_HAND_BUCKET; i++) {
        const struct job_at_hand *at;

        if (bucket[i] == 0 || bucket[i] >> 16 != (uint16_t)(hash >> 32))
            continue;
        at = &hand->at[place_of(bucket[i])];
        if (is_same(at->key, key))
            return at;
    }
    return NULL;
}

// The finder that a job at `place` has, or the one that a new job is to have: a free one, or else the first.
static uint32_t *finder_of(struct job_hand *hand, uint64_t hash, uint32_t wanted)
{
    uint32_t *bucket = hand->finders[hash % JOB_HAND_BUCKETS];

    for (unsigned i = 0; i < JOB_HAND_BUCKET; i++)
        if (bucket[i] == wanted)
            return &bucket[i];
    return bucket;
}

// The projection has the row from now on.
static enum err put_down(struct job_table *jobs, struct job_at_hand *at)
{
    uint8_t bytes[JOB_KEY_SIZE];

    if (!at->changed)
        return ERR_NONE;
    at->changed = false;
    job_key_print(at->key, bytes);
    return projection_put(jobs->projection, jobs->table, span_of(bytes, sizeof bytes), span_of(&at->row, job_size(&at->row)));
}

// The one that will be put down when the next job comes.
static void fetch_oldest(const struct job_table *jobs)
{
    const struct job_at_hand *at = &jobs->hand.at[jobs->hand.next];
    uint8_t bytes[JOB_KEY_SIZE];

    if (!at->changed)
        return;
    job_key_print(at->key, bytes);
    projection_fetch(jobs->projection, jobs->table, span_of(bytes, sizeof bytes));
}

// A place for a job that is not at hand: the oldest's. Where too many have the same bucket, one more is put down.
static enum err make_room(struct job_table *jobs, struct job_key key, struct job_at_hand **at)
{
    struct job_hand *hand = &jobs->hand;
    uint64_t hash = hash_of(key), oldest;
    uint32_t *found;
    enum err err;

    *at = &hand->at[hand->next];
    err = put_down(jobs, *at);
    oldest = hash_of((*at)->key);
    found = finder_of(hand, oldest, finder(oldest, hand->next));
    if (*found == finder(oldest, hand->next))
        *found = 0;
    found = finder_of(hand, hash, 0);
    if (err == ERR_NONE && *found != 0)
        err = put_down(jobs, &hand->at[place_of(*found)]);
    *found = finder(hash, hand->next);
    hand->next = (hand->next + 1) % JOB_HAND_MAX;
    fetch_oldest(jobs);
    return err;
}

enum err job_table_flush(struct job_table *jobs)
{
    enum err err = ERR_NONE;

    for (unsigned i = 0; i < JOB_HAND_MAX && err == ERR_NONE; i++)
        err = put_down(jobs, &jobs->hand.at[i]);
    return err;
}

// ---------------------------------------------------------------- rows

void job_table_fetch(const struct job_table *jobs, struct job_key key)
{
    __builtin_prefetch(jobs->hand.finders[hash_of(key) % JOB_HAND_BUCKETS]);
}

static bool is_absent(const struct job_table *jobs, struct job_key key)
{
    return jobs->absent.referral != 0 && is_same(jobs->absent, key);
}

enum err job_table_get(const struct job_table *jobs, struct job_key key, struct job_row *row)
{
    const struct job_at_hand *at = find(&jobs->hand, key);
    uint8_t bytes[JOB_KEY_SIZE];
    struct span value;
    enum err err;

    if (at != NULL) {
        *row = at->row;
        return ERR_NONE;
    }
    job_key_print(key, bytes);
    err = is_absent(jobs, key) ? ERR_NOT_FOUND : projection_get(jobs->projection, jobs->table, span_of(bytes, sizeof bytes), &value);
    if (err != ERR_NONE) {
        *row = (struct job_row){0};
        return err;
    }
    return job_parse(value, row) ? ERR_NONE : ERR_BAD_STORE;
}

bool job_table_lacks(struct job_table *jobs, struct job_key key)
{
    struct job_row row;
    enum err err = job_table_get(jobs, key, &row);

    if (err == ERR_NOT_FOUND)
        jobs->absent = key;
    return err != ERR_NONE;
}

bool job_table_has(const struct job_table *jobs, struct job_key key)
{
    struct job_row row;

    return job_table_get(jobs, key, &row) == ERR_NONE;
}

uint8_t job_table_next_part(const struct job_table *jobs, uint64_t referral, unsigned from)
{
    for (unsigned part = from; part <= JOB_PARTS_MAX; part++)
        if (!job_table_has(jobs, (struct job_key){.referral = referral, .part = (uint8_t)part}))
            return (uint8_t)part;
    return 0;
}

static uint64_t *depth_of(struct job_table *jobs, const struct job_row *row)
{
    struct team_depth *depth = &jobs->depths[row->team];

    switch (row->state) {
    case STATE_QUEUED:
        return &depth->queued;
    case STATE_LEASED:
        return &depth->leased;
    case STATE_ACCEPTED:
        return &depth->accepted;
    case STATE_DECIDING:
        return &depth->deciding;
    case STATE_HELD:
        return &depth->held;
    default:
        return NULL;
    }
}

static void tally_stage(struct team_depth *depth, enum clock_stage stage, int by)
{
    if (stage == STAGE_WARNED)
        depth->warned += (uint64_t)by;
    if (stage >= STAGE_OVERDUE)
        depth->overdue += (uint64_t)by;
    if (stage == STAGE_ESCALATED)
        depth->escalated += (uint64_t)by;
}

// `by` is 1 or -1.
static void tally(struct job_table *jobs, struct job_key key, const struct job_row *row, int by)
{
    uint64_t *depth = depth_of(jobs, row);

    if (row->state == STATE_NONE)
        return;
    assert(by > 0 || jobs->counts[row->state][key.part != 0] > 0);
    jobs->counts[row->state][key.part != 0] += (uint64_t)by;
    if (depth != NULL)
        *depth += (uint64_t)by;
    if (job_is_reserved(row))
        jobs->depths[row->team].reserved += (uint64_t)by;
    if (job_is_open(row))
        jobs->n_open += (uint64_t)by;
    if (job_is_open(row))
        tally_stage(&jobs->depths[row->team], (enum clock_stage)row->rung, by);
}

enum err job_table_put(struct job_table *jobs, struct job_key key, const struct job_row *old, const struct job_row *row)
{
    const struct job_at_hand *found = old->state != STATE_NONE ? find(&jobs->hand, key) : NULL; // a new one is not at hand
    struct job_at_hand *at = found != NULL ? &jobs->hand.at[found - jobs->hand.at] : NULL;
    enum err err = at != NULL ? ERR_NONE : make_room(jobs, key, &at);

    if (is_absent(jobs, key))
        jobs->absent = (struct job_key){0};
    tally(jobs, key, old, -1);
    tally(jobs, key, row, 1);
    *at = (struct job_at_hand){.key = key, .changed = true, .row = *row};
    return err;
}

void job_table_count(struct job_table *jobs, struct job_key key, const struct job_row *row)
{
    tally(jobs, key, row, 1);
}
