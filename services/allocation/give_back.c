// SPDX-License-Identifier: MIT
// The end of a lease that brought nothing.
// Called for released and lapsed jobs, whose rows must still say so.
// Must not lose a job: the last attempt ends with a person, never with silence.
#include "services/allocation/give_back.h"

#include "common/base/tag.h"
#include "common/runtime/report.h"
#include "services/allocation/compose.h"
#include "services/allocation/handover.h"

enum { ATTEMPTS_DEFAULT = 5 };

static const struct team *team_of(const struct allocation *allocation, uint16_t team, const struct job_row *row)
{
    const struct policy *policy = compose_policy(allocation, row);
    unsigned index = policy == NULL ? 0 : rules_team(policy, name_table_text(allocation->names, team));

    return index == 0 ? NULL : &policy->teams[index];
}

static bool is_guarded(const struct allocation *allocation, const struct job_row *row)
{
    const struct team *team = team_of(allocation, row->team, row);

    return row->team == NAME_SPECIALIST || (team != NULL && team->guarded);
}

bool give_back_is_last(const struct allocation *allocation, const struct job_row *row)
{
    const struct team *team = team_of(allocation, row->team, row);

    return row->attempts >= (team == NULL || team->max_attempts == 0 ? ATTEMPTS_DEFAULT : team->max_attempts);
}

static void retire(struct allocation *allocation, struct effects *effects, struct job_key key, const struct job_row *row)
{
    struct span team = name_table_text(allocation->names, row->team);
    struct onward to = {
        .team = span_text("hub-decision"), .proposal = team, .level = row->level, .reason = REASON_FIVE_ATTEMPTS, .marks = row->marks};
    struct dead dead = {.team = team, .reason = REASON_FIVE_ATTEMPTS};
    char tag[TAG_SIZE + 1];

    if (job_is_offer(row)) { // nobody wants it: the case stays where it is
        handover_refused(allocation, effects, key, span_text("hub"));
        return;
    }
    if (is_guarded(allocation, row)) {
        tag_print('R', key.referral, tag);
        report("alarm-unanswered", "%s was shown %u times at %.*s and nobody took it: a person must act now", tag, row->attempts,
               SPAN_ARG(team));
        compose_onward(allocation, effects, key, row, &to);
        return;
    }
    if (key.part > 0)
        PUT(&dead, dead, part, key.part);
    dead.due = compose_due(compose_policy(allocation, row), STATE_DEAD, to.team, allocation->now.wall_ms);
    compose_append(effects, EVENT_DEAD, key.referral, 0, &dead);
}

void give_back_jobs(struct allocation *allocation, struct effects *effects, enum event_type type, const struct job_key *keys, unsigned n)
{
    char tags[GIVE_BACK_MAX][16];
    struct lease_changed changed = {.n_jobs = n};
    struct effect effect = {.type = type, .data = &changed};
    struct job_row row;

    if (n == 0 || job_table_get(&allocation->jobs, keys[0], &row) != ERR_NONE)
        return;
    changed.team = name_table_text(allocation->names, row.team);
    changed.worker = job_worker(&row);
    changed.token = row.token;
    for (unsigned i = 0; i < n; i++)
        changed.jobs[i] = compose_job(keys[i], tags[i]);
    effects_append(effects, &effect);
    for (unsigned i = 0; i < n; i++)
        if (job_table_get(&allocation->jobs, keys[i], &row) == ERR_NONE && give_back_is_last(allocation, &row))
            retire(allocation, effects, keys[i], &row);
}
