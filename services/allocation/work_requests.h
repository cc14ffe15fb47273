// SPDX-License-Identifier: MIT
// What workers and operators may ask of allocation: one function for each row of the service `work`.
// Used by the daemon's table and by tests. Each answers exactly once, now or when a parked take ends.
#pragma once

#include "services/allocation/allocation.h"

void on_take(void *state, const struct request *request, struct moment now, struct effects *effects);
void on_accept(void *state, const struct request *request, struct moment now, struct effects *effects);
void on_extend(void *state, const struct request *request, struct moment now, struct effects *effects);
void on_release(void *state, const struct request *request, struct moment now, struct effects *effects);
void on_decline(void *state, const struct request *request, struct moment now, struct effects *effects);
void on_decide(void *state, const struct request *request, struct moment now, struct effects *effects);
void on_queues(void *state, const struct request *request, struct moment now, struct effects *effects);
void on_jobs(void *state, const struct request *request, struct moment now, struct effects *effects);
void on_due(void *state, const struct request *request, struct moment now, struct effects *effects);
// Of the service `standing`.
void on_standing(void *state, const struct request *request, struct moment now, struct effects *effects);
void on_counts(void *state, const struct request *request, struct moment now, struct effects *effects);
void on_step(void *state, const struct request *request, struct moment now, struct effects *effects);
void on_close(void *state, const struct request *request, struct moment now, struct effects *effects);
void on_reopen(void *state, const struct request *request, struct moment now, struct effects *effects);
void on_progress(void *state, const struct request *request, struct moment now, struct effects *effects);
void on_challenge(void *state, const struct request *request, struct moment now, struct effects *effects);
void on_roster(void *state, const struct request *request, struct moment now, struct effects *effects);
void on_away(void *state, const struct request *request, struct moment now, struct effects *effects);
void on_capacity(void *state, const struct request *request, struct moment now, struct effects *effects);
void on_assign(void *state, const struct request *request, struct moment now, struct effects *effects);
void on_workers(void *state, const struct request *request, struct moment now, struct effects *effects);
