// SPDX-License-Identifier: MIT
// Rows of the registry's projection as bytes: numbers big-endian, so that keys sort as they were made.
// Used by the registry's own files. Must not decide anything.
#include "services/registry/rows.h"

#include "common/base/big_endian.h"

enum {
    NUMBER = 8,
    CONFLICT_KEY = 2 * IDENTITY_SIZE,
    INDEX_ROW = NUMBER + IDENTITY_BORN_SIZE,
    HOLDER_HEAD = 1 + NUMBER + 1,
    RECORD_SIZE = 4,
    SUBMISSION_ROW = 2 * NUMBER + SEAL_HMAC_SIZE + RECORD_SIZE,
    TRAIT = 4
};

#define MAP_SIZE ((size_t)64 << 30)

static const struct projection_table tables[] = {
    {"submission", IDENTITY_SIZE, SUBMISSION_ROW},
    {.name = "conflict"},
    {"index", IDENTITY_SIZE, INDEX_ROW},
    {.name = "referral"},
    {.name = "holder"},
    {.name = "about"},
    {.name = "pair"},
    {.name = "joined"},
    {.name = "link"},
    {.name = "adopted"},
    {.name = "counter"},
    {.name = NULL},
};

enum err rows_open(const char *directory, struct rows *rows)
{
    return projection_open(directory, tables, MAP_SIZE, &rows->projection);
}

void rows_close(struct rows *rows)
{
    projection_close(&rows->projection);
}

// A value of exactly `size` bytes.
static enum err get(struct rows *rows, enum rows_table table, struct span key, size_t size, struct span *value)
{
    enum err err = projection_get(rows->projection, table, key, value);

    return err == ERR_NONE && value->size != size ? ERR_BAD_STORE : err;
}

static struct span identity_span(const struct identity *identity)
{
    return span_of(identity->bytes, sizeof identity->bytes);
}

// ---------------------------------------------------------------- adopted policies

enum err rows_put_adopted(struct rows *rows, uint64_t sequence, int64_t effective_ms)
{
    uint8_t key[NUMBER], value[NUMBER];

    big_endian_put(key, sequence, NUMBER);
    big_endian_put(value, (uint64_t)effective_ms, NUMBER);
    return projection_put(rows->projection, ROWS_ADOPTED, span_of(key, sizeof key), span_of(value, sizeof value));
}

struct each_adopted {
    enum err (*each)(void *context, uint64_t sequence, int64_t effective_ms);
    void *context;
};

static enum err give_adopted(void *context, struct span key, struct span value)
{
    const struct each_adopted *given = context;

    if (key.size != NUMBER || value.size != NUMBER)
        return ERR_BAD_STORE;
    return given->each(given->context, big_endian_get(key.at, NUMBER), (int64_t)big_endian_get(value.at, NUMBER));
}

enum err rows_each_adopted(struct rows *rows, enum err (*each)(void *context, uint64_t sequence, int64_t effective_ms), void *context)
{
    struct each_adopted given = {.each = each, .context = context};

    return projection_scan(rows->projection, ROWS_ADOPTED, give_adopted, &given);
}

// ---------------------------------------------------------------- submissions

void rows_fetch_submission(const struct rows *rows, const struct identity *event)
{
    projection_fetch(rows->projection, ROWS_SUBMISSION, identity_span(event));
}

// referral[8] family[8] content[32] record[4]
enum err rows_get_submission(struct rows *rows, const struct identity *event, struct row_submission *row)
{
    struct span value;
    enum err err = get(rows, ROWS_SUBMISSION, identity_span(event), SUBMISSION_ROW, &value);

    if (err != ERR_NONE)
        return err;
    row->referral = big_endian_get(value.at, NUMBER);
    row->family = big_endian_get(value.at + NUMBER, NUMBER);
    memcpy(row->content, value.at + 2 * NUMBER, SEAL_HMAC_SIZE);
    row->record = 0;
    for (size_t i = SUBMISSION_ROW - RECORD_SIZE; i < SUBMISSION_ROW; i++)
        row->record = row->record << 8 | value.at[i];
    return ERR_NONE;
}

enum err rows_put_submission(struct rows *rows, const struct identity *event, const struct row_submission *row)
{
    uint8_t value[SUBMISSION_ROW];

    memcpy(big_endian_put(big_endian_put(value, row->referral, NUMBER), row->family, NUMBER), row->content, SEAL_HMAC_SIZE);
    for (unsigned i = 0; i < RECORD_SIZE; i++)
        value[SUBMISSION_ROW - 1 - i] = (uint8_t)(row->record >> 8 * i);
    return projection_put(rows->projection, ROWS_SUBMISSION, identity_span(event), span_of(value, sizeof value));
}

// event[16] content[first 16]
static struct span conflict_key(const struct identity *event, const uint8_t content[SEAL_HMAC_SIZE], uint8_t key[CONFLICT_KEY])
{
    memcpy(key, event->bytes, IDENTITY_SIZE);
    memcpy(key + IDENTITY_SIZE, content, CONFLICT_KEY - IDENTITY_SIZE);
    return span_of(key, CONFLICT_KEY);
}

