// SPDX-License-Identifier: MIT
// What the registry reads of every policy that was ever adopted: where postcodes lie, who may see what, who is alike; and which is in
// force. Used by the registry. Of a policy it reads these files only; before any was adopted, its folder's.
#pragma once

#include "common/policy/matching.h"
#include "common/policy/policy.h"
#include "common/policy/sharing.h"
#include "common/runtime/daemon.h"
#include "services/registry/neighbourhood.h"
#include "services/registry/rows.h"

// The registry's part of one policy.
struct edition {
    struct neighbourhood_table *neighbourhoods;
    struct sharing sharing;
    struct matching matching;
    uint8_t policy[POLICY_VERSION_SIZE];
};

struct adopted_edition {
    uint64_t sequence; // of policy.adopted
    int64_t effective_ms;
    struct edition *edition; // NULL: its text could not be read
};

struct rulebook {
    struct edition *of_folder;  // NULL: it has faults, and some edition was adopted
    struct adopted_edition *at; // in the order of the log
    unsigned n, room;
};

// Reads from the log the files that rows name, and the folder's. ERR_BAD_CONFIG: the folder's have a fault, which has been reported, and
// none was ever adopted.
CHECKED enum err rulebook_open(struct rulebook *rulebook, struct runtime *runtime, struct rows *rows);
// policy.adopted: files its row and reads its text. One that cannot be read is reported; the one before it stays in force.
CHECKED enum err rulebook_file(struct rulebook *rulebook, struct runtime *runtime, struct rows *rows, const struct hub_event *input);
// Lends what is in force at a moment: of those effective by then the one effective last, of the same moment the one adopted last; else the
// first, else the folder's.
const struct edition *rulebook_at(const struct rulebook *rulebook, int64_t ms);
// The agency of a team at a moment. A policy may drop a team whose workers still have cases: then as the last policy said that had it.
enum agency rulebook_agency(const struct rulebook *rulebook, int64_t ms, struct span team);
void rulebook_close(struct rulebook *rulebook);
