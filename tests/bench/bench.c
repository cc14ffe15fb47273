// SPDX-License-Identifier: MIT
// windscreen-bench: the hub's job from outside: publishers with a window of unanswered events, one worker a team that accepts
// what it takes. Prints rates and percentiles as one JSON object. Talks the public protocol only; needs a running hub.
#include "common/base/civil.h"
#include "common/base/tag.h"
#include "common/wire/decode.h"
#include "common/wire/encode.h"

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

enum { PUBLISHERS = 4, TEAMS = 8, LEASE_MS = 600000, GIVE_UP_S = 300 };

// One kind of referral for each team, so that every worker has its eighth of the job.
static const struct {
    const char *team;
    const char *kind;
    const char *born;
    const char *postcode;
    uint64_t needs;
    bool parents, asb, solo, parenting;
} kinds[TEAMS] = {
    {"specialist", "eha", "2014-03-02", "LU1 2AB", UINT64_C(1) << INDICATOR_I402, true, false, false, false},
    {"fsw", "eha", "2012-07-19", "LU4 9QT", UINT64_C(1) << INDICATOR_I301 | UINT64_C(1) << INDICATOR_I310, true, false, false, false},
    {"fsw-asb", "eha", "2011-01-08", "LU2 7HF", UINT64_C(1) << INDICATOR_I212 | UINT64_C(1) << INDICATOR_I207, true, true, false, false},
    {"taf", "eha", "2015-09-30", "LU3 1JE", UINT64_C(1) << INDICATOR_I201 | UINT64_C(1) << INDICATOR_I207, true, false, false, false},
    {"single-agency", "eha", "2016-11-11", "LU1 5DN", UINT64_C(1) << INDICATOR_I204, true, false, false, false},
    {"tys", "eha", "2011-05-05", "LU2 0AA", UINT64_C(1) << INDICATOR_I206, false, false, true, false},
    {"flying-start-north", "self-referral", "2024-10-01", "LU3 4AY", 0, true, false, false, true},
    {"family-information-service", "self-referral", "2019-02-14", "LU4 0PQ", 0, true, false, false, true},
};

struct shared {
    uint32_t ready;
    uint32_t go;
    uint32_t failed;
    uint32_t n_done;
    int64_t start_ns;
};

static struct shared *shared;
static int64_t *sent_ns, *acked_ns; // by event
static uint64_t *number;            // by event: the registry's own number of its referral
static int64_t *done_ns;            // by the registry's own number, modulo the table's size
static uint64_t table_size;
static uint32_t count = 50000, window = 64;
static double rate; // events a second; 0: as fast as the window allows
static const char *state_dir;
static uint64_t run;

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "windscreen-bench: %s\n", what);
    __atomic_store_n(&shared->failed, 1, __ATOMIC_SEQ_CST);
    exit(1);
}

static void *connect_to(const char *service)
{
    char path[512], endpoint[256] = "";
    int zero = 0;
    void *socket = zmq_socket(zmq_ctx_new(), ZMQ_DEALER);
    FILE *file;

    snprintf(path, sizeof path, "%s/run/%s.endpoint", state_dir, service);
    file = fopen(path, "r");
    if (file == NULL || fgets(endpoint, sizeof endpoint, file) == NULL)
        fail("no endpoint: is the hub running on this state directory?");
    fclose(file);
    endpoint[strcspn(endpoint, "\n")] = '\0';
    zmq_setsockopt(socket, ZMQ_LINGER, &zero, sizeof zero);
    zmq_setsockopt(socket, ZMQ_SNDHWM, &zero, sizeof zero);
    if (zmq_connect(socket, endpoint) != 0)
        fail("cannot connect");
    return socket;
}

static void wait_for_start(void)
{
    __atomic_fetch_add(&shared->ready, 1, __ATOMIC_SEQ_CST);
    while (!__atomic_load_n(&shared->go, __ATOMIC_SEQ_CST))
        usleep(100);
}

// ---------------------------------------------------------------- publishing

static struct span compose(uint32_t i, uint8_t *buffer, size_t size)
{
    static const char *const names[] = {"Amara", "Bilal", "Chloe", "Dawid", "Esi", "Farah", "Goran", "Hana",
                                        "Imran", "Jade",  "Kofi",  "Lena",  "Mei", "Noor",  "Oluwa", "Petra"};
    unsigned k = i % TEAMS;
    struct submitted data = {.kind = (uint8_t)code_parse(LIST_KIND, span_text(kinds[k].kind)),
                             .reason = span_text("Worries about how things are at home and at school; the family asks for help. An earlier "
                                                 "contact did not lead to a plan; please call back within days, mornings are best.")};
    struct event event = {.specversion = span_text("1.0"),
                          .source = span_text("/bench/schools/8214012"),
                          .type = span_text(event_desc(EVENT_SUBMITTED)->type)};
    struct wire_writer writer = wire_writer_on(buffer, size);
    uint8_t data_buffer[4096];
    struct wire_writer data_writer = wire_writer_on(data_buffer, sizeof data_buffer);
    char id[64], family_name[64], address[64];
    int32_t day = 0;

