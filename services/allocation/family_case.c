// SPDX-License-Identifier: MIT
// Rows of families: the keys of their open cases and of news of these, oldest first, of the cases that ended last, and of the leads that
// came last.
// Called whenever a job opens or ends, and once for each new referral.
#include "services/allocation/family_case.h"

#include <assert.h>

#include "common/base/big_endian.h"

#define ROW_MAX ((size_t)FAMILY_CASE_JOBS_MAX * JOB_KEY_SIZE)

static_assert(ROW_MAX <= (size_t)PROJECTION_VALUE_MAX, "a family's row fits a value");

static struct span print_family(uint64_t family, uint8_t bytes[8])
{
    big_endian_put(bytes, family, 8);
    return span_of(bytes, 8);
}

// Copies the family's row; size 0 when it has none.
static enum err read_row(const struct family_cases *cases, uint64_t family, uint8_t row[ROW_MAX], size_t *size)
{
    uint8_t bytes[8];
    struct span value;
    enum err err = projection_get(cases->projection, cases->table, print_family(family, bytes), &value);

    *size = 0;
    if (err != ERR_NONE)
        return err == ERR_NOT_FOUND ? ERR_NONE : err;
    if (value.size > ROW_MAX || value.size % JOB_KEY_SIZE != 0)
        return ERR_BAD_STORE;
    memcpy(row, value.at, value.size);
    *size = value.size;
    return ERR_NONE;
}

// What an entry is: two bits of its key's last byte, where the part stands. None: an open case. CAME says nothing of a case, but that the
// referral has come.
enum { ENDED = 0x80, NEWS = 0x40, CAME = ENDED | NEWS, KINDS = ENDED | NEWS };

static_assert((int)JOB_PARTS_MAX < (int)NEWS, "a part leaves room for the bits");

static uint8_t kind_of(const uint8_t *entry)
{
    return entry[JOB_KEY_SIZE - 1] & KINDS;
}

static bool is_entry_of(const uint8_t *entry, const uint8_t key[JOB_KEY_SIZE])
{
    return memcmp(entry, key, JOB_KEY_SIZE - 1) == 0 && (entry[JOB_KEY_SIZE - 1] & ~KINDS) == key[JOB_KEY_SIZE - 1];
}

// Where the row tells of the job, whatever it is now; `size` when it does not. That it came is told for itself.
static size_t find(const uint8_t *row, size_t size, const uint8_t key[JOB_KEY_SIZE])
{
    size_t at = 0;

    while (at < size && (kind_of(row + at) == CAME || !is_entry_of(row + at, key)))
        at += JOB_KEY_SIZE;
    return at;
}

static void cut(uint8_t *row, size_t *size, size_t at)
{
    if (at >= *size)
        return;
    *size -= JOB_KEY_SIZE;
    memmove(row + at, row + at + JOB_KEY_SIZE, *size - at);
}

// Forgets the oldest entry of a kind, when they are as many as may be.
static void make_room(uint8_t *row, size_t *size, uint8_t kind, unsigned most)
{
    size_t oldest = *size;
    unsigned n = 0;

    for (size_t at = *size; at > 0; at -= JOB_KEY_SIZE)
        if (kind_of(row + at - JOB_KEY_SIZE) == kind) {
            oldest = at - JOB_KEY_SIZE;
            n++;
        }
    if (n == most)
        cut(row, size, oldest);
}

static void append(uint8_t *row, size_t *size, const uint8_t key[JOB_KEY_SIZE], uint8_t kind)
{
    if (*size == ROW_MAX)
        return;
    memcpy(row + *size, key, JOB_KEY_SIZE);
    row[*size + JOB_KEY_SIZE - 1] |= kind;
    *size += JOB_KEY_SIZE;
}

static enum err write_row(struct family_cases *cases, uint64_t family, const uint8_t *row, size_t size)
{
    uint8_t bytes[8];

    if (size == 0)
        return projection_del(cases->projection, cases->table, print_family(family, bytes));
    return projection_put(cases->projection, cases->table, print_family(family, bytes), span_of(row, size));
}

static unsigned count(const uint8_t *row, size_t size, uint8_t kind)
{
    unsigned n = 0;

    for (size_t at = JOB_KEY_SIZE; at <= size; at += JOB_KEY_SIZE)
        n += kind_of(row + at - JOB_KEY_SIZE) == kind;
    return n;
}

// What a row says of a job from now on.
enum { SAYS_CASE = 1, SAYS_NEWS = 2, SAYS_CAME = 4 };

static enum err add(struct family_cases *cases, uint64_t family, struct job_key key, unsigned says)
{
    uint8_t row[ROW_MAX], bytes[JOB_KEY_SIZE];
    size_t size;
    enum err err = read_row(cases, family, row, &size);