enum err rows_get_conflict(struct rows *rows, const struct identity *event, const uint8_t content[SEAL_HMAC_SIZE], uint64_t *referral)
{
    uint8_t key[CONFLICT_KEY];
    struct span value;
    enum err err = get(rows, ROWS_CONFLICT, conflict_key(event, content, key), NUMBER, &value);

    if (err == ERR_NONE)
        *referral = big_endian_get(value.at, NUMBER);
    return err;
}

enum err rows_put_conflict(struct rows *rows, const struct identity *event, const uint8_t content[SEAL_HMAC_SIZE], uint64_t referral)
{
    uint8_t key[CONFLICT_KEY], value[NUMBER];

    big_endian_put(value, referral, NUMBER);
    return projection_put(rows->projection, ROWS_CONFLICT, conflict_key(event, content, key), span_of(value, sizeof value));
}

// ---------------------------------------------------------------- identities

void rows_fetch_index(const struct rows *rows, const struct identity *identity)
{
    projection_fetch(rows->projection, ROWS_INDEX, identity_span(identity));
}

// family[8] born[8], zeros when unknown; the hash of a birth date is zero with no chance worth naming
enum err rows_get_index(struct rows *rows, const struct identity *identity, struct row_index *row)
{
    static const uint8_t none[IDENTITY_BORN_SIZE];
    struct span value;
    enum err err = get(rows, ROWS_INDEX, identity_span(identity), INDEX_ROW, &value);

    if (err != ERR_NONE)
        return err;
    row->family = big_endian_get(value.at, NUMBER);
    memcpy(row->born, value.at + NUMBER, IDENTITY_BORN_SIZE);
    row->has_born = memcmp(row->born, none, sizeof none) != 0;
    return ERR_NONE;
}

enum err rows_put_index(struct rows *rows, const struct identity *identity, const struct row_index *row)
{
    uint8_t value[INDEX_ROW] = {0};

    big_endian_put(value, row->family, NUMBER);
    if (row->has_born)
        memcpy(value + NUMBER, row->born, IDENTITY_BORN_SIZE);
    return projection_put(rows->projection, ROWS_INDEX, identity_span(identity), span_of(value, sizeof value));
}

// ---------------------------------------------------------------- referrals and their holders

// family[8] sequence[8] trait[4]...
static enum err read_referral(struct span value, struct row_referral *row)
{
    if (value.size < 2 * NUMBER || value.size > 2 * NUMBER + sizeof row->traits.at || value.size % TRAIT != 0)
        return ERR_BAD_STORE;
    row->family = big_endian_get(value.at, NUMBER);
    row->sequence = big_endian_get(value.at + NUMBER, NUMBER);
    row->traits.n = (unsigned)((value.size - 2 * NUMBER) / TRAIT);
    memcpy(row->traits.at, value.at + 2 * NUMBER, row->traits.n * TRAIT);
    return ERR_NONE;
}

void rows_fetch_referral(const struct rows *rows, uint64_t referral)
{
    uint8_t key[NUMBER];

    big_endian_put(key, referral, NUMBER);
    projection_fetch(rows->projection, ROWS_REFERRAL, span_of(key, sizeof key));
}

enum err rows_get_referral(struct rows *rows, uint64_t referral, struct row_referral *row)
{
    uint8_t key[NUMBER];
    struct span value;
    enum err err;

    big_endian_put(key, referral, NUMBER);
    err = projection_get(rows->projection, ROWS_REFERRAL, span_of(key, sizeof key), &value);
    return err == ERR_NONE ? read_referral(value, row) : err;
}

enum err rows_put_referral(struct rows *rows, uint64_t referral, const struct row_referral *row)
{
    uint8_t key[NUMBER], value[2 * NUMBER + sizeof row->traits.at];
    size_t size = row->traits.n * TRAIT;

    big_endian_put(key, referral, NUMBER);
    memcpy(big_endian_put(big_endian_put(value, row->family, NUMBER), row->sequence, NUMBER), row->traits.at, size);
    return projection_put_held(rows->projection, ROWS_REFERRAL, span_of(key, sizeof key), span_of(value, 2 * NUMBER + size));
}

struct reading {
    enum err (*each)(void *context, uint64_t referral, const struct row_referral *row);
    void *context;
    uint64_t last;
};

static enum err pass_on(void *context, struct span key, struct span value)
{
    struct reading *reading = context;
    struct row_referral row;
    enum err err = key.size == NUMBER ? read_referral(value, &row) : ERR_BAD_STORE;

    if (err != ERR_NONE)
        return err;
    reading->last = big_endian_get(key.at, NUMBER);
    return reading->each(reading->context, reading->last, &row);
}

