// SPDX-License-Identifier: MIT
// One row a referral: what was said of it, as type and sequence.
// Called for each input of these types, and when a referral is routed.
// Must not look at rows of jobs while filing: an input is filed at another moment when rebuilding.
#include "services/allocation/early.h"

#include "common/base/tag.h"
#include "common/runtime/report.h"
#include "services/allocation/household.h"
#include "services/allocation/on_challenge.h"
#include "services/allocation/on_consent.h"
#include "services/allocation/on_withdrawal.h"
#include "services/allocation/read_back.h"
#include "services/allocation/side_job.h"

enum { EARLY_MAX = 64, TYPE_SHIFT = 56 }; // of one referral; the first ones are the early ones

struct row {
    unsigned n;
    uint64_t at[EARLY_MAX]; // type, and sequence
};

typedef void (*on_input)(struct allocation *allocation, struct effects *effects, const struct about *about);

static const struct {
    on_input answer; // NULL: not an input of this file
    bool wants_data;
} answers[EVENT_COUNT] = {
    [EVENT_FAMILY_CONFLICT] = {household_on_conflict, true},
    [EVENT_FAMILY_CANDIDATE] = {household_on_candidate, true},
    [EVENT_CONSENT_RECORDED] = {on_consent, true},
    [EVENT_WITHDRAWAL_RECORDED] = {on_withdrawal, false},
    [EVENT_CHALLENGE_RECORDED] = {on_challenge_recorded, false},
};

bool early_is(enum event_type type)
{
    return answers[type].answer != NULL;
}

// ---------------------------------------------------------------- rows

static struct span print_key(uint64_t referral, uint8_t key[JOB_KEY_SIZE])
{
    job_key_print((struct job_key){.referral = referral}, key);
    return span_of(key, JOB_KEY_SIZE);
}

static enum err read_row(const struct allocation *allocation, uint64_t referral, struct row *row)
{
    uint8_t key[JOB_KEY_SIZE];
    struct span value;
    enum err err = projection_get(allocation->projection, TABLE_EARLY, print_key(referral, key), &value);

    row->n = 0;
    if (err != ERR_NONE)
        return err == ERR_NOT_FOUND ? ERR_NONE : err;
    if (value.size > sizeof row->at || value.size % sizeof row->at[0] != 0)
        return ERR_BAD_STORE;
    memcpy(row->at, value.at, value.size);
    row->n = (unsigned)(value.size / sizeof row->at[0]);
    return ERR_NONE;
}

void early_fetch(const struct allocation *allocation, uint64_t referral)
{
    uint8_t key[JOB_KEY_SIZE];

    projection_fetch(allocation->projection, TABLE_EARLY, print_key(referral, key));
}

enum err early_file(struct allocation *allocation, const struct hub_event *input)
{
    uint8_t key[JOB_KEY_SIZE];
    struct row row;
    uint64_t referral;
    enum err err;

    if (!tag_parse(input->head->subject, 'R', &referral))
        return ERR_BAD_STORE;
    err = read_row(allocation, referral, &row);
    if (err == ERR_NONE && row.n == EARLY_MAX)
        report("early-full", "%.*s: nothing more is kept of what comes before it is routed", SPAN_ARG(input->head->subject));
    if (err != ERR_NONE || row.n == EARLY_MAX)
        return err;
    row.at[row.n++] = (uint64_t)input->type << TYPE_SHIFT | input->sequence;
    return projection_put(allocation->projection, TABLE_EARLY, print_key(referral, key), span_of(row.at, row.n * sizeof row.at[0]));
}

// ---------------------------------------------------------------- answers

void early_decide(struct allocation *allocation, struct effects *effects, const struct hub_event *input)
{
    struct about about = {.sequence = input->sequence, .data = input->data};

    if (tag_parse(input->head->subject, 'R', &about.referral) &&
        job_table_has(&allocation->jobs, (struct job_key){.referral = about.referral}))
        answers[input->type].answer(allocation, effects, &about);
}

static void answer_again(struct allocation *allocation, struct effects *effects, enum event_type type, struct about about)
{
    struct read_back back;

    if (answers[type].wants_data)
        about.data = read_back_event(allocation, about.sequence, type, &back);
    answers[type].answer(allocation, effects, &about);
}

void early_answer(struct allocation *allocation, struct effects *effects, uint64_t referral, uint64_t sequence)
{
    struct row row;

    if (read_row(allocation, referral, &row) != ERR_NONE)
        return;
    for (unsigned i = 0; i < row.n; i++) {
        enum event_type type = (enum event_type)(row.at[i] >> TYPE_SHIFT);
        struct about about = {.referral = referral, .sequence = row.at[i] & ((UINT64_C(1) << TYPE_SHIFT) - 1)};

        if (about.sequence < sequence && type < EVENT_COUNT && early_is(type)) // later ones are answered when they come
            answer_again(allocation, effects, type, about);
    }
}
