// SPDX-License-Identifier: MIT
// One operation on one store, to be tried with every call failing in turn.
// Used by fault_walk.c; the scenes are in walk_log.c, walk_projection.c and walk_keys.c.
#pragma once

#include "common/base/err.h"

#include <stdbool.h>

struct scene {
    const char *name;
    void (*prepare)(const char *directory);             // an empty folder becomes what the operation finds; nothing fails yet
    enum err (*act)(const char *directory);             // the operation, while calls fail
    void (*check)(const char *directory, enum err err); // closes, opens again as the next process would, and looks
    bool on_disk;                                       // it is about what only file systems on disks do; elsewhere it may meet no fault
};

extern const struct scene walk_log[], walk_projection[], walk_keys[]; // a NULL name ends

// Says what is wrong, with the fault that led to it, and ends the program.
#define WALK_CHECK(condition) walk_check((condition), #condition, __FILE__, __LINE__)
void walk_check(bool good, const char *text, const char *file, int line);
// True for an error after which the daemon ends with 111 and is started again, or says `busy`: no person has to do anything.
bool walk_mends_itself(enum err err);
