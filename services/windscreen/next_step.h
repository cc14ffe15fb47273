// SPDX-License-Identifier: MIT
// What a person at the hub does next about a referral.
// Used by command_show.c and command_explain.c. Prints one line, or nothing.
#pragma once

#include "services/windscreen/story.h"

void next_step_print(const struct story *story);
