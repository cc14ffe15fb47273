// SPDX-License-Identifier: MIT
// A bucket for each connection that refusals fill and time empties.
// Used by waiting.c.
#include "services/intake/haste.h"

static struct haste_place *find(struct haste *haste, uint32_t connection, unsigned pace, int64_t boot_ms)
{
    struct haste_place *place = &haste->places[connection % HASTE_PLACES];
    int64_t forgiven = (boot_ms - place->since_ms) * pace; // events a second times milliseconds are thousandths

    place->thousandths -= forgiven < place->thousandths ? (uint32_t)forgiven : place->thousandths;
    place->since_ms = boot_ms;
    return place;
}

void haste_note(struct haste *haste, uint32_t connection, unsigned pace, int64_t boot_ms)
{
    struct haste_place *place = find(haste, connection, pace, boot_ms);

    if (place->thousandths < HASTE_MOST * 1000)
        place->thousandths += 1000;
}

bool haste_is_shown(struct haste *haste, uint32_t connection, unsigned pace, int64_t boot_ms)
{
    if (haste->places[connection % HASTE_PLACES].thousandths <= HASTE_AFTER * 1000)
        return false;
    return find(haste, connection, pace, boot_ms)->thousandths > HASTE_AFTER * 1000;
}
