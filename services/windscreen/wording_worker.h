// SPDX-License-Identifier: MIT
// Words for events about workers.
// Used by wording.c; each adds to a sentence that has begun.
#pragma once

#include "proto/proto.h"
#include "services/windscreen/phrase.h"

// Why the jobs went to this worker, and not to others who waited.
void wording_worker_choice(struct phrase *phrase, const struct leased *leased);
void wording_worker_named(struct phrase *phrase, const struct assigned *assigned);
void wording_worker_roster(struct phrase *phrase, const struct worker_rostered *rostered);
void wording_worker_capacity(struct phrase *phrase, const struct queue_capacity *capacity);
void wording_worker_away(struct phrase *phrase, const struct worker_away *away);
