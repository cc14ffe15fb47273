// SPDX-License-Identifier: MIT
// What each own event makes of the rows of the jobs it names.
// Called by allocation_take for every own event.
// Must not look at anything but the event and the rows: a rebuild has nothing else.
#include "services/allocation/take_event.h"

#include "common/base/tag.h"
#include "services/allocation/asked.h"
#include "services/allocation/course.h"
#include "services/allocation/index_job.h"
#include "services/allocation/on_close.h"
#include "services/allocation/shown.h"
#include "services/allocation/take_lease.h"
#include "services/allocation/take_post.h"
#include "services/allocation/take_signal.h"

typedef enum err (*on_event)(struct change *change);

static enum err number(struct change *change, struct span name, uint16_t *to)
{
    return name_table_number(change->allocation->names, change->allocation->projection, TABLE_NAME, name, to);
}

// Finds the job's row; the event must be possible in its state.
static enum err begin(struct change *change, struct allocation *allocation, const struct hub_event *own, struct span referral,
                      uint64_t part)
{
    enum err err;

    change->allocation = allocation;
    change->own = own;
    change->rewound = false;
    change->key.part = (uint8_t)part;
    if (!tag_parse(referral, 'R', &change->key.referral) || part > JOB_PARTS_MAX)
        return ERR_BAD_STORE;
    err = job_table_get(&allocation->jobs, change->key, &change->old);
    if (err != ERR_NONE && err != ERR_NOT_FOUND)
        return err;
    change->row = change->old;
    change->row.state = (uint8_t)job_after((enum state)change->old.state, own->type);
    return change->row.state == STATE_NONE ? ERR_BAD_STORE : ERR_NONE;
}

static enum err end(struct change *change)
{
    struct allocation *allocation = change->allocation;
    enum err err = job_table_put(&allocation->jobs, change->key, &change->old, &change->row);

    if (err == ERR_NONE)
        err = family_case_move(&allocation->families, change->key, &change->old, &change->row);
    if (err == ERR_NONE)
        err = index_job(allocation, change->key, &change->old, &change->row);
    return err == ERR_NONE && change->rewound ? index_job_rewind(allocation, change->key, &change->row) : err;
}

// A new clock, with a new owner.
static void arrive(struct change *change, int64_t due_ms)
{
    change->row.flags &= (uint8_t) ~(JOB_RESERVED | JOB_SEEN | JOB_REVIEWED);
    job_end_lease(&change->row);
    change->row.due_ms = due_ms;
    change->row.since_ms = change->own->head->time;
    change->row.rung = STAGE_NONE;
    change->row.attempts = 0;
    change->row.because = BECAUSE_NONE;
    change->row.kept_s = 0;
}

// What a person decides on; whoever has seen another has not seen this.
static void propose(struct change *change)
{
    change->row.token = change->own->n;
}

// ---------------------------------------------------------------- events about one job

// What allocated and held say in the same words.
struct placing {
    struct span team, proposal, rule, policy, family, news_of;
    uint64_t level, reason, marks;
    uint8_t basis;
    int64_t due_ms;
    int64_t received_ms; // 0: just now
    uint8_t agency;      // of a referral that has just come, as what it shows is:
    uint64_t problems, needs;
};

static enum err show(struct change *change, uint64_t triaged, uint64_t problems, uint64_t needs)
{
    struct shown_by by = {.referral = change->key.referral, .sequence = triaged};

    return (problems | needs) != 0 ? shown_add(change->allocation, change->row.family, by, problems, needs) : ERR_NONE;
}

static enum err place(struct change *change, const struct placing *to)
{
    struct job_row *row = &change->row;
    enum err err = number(change, to->team, &row->team);

    if (err == ERR_NONE)
        err = number(change, to->proposal, &row->proposal);
    if (err == ERR_NONE)
        err = number(change, to->rule, &row->rule);
    if (err == ERR_NONE)
        err = number(change, to->policy, &row->policy);
    if (err != ERR_NONE || !tag_parse(to->family, 'F', &row->family))
        return err != ERR_NONE ? err : ERR_BAD_STORE;
    row->news_of = 0;
    if (to->news_of.size > 0 && !tag_parse(to->news_of, 'R', &row->news_of))
        return ERR_BAD_STORE;
    row->level = (uint8_t)to->level;
    row->reason = (uint8_t)to->reason;
    row->marks = (uint8_t)to->marks;
    row->basis = to->basis;
    if (to->agency != AGENCY_NONE)
        row->agency = to->agency;
    row->alone = 0;
    if (row->input == 0)
        row->input = change->own->head->cause;
    if (row->came_ms == 0)
        row->came_ms = to->received_ms != 0 ? to->received_ms : change->own->head->time;
    arrive(change, to->due_ms);
    return show(change, change->own->head->cause, to->problems, to->needs);
}

