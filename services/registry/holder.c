// SPDX-License-Identifier: MIT
// One row a referral or part while somebody holds it; none while it is queued, held or closed.
// Used by the registry. Must not write any other table than the holders'.
#include "services/registry/holder.h"

#include "common/base/tag.h"

static const char decision_team[] = "hub-decision";

const struct event_part holder_reads = {
    .head = FIELD_BIT(event, id) | FIELD_BIT(event, type) | FIELD_BIT(event, subject) | FIELD_BIT(event, time) | FIELD_BIT(event, data),
    .data =
        {
            [EVENT_ALLOCATED] = FIELD_BIT(allocated, part) | FIELD_BIT(allocated, team),
            [EVENT_HELD] = FIELD_BIT(held, part),
            [EVENT_LEASED] = FIELD_BIT(leased, team) | FIELD_BIT(leased, worker) | FIELD_BIT(leased, jobs),
            [EVENT_RELEASED] = FIELD_BIT(lease_changed, jobs),
            [EVENT_LAPSED] = FIELD_BIT(lease_changed, jobs),
            [EVENT_ACCEPTED] =
                FIELD_BIT(accepted, team) | FIELD_BIT(accepted, worker) | FIELD_BIT(accepted, token) | FIELD_BIT(accepted, jobs),
            [EVENT_DECLINED] = FIELD_BIT(declined, part),
            [EVENT_DEAD] = FIELD_BIT(dead, part),
            [EVENT_STEPPED] = FIELD_BIT(stepped, team) | FIELD_BIT(stepped, worker) | FIELD_BIT(stepped, token),
            [EVENT_CLOSED] = FIELD_BIT(closed, part),
        },
};

// The referral of a text such as "R…" or "R…/1"; false when it is none.
static bool read_referral(struct span text, uint64_t *referral)
{
    return text.size >= TAG_SIZE && tag_parse(span_of(text.at, TAG_SIZE), 'R', referral);
}

// Who has it, and of which team.
struct hand {
    struct span team, worker;
    uint64_t token;
};

static const struct hand nobodys;

static enum err hold(struct rows *rows, struct span subject, uint64_t part, enum state state, const struct hand *hand)
{
    struct row_holder row = {.state = state, .token = hand->token};
    uint64_t referral;

    if (!read_referral(subject, &referral) || part >= ROWS_PARTS || hand->worker.size > sizeof row.worker ||
        hand->team.size > sizeof row.team)
        return ERR_BAD_INPUT;
    row.team_size = (uint8_t)hand->team.size;
    row.worker_size = (uint8_t)hand->worker.size;
    if (hand->team.size > 0)
        memcpy(row.team, hand->team.at, hand->team.size);
    if (hand->worker.size > 0)
        memcpy(row.worker, hand->worker.at, hand->worker.size);
    return rows_put_holder(rows, referral, (unsigned)part, &row);
}

static enum err nobody(struct rows *rows, struct span subject, uint64_t part)
{
    uint64_t referral;

    if (!read_referral(subject, &referral) || part >= ROWS_PARTS)
        return ERR_BAD_INPUT;
    return rows_del_holder(rows, referral, (unsigned)part);
}

// ---------------------------------------------------------------- events

static enum err on_allocated(struct rows *rows, struct span subject, const struct allocated *data)
{
    if (span_is(data->team, decision_team))
        return hold(rows, subject, data->part, STATE_DECIDING, &nobodys);
    return nobody(rows, subject, data->part);
}

// Lists are long enough for their rows to be fetched before the first is put.
static void fetch_jobs(const struct rows *rows, const struct job *jobs, uint64_t n_jobs)
{
    uint64_t referral;

    for (uint64_t i = 0; i < n_jobs; i++)
        if (read_referral(jobs[i].referral, &referral))
            rows_fetch_holder(rows, referral, (unsigned)jobs[i].part);
}

// Jobs as they stand in leased, released, lapsed and accepted. NONE: nobody holds them any more.
static enum err on_jobs(struct rows *rows, const struct job *jobs, uint64_t n_jobs, enum state state, const struct hand *hand)
{
    enum err err = ERR_NONE;

    fetch_jobs(rows, jobs, n_jobs);
    for (uint64_t i = 0; i < n_jobs && err == ERR_NONE; i++) {
        if (state == STATE_NONE)
            err = nobody(rows, jobs[i].referral, jobs[i].part);
        else
            err = hold(rows, jobs[i].referral, jobs[i].part, state, hand);
    }
    return err;
}

static enum err on_leased(struct rows *rows, const struct leased *data, uint64_t token)
{
    const struct hand hand = {.team = data->team, .worker = data->worker, .token = token};

    return on_jobs(rows, data->jobs, data->n_jobs, STATE_LEASED, &hand);
}

