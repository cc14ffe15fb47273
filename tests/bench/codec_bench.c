// SPDX-License-Identifier: MIT
// windscreen-codec-bench: what the codec and the judging of its level cost a referral, operation by operation, in nanoseconds of this
// machine. Run by hand, before and after a change. The least of many rounds is told: what others do meanwhile only adds.
#include "common/policy/policy.h"
#include "common/wire/encode.h"
#include "common/wire/event_wire.h"
#include "services/allocation/outcome.h"
#include "services/intake/judge.h"
#include "services/registry/canonical.h"
#include "services/registry/facts.h"
#include "services/triage/level.h"
#include "tests/bench/bench_referral.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { EVENTS = 64, ROUNDS = 4000, RUN = 0x5ec0de };

static const char usage[] = "windscreen-codec-bench: what the codec and triage cost a referral, in ns of processor time\n\n"
                            "Usage: windscreen-codec-bench [--rounds N] [--json]\n\n"
                            "  --rounds N   times over 64 referrals of 8 kinds; the fastest counts (default 4000)\n"
                            "  --json       one JSON object\n\n"
                            "Exit status: 0; 1 an event was not read as it should; 64 usage.\n";

// One referral as it goes through the hub.
struct sample {
    uint8_t submitted_bytes[BENCH_EVENT_MAX];
    struct span submitted; // as the partner sends it
    struct span data;      // of it
    struct event head;     // of the hub's events
    struct received received;
    struct triaged triaged;
    struct allocated allocated;
    uint8_t written[3][EVENT_BYTES_MAX];
    struct span events[3]; // received, triaged, allocated
};

static struct sample samples[EVENTS];
static bool all_good = true;
static struct policy *policy;

// ---------------------------------------------------------------- what is coded

static void fill_received(const struct event *event, const struct submitted *submitted, struct sample *sample)
{
    static const uint8_t digest[32];
    struct received *received = &sample->received;

    received->partner_source = event->source;
    received->partner_id = event->id;
    received->family = span_text("F0000000A3KM7Q");
    PUT(received, received, key_slot, 123456);
    received->commitment = received->content = received->neighbourhoods = span_of(digest, sizeof digest);
    facts_derive(submitted, (struct place){span_text("marsh-farm"), BORDER_INSIDE}, (int32_t)(time(NULL) / 86400), &received->facts);
    if (submitted->level_claimed == 4)
        PUT(received, received, urgent, true);
}

// As triage and allocation answer it.
static void fill_answers(struct sample *sample)
{
    static struct destination destination;
    const struct family_state family = {0};

    level_triage(policy, &sample->received, (int64_t)time(NULL) * 1000, &sample->triaged);
    destination_decide(policy, &sample->triaged, &family, &destination);
    outcome_allocated(&sample->triaged, &destination, 0, sample->triaged.received + 86400000, &sample->allocated);
    sample->allocated.team = span_text("fsw"); // also where a person decides, or it is held
}

static struct span write_event(enum event_type type, const struct sample *sample, uint8_t buffer[EVENT_BYTES_MAX])
{
    const void *data = type == EVENT_RECEIVED  ? (const void *)&sample->received
                       : type == EVENT_TRIAGED ? (const void *)&sample->triaged
                                               : (const void *)&sample->allocated;
    struct wire_writer writer = wire_writer_on(buffer, EVENT_BYTES_MAX);
    struct event head = sample->head;

    head.type = span_text(event_desc(type)->type);
    event_encode(&head, type, data, &writer);
    return wire_written(&writer);
}

static void make(unsigned i, struct sample *sample)
{
    static struct submitted submitted;
    struct faults faults = {0};
    struct event event;

    sample->submitted = bench_referral_make_up(RUN, i, sample->submitted_bytes);
    all_good &= decode(&record_event, sample->submitted, "", &event, &faults);
    all_good &= decode(&record_submitted, event.data, "/data", &submitted, &faults);
    sample->data = event.data;
    fill_received(&event, &submitted, sample);
    fill_answers(sample);
    sample->head = (struct event){.specversion = event.specversion, .id = span_text("12.3456789"), .source = span_text("/hub/registry")};
    PUT(&sample->head, event, subject, span_text("R0000000A3KM7Q"));
    PUT(&sample->head, event, time, event.time + 123);
    PUT(&sample->head, event, cause, 1234567);
    for (unsigned e = 0; e < 3; e++)
        sample->events[e] = write_event((enum event_type[]){EVENT_RECEIVED, EVENT_TRIAGED, EVENT_ALLOCATED}[e], sample, sample->written[e]);
}

// ---------------------------------------------------------------- operations: each is done once or more for a referral

static void judge_submitted(const struct sample *sample)
{
    static struct judgement judgement;

    judge(sample->submitted, &judgement);
    all_good &= judgement.verdict == VERDICT_PASS;
}

static void read_submitted(const struct sample *sample)
{
    static struct submitted submitted;
    static struct event event;
    struct faults faults;

    faults.n = 0;
    all_good &= decode(&record_event, sample->submitted, "", &event, &faults);
    all_good &= decode(&record_submitted, event.data, "", &submitted, &faults);
}

