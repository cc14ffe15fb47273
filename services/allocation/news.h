// SPDX-License-Identifier: MIT
// News of a case from other referrals, when the case is no longer what they were sent to.
// Used by on_close (it has ended), handover (it is another's) and household (it is another family's).
#pragma once

#include "services/allocation/compose.h"

// The case of this referral has ended, or has another level, team or worker: news of it that nobody has accepted is judged again, as its
// family stands now.
void news_judge_again(struct allocation *allocation, struct effects *effects, uint64_t referral);
// A part that nobody has accepted, and that told a worker what a person must see: a person at the hub has it from now on.
void news_to_person(struct allocation *allocation, struct effects *effects, struct job_key key, const struct job_row *row);
// The family is another than a person said before: news of cases that are not its household's any more is judged again.
void news_judge_family(struct allocation *allocation, struct effects *effects, uint64_t family);
