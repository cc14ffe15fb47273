// SPDX-License-Identifier: MIT
// The last accepts of a team: so many in so long is the pace.
// Called for each job that is accepted. Pure.
#include "services/allocation/pace.h"

static unsigned oldest(const struct pace *pace)
{
    unsigned least = 0;

    for (unsigned i = 1; i < pace->n; i++)
        if (pace->at_s[i] < pace->at_s[least])
            least = i;
    return least;
}

void pace_note(struct pace *pace, int64_t at_ms)
{
    uint32_t at_s = (uint32_t)(at_ms / 1000);
    unsigned least;

    if (pace->n < PACE_ACCEPTS) {
        pace->at_s[pace->n++] = at_s;
        return;
    }
    least = oldest(pace);
    if (at_s > pace->at_s[least])
        pace->at_s[least] = at_s;
}

int64_t pace_wait_ms(const struct pace *pace, uint64_t waiting, int64_t now_ms)
{
    int64_t span_ms;

    if (waiting == 0 || pace->n < PACE_LEAST)
        return 0;
    span_ms = now_ms - (int64_t)pace->at_s[oldest(pace)] * 1000;
    if (span_ms <= 0)
        return 0;
    return (int64_t)(waiting * ((uint64_t)span_ms / pace->n));
}
