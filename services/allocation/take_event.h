// SPDX-License-Identifier: MIT
// Makes own events true: the only place where rows of jobs and families change, live and when rebuilding alike.
// Used by allocation_take. A row is a function of own events alone: no clock, no policy, no input is looked at here.
#pragma once

#include "services/allocation/allocation.h"

// ERR_BAD_STORE: the event cannot happen to the job as its row stands. Else as the stores say.
CHECKED enum err take_event(struct allocation *allocation, const struct hub_event *own);
