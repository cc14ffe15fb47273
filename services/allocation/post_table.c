// SPDX-License-Identifier: MIT
// Posts in a list, in the order in which own events first named them, found through a hash table; a worker's times away as rows of their
// own. Called for each job that comes to a worker or leaves one. Must not look at policy or clock: what a load weighs, and who is away now,
// is asked when reading.
#include "services/allocation/post_table.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

enum { KEY_SIZE = 4, FIRST_ROOM = 64, LIST_SLACK = 64 };

static_assert(offsetof(struct post_row, worker) == 3 * 8 + 2 * 2 + 4, "a post has no padding");

struct span post_worker(const struct post *post)
{
    return span_of(post->row.worker, post->row.worker_size);
}

// ---------------------------------------------------------------- finding

static size_t bucket_of(const struct post_table *posts, uint16_t team, struct span worker)
{
    uint64_t hash = (UINT64_C(0xCBF29CE484222325) ^ team) * UINT64_C(0x100000001B3); // FNV-1a

    for (size_t i = 0; i < worker.size; i++)
        hash = (hash ^ worker.at[i]) * UINT64_C(0x100000001B3);
    return (size_t)(hash >> 16) & (2 * (size_t)posts->room - 1);
}

static bool is_post(const struct post *post, uint16_t team, struct span worker)
{
    return post->row.team == team && span_equal(post_worker(post), worker);
}

// The bucket that holds the post, or the free one where it belongs.
static uint32_t *bucket_for(const struct post_table *posts, uint16_t team, struct span worker)
{
    size_t bucket = bucket_of(posts, team, worker);

    while (posts->buckets[bucket] != 0 && !is_post(&posts->at[posts->buckets[bucket] - 1], team, worker))
        bucket = (bucket + 1) & (2 * (size_t)posts->room - 1);
    return &posts->buckets[bucket];
}

uint32_t post_table_find(struct post_table *posts, uint16_t team, struct span worker)
{
    if (posts->last < posts->n && is_post(&posts->at[posts->last], team, worker))
        return posts->last;
    if (posts->n == 0 || *bucket_for(posts, team, worker) == 0)
        return POST_NONE;
    posts->last = *bucket_for(posts, team, worker) - 1;
    return posts->last;
}

static enum err grow(struct post_table *posts)
{
    uint32_t room = posts->room == 0 ? FIRST_ROOM : 2 * posts->room;
    struct post *at = realloc(posts->at, room * sizeof *at);
    uint32_t *buckets = calloc(2 * (size_t)room, sizeof *buckets);

    if (at != NULL)
        posts->at = at;
    if (at == NULL || buckets == NULL) {
        free(buckets);
        return ERR_NO_MEMORY;
    }
    free(posts->buckets);
    posts->buckets = buckets;
    posts->room = room;
    for (uint32_t i = 0; i < posts->n; i++)
        *bucket_for(posts, at[i].row.team, post_worker(&at[i])) = i + 1;
    return ERR_NONE;
}

static enum err add(struct post_table *posts, const struct post_row *row, uint32_t *place)
{
    enum err err = posts->n == posts->room ? grow(posts) : ERR_NONE;

    if (err != ERR_NONE)
        return err;
    *place = posts->n++;
    posts->at[*place] = (struct post){.row = *row};
    *bucket_for(posts, row->team, post_worker(&posts->at[*place])) = *place + 1;
    posts->n_rostered[row->team] += row->rostered;
    return ERR_NONE;
}

enum err post_table_enter(struct post_table *posts, uint16_t team, struct span worker, uint32_t *place)
{
    struct post_row row = {.team = team, .worker_size = (uint8_t)worker.size};
    enum err err = ERR_NONE;

    *place = post_table_find(posts, team, worker);
    if (*place != POST_NONE)
        return ERR_NONE;
    assert(worker.size <= JOB_WORKER_MAX);
    memcpy(row.worker, worker.at, worker.size);
    err = add(posts, &row, place);
    if (err == ERR_NONE)
        posts->at[*place].changed = true;
    return err;
}

