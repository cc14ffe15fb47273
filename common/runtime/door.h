// SPDX-License-Identifier: MIT
// The door of a daemon's public socket: shut while descriptors are scarce, so that strangers never use up those of the hub itself.
// Used by the runtime and audit. Who is connected stays connected.
#pragma once

#include "common/runtime/socket.h"

enum {
    DOOR_DESCRIPTORS_MAX = 4096, // with more in use nobody is let in: some 4,000 connections
    // So many more are asked for: strangers cannot use them up before the next look, and ZeroMQ ends a process that has none left when a
    // local connection comes.
    DOOR_AJAR = 8192,
    DOOR_KEPT = 128,   // given up when they are scarce: those who stand at the door already (100), and some for the hub itself
    DOOR_MARGIN = 16,  // with fewer free ones they are scarce ...
    DOOR_AGAIN = 64,   // ... until there are so many, beside those kept
    DOOR_LIMIT = 1024, // of a process that may have fewer, these three are as much smaller: else a door once shut would never open again
};

struct door {
    struct socket *socket; // not owned; NULL: the daemon has no public one
    int listener;          // its descriptor; -1: none
    int kept[DOOR_KEPT];
    unsigned n_kept;
    bool shut;
    int64_t looked_ms;
};

// Raises the process's limit to DOOR_DESCRIPTORS_MAX and DOOR_AJAR where that is allowed, and keeps some descriptors back. {0} before.
void door_init(struct door *door, struct socket *socket);
// Looks whether descriptors are scarce, some ten times a second; shuts or opens, and says so. Call in each round; boot clock.
void door_tend(struct door *door, int64_t boot_ms);
