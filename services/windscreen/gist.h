// SPDX-License-Identifier: MIT
// Whom and what an event of the log concerns: referrals (one, or a list of jobs), team, level, rule.
// Used by log, show and balance, so that all three agree. A pure function of the decoded event.
#pragma once

#include "common/client/windscreen_reader.h"

enum { GIST_JOBS_MAX = 64 };

struct gist_job {
    struct span referral;
    uint64_t part; // 0: the lead
    uint64_t attempt;
};

struct gist {
    struct span team;   // size 0: none
    struct span rule;   // by which it was decided; size 0: a person moved it, or its lead did
    struct span worker; // who did it, or for whom
    uint64_t level;     // 0: none
    int64_t due_ms;     // 0: none
    unsigned n_jobs;
    bool lists; // the event stands for a list of jobs, and has no subject
    struct gist_job jobs[GIST_JOBS_MAX];
};

// Lends from the event.
void gist_of(const struct windscreen_event *event, struct gist *gist);

// Leaves only the jobs of this referral: what an event that lists several means to one of them.
void gist_keep(struct gist *gist, struct span referral);

// True when the event concerns this referral; part GIST_ANY: any part of it.
enum { GIST_ANY = 255 };
bool gist_names(const struct gist *gist, struct span referral, uint64_t part);
