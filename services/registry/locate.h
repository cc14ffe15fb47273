// SPDX-License-Identifier: MIT
// Which referral a partner's event has sent, so that its sender may hear how it stands.
// Used by registry_main's table. Tells nothing of events that only were about a referral.
#pragma once

#include "common/runtime/daemon.h"

struct registry;

// Answers once everything known of it is durable.
void locate_referral(struct registry *registry, const struct peer *peer, const struct locate *request, struct effects *effects);
