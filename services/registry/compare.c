// SPDX-License-Identifier: MIT
// Walks the referrals' rows in order: each is compared with those before it, then remembered for those behind.
// Used by the registry. Must open nobody but to compare, must keep nothing of whom it opened, and must not ask twice about a pair.
#include "services/registry/compare.h"

#include "common/base/tag.h"
#include "common/runtime/report.h"
#include "services/registry/kin.h"
#include "services/registry/registry.h"

#include <inttypes.h>
#include <stdlib.h>

#include <sodium.h>

enum {
    ROWS_A_TICK = 2048,  // about a millisecond; it stops behind one that had to be opened
    QUIET_MS = 50,       // since an event came: between two batches of a full load there is always a moment of rest
    ROWS_BUSY = 64,      // while the registry has other work ...
    BUSY_AGAIN_MS = 250, // ... which it does only so often then: what is left out is made up for when there is less to do
    LOOK_AGAIN_MS = 100, // when there was no row left
    OTHERS_MAX = 8,      // referrals that one is compared with
    TELL_AFTER = 1024,   // compared referrals: at a start no more have to be compared again
    NUMBER_SHIFT = 24,   // a referral's number: its own number, and random bits below
};

// One referral as it is compared.
struct comparing {
    const struct compare_row *own;
    const struct edition *edition; // in force when it came
    unsigned n_others, n_people;
    uint64_t others[OTHERS_MAX]; // referrals, the latest first
    struct likeness_person people[IDENTITY_MEMBERS_MAX];
    unsigned members[IDENTITY_MEMBERS_MAX]; // which member of the referral each is
    unsigned n_found;
    struct found {
        uint64_t family;
        unsigned member;
        struct likeness_found likeness;
    } found[OTHERS_MAX]; // one for each other family, the most alike first
};

// ---------------------------------------------------------------- opening and closing

enum err compare_open(struct registry *registry)
{
    struct compare *compare = &registry->compare;
    enum err err;

    compare->index = lookalikes_new();
    if (compare->index == NULL)
        return ERR_NO_MEMORY;
    err = rows_get_compared(&registry->rows, &compare->compared_to);
    return err == ERR_NOT_FOUND ? ERR_NONE : err;
}

void compare_close(struct registry *registry)
{
    lookalikes_free(&registry->compare.index);
}

// ---------------------------------------------------------------- own events

enum err compare_take(struct registry *registry, const struct hub_event *own)
{
    struct compare *compare = &registry->compare;
    uint64_t referral, family, other;
    enum err err = ERR_NONE;

    if (own->type == EVENT_FAMILY_CANDIDATE) {
        const struct family_candidate *candidate = own->data;

        if (!tag_parse(candidate->family, 'F', &family) || !tag_parse(candidate->other, 'F', &other))
            return ERR_BAD_INPUT;
        err = kin_note(&registry->rows, family, other, KIN_ASKED);
    }
    if (!tag_parse(own->head->subject, 'R', &referral))
        return ERR_BAD_INPUT;
    if (own->type == EVENT_FAMILY_COMPARED)
        compare->n_compared = compare->n_left_out = 0;
    if (err != ERR_NONE || referral <= compare->compared_to)
        return err;
    compare->compared_to = referral;
    return rows_put_compared(&registry->rows, referral);
}

static void append(struct registry *registry, enum event_type type, uint64_t referral, const void *data, struct effects *effects)
{
    char subject[TAG_SIZE + 1] = "";
    struct effect effect = {.type = type, .subject = span_of(subject, TAG_SIZE), .data = data};

    tag_print('R', referral, subject);
    registry_append(registry, &effect, effects);
}

static void tell_progress(struct registry *registry, uint64_t referral, struct effects *effects)
{
    struct compare *compare = &registry->compare;
    struct family_compared compared = {.compared = compare->n_compared};

    if (compare->n_left_out > 0)
        PUT(&compared, family_compared, left_out, compare->n_left_out);
    append(registry, EVENT_FAMILY_COMPARED, referral, &compared, effects);
}

// ---------------------------------------------------------------- who has traits in common

static enum err keep_referral(void *context, uint64_t referral, const struct row_referral *row)
{
    (void)row;
    *(uint64_t *)context = referral;
    return ERR_NONE;
}

