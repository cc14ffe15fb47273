// SPDX-License-Identifier: MIT
// A partner that respects nothing: many connections that send one event after another, without a window, and count what they hear.
// Run by the tests under load. Shares no code with the hub; events come from a file, in which it only fills in ids.
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

enum { EVENT_MAX = 1 << 20, MARK_SIZE = 16, MARKS_MAX = 64, CONNECTIONS_MAX = 4096, QUEUE_OUT = 64, BYTES_OUT = 8192, STATUSES = 5, SILENCE_S = 30 };

static const char mark[MARK_SIZE + 1] = "@@@@@@@@@@@@@@@@"; // stands in the event wherever its own number belongs
static const char *const statuses[STATUSES] = {"accepted", "duplicate", "conflict", "rejected", "busy"};

static struct {
    const char *endpoint, *event;
    unsigned connections;
    double seconds, rate; // events a second over all connections; 0: as many as can be sent
    uint64_t count;       // 0: no end but the time
    bool deaf;            // never reads a receipt
} given = {.connections = 8, .seconds = 5};

static uint8_t event[EVENT_MAX];
static size_t event_size;
static size_t marks[MARKS_MAX];
static unsigned n_marks;
static uint64_t sent, heard, by_status[STATUSES], retry_least_ms = UINT64_MAX, retry_most_ms;

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "windscreen-flood: %s\n", what);
    exit(1);
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void read_event(void)
{
    FILE *file = fopen(given.event, "rb");
    const uint8_t *found;

    event_size = file != NULL ? fread(event, 1, sizeof event, file) : 0;
    if (event_size == 0 || fclose(file) != 0)
        fail("the event cannot be read");
    for (size_t at = 0; n_marks < MARKS_MAX && (found = memmem(event + at, event_size - at, mark, MARK_SIZE)) != NULL;
         at = marks[n_marks++] + MARK_SIZE)
        marks[n_marks] = (size_t)(found - event);
    if (n_marks == 0)
        fail("the event has no place for a number");
}

static bool send_next(void *socket, uint32_t run)
{
    char number[MARK_SIZE + 1];

    snprintf(number, sizeof number, "%08" PRIx32 "%08" PRIx64, run, sent & UINT32_MAX);
    for (unsigned i = 0; i < n_marks; i++)
        memcpy(event + marks[i], number, MARK_SIZE);
    if (zmq_send(socket, event, event_size, ZMQ_DONTWAIT) < 0)
        return false;
    sent++;
    return true;
}

// ---------------------------------------------------------------- receipts

// What stands behind a text of one to 31 bytes; NULL when it is not there.
static const uint8_t *behind(const uint8_t *at, size_t size, const char *key)
{
    const uint8_t *found = memmem(at, size, key, strlen(key));

    return found != NULL && found + strlen(key) < at + size ? found + strlen(key) : NULL;
}

static uint64_t read_number(const uint8_t *at, const uint8_t *end)
{
    size_t size = *at < 0x80 ? 0 : *at == 0xcc ? 1 : *at == 0xcd ? 2 : 4;
    uint64_t value = size == 0 ? *at : 0;

    for (size_t i = 1; i <= size && at + i < end; i++)
        value = value << 8 | at[i];
    return value;
}

static void count_receipt(const uint8_t *at, size_t size)
{
    const uint8_t *status = behind(at, size, "status");
    const uint8_t *retry = behind(at, size, "retry_after_ms");
    uint64_t ms = retry != NULL ? read_number(retry, at + size) : 0;

    heard++;
    for (unsigned i = 0; i < STATUSES && status != NULL; i++)
        if (memmem(status, (size_t)(at + size - status), statuses[i], strlen(statuses[i])) == status + 1)
            by_status[i]++;
    if (retry == NULL)
        return;
    retry_least_ms = ms < retry_least_ms ? ms : retry_least_ms;
    retry_most_ms = ms > retry_most_ms ? ms : retry_most_ms;
}

static void hear(void *socket)
{
    zmq_msg_t message;

    zmq_msg_init(&message);
    while (zmq_msg_recv(&message, socket, ZMQ_DONTWAIT) >= 0)
        count_receipt(zmq_msg_data(&message), zmq_msg_size(&message));
    zmq_msg_close(&message);
}

// Until everything has been answered, or nothing has come for long.
static void hear_rest(void **sockets)
{
    uint64_t before = heard;

    for (double since = now(); !given.deaf && heard < sent && now() - since < SILENCE_S; usleep(1000)) {
        for (unsigned i = 0; i < given.connections; i++)
            hear(sockets[i]);
        since = heard > before ? now() : since;
        before = heard;
    }
}

// ---------------------------------------------------------------- the flood

