// SPDX-License-Identifier: MIT
// decide: a person settles what waits for a decision, is held, or is dead.
// Called for each request by the runtime.
// Must not let a level fall unless the person says that the need is lower, or that a fact was wrong.
#include "common/base/tag.h"
#include "services/allocation/compose.h"
#include "services/allocation/work_requests.h"

enum { RELEASED_PARTS_MAX = 32 }; // of one held lead: children, tasks and conflicts are fewer

struct deciding {
    struct allocation *allocation;
    struct effects *effects;
    const struct decide *asked;
    struct job_key key;
    struct job_row row;
};

static void refuse(const struct deciding *deciding, const struct peer *peer, const char *path, enum fault code, const char *message)
{
    struct plain_reply *reply = &deciding->allocation->reply.plain;

    *reply = (struct plain_reply){.answer = ANSWER_BAD_REQUEST, .n_errors = 1};
    SET_HAS(reply, plain_reply, errors);
    reply->errors[0] = (struct problem){.code = (uint8_t)code};
    PUT(&reply->errors[0], problem, path, span_text(path));
    PUT(&reply->errors[0], problem, message, span_text(message));
    effects_reply(deciding->effects, peer, &record_plain_reply, reply);
}

static void answer(const struct deciding *deciding, const struct peer *peer, enum answer answer)
{
    struct answered *reply = &deciding->allocation->reply.answered;

    *reply = (struct answered){.answer = (uint8_t)answer, .n_jobs = 1};
    SET_HAS(reply, answered, jobs);
    reply->jobs[0] = (struct answered_job){.referral = deciding->asked->referral, .answer = (uint8_t)answer};
    if (deciding->key.part > 0)
        PUT(&reply->jobs[0], answered_job, part, deciding->key.part);
    effects_reply(deciding->effects, peer, &record_answered, reply);
}

static struct span proposal_of(const struct deciding *deciding)
{
    uint16_t proposal = deciding->row.proposal;

    return proposal == NAME_HUB_DECISION ? span_of(NULL, 0) : name_table_text(deciding->allocation->names, proposal);
}

static bool is_decidable(const struct job_row *row)
{
    return row->state == STATE_DECIDING || row->state == STATE_HELD || row->state == STATE_DEAD;
}

// ---------------------------------------------------------------- what goes with a held lead

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

// A part that was meant for a person's decision comes there for the reason, and with the proposal, that its row says.
static void send_to_person(const struct deciding *deciding, const struct job_row *row, struct onward *to)
{
    const struct policy *policy = compose_policy(deciding->allocation, row);
    const struct route_row *rule = row_of_rule(policy, name_table_text(deciding->allocation->names, row->rule));

    to->team = span_text("hub-decision");
    to->reason = rule != NULL && rule->reason != REASON_NONE ? (enum decision_reason)rule->reason : REASON_NO_RULE;
    if (rule != NULL)
        to->proposal = policy->teams[rule->proposal].code;
}

static void release_part(const struct deciding *deciding, struct job_key key, const struct job_row *row)
{
    struct allocation *allocation = deciding->allocation;
    struct onward to = {.team = name_table_text(allocation->names, row->proposal), .level = row->level, .marks = row->marks};

    if (row->proposal == NAME_NONE || row->proposal == NAME_HUB_DECISION)
        send_to_person(deciding, row, &to);
    compose_onward(allocation, deciding->effects, key, row, &to);
}

// The parts of a lead that was held are held with it, and go where they were meant to go when it does.
static void release_parts(const struct deciding *deciding)
{
    struct job_key key = {.referral = deciding->key.referral, .part = 1};
    struct job_row row;

    for (; key.part <= RELEASED_PARTS_MAX && job_table_get(&deciding->allocation->jobs, key, &row) == ERR_NONE; key.part++)
        if (row.state == STATE_HELD)
            release_part(deciding, key, &row);
}

// ---------------------------------------------------------------- the decision