// The referral that has this own number; false when it is not committed, as after it was put back.
static bool find_referral(struct registry *registry, uint64_t n, uint64_t *referral)
{
    uint64_t after = (n << NUMBER_SHIFT) - 1;
    enum err err;

    *referral = 0;
    err = rows_next_referrals(&registry->rows, &after, 1, keep_referral, referral);
    registry_require(err == ERR_NOT_FOUND ? ERR_NONE : err, "reading referrals' rows");
    return *referral >> NUMBER_SHIFT == n;
}

static bool has_number(const uint32_t *numbers, unsigned n, uint32_t number)
{
    for (unsigned i = 0; i < n; i++)
        if (numbers[i] == number)
            return true;
    return false;
}

// Own numbers of the referrals that have a trait of `row`, each once.
static unsigned gather_numbers(const struct lookalikes *index, const struct row_referral *row,
                               uint32_t numbers[TRAITS_MAX * LOOKALIKES_OF_TRAIT])
{
    unsigned n = 0;

    for (unsigned i = 0; i < row->traits.n; i++) {
        uint32_t found[LOOKALIKES_OF_TRAIT];
        unsigned n_found = row->traits.at[i] != 0 ? lookalikes_find(index, row->traits.at[i], found) : 0;

        for (unsigned k = 0; k < n_found; k++)
            if (!has_number(numbers, n, found[k]))
                numbers[n++] = found[k];
    }
    return n;
}

static int by_number_down(const void *a, const void *b)
{
    uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;

    return (first < second) - (first > second);
}

// The latest of those that it must be compared with. What is too many is counted.
static void find_others(struct registry *registry, struct comparing *comparing)
{
    uint32_t numbers[TRAITS_MAX * LOOKALIKES_OF_TRAIT];
    unsigned n = gather_numbers(registry->compare.index, &comparing->own->row, numbers);

    comparing->n_others = 0;
    qsort(numbers, n, sizeof numbers[0], by_number_down);
    for (unsigned i = 0; i < n; i++) {
        if (comparing->n_others < OTHERS_MAX) {
            if (find_referral(registry, numbers[i], &comparing->others[comparing->n_others]))
                comparing->n_others++;
        } else {
            registry->compare.n_left_out++;
        }
    }
}

// The pair is one household already, or a person was asked or has said.
static bool is_settled(struct registry *registry, uint64_t family, uint64_t other)
{
    uint64_t head, other_head;
    unsigned bits, head_bits;

    registry_require(kin_head(&registry->rows, family, &head), "reading a household");
    registry_require(kin_head(&registry->rows, other, &other_head), "reading a household");
    if (head == other_head)
        return true;
    registry_require(kin_get(&registry->rows, family, other, &bits), "reading a pair of families");
    registry_require(kin_get(&registry->rows, head, other_head, &head_bits), "reading a pair of families");
    return ((bits | head_bits) & (KIN_ASKED | KIN_SAME | KIN_DIFFERENT)) != 0;
}

// ---------------------------------------------------------------- opening

// Decodes the household of a referral into `submitted`, which lends from registry->opened. ERR_NOT_FOUND: it was erased.
static enum err open_household(struct registry *registry, uint64_t referral, const struct row_referral *row, struct submitted *submitted)
{
    struct event event;
    size_t size;
    enum err err = reveal_open_sealed(registry, &(struct sealed_text){referral, row->family, row->sequence}, &size);

    if (err != ERR_NONE)
        return err;
    registry_read(&record_event, span_of(registry->opened, size), &event);
    if (event.data.size == 0)
        return ERR_NOT_FOUND;
    registry_read_household(&event, submitted);
    return ERR_NONE;
}

static unsigned read_people(const struct submitted *submitted, struct likeness_person people[IDENTITY_MEMBERS_MAX],
                            unsigned members[IDENTITY_MEMBERS_MAX])
{
    unsigned n = 0;

    for (unsigned i = 0; i < submitted->n_members && i < IDENTITY_MEMBERS_MAX; i++) {
        traits_person(submitted, i, &people[n]);
        members[n] = i + 1;
        n += people[n].is_complete;
    }
    return n;
}

// Opens the referral, and keeps its people until they are wiped.
static enum err open_people(struct registry *registry, uint64_t referral, const struct row_referral *row, unsigned *n,
                            struct likeness_person people[IDENTITY_MEMBERS_MAX], unsigned members[IDENTITY_MEMBERS_MAX])
{
    static struct submitted submitted;
    enum err err = open_household(registry, referral, row, &submitted);

    *n = err == ERR_NONE ? read_people(&submitted, people, members) : 0;
    sodium_memzero(registry->opened, sizeof registry->opened);
    return err;
}

// ---------------------------------------------------------------- comparing

