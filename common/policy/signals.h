// SPDX-License-Identifier: MIT
// Signals of a policy as values.
// Filled by the loader, read by weigh.c. Judges nothing itself.
#pragma once

#include "common/policy/table.h"

enum { POLICY_SIGNALS_MAX = 8, SIGNAL_AGENCIES_MIN = 2, SIGNAL_AGENCIES_MAX = 8, SIGNAL_DAYS_MAX = 92 };

// Concerns of several agencies about one household that together suggest a step up. The first row that matches raises it.
struct signal_row {
    struct span code; // "TWO_AGENCIES"
    struct span says;
    uint8_t levels;   // bit l: referrals of level l count; never level 4
    uint8_t agencies; // so many different ones, at least
    uint16_t days;    // they came no further apart than that
    uint64_t without; // bit a: what agency a sends does not count
    bool news;        // what is news of an open case counts, too
    struct origin origin;
};

struct signal_rules {
    unsigned n_rows; // 0: nothing raises one
    struct signal_row rows[POLICY_SIGNALS_MAX];
};
