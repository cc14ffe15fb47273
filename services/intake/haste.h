// SPDX-License-Identifier: MIT
// Which connections send again and again although they were told to come later: each refusal counts, and is forgiven at the pace at
// which the connection was told to come. Used by waiting.c. Fixed memory; connections that share a place are taken for each other.
#pragma once

#include "common/base/span.h"

enum {
    HASTE_PLACES = 16384,
    HASTE_AFTER = 4096, // the largest window of our client library: who comes when told is not refused more often than that
    HASTE_MOST = HASTE_AFTER + 1024,
};

struct haste {
    struct haste_place {
        uint32_t thousandths; // of refusals that are not forgiven
        int64_t since_ms;     // boot clock: forgiven up to here
    } places[HASTE_PLACES];   // by a hash of the connection
};

// One more event was refused. `pace`: receipts a second that this connection may count on.
void haste_note(struct haste *haste, uint32_t connection, unsigned pace, int64_t boot_ms);
// It has been refused more often than anybody who comes when told.
bool haste_is_shown(struct haste *haste, uint32_t connection, unsigned pace, int64_t boot_ms);
