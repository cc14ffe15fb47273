// SPDX-License-Identifier: MIT
// What each kind of event does to the story of a referral.
// Called by command_show.c. Reads no socket and prints nothing.
#include "services/windscreen/story.h"

#include <stdio.h>

#define COPY(array, text) snprintf(array, sizeof(array), "%.*s", SPAN_ARG(text))

#define PLACING_TYPES (EVENT_BIT(ALLOCATED) | EVENT_BIT(HELD) | EVENT_BIT(DECLINED) | EVENT_BIT(DEAD))

enum { ROUTING_MS = 60000 }; // a referral is routed within a minute, or the hub is not well

void story_begin(struct story *story, struct span referral)
{
    memset(story, 0, sizeof *story);
    COPY(story->referral, referral);
    story->n_parts = 1;
}

const char *story_owner(const struct story_part *part)
{
    switch ((enum state)part->state) {
    case STATE_QUEUED:
        return part->team;
    case STATE_LEASED:
    case STATE_ACCEPTED:
        return part->worker;
    case STATE_DECIDING:
        return "hub-decision";
    case STATE_DEAD:
        return "hub-manager";
    case STATE_CLOSED:
        return "";
    default:
        return "hub";
    }
}

uint64_t story_seen(const struct story_part *part)
{
    return part->state == STATE_DECIDING || part->state == STATE_HELD || part->state == STATE_DEAD ? part->placed_n : 0;
}

static struct story_part *part_of(struct story *story, uint64_t part)
{
    for (unsigned i = 0; i < story->n_parts; i++)
        if (story->parts[i].part == part)
            return &story->parts[i];
    if (story->n_parts == STORY_PARTS_MAX)
        return &story->parts[STORY_PARTS_MAX - 1];
    story->parts[story->n_parts].part = (uint8_t)part;
    return &story->parts[story->n_parts++];
}

static void keep_policy(struct story *story, struct span policy)
{
    if (policy.size != sizeof story->policy)
        return;
    memcpy(story->policy, policy.at, policy.size);
    story->has_policy = true;
}

static void take_received(struct story *story, const struct windscreen_event *event)
{
    const struct received *received = &event->data->RECEIVED;

    story->found = true;
    story->conflicting = event->type == EVENT_CONFLICTING;
    story->urgent = received->urgent;
    story->received_ms = event->head->time;
    COPY(story->source, received->partner_source);
    COPY(story->id, received->partner_id);
    COPY(story->family, received->family);
    COPY(story->conflicts_with, received->conflicts_with);
    story->parts[0].due_ms = event->head->time + ROUTING_MS;
}

static void take_triaged(struct story *story, const struct triaged *triaged)
{
    story->level = triaged->level;
    story->level_by_person = false;
    story->computed = triaged->computed;
    story->marks = triaged->marks;
    COPY(story->rule, triaged->rule);
    keep_policy(story, triaged->policy);
    if (story->parts[0].level == 0) // later ones propose: what becomes of that, the events of allocation say
        story->parts[0].level = triaged->level;
}

static void take_allocated(struct story *story, struct story_part *part, const struct allocated *allocated)
{
    COPY(part->team, allocated->team);
    COPY(part->proposal, allocated->proposal);
    COPY(part->rule, part->overruled && !HAS(allocated, allocated, used) ? (struct span){0} : allocated->rule);
    COPY(part->news_of, allocated->news_of);
    COPY(part->for_worker, allocated->for_worker);
    part->level = allocated->level;
    part->reason = allocated->reason;
    part->marks = allocated->marks;
    part->due_ms = part->queue_due_ms = allocated->due;
    part->worker[0] = '\0';
    part->token = part->attempts = 0;
    part->kept_ms = allocated->kept_until;
    part->outcome = OUTCOME_NONE;
    if (span_is(allocated->team, "hub-decision"))
        part->state = STATE_DECIDING;
    keep_policy(story, allocated->policy);
}

