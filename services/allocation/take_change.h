// SPDX-License-Identifier: MIT
// One job as an own event changes it.
// Shared by take_event, which finds the row and puts it, and by take_lease. A value: it owns nothing.
#pragma once

#include "services/allocation/allocation.h"

struct change {
    struct allocation *allocation;
    const struct hub_event *own;
    struct job_key key;
    struct job_row old; // all zero: there was none
    struct job_row row; // what it becomes
    bool rewound;       // its clocks are to be looked at again, whatever the row says
};
