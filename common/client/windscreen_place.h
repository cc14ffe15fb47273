// SPDX-License-Identifier: MIT
// Where a daemon of the hub listens, out of the state directory that all daemons of one machine share.
// Used by clients on the hub's own machine; others know the endpoint. Reads small files, connects to nothing.
#pragma once

#include "common/base/err.h"

enum { WINDSCREEN_ENDPOINT_MAX = 255 }; // characters of an endpoint, without the NUL

// Writes the endpoint of `name` ("intake", "allocation", "registry", "audit"; "audit.control" and so on for status):
// the line in STATE/run/<name>.endpoint, else STATE/run/<name>.ipc where that socket exists.
// ERR_NOT_FOUND when there is neither (it has never been started there), ERR_NO_ROOM when the path is too long for a socket,
// ERR_IO when the file cannot be read.
CHECKED enum err windscreen_place_find(const char *state_dir, const char *name, char endpoint[WINDSCREEN_ENDPOINT_MAX + 1]);
