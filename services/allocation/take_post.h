// SPDX-License-Identifier: MIT
// Takes own events about workers and teams: the roster's word, times away, the room that a team has.
// Used by take_event. As take_event.
#pragma once

#include "services/allocation/allocation.h"

CHECKED enum err take_post(struct allocation *allocation, const struct hub_event *own);