    snprintf(id, sizeof id, "%016" PRIx64 "-%08x", run, i);
    snprintf(family_name, sizeof family_name, "Bench-%" PRIx64 "-%u", run & 0xffffff, i);
    snprintf(address, sizeof address, "%u Sample Street, Luton", i % 300 + 1);
    data.referrer = (struct referrer){.agency = AGENCY_SCHOOL};
    PUT(&data.referrer, referrer, role, span_text("sendco"));
    PUT(&data.referrer, referrer, name, span_text("Ms Sample"));
    PUT(&data.referrer, referrer, email, span_text("sendco@school.example.org"));
    SET_HAS(&data, submitted, consent);
    data.consent = (struct consent){.service = CONSENT_GIVEN};
    PUT(&data.consent, consent, given_by, GIVEN_BY_PARENT);
    SET_HAS(&data, submitted, household);
    PUT(&data.household, household, address, span_text(address));
    PUT(&data.household, household, postcode, span_text(kinds[k].postcode));
    PUT(&data.household, household, language, span_text("en"));
    if (kinds[k].asb) {
        SET_HAS(&data, submitted, asb);
        data.asb = (struct asb){.role = ASB_VICTIM};
    }
    if (kinds[k].solo)
        PUT(&data, submitted, solo_support_requested, true);
    if (kinds[k].parenting)
        PUT(&data, submitted, wants, UINT64_C(1) << WANT_PARENTING);
    data.n_members = kinds[k].parents ? 3 : 1;
    for (unsigned m = 0; m < data.n_members; m++) {
        struct member *member = &data.members[m];

        member->ref = span_text(m == 0 ? "m1" : m == 1 ? "m2" : "m3");
        member->role = m == 0 ? MEMBER_CHILD : MEMBER_PARENT;
        PUT(member, member, given_name, span_text(names[(i + m) % 16]));
        PUT(member, member, family_name, span_text(family_name));
        if (!civil_parse_date(span_text(m == 0 ? kinds[k].born : m == 1 ? "1984-01-30" : "1981-06-12"), &day))
            fail("a date of the table");
        PUT(member, member, born, day);
        if (m == 0 && kinds[k].needs != 0)
            PUT(member, member, needs, kinds[k].needs);
    }
    encode(&record_submitted, &data, &data_writer);
    event.id = span_text(id);
    PUT(&event, event, time, INT64_C(1795425120000) + i);
    event.data = wire_written(&data_writer);
    encode(&record_event, &event, &writer);
    return wire_written(&writer);
}

static int64_t due_ns(uint32_t i)
{
    return rate > 0 ? shared->start_ns + (int64_t)((double)i / rate * 1e9) : 0;
}

static void take_receipt(struct span bytes)
{
    static struct receipt receipt;
    struct faults faults = {0};
    uint64_t value;
    char text[32] = "";
    uint32_t i;

    if (!decode(&record_receipt, bytes, "", &receipt, &faults) || receipt.id.size < 9)
        fail("a receipt that cannot be read");
    memcpy(text, receipt.id.at + receipt.id.size - 8, 8);
    i = (uint32_t)strtoul(text, NULL, 16);
    if (receipt.status != RECEIPT_ACCEPTED || !tag_parse(receipt.referral, 'R', &value)) {
        fprintf(stderr, "windscreen-bench: receipt %s %s\n", code_text(LIST_RECEIPT, receipt.status),
                receipt.n_errors > 0 ? code_text(LIST_FAULT, receipt.errors[0].code) : "");
        fail("an event was not accepted");
    }
    number[i] = value >> 24;
    acked_ns[i] = now_ns();
}

