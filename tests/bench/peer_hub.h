// SPDX-License-Identifier: MIT
// A whole hub of its own for one measurement: fresh state directory, the five daemons as deploy/up starts them, and what they cost.
// Used by windscreen-peer. A daemon that dies is not started again: the measurement has failed.
#pragma once

#include "common/base/err.h"
#include "common/client/windscreen_place.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { PEER_DAEMONS = 5 };

struct peer_hub {
    char state[256];
    pid_t pids[PEER_DAEMONS];
    char intake[WINDSCREEN_ENDPOINT_MAX + 1], allocation[WINDSCREEN_ENDPOINT_MAX + 1]; // once it has started
};

// Makes a state directory under `data` and starts the daemons of the folder `programs` with the policy in `policy`, as the account
// windscreen when root. Intake listens on `port` (0: any). ERR_NONE once all are ready; else what was started has ended again, the
// reason is said, and the state directory is kept.
CHECKED enum err peer_hub_start(const char *data, const char *programs, const char *policy, unsigned port, struct peer_hub *hub);

// False when a daemon has ended; says which, once.
bool peer_hub_is_alive(struct peer_hub *hub);

// Processor time of all daemons since they started, user and system, s.
double peer_hub_cpu_s(const struct peer_hub *hub);

// Ends the daemons. False when one had died, or did not end orderly; says which.
CHECKED bool peer_hub_stop(struct peer_hub *hub);

// Events in the log, counted one by one, after peer_hub_stop; -1 when it cannot be read.
int64_t peer_hub_count_events(const struct peer_hub *hub);

// Removes the state directory.
void peer_hub_remove(const struct peer_hub *hub);
