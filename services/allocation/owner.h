// SPDX-License-Identifier: MIT
// Who alone may be given a job that waits: the worker whom it is kept for, or whose case it is news of; for how long, and not while away.
// Used by index_job, pick and tick. An order of queues only: who has a job says its row.
#pragma once

#include "services/allocation/allocation.h"

// Lends the worker's tag, from the row or from `of` (room for another row); size 0: anybody may have it.
struct span owner_of(const struct allocation *allocation, const struct job_row *row, struct job_row *of);
// Why the job is given to this worker, because of what was kept; BECAUSE_NONE where it was not kept for her.
enum because owner_because(const struct job_row *row, struct span worker);

// Watches that a job kept for a while comes back to its team's queue. ERR_NO_MEMORY.
CHECKED enum err owner_watch(struct allocation *allocation, struct job_key key, const struct job_row *row);
// Jobs that were kept long enough, and those of workers who are away now, come into their teams' queues.
void owner_free(struct allocation *allocation);
