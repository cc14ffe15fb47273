// SPDX-License-Identifier: MIT
// Clocks of jobs that ring: when the next one does, and the event that says so.
// Used by tick (rings) and index_job (when to look). Appends only what time has brought; who is to act is the policy's word.
#pragma once

#include "services/allocation/allocation.h"

// A job as its clocks see it. Returns the policy whose clocks they are; NULL when there is none.
const struct policy *ring_subject(struct allocation *allocation, struct job_key key, const struct job_row *row,
                                  struct alarm_subject *subject);

// What rings next of a job, seen at now_ms (0: nothing is late yet). False when nothing does.
bool ring_next(struct allocation *allocation, struct job_key key, const struct job_row *row, int64_t now_ms, struct alarm *alarm);

// Rings what has come for the job by now, one event at a time; the rest is watched, or is not ripe. Good for jobs that have ended, too.
void ring_job(struct allocation *allocation, struct effects *effects, struct job_key key);
