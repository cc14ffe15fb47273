// SPDX-License-Identifier: MIT
// Takes that wait for work: first come, first served, for each team, bounded.
// Used by allocation. In memory only: a worker whose take is lost asks again.
#pragma once

#include "common/runtime/effects.h"
#include "services/allocation/job.h"

enum {
    PARKED_TAKE_MAX = 4096,
    PARKED_TAKE_NAME_MAX = 32,  // as records.def has it
    PARKED_TAKE_RESERVED = 256, // of these only for a guarded team: work on level 4 waits for nobody else's
};

struct parked_take {
    struct peer peer;
    uint16_t team; // number of name_table.h; 0: the team has none, because it never had a job
    uint8_t max;
    uint8_t worker_size;
    uint8_t name_size;
    uint32_t lease_ms; // 0: the team's default
    int64_t until_ms;  // boot clock
    char worker[JOB_WORKER_MAX];
    char name[PARKED_TAKE_NAME_MAX]; // of the team
    bool served;                     // to be forgotten by the next sweep
    uint16_t next;                   // parked's own
};

struct parked_takes;

// Gives (parked_take_free); NULL when out of memory.
struct parked_takes *parked_take_new(void);
void parked_take_free(struct parked_takes **parked);

// Copies. False when no room is left for it.
bool parked_take_add(struct parked_takes *parked, const struct parked_take *take, bool guarded);
// A team has got its number: takes that were added without it wait under it from now on.
void parked_take_claim(struct parked_takes *parked, uint16_t team, struct span name);
unsigned parked_take_count(const struct parked_takes *parked, uint16_t team);
// Lends the next take of a team, oldest first; begins with take = NULL, ends with NULL. What is served is marked so, and forgotten by
// sweep.
struct parked_take *parked_take_next(struct parked_takes *parked, uint16_t team, const struct parked_take *take);
void parked_take_sweep(struct parked_takes *parked, uint16_t team);
// Calls `each` for every take whose time is up, and forgets it.
void parked_take_expire(struct parked_takes *parked, int64_t now_ms, void (*each)(void *context, const struct parked_take *take),
                        void *context);
