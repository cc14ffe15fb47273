// SPDX-License-Identifier: MIT
// Offers, what becomes of them, and the events of a step.
// Called by requests and when an assessment has come.
// Must not leave an offer of a case that is no longer its worker's.
#include "services/allocation/handover.h"

#include "common/base/tag.h"
#include "services/allocation/index_job.h"
#include "services/allocation/news.h"
#include "services/allocation/parenting_again.h"
#include "services/allocation/side_job.h"

uint8_t handover_find(const struct allocation *allocation, uint64_t referral, struct job_row *offer)
{
    uint8_t part = 0;

    while ((part = side_job_find(allocation, referral, REASON_HANDOVER, part + 1u, offer)) != 0)
        if (job_is_offer(offer))
            break;
    return part;
}

struct ending {
    struct effects *effects;
    struct span by;
};

static void end_offer(void *context, struct job_key key, const struct job_row *row)
{
    const struct ending *ending = context;

    if (job_is_offer(row))
        side_job_close(ending->effects, key, ending->by, OUTCOME_NOT_HANDED_OVER, 0);
}

void handover_end_offers(struct allocation *allocation, struct effects *effects, uint64_t referral, struct span by)
{
    struct ending ending = {.effects = effects, .by = by};

    side_job_each(allocation, referral, end_offer, &ending);
}

// ---------------------------------------------------------------- stepped

static void put_why(struct stepped *stepped, const struct handover_why *why)
{
    stepped->by = why->by;
    if (why->why != WHY_NONE)
        PUT(stepped, stepped, why, (uint8_t)why->why);
    if (why->note > 0)
        PUT(stepped, stepped, note, why->note);
    if (why->basis != BASIS_NONE)
        PUT(stepped, stepped, basis, (uint8_t)why->basis);
}

static struct stepped stepped_from(const struct allocation *allocation, const struct job_row *lead)
{
    struct stepped stepped = {.from_level = lead->level, .from_team = name_table_text(allocation->names, lead->team)};

    if (lead->state == STATE_ACCEPTED)
        PUT(&stepped, stepped, from_worker, job_worker(lead));
    return stepped;
}

struct moving {
    struct allocation *allocation;
    struct effects *effects;
    struct job_row lead;
};

static void move_news(void *context, struct job_key key, const struct job_row *row)
{
    const struct moving *moving = context;
    struct onward to = {.level = row->level, .reason = (enum decision_reason)row->reason, .marks = row->marks};

    if (row->state != STATE_QUEUED || row->news_of != key.referral || job_is_reserved(row))
        return;
    to.team = name_table_text(moving->allocation->names, moving->lead.team);
    compose_onward(moving->allocation, moving->effects, key, row, &to);
}

void handover_move_news(struct allocation *allocation, struct effects *effects, uint64_t referral)
{
    struct moving moving = {.allocation = allocation, .effects = effects};

    if (job_table_get(&allocation->jobs, (struct job_key){.referral = referral}, &moving.lead) == ERR_NONE)
        side_job_each(allocation, referral, move_news, &moving);
    news_judge_again(allocation, effects, referral);
    parenting_again_tell(allocation, effects, referral);
}

void handover_accepted(struct allocation *allocation, struct effects *effects, struct job_key offer)
{
    struct job_key key = {.referral = offer.referral};
    struct job_row lead, row;
    struct stepped stepped;

    if (job_table_get(&allocation->jobs, key, &lead) != ERR_NONE || job_table_get(&allocation->jobs, offer, &row) != ERR_NONE ||
        lead.state != STATE_ACCEPTED || row.state != STATE_ACCEPTED)
        return;
    stepped = stepped_from(allocation, &lead);
    stepped.by = job_worker(&row);
    stepped.level = row.level;
    stepped.team = name_table_text(allocation->names, row.team);
    PUT(&stepped, stepped, worker, job_worker(&row));
    PUT(&stepped, stepped, token, row.token);
    PUT(&stepped, stepped, due, compose_due(compose_policy(allocation, &row), STATE_ACCEPTED, stepped.team, allocation->now.wall_ms));
    PUT(&stepped, stepped, offer, offer.part);
    if (row.basis != BASIS_NONE)
        PUT(&stepped, stepped, basis, row.basis);
    compose_append(effects, EVENT_STEPPED, offer.referral, 0, &stepped);
    side_job_close(effects, offer, job_worker(&row), OUTCOME_HANDED_OVER, 0);
    handover_move_news(allocation, effects, offer.referral);
}

