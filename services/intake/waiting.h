// SPDX-License-Identifier: MIT
// Events that intake has passed on and not yet answered, and the credits of the connections they came by.
// Used by intake.c. Fixed memory: everything it holds is gone when it ends, and partners send again.
#pragma once

#include "common/base/err.h"
#include "common/runtime/effects.h"
#include "common/wire/fault.h"

enum {
    WAITING_MAX = 4096,         // events without a receipt, over all connections
    WAITING_CALM_MAX = 3686,    // the last tenth is for urgent events
    WAITING_PER_PEER_MAX = 512, // one connection's share; the harness of our benchmarks uses 64
    WAITING_FOR_MS = 5000,      // then `busy`: the registry is away
};

struct waiting_event {
    struct peer peer;
    uint64_t handle; // what the registry echoes; never reused
    int64_t since_boot_ms;
    uint16_t id_size;
    uint16_t source_size;
    bool busy; // slot in use
    uint8_t id[128];
    uint8_t source[256];
    uint8_t n_problems; // faults kept of an urgent event, for its receipt
    struct fault_at problems[PROBLEMS_MAX];
};

struct waiting;

struct waiting *waiting_new(void); // gives (lives as long as the process); NULL when out of memory

// Takes a slot and a credit. NULL when there is none: the caller says `busy`.
struct waiting_event *waiting_take(struct waiting *waiting, const struct peer *peer, bool urgent, int64_t boot_ms);
// Lends the event with this handle, NULL when it was given up meanwhile.
struct waiting_event *waiting_find(struct waiting *waiting, uint64_t handle);
// Gives slot and credit back.
void waiting_free(struct waiting *waiting, struct waiting_event *event);
// Lends the oldest event if it has waited longer than WAITING_FOR_MS, else NULL.
struct waiting_event *waiting_expired(struct waiting *waiting, int64_t boot_ms);
