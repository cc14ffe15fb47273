// SPDX-License-Identifier: MIT
// What every process of the hub does before it does anything: closes itself to others, makes its directories, watches for its end.
// Used by the runtime and audit. Says what failed in one line.
#pragma once

#include "common/base/err.h"

#include <stdint.h>

enum { PROCESS_STATE_MAX = 80 }; // bytes of a state directory's path: sockets stand in it, and theirs may have 107

// No core dumps and no reading by other processes: memory holds personal data and keys. Files for this user alone. No SIGPIPE.
void process_harden(void);
// Makes STATE, STATE/run and STATE/<daemon> where they are missing. ERR_BAD_CONFIG.
CHECKED enum err process_directories(const char *state, const char *daemon);
// Blocks SIGTERM and SIGINT, before libraries start threads, which inherit that; gives a descriptor that becomes readable on either.
CHECKED enum err process_signals(int *descriptor);
// Ends this process with 111 after so many ms, saying what was left undone, unless it has ended by itself: a disk may hang for ever.
void process_end_within(int64_t ms, const char *id, const char *undone);
// What a process that ends with this error says to its supervisor: 0; 78 when waiting will not mend it, a person must; or 111, try again.
int process_exit_code(enum err err);
// Held until the process ends. ERR_LOCKED: another windscreen-<daemon> runs on this state directory.
CHECKED enum err process_lock(const char *state, const char *daemon);
