// SPDX-License-Identifier: MIT
// Takes own events about workers: the roster's word, and times away.
// Used by take_event. As take_event.
#pragma once

#include "services/allocation/allocation.h"

CHECKED enum err take_post(struct allocation *allocation, const struct hub_event *own);
