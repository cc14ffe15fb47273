// SPDX-License-Identifier: MIT
// Triage: proposes a level of need for every referral that is in, by the policy in force when it came.
// State and functions of the daemon, for triage_main.c and tests.
#pragma once

#include "common/runtime/daemon.h"
#include "common/store/projection.h"
#include "services/triage/versions.h"

// A policy that is to hold from now on does so from this moment on: by then every daemon has read that it is adopted, and no referral that
// came by then has been decided by another.
enum { ADOPT_AHEAD_MS = 250 };

struct triage {
    struct runtime *runtime;
    struct projection *projection; // of policy.adopted alone: a restart must not read all that was ever triaged
    struct versions versions;
    const struct policy *chosen; // of --policy: adopted before the first decision, unless one was adopted ever; NULL: it has faults
    bool looked;                 // it has been told whether what is chosen is in force
    uint8_t *bundle;             // its text
    size_t bundle_size;
};

// What is looked at of inputs.
extern const struct event_part triage_reads;

// The functions of daemon.h; `state` is a struct triage, zero at first.
CHECKED enum err triage_open(void *state, struct runtime *runtime, const char *directory, struct projection_marks *marks);
CHECKED enum err triage_take(void *state, const struct hub_event *own);
void triage_decide(void *state, const struct hub_event *input, struct moment now, struct effects *effects);
void triage_tick(void *state, struct moment now, struct effects *effects);
void triage_settled(void *state, uint64_t first_n, uint64_t first_sequence, uint64_t count);
CHECKED enum err triage_hold(void *state);
CHECKED enum err triage_save(void *state, struct projection_marks marks);
void triage_close(void *state);
