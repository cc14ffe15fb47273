// SPDX-License-Identifier: MIT
// Parts that waited with their lead.
// Called when the lead has gone on.
// Must not send a part on alone: it would go without what the lead waits for, consent above all.
#include "services/allocation/release.h"

#include "services/allocation/compose.h"
#include "services/allocation/side_job.h"

// The row of the policy that made a part; NULL when it is not known.
static const struct route_row *row_of_rule(const struct policy *policy, struct span rule)
{
    if (policy == NULL || rule.size == 0)
        return NULL;
    for (unsigned i = 0; i < policy->routes.tasks.n_rows; i++)
        if (span_equal(policy->routes.task_rows[i].code, rule))
            return &policy->routes.task_rows[i];
    for (unsigned i = 0; i < policy->routes.parenting.n_rows; i++)
        if (span_equal(policy->routes.parenting_rows[i].code, rule))
            return &policy->routes.parenting_rows[i];
    return NULL;
}

static const struct route_row *row_that_made(const struct allocation *allocation, const struct job_row *row)
{
    return row_of_rule(compose_policy(allocation, row), name_table_text(allocation->names, row->rule));
}

// A part that was meant for a person's decision comes there for the reason, and with the proposal, that its row says.
static void send_to_person(const struct allocation *allocation, const struct job_row *row, struct onward *to)
{
    const struct policy *policy = compose_policy(allocation, row);
    const struct route_row *rule = row_that_made(allocation, row);

    to->team = span_text("hub-decision");
    to->reason = rule != NULL && rule->reason != REASON_NONE ? (enum decision_reason)rule->reason : REASON_NO_RULE;
    if (rule != NULL)
        to->proposal = policy->teams[rule->proposal].code;
}

struct releasing {
    struct allocation *allocation;
    struct effects *effects;
    bool refused, agreed;
};

static void release_part(void *context, struct job_key key, const struct job_row *row)
{
    const struct releasing *releasing = context;
    struct allocation *allocation = releasing->allocation;
    struct onward to = {.team = name_table_text(allocation->names, row->proposal), .level = row->level, .marks = row->marks};

    if (row->state != STATE_HELD || !(releasing->agreed || job_waits_with_lead(row)))
        return;
    if (releasing->refused) {
        to.team = span_text("hub-decision");
        to.reason = REASON_CONSENT_WITHDRAWN;
    } else if (row->proposal == NAME_NONE || row->proposal == NAME_HUB_DECISION) {
        send_to_person(allocation, row, &to);
    }
    compose_onward(allocation, releasing->effects, key, row, &to);
}

void release_parts(struct allocation *allocation, struct effects *effects, uint64_t referral)
{
    struct releasing releasing = {.allocation = allocation, .effects = effects};
    struct job_row lead;

    if (job_table_get(&allocation->jobs, (struct job_key){.referral = referral}, &lead) != ERR_NONE)
        return;
    releasing.refused = lead.consent == CONSENT_REFUSED || lead.consent == CONSENT_WITHDRAWN;
    releasing.agreed = lead.consent == CONSENT_GIVEN;
    side_job_each(allocation, referral, release_part, &releasing);
}

bool release_to_row(struct allocation *allocation, struct effects *effects, struct job_key key, const struct job_row *row)
{
    const struct policy *policy = compose_policy(allocation, row);
    const struct route_row *rule = row_that_made(allocation, row);
    struct onward to = {.level = row->level, .marks = row->marks};

    if (rule == NULL)
        return false;
    to.team = policy->teams[rule->team].code;
    if (policy->teams[rule->team].decides)
        send_to_person(allocation, row, &to);
    compose_onward(allocation, effects, key, row, &to);
    return true;
}
