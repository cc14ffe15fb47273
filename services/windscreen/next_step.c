// SPDX-License-Identifier: MIT
// The line to type for what waits for a person.
// Called by `windscreen show` and `explain`. Decides nothing: allocation judges what is then asked.
#include "services/windscreen/next_step.h"

#include <stdio.h>

// What a person may do with what waits.
static const char *choice_of(const struct story_part *part)
{
    if (part->part > 0 && part->reason == REASON_CHALLENGED)
        return "uphold --by YOU`, or dismiss";
    if (part->part > 0 && (part->reason == REASON_WITHDRAWN || part->reason == REASON_STEP_UP || part->reason == REASON_STEP_UP_SUGGESTED))
        return "confirm --by YOU`, or dismiss";
    if (part->reason == REASON_AWAITING_CONSENT)
        return "confirm --why consent_obtained --by YOU` when the family agrees, or override";
    return "confirm --by YOU`, or override";
}

// Whose family it is, is said of families, not decided about the referral.
static bool asks_about_family(const struct story_part *part)
{
    return part->part > 0 && (part->reason == REASON_FAMILY_CANDIDATE || part->reason == REASON_FAMILY_CONFLICT);
}

// Names the first lead or part that waits for somebody to decide.
void next_step_print(const struct story *story)
{
    for (unsigned i = 0; i < story->n_parts; i++) {
        const struct story_part *part = &story->parts[i];

        if (story_seen(part) == 0)
            continue;
        if (asks_about_family(part)) {
            printf("\nNext: `windscreen family %s`, then `windscreen family settle %s OTHER same|different --by YOU`.\n", story->referral,
                   story->family);
            return;
        }
        printf("\nNext: `windscreen decide %s", story->referral);
        if (part->part > 0)
            printf("/%u", part->part);
        printf(" --seen %llu %s.\n", (unsigned long long)story_seen(part), choice_of(part));
        return;
    }
}
