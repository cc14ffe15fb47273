// SPDX-License-Identifier: MIT
// The workers' half of the load: takes that wait, accepts of all that is given.
// Used by bench_load. A worker has one take waiting while its accepts are under way.
#include "tests/bench/bench_load_inside.h"

#include "common/wire/encode.h"
#include "tests/bench/bench_map.h"

#include <stdio.h>
#include <unistd.h>

enum {
    JOBS_MAX = 64,     // of one take
    LEASE_MS = 600000, // longer than any run
    ASK_AGAIN_US = 1000,
};

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
    return bench_map_read(jobs, job_fields, sizeof job_fields / sizeof job_fields[0], job) && job->referral.size > 0;
}

static void send_request(struct bench_run *run, struct bench_worker *worker, struct span request)
{
    if (request.size == 0 || bench_link_send(worker->link, request) != ERR_NONE)
        bench_run_fail(run, "no memory for a request");
}

// ---------------------------------------------------------------- taking

static void ask_for_jobs(struct bench_run *run, struct bench_worker *worker)
{
    worker->waits = true;
    send_request(run, worker, span_of(worker->take, worker->take_size));
}

void bench_worker_begin(struct bench_run *run, unsigned kind, uint64_t wait_ms)
{
    struct bench_worker *worker = &run->workers[kind];
    struct take take = {.team = span_text(bench_referral_team(kind))};
    struct wire_writer writer = wire_writer_on(worker->take, sizeof worker->take);

    worker->name_size = (size_t)snprintf((char *)worker->name, sizeof worker->name, "bench-%u", kind);
    take.worker = span_of(worker->name, worker->name_size);
    PUT(&take, take, max, JOBS_MAX);
    PUT(&take, take, wait_ms, wait_ms);
    PUT(&take, take, lease_ms, LEASE_MS);
    encode_request(&service_work[WORK_TAKE], WORK_TAKE, &take, &writer);
    worker->take_size = wire_written(&writer).size;
    ask_for_jobs(run, worker);
}

bool bench_worker_waits(const struct bench_run *run)
{
    for (unsigned i = 0; i < BENCH_WORKERS; i++)
        if (run->workers[i].waits)
            return true;
    return false;
}

// ---------------------------------------------------------------- accepting

static void put(struct wire_writer *writer, const char *key, struct span value)
{
    wire_put_text(writer, span_text(key));
    wire_put_raw(writer, value);
}

// Every mark is confirmed.
static bool put_job(struct wire_writer *writer, struct span *jobs)
{
    struct job_values job;

    if (!read_job(jobs, &job))
        return false;
    wire_put_map(writer, 1U + (job.part.size > 0) + (job.marks.size > 0));
    put(writer, "referral", job.referral);
    if (job.part.size > 0)
        put(writer, "part", job.part);
    if (job.marks.size > 0)
        put(writer, "answers", job.marks);
    return true;
}

static void accept_jobs(struct bench_run *run, struct bench_worker *worker, const struct answer_values *taken)
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
        if (!put_job(&writer, &jobs)) {
            bench_run_fail(run, "a job that cannot be read");
            return;
        }
    send_request(run, worker, wire_written(&writer));
}

static bool note_accepted(struct bench_run *run, struct span jobs)
{
    for (size_t n = bench_map_array(&jobs); n > 0; n--) {
        struct job_values job;
        int64_t *done;
        uint64_t number;

        if (!read_job(&jobs, &job) || !span_is(bench_map_text(job.answer), code_text(LIST_ANSWER, ANSWER_OK)) ||
            !bench_run_number(job.referral, &number))
            return false;
        if (job.part.size > 0 && bench_map_uint(job.part) > 0)
            continue;
        done = &run->done[number % run->done_size];
        run->times->n_twice += *done != 0;
        run->times->n_done += *done == 0;
        run->moved_ns = run->read_ns;
        *done = *done == 0 ? run->read_ns : *done;
    }
    return true;
}

// ---------------------------------------------------------------- answers

static void take_jobs(struct bench_run *run, struct bench_worker *worker, const struct answer_values *answer)
{
    struct span text = bench_map_text(answer->answer);

    if (run->phase == BENCH_MEETS && span_is(text, code_text(LIST_ANSWER, ANSWER_NOT_FOUND))) {
        usleep(ASK_AGAIN_US);
        ask_for_jobs(run, worker);
        return;
    }
    if (!span_is(text, code_text(LIST_ANSWER, ANSWER_OK)) && !span_is(text, code_text(LIST_ANSWER, ANSWER_EMPTY))) {
        fprintf(stderr, "bench: a take was answered %.*s\n", SPAN_ARG(text));
        bench_run_fail(run, "a take was refused");
        return;
    }
    if (answer->jobs.size > 0)
        accept_jobs(run, worker, answer);
    worker->waits = false;
    if (run->phase == BENCH_RUNS)
        ask_for_jobs(run, worker);
}

void bench_worker_read(struct bench_run *run, struct bench_worker *worker, struct span bytes)
{
    struct answer_values answer;

    if (!bench_map_read(&bytes, answer_fields, sizeof answer_fields / sizeof answer_fields[0], &answer))
        bench_run_fail(run, "an answer that cannot be read");
    else if (bench_map_uint(answer.ref) == WORK_TAKE)
        take_jobs(run, worker, &answer);
    else if (!note_accepted(run, answer.jobs))
        bench_run_fail(run, "an accept was refused");
}
