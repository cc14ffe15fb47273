// SPDX-License-Identifier: MIT
// One loop over four partners' and eight workers' connections.
// Used by the bench programs. As cheap as an honest client can be, since it shares the processors with what it measures: events are
// composed before, requests of a worker differ in few bytes, of answers only what is needed is read, nothing is allocated for a message.
#include "tests/bench/bench_load.h"

#include "common/base/tag.h"
#include "common/wire/encode.h"
#include "tests/bench/bench_map.h"
#include "tests/bench/bench_referral.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zmq.h>

enum {
    WORKERS = BENCH_KINDS,
    CONNECTIONS = BENCH_PARTNERS + WORKERS,
    JOBS_MAX = 64,     // of one take
    LEASE_MS = 600000, // longer than any run
    TAKE_WAIT_MS = 10000,
    ASK_NS = 100000000,     // how often goes_on is asked
    STUCK_S = 20,           // without a receipt or an accept: it does not end by itself
    NUMBERS_MORE = 1 << 20, // referrals that a running hub may have numbered before
};

struct partner {
    void *socket;
    uint32_t next;   // place of its next event
    uint32_t window; // how many more may be unanswered
};

struct worker {
    void *socket;
    uint8_t take[256];
    size_t take_size;
    uint8_t name[16];
    size_t name_size;
};

struct run {
    const struct bench_load *load;
    struct bench_times *times;
    struct partner partners[BENCH_PARTNERS];
    struct worker workers[WORKERS];
    uint64_t *numbers; // by event: the registry's own number of its referral
    int64_t *done;     // by that number, modulo the table's size: a worker may be quicker than a receipt
    uint64_t done_size;
    int64_t start_ns;
    int64_t moved_ns; // when something was last answered
    bool failed;
};

int64_t bench_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void fail(struct run *run, const char *what)
{
    if (!run->failed)
        fprintf(stderr, "bench: %s\n", what);
    run->failed = true;
}

// ---------------------------------------------------------------- partners

struct receipt_values {
    struct span id, status, referral, errors;
};

static const struct bench_map_field receipt_fields[] = {
    {"id", offsetof(struct receipt_values, id)},
    {"status", offsetof(struct receipt_values, status)},
    {"referral", offsetof(struct receipt_values, referral)},
    {"errors", offsetof(struct receipt_values, errors)},
};

// The registry's own number of a referral: it counts, and hides the count in the upper bits of the tag.
static bool read_number(struct span value, uint64_t *number)
{
    if (!tag_parse(bench_map_text(value), 'R', number))
        return false;
    *number >>= 24;
    return true;
}

// Place of the event with this id; `n` when it is none of ours.
static uint32_t place_of(struct span id, uint32_t n)
{
    uint32_t place = 0;

    if (id.size < 8)
        return n;
    for (const uint8_t *at = id.at + id.size - 8; at < id.at + id.size; at++)
        place = place << 4 | (uint32_t)(*at <= '9' ? *at - '0' : *at - 'a' + 10);
    return place < n ? place : n;
}

static void take_receipt(struct run *run, struct span bytes)
{
    struct receipt_values receipt;
    struct bench_times *times = run->times;
    uint32_t i;

    if (!bench_map_read(&bytes, receipt_fields, sizeof receipt_fields / sizeof receipt_fields[0], &receipt) ||
        (i = place_of(bench_map_text(receipt.id), run->load->n)) == run->load->n || times->acked[i] != 0) {
        fail(run, "a receipt for no event of ours");
        return;
    }
    if (!span_is(bench_map_text(receipt.status), code_text(LIST_RECEIPT, RECEIPT_ACCEPTED)) ||
        !read_number(receipt.referral, &run->numbers[i])) {
        fprintf(stderr, "bench: event %" PRIu32 " got the receipt %.*s\n", i, SPAN_ARG(bench_map_text(receipt.status)));
        fail(run, "an event was not accepted");
        return;
    }
    times->acked[i] = run->moved_ns;
    times->n_acked++;
}

static int64_t due_ns(const struct run *run, uint32_t i)
{
    return run->load->rate > 0 ? run->start_ns + (int64_t)((double)i / run->load->rate * 1e9) : 0;
}

