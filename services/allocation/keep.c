// SPDX-License-Identifier: MIT
// Chooses among the workers who have or had the family's cases.
// Called when a job is sent to a team.
// Must not keep anything for a worker who cannot have it: the family would wait for nothing.
#include "services/allocation/keep.h"

#include "services/allocation/apart.h"
#include "services/allocation/clock.h"
#include "services/allocation/post.h"

struct keeping {
    struct allocation *allocation;
    const struct policy *policy;
    uint64_t family;
    unsigned level;
    uint16_t team;
};

static bool can_have(const struct keeping *keeping, struct span worker, bool elsewhere)
{
    struct post_now post;

    post_read(keeping->allocation, keeping->team, worker, &post);
    return !post.away && post_has_room(&post, keeping->level) && (!elsewhere || post.rostered) &&
           !apart_binds(keeping->allocation, keeping->family, keeping->level, worker);
}

static bool is_recent(const struct keeping *keeping, int64_t ended_ms)
{
    const struct clock_rule *rule = rules_clock_named(keeping->policy, span_text("previous_worker"));

    return rule != NULL && keeping->allocation->now.wall_ms < clock_due(&keeping->policy->calendar, rule->due, ended_ms);
}

// The case that ended last comes first; an open one before all.
static bool is_better(const struct family_worker *worker, const struct family_worker *than)
{
    if (than == NULL || worker->open != than->open)
        return than == NULL || worker->open;
    return worker->at_ms > than->at_ms;
}

static bool is_eligible(const struct keeping *keeping, const struct family_worker *worker)
{
    bool elsewhere = worker->team != keeping->team;

    if (worker->open ? elsewhere : !is_recent(keeping, worker->at_ms))
        return false;
    return can_have(keeping, span_of(worker->worker, worker->worker_size), elsewhere);
}

static int64_t until(const struct keeping *keeping)
{
    const struct clock_rule *rule = rules_clock_named(keeping->policy, span_text("kept_for_worker"));

    return rule == NULL ? 0 : clock_due(&keeping->policy->calendar, rule->due, keeping->allocation->now.wall_ms);
}

void keep_for(struct allocation *allocation, const struct policy *policy, uint64_t family, unsigned level, struct span team,
              struct kept *kept)
{
    struct keeping keeping = {.allocation = allocation, .policy = policy, .family = family, .level = level};
    const struct family_worker *best = NULL;
    unsigned index = policy == NULL ? 0 : rules_team(policy, team);

    kept->because = BECAUSE_NONE;
    keeping.team = name_table_find(allocation->names, team);
    if (index == 0 || policy->teams[index].decides || policy->teams[index].guarded || level >= LEVEL_GUARDED)
        return;
    family_case_workers(&allocation->families, &allocation->jobs, family, &kept->workers);
    for (unsigned i = 0; i < kept->workers.n; i++)
        if (is_better(&kept->workers.at[i], best) && is_eligible(&keeping, &kept->workers.at[i]))
            best = &kept->workers.at[i];
    kept->until_ms = best == NULL ? 0 : until(&keeping);
    if (best == NULL || kept->until_ms == 0)
        return; // a policy from before there was such a time keeps nothing
    kept->because = best->open ? BECAUSE_CASE_WORKER : BECAUSE_PREVIOUS_WORKER;
    kept->worker = span_of(best->worker, best->worker_size);
}

void keep_onward(struct allocation *allocation, const struct job_row *row, struct onward *to, struct kept *kept)
{
    if ((row->flags & JOB_PLACED) != 0 || row->news_of != 0 || job_is_task(row))
        return;
    keep_for(allocation, compose_policy(allocation, row), row->family, to->level, to->team, kept);
    if (kept->because == BECAUSE_NONE)
        return;
    to->for_worker = kept->worker;
    to->because = kept->because;
    to->kept_until_ms = kept->until_ms;
}
