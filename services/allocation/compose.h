// SPDX-License-Identifier: MIT
// Writes allocation's events: from a row or a decision to the record that says so, due time included.
// Used by route, grant, give_back and the requests. Appends, and changes nothing else.
#pragma once

#include "services/allocation/allocation.h"

// Room for the texts of one event.
struct compose_tags {
    char referral[16];
    char family[16];
    char news_of[16];
};

// Where a job that is there already goes on to.
struct onward {
    struct span team;
    struct span proposal; // size 0: none
    unsigned level;
    enum decision_reason reason; // REASON_NONE
    uint64_t marks;
    uint64_t cause;         // 0: none
    struct span for_worker; // the only worker who may take it; size 0: any
    enum because because;   // why that worker; BECAUSE_NONE: not told
    int64_t kept_until_ms;  // 0: until it is late
    unsigned member;        // of parenting that is asked again: for whom; 0: nobody
    unsigned stage;         // of a challenge; 0: it is none
    int64_t due_ms;         // 0: by the clock of its state
    enum basis basis;       // on which it goes on; BASIS_NONE: on the one that it had
};

// The policy that decides about a job: its own, or else the newest; NULL when none was ever adopted.
const struct policy *compose_policy(const struct allocation *allocation, const struct job_row *row);
// When a state at a team should have ended that began at from_ms. Without policy or rule: a day later.
int64_t compose_due(const struct policy *policy, enum state state, struct span team, int64_t from_ms);

// When the next review of a case is due that has just been reviewed.
int64_t compose_review_due(const struct allocation *allocation, const struct job_row *row);
// When a clock of the policy that a name is given to runs out; as compose_due of a decision where the policy has none of this name.
int64_t compose_named_due(const struct policy *policy, struct span clock, int64_t from_ms);

// Appends an event about one referral.
void compose_append(struct effects *effects, enum event_type type, uint64_t referral, uint64_t cause, const void *data);
// Appends allocated for a job that is there: queued at a team, or deciding at hub-decision.
void compose_onward(struct allocation *allocation, struct effects *effects, struct job_key key, const struct job_row *row,
                    const struct onward *to);
// Writes a job's key as an item of a list; the text is lent from `tag`.
struct job compose_job(struct job_key key, char tag[16]);
