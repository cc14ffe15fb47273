// SPDX-License-Identifier: MIT
// One loop over four partners' and eight workers' connections.
// Used by the bench programs. As cheap as an honest client can be, since it shares the processors with what it measures: events are
// composed before, a worker's requests differ in few bytes, of answers only what is needed is read, nothing is allocated for a message.
#include "tests/bench/bench_load_inside.h"

#include "common/base/tag.h"
#include "tests/bench/bench_map.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    LINKS = BENCH_PARTNERS + BENCH_WORKERS,
    ASK_NS = 100000000,     // how often goes_on is asked
    STUCK_S = 20,           // without a receipt or an accept of a lead: it does not end by itself
    TAKE_WAIT_MS = 1000,    // a run's end waits as long
    NUMBERS_MORE = 1 << 20, // referrals that a running hub may have numbered before
};

int64_t bench_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void bench_run_fail(struct bench_run *run, const char *what)
{
    if (!run->failed)
        fprintf(stderr, "bench: %s\n", what);
    run->failed = true;
}

bool bench_run_number(struct span value, uint64_t *number)
{
    if (!tag_parse(bench_map_text(value), 'R', number))
        return false;
    *number >>= 24;
    return true;
}

// ---------------------------------------------------------------- the loop

static struct bench_link *link_of(const struct bench_run *run, unsigned i)
{
    return i < BENCH_PARTNERS ? run->partners[i].link : run->workers[i - BENCH_PARTNERS].link;
}

static void read_link(struct bench_run *run, unsigned i)
{
    struct bench_link *link = link_of(run, i);
    enum err err = bench_link_fill(link);
    struct span message;

    run->read_ns = bench_now_ns();
    while (err == ERR_NONE && (err = bench_link_next(link, &message)) == ERR_NONE) {
        if (i < BENCH_PARTNERS)
            bench_partner_read(run, &run->partners[i], message);
        else
            bench_worker_read(run, &run->workers[i - BENCH_PARTNERS], message);
    }
    if (err != ERR_AGAIN)
        bench_run_fail(run, "a connection broke, or what came was not ZMTP");
}

// Waits for messages, or until `due_ns`, or as long as goes_on may wait; then reads what has come.
static void wait_and_read(struct bench_run *run, int64_t due_ns)
{
    struct pollfd items[LINKS];
    int64_t left = due_ns == INT64_MAX ? ASK_NS : due_ns - bench_now_ns();
    struct timespec limit = {.tv_nsec = left < 0 ? 0 : left < ASK_NS ? left : ASK_NS};

    for (unsigned i = 0; i < LINKS; i++) {
        if (bench_link_flush(link_of(run, i)) != ERR_NONE)
            bench_run_fail(run, "a connection broke");
        items[i] = bench_link_poll(link_of(run, i));
    }
    if (ppoll(items, LINKS, &limit, NULL) <= 0)
        return;
    for (unsigned i = 0; i < LINKS; i++)
        if ((items[i].revents & ~POLLOUT) != 0)
            read_link(run, i);
}

static bool goes_on(struct bench_run *run, int64_t *asked_ns)
{
    int64_t now = bench_now_ns();

    if (now - *asked_ns < ASK_NS)
        return true;
    *asked_ns = now;
    if (now - run->moved_ns > STUCK_S * INT64_C(1000000000))
        bench_run_fail(run, "no receipt and no accept for 20 s");
    return run->load->goes_on == NULL || run->load->goes_on(run->load->context);
}

static bool is_done(const struct bench_run *run)
{
    return run->times->n_acked == run->load->n && run->times->n_done >= run->load->n;
}

// Until no take waits for its answer; that of a team that is not there yet is asked again.
static void await_takes(struct bench_run *run, enum bench_phase phase, int64_t *asked_ns)
{
    int64_t end = bench_now_ns() + STUCK_S * INT64_C(1000000000);

    run->phase = phase;
    while (bench_worker_waits(run) && !run->failed && goes_on(run, asked_ns)) {
        wait_and_read(run, INT64_MAX);
        if (bench_now_ns() > end)
            bench_run_fail(run, "a take was not answered for 20 s, or allocation does not know its team");
    }
}

static void begin_workers(struct bench_run *run, uint64_t wait_ms)
{
    for (unsigned i = 0; i < BENCH_WORKERS; i++)
        bench_worker_begin(run, i, wait_ms);
}