static enum err on_lease_ended(struct rows *rows, const struct lease_changed *data)
{
    return on_jobs(rows, data->jobs, data->n_jobs, STATE_NONE, &nobodys);
}

static enum err on_accepted(struct rows *rows, const struct accepted *data)
{
    const struct hand hand = {.team = data->team, .worker = data->worker, .token = data->token};

    return on_jobs(rows, data->jobs, data->n_jobs, STATE_ACCEPTED, &hand);
}

// The lead is another worker's; without a worker an allocated follows. Where its own worker keeps it, so is the token.
static enum err on_stepped(struct rows *rows, struct span subject, const struct stepped *data)
{
    struct hand hand = {.team = data->team, .worker = data->worker, .token = data->token};
    struct row_holder row;
    uint64_t referral;
    enum err err = ERR_NONE;

    if (!HAS(data, stepped, worker))
        return ERR_NONE;
    if (HAS(data, stepped, token))
        return hold(rows, subject, 0, STATE_ACCEPTED, &hand);
    if (!read_referral(subject, &referral))
        return ERR_BAD_INPUT;
    err = rows_get_holder(rows, referral, 0, &row);
    if (err != ERR_NONE)
        return err == ERR_NOT_FOUND ? ERR_NONE : err;
    hand.token = row.token;
    return hold(rows, subject, 0, STATE_ACCEPTED, &hand);
}

enum err holder_file(struct rows *rows, const struct hub_event *input)
{
    struct span subject = input->head->subject;

    switch (input->type) {
    case EVENT_ALLOCATED:
        return on_allocated(rows, subject, input->data);
    case EVENT_HELD:
        return nobody(rows, subject, ((const struct held *)input->data)->part);
    case EVENT_LEASED:
        return on_leased(rows, input->data, event_number(input->head->id));
    case EVENT_RELEASED:
    case EVENT_LAPSED:
        return on_lease_ended(rows, input->data);
    case EVENT_ACCEPTED:
        return on_accepted(rows, input->data);
    case EVENT_DECLINED:
        return hold(rows, subject, ((const struct declined *)input->data)->part, STATE_DECIDING, &nobodys);
    case EVENT_DEAD:
        return hold(rows, subject, ((const struct dead *)input->data)->part, STATE_DEAD, &nobodys);
    case EVENT_STEPPED:
        return on_stepped(rows, subject, input->data);
    case EVENT_REOPENED:
        return hold(rows, subject, 0, STATE_DECIDING, &nobodys);
    case EVENT_CLOSED:
        return nobody(rows, subject, ((const struct closed *)input->data)->part);
    default:
        return ERR_NONE;
    }
}

// ---------------------------------------------------------------- judging

static enum answer judge_row(const struct row_holder *row, const struct holder_question *question)
{
    bool is_worker = span_equal(question->worker, span_of(row->worker, row->worker_size));

    switch (row->state) {
    case STATE_LEASED:
        if (!is_worker)
            return ANSWER_NOT_ALLOWED;
        return question->has_token && question->token == row->token ? ANSWER_OK : ANSWER_STALE;
    case STATE_ACCEPTED:
        return is_worker ? ANSWER_OK : ANSWER_NOT_ALLOWED;
    case STATE_DECIDING:
    case STATE_DEAD:
        return question->purpose == PURPOSE_DECISION ? ANSWER_OK : ANSWER_NOT_ALLOWED;
    default:
        return ANSWER_NOT_ALLOWED;
    }
}

static void add_grant(const struct row_holder *row, struct holder_grant *grant)
{
    grant->decides = grant->decides || row->state == STATE_DECIDING || row->state == STATE_DEAD;
    if (row->team_size == 0 || grant->n_teams == HOLDER_TEAMS_MAX)
        return;
    grant->teams[grant->n_teams].size = row->team_size;
    memcpy(grant->teams[grant->n_teams++].code, row->team, row->team_size);
}

enum err holder_judge(struct rows *rows, const struct holder_question *question, enum answer *answer, struct holder_grant *grant)
{
    *answer = ANSWER_NOT_ALLOWED;
    *grant = (struct holder_grant){0};
    for (unsigned part = 0; part < ROWS_PARTS; part++) {
        struct row_holder row;
        enum err err = rows_get_holder(rows, question->referral, part, &row);
        enum answer of_part;

        if (err == ERR_NOT_FOUND)
            continue;
        if (err != ERR_NONE)
            return err;
        of_part = judge_row(&row, question);
        if (of_part == ANSWER_OK)
            add_grant(&row, grant);
        if (of_part == ANSWER_OK || (of_part == ANSWER_STALE && *answer != ANSWER_OK))
            *answer = of_part;
    }
    return ERR_NONE;
}