static void write_canonical(const struct sample *sample)
{
    static uint8_t buffer[SUBMISSION_BYTES_MAX], space[SUBMISSION_BYTES_MAX];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);

    all_good &= canonical_write(sample->data, &writer, space);
}

static void write_events(const struct sample *sample)
{
    static uint8_t buffer[EVENT_BYTES_MAX];

    all_good &= write_event(EVENT_RECEIVED, sample, buffer).size > 0;
    all_good &= write_event(EVENT_ALLOCATED, sample, buffer).size > 0;
}

static void check_events(const struct sample *sample)
{
    struct faults faults;

    faults.n = 0;
    for (unsigned e = 0; e < 3; e++)
        all_good &= wire_check(sample->events[e], &faults) && event_type_of(sample->events[e]) != EVENT_NONE;
}

static void read_event(struct span bytes)
{
    static union event_data data;
    static struct event head;
    enum event_type type;
    struct faults faults;

    faults.n = 0;
    all_good &= event_decode(bytes, &head, &type, &data, &faults);
}

// All that triage does with one referral, but for the socket and its share of a batch.
static void triage_whole(const struct sample *sample)
{
    static uint8_t buffer[EVENT_BYTES_MAX];
    static union event_data data;
    static struct triaged triaged;
    static struct event head;
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
    enum event_type type;
    struct faults faults;

    faults.n = 0;
    all_good &= event_decode(sample->events[0], &head, &type, &data, &faults);
    level_triage(policy, &data.RECEIVED, head.time, &triaged);
    head.type = span_text(event_desc(EVENT_TRIAGED)->type);
    event_encode(&head, EVENT_TRIAGED, &triaged, &writer);
    all_good &= !writer.overflow;
}

static void read_triaged(const struct sample *sample)
{
    read_event(sample->events[1]);
}

static const struct operation {
    const char *name, *where;
    void (*run)(const struct sample *sample);
} operations[] = {
    {"judge submitted", "intake", judge_submitted},
    {"decode submitted", "registry", read_submitted},
    {"canonical form", "registry", write_canonical},
    {"check three events", "audit", check_events},
    {"decode, judge, encode", "triage", triage_whole},
    {"decode triaged", "allocation", read_triaged},
    {"encode two events", "registry, allocation", write_events},
};

enum { OPERATIONS = sizeof operations / sizeof operations[0] };

static void load_policy(void)
{
    struct complaints complaints = {0};
    uint8_t *bundle = NULL;
    size_t size = 0;

    all_good &= policy_read_folder(BENCH_POLICY, &complaints, &bundle, &size) == ERR_NONE;
    all_good &= all_good && policy_load(span_of(bundle, size), &complaints, &policy) == ERR_NONE;
    free(bundle);
}

// ---------------------------------------------------------------- measuring

static double now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void measure(unsigned rounds, double least_ns[OPERATIONS])
{
    for (unsigned round = 0; round < rounds; round++)
        for (unsigned op = 0; op < OPERATIONS; op++) {
            double start = now_ns(), took;

            for (unsigned i = 0; i < EVENTS; i++)
                operations[op].run(&samples[i]);
            took = (now_ns() - start) / EVENTS;
            if (round == 0 || took < least_ns[op])
                least_ns[op] = took;
        }
}

static void tell(const double least_ns[OPERATIONS], bool json)
{
    double sum = 0;

    for (unsigned op = 0; op < OPERATIONS; op++) {
        sum += least_ns[op];
        if (json)
            printf("%s\"%s\":%.0f", op == 0 ? "{" : ",", operations[op].name, least_ns[op]);
        else
            printf("%-22s %6.0f ns  %s\n", operations[op].name, least_ns[op], operations[op].where);
    }
    if (json)
        printf(",\"sum\":%.0f}\n", sum);
    else
        printf("%-22s %6.0f ns  of processor time for each referral\n", "sum", sum);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"rounds", 1, NULL, 'r'}, {"json", 0, NULL, 'j'}, {"help", 0, NULL, 'h'}, {NULL, 0, NULL, 0}};
    unsigned long rounds = ROUNDS;
    double least_ns[OPERATIONS] = {0};
    bool json = false;
    int letter;

    while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (letter == 'r')
            rounds = strtoul(optarg, NULL, 10);
        json |= letter == 'j';
        if (letter == 'h' || letter == '?') {
            fputs(usage, letter == 'h' ? stdout : stderr);
            return letter == 'h' ? 0 : 64;
        }
    }
    if (rounds < 1 || rounds > 1000000 || optind < argc) {
        fputs(usage, stderr);
        return 64;
    }
    load_policy();
    for (unsigned i = 0; i < EVENTS && all_good; i++)
        make(i, &samples[i]);
    if (!all_good)
        return 1;
    measure((unsigned)rounds, least_ns);
    tell(least_ns, json);
    policy_free(&policy);
    return all_good ? 0 : 1;
}