// ---------------------------------------------------------------- rows

static enum err load_post(void *context, struct span key, struct span value)
{
    const size_t fixed = offsetof(struct post_row, worker);
    struct post_table *posts = context;
    struct post_row row = {0};
    uint32_t place;

    if (key.size != KEY_SIZE || value.size < fixed || value.size > fixed + JOB_WORKER_MAX)
        return ERR_BAD_STORE;
    memcpy(&row, value.at, value.size);
    if (fixed + row.worker_size != value.size || row.team >= NAME_TABLE_MAX || row.rostered > 1)
        return ERR_BAD_STORE;
    return add(posts, &row, &place);
}

enum err post_table_load(struct post_table *posts)
{
    enum err err = projection_count(posts->projection, posts->away_table, &posts->n_away);

    return err == ERR_NONE ? projection_scan(posts->projection, posts->table, load_post, posts) : err;
}

void post_table_fini(struct post_table *posts)
{
    for (uint32_t i = 0; i < posts->n; i++)
        free(posts->at[i].list);
    free(posts->at);
    free(posts->buckets);
    *posts = (struct post_table){0};
}

static enum err put_post(struct post_table *posts, uint32_t place)
{
    struct post *post = &posts->at[place];
    uint8_t key[KEY_SIZE];

    for (int i = 0; i < KEY_SIZE; i++)
        key[i] = (uint8_t)(place >> (24 - 8 * i));
    post->changed = false;
    return projection_put(posts->projection, posts->table, span_of(key, KEY_SIZE),
                          span_of(&post->row, offsetof(struct post_row, worker) + post->row.worker_size));
}

enum err post_table_flush(struct post_table *posts)
{
    enum err err = ERR_NONE;

    for (uint32_t i = 0; i < posts->n && err == ERR_NONE; i++)
        if (posts->at[i].changed)
            err = put_post(posts, i);
    return err;
}

enum err post_table_roster(struct post_table *posts, const struct post_row *said)
{
    uint32_t place;
    enum err err = post_table_enter(posts, said->team, span_of(said->worker, said->worker_size), &place);
    struct post *post;

    if (err != ERR_NONE)
        return err;
    post = &posts->at[place];
    posts->n_rostered[said->team] += said->rostered - (uint32_t)post->row.rostered;
    post->row.from_ms = said->from_ms;
    post->row.until_ms = said->until_ms;
    post->row.most = said->most;
    post->row.days = said->days;
    post->row.rostered = said->rostered;
    post->row.has_most = said->has_most;
    post->changed = true;
    return ERR_NONE;
}

// ---------------------------------------------------------------- what workers have

// With a worker, and no mere task, offer or news.
static bool counts(const struct job_row *row)
{
    return (row->state == STATE_LEASED || row->state == STATE_ACCEPTED) && job_is_case(row);
}

static uint32_t *count_of(struct post *post, const struct job_row *row)
{
    unsigned level = row->level < POST_LEVELS ? row->level : POST_LEVELS - 1;

    return row->state == STATE_LEASED ? &post->shown[level] : &post->cases[level];
}

static bool has(const struct post_table *posts, const struct post *post, struct job_key key)
{
    struct job_row row;

    return job_table_get(posts->jobs, key, &row) == ERR_NONE && row.state == STATE_ACCEPTED && is_post(post, row.team, job_worker(&row));
}

static int compare_keys(const void *a, const void *b)
{
    const struct job_key *x = a, *y = b;

    if (x->referral != y->referral)
        return x->referral < y->referral ? -1 : 1;
    return (x->part > y->part) - (x->part < y->part);
}

static void tidy(const struct post_table *posts, struct post *post)
{
    size_t kept = 0;

    if (post->n_list > 0)
        qsort(post->list, post->n_list, sizeof *post->list, compare_keys);
    for (size_t i = 0; i < post->n_list; i++)
        if ((kept == 0 || compare_keys(&post->list[kept - 1], &post->list[i]) != 0) && has(posts, post, post->list[i]))
            post->list[kept++] = post->list[i];
    post->n_list = kept;
}

