// SPDX-License-Identifier: MIT
// A pool of waiting takes, linked by team.
// Called by on_take and tick. Gives no job and sends nothing itself.
#include "services/allocation/parked_take.h"

#include "services/allocation/name_table.h"

#include <assert.h>
#include <stdlib.h>

static_assert(PARKED_TAKE_MAX < UINT16_MAX, "places are 16 bits, 0 is none");

struct line {
    uint16_t first, last; // place + 1; 0: none
    uint16_t n;
};

struct parked_takes {
    unsigned n;
    uint16_t free;       // place + 1
    int64_t first_until; // no take's time is up before
    struct line lines[NAME_TABLE_MAX];
    struct parked_take takes[PARKED_TAKE_MAX];
};

struct parked_takes *parked_take_new(void)
{
    struct parked_takes *parked = calloc(1, sizeof *parked);

    if (parked == NULL)
        return NULL;
    for (unsigned i = 0; i < PARKED_TAKE_MAX; i++)
        parked->takes[i].next = (uint16_t)(i + 1 < PARKED_TAKE_MAX ? i + 2 : 0);
    parked->free = 1;
    parked->first_until = INT64_MAX;
    return parked;
}

void parked_take_free(struct parked_takes **parked)
{
    free(*parked);
    *parked = NULL;
}

static void join(struct parked_takes *parked, uint16_t team, uint16_t place)
{
    struct line *line = &parked->lines[team];

    parked->takes[place - 1].team = team;
    parked->takes[place - 1].next = 0;
    if (line->last != 0)
        parked->takes[line->last - 1].next = place;
    else
        line->first = place;
    line->last = place;
    line->n++;
}

bool parked_take_add(struct parked_takes *parked, const struct parked_take *take, bool guarded)
{
    uint16_t place = parked->free;

    if (place == 0 || (!guarded && parked->n >= PARKED_TAKE_MAX - PARKED_TAKE_RESERVED))
        return false;
    parked->free = parked->takes[place - 1].next;
    parked->takes[place - 1] = *take;
    parked->n++;
    join(parked, take->team, place);
    if (take->until_ms < parked->first_until)
        parked->first_until = take->until_ms;
    return true;
}

unsigned parked_take_count(const struct parked_takes *parked, uint16_t team)
{
    return parked->lines[team].n;
}

// Unlinks `place`, which follows `before` (0: is the first).
static void leave(struct parked_takes *parked, struct line *line, uint16_t before, uint16_t place)
{
    const struct parked_take *take = &parked->takes[place - 1];

    if (before != 0)
        parked->takes[before - 1].next = take->next;
    else
        line->first = take->next;
    if (line->last == place)
        line->last = before;
    line->n--;
}

static void forget(struct parked_takes *parked, struct line *line, uint16_t before, uint16_t place)
{
    leave(parked, line, before, place);
    parked->takes[place - 1].next = parked->free;
    parked->free = place;
    parked->n--;
}

void parked_take_claim(struct parked_takes *parked, uint16_t team, struct span name)
{
    struct line *line = &parked->lines[NAME_NONE];
    uint16_t before = 0;

    for (uint16_t place = line->first, next; place != 0; place = next) {
        const struct parked_take *take = &parked->takes[place - 1];

        next = take->next;
        if (!span_equal(span_of(take->name, take->name_size), name)) {
            before = place;
            continue;
        }
        leave(parked, line, before, place);
        join(parked, team, place);
    }
}

struct parked_take *parked_take_next(struct parked_takes *parked, uint16_t team, const struct parked_take *take)
{
    uint16_t place = take == NULL ? parked->lines[team].first : take->next;

    return place == 0 ? NULL : &parked->takes[place - 1];
}

void parked_take_sweep(struct parked_takes *parked, uint16_t team)
{
    struct line *line = &parked->lines[team];
    uint16_t before = 0;

    for (uint16_t place = line->first, next; place != 0; place = next) {
        next = parked->takes[place - 1].next;
        if (parked->takes[place - 1].served)
            forget(parked, line, before, place);
        else
            before = place;
    }
}

static void expire_line(struct parked_takes *parked, struct line *line, int64_t now_ms,
                        void (*each)(void *context, const struct parked_take *take), void *context)
{
    uint16_t before = 0;

    for (uint16_t place = line->first, next; place != 0; place = next) {
        const struct parked_take *take = &parked->takes[place - 1];

        next = take->next;
        if (take->until_ms <= now_ms) {
            each(context, take);
            forget(parked, line, before, place);
            continue;
        }
        before = place;
        if (take->until_ms < parked->first_until)
            parked->first_until = take->until_ms;
    }
}

void parked_take_expire(struct parked_takes *parked, int64_t now_ms, void (*each)(void *context, const struct parked_take *take),
                        void *context)
{
    if (now_ms < parked->first_until)
        return;
    parked->first_until = INT64_MAX;
    for (unsigned team = 0; team < NAME_TABLE_MAX; team++)
        if (parked->lines[team].n > 0)
            expire_line(parked, &parked->lines[team], now_ms, each, context);
}
