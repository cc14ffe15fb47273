// SPDX-License-Identifier: MIT
// Counts refused events: at most ten a second from one connection become events of their own, the rest are summed.
// Used by intake.c, so that a flood of rubbish cannot fill the log. Fixed memory.
#pragma once

#include "common/runtime/effects.h"

enum { REFUSALS_PER_SECOND = 10, REFUSAL_BUCKETS = 256 };

struct refusal_bucket {
    int64_t second;  // boot clock
    uint32_t told;   // in this second
    uint64_t summed; // not yet told
    uint8_t code;    // fault of all of them; 0: of several kinds
};

struct refusals {
    struct refusal_bucket buckets[REFUSAL_BUCKETS]; // by connection; connections that share one share its allowance
};

// True when this refusal is to be told by itself; else it has been added to the sum.
bool refusals_tell(struct refusals *refusals, const struct peer *peer, enum fault code, int64_t boot_ms);
// A sum whose second is over: how many (0: none is due) and the fault they share (FAULT_NONE: several). The sum is cleared.
uint64_t refusals_due(struct refusals *refusals, int64_t boot_ms, enum fault *code);
