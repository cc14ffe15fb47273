// SPDX-License-Identifier: MIT
// The proof that no referral is lost: every referral's state, folded from the log alone, by the lifecycle column of events.def.
// Used by `windscreen balance`; shares no code with allocation, whose figures it judges. 16 bytes for each lead or part, closed
// ones too: they may be reopened.
#pragma once

#include "services/windscreen/gist.h"

struct fold;

enum fold_fault {
    FOLD_NOWHERE, // something happened to a referral that is in no state: never received
    FOLD_TWICE,   // received again, or leased while a worker holds it, decided when closed: two states at once
    FOLD_BAD_TAG, // an event names something that is no referral
};

enum { FOLD_PROBLEMS_MAX = 20 };

struct fold_problem {
    enum fold_fault fault;
    uint64_t sequence;
    uint64_t tag; // of the referral
    uint64_t part;
    enum event_type type;
    enum state before;
};

struct fold_entry {
    uint64_t tag;
    uint32_t since_s; // when the referral came, seconds since 1970; kept while routing
    uint8_t part;
    uint8_t state; // enum state; 0: free
    bool loosened; // of a lead: what it rests on has changed, or it was stepped: it and its parts may now leave worker and queue
};

// NULL when out of memory.
struct fold *fold_new(void);
void fold_free(struct fold **fold);

// The types that move a referral: all that fold_take needs to see.
uint64_t fold_types(void);

// One event of the log, in order. ERR_NO_MEMORY.
CHECKED enum err fold_take(struct fold *fold, const struct windscreen_event *event, const struct gist *gist);

uint64_t fold_received(const struct fold *fold);
uint64_t fold_leads(const struct fold *fold, enum state state);
uint64_t fold_parts(const struct fold *fold, enum state state);

// State of a lead (part 0) or part; STATE_NONE: never received.
enum state fold_state(const struct fold *fold, uint64_t tag, uint64_t part);

// Problems found, and the first FOLD_PROBLEMS_MAX of them.
uint64_t fold_n_problems(const struct fold *fold);
const struct fold_problem *fold_problem_at(const struct fold *fold, unsigned i);

// Walks the leads and parts in no order; begin with *at = 0. NULL at the end.
const struct fold_entry *fold_next(const struct fold *fold, size_t *at);
