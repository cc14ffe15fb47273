// SPDX-License-Identifier: MIT
// Whether concerns about one household are, together, what a row of the policy's signals asks for.
// Called by suggest. Pure: no clock, log or store; same values in, same answer out.
#pragma once

#include "common/policy/rules.h"

// A referral about the household, as it stands.
struct weigh_concern {
    uint64_t referral, family;
    uint64_t sequence; // of the triaged event that holds for it
    int64_t came_ms;
    uint8_t agency; // enum agency
    uint8_t level;
    bool news;      // of an open case
    bool signalled; // a signal was raised that rests on it
};

struct weigh_evidence {
    unsigned n_concerns;                          // that came within the row's time
    unsigned n;                                   // the latest of each agency, in the order they came
    const struct weigh_concern *at[AGENCY_COUNT]; // lent from the concerns
};

// True: concerns of enough agencies came within the row's time before `latest`, which counts itself, and one of the agencies has sent
// nothing yet that a signal rests on. Without `latest` it is the last that counts.
bool weigh(const struct signal_row *row, const struct weigh_concern *concerns, unsigned n, const struct weigh_concern *latest,
           struct weigh_evidence *evidence);
