// SPDX-License-Identifier: MIT
// Loads a running audit as registry, triage and allocation do together: pipelined appends, parked reads. Prints rates and audit's CPU time.
// Run by hand: audit_load STATE PID REFERRALS BATCH (referrals in one append). 5 events and one attachment of 700 bytes a referral.
// Must not be run on a state directory that anybody needs.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "common/runtime/socket.h"
#include "common/wire/encode.h"
#include "common/wire/event_wire.h"

enum { PRODUCERS = 3, IN_FLIGHT = 4, BUFFER = 8 << 20, EVENT_SIZE = 450, ATTACHMENT_SIZE = 700 };

struct part {
    enum producer producer;
    enum event_type type;
    uint64_t events_a_referral;
    uint64_t reads; // types
    struct socket *appends, *reader;
    uint64_t epoch, n, sent, answered, in_flight, read_from, seen;
};

static struct part parts[PRODUCERS] = {
    {.producer = PRODUCER_REGISTRY, .type = EVENT_RECEIVED, .events_a_referral = 1, .reads = EVENT_BIT(ACCEPTED)},
    {.producer = PRODUCER_TRIAGE, .type = EVENT_TRIAGED, .events_a_referral = 1, .reads = EVENT_BIT(RECEIVED)},
    {.producer = PRODUCER_ALLOCATION, .type = EVENT_ALLOCATED, .events_a_referral = 3, .reads = EVENT_BIT(TRIAGED)},
};

static uint8_t buffer[BUFFER];
static uint8_t events[EVENT_COUNT][EVENT_BYTES_MAX];
static size_t event_sizes[EVENT_COUNT];
static struct log_events reply;

static void make_event(enum event_type type)
{
    static struct triaged data;
    static char family[] = "F0123456789ABC";
    struct event head = {.specversion = span_text("1.0"), .id = span_text("3.1234567"), .source = span_text("/hub/registry")};
    struct wire_writer writer = wire_writer_on(events[type], sizeof events[type]);

    head.type = span_text(event_desc(type)->type);
    PUT(&head, event, subject, span_text("R0123456789ABC"));
    PUT(&head, event, time, 1800000000000);
    PUT(&head, event, cause, 123456);
    data.level = data.computed = 2;
    data.rule = span_text("DEFAULT_TWO");
    data.policy = span_of(events, 32);
    data.family = span_text(family);
    PUT(&data.facts, facts, kind, KIND_EHA);
    PUT(&data.facts, facts, level_claimed, 2);
    PUT(&data.facts, facts, neighbourhood, span_text("challney"));
    SET_HAS(&data.facts, facts, members);
    data.facts.n_members = 3;
    for (int i = 0; i < 3; i++) {
        PUT(&data.facts.members[i], member_facts, role, MEMBER_CHILD);
        PUT(&data.facts.members[i], member_facts, months, 120);
        PUT(&data.facts.members[i], member_facts, needs, 12);
    }
    SET_HAS(&head, event, data);
    // the data of every type is a triaged's: audit does not look into it
    head.data = span_of(NULL, 0);
    encode(&record_event, &head, &writer);
    encode(&record_triaged, &data, &writer);
    event_sizes[type] = wire_written(&writer).size;
}

static bool wait_for(struct socket *socket, struct message *message)
{
    socket_wait(&socket, 1, -1, 5000000);
    return socket_receive(socket, message);
}

static void begin(struct part *part)
{
    struct log_begin request = {.producer = (uint8_t)part->producer};
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
    struct message message = {0};
    struct log_begun begun;
    struct faults faults = {0};

    encode_request(&service_log[LOG_BEGIN], 1, &request, &writer);
    while (!socket_send(part->appends, wire_written(&writer)))
        usleep(1000); // the connection is being made
    if (!wait_for(part->appends, &message) || !decode_message(&record_log_begun, message_body(&message), &begun, &faults))
        exit(1);
    part->epoch = begun.epoch;
    part->n = begun.n;
    part->read_from = begun.head + 1;
    message_free(&message);
}

