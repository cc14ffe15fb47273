// SPDX-License-Identifier: MIT
// From judgement to events: where a triaged referral goes, with its parts and tasks.
// Used by allocation_decide for a new referral, and by judge_again for one that is there. The judgement is destination's.
#pragma once

#include "services/allocation/compose.h"

// One decision as it is being written down.
struct routing {
    struct allocation *allocation;
    struct effects *effects;
    uint64_t referral;
    const struct triaged *triaged;
    uint64_t cause;
    struct span traceparent;     // size 0: none
    int64_t from_ms;             // clocks count from it
    const struct policy *policy; // NULL: none was ever adopted
    bool is_new;                 // the referral has just come
    bool is_known;               // the family has had cases
    bool has_come_before;        // its household has sent other referrals
    uint32_t supported;          // members whose parenting support is not to be asked again, as family_state has it
    uint64_t case_referral;      // of the family's open case; 0: none
    struct compose_tags tags;
};

// Judges into allocation->destination, by the policy that triaged it. The referral's own jobs are not its family's open case.
void route_judge(struct routing *routing);
// The family's open case as the routing's policy sees it.
void route_family(struct routing *routing, struct family_state *family);
// Appends allocated or held for a job of allocation->destination (`place` 0: its lead, 1: its first part), as this part of the referral.
void route_append(const struct routing *routing, unsigned place, uint8_t part);
// referral.triaged: appends allocated or held for the lead and each part, and what follows from what came before it; of a referral that
// is there already it is an assessment.
void route_triaged(struct allocation *allocation, struct effects *effects, const struct hub_event *input);
