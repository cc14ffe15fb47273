// SPDX-License-Identifier: MIT
// Rates and percentiles of a run, out of its times.
// Used by the bench programs.
#pragma once

#include "tests/bench/bench_load.h"

struct bench_figures {
    double wall_s;        // first event sent to last accept confirmed
    double per_s;         // events through that time
    double publish_per_s; // events through first event sent to last receipt
};

// Of a complete run.
struct bench_figures bench_figures_of(const struct bench_times *times, uint32_t n);

struct bench_latency {
    double p50_ms, p90_ms, p99_ms, max_ms;
};

// From `sent` to `until` (times->acked or times->done). Uses `scratch`, of n places.
struct bench_latency bench_latency_of(const struct bench_times *times, const int64_t *until, uint32_t n, int64_t *scratch);
