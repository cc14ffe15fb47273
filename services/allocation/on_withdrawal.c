// SPDX-License-Identifier: MIT
// A withdrawal becomes a task, and news for the worker who has the case.
// Called once for each withdrawal.recorded about a referral that has a lead.
// Must not end anything: the need does not go away because a partner does.
#include "services/allocation/on_withdrawal.h"

#include "services/allocation/side_job.h"

void on_withdrawal(struct allocation *allocation, struct effects *effects, const struct about *about)
{
    struct job_row lead;

    if (job_table_get(&allocation->jobs, (struct job_key){.referral = about->referral}, &lead) != ERR_NONE || !job_is_open(&lead))
        return;
    side_job_task(allocation, effects, about->referral, &lead, REASON_WITHDRAWN, about->sequence);
    if (lead.state == STATE_ACCEPTED)
        side_job_tell_worker(allocation, effects, about->referral, &lead, REASON_WITHDRAWN, about->sequence);
}
