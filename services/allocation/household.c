// SPDX-License-Identifier: MIT
// One row a pair of families: what was asked, of which referrals, and whether a person has said. Households stand in joined.h's rows.
// Called for each question and each answer, which are few.
// Must not look at rows of jobs while filing: an input is filed at another moment when rebuilding.
#include "services/allocation/household.h"

#include "common/base/big_endian.h"
#include "common/base/tag.h"
#include "common/runtime/report.h"
#include "services/allocation/eligible.h"
#include "services/allocation/news.h"
#include "services/allocation/parenting_again.h"
#include "services/allocation/side_job.h"
#include "services/allocation/suggest.h"

enum { QUESTIONS_MAX = 32, PAIR_SIZE = 16 };

struct question {
    uint64_t referral; // 0: no question, but that a person has said
    uint64_t sequence; // of the input that asked, or of family.settled
};

struct row {
    unsigned n;
    struct question at[QUESTIONS_MAX];
};

// ---------------------------------------------------------------- rows

// lesser[8] greater[8]; false when they are no families' tags.
static bool read_pair(struct span family_tag, struct span other_tag, uint64_t families[2], uint8_t key[PAIR_SIZE])
{
    bool in_order;

    if (!tag_parse(family_tag, 'F', &families[0]) || !tag_parse(other_tag, 'F', &families[1]))
        return false;
    in_order = families[0] < families[1];
    big_endian_put(key, families[in_order ? 0 : 1], 8);
    big_endian_put(key + 8, families[in_order ? 1 : 0], 8);
    return true;
}

static enum err get_row(const struct allocation *allocation, const uint8_t key[PAIR_SIZE], struct row *row)
{
    struct span value;
    enum err err = projection_get(allocation->projection, TABLE_PAIR, span_of(key, PAIR_SIZE), &value);

    row->n = 0;
    if (err != ERR_NONE)
        return err == ERR_NOT_FOUND ? ERR_NONE : err;
    if (value.size > sizeof row->at || value.size % sizeof row->at[0] != 0)
        return ERR_BAD_STORE;
    memcpy(row->at, value.at, value.size);
    row->n = (unsigned)(value.size / sizeof row->at[0]);
    return ERR_NONE;
}

static enum err put_row(const struct allocation *allocation, const uint8_t key[PAIR_SIZE], const struct row *row)
{
    return projection_put(allocation->projection, TABLE_PAIR, span_of(key, PAIR_SIZE), span_of(row->at, row->n * sizeof row->at[0]));
}

// The pair that a question is about.
static bool read_question(enum event_type type, const void *data, uint8_t key[PAIR_SIZE])
{
    const struct family_conflict *conflict = data;
    const struct family_candidate *candidate = data;
    uint64_t families[2];

    if (type == EVENT_FAMILY_CANDIDATE)
        return read_pair(candidate->family, candidate->other, families, key);
    return read_pair(conflict->family, conflict->other, families, key);
}

// ---------------------------------------------------------------- filing

enum err household_file_question(struct allocation *allocation, const struct hub_event *input)
{
    struct question question = {.sequence = input->sequence};
    uint8_t key[PAIR_SIZE];
    struct row row;
    enum err err;

    if (!tag_parse(input->head->subject, 'R', &question.referral) || !read_question(input->type, input->data, key))
        return ERR_BAD_STORE;
    err = get_row(allocation, key, &row);
    if (err == ERR_NONE && row.n == QUESTIONS_MAX)
        report("questions-full", "%.*s: its task does not end by itself when a person has said whose family it is",
               SPAN_ARG(input->head->subject));
    if (err != ERR_NONE || row.n == QUESTIONS_MAX)
        return err;
    row.at[row.n++] = question;
    return put_row(allocation, key, &row);
}

static enum err note_said(const struct allocation *allocation, const uint8_t key[PAIR_SIZE], uint64_t sequence)
{
    struct row row;
    enum err err = get_row(allocation, key, &row);
    unsigned i = 0;

    while (i < row.n && row.at[i].referral != 0)
        i++;
    if (i == QUESTIONS_MAX)
        i--;
    row.at[i] = (struct question){.sequence = sequence};
    row.n = i == row.n ? row.n + 1 : row.n;
    return err == ERR_NONE ? put_row(allocation, key, &row) : err;
}

enum err household_file_settled(struct allocation *allocation, const struct hub_event *input)
{
    const struct family_settled *settled = input->data;
    uint8_t key[PAIR_SIZE];
    uint64_t families[2];
    enum err err;

    if (!read_pair(settled->family, settled->other, families, key))
        return ERR_BAD_STORE;
    err = note_said(allocation, key, input->sequence);
    if (err != ERR_NONE)
        return err;
    if (settled->verdict == FAMILY_VERDICT_SAME)
        return joined_add(&allocation->families.joined, families[0], families[1]);
    return joined_drop(&allocation->families.joined, families[0], families[1]);
}

// ---------------------------------------------------------------- tasks

static bool is_said(const struct allocation *allocation, enum event_type type, const struct about *about)
{
    uint8_t key[PAIR_SIZE];
    struct row row;

    if (about->data == NULL || !read_question(type, about->data, key) || get_row(allocation, key, &row) != ERR_NONE)
        return false;
    for (unsigned i = 0; i < row.n; i++)
        if (row.at[i].referral == 0 && row.at[i].sequence > about->sequence)
            return true;
    return false;
}