// Sends what is due and fits into the window. When the next is due; 0: when a receipt comes.
static int64_t publish(struct run *run, struct partner *partner)
{
    while (partner->next < run->load->n && partner->window > 0) {
        int64_t now = bench_now_ns(), due = due_ns(run, partner->next);
        struct span event = run->load->events[partner->next];

        if (due > now)
            return due;
        run->times->sent[partner->next] = now;
        if (zmq_send(partner->socket, event.at, event.size, ZMQ_DONTWAIT) < 0)
            fail(run, "an event could not be sent");
        partner->next += BENCH_PARTNERS;
        partner->window--;
    }
    return 0;
}

static void read_receipts(struct run *run, struct partner *partner)
{
    zmq_msg_t message;

    zmq_msg_init(&message);
    while (zmq_msg_recv(&message, partner->socket, ZMQ_DONTWAIT) >= 0) {
        run->moved_ns = bench_now_ns();
        take_receipt(run, span_of(zmq_msg_data(&message), zmq_msg_size(&message)));
        partner->window++;
    }
    zmq_msg_close(&message);
}

// ---------------------------------------------------------------- workers

struct answer_values {
    struct span ref, answer, token, jobs;
};

static const struct bench_map_field answer_fields[] = {
    {"ref", offsetof(struct answer_values, ref)},
    {"answer", offsetof(struct answer_values, answer)},
    {"token", offsetof(struct answer_values, token)},
    {"jobs", offsetof(struct answer_values, jobs)},
};

struct job_values {
    struct span referral, part, marks, answer;
};

static const struct bench_map_field job_fields[] = {
    {"referral", offsetof(struct job_values, referral)},
    {"part", offsetof(struct job_values, part)},
    {"marks", offsetof(struct job_values, marks)},
    {"answer", offsetof(struct job_values, answer)},
};

static bool read_job(struct span *jobs, struct job_values *job)
{
    return bench_map_read(jobs, job_fields, sizeof job_fields / sizeof job_fields[0], job);
}

static void put(struct wire_writer *writer, const char *key, struct span value)
{
    wire_put_text(writer, span_text(key));
    wire_put_raw(writer, value);
}

// Every mark is confirmed.
static bool put_job(struct wire_writer *writer, struct span *jobs)
{
    struct job_values job;

    if (!read_job(jobs, &job) || job.referral.size == 0)
        return false;
    wire_put_map(writer, 1U + (job.part.size > 0) + (job.marks.size > 0));
    put(writer, "referral", job.referral);
    if (job.part.size > 0)
        put(writer, "part", job.part);
    if (job.marks.size > 0)
        put(writer, "answers", job.marks);
    return true;
}

static void accept_jobs(struct run *run, struct worker *worker, const struct answer_values *taken)
{
    uint8_t buffer[JOBS_MAX * 128 + 256];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
    struct span jobs = taken->jobs;
    size_t n_jobs = bench_map_array(&jobs);

    if (n_jobs == 0)
        return;
    wire_put_map(&writer, 5);
    wire_put_text(&writer, span_text("request"));
    wire_put_text(&writer, span_text(service_work[WORK_ACCEPT].name));
    wire_put_text(&writer, span_text("ref"));
    wire_put_uint(&writer, WORK_ACCEPT);
    wire_put_text(&writer, span_text("worker"));
    wire_put_text(&writer, span_of(worker->name, worker->name_size));
    put(&writer, "token", taken->token);
    wire_put_text(&writer, span_text("jobs"));
    wire_put_array(&writer, n_jobs);
    for (size_t i = 0; i < n_jobs; i++)
        if (!put_job(&writer, &jobs))
            fail(run, "a job that cannot be read");
    if (zmq_send(worker->socket, buffer, wire_written(&writer).size, ZMQ_DONTWAIT) < 0)
        fail(run, "an accept could not be sent");
}

static void ask_for_jobs(struct run *run, struct worker *worker)
{
    if (zmq_send(worker->socket, worker->take, worker->take_size, ZMQ_DONTWAIT) < 0)
        fail(run, "a take could not be sent");
}

static void note_accepted(struct run *run, struct span jobs)
{
    struct job_values job;
    uint64_t number;

    for (size_t n = bench_map_array(&jobs); n > 0; n--) {
        if (!read_job(&jobs, &job) || !span_is(bench_map_text(job.answer), code_text(LIST_ANSWER, ANSWER_OK)) ||
            !read_number(job.referral, &number)) {
            fail(run, "an accept was refused");
            return;
        }
        if (job.part.size > 0 && bench_map_uint(job.part) > 0)
            continue;
        if (run->done[number % run->done_size] != 0) {
            run->times->n_twice++;
            continue;
        }
        run->done[number % run->done_size] = run->moved_ns;
        run->times->n_done++;
    }
}

