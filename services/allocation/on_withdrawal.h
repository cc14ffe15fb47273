// SPDX-License-Identifier: MIT
// withdrawal.recorded: a partner takes its referral back. It goes on as it is until a person has said what becomes of it.
// Used by early.
#pragma once

#include "services/allocation/early.h"

void on_withdrawal(struct allocation *allocation, struct effects *effects, const struct about *about);
