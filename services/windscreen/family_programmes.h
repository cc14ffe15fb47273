// SPDX-License-Identifier: MIT
// What a household counts in each programme of the policy in force, by the log alone: problems, which referral showed each, what is
// missing. Used by command_family. Counts by the policy's own table, from facts and not from what allocation said.
#pragma once

#include <jansson.h>

#include "common/client/windscreen_reader.h"
#include "services/windscreen/given.h"

#define FAMILY_PROGRAMMES_TYPES (EVENT_BIT(TRIAGED) | EVENT_BIT(CLOSED) | EVENT_BIT(REOPENED) | EVENT_BIT(FAMILY_ELIGIBLE))

struct family_programmes {
    json_t *shown;    // what each referral or assessment showed, in order
    json_t *in_error; // referrals that were entered in error
    json_t *told;     // {programme: sequence}
};

void family_programmes_init(struct family_programmes *programmes);
void family_programmes_free(struct family_programmes *programmes);
// Any event of FAMILY_PROGRAMMES_TYPES, in order; `ours`: it names a family of the household.
void family_programmes_take(struct family_programmes *programmes, const struct windscreen_event *event, bool ours);
// Gives an array, a programme each; empty when the policy has none. Returns an exit code.
int family_programmes_json(const struct family_programmes *programmes, const struct given *given, json_t **list);
void family_programmes_print(const json_t *list);
