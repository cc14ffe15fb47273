// SPDX-License-Identifier: MIT
// A person says whether two families are one household; families that share a reference are linked.
// Used by registry_main's table, admit.c and registry_take. Decides nothing by itself.
#pragma once

#include "common/base/err.h"
#include "common/runtime/effects.h"
#include "services/registry/identity.h"

struct registry;
struct settle;
struct hub_event;

enum { SETTLE_LINKS_MAX = 8 };

// Other families that a referral's family is to be linked with.
struct settle_links {
    unsigned n;
    uint64_t families[SETTLE_LINKS_MAX];
};

// Appends family.settled and answers once it is durable. What the families are already is answered ok without an event.
void settle_ask(struct registry *registry, const struct peer *peer, const struct settle *request, struct effects *effects);

// The families that came under the same reference, and are neither this household's nor linked with it.
void settle_find_links(struct registry *registry, const struct identities *identities, uint64_t family, struct settle_links *links);
void settle_append_link(struct registry *registry, struct span referral, uint64_t family, uint64_t other, struct effects *effects);

// An own family.settled, family.linked or family.conflict is true.
CHECKED enum err settle_take(struct registry *registry, const struct hub_event *own);
