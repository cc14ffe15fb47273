// SPDX-License-Identifier: MIT
// Reads out of each kind of event what all kinds have in common.
// Called by log, show and balance. Keeps nothing.
#include "services/windscreen/gist.h"

static void add_jobs(struct gist *gist, const struct job *jobs, uint64_t n)
{
    gist->lists = true;
    gist->n_jobs = 0;
    for (uint64_t i = 0; i < n && i < GIST_JOBS_MAX; i++)
        gist->jobs[gist->n_jobs++] = (struct gist_job){.referral = jobs[i].referral, .part = jobs[i].part, .attempt = jobs[i].attempt};
}

// Most records name these fields alike.
#define TAKE_TEAM(record) gist->team = (record).team
#define TAKE_PART(record) gist->jobs[0].part = (record).part
#define TAKE_DUE(record) gist->due_ms = (record).due

// All referrals that a signal rests on; its subject, the latest, is the first.
static void take_signal(struct gist *gist, const struct family_signalled *signalled)
{
    gist->rule = signalled->signal;
    for (uint64_t i = 0; i < signalled->n_evidence; i++)
        if (!span_equal(signalled->evidence[i].referral, gist->jobs[0].referral))
            gist->jobs[gist->n_jobs++] = (struct gist_job){.referral = signalled->evidence[i].referral};
}

static void take_decision(struct gist *gist, const struct windscreen_event *event)
{
    const union event_data *data = event->data;

    switch (event->type) {
    case EVENT_TRIAGED:
        gist->level = data->TRIAGED.level;
        gist->rule = data->TRIAGED.rule;
        break;
    case EVENT_ALLOCATED:
        TAKE_TEAM(data->ALLOCATED);
        TAKE_PART(data->ALLOCATED);
        TAKE_DUE(data->ALLOCATED);
        gist->level = data->ALLOCATED.level;
        gist->rule = HAS(&data->ALLOCATED, allocated, used) ? data->ALLOCATED.rule : (struct span){0};
        break;
    case EVENT_HELD:
        TAKE_PART(data->HELD);
        TAKE_DUE(data->HELD);
        gist->level = data->HELD.level;
        gist->rule = HAS(&data->HELD, held, used) ? data->HELD.rule : (struct span){0};
        break;
    case EVENT_WARNED:
    case EVENT_OVERDUE:
    case EVENT_ESCALATED:
        TAKE_TEAM(data->OVERDUE);
        TAKE_PART(data->OVERDUE);
        break;
    case EVENT_FAMILY_SIGNALLED:
        take_signal(gist, &data->FAMILY_SIGNALLED);
        break;
    case EVENT_FAMILY_ELIGIBLE:
        gist->rule = data->FAMILY_ELIGIBLE.programme;
        break;
    case EVENT_DEAD:
        TAKE_TEAM(data->DEAD);
        TAKE_PART(data->DEAD);
        TAKE_DUE(data->DEAD);
        break;
    default:
        break;
    }
}

static void take_person(struct gist *gist, const struct windscreen_event *event)
{
    const union event_data *data = event->data;

    switch (event->type) {
    case EVENT_CONFIRMED:
    case EVENT_OVERRIDDEN:
        TAKE_TEAM(data->CONFIRMED);
        TAKE_PART(data->CONFIRMED);
        gist->worker = data->CONFIRMED.by;
        gist->level = data->CONFIRMED.level;
        break;
    case EVENT_CLOSED:
        TAKE_PART(data->CLOSED);
        gist->worker = data->CLOSED.by;
        break;
    case EVENT_STEPPED:
        TAKE_TEAM(data->STEPPED);
        TAKE_DUE(data->STEPPED);
        gist->worker = data->STEPPED.by;
        gist->level = data->STEPPED.level;
        break;
    case EVENT_OFFERED:
        TAKE_TEAM(data->OFFERED);
        gist->worker = data->OFFERED.by;
        gist->level = data->OFFERED.level;
        break;
    case EVENT_REOPENED:
        gist->worker = data->REOPENED.by;
        break;
    case EVENT_ASSIGNED:
        TAKE_TEAM(data->ASSIGNED);
        TAKE_PART(data->ASSIGNED);
        gist->worker = data->ASSIGNED.worker.size > 0 ? data->ASSIGNED.worker : data->ASSIGNED.by;
        break;
    case EVENT_WORKER_ROSTERED:
        TAKE_TEAM(data->WORKER_ROSTERED);
        gist->worker = data->WORKER_ROSTERED.worker;
        break;
    case EVENT_QUEUE_CAPACITY:
        TAKE_TEAM(data->QUEUE_CAPACITY);
        gist->worker = data->QUEUE_CAPACITY.by;
        break;
    case EVENT_WORKER_AWAY:
        gist->worker = data->WORKER_AWAY.worker;
        break;
    case EVENT_CHALLENGED:
        gist->worker = data->CHALLENGED.by;
        break;
    default:
        break;
    }
}

static void take_work(struct gist *gist, const struct windscreen_event *event)
{
    const union event_data *data = event->data;

    switch (event->type) {
    case EVENT_LEASED:
        TAKE_TEAM(data->LEASED);
        TAKE_DUE(data->LEASED);
        gist->worker = data->LEASED.worker;
        add_jobs(gist, data->LEASED.jobs, data->LEASED.n_jobs);
        break;
    case EVENT_EXTENDED:
    case EVENT_RELEASED:
    case EVENT_LAPSED:
        TAKE_TEAM(data->LAPSED);
        gist->worker = data->LAPSED.worker;
        add_jobs(gist, data->LAPSED.jobs, data->LAPSED.n_jobs);
        break;
    case EVENT_ACCEPTED:
        TAKE_TEAM(data->ACCEPTED);
        TAKE_DUE(data->ACCEPTED);
        gist->worker = data->ACCEPTED.worker;
        add_jobs(gist, data->ACCEPTED.jobs, data->ACCEPTED.n_jobs);
        break;
    case EVENT_DECLINED:
        TAKE_TEAM(data->DECLINED);
        TAKE_PART(data->DECLINED);
        TAKE_DUE(data->DECLINED);
        gist->worker = data->DECLINED.worker;
        break;
    case EVENT_PROGRESSED:
        TAKE_PART(data->PROGRESSED);
        gist->worker = data->PROGRESSED.worker;
        break;
    case EVENT_PERSON_OPENED:
        gist->worker = data->PERSON_OPENED.worker;
        break;
    default:
        break;
    }
}

void gist_of(const struct windscreen_event *event, struct gist *gist)
{
    gist->team = gist->rule = gist->worker = span_of(NULL, 0);
    gist->level = 0;
    gist->due_ms = 0;
    gist->lists = false;
    gist->n_jobs = event->head->subject.size > 0 ? 1 : 0;
    gist->jobs[0] = (struct gist_job){.referral = event->head->subject};
    take_decision(gist, event);
    take_person(gist, event);
    take_work(gist, event);
}

void gist_keep(struct gist *gist, struct span referral)
{
    unsigned n = 0;

    for (unsigned i = 0; i < gist->n_jobs; i++)
        if (span_equal(gist->jobs[i].referral, referral))
            gist->jobs[n++] = gist->jobs[i];
    gist->n_jobs = n;
}

bool gist_names(const struct gist *gist, struct span referral, uint64_t part)
{
    for (unsigned i = 0; i < gist->n_jobs; i++)
        if (span_equal(gist->jobs[i].referral, referral) && (part == GIST_ANY || gist->jobs[i].part == part))
            return true;
    return false;
}
