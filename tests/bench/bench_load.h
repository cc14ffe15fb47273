// SPDX-License-Identifier: MIT
// The load: partners with a window of unanswered events, one worker a team that accepts what it takes; all of the hub's job from outside.
// Used by windscreen-bench and windscreen-peer. One thread; talks the public protocol only, over the daemons' public endpoints.
#pragma once

#include "common/base/err.h"
#include "common/base/span.h"

enum { BENCH_PARTNERS = 4 };

struct bench_load {
    const char *intake, *allocation; // endpoints
    const struct span *events;       // ready to send; the last 8 characters of an event's id are its place here, in hexadecimal
    uint32_t n;                      // of them
    uint32_t window;                 // unanswered events of each partner, at most
    double rate;                     // events a second; 0: as fast as the window allows
    // Asked ten times a second: false ends the run. It says itself why.
    bool (*goes_on)(void *context);
    void (*starts)(void *context); // called just before the clock starts
    void (*ends)(void *context);   // and when the last is done, or the run has stopped
    void *context;
};

// What became of each event, in ns of the monotonic clock; 0: did not happen.
struct bench_times {
    int64_t *sent, *acked, *done;
    uint32_t n_acked, n_done;
    uint32_t n_twice; // accepts of a lead that had one already
    uint64_t n_busy;  // receipts `busy`: sent again after the time they gave
};

// Publishes all, accepts all. Gives the times (bench_times_free), also of a run that stopped.
// True when every event has its receipt `accepted` and every referral a confirmed accept of its lead; else it has said what is missing.
CHECKED bool bench_load_run(const struct bench_load *load, struct bench_times *times);
void bench_times_free(struct bench_times *times);

int64_t bench_now_ns(void);
