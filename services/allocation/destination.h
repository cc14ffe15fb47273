// SPDX-License-Identifier: MIT
// Where a referral goes: team, person or hold, with parts and tasks, from its facts, its level and the family's open case, by the policy's
// tables. Called by allocation. Pure: no clock, log or store; same values in, same destination out.
#pragma once

#include "common/policy/rules.h"

enum {
    DESTINATION_MEMBERS_MAX = 16,
    DESTINATION_PARTS_MAX = DESTINATION_MEMBERS_MAX + POLICY_TASKS_MAX + 1, // each child, each task, news to the open case
};

enum destination_outcome {
    DESTINATION_QUEUE,  // allocated to `team`: queued
    DESTINATION_DECIDE, // allocated to `team`, where people decide: deciding, with reason and perhaps a proposal
    DESTINATION_HOLD,   // held for `reason`; `proposal` is the team it goes to once that has come
    DESTINATION_NEWS,   // allocated to the open case's team or worker with news_of; `team` is family_state.team
};

// What allocation knows of the family when it decides. All zero: nothing is open.
struct family_state {
    bool known;                 // it has cases, or had some: their workers may be asked for
    bool came;                  // referrals of it have come before
    bool open;                  // a lead or part is queued, leased or accepted at a team that opens a case
    uint8_t level;              // of that case
    int64_t opened_ms;          // when that case was allocated
    struct span team;           // of that case
    uint32_t supported;         // bit m: member m of this referral, 1 the first, has had its parenting support: it is not asked again
    struct span parenting_team; // a team with `parenting` where a job of the family is queued, leased or accepted; size 0: none
};

struct destination_job {
    uint8_t outcome;    // enum destination_outcome
    uint8_t team_index; // of policy->teams; 0 when held, or for news of a team that this policy does not have
    uint8_t reason;     // enum decision_reason; 0: none. On QUEUE and DECIDE parts that are tasks: the task
    uint8_t n_used, n_near;
    uint64_t marks;       // bit m: mark m, to be answered on accept; leads only
    struct span team;     // size 0 when held. All spans are lent from policy and family
    struct span proposal; // size 0: none
    struct span rule;     // code of the row
    struct fact_used used[TABLE_USED_MAX];
    struct near_row near[TABLE_NEAR_MAX]; // rows that would have come first, had one fact been other; leads only
};

// When the lead is held, or waits for a person who is proposed where it would go, the parts that belong to there are held with it (same
// reason, own rule and proposal) and are released with it, each to its own proposal, with destination_reason(rule) as its reason.
struct destination {
    uint8_t basis; // enum basis, on which all of it goes on; 0: the policy says none
    struct destination_job lead;
    unsigned n_parts;
    struct destination_job parts[DESTINATION_PARTS_MAX]; // part i + 1 of the referral
};

// Decides. Always gives a lead with an outcome; the last row of every table fits always, the loader sees to it.
void destination_decide(const struct policy *policy, const struct triaged *triaged, const struct family_state *family,
                        struct destination *destination);

// Decides by the lead row that gives `reason`, if there is one whose own conditions hold, whatever stands before it; no parts.
// False: there is none.
bool destination_by_reason(const struct policy *policy, const struct triaged *triaged, const struct family_state *family,
                           enum decision_reason reason, struct destination *destination);

// On what lawful basis a referral of these facts goes on, at the level that `triaged` has; BASIS_NONE: the policy says none.
enum basis destination_basis(const struct policy *policy, const struct triaged *triaged, const struct family_state *family);

// The reason that a row of the policy (by its code) gives; REASON_NONE when it gives none. For releasing held parts.
enum decision_reason destination_reason(const struct policy *policy, struct span rule);