static void take_held(struct story *story, struct story_part *part, const struct held *held)
{
    part->team[0] = '\0';
    COPY(part->proposal, held->proposal);
    COPY(part->rule, held->rule);
    part->level = held->level;
    part->reason = held->reason;
    part->marks = held->marks;
    part->due_ms = held->due;
    keep_policy(story, held->policy);
}

// A worker holds it, or has given it back.
static void take_lease(struct story_part *part, const struct windscreen_event *event, const struct gist *gist, const struct gist_job *job)
{
    COPY(part->worker, gist->worker);
    part->due_ms = gist->due_ms;
    if (job->attempt > 0)
        part->attempts = job->attempt;
    if (event->type == EVENT_LEASED) {
        part->token = event_number(event->head->id);
    } else if (event->type != EVENT_ACCEPTED) {
        part->worker[0] = '\0';
        part->token = 0;
        part->due_ms = part->queue_due_ms;
    }
}

// Level, team and worker change; without a worker an allocated follows.
static void take_stepped(struct story_part *part, const struct stepped *stepped)
{
    part->level = stepped->level;
    if (!HAS(stepped, stepped, worker))
        return;
    COPY(part->team, stepped->team);
    COPY(part->worker, stepped->worker);
    part->reason = REASON_NONE;
    if (HAS(stepped, stepped, token))
        part->token = stepped->token;
    if (HAS(stepped, stepped, due))
        part->due_ms = stepped->due;
}

static void take_part(struct story *story, const struct windscreen_event *event, const struct gist *gist, const struct gist_job *job)
{
    struct story_part *part = part_of(story, job->part);
    enum state after = (enum state)event_desc(event->type)->state;

    if (after != STATE_NONE)
        part->state = (uint8_t)after;
    if ((PLACING_TYPES >> event->type & 1) != 0)
        part->placed_n = event_number(event->head->id);
    switch (event->type) {
    case EVENT_ALLOCATED:
        take_allocated(story, part, &event->data->ALLOCATED);
        break;
    case EVENT_HELD:
        take_held(story, part, &event->data->HELD);
        break;
    case EVENT_LEASED:
    case EVENT_RELEASED:
    case EVENT_LAPSED:
    case EVENT_ACCEPTED:
        take_lease(part, event, gist, job);
        break;
    case EVENT_EXTENDED:
        if (HAS(&event->data->EXTENDED, lease_changed, lease_ms))
            part->due_ms = event->head->time + (int64_t)event->data->EXTENDED.lease_ms;
        break;
    case EVENT_DECLINED:
    case EVENT_DEAD:
        part->worker[0] = '\0';
        part->token = 0;
        part->due_ms = gist->due_ms;
        COPY(part->proposal, gist->team);
        part->decline = event->type == EVENT_DECLINED ? event->data->DECLINED.reason : part->decline;
        part->reason = event->type == EVENT_DEAD ? event->data->DEAD.reason : REASON_DECLINED;
        break;
    case EVENT_CLOSED:
        part->due_ms = 0;
        part->outcome = event->data->CLOSED.outcome;
        break;
    case EVENT_STEPPED:
        part->overruled = true;
        take_stepped(part, &event->data->STEPPED);
        story->level_by_person = !span_is(event->data->STEPPED.by, "hub");
        break;
    case EVENT_OVERRIDDEN:
        part->overruled = true;
        story->level_by_person = story->level_by_person || part->part == 0;
        break;
    case EVENT_ASSIGNED:
        COPY(part->for_worker, event->data->ASSIGNED.worker);
        break;
    default:
        break;
    }
}

bool story_take(struct story *story, const struct windscreen_event *event, const struct gist *gist)
{
    struct span referral = span_text(story->referral);
    bool concerns = false;

    for (unsigned i = 0; i < gist->n_jobs; i++) {
        if (!span_equal(gist->jobs[i].referral, referral))
            continue;
        concerns = true;
        if (event->type == EVENT_RECEIVED || event->type == EVENT_CONFLICTING)
            take_received(story, event);
        if (event->type == EVENT_TRIAGED)
            take_triaged(story, &event->data->TRIAGED);
        take_part(story, event, gist, &gist->jobs[i]);
    }
    return concerns;
}
