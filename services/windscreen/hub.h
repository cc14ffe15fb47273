// SPDX-License-Identifier: MIT
// One daemon of the hub as a command sees it: found, asked, and its silence or refusal told in one clear line.
// Used by the commands that ask something. Returned ints are exit codes, 0 to go on; what went wrong has been said.
#pragma once

#include "common/client/windscreen.h"
#include "services/windscreen/given.h"

#include <jansson.h>

struct hub {
    const struct given *given;
    const char *daemon;
    char endpoint[WINDSCREEN_ENDPOINT_MAX + 1];
    struct windscreen_caller *caller;
};

enum { HUB_ANSWER_MS = 10000 };

// Where `daemon` (intake, allocation, registry or audit) listens for people: --connect, else the state directory, else (state not named by
// the user) the default port. 0 or EXIT_TRY_AGAIN.
int hub_find(const struct given *given, const char *daemon, char endpoint[WINDSCREEN_ENDPOINT_MAX + 1]);

// Finds it and connects. hub_close also after a failure.
int hub_open(const struct given *given, const char *daemon, struct hub *hub);
// The same for a command that talks to two daemons: --connect names the other one.
int hub_open_beside(const struct given *given, const char *daemon, struct hub *hub);
// The same by a service's ipc socket in the state directory: what only operators on the hub's own machine may ask.
int hub_open_here(const struct given *given, const char *service, const char *daemon, struct hub *hub);
void hub_close(struct hub *hub);

// Asks; wait_ms comes on top of HUB_ANSWER_MS. 0 when there is an answer, also a refusal (hub_refused tells of that).
int hub_ask(struct hub *hub, const struct request_desc *request, const void *record, int64_t wait_ms, void *reply);

// Tells why the daemon refused and returns the exit code; 0 and silent for ok and empty.
int hub_refused(const struct hub *hub, enum answer answer);

// "allocation cannot be reached ..." on standard error; returns EXIT_TRY_AGAIN.
int hub_unreachable(const char *daemon, const char *endpoint);

// The last answer as JSON, without `ref`. Gives; NULL when out of memory.
json_t *hub_json(const struct hub *hub);
