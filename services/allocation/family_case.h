// SPDX-License-Identifier: MIT
// Which jobs of each family are open with a team or a worker, and what that means for the family's next referral.
// Used by take_event (changes), route and suggest (read). Which teams open a case is the policy's word, asked when reading.
#pragma once

#include "common/store/joined.h"
#include "services/allocation/destination.h"
#include "services/allocation/job_table.h"
#include "services/allocation/policy_shelf.h"

enum {
    FAMILY_CASE_JOBS_MAX = 128, // of one family; beyond, the newest are not remembered as cases
    FAMILY_CASE_NEWS_MAX = 16,  // of them: news for the worker of a case; beyond, what follows from the case's end does not follow for them
    FAMILY_CAME_MAX = 16,       // referrals of one family that are remembered, the last ones
    FAMILY_CASE_ENDED_MAX = 4,  // cases that have ended, whose workers are remembered; then the oldest is forgotten
    FAMILY_WORKERS_MAX = 16,
};

// A worker who has a case of a family, or had one.
struct family_worker {
    uint16_t team;
    bool open;
    uint8_t worker_size;
    int64_t at_ms; // when it came to the team, or ended
    char worker[JOB_WORKER_MAX];
};

struct family_workers {
    unsigned n;
    struct family_worker at[FAMILY_WORKERS_MAX];
};

struct family_cases {
    struct projection *projection;
    const struct policy_shelf *shelf;
    unsigned table;
    struct joined joined; // families that a person has said are one household
};

// A job's row becomes `row`; it was `old` (all zero: there was none). It may have become, or have ceased to be, a case of its family
// (job_is_case), or news from another referral; or a referral has come. Who has closed a case is remembered.
CHECKED enum err family_case_move(struct family_cases *cases, struct job_key key, const struct job_row *old, const struct job_row *row);

// Begins to fetch the family's row from memory.
void family_case_fetch(const struct family_cases *cases, uint64_t family);
// The leads of the family's last referrals, of it alone, the oldest first; returns how many.
unsigned family_case_came(const struct family_cases *cases, uint64_t family, struct job_key keys[FAMILY_CAME_MAX]);
// The workers of the household's cases.
void family_case_workers(const struct family_cases *cases, const struct job_table *jobs, uint64_t family, struct family_workers *workers);
// Calls `each` for every open case of a family, of it alone.
void family_case_each(const struct family_cases *cases, const struct job_table *jobs, uint64_t family,
                      void (*each)(void *context, struct job_key key, const struct job_row *row), void *context);
// The same for every job of the family's household that is news from another referral than the case's, and that nobody has accepted.
void family_case_each_news(const struct family_cases *cases, const struct job_table *jobs, uint64_t family,
                           void (*each)(void *context, struct job_key key, const struct job_row *row), void *context);
// What is open in the family's household, under `policy`, or, at a team that this does not name, under the case's own: of several cases the
// one with the highest level, the oldest among equals; jobs of the referral `except` are left out. `referral` is the case's, 0: none is
// open. Spans are lent by `names`.
CHECKED enum err family_case_read(const struct family_cases *cases, const struct job_table *jobs, const struct name_table *names,
                                  const struct policy *policy, uint64_t family, uint64_t except, struct family_state *state,
                                  uint64_t *referral);
