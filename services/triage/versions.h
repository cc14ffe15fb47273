// SPDX-License-Identifier: MIT
// The policies that triage has adopted, in order, and which of them was in force at a moment.
// Used by triage. Knows the rows and the policies; where they are kept is triage's business.
#pragma once

#include "common/policy/policy.h"

struct version {
    uint64_t n;        // own number of the event that adopted it
    uint64_t sequence; // of that event; 0: not yet durable
    int64_t effective_ms;
    const struct policy *policy; // one of `policies`
};

// All zero: empty. A council adopts a few policies a year; all are kept.
struct versions {
    unsigned n, room;
    struct version *at; // in order of adoption
    unsigned n_policies, policies_room;
    struct policy **policies; // one for each hash
};

// Keeps (frees) a policy of a hash that it does not have yet.
CHECKED enum err versions_keep(struct versions *versions, struct policy *policy);
// Lends the policy with this hash; NULL when it has none.
const struct policy *versions_find(const struct versions *versions, struct span hash);
CHECKED enum err versions_add(struct versions *versions, const struct version *version);
// Lends the last adopted; NULL when none was.
const struct version *versions_last(const struct versions *versions);
// Lends the policy in force at a moment: of those effective by then the one effective last (of the same moment the one adopted last), or
// else the first. There must be one.
const struct policy *versions_at(const struct versions *versions, int64_t ms);
void versions_free(struct versions *versions);