// The fact `member` is the last that the row of a child's job has used; what only sends the job on does not say it again.
static void take_member(struct change *change, const struct fact_used *used, uint64_t n)
{
    if (n > 0 && span_is(used[n - 1].fact, "member"))
        change->row.member = (uint8_t)used[n - 1].value;
}

static enum err on_allocated(struct change *change)
{
    const struct allocated *d = change->own->data;
    struct placing to = {.team = d->team,
                         .proposal = d->proposal,
                         .rule = d->rule,
                         .policy = d->policy,
                         .family = d->family,
                         .news_of = d->news_of,
                         .level = d->level,
                         .reason = d->reason,
                         .marks = d->marks,
                         .basis = d->basis,
                         .due_ms = d->due,
                         .received_ms = d->received,
                         .agency = d->agency,
                         .problems = d->problems,
                         .needs = d->needs};
    enum err err;

    if (change->old.state == STATE_CLOSED) {
        if (change->key.part == 0)
            return ERR_BAD_STORE;
        change->row = (struct job_row){.state = STATE_QUEUED};
    }
    err = place(change, &to);
    if (change->row.team == NAME_HUB_DECISION) {
        change->row.state = STATE_DECIDING;
        propose(change);
    } else {
        change->row.flags |= JOB_PLACED;
    }
    change->row.stage = (uint8_t)d->stage;
    take_member(change, d->used, d->n_used);
    if (err == ERR_NONE && change->row.state == STATE_QUEUED && d->for_worker.size > 0) {
        job_reserve(&change->row, d->for_worker, (enum because)d->because);
        if (d->kept_until > change->own->head->time)
            change->row.kept_s = (uint32_t)((d->kept_until - change->own->head->time) / 1000);
    }
    return err;
}

// Consent is asked for it alone: its lead goes on without, or waits for something else.
static bool is_held_alone(const struct change *change)
{
    struct job_row lead;

    return change->key.part > 0 && change->row.reason == REASON_AWAITING_CONSENT &&
           job_table_get(&change->allocation->jobs, (struct job_key){.referral = change->key.referral}, &lead) == ERR_NONE &&
           lead.reason != REASON_AWAITING_CONSENT;
}

static enum err on_held(struct change *change)
{
    const struct held *d = change->own->data;
    struct placing to = {.proposal = d->proposal,
                         .rule = d->rule,
                         .policy = d->policy,
                         .family = d->family,
                         .level = d->level,
                         .reason = d->reason,
                         .marks = d->marks,
                         .basis = d->basis,
                         .due_ms = d->due,
                         .received_ms = d->received,
                         .agency = d->agency,
                         .problems = d->problems,
                         .needs = d->needs};
    enum err err = change->old.state == STATE_CLOSED && change->key.part == 0 ? ERR_BAD_STORE : place(change, &to);

    job_open_again(&change->row);
    change->row.team = NAME_HUB_DECISION; // its owner while it is held
    take_member(change, d->used, d->n_used);
    if (is_held_alone(change))
        change->row.alone = 1;
    propose(change);
    return err;
}

static enum err on_declined(struct change *change)
{
    const struct declined *d = change->own->data;

    change->row.proposal = change->row.team;
    change->row.team = NAME_HUB_DECISION;
    change->row.reason = REASON_DECLINED;
    arrive(change, d->due);
    propose(change);
    return ERR_NONE;
}

static enum err on_dead(struct change *change)
{
    const struct dead *d = change->own->data;

    change->row.proposal = change->row.team;
    change->row.team = NAME_HUB_DECISION;
    change->row.reason = d->reason;
    arrive(change, d->due);
    propose(change);
    return ERR_NONE;
}

// What was kept for one worker is anybody's when it is late; an offer stays an offer.
static void free_for_all(struct job_row *row)
{
    if (job_is_reserved(row) && !job_is_offer(row))
        job_reserve(row, span_of(NULL, 0), BECAUSE_NONE);
}

static enum clock_stage stage_of(enum event_type type)
{
    if (type == EVENT_WARNED)
        return STAGE_WARNED;
    return type == EVENT_OVERDUE ? STAGE_OVERDUE : STAGE_ESCALATED;
}

