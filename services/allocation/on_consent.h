// SPDX-License-Identifier: MIT
// consent.recorded: the family has answered since. Refused or withdrawn: what help there is stops, or whoever gives it is told; given: what
// waited for it goes on.
// Used by early.
#pragma once

#include "services/allocation/early.h"

void on_consent(struct allocation *allocation, struct effects *effects, const struct about *about);
