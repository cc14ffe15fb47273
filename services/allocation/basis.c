// SPDX-License-Identifier: MIT
// The policy's rows of lawful bases, asked again.
// Called when a person decides, steps or offers.
// Must not ask the log where nothing has changed: a decision waits for the answer.
#include "services/allocation/basis.h"

#include "common/base/tag.h"
#include "services/allocation/read_back.h"
#include "services/allocation/route.h"

static enum basis judge(struct allocation *allocation, uint64_t referral, const struct job_row *lead, unsigned level,
                        enum consent_service answer)
{
    struct read_back back;
    struct triaged triaged = *(const struct triaged *)read_back_event(allocation, lead->input, EVENT_TRIAGED, &back);
    struct routing routing = {.allocation = allocation, .referral = referral, .triaged = &triaged};
    struct family_state family;

    routing.policy = compose_policy(allocation, lead);
    if (routing.policy == NULL)
        return BASIS_NONE;
    triaged.level = level;
    if (answer != CONSENT_NONE)
        PUT(&triaged.facts, facts, consent, (uint8_t)answer);
    route_family(&routing, &family);
    return destination_basis(routing.policy, &triaged, &family);
}

enum basis basis_now(struct allocation *allocation, uint64_t referral, unsigned level, enum consent_service answer)
{
    struct job_row lead;

    if (job_table_get(&allocation->jobs, (struct job_key){.referral = referral}, &lead) != ERR_NONE)
        return BASIS_NONE;
    if (answer == CONSENT_NONE)
        answer = (enum consent_service)lead.consent;
    if (lead.basis != BASIS_NONE && lead.level == level && answer == CONSENT_NONE)
        return (enum basis)lead.basis;
    return judge(allocation, referral, &lead, level, answer);
}
