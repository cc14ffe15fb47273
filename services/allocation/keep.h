// SPDX-License-Identifier: MIT
// Continuity: for whom new work of a known family is kept. The worker who has a case of it at the team; else the one who had its last case,
// not longer ago than the policy's `previous_worker`; for as long as its `kept_for_worker`.
// Used by route and on_decide, once for each job that comes to a team's queue for the first time. Reads, and changes nothing.
#pragma once

#include "services/allocation/compose.h"
#include "services/allocation/family_case.h"

struct kept {
    enum because because; // BECAUSE_NONE: for nobody
    struct span worker;   // lent from `workers`
    int64_t until_ms;     // 0: until it is late
    struct family_workers workers;
};

// Work of a family at this level for a team of the policy. Nobody is kept waiting for at level 4, nor for a worker who is away, has no
// room, or is kept apart from the family.
void keep_for(struct allocation *allocation, const struct policy *policy, uint64_t family, unsigned level, struct span team,
              struct kept *kept);
// The same for a job that a person sends to a team, where no team had it before: fills in for whom, if for anybody; `kept` lends the tag.
void keep_onward(struct allocation *allocation, const struct job_row *row, struct onward *to, struct kept *kept);