static void publish(uint32_t first)
{
    void *socket = connect_to("intake");
    uint32_t mine = (count - first + PUBLISHERS - 1) / PUBLISHERS;
    struct span *events = calloc(mine, sizeof *events);
    uint32_t sent = 0, acked = 0;

    for (uint32_t i = 0; i < mine; i++) { // composed before the clock starts
        uint8_t buffer[8192];
        struct span event = compose(first + i * PUBLISHERS, buffer, sizeof buffer);
        uint8_t *copy = malloc(event.size);

        memcpy(copy, event.at, event.size);
        events[i] = span_of(copy, event.size);
    }
    wait_for_start();
    while (acked < mine) {
        zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
        zmq_msg_t message;
        int64_t wait_ns = 1000000000;

        while (sent < mine && sent - acked < window && (wait_ns = due_ns(first + sent * PUBLISHERS) - now_ns()) <= 0) {
            sent_ns[first + sent * PUBLISHERS] = now_ns();
            zmq_send(socket, events[sent].at, events[sent].size, 0);
            sent++;
        }
        if (sent == acked && wait_ns > 0) {
            usleep((useconds_t)(wait_ns / 1000));
            continue;
        }
        zmq_poll(&item, 1, wait_ns > 0 && sent < mine && sent - acked < window ? (long)(wait_ns / 1000000) : 1000);
        zmq_msg_init(&message);
        while (zmq_msg_recv(&message, socket, ZMQ_DONTWAIT) >= 0) {
            take_receipt(span_of(zmq_msg_data(&message), zmq_msg_size(&message)));
            acked++;
        }
        zmq_msg_close(&message);
        if (now_ns() - shared->start_ns > GIVE_UP_S * INT64_C(1000000000))
            fail("publishing did not end");
    }
    exit(0);
}

// ---------------------------------------------------------------- working

static void send_request(void *socket, enum work_request request, const void *record)
{
    static uint8_t buffer[65536];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);

    encode_request(&service_work[request], request, record, &writer);
    zmq_send(socket, wire_written(&writer).at, wire_written(&writer).size, 0);
}

static void accept_all(void *socket, const struct taken *taken, struct span worker)
{
    static struct answer_jobs answer;

    answer.worker = worker;
    answer.token = taken->token;
    answer.n_jobs = taken->n_jobs;
    for (uint64_t i = 0; i < taken->n_jobs; i++) {
        answer.jobs[i] = (struct job_answer){.referral = taken->jobs[i].referral};
        PUT(&answer.jobs[i], job_answer, part, taken->jobs[i].part);
        PUT(&answer.jobs[i], job_answer, answers, taken->jobs[i].marks);
    }
    send_request(socket, WORK_ACCEPT, &answer);
}

static void note_done(const struct answered *answered)
{
    int64_t now = now_ns();

    for (uint64_t i = 0; i < answered->n_jobs; i++) {
        uint64_t value;

        if (answered->jobs[i].answer != ANSWER_OK || !tag_parse(answered->jobs[i].referral, 'R', &value))
            fail("an accept was refused");
        done_ns[(value >> 24) % table_size] = now;
        __atomic_fetch_add(&shared->n_done, 1, __ATOMIC_RELAXED);
    }
}

static void work(unsigned team)
{
    static struct taken taken;
    static struct answered answered;
    void *socket = connect_to("allocation");
    char worker[32];
    struct take take = {.team = span_text(kinds[team].team)};

    snprintf(worker, sizeof worker, "bench-%u", team);
    take.worker = span_text(worker);
    PUT(&take, take, max, 64);
    PUT(&take, take, wait_ms, 10000);
    PUT(&take, take, lease_ms, LEASE_MS);
    wait_for_start();
    send_request(socket, WORK_TAKE, &take);
    for (;;) {
        zmq_msg_t message;
        struct faults faults = {0};
        uint64_t ref;
        struct span body;

        zmq_msg_init(&message);
        zmq_msg_recv(&message, socket, 0);
        body = span_of(zmq_msg_data(&message), zmq_msg_size(&message));
        if (!decode(&record_answered, body, "", &answered, &faults))
            answered.n_jobs = 0;
        ref = answered.ref;
        if (ref == WORK_ACCEPT) {
            note_done(&answered);
        } else {
            faults.n = 0;
            if (!decode(&record_taken, body, "", &taken, &faults) || (taken.answer != ANSWER_OK && taken.answer != ANSWER_EMPTY))
                fail("a take was refused");
            if (taken.n_jobs > 0)
                accept_all(socket, &taken, take.worker);
            send_request(socket, WORK_TAKE, &take);
        }
        zmq_msg_close(&message);
    }
}

// ---------------------------------------------------------------- figures

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static double percentile(int64_t *sorted, uint32_t n, double p)
{
    uint32_t at = (uint32_t)((double)n * p);

    return (double)sorted[at < n ? at : n - 1] / 1e6;
}

