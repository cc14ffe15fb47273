// SPDX-License-Identifier: MIT
// What the halves of the load share: the run, its partners, its workers.
// Used by bench_load.c, bench_partner.c and bench_worker.c only.
#pragma once

#include "tests/bench/bench_link.h"
#include "tests/bench/bench_load.h"
#include "tests/bench/bench_referral.h"

enum { BENCH_WORKERS = BENCH_KINDS };

// An event that was answered `busy`, to be sent again.
struct bench_again {
    uint32_t place;
    int64_t due_ns;
};

struct bench_partner {
    struct bench_link *link;
    uint32_t next;              // place of its next event
    uint32_t window;            // how many more may be unanswered
    struct bench_again *agains; // a ring of load->window places, in the order they came
    uint32_t n_agains, first_again;
};

struct bench_worker {
    struct bench_link *link;
    bool waits; // a take of its is not answered
    uint8_t take[256];
    size_t take_size;
    uint8_t name[16];
    size_t name_size;
};

enum bench_phase {
    BENCH_MEETS, // allocation may be ready before it has read which teams there are
    BENCH_RUNS,
    BENCH_ENDS, // no new takes
};

struct bench_run {
    const struct bench_load *load;
    struct bench_times *times;
    struct bench_partner partners[BENCH_PARTNERS];
    struct bench_worker workers[BENCH_WORKERS];
    uint64_t *numbers; // by event: the registry's own number of its referral
    int64_t *done;     // by that number, modulo the table's size: a worker may be quicker than a receipt
    uint64_t done_size;
    int64_t start_ns;
    int64_t read_ns;  // when what is being read came
    int64_t moved_ns; // when a receipt or an accept last came
    enum bench_phase phase;
    bool failed;
};

// Ends the run; the first reason is said.
void bench_run_fail(struct bench_run *run, const char *what);
// The registry's own number of a referral, from the MessagePack text of its tag: it counts, and hides the count in the upper bits.
bool bench_run_number(struct span value, uint64_t *number);

// Sends what is due and fits into the window. When the next is due, ns; INT64_MAX: when a receipt comes.
int64_t bench_partner_publish(struct bench_run *run, struct bench_partner *partner);
void bench_partner_read(struct bench_run *run, struct bench_partner *partner, struct span receipt);

// Makes ready what the worker of this kind's team sends, and takes for the first time. A take waits wait_ms for jobs.
void bench_worker_begin(struct bench_run *run, unsigned kind, uint64_t wait_ms);
// True while a take is not answered.
bool bench_worker_waits(const struct bench_run *run);
void bench_worker_read(struct bench_run *run, struct bench_worker *worker, struct span answer);
