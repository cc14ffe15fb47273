// SPDX-License-Identifier: MIT
// One row of counts a referral, one a record, one a reader: nothing at all for a referral about which nothing came.
// Used by the registry's own files. Must not decide anything.
#include "services/registry/about.h"

#include "common/base/big_endian.h"

enum { COUNT = 4, NUMBER = 8, HEAD_ROW = 3 * COUNT, RECORD_ROW = 1 + NUMBER, READER_HEAD = NUMBER + 1, KEY_MAX = NUMBER + 1 + COUNT };

static const struct {
    enum about_kind kind;
    enum event_type type;
} kinds[] = {
    {ABOUT_WITHDRAWAL, EVENT_WITHDRAWAL_RECORDED}, {ABOUT_CONSENT, EVENT_CONSENT_RECORDED}, {ABOUT_ASSESSMENT, EVENT_ASSESSMENT_RECORDED},
    {ABOUT_CHALLENGE, EVENT_CHALLENGE_RECORDED},   {ABOUT_NOTE, EVENT_NOTE_RECORDED},
};

enum event_type about_type(enum about_kind kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].kind == kind)
            return kinds[i].type;
    return EVENT_NONE;
}

enum about_kind about_kind_of(enum event_type type)
{
    size_t i = 0;

    while (kinds[i].type != type)
        i++;
    return kinds[i].kind;
}

// referral[8], and of a record or reader: r or s, place[4]
static struct span head_key(uint64_t referral, uint8_t key[KEY_MAX])
{
    big_endian_put(key, referral, NUMBER);
    return span_of(key, NUMBER);
}

static struct span place_key(uint64_t referral, char kind, uint32_t place, uint8_t key[KEY_MAX])
{
    key[NUMBER] = (uint8_t)kind;
    big_endian_put(key + NUMBER + 1, place, COUNT);
    return span_of(key, head_key(referral, key).size + 1 + COUNT);
}

// ---------------------------------------------------------------- counts

// records[4] readers[4] last consent[4]
enum err about_get_head(struct rows *rows, uint64_t referral, struct about_head *head)
{
    uint8_t key[KEY_MAX];
    struct span value;
    enum err err = projection_get(rows->projection, ROWS_ABOUT, head_key(referral, key), &value);

    *head = (struct about_head){0};
    if (err != ERR_NONE)
        return err == ERR_NOT_FOUND ? ERR_NONE : err;
    if (value.size != HEAD_ROW)
        return ERR_BAD_STORE;
    head->n_records = (uint32_t)big_endian_get(value.at, COUNT);
    head->n_readers = (uint32_t)big_endian_get(value.at + COUNT, COUNT);
    head->last_consent = (uint32_t)big_endian_get(value.at + 2 * COUNT, COUNT);
    return ERR_NONE;
}

static enum err put_head(struct rows *rows, uint64_t referral, const struct about_head *head)
{
    uint8_t key[KEY_MAX], value[HEAD_ROW];

    big_endian_put(big_endian_put(big_endian_put(value, head->n_records, COUNT), head->n_readers, COUNT), head->last_consent, COUNT);
    return projection_put(rows->projection, ROWS_ABOUT, head_key(referral, key), span_of(value, sizeof value));
}

// ---------------------------------------------------------------- records

// kind[1] sequence[8]
static enum err put_record(struct rows *rows, uint64_t referral, uint32_t place, const struct about_record *record)
{
    uint8_t key[KEY_MAX], value[RECORD_ROW];

    value[0] = (uint8_t)record->kind;
    big_endian_put(value + 1, record->sequence, NUMBER);
    return projection_put(rows->projection, ROWS_ABOUT, place_key(referral, 'r', place, key), span_of(value, sizeof value));
}

enum err about_get(struct rows *rows, uint64_t referral, uint32_t place, struct about_record *record)
{
    uint8_t key[KEY_MAX];
    struct span value;
    enum err err = projection_get(rows->projection, ROWS_ABOUT, place_key(referral, 'r', place, key), &value);

    if (err != ERR_NONE)
        return err;
    if (value.size != RECORD_ROW)
        return ERR_BAD_STORE;
    *record = (struct about_record){.kind = (enum about_kind)value.at[0], .sequence = big_endian_get(value.at + 1, NUMBER)};
    return ERR_NONE;
}

enum err about_add(struct rows *rows, uint64_t referral, const struct about_record *record, uint32_t *place)
{
    struct about_head head;
    enum err err = about_get_head(rows, referral, &head);

    if (err != ERR_NONE)
        return err;
    *place = ++head.n_records;
    if (record->kind == ABOUT_CONSENT)
        head.last_consent = *place;
    err = put_record(rows, referral, *place, record);
    return err == ERR_NONE ? put_head(rows, referral, &head) : err;
}

enum err about_settle(struct rows *rows, uint64_t referral, uint32_t place, uint64_t sequence)
{
    struct about_record record = {0};
    enum err err = about_get(rows, referral, place, &record);

