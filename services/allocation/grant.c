// SPDX-License-Identifier: MIT
// Chooses among the workers who wait, and leases to the chosen one what the queue has for that worker.
// Called when a worker takes, and when work comes to a team whose workers wait.
// Must not let who asked first, or how often, decide: the choice follows from what the log says of the workers.
#include "services/allocation/grant.h"

#include "common/base/tag.h"
#include "services/allocation/compose.h"
#include "services/allocation/pick.h"

#include <stdlib.h>

enum { LEASE_MS_DEFAULT = 15 * 60 * 1000, RETRY_MS = 1000, PASSED_MAX = 4, LEVEL_LEAST = 1 };

// Why the worker gets it, and who else waited.
struct choice {
    enum because because; // BECAUSE_NONE: nobody else did
    unsigned n_passed;
    struct passed_over passed[PASSED_MAX];
};

uint32_t grant_lease_ms(const struct allocation *allocation, struct span team, uint64_t asked_ms)
{
    const struct policy *policy = policy_shelf_newest(&allocation->shelf);
    unsigned index = policy == NULL ? 0 : rules_team(policy, team);
    uint32_t usual = index > 0 && policy->teams[index].lease_ms > 0 ? policy->teams[index].lease_ms : LEASE_MS_DEFAULT;
    bool guarded = index > 0 && policy->teams[index].guarded;

    return asked_ms == 0 || (guarded && asked_ms > usual) ? usual : (uint32_t)asked_ms;
}

// Of news the worker, who stays the family's one lead, is told how much else goes on because of it.
static unsigned parts_beside(const struct allocation *allocation, uint64_t referral)
{
    struct job_key key = {.referral = referral, .part = 1};
    struct job_row row;
    unsigned n = 0;

    for (; key.part <= JOB_PARTS_MAX && job_table_get(&allocation->jobs, key, &row) == ERR_NONE; key.part++)
        n += job_is_open(&row) && row.news_of == 0;
    return n;
}

static void tell_job(const struct allocation *allocation, const struct picked *picked, unsigned i, char family[16], char news_of[16],
                     const struct job *job, struct taken_job *told)
{
    const struct job_row *row = &picked->rows[i];
    unsigned beside;

    *told = (struct taken_job){.referral = job->referral, .level = row->level, .due = row->due_ms};
    tag_print('F', row->family, family);
    told->family = span_text(family);
    if (job->part > 0)
        PUT(told, taken_job, part, job->part);
    PUT(told, taken_job, attempt, job->attempt);
    if (row->rule != NAME_NONE)
        PUT(told, taken_job, rule, name_table_text(allocation->names, row->rule));
    if (row->marks != 0)
        PUT(told, taken_job, marks, row->marks);
    if (row->reason != REASON_NONE)
        PUT(told, taken_job, reason, row->reason);
    if (row->input != 0)
        PUT(told, taken_job, sequence, row->input);
    if (row->news_of == 0)
        return;
    tag_print('R', row->news_of, news_of);
    PUT(told, taken_job, news_of, span_text(news_of));
    beside = row->news_of == picked->keys[i].referral ? 0 : parts_beside(allocation, picked->keys[i].referral);
    if (beside > 0)
        PUT(told, taken_job, beside, beside);
}

static void put_choice(struct leased *leased, const struct choice *choice)
{
    if (choice->because == BECAUSE_NONE)
        return;
    PUT(leased, leased, because, (uint8_t)choice->because);
    SET_HAS(leased, leased, passed_over);
    leased->n_passed_over = choice->n_passed;
    memcpy(leased->passed_over, choice->passed, choice->n_passed * sizeof choice->passed[0]);
}

static void lease(struct allocation *allocation, struct effects *effects, const struct parked_take *take, const struct picked *picked,
                  const struct choice *choice)
{
    char tags[PICK_MAX][3][16];
    struct leased leased = {.team = name_table_text(allocation->names, take->team), .worker = span_of(take->worker, take->worker_size)};
    struct taken *taken = &allocation->reply.taken;
    struct effect effect = {.type = EVENT_LEASED, .data = &leased};
    uint64_t token;

    *taken = (struct taken){.answer = ANSWER_OK};
    leased.lease_ms = grant_lease_ms(allocation, leased.team, take->lease_ms);
    leased.due = allocation->now.wall_ms + (int64_t)leased.lease_ms;
    leased.n_jobs = taken->n_jobs = picked->n;
    for (unsigned i = 0; i < picked->n; i++) {
        leased.jobs[i] = compose_job(picked->keys[i], tags[i][0]);
        PUT(&leased.jobs[i], job, attempt, picked->rows[i].attempts < JOB_ATTEMPTS_MAX ? picked->rows[i].attempts + 1u : JOB_ATTEMPTS_MAX);
        tell_job(allocation, picked, i, tags[i][1], tags[i][2], &leased.jobs[i], &taken->jobs[i]);
    }
    if (picked->because != BECAUSE_NONE)
        PUT(&leased, leased, because, (uint8_t)picked->because);
    else
        put_choice(&leased, choice);
    SET_HAS(taken, taken, jobs);
    token = effects_append(effects, &effect);
    PUT(taken, taken, token, token);
    PUT(taken, taken, lease_ms, leased.lease_ms);
    effects_reply(effects, &take->peer, &record_taken, taken);
}

static enum answer give_picked(struct allocation *allocation, struct effects *effects, const struct parked_take *take, unsigned max,
                               struct post_now *post, const struct choice *choice)
{
    struct picked picked;

    pick_jobs(allocation, take->team, max, post, &picked);
    if (picked.n == 0 && picked.apart)
        return ANSWER_KEPT_APART;
    if (picked.n == 0)
        return picked.full ? ANSWER_AT_CAPACITY : ANSWER_EMPTY;
    lease(allocation, effects, take, &picked, choice);
    return ANSWER_OK;
}

