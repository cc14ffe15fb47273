// SPDX-License-Identifier: MIT
// From a destination to the records of allocated and held.
// Called by route and by the command line. Fills what is there and leaves out what is not.
#include "services/allocation/outcome.h"

const struct destination_job *outcome_job(const struct destination *destination, uint8_t part)
{
    return part == 0 ? &destination->lead : &destination->parts[part - 1];
}

enum state outcome_state(const struct destination_job *job)
{
    if (job->outcome == DESTINATION_HOLD)
        return STATE_HELD;
    return span_is(job->team, "hub-decision") ? STATE_DECIDING : STATE_QUEUED;
}

// What allocated and held have in common, under the same names.
#define FILL(record, to, destination, job, part_)                              \
    do {                                                                       \
        if ((part_) > 0)                                                       \
            PUT(to, record, part, part_);                                      \
        if ((job)->rule.size > 0)                                              \
            PUT(to, record, rule, (job)->rule);                                \
        if ((job)->proposal.size > 0)                                          \
            PUT(to, record, proposal, (job)->proposal);                        \
        if ((job)->marks != 0)                                                 \
            PUT(to, record, marks, (job)->marks);                              \
        if ((destination)->basis != BASIS_NONE)                                \
            PUT(to, record, basis, (destination)->basis);                      \
        SET_HAS(to, record, used);                                             \
        (to)->n_used = (job)->n_used;                                          \
        memcpy((to)->used, (job)->used, (job)->n_used * sizeof(job)->used[0]); \
        if ((job)->n_near > 0)                                                 \
            SET_HAS(to, record, near);                                         \
        (to)->n_near = (job)->n_near;                                          \
        memcpy((to)->near, (job)->near, (job)->n_near * sizeof(job)->near[0]); \
    } while (0)

void outcome_allocated(const struct triaged *triaged, const struct destination *destination, uint8_t part, int64_t due_ms,
                       struct allocated *allocated)
{
    const struct destination_job *job = outcome_job(destination, part);

    *allocated =
        (struct allocated){.team = job->team, .level = triaged->level, .due = due_ms, .family = triaged->family, .policy = triaged->policy};
    FILL(allocated, allocated, destination, job, part);
    if (job->reason != REASON_NONE)
        PUT(allocated, allocated, reason, job->reason);
}

void outcome_held(const struct triaged *triaged, const struct destination *destination, uint8_t part, int64_t due_ms, struct held *held)
{
    const struct destination_job *job = outcome_job(destination, part);

    *held =
        (struct held){.reason = job->reason, .level = triaged->level, .due = due_ms, .family = triaged->family, .policy = triaged->policy};
    FILL(held, held, destination, job, part);
}