// What its course says so far: a part whose number is used again has a new one.
static enum err read_course(const struct change *change, struct course_row *course)
{
    *course = (struct course_row){0};
    if ((change->row.flags & JOB_HAS_COURSE) == 0)
        return ERR_NONE;
    return course_read(change->allocation->projection, TABLE_COURSE, change->key, course);
}

static enum err write_course(struct change *change, const struct course_row *course)
{
    change->row.flags |= JOB_HAS_COURSE;
    change->rewound = true;
    return course_write(change->allocation->projection, TABLE_COURSE, change->key, course);
}

static enum err note_rung(struct change *change, enum clock_stage stage)
{
    const struct rung *d = change->own->data;
    struct course_breach breach = {.due_ms = d->due, .state = d->state, .beside = d->beside};
    struct course_row course;
    enum err err = read_course(change, &course);

    if (err == ERR_NONE)
        err = number(change, d->clock, &breach.clock);
    if (stage == STAGE_OVERDUE)
        course_add_breach(&course, breach);
    if (d->beside) {
        course.told_ms = d->rang;
        course.told_clock = breach.clock;
    }
    return err == ERR_NONE ? write_course(change, &course) : err;
}

static enum err on_rung(struct change *change)
{
    const struct rung *d = change->own->data;
    enum clock_stage stage = stage_of(change->own->type);

    change->rewound = true;
    if (!d->beside)
        change->row.rung = (uint8_t)stage;
    if (!d->beside && stage == STAGE_OVERDUE)
        free_for_all(&change->row);
    return d->beside || stage == STAGE_OVERDUE ? note_rung(change, stage) : ERR_NONE;
}

static enum err on_decided(struct change *change)
{
    change->row.flags |= JOB_DECIDED; // an allocated follows, which changes the rest
    return ERR_NONE;
}

// Whose case it was is kept: it goes back there when it is opened again.
static enum err on_closed(struct change *change)
{
    const struct closed *d = change->own->data;

    if (on_close_ends_with_lead(change->allocation, change->key, &change->old, (enum outcome)d->outcome))
        change->row.flags |= JOB_ENDED_WITH_LEAD;
    arrive(change, 0);
    change->row.outcome = d->outcome;
    if (change->old.state == STATE_ACCEPTED)
        job_set_worker(&change->row, job_worker(&change->old));
    return ERR_NONE;
}

static enum err on_reopened(struct change *change)
{
    struct course_row course;
    enum err err = read_course(change, &course);

    arrive(change, change->own->head->time);
    change->row.team = NAME_HUB_DECISION;
    change->row.reason = REASON_REOPENED;
    change->row.flags &= JOB_HAS_COURSE | JOB_SIGNALLED;
    change->row.came_ms = change->own->head->time;
    change->row.progress = 0; // a plan of before is none for now
    job_open_again(&change->row);
    if (course.came_ms == 0)
        course.came_ms = change->old.came_ms;
    return err == ERR_NONE ? write_course(change, &course) : err;
}

static enum err on_updated(struct change *change)
{
    const struct updated *d = change->own->data;

    if (HAS(d, updated, consent))
        change->row.consent = d->consent;
    if (HAS(d, updated, triaged))
        change->row.input = d->triaged;
    return show(change, d->triaged, d->problems, d->needs);
}

static enum err on_progressed(struct change *change)
{
    const struct progressed *d = change->own->data;
    struct course_row course;
    enum err err = read_course(change, &course);

    change->row.progress |= (uint8_t)(1U << d->what);
    if (err != ERR_NONE)
        return err;
    course.progress_ms[d->what] = change->own->head->time;
    if (d->what == PROGRESS_REVIEW && HAS(d, progressed, due)) {
        change->row.flags |= JOB_REVIEWED;
        change->row.due_ms = d->due;
        change->row.rung = STAGE_NONE;
    }
    return write_course(change, &course);
}

static enum err on_stepped(struct change *change)
{
    const struct stepped *d = change->own->data;
    struct job_row *row = &change->row;

    if (!HAS(d, stepped, worker))
        return ERR_NONE; // an allocated follows
    if (row->state != STATE_ACCEPTED)
        return ERR_BAD_STORE;
    row->level = (uint8_t)d->level;
    row->basis = d->basis;
    row->reason = REASON_NONE;
    job_set_worker(row, d->worker);
    if (HAS(d, stepped, token))
        row->token = d->token;
    if (HAS(d, stepped, due)) {
        row->due_ms = d->due;
        row->rung = STAGE_NONE;
        row->flags &= (uint8_t)~JOB_REVIEWED;
        row->worker_ms = change->own->head->time;
    }
    return number(change, d->team, &row->team);
}

