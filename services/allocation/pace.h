// SPDX-License-Identifier: MIT
// How fast a team takes work on, by its last accepts, and how long what waits will wait at that pace.
// Used by index_job (notes) and on_look (asks). In memory only, made again from the rows of open cases: an estimate for people.
#pragma once

#include <stdint.h>

enum { PACE_ACCEPTS = 32, PACE_LEAST = 4 };

struct pace {
    uint32_t n;
    uint32_t at_s[PACE_ACCEPTS]; // when the last were, in no order
};

void pace_note(struct pace *pace, int64_t at_ms);
// How long the last of so many that wait will wait; 0: nothing waits, or too few were accepted to say.
int64_t pace_wait_ms(const struct pace *pace, uint64_t waiting, int64_t now_ms);
