// SPDX-License-Identifier: MIT
// Events in plain English.
// Used by log, show and explain, so that all three tell the same. Says codes by their meanings in proto/codes.def, and never more than the
// event itself holds.
#pragma once

#include "common/policy/rules.h"
#include "services/windscreen/gist.h"

enum { WORDING_MAX = 1023 };

// What happened, in one sentence, such as "goes to fsw; to be taken on by Wednesday 25 November 2026, 17:00". `policy` says teams and
// clocks in words; NULL: by their codes.
void wording_event(const struct policy *policy, const struct windscreen_event *event, const struct gist *gist, char text[WORDING_MAX + 1]);

// The whole line of the routing log: time, sequence, referral, what, team, level, rule, words. Without line end.
void wording_line(const struct windscreen_event *event, const struct gist *gist, char text[WORDING_MAX + 1]);

// Reasons behind a decision, each "name: value", as many lines as calls; false when there are no more. Begin with *at = 0.
bool wording_why(const struct windscreen_event *event, unsigned *at, char text[WORDING_MAX + 1]);
