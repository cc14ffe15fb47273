// SPDX-License-Identifier: MIT
// Makes the n-th call of a kind fail, on files of one folder; and shifts the wall clock. One struct in shared memory says what, so it can
// be changed while the process runs, and counts go on over a restart.
// Used by fault_walk, which is linked with it, and by tests/system/faults.py, which preloads it into daemons and writes the same struct.
#pragma once

#include <stdint.h>

enum { FAULT_SHORT = -1, FAULT_SLOW = -2, FAULT_PATH_SIZE = 256 };

enum fault_call {
#define FAULT_CALL(symbol, ...) FAULT_##symbol,
#include "tests/crash/fault_calls.def"
#undef FAULT_CALL
    FAULT_CALLS
};

#define FAULT_CALL_BIT(call) (UINT64_C(1) << FAULT_##call)

// All of eight bytes, as faults.py writes them.
struct fault_control {
    uint64_t calls;    // bits of enum fault_call: what is counted, and may fail
    uint64_t at;       // the call of this number fails, from 1; 0: none
    uint64_t times;    // how many fail from there on
    int64_t kind;      // an errno, FAULT_SHORT (writes), or FAULT_SLOW: waits, then does its work
    uint64_t slow_ms;  // for FAULT_SLOW
    int64_t shift_ms;  // of CLOCK_REALTIME
    uint64_t counted;  // calls so far
    uint64_t failed;   // so many of them failed, or waited
    char path[FAULT_PATH_SIZE]; // counted only on files whose path contains it; empty: all
};

// The struct of this process: $WINDSCREEN_FAULTS/PROGRAM.faults where that variable is set, else in its own memory.
struct fault_control *fault_control(void);