const struct job_key *post_table_list(const struct post_table *posts, uint32_t place, size_t *n)
{
    tidy(posts, &posts->at[place]);
    *n = posts->at[place].n_list;
    return posts->at[place].list;
}

static enum err list(const struct post_table *posts, struct post *post, struct job_key key)
{
    size_t live = LIST_SLACK;

    for (unsigned level = 0; level < POST_LEVELS; level++)
        live += post->cases[level];
    if (post->n_list == post->list_room && post->n_list > 2 * live)
        tidy(posts, post);
    if (post->n_list == post->list_room) {
        size_t room = post->list_room == 0 ? LIST_SLACK : 2 * post->list_room;
        struct job_key *at = realloc(post->list, room * sizeof *at);

        if (at == NULL)
            return ERR_NO_MEMORY;
        post->list = at;
        post->list_room = room;
    }
    post->list[post->n_list++] = key;
    return ERR_NONE;
}

static bool holds_on(const struct job_row *old, const struct job_row *row)
{
    return old->state == STATE_ACCEPTED && old->team == row->team && span_equal(job_worker(old), job_worker(row));
}

enum err post_table_move(struct post_table *posts, struct job_key key, const struct job_row *old, const struct job_row *row)
{
    bool given = row->state == STATE_LEASED && row->token != old->token;
    uint32_t place;
    enum err err = ERR_NONE;

    if (counts(old) && (place = post_table_find(posts, old->team, job_worker(old))) != POST_NONE)
        --*count_of(&posts->at[place], old);
    if (row->state != STATE_LEASED && row->state != STATE_ACCEPTED)
        return ERR_NONE;
    err = post_table_enter(posts, row->team, job_worker(row), &place);
    if (err != ERR_NONE)
        return err;
    if (counts(row))
        ++*count_of(&posts->at[place], row);
    if (given && posts->at[place].row.served_n < row->token) {
        posts->at[place].row.served_n = row->token;
        posts->at[place].changed = true;
    }
    return row->state == STATE_ACCEPTED && !holds_on(old, row) ? list(posts, &posts->at[place], key) : ERR_NONE;
}

// ---------------------------------------------------------------- times away

unsigned post_table_aways(const struct post_table *posts, struct span worker, struct away_period away[POST_AWAY_MAX])
{
    struct span value;

    if (posts->n_away == 0 || projection_get(posts->projection, posts->away_table, worker, &value) != ERR_NONE ||
        value.size > POST_AWAY_MAX * sizeof *away)
        return 0;
    memcpy(away, value.at, value.size);
    return (unsigned)(value.size / sizeof *away);
}

enum err post_table_away(struct post_table *posts, struct span worker, struct away_period period, int64_t now_ms)
{
    struct away_period away[POST_AWAY_MAX + 1];
    unsigned n = post_table_aways(posts, worker, away), kept = 0;
    bool was = n > 0;

    for (unsigned i = 0; i < n && period.from_ms < period.until_ms; i++)
        if (away[i].until_ms > now_ms)
            away[kept++] = away[i];
    if (period.from_ms < period.until_ms)
        away[kept++] = period;
    if (kept > POST_AWAY_MAX)
        return ERR_BAD_STORE;
    posts->n_away += (uint64_t)(kept > 0) - (uint64_t)was;
    if (kept == 0)
        return projection_del(posts->projection, posts->away_table, worker);
    return projection_put(posts->projection, posts->away_table, worker, span_of(away, kept * sizeof *away));
}

bool post_table_is_away(const struct post_table *posts, struct span worker, int64_t now_ms, int64_t *until_ms)
{
    struct away_period away[POST_AWAY_MAX];
    unsigned n = post_table_aways(posts, worker, away);

    for (unsigned i = 0; i < n; i++)
        if (away[i].from_ms <= now_ms && now_ms < away[i].until_ms) {
            if (until_ms != NULL)
                *until_ms = away[i].until_ms;
            return true;
        }
    return false;
}