    record.sequence = sequence;
    return err == ERR_NONE ? put_record(rows, referral, place, &record) : err;
}

// Records stand in the order of their sequences; those that are not yet durable, without one, behind all.
enum err about_find(struct rows *rows, uint64_t referral, uint64_t sequence, struct about_record *record)
{
    struct about_head head;
    enum err err = about_get_head(rows, referral, &head);
    uint32_t low = 1, high = head.n_records;

    *record = (struct about_record){0};
    while (err == ERR_NONE && low <= high) {
        uint32_t middle = low + (high - low) / 2;

        err = about_get(rows, referral, middle, record);
        if (err == ERR_NONE && record->sequence == sequence)
            return ERR_NONE;
        if (record->sequence == 0 || record->sequence > sequence)
            high = middle - 1;
        else
            low = middle + 1;
    }
    return err == ERR_NONE ? ERR_NOT_FOUND : err;
}

// ---------------------------------------------------------------- readers

// at[8] purpose[1] worker
static enum err put_reader(struct rows *rows, uint64_t referral, uint32_t place, const struct about_reader *reader)
{
    uint8_t key[KEY_MAX], value[READER_HEAD + sizeof reader->worker];

    big_endian_put(value, (uint64_t)reader->at_ms, NUMBER);
    value[NUMBER] = reader->purpose;
    memcpy(value + READER_HEAD, reader->worker, reader->worker_size);
    return projection_put(rows->projection, ROWS_ABOUT, place_key(referral, 's', place, key),
                          span_of(value, READER_HEAD + (size_t)reader->worker_size));
}

static enum err get_reader(struct rows *rows, uint64_t referral, uint32_t place, struct about_reader *reader)
{
    uint8_t key[KEY_MAX];
    struct span value;
    enum err err = projection_get(rows->projection, ROWS_ABOUT, place_key(referral, 's', place, key), &value);

    if (err != ERR_NONE)
        return err;
    if (value.size < READER_HEAD || value.size > READER_HEAD + sizeof reader->worker)
        return ERR_BAD_STORE;
    reader->at_ms = (int64_t)big_endian_get(value.at, NUMBER);
    reader->purpose = value.at[NUMBER];
    reader->worker_size = (uint8_t)(value.size - READER_HEAD);
    memcpy(reader->worker, value.at + READER_HEAD, reader->worker_size);
    return ERR_NONE;
}

static bool is_same_worker(const struct about_reader *one, const struct about_reader *other)
{
    return span_equal(span_of(one->worker, one->worker_size), span_of(other->worker, other->worker_size));
}

// The place of this worker; else a new one behind the others; else, when there are too many, that of who read it longest ago.
static enum err find_place(struct rows *rows, uint64_t referral, uint32_t n_readers, const struct about_reader *reader, uint32_t *place)
{
    int64_t oldest_ms = INT64_MAX;

    *place = n_readers + 1;
    for (uint32_t i = 1; i <= n_readers; i++) {
        struct about_reader known;
        enum err err = get_reader(rows, referral, i, &known);

        if (err != ERR_NONE)
            return err;
        if (is_same_worker(&known, reader)) {
            *place = i;
            return ERR_NONE;
        }
        if (n_readers == ABOUT_READERS_MAX && known.at_ms < oldest_ms) {
            oldest_ms = known.at_ms;
            *place = i;
        }
    }
    return ERR_NONE;
}

enum err about_read(struct rows *rows, uint64_t referral, const struct about_reader *reader)
{
    struct about_head head;
    uint32_t place;
    enum err err = about_get_head(rows, referral, &head);

    if (err == ERR_NONE)
        err = find_place(rows, referral, head.n_readers, reader, &place);
    if (err == ERR_NONE)
        err = put_reader(rows, referral, place, reader);
    if (err != ERR_NONE || place <= head.n_readers)
        return err;
    head.n_readers = place;
    return put_head(rows, referral, &head);
}

// Puts it among the last ones, in their order.
static void insert(const struct about_reader *reader, unsigned max, struct about_reader *readers, unsigned *n)
{
    unsigned place = *n;

    while (place > 0 && readers[place - 1].at_ms < reader->at_ms)
        place--;
    if (place == max)
        return;
    *n = *n < max ? *n + 1 : max;
    memmove(readers + place + 1, readers + place, (*n - 1 - place) * sizeof *readers);
    readers[place] = *reader;
}

enum err about_readers(struct rows *rows, uint64_t referral, unsigned max, struct about_reader *readers, unsigned *n, uint32_t *n_all)
{
    struct about_head head;
    enum err err = about_get_head(rows, referral, &head);

    *n = 0;
    *n_all = head.n_readers;
    for (uint32_t i = 1; i <= head.n_readers && err == ERR_NONE; i++) {
        struct about_reader reader;

        err = get_reader(rows, referral, i, &reader);
        if (err == ERR_NONE)
            insert(&reader, max, readers, n);
    }
    return err;
}
