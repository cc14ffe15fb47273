// SPDX-License-Identifier: MIT
// Challenges of decisions: a part for a person that goes from stage to stage as its clocks run out.
// Used by early for a partner's challenge, by on_challenge for one at work, and by tick.
#pragma once

#include "services/allocation/early.h"

// A partner's challenge.recorded: adds the part.
void on_challenge_recorded(struct allocation *allocation, struct effects *effects, const struct about *about);
// Lends the name of the clock that runs for a challenge.
struct span on_challenge_clock(const struct job_row *row);
// The due time of a challenge has passed: whoever is above looks at it now. Nothing after the last stage.
void on_challenge_overdue(struct allocation *allocation, struct effects *effects, struct job_key key, const struct job_row *row);
