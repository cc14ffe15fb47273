// SPDX-License-Identifier: MIT
// The line to type for what waits for a person.
// Called by `windscreen show` and `explain`. Decides nothing: allocation judges what is then asked.
#include "services/windscreen/next_step.h"

#include <stdio.h>

struct choice {
    const char *action; // of `windscreen decide`, with its options
    const char *rest;   // when that is right, and what else there is
};

// What a person may do with what waits.
static struct choice choice_of(const struct story_part *part)
{
    if (part->part > 0 && part->reason == REASON_CHALLENGED)
        return (struct choice){"uphold", ", or dismiss"};
    if (part->part > 0 && (part->reason == REASON_WITHDRAWN || part->reason == REASON_STEP_UP || part->reason == REASON_STEP_UP_SUGGESTED))
        return (struct choice){"confirm", ", or dismiss"};
    if (part->reason == REASON_AWAITING_CONSENT)
        return (struct choice){"confirm --why consent_obtained", " when the family agrees, or override"};
    if (part->part > 0 && part->proposal[0] == '\0') // a task
        return (struct choice){"confirm", " when it is done"};
    return (struct choice){"confirm", ", or override"};
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
        struct choice choice;

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
        choice = choice_of(part);
        printf(" %s --seen %llu --by YOU`%s.\n", choice.action, (unsigned long long)story_seen(part), choice.rest);
        return;
    }
}
