// SPDX-License-Identifier: MIT
// One row a family: what was shown, by which referral, in the order it came.
// Called for referrals and assessments with something that a programme counts.
// Must not look at the policy: which facts count was said when the event was written.
#include "services/allocation/shown.h"

#include "common/base/big_endian.h"

enum { NUMBER = 8, ITEM = 1 + 2 * NUMBER, ITEMS_MAX = SHOWN_HEADLINES + SHOWN_NEEDS + SHOWN_TOLD_MAX };

// The first byte of an item: a headline problem; or one of these, the second with an indicator added. TOLD has a programme's number in
// place of the referral.
enum { NEED = 0x40, TOLD = 0x80 };

_Static_assert((size_t)ITEMS_MAX *ITEM <= (size_t)PROJECTION_VALUE_MAX, "a family's row fits a value");
_Static_assert((int)SHOWN_HEADLINES <= (int)NEED && (int)NEED + (int)SHOWN_NEEDS <= (int)TOLD, "codes of items do not meet");

struct row {
    size_t size;
    uint8_t bytes[ITEMS_MAX * ITEM];
};

static enum err get_row(const struct allocation *allocation, uint64_t family, struct row *row)
{
    uint8_t key[NUMBER];
    struct span value;
    enum err err;

    big_endian_put(key, family, NUMBER);
    row->size = 0;
    err = projection_get(allocation->projection, TABLE_SHOWN, span_of(key, NUMBER), &value);
    if (err != ERR_NONE)
        return err == ERR_NOT_FOUND ? ERR_NONE : err;
    if (value.size > sizeof row->bytes || value.size % ITEM != 0)
        return ERR_BAD_STORE;
    memcpy(row->bytes, value.at, value.size);
    row->size = value.size;
    return ERR_NONE;
}

static enum err put_row(struct allocation *allocation, uint64_t family, const struct row *row)
{
    uint8_t key[NUMBER];

    big_endian_put(key, family, NUMBER);
    return projection_put(allocation->projection, TABLE_SHOWN, span_of(key, NUMBER), span_of(row->bytes, row->size));
}

static bool has(const struct row *row, unsigned code)
{
    for (size_t at = 0; at < row->size; at += ITEM)
        if (row->bytes[at] == code)
            return true;
    return false;
}

static void append(struct row *row, unsigned code, uint64_t first, uint64_t second)
{
    uint8_t *at = row->bytes + row->size;

    if (row->size == sizeof row->bytes)
        return;
    at[0] = (uint8_t)code;
    big_endian_put(at + 1, first, NUMBER);
    big_endian_put(at + 1 + NUMBER, second, NUMBER);
    row->size += ITEM;
}

static void append_new(struct row *row, uint64_t set, unsigned base, struct shown_by by)
{
    for (; set != 0; set &= set - 1) {
        unsigned code = base + (unsigned)__builtin_ctzll(set);

        if (!has(row, code))
            append(row, code, by.referral, by.sequence);
    }
}

void shown_fetch(const struct allocation *allocation, uint64_t family)
{
    uint8_t key[NUMBER];

    big_endian_put(key, family, NUMBER);
    projection_fetch(allocation->projection, TABLE_SHOWN, span_of(key, NUMBER));
}

enum err shown_add(struct allocation *allocation, uint64_t family, struct shown_by by, uint64_t headlines, uint64_t needs)
{
    struct row row;
    enum err err = get_row(allocation, family, &row);
    size_t before = row.size;

    append_new(&row, headlines, 0, by);
    append_new(&row, needs, NEED, by);
    return err == ERR_NONE && row.size > before ? put_row(allocation, family, &row) : err;
}

// Forgets the first that was told, when they are as many as may be.
static void make_room(struct row *row)
{
    size_t first = row->size;
    unsigned n = 0;

    for (size_t at = row->size; at >= ITEM; at -= ITEM)
        if (row->bytes[at - ITEM] == TOLD) {
            first = at - ITEM;
            n++;
        }
    if (n < SHOWN_TOLD_MAX)
        return;
    row->size -= ITEM;
    memmove(row->bytes + first, row->bytes + first + ITEM, row->size - first);
}

enum err shown_tell(struct allocation *allocation, uint64_t family, uint16_t programme)
{
    struct row row;
    enum err err = get_row(allocation, family, &row);

    make_room(&row);
    append(&row, TOLD, programme, 0);
    return err == ERR_NONE ? put_row(allocation, family, &row) : err;
}

// ---------------------------------------------------------------- households

static bool is_in_error(const struct allocation *allocation, uint64_t referral)
{
    struct job_row lead;

    return job_table_get(&allocation->jobs, (struct job_key){.referral = referral}, &lead) == ERR_NONE && lead.state == STATE_CLOSED &&
           lead.outcome == OUTCOME_ENTERED_IN_ERROR;
}

// What came first is kept.
static void keep(struct shown_by *kept, struct shown_by by)
{
    if (kept->referral == 0 || by.sequence < kept->sequence)
        *kept = by;
}

static void read_item(const struct allocation *allocation, const uint8_t *item, struct shown_facts *facts)
{
    struct shown_by by = {.referral = big_endian_get(item + 1, NUMBER), .sequence = big_endian_get(item + 1 + NUMBER, NUMBER)};
    unsigned code = item[0];

    if (code == TOLD) {
        if (facts->n_told < SHOWN_TOLD_MAX)
            facts->told[facts->n_told++] = (uint16_t)by.referral;
    } else if (is_in_error(allocation, by.referral)) {
        return;
    } else if (code >= NEED) {
        facts->needs |= UINT64_C(1) << (code - NEED);
        keep(&facts->by_need[code - NEED], by);
    } else if (code < SHOWN_HEADLINES) {
        facts->headlines |= UINT64_C(1) << code;
        keep(&facts->by_headline[code], by);
    }
}

enum err shown_read(struct allocation *allocation, uint64_t family, struct shown_facts *facts)
{
    struct joined_group household;
    enum err err = joined_group(&allocation->families.joined, family, &household);

    *facts = (struct shown_facts){0};
    for (unsigned i = 0; i < household.n && err == ERR_NONE; i++) {
        struct row row;

        err = get_row(allocation, household.at[i], &row);
        for (size_t at = 0; at < row.size && err == ERR_NONE; at += ITEM)
            read_item(allocation, row.bytes + at, facts);
    }
    return err;
}
