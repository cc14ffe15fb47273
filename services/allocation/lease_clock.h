// SPDX-License-Identifier: MIT
// When each lease ends, by the boot clock: setting the wall clock forward or back ends no lease.
// Used by allocation. In memory only: after a restart every lease gets its whole length again.
#pragma once

#include "services/allocation/job.h"

struct lease_clock;

// Gives (lease_clock_free); NULL when out of memory.
struct lease_clock *lease_clock_new(void);
void lease_clock_free(struct lease_clock **clock);

// The job's lease ends at at_ms; replaces what was set before. ERR_NO_MEMORY.
CHECKED enum err lease_clock_set(struct lease_clock *clock, struct job_key key, int64_t at_ms);
// The job is leased no more; good when it was not.
void lease_clock_drop(struct lease_clock *clock, struct job_key key);
// True when a lease has ended by now_ms: the first to end, in the order they were set among equals. It stays until dropped.
bool lease_clock_ended(const struct lease_clock *clock, int64_t now_ms, struct job_key *key);
// Adds ms to every end: leases set while rebuilding count from 0, and begin to run when the daemon does.
void lease_clock_begin(struct lease_clock *clock, int64_t ms);
size_t lease_clock_count(const struct lease_clock *clock);
