// SPDX-License-Identifier: MIT
// Why a referral went to its team, what stands beside it, and who acts next.
// Called by explain and try. Says nothing that does not stand in the events or the policy that they name.
#include "services/windscreen/account.h"

#include "common/base/civil.h"
#include "services/windscreen/clause.h"
#include "services/windscreen/plain.h"
#include "services/windscreen/screen.h"

#define COMMON(record)                                                                                                                   \
    .part = (record)->part, .level = (record)->level, .marks = (record)->marks, .n_used = (record)->n_used, .n_near = (record)->n_near,  \
    .reason = (record)->reason, .due_ms = (record)->due, .proposal = (record)->proposal, .rule = (record)->rule, .used = (record)->used, \
    .near = (record)->near

struct account_job account_job_allocated(const struct allocated *allocated)
{
    return (struct account_job){
        COMMON(allocated),
        .state = span_is(allocated->team, "hub-decision") ? STATE_DECIDING : STATE_QUEUED,
        .basis = allocated->basis,
        .judged = HAS(allocated, allocated, used),
        .team = allocated->team,
        .news_of = allocated->news_of,
        .instead_of = allocated->instead_of,
        .for_worker = allocated->for_worker,
        .because = allocated->because,
        .kept_until_ms = allocated->kept_until,
    };
}

struct account_job account_job_held(const struct held *held)
{
    return (struct account_job){COMMON(held), .state = STATE_HELD, .basis = held->basis, .judged = HAS(held, held, used)};
}

// ---------------------------------------------------------------- rows

static const struct route_row *row_among(const struct table *table, const struct route_row *rows, struct span rule)
{
    for (unsigned row = 0; row < table->n_rows; row++)
        if (span_equal(rows[row].code, rule))
            return &rows[row];
    return NULL;
}

// Of the lead, parenting or tasks; NULL when the policy has none of this code.
static const struct route_row *row_of(const struct policy *policy, struct span rule)
{
    const struct route_rules *routes = &policy->routes;
    const struct route_row *row = row_among(&routes->lead, routes->lead_rows, rule);

    row = row != NULL ? row : row_among(&routes->parenting, routes->parenting_rows, rule);
    return row != NULL ? row : row_among(&routes->tasks, routes->task_rows, rule);
}

static void put_row(json_t *passage, const struct policy *policy, const struct account_job *job)
{
    const struct route_row *row = row_of(policy, job->rule);

    account_put(passage, "rule", account_span(job->rule));
    if (row != NULL)
        account_put(passage, "row", account_origin(&row->origin));
    account_say_rule(passage, policy, row != NULL ? row->says : (struct span){0}, job->used, job->n_used);
}

// ---------------------------------------------------------------- what it waits for

static const char *awaited(uint8_t reason)
{
    switch ((enum decision_reason)reason) {
    case REASON_AWAITING_CONSENT:
        return "the family's agreement";
    case REASON_AWAITING_EHA:
        return "an Early Help Assessment";
    default:
        return "a person's decision";
    }
}

// "go to the Early Help family support workers (fsw)". What waits for a person already would still do so, for another reason.
static void add_would(struct phrase *phrase, const struct policy *policy, const struct route_row *row, enum state now)
{
    switch ((enum row_outcome)row->outcome) {
    case ROW_QUEUE:
        phrase_add(phrase, "go to ");
        plain_add_team(phrase, policy, policy->teams[row->team].code);
        break;
    case ROW_DECIDE:
        phrase_add(phrase, now == STATE_DECIDING ? "still wait for a person's decision" : "wait for a person's decision");
        break;
    case ROW_HOLD:
        phrase_add(phrase, "wait for %s", awaited(row->reason));
        break;
    case ROW_NEWS:
        phrase_add(phrase, "be news for whoever has the family's case");
        break;
    case ROW_PARENTING:
        phrase_add(phrase, "go to parenting support for each child");
        break;
    }
}

