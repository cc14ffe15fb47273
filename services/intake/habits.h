// SPDX-License-Identifier: MIT
// How connections have behaved of late: whether they send many events at once, and whether they go on sending although they were told to
// come later. Used by waiting.c. Fixed memory; connections that share a place are taken for each other.
#pragma once

#include "common/base/span.h"

#include <stdbool.h>

enum {
    HABITS_PLACES = 16384,
    HABITS_BULK_MS = 1000,     // so long after it had many events out, or was to come again, a connection still sends in bulk
    HABITS_HASTY_AFTER = 4096, // the largest window of our client library: who comes when told has no more events that are not to come yet
    HABITS_HEARD = 8,          // events of hasty connections in a turn at least: each turn, others are heard as often as one of these
};

struct habits {
    uint32_t turn;    // of those that are hasty
    uint32_t n_heard; // of theirs, in this turn
    struct habit {
        uint32_t n_refused;       // until `counted_until_us`; none of them is to come before
        uint32_t turn;            // that it had last
        uint32_t portion;         // in which it was last let in
        bool hasty;               // until `told_us`
        int64_t counted_until_us; // boot clock: what had been told when the counting began
        int64_t bulk_until_ms;    // boot clock
        int64_t told_us;          // boot clock: the latest time that it was told to come again
    } places[HABITS_PLACES];      // by a hash of the connection
};

// Tells a refused event when to come again, behind those refused before it: `apart_us` later than the last of them, and `most_us` from
// now at most; who is hasty, so late at once. Boot clock. Until then it is one that sends in bulk, however few it has out: it would send
// more.
int64_t habits_come_again_us(struct habits *habits, uint32_t connection, int64_t now_us, int64_t apart_us, int64_t most_us);
// It has many events out now.
void habits_note_bulk(struct habits *habits, uint32_t connection, int64_t boot_ms);
// It has had many out, or was to come again, within HABITS_BULK_MS.
bool habits_is_bulk(const struct habits *habits, uint32_t connection, int64_t boot_ms);
// One more event was refused, and is to be told when to come again.
void habits_note_refusal(struct habits *habits, uint32_t connection, int64_t boot_ms);
// It has been refused more often than anybody who comes when told, and the latest time that it was told has not come yet.
bool habits_is_hasty(const struct habits *habits, uint32_t connection, int64_t boot_ms);
// A hasty connection has sent. True: it already had its turn, and so all others had theirs, and HABITS_HEARD of such ones' events or more
// were heard; the next turn begins.
bool habits_ends_turn(struct habits *habits, uint32_t connection);
// Nothing of it has been let in in this portion.
bool habits_is_new_in(const struct habits *habits, uint32_t connection, uint32_t portion);
void habits_note_portion(struct habits *habits, uint32_t connection, uint32_t portion);
