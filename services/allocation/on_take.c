// SPDX-License-Identifier: MIT
// take: jobs for a worker, at once or as soon as there are some.
// Called for each request by the runtime.
// Must not lease what waits for a person's decision: that is decide's.
#include "common/runtime/report.h"
#include "services/allocation/grant.h"
#include "services/allocation/work_requests.h"

// Of the policy in force, or with jobs from an earlier one.
static bool is_team(const struct allocation *allocation, struct span team)
{
    const struct policy *policy = policy_shelf_newest(&allocation->shelf);
    uint16_t number = name_table_find(allocation->names, team);
    const struct team_depth *depth = &allocation->jobs.depths[number];

    if (policy != NULL && rules_team(policy, team) != 0)
        return true;
    return number != NAME_NONE && depth->queued + depth->leased + depth->accepted > 0;
}

static bool is_guarded(const struct allocation *allocation, struct span team)
{
    const struct policy *policy = policy_shelf_newest(&allocation->shelf);
    unsigned index = policy == NULL ? 0 : rules_team(policy, team);

    return span_is(team, "specialist") || (index != 0 && policy->teams[index].guarded);
}

void on_take(void *state, const struct request *request, struct moment now, struct effects *effects)
{
    struct allocation *allocation = state;
    const struct take *asked = request->record;
    struct parked_take take = {.peer = request->peer, .max = 1, .worker_size = (uint8_t)asked->worker.size};
    enum answer answer;

    allocation->now = now;
    if (!is_team(allocation, asked->team)) {
        grant_nothing(allocation, effects, &take, ANSWER_NOT_FOUND);
        return;
    }
    if (span_is(asked->team, "hub-decision")) {
        grant_nothing(allocation, effects, &take, ANSWER_NOT_ALLOWED);
        return;
    }
    memcpy(take.worker, asked->worker.at, asked->worker.size);
    take.team = name_table_find(allocation->names, asked->team);
    memcpy(take.name, asked->team.at, asked->team.size);
    take.name_size = (uint8_t)asked->team.size;
    if (HAS(asked, take, max))
        take.max = (uint8_t)asked->max;
    if (HAS(asked, take, lease_ms))
        take.lease_ms = (uint32_t)asked->lease_ms;
    if (HAS(asked, take, wait_ms))
        take.until_ms = now.boot_ms + (int64_t)asked->wait_ms;
    // where work has just come to others who wait, the next tick chooses among all of them: who asks in between does not come first
    answer = allocation->is_woken[take.team] ? ANSWER_EMPTY : grant_jobs(allocation, effects, &take);
    if (answer == ANSWER_OK)
        return;
    if (answer != ANSWER_EMPTY || (take.until_ms <= now.boot_ms && !allocation->is_woken[take.team]))
        grant_nothing(allocation, effects, &take, answer);
    else if (!parked_take_add(allocation->parked, &take, is_guarded(allocation, asked->team))) {
        if (report_due(&allocation->takes_told_ms, now.boot_ms))
            report("takes-full", "as many workers wait for work as may: one was told to come again");
        grant_nothing(allocation, effects, &take, ANSWER_BUSY);
    }
}