static json_t *near_json(const struct policy *policy, const struct near_row *near, enum state now)
{
    const struct route_row *row = row_of(policy, near->row);
    char text[ACCOUNT_TEXT_MAX + 1];
    struct phrase phrase = phrase_on(text, sizeof text);

    if (row != NULL)
        add_would(&phrase, policy, row, now);
    else
        phrase_add(&phrase, "go by row %.*s", SPAN_ARG(near->row));
    phrase_add(&phrase, " if ");
    clause_add(&phrase, policy, near->fact, near->from, near->to, CLAUSE_WERE);
    return json_pack("{so, so, sI, sI, sI, ss}", "row", account_span(near->row), "fact", account_span(near->fact), "value",
                     (json_int_t)near->value, "from", (json_int_t)near->from, "to", (json_int_t)near->to, "words", text);
}

// ---------------------------------------------------------------- the lead

static json_t *lead_passage(const struct policy *policy, const struct account_job *job)
{
    char text[ACCOUNT_TEXT_MAX + 1];
    struct phrase phrase = phrase_on(text, sizeof text);

    if (job->state == STATE_HELD) {
        phrase_add(&phrase, "Why it waits for %s", awaited(job->reason));
    } else if (job->state == STATE_DECIDING) {
        phrase_add(&phrase, "Why a person decides");
    } else {
        phrase_add(&phrase, "Why it went to ");
        plain_add_team(&phrase, policy, job->team);
    }
    return account_passage("lead", text);
}

static void say_proposal(json_t *passage, const struct policy *policy, const struct account_job *job)
{
    char text[ACCOUNT_TEXT_MAX + 1];
    struct phrase phrase = phrase_on(text, sizeof text);

    if (job->proposal.size == 0)
        return;
    phrase_add(&phrase, job->state == STATE_HELD ? "when that has come it goes to " : "the proposal is ");
    plain_add_team(&phrase, policy, job->proposal);
    account_say(passage, &phrase);
}

static void say_basis(json_t *passage, const struct account_job *job)
{
    char text[ACCOUNT_TEXT_MAX + 1];
    struct phrase phrase = phrase_on(text, sizeof text);

    if (job->basis == BASIS_NONE)
        return;
    phrase_add(&phrase, "the lawful basis for %s is %s", job->state == STATE_HELD ? "keeping it" : "passing it on",
               code_meaning(LIST_BASIS, job->basis));
    account_say(passage, &phrase);
}

static void put_job(json_t *passage, const struct account_job *job)
{
    account_put(passage, "part", json_integer((json_int_t)job->part));
    account_put(passage, "state", json_string(code_text(LIST_STATE, job->state)));
    account_put(passage, "team", account_span(job->team));
    account_put(passage, "proposal", account_span(job->proposal));
    account_put(passage, "reason", job->reason != REASON_NONE ? json_string(code_text(LIST_REASON, job->reason)) : json_null());
    account_put(passage, "basis", job->basis != BASIS_NONE ? json_string(code_text(LIST_BASIS, job->basis)) : json_null());
    account_put(passage, "news_of", account_span(job->news_of));
    account_put(passage, "instead_of", account_span(job->instead_of));
    account_put(passage, "for_worker", account_span(job->for_worker));
    account_put(passage, "because", job->because != BECAUSE_NONE ? json_string(code_text(LIST_BECAUSE, job->because)) : json_null());
}

// The member that a part is for; 0: none.
static uint64_t member_of(const struct account_job *job)
{
    for (uint64_t i = 0; i < job->n_used; i++)
        if (span_is(job->used[i].fact, "member"))
            return (uint64_t)job->used[i].value;
    return 0;
}

// Which child, which open case.
static void say_whom(json_t *passage, const struct facts *facts, const struct account_job *job)
{
    char text[ACCOUNT_TEXT_MAX + 1];
    struct phrase phrase = phrase_on(text, sizeof text);

    if (member_of(job) != 0) {
        phrase_add(&phrase, "it is for ");
        plain_add_member(&phrase, facts, member_of(job));
    } else if (job->news_of.size > 0) {
        phrase_add(&phrase, "the open case is %.*s", SPAN_ARG(job->news_of));
    }
    account_say(passage, &phrase);
}

