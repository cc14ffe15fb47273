// SPDX-License-Identifier: MIT
// Routing facts: all of a referral that the log and the deciding daemons ever see.
// Pure policy of the registry. No name, date, address or free text passes through here.
#pragma once

#include "proto/proto.h"

// What the council's table says of a postcode.
struct place {
    struct span neighbourhood; // size 0: none; lent from the table
    enum border border;
};

// Fills `facts` from what was sent; what is absent there stays absent. `on_day` is the day of receipt in Europe/London.
void facts_derive(const struct submitted *submitted, struct place place, int32_t on_day, struct facts *facts);
