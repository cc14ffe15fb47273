// SPDX-License-Identifier: MIT
// Inputs about a referral: answered at once where it has a lead, else when it is routed. They may come before its triaged.
// Used by allocation_file, allocation_decide and route. Which function answers which type is a table.
#pragma once

#include "services/allocation/allocation.h"

// An input about one referral.
struct about {
    uint64_t referral;
    uint64_t sequence;
    const void *data; // record of the input's type; NULL where the table says that it is not looked at
};

// True for the types that this file answers.
bool early_is(enum event_type type);
// Keeps the input's sequence for the referral that it is about, which may not be routed yet.
CHECKED enum err early_file(struct allocation *allocation, const struct hub_event *input);
// Begins to fetch from memory what tells whether anything is kept for a referral.
void early_fetch(const struct allocation *allocation, uint64_t referral);
// Answers the input, unless the referral is still to be routed: then early_answer does.
void early_decide(struct allocation *allocation, struct effects *effects, const struct hub_event *input);
// The referral is routed, by the input with this sequence: answers what came before that, in order.
void early_answer(struct allocation *allocation, struct effects *effects, uint64_t referral, uint64_t sequence);
