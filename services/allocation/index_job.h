// SPDX-License-Identifier: MIT
// Keeps the indexes in memory in step with the rows: queues, due times, leases, who must be woken.
// Used by take_event for every change of a row, and at start for every row.
#pragma once

#include "services/allocation/allocation.h"

// The job's row becomes `row`; it was `old` (all zero: there was none). ERR_NO_MEMORY.
CHECKED enum err index_job(struct allocation *allocation, struct job_key key, const struct job_row *old, const struct job_row *row);

// True when a node of a team's queue still says what the row says: the job waits there, in that place. Fills in the row.
bool index_job_holds(const struct allocation *allocation, uint16_t team, const struct job_node *node, struct job_row *row);

// Looks at a due time again at at_ms. ERR_NO_MEMORY.
CHECKED enum err index_job_watch(struct allocation *allocation, struct job_key key, int64_t at_ms);

// The same for when its clocks ring next, after something that its row does not tell. ERR_NO_MEMORY.
CHECKED enum err index_job_rewind(struct allocation *allocation, struct job_key key, const struct job_row *row);

// Drops what is stale from all indexes; after a rebuild.
void index_job_tidy(struct allocation *allocation);
// Work has come to a team: its workers who wait are served by the next tick.
void index_job_wake(struct allocation *allocation, uint16_t team);
// All of a worker's own queue at a team goes over into the team's.
void index_job_empty(struct allocation *allocation, uint16_t team, struct job_heap *own);
// A job that was kept for a worker is anybody's from now on: it goes over into its team's queue.
void index_job_free(struct allocation *allocation, struct job_key key, const struct job_row *row);