enum answer grant_jobs(struct allocation *allocation, struct effects *effects, const struct parked_take *take)
{
    static const struct choice alone;
    struct post_now post;
    enum answer answer;

    post_read(allocation, take->team, span_of(take->worker, take->worker_size), &post);
    if (post.away)
        return ANSWER_AWAY;
    answer = give_picked(allocation, effects, take, take->max, &post, &alone);
    if (answer == ANSWER_KEPT_APART)
        return ANSWER_EMPTY; // the next may be another's
    return answer == ANSWER_EMPTY && !post_has_room(&post, LEVEL_LEAST) ? ANSWER_AT_CAPACITY : answer;
}

void grant_nothing(struct allocation *allocation, struct effects *effects, const struct parked_take *take, enum answer answer)
{
    struct taken *taken = &allocation->reply.taken;

    *taken = (struct taken){.answer = (uint8_t)answer};
    if (answer == ANSWER_BUSY)
        PUT(taken, taken, retry_after_ms, RETRY_MS);
    if (answer == ANSWER_AWAY || answer == ANSWER_AT_CAPACITY)
        PUT(taken, taken, queued, allocation->jobs.depths[take->team].queued);
    effects_reply(effects, &take->peer, &record_taken, taken);
}

// ---------------------------------------------------------------- parked takes

// A worker who waits, as one of those who might get what has come.
struct waiting {
    struct parked_take *take;
    struct post_now post;
    bool full;  // had no room for the next of the queue
    bool apart; // is kept apart from the next of the queue
};

struct serving {
    struct allocation *allocation;
    struct effects *effects;
    unsigned events; // that may still be appended
    unsigned n;
    struct waiting at[PARKED_TAKE_MAX]; // the first to be served first; who is away stands behind
};

static int compare(const void *a, const void *b)
{
    const struct waiting *x = a, *y = b;

    if (x->post.away != y->post.away)
        return x->post.away ? 1 : -1;
    return fair_compare(&x->post.fair, &y->post.fair);
}

static void gather(struct serving *serving, uint16_t team)
{
    struct parked_take *take = NULL;

    serving->n = 0;
    while ((take = parked_take_next(serving->allocation->parked, team, take)) != NULL) {
        struct waiting *waiting = &serving->at[serving->n++];

        waiting->take = take;
        waiting->full = waiting->apart = false;
        post_read(serving->allocation, team, span_of(take->worker, take->worker_size), &waiting->post);
    }
    if (serving->n > 1)
        qsort(serving->at, serving->n, sizeof serving->at[0], compare);
}

static enum why_passed why_passed(const struct waiting *chosen, const struct waiting *other)
{
    if (other->post.away)
        return PASSED_AWAY;
    if (other->apart)
        return PASSED_KEPT_APART;
    return other->full ? PASSED_AT_CAPACITY : fair_passed(&chosen->post.fair, &other->post.fair);
}

static void pass_over(struct choice *choice, const struct waiting *chosen, const struct waiting *other)
{
    if (choice->n_passed == PASSED_MAX || span_equal(chosen->post.fair.tag, other->post.fair.tag))
        return;
    choice->passed[choice->n_passed++] = (struct passed_over){.worker = other->post.fair.tag, .why = (uint8_t)why_passed(chosen, other)};
}

// Those before the chosen one could have none; those behind come later.
static void choose(const struct serving *serving, unsigned chosen, struct choice *choice)
{
    const struct waiting *at = serving->at;

    *choice = (struct choice){0};
    for (unsigned i = 0; i < serving->n && choice->n_passed < PASSED_MAX; i++)
        if (i != chosen && (i > chosen || at[i].full || at[i].apart))
            pass_over(choice, &at[chosen], &at[i]);
    if (choice->n_passed > 0)
        choice->because = chosen + 1 < serving->n ? fair_because(&at[chosen].post.fair, &at[chosen + 1].post.fair) : BECAUSE_LEAST_WORK;
}

// Where a roster says who can take how much, nobody who waits gets all while others get nothing.
static unsigned share_of(const struct serving *serving, uint16_t team, const struct parked_take *take)
{
    uint64_t share = serving->allocation->jobs.depths[team].queued / serving->n + 1;

    if (serving->allocation->posts.n_rostered[team] == 0 || share >= take->max)
        return take->max;
    return (unsigned)share;
}

static void give(struct serving *serving, uint16_t team, unsigned place)
{
    struct waiting *waiting = &serving->at[place];
    struct choice choice;
    enum answer answer;

    choose(serving, place, &choice);
    answer =
        give_picked(serving->allocation, serving->effects, waiting->take, share_of(serving, team, waiting->take), &waiting->post, &choice);
    waiting->full = answer == ANSWER_AT_CAPACITY;
    waiting->apart = answer == ANSWER_KEPT_APART;
    if (answer != ANSWER_OK)
        return;
    waiting->take->served = true;
    serving->events--;
}

static void serve(struct serving *serving, uint16_t team)
{
    gather(serving, team);
    for (unsigned i = 0; i < serving->n && serving->events > 0 && !serving->at[i].post.away; i++)
        give(serving, team, i);
    parked_take_sweep(serving->allocation->parked, team);
}

void grant_parked(struct allocation *allocation, struct effects *effects, unsigned events)
{
    static struct serving serving; // too large for a stack

    serving.allocation = allocation;
    serving.effects = effects;
    serving.events = events;
    while (allocation->n_woken > 0) {
        uint16_t team = allocation->woken[allocation->n_woken - 1];

        serve(&serving, team);
        if (serving.events == 0)
            return; // more of this team's may be waiting
        allocation->n_woken--;
        allocation->is_woken[team] = false;
    }
}
