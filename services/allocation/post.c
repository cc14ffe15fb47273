// SPDX-License-Identifier: MIT
// From a post's row, its counts and the policy to what may be given to the worker now.
// Called for each take, and for each worker who waits when work comes.
// Must not bind anybody at a guarded team: level 4 ignores capacity.
#include "services/allocation/post.h"

#include "common/base/civil.h"

enum { DAYS_A_WEEK = 7 };

static bool is_working_day(const struct post_row *row, int64_t now_ms)
{
    unsigned monday_is_0 = ((unsigned)civil_weekday(civil_london_day(now_ms)) + DAYS_A_WEEK - 1) % DAYS_A_WEEK;

    return row->days == 0 || (row->days >> monday_is_0 & 1) != 0;
}

static bool is_in_force(const struct post_row *row, int64_t now_ms)
{
    return row->from_ms <= now_ms && (row->until_ms == 0 || now_ms < row->until_ms);
}

static void read_roster(const struct post_row *row, int64_t now_ms, struct post_now *post)
{
    post->rostered = true;
    if (row->has_most)
        post->fair.most = row->most;
    post->bounded = row->has_most || post->fair.most > 0;
    post->away = post->away || !is_in_force(row, now_ms) || !is_working_day(row, now_ms);
}

static uint64_t load_of(const struct post *at, const struct post_now *post)
{
    uint64_t load = 0;

    for (unsigned level = 1; level < POST_LEVELS; level++)
        load += (uint64_t)post_weight(post, level) * (at->cases[level] + at->shown[level]);
    return load;
}

void post_read(struct allocation *allocation, uint16_t team, struct span worker, struct post_now *post)
{
    const struct policy *policy = policy_shelf_newest(&allocation->shelf);
    unsigned index = policy == NULL ? 0 : rules_team(policy, name_table_text(allocation->names, team));
    uint32_t place = post_table_find(&allocation->posts, team, worker);
    const struct post *at = place == POST_NONE ? NULL : &allocation->posts.at[place];

    *post = (struct post_now){.fair = {.tag = worker}, .team = index == 0 ? NULL : &policy->teams[index]};
    if (post->team != NULL)
        post->fair.most = post->team->caseload;
    if (at != NULL) {
        post->fair.load = load_of(at, post);
        post->fair.served_n = at->row.served_n;
    }
    if (team == NAME_SPECIALIST || (post->team != NULL && post->team->guarded))
        return;
    post->away = post_table_is_away(&allocation->posts, worker, allocation->now.wall_ms, &post->back_ms);
    if (at != NULL && at->row.rostered)
        read_roster(&at->row, allocation->now.wall_ms, post);
}

bool post_is_stranger(struct allocation *allocation, uint16_t team, struct span worker)
{
    uint32_t place;

    if (allocation->posts.n_rostered[team] == 0)
        return false;
    place = post_table_find(&allocation->posts, team, worker);
    return place == POST_NONE || (!allocation->posts.at[place].row.rostered && allocation->posts.at[place].row.served_n == 0);
}

unsigned post_weight(const struct post_now *post, unsigned level)
{
    return post->team == NULL || level >= TEAM_LEVELS ? 1 : post->team->weights[level];
}

bool post_has_room(const struct post_now *post, unsigned level)
{
    if (!post->bounded)
        return true;
    if (post->fair.load == 0)
        return post->fair.most > 0;
    return post->fair.load + post_weight(post, level) <= post->fair.most;
}
