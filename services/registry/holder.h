// SPDX-License-Identifier: MIT
// Who holds a referral, as allocation's events say, and so who may open its personal part.
// Used by the registry. Files only what others appended.
#pragma once

#include "common/runtime/daemon.h"
#include "services/registry/rows.h"

#define HOLDER_INPUTS                                                                                                             \
    (EVENT_BIT(ALLOCATED) | EVENT_BIT(HELD) | EVENT_BIT(LEASED) | EVENT_BIT(RELEASED) | EVENT_BIT(LAPSED) | EVENT_BIT(ACCEPTED) | \
     EVENT_BIT(DECLINED) | EVENT_BIT(DEAD) | EVENT_BIT(CLOSED) | EVENT_BIT(STEPPED) | EVENT_BIT(REOPENED))

// What is looked at of them.
extern const struct event_part holder_reads;

// Files one of these events.
CHECKED enum err holder_file(struct rows *rows, const struct hub_event *input);

struct holder_question {
    uint64_t referral;
    struct span worker;
    bool has_token;
    uint64_t token;
    enum open_purpose purpose;
};

enum { HOLDER_TEAMS_MAX = 4 }; // of one referral, beyond which a worker's parts give nothing more

// What the worker has it by.
struct holder_grant {
    bool decides; // a person's decision: who decides sees all
    unsigned n_teams;
    struct {
        uint8_t size;
        char code[32];
    } teams[HOLDER_TEAMS_MAX];
};

// OK: the worker has it, or a part of it, on lease with this token or has accepted it; or, for a decision, it waits for a person.
// STALE: it is leased to this worker, with another token. NOT_ALLOWED: else.
CHECKED enum err holder_judge(struct rows *rows, const struct holder_question *question, enum answer *answer, struct holder_grant *grant);