static void take_answer(struct run *run, struct worker *worker, struct span bytes)
{
    struct answer_values answer;
    struct span text;

    if (!bench_map_read(&bytes, answer_fields, sizeof answer_fields / sizeof answer_fields[0], &answer)) {
        fail(run, "an answer that cannot be read");
        return;
    }
    text = bench_map_text(answer.answer);
    if (bench_map_uint(answer.ref) == WORK_ACCEPT) {
        note_accepted(run, answer.jobs);
    } else if (span_is(text, code_text(LIST_ANSWER, ANSWER_OK)) || span_is(text, code_text(LIST_ANSWER, ANSWER_EMPTY))) {
        if (answer.jobs.size > 0)
            accept_jobs(run, worker, &answer);
        ask_for_jobs(run, worker);
    } else {
        fprintf(stderr, "bench: a take was answered %.*s\n", SPAN_ARG(text));
        fail(run, "a take was refused");
    }
}

static void read_answers(struct run *run, struct worker *worker)
{
    zmq_msg_t message;

    zmq_msg_init(&message);
    while (zmq_msg_recv(&message, worker->socket, ZMQ_DONTWAIT) >= 0) {
        run->moved_ns = bench_now_ns();
        take_answer(run, worker, span_of(zmq_msg_data(&message), zmq_msg_size(&message)));
    }
    zmq_msg_close(&message);
}

// ---------------------------------------------------------------- the loop

static void turn(struct run *run, zmq_pollitem_t items[CONNECTIONS])
{
    int64_t first_due = INT64_MAX, wait_ms = 100;

    for (unsigned i = 0; i < BENCH_PARTNERS; i++) {
        int64_t due = publish(run, &run->partners[i]);

        if (due != 0 && due < first_due)
            first_due = due;
    }
    if (first_due != INT64_MAX)
        wait_ms = (first_due - bench_now_ns() + 999999) / 1000000;
    if (zmq_poll(items, CONNECTIONS, wait_ms > 0 ? (long)wait_ms : 0) <= 0)
        return;
    for (unsigned i = 0; i < BENCH_PARTNERS; i++)
        if (items[i].revents != 0)
            read_receipts(run, &run->partners[i]);
    for (unsigned i = 0; i < WORKERS; i++)
        if (items[BENCH_PARTNERS + i].revents != 0)
            read_answers(run, &run->workers[i]);
}

static bool goes_on(struct run *run, int64_t *asked_ns)
{
    int64_t now = bench_now_ns();

    if (now - *asked_ns < ASK_NS)
        return true;
    *asked_ns = now;
    if (now - run->moved_ns > STUCK_S * INT64_C(1000000000))
        fail(run, "nothing has been answered for 20 s");
    return run->load->goes_on == NULL || run->load->goes_on(run->load->context);
}

static bool is_done(const struct run *run)
{
    return run->times->n_acked == run->load->n && run->times->n_done >= run->load->n;
}

static void go(struct run *run)
{
    zmq_pollitem_t items[CONNECTIONS] = {{0}};
    int64_t asked_ns = bench_now_ns();

    for (unsigned i = 0; i < BENCH_PARTNERS; i++)
        items[i] = (zmq_pollitem_t){.socket = run->partners[i].socket, .events = ZMQ_POLLIN};
    for (unsigned i = 0; i < WORKERS; i++)
        items[BENCH_PARTNERS + i] = (zmq_pollitem_t){.socket = run->workers[i].socket, .events = ZMQ_POLLIN};
    for (unsigned i = 0; i < WORKERS; i++)
        ask_for_jobs(run, &run->workers[i]);
    if (run->load->starts != NULL)
        run->load->starts(run->load->context);
    run->start_ns = run->moved_ns = bench_now_ns();
    while (!is_done(run) && !run->failed && goes_on(run, &asked_ns))
        turn(run, items);
}

// ---------------------------------------------------------------- before and after

