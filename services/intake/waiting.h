// SPDX-License-Identifier: MIT
// Events that intake has passed on and not yet answered, and the credits of the connections they came by.
// Used by intake.c. Fixed memory: everything it holds is gone when it ends, and partners send again.
#pragma once

#include "common/base/err.h"
#include "common/runtime/effects.h"
#include "common/wire/fault.h"

enum {
    // Events without a receipt, over all connections: some three batches of the registry's. More would only wait longer, for everybody.
    WAITING_MAX = 1024,
    WAITING_CALM_MAX = 921,            // the last tenth is for urgent events
    WAITING_PER_PEER_MAX = 512,        // one connection's share at most; the harness of our benchmarks uses 64
    WAITING_HASTY_MAX = 8,             // of all connections together that send on and on though they were told to come later
    WAITING_BULK_FROM = 16,            // events out of a connection that sends in bulk
    WAITING_BULK_MAX = 32,             // of all such connections together, while others send singly, ...
    WAITING_PORTION_MS = 10,           // ... and as many let in within this time, beside the first of each: each portion is a commit more
    WAITING_URGENT_LEFT = 32,          // of the last ones, for those who have few urgent events out
    WAITING_FEW = 4,                   // events out of a connection that asks for little: the last quarter is for such ones
    WAITING_BYTES_MAX = 16 << 20,      // 256 of the largest events
    WAITING_CALM_BYTES_MAX = 15 << 20, // the rest is for urgent events
    WAITING_FOR_MS = 5000,             // then `busy`: the registry is away
    WAITING_RETRY_MIN_MS = 20,         // credits come back within a commit or two, and portions are ten apart
    WAITING_RETRY_MAX_MS = 10000,
};

struct waiting_event {
    struct peer peer;
    uint64_t handle; // what the registry echoes; never reused
    int64_t since_boot_ms;
    uint16_t id_size;
    uint16_t source_size;
    uint32_t size; // of the event
    bool urgent;
    bool hasty; // of a connection that does not come when it is told
    bool bulk;  // of a connection that sends in bulk: has WAITING_BULK_FROM events out, was told to come again, or either within a second
    bool busy;  // slot in use
    uint8_t id[128];
    uint8_t source[256];
    uint8_t n_problems; // faults kept of an urgent event, for its receipt
    struct fault_at problems[PROBLEMS_MAX];
};

struct waiting;

struct waiting *waiting_new(void); // gives (lives as long as the process); NULL without memory or random bytes

// Takes a slot and a credit for an event of `size` bytes. NULL when there is none for this connection: the caller says `busy`. A
// connection may have as many out as are still free for others: whoever floods leaves room for those who ask for little. Those that go on
// sending instead of coming when they were told share a few places, so that nobody waits behind them; and so do all that send in bulk,
// a portion at a time, while WAITING_FEW receipts of the last second went to others.
struct waiting_event *waiting_take(struct waiting *waiting, const struct peer *peer, bool urgent, size_t size, int64_t boot_ms);
// What to tell a connection that was refused: each refused event gets a time of its own, one behind the other, at the pace at which
// receipts are given. WAITING_RETRY_MIN_MS to WAITING_RETRY_MAX_MS.
uint64_t waiting_retry_ms(struct waiting *waiting, const struct peer *peer, int64_t boot_ms);
// This connection goes on sending though it was told to come later.
bool waiting_is_hasty(const struct waiting *waiting, const struct peer *peer, int64_t boot_ms);
// A hasty connection has sent. True: all others that had something to say have been heard since it was heard last.
bool waiting_ends_turn(struct waiting *waiting, const struct peer *peer);
// Nothing is left even for urgent events of a connection that has none out.
bool waiting_is_full(const struct waiting *waiting);
// Lends the event with this handle, NULL when it was given up meanwhile.
struct waiting_event *waiting_find(struct waiting *waiting, uint64_t handle);
// Gives slot and credit back: the event has its receipt.
void waiting_free(struct waiting *waiting, struct waiting_event *event, int64_t boot_ms);
// Lends the oldest event if it has waited longer than WAITING_FOR_MS, else NULL.
struct waiting_event *waiting_expired(struct waiting *waiting, int64_t boot_ms);