static void report(void)
{
    int64_t *ack = malloc(count * sizeof *ack);
    int64_t *end = malloc(count * sizeof *end);
    int64_t last_ack = 0, last_done = 0, first = INT64_MAX;

    for (uint32_t i = 0; i < count; i++) {
        int64_t done = done_ns[number[i] % table_size];

        if (done == 0)
            fail("a referral was accepted from its partner, but no worker has it");
        ack[i] = acked_ns[i] - sent_ns[i];
        end[i] = done - sent_ns[i];
        first = sent_ns[i] < first ? sent_ns[i] : first;
        last_ack = acked_ns[i] > last_ack ? acked_ns[i] : last_ack;
        last_done = done > last_done ? done : last_done;
    }
    qsort(ack, count, sizeof *ack, by_size);
    qsort(end, count, sizeof *end, by_size);
    printf("{\"mode\":\"%s\",\"n\":%u,\"publishers\":%d,\"window\":%u,\"publish_per_s\":%.0f,\"referrals_per_s\":%.0f,"
           "\"ack_p50_ms\":%.2f,\"ack_p90_ms\":%.2f,\"ack_p99_ms\":%.2f,\"ack_max_ms\":%.2f,"
           "\"end_to_end_p50_ms\":%.2f,\"end_to_end_p90_ms\":%.2f,\"end_to_end_p99_ms\":%.2f,\"end_to_end_max_ms\":%.2f}\n",
           rate > 0 ? "light" : "full", count, PUBLISHERS, window, count / ((double)(last_ack - first) / 1e9),
           count / ((double)(last_done - first) / 1e9), percentile(ack, count, .5), percentile(ack, count, .9), percentile(ack, count, .99),
           percentile(ack, count, 1), percentile(end, count, .5), percentile(end, count, .9), percentile(end, count, .99),
           percentile(end, count, 1));
}

static void *share(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED) {
        perror("mmap");
        exit(71);
    }
    return memory;
}

static const char usage[] = "windscreen-bench: measures a running hub\n\n"
                            "Usage: windscreen-bench --state DIR [--count N] [--window N] [--rate PER-SECOND]\n\n"
                            "  --rate 200   light load: events at a fixed rate; without it as fast as the window allows\n";

static void parse(int argc, char **argv)
{
    static const struct option options[] = {{"state", 1, NULL, 's'}, {"count", 1, NULL, 'n'}, {"window", 1, NULL, 'w'},
                                            {"rate", 1, NULL, 'r'},  {"help", 0, NULL, 'h'},  {NULL, 0, NULL, 0}};
    int letter;

    while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (letter) {
        case 's':
            state_dir = optarg;
            break;
        case 'n':
            count = (uint32_t)strtoul(optarg, NULL, 10);
            break;
        case 'w':
            window = (uint32_t)strtoul(optarg, NULL, 10);
            break;
        case 'r':
            rate = strtod(optarg, NULL);
            break;
        case 'h':
            fputs(usage, stdout);
            exit(0);
        default:
            fputs(usage, stderr);
            exit(64);
        }
    }
    if (state_dir == NULL || count < PUBLISHERS || window == 0) {
        fputs(usage, stderr);
        exit(64);
    }
}

int main(int argc, char **argv)
{
    pid_t publishers[PUBLISHERS], workers[TEAMS];
    bool good = true;

    parse(argc, argv);
    run = (uint64_t)time(NULL) << 20 | (uint64_t)getpid();
    table_size = 4 * (uint64_t)count + 1048576;
    shared = share(sizeof *shared);
    sent_ns = share(count * sizeof *sent_ns);
    acked_ns = share(count * sizeof *acked_ns);
    number = share(count * sizeof *number);
    done_ns = share(table_size * sizeof *done_ns);
    for (unsigned i = 0; i < TEAMS; i++)
        if ((workers[i] = fork()) == 0)
            work(i);
    for (unsigned i = 0; i < PUBLISHERS; i++)
        if ((publishers[i] = fork()) == 0)
            publish(i);
    while (__atomic_load_n(&shared->ready, __ATOMIC_SEQ_CST) < TEAMS + PUBLISHERS && !shared->failed)
        usleep(1000);
    shared->start_ns = now_ns();
    __atomic_store_n(&shared->go, 1, __ATOMIC_SEQ_CST);
    for (unsigned i = 0; i < PUBLISHERS; i++) {
        int status;

        waitpid(publishers[i], &status, 0);
        good = good && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    while (good && !shared->failed && __atomic_load_n(&shared->n_done, __ATOMIC_RELAXED) < count &&
           now_ns() - shared->start_ns < GIVE_UP_S * INT64_C(1000000000))
        usleep(200);
    for (unsigned i = 0; i < TEAMS; i++)
        kill(workers[i], SIGKILL);
    if (!good || shared->failed)
        return 1;
    report();
    return 0;
}
