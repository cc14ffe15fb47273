// SPDX-License-Identifier: MIT
// windscreen-peer: the hub beside other systems. Does one measured run of the referral job on a hub of its own, and prints one JSON line.
// Called by a harness: windscreen-peer INPUT full|light N, with DATA, PORT and PEER in the environment.
#include "tests/bench/bench_figures.h"
#include "tests/bench/peer_hub.h"
#include "tests/bench/peer_input.h"

#include <inttypes.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { WINDOW = 64, LIGHT_RATE = 200, N_MAX = 10000000, EVENTS_AT_LEAST = 3 };

struct wish {
    const char *input, *mode, *data, *name;
    unsigned port;
    uint32_t n;
};

// What is used up by a moment; differences are what a run used.
struct used {
    double hub_s, own_s;         // of processor time
    double written_mib, flushes; // of the whole disk under DATA
};

struct run {
    const struct wish *wish;
    struct peer_hub hub;
    struct used before, after;
};

static const char usage[] =
    "windscreen-peer: the referral job on a fresh hub, for a comparison with other systems\n\n"
    "Usage: windscreen-peer INPUT full|light N\n\n"
    "Examples:\n"
    "  DATA=/var/tmp/x windscreen-peer input full 50000    as fast as 4 partners with 64 unanswered events each allow\n"
    "  DATA=/var/tmp/x windscreen-peer input light 2000    200 a second\n\n"
    "  INPUT   referrals of the comparison: a MessagePack map each, before it its size in 4 bytes, little-endian\n"
    "  N       how many of them, at most 10,000,000\n"
    "  DATA    (environment) directory on the disk to use; everything is under a new directory in it, removed after a good run\n"
    "  PORT    (environment) loopback port of intake; any free one without it\n"
    "  PEER    (environment) the name to print; default windscreen\n\n"
    "The daemons run as the account windscreen when this is started by root. Exit status: 0 every referral is acknowledged and accepted\n"
    "by a worker, and the log holds it; 1 something is missing, standard error says what; 64 usage; 65 bad INPUT.\n";

// ---------------------------------------------------------------- what a run costs

static void read_disk(const char *path, struct used *used)
{
    FILE *file = fopen("/proc/diskstats", "r");
    struct stat facts;
    char line[512];

    if (file == NULL || stat(path, &facts) != 0)
        facts.st_dev = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        unsigned major_number, minor_number;
        unsigned long sectors, flushes;

        if (sscanf(line, "%u %u %*s %*u %*u %*u %*u %*u %*u %lu %*u %*u %*u %*u %*u %*u %*u %*u %lu", &major_number, &minor_number,
                   &sectors, &flushes) != 4 ||
            major_number != major(facts.st_dev) || minor_number != minor(facts.st_dev))
            continue;
        used->written_mib = (double)sectors / 2048;
        used->flushes = (double)flushes;
    }
    if (file != NULL)
        fclose(file);
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static struct used used_by_now(const struct run *run)
{
    struct used used = {.hub_s = peer_hub_cpu_s(&run->hub)};
    struct rusage own;

    getrusage(RUSAGE_SELF, &own);
    used.own_s = seconds_of(own.ru_utime) + seconds_of(own.ru_stime);
    read_disk(run->wish->data, &used);
    return used;
}

static void note_start(void *context)
{
    struct run *run = context;

    run->before = used_by_now(run);
}

static void note_end(void *context)
{
    struct run *run = context;

    run->after = used_by_now(run);
}

static bool goes_on(void *context)
{
    return peer_hub_is_alive(&((struct run *)context)->hub);
}

// ---------------------------------------------------------------- the line

static void print_latency(const char *name, const struct bench_times *times, const int64_t *until, uint32_t n)
{
    int64_t *scratch = calloc(n, sizeof *scratch);

    if (scratch != NULL) {
        struct bench_latency latency = bench_latency_of(times, until, n, scratch);

        printf(",\"%s_p50_ms\":%.2f,\"%s_p99_ms\":%.2f", name, latency.p50_ms, name, latency.p99_ms);
    }
    free(scratch);
}

