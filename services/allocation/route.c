// SPDX-License-Identifier: MIT
// From inputs to allocated and held.
// Called once for each input that is judged, in the order of the log.
// Must not answer an input twice: what it appends stands behind `cause`.
#include "services/allocation/route.h"

#include "common/base/tag.h"
#include "services/allocation/capacity.h"
#include "services/allocation/early.h"
#include "services/allocation/eligible.h"
#include "services/allocation/keep.h"
#include "services/allocation/on_assessment.h"
#include "services/allocation/outcome.h"
#include "services/allocation/suggest.h"

enum { LATE_MS = 1000 }; // allocated so long after it came: the event says when that was

static void append(const struct routing *routing, enum event_type type, const void *data)
{
    struct effect effect = {.type = type, .cause = routing->cause, .traceparent = routing->traceparent, .data = data};
    char subject[TAG_TEXT_MAX + 1];

    tag_print('R', routing->referral, subject);
    effect.subject = span_text(subject);
    effects_append(routing->effects, &effect);
}

// The worker who knows the family; else, where the team is full and the family agrees, another team. `kept` lends the tag.
static void choose_owner(const struct routing *routing, const struct destination_job *job, struct allocated *allocated, struct kept *kept)
{
    const struct team *other;
    uint64_t family;

    kept->because = BECAUSE_NONE;
    if (routing->is_known && tag_parse(routing->triaged->family, 'F', &family))
        keep_for(routing->allocation, routing->policy, family, (unsigned)allocated->level, job->team, kept);
    if (kept->because != BECAUSE_NONE) {
        PUT(allocated, allocated, for_worker, kept->worker);
        PUT(allocated, allocated, because, (uint8_t)kept->because);
        PUT(allocated, allocated, kept_until, kept->until_ms);
        return;
    }
    other = capacity_overflow(routing->allocation, routing->policy, job->team, routing->triaged->facts.other_neighbourhood_agreed);
    if (other == NULL)
        return;
    PUT(allocated, allocated, instead_of, job->team);
    allocated->team = other->code;
    allocated->due = compose_due(routing->policy, STATE_QUEUED, other->code, routing->from_ms);
}

// What only a referral says that has just come.
#define PUT_FIRST(to, record, facts, needs_)                       \
    do {                                                           \
        if ((facts)->agency != AGENCY_NONE)                        \
            PUT(to, record, agency, (facts)->agency);              \
        if ((facts)->headline_problems != 0)                       \
            PUT(to, record, problems, (facts)->headline_problems); \
        if ((needs_) != 0)                                         \
            PUT(to, record, needs, needs_);                        \
    } while (0)

void route_append(const struct routing *routing, unsigned place, uint8_t part)
{
    const struct destination *destination = &routing->allocation->destination;
    const struct destination_job *job = outcome_job(destination, (uint8_t)place);
    int64_t due_ms = compose_due(routing->policy, outcome_state(job), job->team, routing->from_ms);
    struct allocated allocated;
    struct held held;
    struct kept kept;
    bool late = routing->allocation->now.wall_ms - routing->triaged->received >= LATE_MS;
    bool is_first = routing->is_new && part == 0;
    uint64_t needs = is_first ? eligible_needs(routing->policy, &routing->triaged->facts) : 0;

    if (job->outcome == DESTINATION_HOLD) {
        outcome_held(routing->triaged, destination, (uint8_t)place, due_ms, &held);
        held.part = part;
        if (late)
            PUT(&held, held, received, routing->triaged->received);
        if (is_first)
            PUT_FIRST(&held, held, &routing->triaged->facts, needs);
        append(routing, EVENT_HELD, &held);
        return;
    }
    outcome_allocated(routing->triaged, destination, (uint8_t)place, due_ms, &allocated);
    allocated.part = part;
    if (late)
        PUT(&allocated, allocated, received, routing->triaged->received);
    if (is_first)
        PUT_FIRST(&allocated, allocated, &routing->triaged->facts, needs);
    if (routing->case_referral != 0 && (job->outcome == DESTINATION_NEWS || job->reason == REASON_STEP_UP))
        PUT(&allocated, allocated, news_of, span_text(routing->tags.news_of));
    if (job->outcome == DESTINATION_QUEUE)
        choose_owner(routing, job, &allocated, &kept);
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

void route_family(struct routing *routing, struct family_state *family)
{
    struct allocation *allocation = routing->allocation;
    uint64_t number;

    *family = (struct family_state){0};
    if (!tag_parse(routing->triaged->family, 'F', &number) ||
        family_case_read(&allocation->families, &allocation->jobs, allocation->names, routing->policy, number, routing->referral, family,
                         &routing->case_referral) != ERR_NONE)
        *family = (struct family_state){0};
    routing->is_known = family->known;
    routing->has_come_before = family->came;
    if (routing->case_referral != 0)
        tag_print('R', routing->case_referral, routing->tags.news_of);
}

void route_judge(struct routing *routing)
{
    struct destination *destination = &routing->allocation->destination;
    struct family_state family;

    if (routing->policy == NULL) {
        decide_without_policy(destination);
        return;
    }
    route_family(routing, &family);
    family.supported = routing->supported;
    destination_decide(routing->policy, routing->triaged, &family, destination);
}

void route_triaged(struct allocation *allocation, struct effects *effects, const struct hub_event *input)
{
    struct routing routing = {.allocation = allocation, .effects = effects, .triaged = input->data, .cause = input->sequence};
    const struct destination *destination = &allocation->destination;

    if (!tag_parse(input->head->subject, 'R', &routing.referral))
        return;
    if (!job_table_lacks(&allocation->jobs, (struct job_key){.referral = routing.referral})) {
        on_assessment(allocation, effects, routing.referral, input);
        return;
    }
    if (HAS(input->head, event, traceparent))
        routing.traceparent = input->head->traceparent;
    routing.is_new = true;
    routing.from_ms = routing.triaged->received;
    routing.policy = policy_shelf_get(&allocation->shelf, routing.triaged->policy);
    route_judge(&routing);
    for (unsigned part = 0; part <= destination->n_parts; part++)
        route_append(&routing, part, (uint8_t)part);
    suggest_routed(&routing);
    eligible_judge(&routing);
    early_answer(allocation, effects, routing.referral, input->sequence);
}
