// SPDX-License-Identifier: MIT
// Policies for the command line: those that a hub has adopted, by their hash, and one from a folder.
// Used by the commands that explain and try. What goes wrong has been said; returned ints are exit codes.
#pragma once

#include "common/client/windscreen_reader.h"
#include "common/policy/policy.h"
#include "services/windscreen/given.h"

enum { POLICY_SOURCE_MAX = 8192 }; // adoptions that one log can have here: one each day for twenty years

struct policy_adoption {
    uint64_t sequence;
    int64_t effective_ms, adopted_ms;
    char name[33], by[65]; // by "": the folder that the hub was started with
    uint8_t hash[POLICY_VERSION_SIZE];
    struct policy *policy; // NULL until it is asked for
};

// All zero: empty.
struct policy_source {
    unsigned n;
    struct policy_adoption at[POLICY_SOURCE_MAX]; // in the order of the log
};

// Notes an event policy.adopted.
void policy_source_note(struct policy_source *source, const struct windscreen_event *event);
// Notes every policy.adopted of the hub's log.
CHECKED int policy_source_read(struct policy_source *source, const struct given *given);
// Lends the adoption with this hash, its policy loaded; of several that in force at `ms`, else the first.
CHECKED int policy_source_get(struct policy_source *source, const struct given *given, struct span hash, int64_t ms,
                              const struct policy_adoption **adoption);
// Lends the adoption in force for what comes at `ms`, as triage chooses it (services/triage/versions.h); NULL: none was ever adopted.
const struct policy_adoption *policy_source_at(const struct policy_source *source, int64_t ms);
// The same with its policy loaded; complains when there is none.
CHECKED int policy_source_in_force(struct policy_source *source, const struct given *given, int64_t ms,
                                   const struct policy_adoption **adoption);
void policy_source_close(struct policy_source *source);

// Reads a folder, loads it and proves it; complaints go to standard error. Gives: free and policy_free.
CHECKED int policy_source_bundle(const struct given *given, const char *folder, uint8_t **bundle, size_t *size, struct policy **policy);
// Loads a policy from a folder; complaints go to standard error. Gives: policy_free.
CHECKED int policy_source_folder(const struct given *given, const char *folder, struct policy **policy);