// The most alike two of both referrals.
static struct likeness_found compare_people(const struct comparing *comparing, const struct likeness_person *others, unsigned n_others,
                                            const uint8_t *least, unsigned *member)
{
    struct likeness_found best = {.likeness = LIKENESS_NONE};

    for (unsigned i = 0; i < comparing->n_people; i++)
        for (unsigned k = 0; k < n_others; k++) {
            struct likeness_found found = likeness_of(&comparing->people[i], &others[k], least);

            if (found.likeness == LIKENESS_NONE || (best.likeness != LIKENESS_NONE && found.score <= best.score))
                continue;
            best = found;
            *member = comparing->members[i];
        }
    return best;
}

// Each other family once, in order of the score.
static void add_found(struct comparing *comparing, const struct found *found)
{
    unsigned at = 0;

    for (unsigned i = 0; i < comparing->n_found; i++)
        if (comparing->found[i].family == found->family)
            return;
    while (at < comparing->n_found && comparing->found[at].likeness.score >= found->likeness.score)
        at++;
    memmove(comparing->found + at + 1, comparing->found + at, (comparing->n_found - at) * sizeof *found);
    comparing->found[at] = *found;
    comparing->n_found++;
}

// ERR_AGAIN: the daemon is stopping.
static enum err compare_with(struct registry *registry, struct comparing *comparing, uint64_t referral)
{
    static struct likeness_person others[IDENTITY_MEMBERS_MAX];
    unsigned members[IDENTITY_MEMBERS_MAX], n_others;
    struct found found = {0};
    struct row_referral row;
    enum err err = rows_get_referral(&registry->rows, referral, &row);

    registry_require(err, "reading a referral's row");
    found.family = row.family;
    if (is_settled(registry, comparing->own->row.family, row.family))
        return ERR_NONE;
    err = open_people(registry, referral, &row, &n_others, others, members);
    found.likeness = compare_people(comparing, others, n_others, comparing->edition->matching.least, &found.member);
    sodium_memzero(others, sizeof others);
    if (err == ERR_NONE && found.likeness.likeness != LIKENESS_NONE)
        add_found(comparing, &found);
    return err;
}

static void append_candidates(struct registry *registry, const struct comparing *comparing, struct effects *effects)
{
    struct compare *compare = &registry->compare;
    char family[TAG_SIZE + 1], other[TAG_SIZE + 1];
    uint64_t left_out = compare->n_left_out;

    tag_print('F', comparing->own->row.family, family);
    for (unsigned i = 0; i < comparing->n_found; i++) {
        const struct found *found = &comparing->found[i];
        struct family_candidate data = {.family = span_of(family, TAG_SIZE), .other = span_of(other, TAG_SIZE)};

        if (i >= comparing->edition->matching.candidates) {
            left_out++;
            continue;
        }
        tag_print('F', found->family, other);
        data.likeness = (uint8_t)found->likeness.likeness;
        data.score = found->likeness.score;
        data.member = found->member;
        PUT(&data, family_candidate, policy, span_of(comparing->edition->policy, POLICY_VERSION_SIZE));
        append(registry, EVENT_FAMILY_CANDIDATE, comparing->own->referral, &data, effects);
    }
    compare->n_left_out = left_out;
}

// What was in force when the referral came. ERR_AGAIN: the daemon is stopping.
static enum err find_edition(struct registry *registry, const struct compare_row *own, const struct edition **edition)
{
    static uint8_t bytes[EVENT_BYTES_MAX];
    struct event received = {0};
    size_t size = 0;
    enum err err = runtime_event(registry->runtime, own->row.sequence, bytes, &size);

    if (err != ERR_NONE)
        return err;
    registry_read(&record_event, span_of(bytes, size), &received);
    *edition = rulebook_at(&registry->rulebook, received.time);
    return ERR_NONE;
}

// One attachment that does not open must not stop the others' work.
static bool may_pass(enum err err, const struct compare_row *own)
{
    if (err == ERR_AGAIN)
        return false;
    if (err != ERR_NONE && err != ERR_NOT_FOUND)
        report("attachment-damaged", "an attachment does not open when event %" PRIu64 " is compared: %s", own->row.sequence,
               err_text(err));
    return true;
}

