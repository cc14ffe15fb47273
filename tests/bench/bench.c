// SPDX-License-Identifier: MIT
// windscreen-bench: publishes made-up referrals to a running hub, accepts them all, prints rates and percentiles as one JSON object.
// Used by tests/bench/run. Talks the public protocol only.
#include "common/client/windscreen_place.h"
#include "tests/bench/bench_figures.h"
#include "tests/bench/bench_referral.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { COUNT_MAX = 10000000 };

struct wish {
    const char *state;
    uint32_t count, window;
    double rate;
};

static const char usage[] = "windscreen-bench: measures a running hub\n\n"
                            "Usage: windscreen-bench --state DIR [--count N] [--window N] [--rate PER-SECOND]\n\n"
                            "Examples:\n"
                            "  windscreen-bench --state /var/lib/windscreen                           50,000 referrals at full load\n"
                            "  windscreen-bench --state /var/lib/windscreen --count 2000 --rate 200   light load, ten seconds\n\n"
                            "  --state DIR   the hub's state directory\n"
                            "  --count N     referrals to publish (default 50000)\n"
                            "  --window N    events without a receipt, each of 4 partners (default 64)\n"
                            "  --rate R      events at a fixed rate; without it as fast as the window allows\n\n"
                            "Its referrals stay in the hub. Exit status: 0 all accepted; 1 something is missing; 64 usage.\n";

// ---------------------------------------------------------------- what is published

static struct span *make_up_all(uint32_t count)
{
    uint64_t run = (uint64_t)time(NULL) << 20 | (uint64_t)getpid();
    struct span *events = calloc(count, sizeof *events);

    for (uint32_t i = 0; events != NULL && i < count; i++) {
        uint8_t buffer[BENCH_EVENT_MAX];
        struct span event = bench_referral_make_up(run, i, buffer);
        uint8_t *copy = malloc(event.size);

        if (copy == NULL)
            return NULL;
        memcpy(copy, event.at, event.size);
        events[i] = span_of(copy, event.size);
    }
    return events;
}

static void free_all(struct span *events, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        free((void *)(uintptr_t)events[i].at);
    free(events);
}

// ---------------------------------------------------------------- figures

static void report(const struct wish *wish, const struct bench_times *times, int64_t *scratch)
{
    struct bench_figures figures = bench_figures_of(times, wish->count);
    struct bench_latency ack = bench_latency_of(times, times->acked, wish->count, scratch);
    struct bench_latency end = bench_latency_of(times, times->done, wish->count, scratch);

    printf("{\"mode\":\"%s\",\"n\":%" PRIu32 ",\"publishers\":%d,\"window\":%" PRIu32 ",\"publish_per_s\":%.0f,\"referrals_per_s\":%.0f,"
           "\"ack_p50_ms\":%.2f,\"ack_p90_ms\":%.2f,\"ack_p99_ms\":%.2f,\"ack_max_ms\":%.2f,"
           "\"end_to_end_p50_ms\":%.2f,\"end_to_end_p90_ms\":%.2f,\"end_to_end_p99_ms\":%.2f,\"end_to_end_max_ms\":%.2f,"
           "\"n_busy\":%" PRIu64 "}\n",
           wish->rate > 0 ? "light" : "full", wish->count, BENCH_PARTNERS, wish->window, figures.publish_per_s, figures.per_s, ack.p50_ms,
           ack.p90_ms, ack.p99_ms, ack.max_ms, end.p50_ms, end.p90_ms, end.p99_ms, end.max_ms, times->n_busy);
}

static int run_load(const struct wish *wish)
{
    char intake[WINDSCREEN_ENDPOINT_MAX + 1], allocation[WINDSCREEN_ENDPOINT_MAX + 1];
    struct bench_load load = {.intake = intake, .allocation = allocation, .n = wish->count, .window = wish->window, .rate = wish->rate};
    struct span *events;
    struct bench_times times;
    int64_t *scratch = calloc(wish->count, sizeof *scratch);
    bool good;

    if (windscreen_place_find(wish->state, "intake", intake) != ERR_NONE ||
        windscreen_place_find(wish->state, "allocation", allocation) != ERR_NONE) {
        fprintf(stderr, "windscreen-bench: no endpoint in %s/run: is the hub running there?\n", wish->state);
        return 1;
    }
    load.events = events = make_up_all(wish->count);
    if (load.events == NULL || scratch == NULL) {
        fprintf(stderr, "windscreen-bench: no memory for %" PRIu32 " events\n", wish->count);
        return 1;
    }
    good = bench_load_run(&load, &times);
    if (good)
        report(wish, &times, scratch);
    bench_times_free(&times);
    free_all(events, wish->count);
    free(scratch);
    return good ? 0 : 1;
}

// ---------------------------------------------------------------- options

static bool parse(int argc, char **argv, struct wish *wish)
{
    static const struct option options[] = {{"state", 1, NULL, 's'}, {"count", 1, NULL, 'n'}, {"window", 1, NULL, 'w'},
                                            {"rate", 1, NULL, 'r'},  {"help", 0, NULL, 'h'},  {NULL, 0, NULL, 0}};
    int letter;

    while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (letter) {
        case 's':
            wish->state = optarg;
            break;
        case 'n':
            wish->count = (uint32_t)strtoul(optarg, NULL, 10);
            break;
        case 'w':
            wish->window = (uint32_t)strtoul(optarg, NULL, 10);
            break;
        case 'r':
            wish->rate = strtod(optarg, NULL);
            break;
        case 'h':
            fputs(usage, stdout);
            exit(0);
        default:
            return false;
        }
    }
    return wish->state != NULL && wish->count > 0 && wish->count <= COUNT_MAX && wish->window > 0 && optind == argc;
}

int main(int argc, char **argv)
{
    struct wish wish = {.count = 50000, .window = 64};

    if (!parse(argc, argv, &wish)) {
        fputs(usage, stderr);
        return 64;
    }
    return run_load(&wish);
}
