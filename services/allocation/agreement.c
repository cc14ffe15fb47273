// SPDX-License-Identifier: MIT
// One answer, from the row or from the log.
// Called by requests of people, which are few: the facts are read back from the log.
#include "services/allocation/agreement.h"

#include "services/allocation/read_back.h"

enum consent_service agreement_of(struct allocation *allocation, const struct job_row *lead)
{
    const struct triaged *triaged;
    struct read_back back;

    if (lead->consent != CONSENT_NONE)
        return (enum consent_service)lead->consent;
    triaged = read_back_event(allocation, lead->input, EVENT_TRIAGED, &back);
    return (enum consent_service)triaged->facts.consent;
}