// False: not now.
static bool compare_opened(struct registry *registry, struct comparing *comparing, struct effects *effects)
{
    const struct compare_row *own = comparing->own;
    enum err err = find_edition(registry, own, &comparing->edition);

    if (err != ERR_NONE || comparing->edition->matching.candidates == 0)
        return may_pass(err, own);
    err = open_people(registry, own->referral, &own->row, &comparing->n_people, comparing->people, comparing->members);
    comparing->n_found = 0;
    for (unsigned i = 0; err == ERR_NONE && i < comparing->n_others; i++) {
        err = compare_with(registry, comparing, comparing->others[i]);
        if (may_pass(err, own))
            err = ERR_NONE;
    }
    sodium_memzero(comparing->people, sizeof comparing->people);
    if (!may_pass(err, own))
        return false;
    append_candidates(registry, comparing, effects);
    return true;
}

// ---------------------------------------------------------------- one after the other

static void tell_left_out(struct compare *compare, struct moment now)
{
    if (compare->n_left_out > 0 && report_due(&compare->told_boot_ms, now.boot_ms))
        report("look-alikes-left-out",
               "more look-alikes than are compared or asked about: %" PRIu64 " left out since it was last told in the log",
               compare->n_left_out);
}

// False: not now. `opened`: it had to ask the log.
static bool compare_one(struct registry *registry, const struct compare_row *own, struct moment now, struct effects *effects, bool *opened)
{
    static struct comparing comparing;
    struct compare *compare = &registry->compare;
    uint64_t left_out = compare->n_left_out;

    if (own->referral <= compare->compared_to)
        return true;
    comparing.own = own;
    find_others(registry, &comparing);
    *opened = comparing.n_others > 0;
    if (*opened && !compare_opened(registry, &comparing, effects)) {
        compare->n_left_out = left_out; // it is counted again
        return false;
    }
    if (++compare->n_compared >= TELL_AFTER)
        tell_progress(registry, own->referral, effects);
    tell_left_out(compare, now);
    return true;
}

static void remember(struct registry *registry, const struct compare_row *own)
{
    uint64_t n = own->referral >> NUMBER_SHIFT;

    for (unsigned i = 0; i < own->row.traits.n && n <= UINT32_MAX; i++)
        if (own->row.traits.at[i] != 0 && i % TRAITS_OF_MEMBER != TRAIT_SWAPPED_BORN)
            registry_require(lookalikes_add(registry->compare.index, own->row.traits.at[i], (uint32_t)n), "remembering look-alikes");
}

static enum err gather_row(void *context, uint64_t referral, const struct row_referral *row)
{
    struct compare *compare = context;
    struct compare_row *gathered = &compare->rows[compare->n_rows++];

    gathered->referral = referral;
    gathered->row.family = row->family;
    gathered->row.sequence = row->sequence;
    traits_copy(&gathered->row.traits, &row->traits);
    for (unsigned i = 0; i < row->traits.n; i++)
        lookalikes_fetch(compare->index, row->traits.at[i]);
    return ERR_NONE;
}

// False: all that is committed has been gone through.
static bool gather(struct registry *registry)
{
    struct compare *compare = &registry->compare;
    enum err err;

    compare->n_rows = compare->next_row = 0;
    err = rows_next_referrals(&registry->rows, &compare->read_to, COMPARE_BATCH, gather_row, compare);
    registry_require(err == ERR_NOT_FOUND ? ERR_NONE : err, "reading referrals' rows");
    return compare->n_rows > 0;
}

// How many rows may be gone through now.
static unsigned rows_now(struct registry *registry, struct moment now)
{
    struct compare *compare = &registry->compare;

    if (now.boot_ms < compare->look_boot_ms)
        return 0;
    if (runtime_idle(registry->runtime) && now.boot_ms - registry->admitted_boot_ms >= QUIET_MS)
        return ROWS_A_TICK;
    if (now.boot_ms - compare->busy_boot_ms < BUSY_AGAIN_MS)
        return 0;
    compare->busy_boot_ms = now.boot_ms;
    return ROWS_BUSY;
}

void compare_work(struct registry *registry, struct moment now, struct effects *effects)
{
    struct compare *compare = &registry->compare;
    unsigned n = rows_now(registry, now);
    bool opened = false;

    for (unsigned i = 0; i < n && !opened; i++) {
        const struct compare_row *own;

        if (compare->next_row == compare->n_rows && !gather(registry)) {
            compare->look_boot_ms = now.boot_ms + LOOK_AGAIN_MS;
            return;
        }
        own = &compare->rows[compare->next_row];
        if (!compare_one(registry, own, now, effects, &opened))
            return;
        remember(registry, own);
        compare->next_row++;
    }
    if (n == ROWS_A_TICK)
        runtime_go_on(registry->runtime);
}