enum err rows_next_referrals(struct rows *rows, uint64_t *after, unsigned n_max,
                             enum err (*each)(void *context, uint64_t referral, const struct row_referral *row), void *context)
{
    struct reading reading = {.each = each, .context = context, .last = *after};
    struct projection_place place = {.key_size = NUMBER};
    enum err err;

    big_endian_put(place.key, *after, NUMBER);
    err = projection_scan_some(rows->projection, ROWS_REFERRAL, &place, n_max, pass_on, &reading);
    *after = reading.last;
    return err;
}

static struct span holder_key(uint64_t referral, unsigned part, uint8_t key[NUMBER + 1])
{
    *big_endian_put(key, referral, NUMBER) = (uint8_t)part;
    return span_of(key, NUMBER + 1);
}

void rows_fetch_holder(const struct rows *rows, uint64_t referral, unsigned part)
{
    uint8_t key[NUMBER + 1];

    projection_fetch(rows->projection, ROWS_HOLDER, holder_key(referral, part, key));
}

// state[1] token[8] size[1] team[size] worker
enum err rows_get_holder(struct rows *rows, uint64_t referral, unsigned part, struct row_holder *row)
{
    uint8_t key[NUMBER + 1];
    struct span value;
    enum err err = projection_get(rows->projection, ROWS_HOLDER, holder_key(referral, part, key), &value);

    if (err != ERR_NONE)
        return err;
    if (value.size < HOLDER_HEAD || value.at[HOLDER_HEAD - 1] > sizeof row->team)
        return ERR_BAD_STORE;
    row->team_size = value.at[HOLDER_HEAD - 1];
    if (value.size < (size_t)HOLDER_HEAD + row->team_size || value.size > HOLDER_HEAD + row->team_size + sizeof row->worker)
        return ERR_BAD_STORE;
    row->state = (enum state)value.at[0];
    row->token = big_endian_get(value.at + 1, NUMBER);
    row->worker_size = (uint8_t)(value.size - HOLDER_HEAD - row->team_size);
    memcpy(row->team, value.at + HOLDER_HEAD, row->team_size);
    memcpy(row->worker, value.at + HOLDER_HEAD + row->team_size, row->worker_size);
    return ERR_NONE;
}

enum err rows_put_holder(struct rows *rows, uint64_t referral, unsigned part, const struct row_holder *row)
{
    uint8_t key[NUMBER + 1], value[HOLDER_HEAD + sizeof row->team + sizeof row->worker];
    size_t size = HOLDER_HEAD + (size_t)row->team_size + row->worker_size;

    value[0] = (uint8_t)row->state;
    big_endian_put(value + 1, row->token, NUMBER)[0] = row->team_size;
    memcpy(value + HOLDER_HEAD, row->team, row->team_size);
    memcpy(value + HOLDER_HEAD + row->team_size, row->worker, row->worker_size);
    return projection_put(rows->projection, ROWS_HOLDER, holder_key(referral, part, key), span_of(value, size));
}

enum err rows_del_holder(struct rows *rows, uint64_t referral, unsigned part)
{
    uint8_t key[NUMBER + 1];
    struct span name = holder_key(referral, part, key), value;
    enum err err = projection_get(rows->projection, ROWS_HOLDER, name, &value); // most are not there: no need to write that

    if (err != ERR_NONE)
        return err == ERR_NOT_FOUND ? ERR_NONE : err;
    return projection_del(rows->projection, ROWS_HOLDER, name);
}

// ---------------------------------------------------------------- counter

static const uint8_t counter_key[] = {0}, compared_key[] = {1};

enum err rows_get_compared(struct rows *rows, uint64_t *referral)
{
    struct span value;
    enum err err = get(rows, ROWS_COUNTER, span_of(compared_key, 1), NUMBER, &value);

    if (err == ERR_NONE)
        *referral = big_endian_get(value.at, NUMBER);
    return err;
}

enum err rows_put_compared(struct rows *rows, uint64_t referral)
{
    uint8_t value[NUMBER];

    big_endian_put(value, referral, NUMBER);
    return projection_put(rows->projection, ROWS_COUNTER, span_of(compared_key, 1), span_of(value, sizeof value));
}

enum err rows_get_counter(struct rows *rows, struct row_counter *row)
{
    struct span value;
    enum err err = get(rows, ROWS_COUNTER, span_of(counter_key, 1), 2 * NUMBER, &value);

    if (err != ERR_NONE)
        return err;
    row->next_n = big_endian_get(value.at, NUMBER);
    row->next_slot = big_endian_get(value.at + NUMBER, NUMBER);
    return ERR_NONE;
}

enum err rows_put_counter(struct rows *rows, const struct row_counter *row)
{
    uint8_t value[2 * NUMBER];

    big_endian_put(big_endian_put(value, row->next_n, NUMBER), row->next_slot, NUMBER);
    return projection_put(rows->projection, ROWS_COUNTER, span_of(counter_key, 1), span_of(value, sizeof value));
}