static enum err on_beside(struct change *change)
{
    (void)change; // a part follows
    return ERR_NONE;
}

static enum err take_eligible(struct allocation *allocation, const struct family_eligible *eligible)
{
    uint64_t family;
    uint16_t programme;
    enum err err = name_table_number(allocation->names, allocation->projection, TABLE_NAME, eligible->programme, &programme);

    if (!tag_parse(eligible->family, 'F', &family))
        return ERR_BAD_STORE;
    return err == ERR_NONE ? shown_tell(allocation, family, programme) : err;
}

// ---------------------------------------------------------------- all of them

static enum err take_one(struct allocation *allocation, const struct hub_event *own, uint64_t part, on_event on)
{
    struct change change;
    uint32_t asked = asked_of(own->type, own->data);
    enum err err = begin(&change, allocation, own, own->head->subject, part);

    if (err == ERR_NONE)
        err = on(&change);
    if (asked != 0)
        change.row.asked = asked;
    return err == ERR_NONE ? end(&change) : err;
}

static enum err take_list(struct allocation *allocation, const struct hub_event *own, const struct job *jobs, uint64_t n, on_event on)
{
    struct change change;
    enum err err = ERR_NONE;

    for (uint64_t i = 0; i < n && err == ERR_NONE; i++) {
        err = begin(&change, allocation, own, jobs[i].referral, HAS(&jobs[i], job, part) ? jobs[i].part : 0);
        if (err == ERR_NONE)
            err = on(&change);
        if (err == ERR_NONE)
            err = end(&change);
    }
    return err;
}

#define PART_OF(record) (HAS((const struct record *)own->data, record, part) ? ((const struct record *)own->data)->part : 0)
#define LIST_OF(record) ((const struct record *)own->data)->jobs, ((const struct record *)own->data)->n_jobs

enum err take_event(struct allocation *allocation, const struct hub_event *own)
{
    switch (own->type) {
    case EVENT_ALLOCATED:
        return take_one(allocation, own, PART_OF(allocated), on_allocated);
    case EVENT_HELD:
        return take_one(allocation, own, PART_OF(held), on_held);
    case EVENT_DECLINED:
        return take_one(allocation, own, PART_OF(declined), on_declined);
    case EVENT_DEAD:
        return take_one(allocation, own, PART_OF(dead), on_dead);
    case EVENT_WARNED:
    case EVENT_OVERDUE:
    case EVENT_ESCALATED:
        return take_one(allocation, own, PART_OF(rung), on_rung);
    case EVENT_CONFIRMED:
    case EVENT_OVERRIDDEN:
        return take_one(allocation, own, PART_OF(decided), on_decided);
    case EVENT_CLOSED:
        return take_one(allocation, own, PART_OF(closed), on_closed);
    case EVENT_REOPENED:
        return take_one(allocation, own, 0, on_reopened);
    case EVENT_UPDATED:
        return take_one(allocation, own, 0, on_updated);
    case EVENT_PROGRESSED:
        return take_one(allocation, own, PART_OF(progressed), on_progressed);
    case EVENT_STEPPED:
        return take_one(allocation, own, 0, on_stepped);
    case EVENT_ASSIGNED:
        return take_one(allocation, own, PART_OF(assigned), take_lease_assigned);
    case EVENT_CHALLENGED:
    case EVENT_OFFERED:
        return take_one(allocation, own, 0, on_beside);
    case EVENT_FAMILY_ELIGIBLE:
        return take_eligible(allocation, own->data);
    case EVENT_FAMILY_SIGNALLED:
        return take_signal(allocation, own->data);
    case EVENT_LEASED:
        return take_list(allocation, own, LIST_OF(leased), take_lease_leased);
    case EVENT_EXTENDED:
        return take_list(allocation, own, LIST_OF(lease_changed), take_lease_extended);
    case EVENT_RELEASED:
    case EVENT_LAPSED:
        return take_list(allocation, own, LIST_OF(lease_changed), take_lease_given_back);
    case EVENT_WORKER_ROSTERED:
    case EVENT_WORKER_AWAY:
    case EVENT_QUEUE_CAPACITY:
        return take_post(allocation, own);
    case EVENT_ACCEPTED:
        return take_list(allocation, own, LIST_OF(accepted), take_lease_accepted);
    default:
        return ERR_BAD_STORE;
    }
}