static void flood(void **sockets)
{
    double began = now(), until = began + given.seconds;
    uint32_t run = (uint32_t)getpid() << 12 ^ (uint32_t)time(NULL);

    while (now() < until && (given.count == 0 || sent < given.count)) {
        bool any = false;

        for (unsigned i = 0; i < given.connections; i++) {
            bool due = given.rate <= 0 || (double)sent < (now() - began) * given.rate;

            any = (due && (given.count == 0 || sent < given.count) && send_next(sockets[i], run)) || any;
            if (!given.deaf)
                hear(sockets[i]);
        }
        if (!any)
            usleep(1000);
    }
    hear_rest(sockets);
}

static void print(double seconds)
{
    printf("{\"connections\": %u, \"bytes\": %zu, \"seconds\": %.2f, \"sent\": %" PRIu64 ", \"heard\": %" PRIu64, given.connections,
           event_size, seconds, sent, heard);
    for (unsigned i = 0; i < STATUSES; i++)
        printf(", \"%s\": %" PRIu64, statuses[i], by_status[i]);
    printf(", \"retry_least_ms\": %" PRIu64 ", \"retry_most_ms\": %" PRIu64 "}\n", retry_most_ms == 0 ? 0 : retry_least_ms, retry_most_ms);
}

static const char usage[] = "windscreen-flood: a partner that respects no window; for tests\n\n"
                            "Usage: windscreen-flood --endpoint tcp://HOST:PORT --event FILE [options]\n\n"
                            "  --event FILE        one event in MessagePack; @@@@@@@@@@@@@@@@ in it becomes a number of its own\n"
                            "  --connections N     (default 8)\n"
                            "  --seconds S         (default 5)\n"
                            "  --rate N            events a second in all; without it as many as can be sent\n"
                            "  --count N           events at most\n"
                            "  --deaf              never reads a receipt\n";

static void parse(int argc, char **argv)
{
    static const struct option options[] = {{"endpoint", required_argument, NULL, 'e'},
                                            {"event", required_argument, NULL, 'f'},
                                            {"connections", required_argument, NULL, 'c'},
                                            {"seconds", required_argument, NULL, 's'},
                                            {"rate", required_argument, NULL, 'r'},
                                            {"count", required_argument, NULL, 'n'},
                                            {"deaf", no_argument, NULL, 'd'},
                                            {NULL, 0, NULL, 0}};
    int letter;

    while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (letter) {
        case 'e':
            given.endpoint = optarg;
            break;
        case 'f':
            given.event = optarg;
            break;
        case 'c':
            given.connections = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 's':
            given.seconds = strtod(optarg, NULL);
            break;
        case 'r':
            given.rate = strtod(optarg, NULL);
            break;
        case 'n':
            given.count = strtoull(optarg, NULL, 10);
            break;
        case 'd':
            given.deaf = true;
            break;
        default:
            fputs(usage, stderr);
            exit(64);
        }
    }
    if (given.endpoint == NULL || given.event == NULL || given.connections < 1 || given.connections > CONNECTIONS_MAX) {
        fputs(usage, stderr);
        exit(64);
    }
}

int main(int argc, char **argv)
{
    static void *sockets[CONNECTIONS_MAX];
    int zero = 0, queue = QUEUE_OUT, bytes = BYTES_OUT, one = 1, few = 4096;
    void *context = zmq_ctx_new();
    double began;

    parse(argc, argv);
    read_event();
    zmq_ctx_set(context, ZMQ_MAX_SOCKETS, CONNECTIONS_MAX + 1);
    for (unsigned i = 0; i < given.connections; i++) {
        sockets[i] = zmq_socket(context, ZMQ_DEALER);
        if (sockets[i] == NULL)
            fail("no more sockets: is the limit of descriptors high enough?");
        zmq_setsockopt(sockets[i], ZMQ_LINGER, &zero, sizeof zero);
        zmq_setsockopt(sockets[i], ZMQ_SNDHWM, &queue, sizeof queue);
        // it is to be many partners elsewhere: to fill megabytes at a time would take the hub's processors from it
        zmq_setsockopt(sockets[i], ZMQ_SNDBUF, &bytes, sizeof bytes);
        zmq_setsockopt(sockets[i], ZMQ_IMMEDIATE, &one, sizeof one);
        if (given.deaf) { // nor does its system keep them for it
            zmq_setsockopt(sockets[i], ZMQ_RCVHWM, &one, sizeof one);
            zmq_setsockopt(sockets[i], ZMQ_RCVBUF, &few, sizeof few);
        }
        if (zmq_connect(sockets[i], given.endpoint) != 0)
            fail("cannot connect");
    }
    began = now();
    flood(sockets);
    print(now() - began);
    for (unsigned i = 0; i < given.connections; i++)
        zmq_close(sockets[i]);
    return 0;
}
