// SPDX-License-Identifier: MIT
// Every policy ever adopted, loaded from the log: a referral is decided by the one in force when it came.
// Used by allocation. The rows (hash, sequence) are inputs, filed; the texts stay in the log.
#pragma once

#include "common/policy/policy.h"
#include "common/runtime/daemon.h"
#include "common/store/projection.h"

struct adopted {
    uint64_t sequence; // of policy.adopted, the last one for this hash
    struct policy *policy;
};

struct policy_shelf {
    struct adopted *policies;
    size_t n;
    size_t room;
};

// Loads what the projection's table names. A text that the log does not have is passed over: then the log is not the one this knows.
CHECKED enum err policy_shelf_open(struct policy_shelf *shelf, struct runtime *runtime, struct projection *projection, unsigned table);
// policy.adopted: files the row and loads the text. ERR_BAD_CONFIG: it is not a policy that this program can read.
CHECKED enum err policy_shelf_file(struct policy_shelf *shelf, struct runtime *runtime, struct projection *projection, unsigned table,
                                   const struct hub_event *input);
void policy_shelf_close(struct policy_shelf *shelf);

// Lends the policy with this hash, or else the newest; NULL when none was ever adopted.
const struct policy *policy_shelf_get(const struct policy_shelf *shelf, struct span hash);
// Lends the policy adopted last; NULL when none was.
const struct policy *policy_shelf_newest(const struct policy_shelf *shelf);
