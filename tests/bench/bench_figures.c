// SPDX-License-Identifier: MIT
// Sorts differences and picks from them.
// Used by the bench programs, after the run.
#include "tests/bench/bench_figures.h"

#include <stdlib.h>

static int64_t last_of(const int64_t *times, uint32_t n)
{
    int64_t last = 0;

    for (uint32_t i = 0; i < n; i++)
        last = times[i] > last ? times[i] : last;
    return last;
}

struct bench_figures bench_figures_of(const struct bench_times *times, uint32_t n)
{
    int64_t first = INT64_MAX;
    struct bench_figures figures;

    for (uint32_t i = 0; i < n; i++)
        first = times->sent[i] != 0 && times->sent[i] < first ? times->sent[i] : first;
    figures.wall_s = (double)(last_of(times->done, n) - first) / 1e9;
    figures.per_s = n / figures.wall_s;
    figures.publish_per_s = n / ((double)(last_of(times->acked, n) - first) / 1e9);
    return figures;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static double percentile(const int64_t *sorted, uint32_t n, unsigned percent)
{
    uint64_t at = (uint64_t)n * percent / 100;

    return (double)sorted[at < n ? at : n - 1] / 1e6;
}

struct bench_latency bench_latency_of(const struct bench_times *times, const int64_t *until, uint32_t n, int64_t *scratch)
{
    for (uint32_t i = 0; i < n; i++)
        scratch[i] = until[i] - times->sent[i];
    qsort(scratch, n, sizeof *scratch, by_size);
    return (struct bench_latency){.p50_ms = percentile(scratch, n, 50),
                                  .p90_ms = percentile(scratch, n, 90),
                                  .p99_ms = percentile(scratch, n, 99),
                                  .max_ms = percentile(scratch, n, 100)};
}
