// SPDX-License-Identifier: MIT
// Judges a referral again that is there: something it rests on has changed, the family's answer or the facts.
// Used by on_consent and on_assessment. What was triaged is read back from the log; the tables decide as for a new referral.
#pragma once

#include "services/allocation/read_back.h"
#include "services/allocation/route.h"

// A referral as it is judged again.
struct again {
    struct routing routing;
    struct job_row lead; // as it is now
    struct triaged triaged;
    struct read_back back;
};

// Reads the lead and what it rests on: the facts of its last triaged, with the family's answer and the level that hold now.
// False: the referral is not there, or closed.
bool judge_again_begin(struct again *again, struct allocation *allocation, struct effects *effects, uint64_t referral, uint64_t cause);
// The same with facts that have just come, also of a closed one; the answer is theirs, or else the one that holds.
bool judge_again_begin_with(struct again *again, struct allocation *allocation, struct effects *effects, uint64_t referral, uint64_t cause,
                            const struct triaged *triaged);
// Sends the lead where the tables say, and parts with it: those that waited go on or are judged anew, new ones are added, none twice.
void judge_again_go(struct again *again);
// What the tables give one member, 1 the first, of a referral that may be closed, at the age of now: the place of its part in
// allocation->destination, for route_append; 0: none stands beside the lead. Appends nothing.
unsigned judge_again_child(struct again *again, struct allocation *allocation, struct effects *effects, uint64_t referral, unsigned member);
// Whether the policy has a lead row for `reason` whose own conditions hold: then where it leads stands in allocation->destination.
bool judge_again_reason(struct again *again, enum decision_reason reason);