// Another team than the row names, or one worker of it.
static void say_whose(json_t *passage, const struct policy *policy, const struct account_job *job)
{
    char text[ACCOUNT_TEXT_MAX + 1];
    struct phrase phrase = phrase_on(text, sizeof text);

    if (job->instead_of.size > 0) {
        plain_add_team(&phrase, policy, job->instead_of);
        phrase_add(&phrase, ", where it belongs, is full. The family has agreed to another neighbourhood, and this one has room");
    } else if (job->for_worker.size > 0) {
        phrase_add(&phrase, "it is kept for %.*s", SPAN_ARG(job->for_worker));
        if (job->kept_until_ms != 0) {
            phrase_add(&phrase, " until ");
            plain_add_moment(&phrase, job->kept_until_ms);
        }
        if (job->because != BECAUSE_NONE)
            phrase_add(&phrase, ", because %s", code_meaning(LIST_BECAUSE, job->because));
    }
    account_say(passage, &phrase);
}

json_t *account_lead(const struct policy *policy, const struct facts *facts, const struct account_job *job)
{
    json_t *passage = lead_passage(policy, job);
    json_t *near = json_array();

    put_job(passage, job);
    put_row(passage, policy, job);
    say_whose(passage, policy, job);
    say_whom(passage, facts, job);
    say_proposal(passage, policy, job);
    say_basis(passage, job);
    for (uint64_t i = 0; i < job->n_near; i++)
        json_array_append_new(near, near_json(policy, &job->near[i], (enum state)job->state));
    account_put(passage, "near", near);
    return passage;
}

// ---------------------------------------------------------------- parts

static void add_where(struct phrase *phrase, const struct policy *policy, const struct account_job *job)
{
    if (job->news_of.size > 0)
        phrase_add(phrase, "news for whoever has the open case %.*s", SPAN_ARG(job->news_of));
    else if (job->state == STATE_HELD && job->proposal.size > 0)
        plain_add_team(phrase, policy, job->proposal);
    else if (job->state == STATE_DECIDING && job->reason == REASON_CONSENT_REFUSED)
        phrase_add(phrase, "a person at the hub decides, because %s", plain_reason(job->reason));
    else if (job->state == STATE_DECIDING || job->state == STATE_HELD)
        phrase_add(phrase, "a task for a person at the hub");
    else
        plain_add_team(phrase, policy, job->team);
}

json_t *account_part(const struct policy *policy, const struct facts *facts, const struct account_job *job)
{
    const struct route_row *row = row_of(policy, job->rule);
    json_t *item = json_object();
    char text[ACCOUNT_TEXT_MAX + 1];
    struct phrase phrase = phrase_on(text, sizeof text);
    uint64_t member = member_of(job);

    put_job(item, job);
    account_put(item, "rule", account_span(job->rule));
    if (row != NULL)
        account_put(item, "row", account_origin(&row->origin));
    phrase_add(&phrase, "Part %llu: ", (unsigned long long)job->part);
    add_where(&phrase, policy, job);
    if (member != 0) {
        phrase_add(&phrase, ", for ");
        plain_add_member(&phrase, facts, member);
    }
    if (job->state == STATE_HELD)
        phrase_add(&phrase, ", once %s", job->reason == REASON_AWAITING_CONSENT ? "the family has agreed" : "the referral itself goes on");
    if (row != NULL && row->says.size > 0 && job->news_of.size == 0)
        phrase_add(&phrase, ". %.*s", SPAN_ARG(row->says));
    account_put(item, "words", json_string(text));
    return item;
}

// ---------------------------------------------------------------- now

// Its own row stands below with what it says; what came up later is told here.
static bool is_explained(const struct policy *policy, const struct story_part *part)
{
    const struct route_row *row = row_of(policy, span_text(part->rule));

    return row != NULL && row->reason == part->reason;
}

// Something to be done, rather than to be decided.
static bool is_task(const struct story_part *part)
{
    if (part->state != STATE_DECIDING || part->part == 0 || part->proposal[0] != '\0')
        return false;
    return part->reason != REASON_CHALLENGED && part->reason != REASON_WITHDRAWN && part->reason != REASON_STEP_UP;
}

static void add_deciding(struct phrase *phrase, const struct policy *policy, const struct story_part *part)
{
    phrase_add(phrase, is_task(part) ? "it is a task for a person at the hub" : "a person at the hub decides");
    if (part->reason != REASON_NONE && !is_explained(policy, part))
        phrase_add(phrase, ": %s", plain_reason(part->reason));
    if (part->proposal[0] == '\0')
        return;
    phrase_add(phrase, ". The proposal is ");
    plain_add_team(phrase, policy, span_text(part->proposal));
}