    job_key_print(key, bytes);
    if (err != ERR_NONE)
        return err;
    if ((says & (SAYS_CASE | SAYS_NEWS)) != 0)
        cut(row, &size, find(row, size, bytes));
    if ((says & SAYS_CASE) != 0)
        append(row, &size, bytes, 0);
    if ((says & SAYS_NEWS) != 0 && count(row, size, NEWS) < FAMILY_CASE_NEWS_MAX)
        append(row, &size, bytes, NEWS);
    if ((says & SAYS_CAME) != 0) {
        make_room(row, &size, CAME, FAMILY_CAME_MAX);
        append(row, &size, bytes, CAME);
    }
    return write_row(cases, family, row, size);
}

// `ended`: its worker has closed it, and may be asked for again.
static enum err drop(struct family_cases *cases, uint64_t family, struct job_key key, bool ended)
{
    uint8_t row[ROW_MAX], bytes[JOB_KEY_SIZE];
    size_t size;
    enum err err = read_row(cases, family, row, &size);

    job_key_print(key, bytes);
    cut(row, &size, find(row, size, bytes));
    if (err != ERR_NONE)
        return err;
    if (ended) {
        make_room(row, &size, ENDED, FAMILY_CASE_ENDED_MAX);
        append(row, &size, bytes, ENDED);
    }
    return write_row(cases, family, row, size);
}

static bool has_ended(const struct job_row *row)
{
    return row->state == STATE_CLOSED && row->worker_size > 0 && row->outcome != OUTCOME_ENTERED_IN_ERROR;
}

// News for the worker of another referral's case, which nobody has accepted.
static bool is_news(struct job_key key, const struct job_row *row)
{
    return (row->state == STATE_QUEUED || row->state == STATE_LEASED) && row->news_of != 0 && row->news_of != key.referral;
}

// A referral, which may be one of several that tell of worries, or have wished for what the family has later.
static bool has_come(struct job_key key, const struct job_row *old)
{
    return key.part == 0 && old->state == STATE_NONE;
}

enum err family_case_move(struct family_cases *cases, struct job_key key, const struct job_row *old, const struct job_row *row)
{
    bool was_case = job_is_case(old), is_case = job_is_case(row), was_news = is_news(key, old), is_told = is_news(key, row);
    bool moved = was_case != is_case || was_news != is_told || row->family != old->family;
    unsigned says = has_come(key, old) ? SAYS_CAME : 0;
    enum err err = ERR_NONE;

    if (moved && (was_case || was_news))
        err = drop(cases, old->family, key, was_case && has_ended(row));
    if (moved && is_case)
        says |= SAYS_CASE;
    else if (moved && is_told)
        says |= SAYS_NEWS;
    return err == ERR_NONE && says != 0 ? add(cases, row->family, key, says) : err;
}

// Reads an entry of a row; false: it is of another kind, or its job is not there.
static bool read_entry(const struct job_table *jobs, const uint8_t *entry, uint8_t kind, struct job_key *key, struct job_row *row)
{
    uint8_t bytes[JOB_KEY_SIZE];

    memcpy(bytes, entry, JOB_KEY_SIZE);
    bytes[JOB_KEY_SIZE - 1] &= (uint8_t)~KINDS;
    return kind_of(entry) == kind && job_key_parse(span_of(bytes, JOB_KEY_SIZE), key) && job_table_get(jobs, *key, row) == ERR_NONE;
}

static void each_entry(const struct family_cases *cases, const struct job_table *jobs, uint64_t family, uint8_t kind,
                       void (*each)(void *context, struct job_key key, const struct job_row *row), void *context)
{
    uint8_t list[ROW_MAX];
    size_t size;

    if (read_row(cases, family, list, &size) != ERR_NONE)
        return;
    for (size_t at = 0; at < size; at += JOB_KEY_SIZE) {
        struct job_key key;
        struct job_row row;

        if (read_entry(jobs, list + at, kind, &key, &row))
            each(context, key, &row);
    }
}

void family_case_each(const struct family_cases *cases, const struct job_table *jobs, uint64_t family,
                      void (*each)(void *context, struct job_key key, const struct job_row *row), void *context)
{
    each_entry(cases, jobs, family, 0, each, context);
}

void family_case_each_news(const struct family_cases *cases, const struct job_table *jobs, uint64_t family,
                           void (*each)(void *context, struct job_key key, const struct job_row *row), void *context)
{
    struct joined_group household;

    if (joined_group(&cases->joined, family, &household) != ERR_NONE)
        return;
    for (unsigned i = 0; i < household.n; i++)
        each_entry(cases, jobs, household.at[i], NEWS, each, context);
}

