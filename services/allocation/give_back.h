// SPDX-License-Identifier: MIT
// Jobs whose lease ends without an answer: back to the queue, and after the last attempt to a person.
// Used by on_answer (released) and tick (lapsed).
#pragma once

#include "services/allocation/allocation.h"

enum { GIVE_BACK_MAX = 64 }; // jobs of one released or lapsed event

// Appends released or lapsed for jobs of one lease, and dead (or, for a guarded team, allocated to a person) for those without attempts
// left. At most n + 1 events.
void give_back_jobs(struct allocation *allocation, struct effects *effects, enum event_type type, const struct job_key *keys, unsigned n);
// True when the job's last attempt has been made.
bool give_back_is_last(const struct allocation *allocation, const struct job_row *row);