// Held for nothing but what a person decides about the lead.
static bool goes_with_lead(const struct story_part *part)
{
    return part->part > 0 && part->state == STATE_HELD && part->reason != REASON_AWAITING_CONSENT && part->reason != REASON_AWAITING_EHA;
}

static void add_standing(struct phrase *phrase, const struct policy *policy, const struct story_part *part)
{
    switch ((enum state)part->state) {
    case STATE_ROUTING:
        phrase_add(phrase, "it is being routed");
        break;
    case STATE_QUEUED:
        phrase_add(phrase, part->news_of[0] != '\0' ? "it is news, and waits to be read by " : "it waits to be taken on by ");
        plain_add_team(phrase, policy, span_text(part->team));
        break;
    case STATE_LEASED:
        phrase_add(phrase, "it is being looked at by %s of ", part->worker);
        plain_add_team(phrase, policy, span_text(part->team));
        break;
    case STATE_ACCEPTED:
        phrase_add(phrase, part->news_of[0] != '\0' ? "it is news that %s is dealing with, of " : "it is the case of %s, ", part->worker);
        plain_add_team(phrase, policy, span_text(part->team));
        break;
    case STATE_HELD:
        phrase_add(phrase, goes_with_lead(part) ? "it waits until the referral itself is decided" : "it waits for %s",
                   awaited(part->reason));
        break;
    case STATE_DECIDING:
        add_deciding(phrase, policy, part);
        break;
    case STATE_DEAD:
        phrase_add(phrase, "it was shown to workers and nobody answered: the hub manager decides");
        break;
    default:
        phrase_add(phrase, "it is closed");
        if (part->outcome != OUTCOME_NONE)
            phrase_add(phrase, ": %s", code_meaning(LIST_OUTCOME, part->outcome));
        break;
    }
}

// What the due time is of, in front of it and behind it.
static const struct {
    const char *before, *after;
} due_words[STATE_COUNT] = {
    [STATE_QUEUED] = {"That should happen by ", ""},        [STATE_LEASED] = {"The answer is due by ", ""},
    [STATE_ACCEPTED] = {"The first review is due by ", ""}, [STATE_HELD] = {"If that has not come by ", ", a person decides"},
    [STATE_DECIDING] = {"The decision is due by ", ""},     [STATE_DEAD] = {"The decision is due by ", ""},
};

static void add_due(struct phrase *phrase, const struct story_part *part, int64_t now_ms)
{
    if (part->due_ms == 0 || due_words[part->state].before == NULL || goes_with_lead(part))
        return;
    phrase_add(phrase, "%s %s", phrase->used > 0 && phrase->at[phrase->used - 1] == '?' ? "" : ".",
               is_task(part) ? "It should be done by " : due_words[part->state].before);
    plain_add_moment(phrase, part->due_ms);
    phrase_add(phrase, "%s%s", due_words[part->state].after, part->due_ms < now_ms ? ". That time has passed" : "");
}

static void add_marks(struct phrase *phrase, const struct story_part *part)
{
    const char *between = ". Whoever takes it on must confirm: ";

    for (unsigned mark = 1; mark < code_count(LIST_MARK); mark++)
        if ((part->marks >> mark & 1) != 0 && (part->state == STATE_QUEUED || part->state == STATE_LEASED)) {
            phrase_add(phrase, "%s%s", between, code_meaning(LIST_MARK, mark));
            between = "; ";
        }
}

// Nobody else may take it yet.
static void add_kept(struct phrase *phrase, const struct story_part *part, int64_t now_ms)
{
    if (part->state != STATE_QUEUED || part->for_worker[0] == '\0' || (part->kept_ms != 0 && part->kept_ms <= now_ms) ||
        (part->kept_ms == 0 && part->due_ms <= now_ms))
        return;
    phrase_add(phrase, ". It is kept for %s", part->for_worker);
    if (part->kept_ms == 0)
        return;
    phrase_add(phrase, " until ");
    plain_add_moment(phrase, part->kept_ms);
}

static void add_part_now(struct phrase *phrase, const struct policy *policy, const struct story_part *part, int64_t now_ms)
{
    add_standing(phrase, policy, part);
    add_kept(phrase, part, now_ms);
    add_due(phrase, part, now_ms);
    add_marks(phrase, part);
}