unsigned family_case_came(const struct family_cases *cases, uint64_t family, struct job_key keys[FAMILY_CAME_MAX])
{
    uint8_t list[ROW_MAX];
    size_t size;
    unsigned n = 0;

    if (read_row(cases, family, list, &size) != ERR_NONE)
        return 0;
    for (size_t at = 0; at < size && n < FAMILY_CAME_MAX; at += JOB_KEY_SIZE)
        if (kind_of(list + at) == CAME && job_key_parse(span_of(list + at, JOB_KEY_SIZE), &keys[n]))
            keys[n++].part = 0;
    return n;
}

struct reading {
    const struct family_cases *cases;
    const struct job_table *jobs;
    const struct name_table *names;
    const struct policy *policy;
    uint64_t except; // referral
};

// A case goes on at a team that a later policy does not name: there its own policy's word holds.
static const struct team *team_of(const struct reading *reading, struct span team, const struct job_row *row)
{
    unsigned index = rules_team(reading->policy, team);
    const struct policy *own;

    if (index != 0)
        return &reading->policy->teams[index];
    own = policy_shelf_get(reading->cases->shelf, name_table_text(reading->names, row->policy));
    return own != NULL ? &own->teams[rules_team(own, team)] : &reading->policy->teams[0];
}

static void consider(const struct reading *reading, struct job_key key, const struct job_row *row, struct family_state *state,
                     uint64_t *referral)
{
    struct span name = name_table_text(reading->names, row->team);
    const struct team *team = team_of(reading, name, row);

    if (team->parenting && state->parenting_team.size == 0)
        state->parenting_team = name;
    if (!team->opens_case || (state->open && state->level >= row->level))
        return;
    state->open = true;
    state->level = row->level;
    state->opened_ms = row->since_ms;
    state->team = name;
    *referral = key.referral;
}

static enum err read_family(const struct reading *reading, uint64_t family, struct family_state *state, uint64_t *referral)
{
    uint8_t list[ROW_MAX];
    size_t size;
    enum err err = read_row(reading->cases, family, list, &size);

    for (size_t at = 0; at < size && err == ERR_NONE; at += JOB_KEY_SIZE) {
        bool came = kind_of(list + at) == CAME;
        struct job_key key;
        struct job_row row;

        state->came = state->came || came;
        state->known = state->known || !came;
        if (read_entry(reading->jobs, list + at, 0, &key, &row) && key.referral != reading->except)
            consider(reading, key, &row, state, referral);
    }
    return err;
}

void family_case_fetch(const struct family_cases *cases, uint64_t family)
{
    uint8_t bytes[8];

    projection_fetch(cases->projection, cases->table, print_family(family, bytes));
}

enum err family_case_read(const struct family_cases *cases, const struct job_table *jobs, const struct name_table *names,
                          const struct policy *policy, uint64_t family, uint64_t except, struct family_state *state, uint64_t *referral)
{
    struct reading reading = {.cases = cases, .jobs = jobs, .names = names, .policy = policy, .except = except};
    struct joined_group household;
    enum err err = joined_group(&cases->joined, family, &household);

    *state = (struct family_state){0};
    *referral = 0;
    for (unsigned i = 0; i < household.n && err == ERR_NONE; i++)
        err = read_family(&reading, household.at[i], state, referral);
    return err;
}

// ---------------------------------------------------------------- workers

static void add_worker(const struct job_row *row, struct family_workers *workers)
{
    struct family_worker *worker = &workers->at[workers->n];

    if (workers->n == FAMILY_WORKERS_MAX || row->worker_size == 0 || (row->state != STATE_ACCEPTED && row->state != STATE_CLOSED))
        return;
    *worker = (struct family_worker){.team = row->team, .open = row->state == STATE_ACCEPTED, .at_ms = row->since_ms};
    worker->worker_size = row->worker_size;
    memcpy(worker->worker, row->worker, row->worker_size);
    workers->n++;
}

void family_case_workers(const struct family_cases *cases, const struct job_table *jobs, uint64_t family, struct family_workers *workers)
{
    struct joined_group household;

    workers->n = 0;
    if (joined_group(&cases->joined, family, &household) != ERR_NONE)
        return;
    for (unsigned i = 0; i < household.n; i++) {
        uint8_t list[ROW_MAX];
        size_t size;

        if (read_row(cases, household.at[i], list, &size) != ERR_NONE)
            return;
        for (size_t at = 0; at < size; at += JOB_KEY_SIZE) {
            struct job_key key;
            struct job_row row;

            if (read_entry(jobs, list + at, 0, &key, &row) || read_entry(jobs, list + at, ENDED, &key, &row))
                add_worker(&row, workers);
        }
    }
}
