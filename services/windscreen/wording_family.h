// SPDX-License-Identifier: MIT
// Words for events about families.
// Used by wording.c, and where a family is told of; each adds to a sentence that has begun.
#pragma once

#include "common/client/windscreen_reader.h"
#include "services/windscreen/phrase.h"

// Only for events whose name begins with "family.".
void wording_family(struct phrase *phrase, const struct windscreen_event *event);
// "a school (R…, level 2)".
void wording_family_concern(struct phrase *phrase, const struct concern *concern);