static void *connect_to(void *zmq, const char *endpoint)
{
    void *socket = zmq_socket(zmq, ZMQ_DEALER);
    int zero = 0;

    if (socket == NULL)
        return NULL;
    zmq_setsockopt(socket, ZMQ_LINGER, &zero, sizeof zero);
    zmq_setsockopt(socket, ZMQ_SNDHWM, &zero, sizeof zero);
    zmq_setsockopt(socket, ZMQ_RCVHWM, &zero, sizeof zero);
    if (zmq_connect(socket, endpoint) == 0)
        return socket;
    zmq_close(socket);
    return NULL;
}

static void prepare_worker(struct worker *worker, unsigned kind)
{
    struct take take = {.team = span_text(bench_referral_team(kind))};
    struct wire_writer writer = wire_writer_on(worker->take, sizeof worker->take);

    worker->name_size = (size_t)snprintf((char *)worker->name, sizeof worker->name, "bench-%u", kind);
    take.worker = span_of(worker->name, worker->name_size);
    PUT(&take, take, max, JOBS_MAX);
    PUT(&take, take, wait_ms, TAKE_WAIT_MS);
    PUT(&take, take, lease_ms, LEASE_MS);
    encode_request(&service_work[WORK_TAKE], WORK_TAKE, &take, &writer);
    worker->take_size = wire_written(&writer).size;
}

static bool connect_all(struct run *run, void *zmq)
{
    bool good = true;

    for (unsigned i = 0; i < BENCH_PARTNERS; i++) {
        run->partners[i] = (struct partner){.socket = connect_to(zmq, run->load->intake), .next = i, .window = run->load->window};
        good = good && run->partners[i].socket != NULL;
    }
    for (unsigned i = 0; i < WORKERS; i++) {
        prepare_worker(&run->workers[i], i);
        run->workers[i].socket = connect_to(zmq, run->load->allocation);
        good = good && run->workers[i].socket != NULL;
    }
    return good;
}

static void disconnect_all(struct run *run, void *zmq)
{
    for (unsigned i = 0; i < BENCH_PARTNERS; i++)
        if (run->partners[i].socket != NULL)
            zmq_close(run->partners[i].socket);
    for (unsigned i = 0; i < WORKERS; i++)
        if (run->workers[i].socket != NULL)
            zmq_close(run->workers[i].socket);
    zmq_ctx_term(zmq);
}

// Gives each event the time its referral was accepted at.
static void match_times(struct run *run)
{
    for (uint32_t i = 0; i < run->load->n; i++)
        if (run->times->acked[i] != 0)
            run->times->done[i] = run->done[run->numbers[i] % run->done_size];
}

static bool is_complete(const struct run *run)
{
    uint32_t undone = 0;

    for (uint32_t i = 0; i < run->load->n; i++)
        undone += run->times->done[i] == 0;
    if (run->times->n_acked < run->load->n || undone > 0)
        fprintf(stderr, "bench: of %" PRIu32 " events %" PRIu32 " have no receipt and %" PRIu32 " no accepted lead\n", run->load->n,
                run->load->n - run->times->n_acked, undone);
    return run->times->n_acked == run->load->n && undone == 0 && !run->failed;
}

static bool reserve(struct run *run)
{
    uint32_t n = run->load->n;

    run->done_size = 4 * (uint64_t)n + NUMBERS_MORE;
    run->numbers = calloc(n, sizeof *run->numbers);
    run->done = calloc(run->done_size, sizeof *run->done);
    run->times->sent = calloc(n, sizeof *run->times->sent);
    run->times->acked = calloc(n, sizeof *run->times->acked);
    run->times->done = calloc(n, sizeof *run->times->done);
    return run->numbers != NULL && run->done != NULL && run->times->sent != NULL && run->times->acked != NULL && run->times->done != NULL;
}

bool bench_load_run(const struct bench_load *load, struct bench_times *times)
{
    static struct run run;
    void *zmq = zmq_ctx_new();
    bool good = false;

    run = (struct run){.load = load, .times = times};
    *times = (struct bench_times){.n_acked = 0};
    if (zmq == NULL || !reserve(&run) || !connect_all(&run, zmq)) {
        fprintf(stderr, "bench: cannot connect to %s and %s, or no memory\n", load->intake, load->allocation);
    } else {
        go(&run);
        match_times(&run);
        good = is_complete(&run);
    }
    disconnect_all(&run, zmq);
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
