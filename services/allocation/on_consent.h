// SPDX-License-Identifier: MIT
// consent.recorded: the family has answered since. Refused or withdrawn: what help there is stops, or whoever gives it is told; given: what
// waited for it goes on.
// Used by early, and by on_assessment, whose facts hold an answer too.
#pragma once

#include "services/allocation/early.h"

// What follows from the answer that the lead's row has by now; `cause` is the input that brought it.
void on_consent_follow(struct allocation *allocation, struct effects *effects, uint64_t referral, uint64_t cause);
void on_consent(struct allocation *allocation, struct effects *effects, const struct about *about);
