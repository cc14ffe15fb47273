// SPDX-License-Identifier: MIT
// Near matches, beside the work: goes through the referrals that are in, finds those whose members have traits in common with earlier
// ones, opens both to compare the names, and asks a person where they are alike. Merges nothing.
// Used by the registry. Costs a referral nothing on its way in; a question may come a while after it.
#pragma once

#include "common/runtime/effects.h"
#include "services/registry/lookalikes.h"
#include "services/registry/rows.h"

struct registry;
struct moment;
struct hub_event;

enum { COMPARE_BATCH = 16 };

struct compare_row {
    uint64_t referral;
    struct row_referral row;
};

struct compare {
    struct lookalikes *index;
    uint64_t read_to; // referral: rows up to it have been gathered
    struct compare_row rows[COMPARE_BATCH];
    unsigned n_rows, next_row;
    uint64_t compared_to; // referral: it and those before need no comparing any more, as own events tell
    uint64_t n_compared;  // since family.compared told
    uint64_t n_left_out;  // the same: look-alikes that were too many to be compared or asked about
    int64_t busy_boot_ms; // when it last went on while the registry had other work
    int64_t look_boot_ms; // there was nothing to do: look again then
    int64_t told_boot_ms; // when it was last said that look-alikes are left out
};

// Reads where comparing goes on.
CHECKED enum err compare_open(struct registry *registry);
void compare_close(struct registry *registry);
// Goes on for about a millisecond.
void compare_work(struct registry *registry, struct moment now, struct effects *effects);
// An own family.candidate or family.compared is true.
CHECKED enum err compare_take(struct registry *registry, const struct hub_event *own);
