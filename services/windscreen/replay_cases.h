// SPDX-License-Identifier: MIT
// Which cases each family has open, folded from the log as allocation folds it: what a decision knew of the family when it was made.
// Used by `windscreen policy replay`, whose test shows that both know the same. Keeps open cases only.
#pragma once

#include "services/allocation/destination.h"
#include "services/windscreen/gist.h"

struct replay_cases;

// `policy_of` lends the adopted policy with this hash, NULL when there is none: asked of cases at teams that the policy asked about does
// not name. NULL when out of memory.
struct replay_cases *replay_cases_new(const struct policy *(*policy_of)(void *context, struct span hash), void *context);
void replay_cases_free(struct replay_cases **cases);

// The types that open, change or end a case, or join families.
uint64_t replay_cases_types(void);
// One event of the log, in order. ERR_NO_MEMORY.
CHECKED enum err replay_cases_take(struct replay_cases *cases, const struct windscreen_event *event, const struct gist *gist);

// What is open in the family's household under a policy, or, at a team that this does not name, under the case's own: of several cases the
// one with the highest level, the oldest among equals; cases of the referral `except` are left out. Spans are lent until the next event.
void replay_cases_read(const struct replay_cases *cases, const struct policy *policy, struct span family, struct span except,
                       struct family_state *state);