static void ask(struct allocation *allocation, struct effects *effects, const struct about *about, enum decision_reason reason)
{
    struct onward to = {.team = span_text("hub-decision"), .reason = reason, .cause = about->sequence};
    struct job_row lead;

    if (job_table_get(&allocation->jobs, (struct job_key){.referral = about->referral}, &lead) != ERR_NONE)
        return;
    to.level = lead.level;
    side_job_add(allocation, effects, about->referral, &lead, 0, &to);
}

void household_on_candidate(struct allocation *allocation, struct effects *effects, const struct about *about)
{
    if (!is_said(allocation, EVENT_FAMILY_CANDIDATE, about))
        ask(allocation, effects, about, REASON_FAMILY_CANDIDATE);
}

void household_on_conflict(struct allocation *allocation, struct effects *effects, const struct about *about)
{
    if (!is_said(allocation, EVENT_FAMILY_CONFLICT, about))
        ask(allocation, effects, about, REASON_FAMILY_CONFLICT);
}

struct ending {
    struct effects *effects;
    const struct family_settled *settled;
    uint64_t sequence; // of the question
};

static void end_task(void *context, struct job_key key, const struct job_row *row)
{
    const struct ending *ending = context;

    if (row->input == ending->sequence && row->state == STATE_DECIDING && job_is_task(row))
        side_job_close(ending->effects, key, ending->settled->by, OUTCOME_DONE, ending->settled->note);
}

// ---------------------------------------------------------------- one family, two cases

struct cases {
    struct allocation *allocation;
    struct effects *effects; // NULL: only looked at
    struct span by;
    unsigned n;
    uint64_t newest; // referral
    struct job_row lead;
    bool asked; // of one of them
};

static bool opens_case(const struct allocation *allocation, const struct job_row *row)
{
    const struct policy *policy = compose_policy(allocation, row);
    unsigned team = policy == NULL ? 0 : rules_team(policy, name_table_text(allocation->names, row->team));

    return team != 0 && policy->teams[team].opens_case;
}

static void end_question(void *context, struct job_key key, const struct job_row *row)
{
    struct cases *cases = context;

    if (row->reason != REASON_TWO_CASES)
        return;
    cases->asked = true;
    if (cases->effects != NULL)
        side_job_close(cases->effects, key, cases->by, OUTCOME_DONE, 0);
}

static void look_at_case(void *context, struct job_key key, const struct job_row *row)
{
    struct cases *cases = context;

    if (key.part > 0 || !opens_case(cases->allocation, row))
        return;
    cases->n++;
    if (cases->n == 1 || row->input > cases->lead.input) {
        cases->newest = key.referral;
        cases->lead = *row;
    }
    side_job_each(cases->allocation, key.referral, end_question, cases);
}

static void look_at_household(struct cases *cases, uint64_t family,
                              void (*look)(void *context, struct job_key key, const struct job_row *row))
{
    struct joined_group household;

    if (joined_group(&cases->allocation->families.joined, family, &household) != ERR_NONE)
        return;
    for (unsigned i = 0; i < household.n; i++)
        family_case_each(&cases->allocation->families, &cases->allocation->jobs, household.at[i], look, cases);
}

// One worker has a family: which of the two is a person's to say.
static void ask_whose(struct allocation *allocation, struct effects *effects, uint64_t family, uint64_t sequence)
{
    struct cases cases = {.allocation = allocation};

    look_at_household(&cases, family, look_at_case);
    if (cases.n > 1 && !cases.asked)
        side_job_task(allocation, effects, cases.newest, &cases.lead, REASON_TWO_CASES, sequence);
}

// Who was taken for one family are two: whose their cases are is asked no more, unless there are still two of one.
static void ask_no_more(struct allocation *allocation, struct effects *effects, uint64_t family, struct span by)
{
    struct cases cases = {.allocation = allocation};

    look_at_household(&cases, family, look_at_case);
    if (!cases.asked || cases.n > 1)
        return;
    cases = (struct cases){.allocation = allocation, .effects = effects, .by = by};
    look_at_household(&cases, family, look_at_case);
}

// What one of the two was given for parenting before, when the other was open.
static void look_back(void *context, struct job_key key, const struct job_row *row)
{
    struct cases *cases = context;

    (void)row;
    if (key.part == 0 && cases->n < PARENTING_AGAIN_MAX)
        cases->n += parenting_again_tell(cases->allocation, cases->effects, key.referral);
}

void household_settle(struct allocation *allocation, struct effects *effects, const struct hub_event *input)
{
    struct ending ending = {.effects = effects, .settled = input->data};
    uint8_t key[PAIR_SIZE];
    uint64_t families[2];
    struct row row;

    if (!read_pair(ending.settled->family, ending.settled->other, families, key) || get_row(allocation, key, &row) != ERR_NONE)
        return;
    for (unsigned i = 0; i < row.n; i++) {
        ending.sequence = row.at[i].sequence;
        side_job_each(allocation, row.at[i].referral, end_task, &ending);
    }
    if (ending.settled->verdict == FAMILY_VERDICT_SAME) {
        ask_whose(allocation, effects, families[0], input->sequence);
        suggest_joined(allocation, effects, families[0], input->sequence);
        eligible_joined(allocation, effects, families[0], input->sequence);
        look_at_household(&(struct cases){.allocation = allocation, .effects = effects}, families[0], look_back);
    }
    for (unsigned i = 0; ending.settled->verdict == FAMILY_VERDICT_DIFFERENT && i < 2; i++) {
        news_judge_family(allocation, effects, families[i]);
        ask_no_more(allocation, effects, families[i], ending.settled->by);
    }
}