static void send_append(struct part *part, uint64_t referrals)
{
    static const uint8_t attachment[ATTACHMENT_SIZE];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
    uint64_t n_events = referrals * part->events_a_referral;

    wire_put_map(&writer, 7);
    wire_put_text(&writer, span_text("request"));
    wire_put_text(&writer, span_text("append"));
    wire_put_text(&writer, span_text("ref"));
    wire_put_uint(&writer, 2);
    wire_put_text(&writer, span_text("producer"));
    wire_put_text(&writer, span_text(code_text(LIST_PRODUCER, part->producer)));
    wire_put_text(&writer, span_text("epoch"));
    wire_put_uint(&writer, part->epoch);
    wire_put_text(&writer, span_text("n"));
    wire_put_uint(&writer, part->n + 1);
    wire_put_text(&writer, span_text("decided_to"));
    wire_put_uint(&writer, 0);
    wire_put_text(&writer, span_text("events"));
    wire_put_array(&writer, n_events);
    for (uint64_t i = 0; i < n_events; i++) {
        wire_put_map(&writer, part->producer == PRODUCER_REGISTRY ? 2 : 1);
        wire_put_text(&writer, span_text("event"));
        wire_put_bytes(&writer, span_of(events[part->type], event_sizes[part->type]));
        if (part->producer != PRODUCER_REGISTRY)
            continue;
        wire_put_text(&writer, span_text("attachment"));
        wire_put_bytes(&writer, span_of(attachment, sizeof attachment));
    }
    if (!socket_send(part->appends, wire_written(&writer)))
        exit(1);
    part->n += n_events;
    part->sent += referrals;
    part->in_flight++;
}

static void send_read(struct part *part)
{
    struct log_read read = {.from = part->read_from};
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);

    PUT(&read, log_read, types, part->reads);
    PUT(&read, log_read, max_events, 2048);
    PUT(&read, log_read, wait_ms, 1000);
    encode_request(&service_log[LOG_READ], 3, &read, &writer);
    while (!socket_send(part->reader, wire_written(&writer)))
        usleep(1000);
}

static void take_answers(struct part *part, uint64_t batch)
{
    struct message message = {0};
    struct log_appended appended;
    struct faults faults = {0};

    while (socket_receive(part->appends, &message)) {
        if (!decode(&record_log_appended, message_body(&message), "", &appended, &faults) || appended.answer != ANSWER_OK) {
            fprintf(stderr, "append answered %s\n", code_text(LIST_ANSWER, appended.answer));
            exit(1);
        }
        part->in_flight--;
        part->answered += batch;
    }
    while (socket_receive(part->reader, &message)) {
        if (!decode(&record_log_events, message_body(&message), "", &reply, &faults))
            exit(1);
        part->seen += reply.n_events;
        part->read_from = reply.next;
        send_read(part);
    }
    message_free(&message);
}

static double cpu_of(int pid)
{
    char path[64];
    unsigned long user, system;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    file = fopen(path, "r");
    if (file == NULL || fscanf(file, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
        exit(1);
    fclose(file);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static bool is_done(uint64_t referrals)
{
    for (int i = 0; i < PRODUCERS; i++)
        if (parts[i].answered < referrals)
            return false;
    return true;
}

int main(int argc, char **argv)
{
    struct socket *sockets[2 * PRODUCERS];
    char endpoint[256];
    uint64_t referrals, batch;
    double began, cpu;
    int pid;

    if (argc != 5)
        return 64;
    pid = atoi(argv[2]);
    referrals = strtoull(argv[3], NULL, 10);
    batch = strtoull(argv[4], NULL, 10);
    snprintf(endpoint, sizeof endpoint, "ipc://%s/run/audit.ipc", argv[1]);
    for (int i = 0; i < PRODUCERS; i++) {
        struct part *part = &parts[i];

        make_event(part->type);
        if (socket_dealer(endpoint, 64 << 20, SOCKET_QUEUE_HUB, &part->appends) != ERR_NONE ||
            socket_dealer(endpoint, 64 << 20, SOCKET_QUEUE_HUB, &part->reader) != ERR_NONE)
            return 1;
        begin(part);
        send_read(part);
        sockets[2 * i] = part->appends;
        sockets[2 * i + 1] = part->reader;
    }
    began = now();
    cpu = cpu_of(pid);
    while (!is_done(referrals)) {
        for (int i = 0; i < PRODUCERS; i++)
            while (parts[i].in_flight < IN_FLIGHT && parts[i].sent < referrals)
                send_append(&parts[i], batch);
        socket_wait(sockets, 2 * PRODUCERS, -1, 1000000);
        for (int i = 0; i < PRODUCERS; i++)
            take_answers(&parts[i], batch);
    }
    began = now() - began;
    cpu = cpu_of(pid) - cpu;
    printf("%" PRIu64 " referrals (5 events of %zu bytes, attachment %d) in appends of %" PRIu64
           ": %.2f s, %.0f referrals/s, %.0f events/s, audit %.2f us CPU a referral, %.2f an event\n",
           referrals, event_sizes[EVENT_TRIAGED], ATTACHMENT_SIZE, batch, began, (double)referrals / began, 5 * (double)referrals / began,
           cpu * 1e6 / (double)referrals, cpu * 1e6 / (double)referrals / 5);
    for (int i = 0; i < PRODUCERS; i++)
        printf("%s has read %" PRIu64 "\n", code_text(LIST_PRODUCER, parts[i].producer), parts[i].seen);
    for (int i = 0; i < PRODUCERS; i++) {
        socket_close(&parts[i].appends);
        socket_close(&parts[i].reader);
    }
    return 0;
}
