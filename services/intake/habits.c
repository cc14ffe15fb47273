// SPDX-License-Identifier: MIT
// A place for each connection: how many of its events were refused before the latest time that it had been told, and until when it is
// taken for one that sends in bulk.
// Used by waiting.c.
#include "services/intake/habits.h"

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int64_t habits_come_again_us(struct habits *habits, uint32_t connection, int64_t now_us, int64_t apart_us, int64_t most_us)
{
    struct habit *place = &habits->places[connection % HABITS_PLACES];

    place->told_us = later(place->told_us, now_us) + (place->hasty ? most_us : apart_us);
    if (place->told_us > now_us + most_us)
        place->told_us = now_us + most_us;
    place->bulk_until_ms = later(place->bulk_until_ms, place->told_us / 1000 + HABITS_BULK_MS);
    return place->told_us;
}

void habits_note_bulk(struct habits *habits, uint32_t connection, int64_t boot_ms)
{
    struct habit *place = &habits->places[connection % HABITS_PLACES];

    place->bulk_until_ms = later(place->bulk_until_ms, boot_ms + HABITS_BULK_MS);
}

bool habits_is_bulk(const struct habits *habits, uint32_t connection, int64_t boot_ms)
{
    return boot_ms < habits->places[connection % HABITS_PLACES].bulk_until_ms;
}

static bool is_hasty(const struct habit *place, int64_t boot_ms)
{
    return place->hasty && boot_ms * 1000 < place->told_us;
}

// Times that are told grow, so all events that are refused until the latest one of them are to come behind it: who comes when told has all
// of them in its window at once. How quickly receipts are given says nothing of that: the pace changes, and no time is beyond the largest.
void habits_note_refusal(struct habits *habits, uint32_t connection, int64_t boot_ms)
{
    struct habit *place = &habits->places[connection % HABITS_PLACES];

    place->hasty = is_hasty(place, boot_ms);
    if (place->hasty)
        return;
    if (boot_ms * 1000 >= place->counted_until_us) {
        place->counted_until_us = later(place->told_us, (boot_ms + 1) * 1000); // nobody is told to come within this millisecond
        place->n_refused = 0;
    }
    place->hasty = ++place->n_refused > HABITS_HASTY_AFTER;
}

bool habits_is_hasty(const struct habits *habits, uint32_t connection, int64_t boot_ms)
{
    return is_hasty(&habits->places[connection % HABITS_PLACES], boot_ms);
}

bool habits_ends_turn(struct habits *habits, uint32_t connection)
{
    struct habit *place = &habits->places[connection % HABITS_PLACES];
    bool ends = ++habits->n_heard >= HABITS_HEARD && place->turn == habits->turn;

    habits->turn += ends;
    habits->n_heard = ends ? 0 : habits->n_heard;
    place->turn = habits->turn;
    return ends;
}

bool habits_is_new_in(const struct habits *habits, uint32_t connection, uint32_t portion)
{
    return habits->places[connection % HABITS_PLACES].portion != portion;
}

void habits_note_portion(struct habits *habits, uint32_t connection, uint32_t portion)
{
    habits->places[connection % HABITS_PLACES].portion = portion;
}