static void append_decided(const struct deciding *deciding, enum event_type type, struct span team, unsigned level)
{
    struct decided decided = {.by = deciding->asked->by, .team = team, .level = level};

    if (deciding->key.part > 0)
        PUT(&decided, decided, part, deciding->key.part);
    if (proposal_of(deciding).size > 0)
        PUT(&decided, decided, proposal, proposal_of(deciding));
    if (type == EVENT_OVERRIDDEN)
        PUT(&decided, decided, why, deciding->asked->why);
    compose_append(deciding->effects, type, deciding->key.referral, 0, &decided);
}

static void go_on(const struct deciding *deciding, struct span team, unsigned level, uint64_t marks)
{
    struct onward to = {.team = team, .level = level, .marks = marks};

    compose_onward(deciding->allocation, deciding->effects, deciding->key, &deciding->row, &to);
    if (deciding->key.part == 0)
        release_parts(deciding);
}

static void finish_task(const struct deciding *deciding)
{
    struct closed closed = {.by = deciding->asked->by, .outcome = OUTCOME_DONE};

    if (deciding->key.part > 0)
        PUT(&closed, closed, part, deciding->key.part);
    compose_append(deciding->effects, EVENT_CLOSED, deciding->key.referral, 0, &closed);
}

static void confirm(const struct deciding *deciding, const struct peer *peer)
{
    struct span team = proposal_of(deciding);

    if (deciding->key.part > 0 && deciding->row.state == STATE_DECIDING && job_is_task(&deciding->row)) {
        finish_task(deciding);
    } else if (team.size == 0) {
        refuse(deciding, peer, "/action", FAULT_UNKNOWN_CODE, "nothing is proposed for it: override, naming team and why");
        return;
    } else {
        append_decided(deciding, EVENT_CONFIRMED, team, deciding->row.level);
        go_on(deciding, team, deciding->row.level, deciding->row.marks);
    }
    answer(deciding, peer, ANSWER_OK);
}

static bool is_team(const struct allocation *allocation, const struct job_row *row, struct span team)
{
    const struct policy *own = compose_policy(allocation, row), *newest = policy_shelf_newest(&allocation->shelf);

    if (span_is(team, "hub-decision"))
        return false; // it is there already
    return (own != NULL && rules_team(own, team) != 0) || (newest != NULL && rules_team(newest, team) != 0);
}

static void override(const struct deciding *deciding, const struct peer *peer)
{
    const struct decide *asked = deciding->asked;
    unsigned level = HAS(asked, decide, level) ? (unsigned)asked->level : deciding->row.level;

    if (!HAS(asked, decide, team))
        refuse(deciding, peer, "/team", FAULT_MISSING, "name the team that it goes to");
    else if (!HAS(asked, decide, why))
        refuse(deciding, peer, "/why", FAULT_MISSING, "say why it goes elsewhere than proposed");
    else if (!is_team(deciding->allocation, &deciding->row, asked->team))
        refuse(deciding, peer, "/team", FAULT_UNKNOWN_CODE, "the policy has no such team, or it decides itself");
    else if (level < deciding->row.level && asked->why != WHY_NEED_LOWER && asked->why != WHY_FACTS_CORRECTED)
        refuse(deciding, peer, "/level", FAULT_OUT_OF_RANGE, "a lower level needs the reason need_lower or facts_corrected");
    else {
        append_decided(deciding, EVENT_OVERRIDDEN, asked->team, level);
        go_on(deciding, asked->team, level, 0); // the person has answered what was marked
        answer(deciding, peer, ANSWER_OK);
    }
}

void on_decide(void *state, const struct request *request, struct moment now, struct effects *effects)
{
    struct allocation *allocation = state;
    struct deciding deciding = {.allocation = allocation, .effects = effects, .asked = request->record};

    allocation->now = now;
    deciding.key.part = HAS(deciding.asked, decide, part) ? (uint8_t)deciding.asked->part : 0;
    if (!tag_parse(deciding.asked->referral, 'R', &deciding.key.referral) ||
        job_table_get(&allocation->jobs, deciding.key, &deciding.row) != ERR_NONE)
        answer(&deciding, &request->peer, ANSWER_NOT_FOUND);
    else if (!is_decidable(&deciding.row))
        answer(&deciding, &request->peer, ANSWER_STALE);
    else if (deciding.asked->action == DECIDE_CONFIRM)
        confirm(&deciding, &request->peer);
    else
        override(&deciding, &request->peer);
}
