// SPDX-License-Identifier: MIT
// Words for what happens to a lead or part: where it goes, who has it, what people decide.
// Used by wording.c; adds a sentence.
#pragma once

#include "common/policy/rules.h"
#include "services/windscreen/gist.h"
#include "services/windscreen/phrase.h"

// False, and nothing added: it is none of these events. `policy` says teams and clocks in words; NULL: by their codes.
bool wording_job(struct phrase *phrase, const struct policy *policy, const struct windscreen_event *event, const struct gist *gist);
