// SPDX-License-Identifier: MIT
// Jobs that stand beside a lead because something has happened to it: tasks for a person, news to the worker, offers, challenges.
// Used by route and the files of inputs and requests. A part of its own has a state, an owner and a clock like any other.
#pragma once

#include "services/allocation/compose.h"

// Adds a part to the referral of `lead` (its row): `to` says where it goes and why; `news_of` is the case whose worker alone is told,
// 0: it is no news. Returns the part; 0 when the referral has no room for more, which has been reported.
uint8_t side_job_add(struct allocation *allocation, struct effects *effects, uint64_t referral, const struct job_row *lead,
                     uint64_t news_of, const struct onward *to);
// The number that the next part of a referral gets: a free one, else that of a closed part; 0 when there is none.
uint8_t side_job_next(const struct allocation *allocation, uint64_t referral);
// Adds news to whoever has accepted the lead, for `reason`, unless the same waits there unread.
void side_job_tell_worker(struct allocation *allocation, struct effects *effects, uint64_t referral, const struct job_row *lead,
                          enum decision_reason reason, uint64_t cause);
// Adds a task at hub-decision for `reason`, unless one is open already.
void side_job_task(struct allocation *allocation, struct effects *effects, uint64_t referral, const struct job_row *lead,
                   enum decision_reason reason, uint64_t cause);

// Level 4 went on and nobody said why: adds a task that asks for it.
void side_job_ask_why(struct allocation *allocation, struct effects *effects, uint64_t referral);

// Appends closed for a job. `note` 0: none.
void side_job_close(struct effects *effects, struct job_key key, struct span by, enum outcome outcome, uint64_t note);
// The first open part from `from` on that waits for the reason; 0 when there is none. Fills in the row.
uint8_t side_job_find(const struct allocation *allocation, uint64_t referral, enum decision_reason reason, unsigned from,
                      struct job_row *row);
// Calls `each` for every open part of a referral, in order.
void side_job_each(struct allocation *allocation, uint64_t referral,
                   void (*each)(void *context, struct job_key key, const struct job_row *row), void *context);
