// SPDX-License-Identifier: MIT
// The queues in memory: one for each team, and one for each worker who alone may be given some of a team's jobs (news of the worker's
// case). Used by allocation. Only indexes: made from rows at start; whether a node still holds is asked of its row.
#pragma once

#include "services/allocation/job_heap.h"
#include "services/allocation/name_table.h"

struct team_queues;

// Gives (team_queue_free); NULL when out of memory.
struct team_queues *team_queue_new(void);
void team_queue_free(struct team_queues **queues);

// Puts a job into a team's queue, or into a worker's own at that team (worker of size > 0, at most JOB_WORKER_MAX). ERR_NO_MEMORY.
CHECKED enum err team_queue_push(struct team_queues *queues, uint16_t team, struct span worker, struct job_node node);
// Lends the queue; for a worker without own jobs NULL.
struct job_heap *team_queue_of(struct team_queues *queues, uint16_t team, struct span worker);
// When the job came that has waited longest in a team's queues; 0 when none waits.
int64_t team_queue_oldest(const struct team_queues *queues, uint16_t team);
// Calls `each` for every worker's own queue.
void team_queue_each_own(struct team_queues *queues, void (*each)(void *context, uint16_t team, struct span worker, struct job_heap *heap),
                         void *context);
// Calls `each` for every queue of a team, its workers' too.
void team_queue_each(struct team_queues *queues, uint16_t team, void (*each)(void *context, struct job_heap *heap), void *context);