void handover_refused(struct allocation *allocation, struct effects *effects, struct job_key offer, struct span by)
{
    struct job_row lead;

    side_job_close(effects, offer, by, OUTCOME_NOT_HANDED_OVER, 0);
    if (job_table_get(&allocation->jobs, (struct job_key){.referral = offer.referral}, &lead) == ERR_NONE && lead.state == STATE_ACCEPTED)
        side_job_tell_worker(allocation, effects, offer.referral, &lead, REASON_HANDOVER, 0);
}

enum { OFFERS_MAX = 32 }; // of one worker at once; what is beyond rings when it is late

struct offers {
    struct allocation *allocation;
    struct span worker;
    unsigned n;
    struct job_key keys[OFFERS_MAX];
};

static void list_offers(void *context, uint16_t team, struct span worker, struct job_heap *heap)
{
    struct offers *offers = context;
    struct job_row row;

    for (size_t i = 0; span_equal(worker, offers->worker) && i < heap->n && offers->n < OFFERS_MAX; i++)
        if (index_job_holds(offers->allocation, team, &heap->at[i], &row) && job_is_offer(&row) && job_is_reserved(&row))
            offers->keys[offers->n++] = job_node_key(&heap->at[i]);
}

void handover_away(struct allocation *allocation, struct effects *effects, struct span worker, struct span by)
{
    struct offers offers = {.allocation = allocation, .worker = worker};
    struct job_row row;

    team_queue_each_own(allocation->queues, list_offers, &offers);
    for (unsigned i = 0; i < offers.n; i++)
        if (job_table_get(&allocation->jobs, offers.keys[i], &row) == ERR_NONE && job_is_open(&row)) // listed twice, it has ended
            handover_refused(allocation, effects, offers.keys[i], by);
}

void handover_relevel(struct allocation *allocation, struct effects *effects, uint64_t referral, const struct job_row *lead, unsigned level,
                      const struct handover_why *why)
{
    struct stepped stepped = stepped_from(allocation, lead);

    put_why(&stepped, why);
    stepped.level = level;
    stepped.team = stepped.from_team;
    PUT(&stepped, stepped, worker, job_worker(lead));
    compose_append(effects, EVENT_STEPPED, referral, 0, &stepped);
}

// The job that tells a worker whose case has gone up: hers alone, though the case is not.
static void tell_former_worker(struct allocation *allocation, struct effects *effects, uint64_t referral, const struct job_row *lead)
{
    struct onward to = {.team = name_table_text(allocation->names, lead->team), .level = lead->level, .reason = REASON_STEP_UP};

    to.for_worker = job_worker(lead);
    side_job_add(allocation, effects, referral, lead, referral, &to);
}

void handover_at_once(struct allocation *allocation, struct effects *effects, uint64_t referral, const struct job_row *lead, unsigned level,
                      struct span team, const struct handover_why *why)
{
    struct stepped stepped = stepped_from(allocation, lead);

    handover_end_offers(allocation, effects, referral, why->by);
    if (lead->state == STATE_ACCEPTED)
        tell_former_worker(allocation, effects, referral, lead);
    put_why(&stepped, why);
    stepped.level = level;
    stepped.team = team;
    compose_append(effects, EVENT_STEPPED, referral, 0, &stepped);
}
