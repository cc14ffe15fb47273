// SPDX-License-Identifier: MIT
// From family.signalled to the rows of the leads that it names.
// Called by take_event.
// Must not look at anything but the event and the rows: a rebuild has nothing else.
#include "services/allocation/take_signal.h"

#include "common/base/tag.h"

static enum err mark(struct allocation *allocation, const struct concern *concern)
{
    struct job_key lead = {0};
    struct job_row old, row;
    enum err err;

    if (!tag_parse(concern->referral, 'R', &lead.referral))
        return ERR_BAD_STORE;
    err = job_table_get(&allocation->jobs, lead, &old);
    if (err != ERR_NONE)
        return err == ERR_NOT_FOUND ? ERR_BAD_STORE : err;
    row = old;
    row.flags |= JOB_SIGNALLED;
    return job_table_put(&allocation->jobs, lead, &old, &row);
}

enum err take_signal(struct allocation *allocation, const struct family_signalled *signalled)
{
    enum err err = ERR_NONE;

    for (uint64_t i = 0; i < signalled->n_evidence && err == ERR_NONE; i++)
        err = mark(allocation, &signalled->evidence[i]);
    return err;
}
