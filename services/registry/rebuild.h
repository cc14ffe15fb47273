// SPDX-License-Identifier: MIT
// What an own event does not say, read from its attachment: who the members are, and which event of a partner it was.
// Used by what takes own events, when the event comes from the log and not from admit.
#pragma once

#include "common/base/err.h"

#include <stdint.h>

struct registry;
struct hub_event;
struct arrival;
struct family_search;

// Fills `arrival` as admit had it. The family's row must be there. Where the attachment was dropped or the key destroyed, nobody is
// known any more. ERR_CRYPTO: the attachment does not open.
CHECKED enum err rebuild_arrival(struct registry *registry, const struct hub_event *own, uint64_t family, struct arrival *arrival);

// The same of the members that an assessment's event describes.
CHECKED enum err rebuild_assessed(struct registry *registry, const struct hub_event *own, uint64_t family, struct family_search *search);
