// SPDX-License-Identifier: MIT
// From inputs to allocated and held.
// Called once for each input, in the order of the log.
// Must not answer an input twice: what it appends stands behind `cause`.
#include "services/allocation/route.h"

#include "common/base/tag.h"
#include "services/allocation/compose.h"
#include "services/allocation/outcome.h"

enum { CONFLICTS_MAX = 8 }; // tasks of one referral

// One decision as it is being written down.
struct routing {
    struct allocation *allocation;
    struct effects *effects;
    const struct hub_event *input;
    const struct triaged *triaged;
    const struct policy *policy; // NULL: none was ever adopted
    uint64_t case_referral;      // of the family's open case
    struct compose_tags tags;
};

// ---------------------------------------------------------------- conflicts on file

struct conflicts {
    unsigned n;
    uint64_t sequences[CONFLICTS_MAX];
};

static struct span conflict_key(uint64_t referral, uint8_t key[JOB_KEY_SIZE])
{
    job_key_print((struct job_key){.referral = referral}, key);
    return span_of(key, JOB_KEY_SIZE);
}

static enum err read_conflicts(const struct allocation *allocation, uint64_t referral, struct conflicts *conflicts)
{
    uint8_t key[JOB_KEY_SIZE];
    struct span value;
    enum err err = projection_get(allocation->projection, TABLE_CONFLICT, conflict_key(referral, key), &value);

    *conflicts = (struct conflicts){0};
    if (err != ERR_NONE)
        return err == ERR_NOT_FOUND ? ERR_NONE : err;
    if (value.size > sizeof conflicts->sequences || value.size % sizeof conflicts->sequences[0] != 0)
        return ERR_BAD_STORE;
    memcpy(conflicts->sequences, value.at, value.size);
    conflicts->n = (unsigned)(value.size / sizeof conflicts->sequences[0]);
    return ERR_NONE;
}

enum err route_file_conflict(struct allocation *allocation, const struct hub_event *input)
{
    uint8_t key[JOB_KEY_SIZE];
    struct conflicts conflicts;
    uint64_t referral;
    enum err err;

    if (!tag_parse(input->head->subject, 'R', &referral))
        return ERR_BAD_STORE;
    err = read_conflicts(allocation, referral, &conflicts);
    if (err != ERR_NONE || conflicts.n == CONFLICTS_MAX)
        return err;
    conflicts.sequences[conflicts.n++] = input->sequence;
    return projection_put(allocation->projection, TABLE_CONFLICT, conflict_key(referral, key),
                          span_of(conflicts.sequences, conflicts.n * sizeof conflicts.sequences[0]));
}

// The task that a conflict makes; the lead's row must be there.
static void append_conflict(struct allocation *allocation, struct effects *effects, uint64_t referral, uint64_t cause)
{
    struct job_key lead = {.referral = referral}, task = {.referral = referral};
    struct job_row row;
    struct onward to = {.team = span_text("hub-decision"), .reason = REASON_FAMILY_CONFLICT, .cause = cause};

    task.part = job_table_next_part(&allocation->jobs, referral, 1);
    if (task.part == 0 || job_table_get(&allocation->jobs, lead, &row) != ERR_NONE)
        return;
    to.level = row.level;
    row.rule = NAME_NONE;
    row.news_of = 0;
    compose_onward(allocation, effects, task, &row, &to);
}

void route_conflict(struct allocation *allocation, struct effects *effects, const struct hub_event *input)
{
    uint64_t referral;

    if (!tag_parse(input->head->subject, 'R', &referral))
        return;
    if (job_table_has(&allocation->jobs, (struct job_key){.referral = referral}))
        append_conflict(allocation, effects, referral, input->sequence);
}

// ---------------------------------------------------------------- destinations

static void append(const struct routing *routing, enum event_type type, const void *data)
{
    const struct event *head = routing->input->head;
    struct effect effect = {.type = type, .subject = head->subject, .cause = routing->input->sequence, .data = data};

    if (HAS(head, event, traceparent))
        effect.traceparent = head->traceparent;
    effects_append(routing->effects, &effect);
}

static void append_job(const struct routing *routing, uint8_t part)
{
    const struct destination *destination = &routing->allocation->destination;
    const struct destination_job *job = outcome_job(destination, part);
    int64_t due_ms = compose_due(routing->policy, outcome_state(job), job->team, routing->triaged->received);
    struct allocated allocated;
    struct held held;

    if (job->outcome == DESTINATION_HOLD) {
        outcome_held(routing->triaged, destination, part, due_ms, &held);
        append(routing, EVENT_HELD, &held);
        return;
    }
    outcome_allocated(routing->triaged, destination, part, due_ms, &allocated);
    if (routing->case_referral != 0 && (job->outcome == DESTINATION_NEWS || job->reason == REASON_STEP_UP))
        PUT(&allocated, allocated, news_of, span_text(routing->tags.news_of));
    append(routing, EVENT_ALLOCATED, &allocated);
}

// Without any policy nothing can be judged: a person must.
static void decide_without_policy(struct destination *destination)
{
    destination->n_parts = 0;
    destination->basis = BASIS_NONE;
    destination->lead =
        (struct destination_job){.outcome = DESTINATION_DECIDE, .reason = REASON_NO_RULE, .team = span_text("hub-decision")};
}

static void decide(struct routing *routing)
{
    struct allocation *allocation = routing->allocation;
    struct destination *destination = &allocation->destination;
    struct family_state family = {0};
    uint64_t number;

    if (routing->policy == NULL || !tag_parse(routing->triaged->family, 'F', &number)) {
        decide_without_policy(destination);
        return;
    }
    if (family_case_read(&allocation->families, &allocation->jobs, allocation->names, routing->policy, number, &family,
                         &routing->case_referral) != ERR_NONE)
        family = (struct family_state){0};
    if (routing->case_referral != 0)
        tag_print('R', routing->case_referral, routing->tags.news_of);
    destination_decide(routing->policy, routing->triaged, &family, destination);
}

void route_triaged(struct allocation *allocation, struct effects *effects, const struct hub_event *input)
{
    struct routing routing = {.allocation = allocation, .effects = effects, .input = input, .triaged = input->data};
    const struct destination *destination = &allocation->destination;
    struct conflicts conflicts;
    uint64_t referral;

    if (!tag_parse(input->head->subject, 'R', &referral) || job_table_has(&allocation->jobs, (struct job_key){.referral = referral}))
        return;
    routing.policy = policy_shelf_get(&allocation->shelf, routing.triaged->policy);
    decide(&routing);
    for (unsigned part = 0; part <= destination->n_parts; part++)
        append_job(&routing, (uint8_t)part);
    if (read_conflicts(allocation, referral, &conflicts) != ERR_NONE)
        return;
    for (unsigned i = 0; i < conflicts.n; i++)
        if (conflicts.sequences[i] < input->sequence) // later ones are answered when they come
            append_conflict(allocation, effects, referral, conflicts.sequences[i]);
}