static void print_line(const struct run *run, const struct bench_times *times, uint32_t n, int64_t n_events, bool good)
{
    printf("{\"peer\":\"%s\",\"mode\":\"%s\",\"ok\":%s,\"n\":%" PRIu32, run->wish->name, run->wish->mode, good ? "true" : "false", n);
    if (good) {
        struct bench_figures figures = bench_figures_of(times, n);

        printf(",\"wall_s\":%.3f,\"per_s\":%.0f,\"publish_per_s\":%.0f", figures.wall_s, figures.per_s, figures.publish_per_s);
        print_latency("ack", times, times->acked, n);
        print_latency("e2e", times, times->done, n);
    }
    printf(",\"cpu_server_s\":%.2f,\"cpu_stages_s\":%.2f,\"written_mib\":%.1f,\"flushes\":%.0f,\"dups\":%" PRIu32 ",\"audits\":%" PRId64
           "}\n",
           run->after.hub_s - run->before.hub_s, run->after.own_s - run->before.own_s, run->after.written_mib - run->before.written_mib,
           run->after.flushes - run->before.flushes, times->n_twice, n_events);
}

// ---------------------------------------------------------------- the run

static bool is_enough(int64_t n_events, uint32_t n)
{
    if (n_events >= EVENTS_AT_LEAST * (int64_t)n)
        return true;
    fprintf(stderr, "windscreen-peer: the log holds %" PRId64 " events for %" PRIu32 " referrals, fewer than %d each\n", n_events, n,
            EVENTS_AT_LEAST);
    return false;
}

static bool measure(struct run *run, const struct peer_input *input)
{
    struct bench_load load = {
        .intake = run->hub.intake,
        .allocation = run->hub.allocation,
        .events = input->events,
        .n = input->n,
        .window = WINDOW,
        .rate = strcmp(run->wish->mode, "light") == 0 ? LIGHT_RATE : 0,
        .goes_on = goes_on,
        .starts = note_start,
        .ends = note_end,
        .context = run,
    };
    struct bench_times times;
    bool good = bench_load_run(&load, &times);
    bool stopped = peer_hub_stop(&run->hub);
    int64_t n_events = peer_hub_count_events(&run->hub);

    good = is_enough(n_events, input->n) && good && stopped;
    print_line(run, &times, input->n, n_events, good);
    bench_times_free(&times);
    return good;
}

// The folder this program is in: the daemons are beside it.
static bool find_programs(char folder[512])
{
    ssize_t size = readlink("/proc/self/exe", folder, 511);

    if (size <= 0)
        return false;
    folder[size] = '\0';
    *strrchr(folder, '/') = '\0';
    return true;
}

static int run_on_fresh_hub(const struct wish *wish, const struct peer_input *input)
{
    struct run run = {.wish = wish};
    char programs[512];

    if (!find_programs(programs) || peer_hub_start(wish->data, programs, PEER_POLICY, wish->port, &run.hub) != ERR_NONE)
        return 1;
    if (!measure(&run, input)) {
        fprintf(stderr, "windscreen-peer: not finished; state and logs are kept in %s\n", run.hub.state);
        return 1;
    }
    peer_hub_remove(&run.hub);
    return 0;
}

static bool parse(int argc, char **argv, struct wish *wish)
{
    const char *port = getenv("PORT");
    char *end;

    if (argc != 4 || (strcmp(argv[2], "full") != 0 && strcmp(argv[2], "light") != 0) || getenv("DATA") == NULL)
        return false;
    *wish = (struct wish){.input = argv[1], .mode = argv[2], .data = getenv("DATA"), .name = getenv("PEER")};
    if (wish->name == NULL || strpbrk(wish->name, "\"\\") != NULL)
        wish->name = "windscreen";
    wish->port = port != NULL ? (unsigned)strtoul(port, NULL, 10) : 0;
    wish->n = (uint32_t)strtoul(argv[3], &end, 10);
    return wish->port < 65536 && *end == '\0' && wish->n > 0 && wish->n <= N_MAX;
}

int main(int argc, char **argv)
{
    struct peer_input input;
    struct wish wish;
    int code;

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return 0;
    }
    if (!parse(argc, argv, &wish)) {
        fputs(usage, stderr);
        return 64;
    }
    code = peer_input_read(wish.input, wish.n, &input) != ERR_NONE ? 65 : run_on_fresh_hub(&wish, &input);
    peer_input_free(&input);
    return code;
}