static void go(struct bench_run *run)
{
    int64_t asked_ns = run->moved_ns = bench_now_ns();

    begin_workers(run, 1);
    await_takes(run, BENCH_MEETS, &asked_ns);
    run->phase = BENCH_RUNS;
    begin_workers(run, TAKE_WAIT_MS);
    if (run->load->starts != NULL)
        run->load->starts(run->load->context);
    run->start_ns = run->moved_ns = bench_now_ns();
    while (!is_done(run) && !run->failed && goes_on(run, &asked_ns)) {
        int64_t first_due = INT64_MAX;

        for (unsigned i = 0; i < BENCH_PARTNERS; i++) {
            int64_t due = bench_partner_publish(run, &run->partners[i]);

            first_due = due < first_due ? due : first_due;
        }
        wait_and_read(run, first_due);
    }
    if (run->load->ends != NULL)
        run->load->ends(run->load->context);
    if (is_done(run)) // a take that is left behind would be given jobs that nobody sees until their lease lapses
        await_takes(run, BENCH_ENDS, &asked_ns);
}

// ---------------------------------------------------------------- before and after

static enum err connect_all(struct bench_run *run)
{
    enum err err = ERR_NONE;

    for (unsigned i = 0; err == ERR_NONE && i < BENCH_PARTNERS; i++) {
        run->partners[i].next = i;
        run->partners[i].window = run->load->window;
        run->partners[i].agains = calloc(run->load->window, sizeof *run->partners[i].agains);
        err = run->partners[i].agains != NULL ? bench_link_open(run->load->intake, &run->partners[i].link) : ERR_NO_MEMORY;
    }
    for (unsigned i = 0; err == ERR_NONE && i < BENCH_WORKERS; i++)
        err = bench_link_open(run->load->allocation, &run->workers[i].link);
    return err;
}

static void disconnect_all(struct bench_run *run)
{
    for (unsigned i = 0; i < BENCH_PARTNERS; i++) {
        bench_link_close(&run->partners[i].link);
        free(run->partners[i].agains);
    }
    for (unsigned i = 0; i < BENCH_WORKERS; i++)
        bench_link_close(&run->workers[i].link);
}

// Gives each event the time its referral was accepted at.
static void match_times(struct bench_run *run)
{
    for (uint32_t i = 0; i < run->load->n; i++)
        if (run->times->acked[i] != 0)
            run->times->done[i] = run->done[run->numbers[i] % run->done_size];
}

static bool is_complete(const struct bench_run *run)
{
    uint32_t undone = 0;

    for (uint32_t i = 0; i < run->load->n; i++)
        undone += run->times->done[i] == 0;
    if (run->times->n_acked < run->load->n || undone > 0)
        fprintf(stderr, "bench: of %" PRIu32 " events %" PRIu32 " have no receipt and %" PRIu32 " no accepted lead\n", run->load->n,
                run->load->n - run->times->n_acked, undone);
    return run->times->n_acked == run->load->n && undone == 0 && !run->failed;
}

static enum err reserve(struct bench_run *run)
{
    uint32_t n = run->load->n;
    struct bench_times *times = run->times;

    run->done_size = 4 * (uint64_t)n + NUMBERS_MORE;
    run->numbers = calloc(n, sizeof *run->numbers);
    run->done = calloc(run->done_size, sizeof *run->done);
    times->sent = calloc(n, sizeof *times->sent);
    times->acked = calloc(n, sizeof *times->acked);
    times->done = calloc(n, sizeof *times->done);
    return run->numbers != NULL && run->done != NULL && times->sent != NULL && times->acked != NULL && times->done != NULL ? ERR_NONE
                                                                                                                           : ERR_NO_MEMORY;
}

bool bench_load_run(const struct bench_load *load, struct bench_times *times)
{
    struct bench_run run = {.load = load, .times = times};
    bool good = false;
    enum err err;

    *times = (struct bench_times){.n_acked = 0};
    err = reserve(&run);
    err = err == ERR_NONE ? connect_all(&run) : err;
    if (err != ERR_NONE) {
        fprintf(stderr, "bench: %s and %s: %s\n", load->intake, load->allocation, err_text(err));
    } else {
        go(&run);
        match_times(&run);
        good = is_complete(&run);
    }
    disconnect_all(&run);
    free(run.numbers);
    free(run.done);
    return good;
}

void bench_times_free(struct bench_times *times)
{
    free(times->sent);
    free(times->acked);
    free(times->done);
    *times = (struct bench_times){.n_acked = 0};
}