// A part that has ended is told with the others that have.
static bool is_over(const struct story_part *part)
{
    return part->part > 0 && part->state == STATE_CLOSED;
}

// Parts of which the same is to be said are told together: "Parts 1, 2: ...". Returns the place behind the last of them.
static unsigned say_alike(json_t *passage, const struct policy *policy, const struct story *story, unsigned first, int64_t now_ms)
{
    char own[ACCOUNT_TEXT_MAX + 1], other[ACCOUNT_TEXT_MAX + 1], text[ACCOUNT_TEXT_MAX + 1];
    struct phrase body = phrase_on(own, sizeof own);
    struct phrase phrase = phrase_on(text, sizeof text);
    unsigned next = first;

    add_part_now(&body, policy, &story->parts[first], now_ms);
    do {
        struct phrase next_body = phrase_on(other, sizeof other);

        phrase_add(&phrase, next == first ? " %u" : ", %u", story->parts[next].part);
        if (++next < story->n_parts)
            add_part_now(&next_body, policy, &story->parts[next], now_ms);
    } while (next < story->n_parts && first > 0 && !is_over(&story->parts[next]) && strcmp(own, other) == 0);
    body = phrase_on(other, sizeof other);
    if (first > 0)
        phrase_add(&body, "Part%s%s: ", next - first > 1 ? "s" : "", text);
    phrase_add(&body, "%s", own);
    account_say(passage, &body);
    return next;
}

// "Parts 1, 3 and 4 are closed".
static void say_closed(json_t *passage, const struct story *story)
{
    char text[ACCOUNT_TEXT_MAX + 1];
    struct phrase phrase = phrase_on(text, sizeof text);
    unsigned left = 0, n = 0;

    for (unsigned i = 1; i < story->n_parts; i++)
        n += story->parts[i].state == STATE_CLOSED;
    left = n;
    for (unsigned i = 1; i < story->n_parts; i++)
        if (story->parts[i].state == STATE_CLOSED) {
            phrase_add(&phrase, "%s%u", left == n ? n == 1 ? "part " : "parts " : left == 1 ? " and " : ", ", story->parts[i].part);
            left--;
        }
    if (n > 0)
        phrase_add(&phrase, n == 1 ? " is closed" : " are closed");
    account_say(passage, &phrase);
}

json_t *account_now(const struct policy *policy, const struct story *story, int64_t now_ms)
{
    json_t *passage = account_passage("now", "Where it is now");

    for (unsigned i = 0; i < story->n_parts;)
        i = is_over(&story->parts[i]) ? i + 1 : say_alike(passage, policy, story, i, now_ms);
    say_closed(passage, story);
    if (story->level != 0 && story->parts[0].level != story->level) {
        char text[ACCOUNT_TEXT_MAX + 1];
        struct phrase phrase = phrase_on(text, sizeof text);

        phrase_add(&phrase,
                   story->level_by_person ? "level %llu was proposed; a person decided that it is level %llu"
                                          : "level %llu was proposed since; it stays level %llu until a person decides",
                   (unsigned long long)story->level, (unsigned long long)story->parts[0].level);
        account_say(passage, &phrase);
    }
    return passage;
}

// ---------------------------------------------------------------- the policy

json_t *account_policy(const struct policy *policy, int64_t effective_ms)
{
    json_t *passage = account_passage("policy", "By which policy");
    char hash[2 * POLICY_VERSION_SIZE + 1];
    char text[ACCOUNT_TEXT_MAX + 1];
    struct phrase phrase = phrase_on(text, sizeof text);

    screen_hex(span_of(policy->version, POLICY_VERSION_SIZE), hash);
    phrase_add(&phrase, "the policy %.*s: %.*s", SPAN_ARG(policy->name), SPAN_ARG(policy->title));
    if (effective_ms != 0) {
        phrase_add(&phrase, ". In force for what came from ");
        if (civil_london_midnight(civil_london_day(effective_ms)) == effective_ms)
            plain_add_day(&phrase, effective_ms);
        else
            plain_add_moment(&phrase, effective_ms);
        phrase_add(&phrase, " on");
    }
    phrase_add(&phrase, "; version %.12s", hash);
    account_say(passage, &phrase);
    account_put(passage, "name", account_span(policy->name));
    account_put(passage, "version", json_string(hash));
    return passage;
}
