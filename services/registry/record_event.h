// SPDX-License-Identifier: MIT
// What partners send about a referral that is in: a withdrawal, an answer about consent, an assessment, a challenge.
// Used by admit.c, which knows them apart from new referrals, and by registry_take. Never appends anything but what it records.
#pragma once

#include "common/runtime/daemon.h"
#include "services/registry/rows.h"

struct registry;

struct record_event {
    const struct admission_item *item;
    const struct event *event;  // of the item, read
    unsigned *n_conflicts_left; // family.conflict events that the request may still append
};

// A partner's event of such a type.
bool record_event_is(const struct event *event);
// Appends the record; `row` says what it is about, and its place there. ERR_NOT_FOUND: it names no referral that its source may speak of,
// or one that is erased. ERR_BAD_INPUT: it has no canonical encoding.
CHECKED enum err record_event_admit(struct registry *registry, const struct record_event *in, struct moment now, struct effects *effects,
                                    struct row_submission *row);
// Where the event names its referral: "/data/about" or "/data/referral".
const char *record_event_path(const struct event *event);

// An own record is true.
CHECKED enum err record_event_take(struct registry *registry, const struct hub_event *own);
