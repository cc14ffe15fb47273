// SPDX-License-Identifier: MIT
// Marks the referrals that a signal rests on, so that it is not raised for them again.
// Used by take_event. Changes no state, level or clock.
#pragma once

#include "services/allocation/allocation.h"

// family.signalled is true now. ERR_BAD_STORE: it names what there is not; or as projection_put.
CHECKED enum err take_signal(struct allocation *allocation, const struct family_signalled *signalled);
