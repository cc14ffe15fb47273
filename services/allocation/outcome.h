// SPDX-License-Identifier: MIT
// What allocation says of each job of a destination, as the events' records.
// Used by route, and by whoever asks what would happen. Pure; spans are lent from what is given. Judges nothing: that is destination's.
#pragma once

#include "services/allocation/destination.h"

// The job of part 0 (the lead), 1, 2 ...; lent from `destination`.
const struct destination_job *outcome_job(const struct destination *destination, uint8_t part);
// The state that a job is in once its event is true: queued, deciding or held.
enum state outcome_state(const struct destination_job *job);
// The record of a part's event; due_ms is when its state should have ended. `news_of` is the caller's to add.
void outcome_allocated(const struct triaged *triaged, const struct destination *destination, uint8_t part, int64_t due_ms,
                       struct allocated *allocated);
// The same for one that is held.
void outcome_held(const struct triaged *triaged, const struct destination *destination, uint8_t part, int64_t due_ms, struct held *held);
