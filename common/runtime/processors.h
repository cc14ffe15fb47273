// SPDX-License-Identifier: MIT
// Where a daemon works on a machine with two processors.
// Used by the runtime and audit, once, before any thread is started.
#pragma once

#include <stdbool.h>
#include <sys/types.h>

// On a machine with two processors, keeps this process and its threads to one of them: what works with the log to the one that hears of
// the disk, the rest to the other. Left alone, the system wakes an idle processor for each message, which costs more than the message's
// work. What the first daemon after the machine's start found stands in STATE/run/processors: interrupts may move, and all must divide
// alike. With another number of processors, or where whoever started this process gave it one, does nothing.
void processors_divide(bool with_log, const char *state);

// The processor that hears from the disk with this device number: to which its last interrupt goes, the first ones being for its
// settings. -1: not known, as of a disk in memory, or several. `root` stands before /sys and /proc; "" but in tests.
int processors_of_disk(const char *root, dev_t disk);
