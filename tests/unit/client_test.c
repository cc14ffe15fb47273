// SPDX-License-Identifier: MIT
// The client library against a hub of one thread that loses, delays, repeats and refuses.
// Run by ctest.
#include "common/client/windscreen.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <zmq.h>

#include "tests/unit/unit.h"

enum {
    BYTES_MAX = 1 << 17,
    SOON_MS = 100,     // what is lost is sent again after this
    FAR_MS = 60000,    // nobody waits so long: who does has not been answered at all
    DEADLINE_MS = 3000 // of what ends at its deadline; only a machine that stands still for seconds comes near it
};

// What the thread does with a message: fills in the answer and returns how often to send it.
typedef unsigned (*on_message)(struct span message, struct wire_writer *answer);

struct fake {
    void *context, *router;
    char endpoint[128];
    pthread_t thread;
    atomic_bool stop;
    on_message on_message;
};

static struct fake fake;

static void serve_one(void)
{
    static uint8_t body[BYTES_MAX], answer[BYTES_MAX];
    char peer[64];
    int peer_size = zmq_recv(fake.router, peer, sizeof peer, ZMQ_DONTWAIT);
    struct wire_writer writer = wire_writer_on(answer, sizeof answer);
    int size;
    unsigned n;

    if (peer_size < 0)
        return;
    size = zmq_recv(fake.router, body, sizeof body, 0);
    n = fake.on_message(span_of(body, (size_t)size), &writer);
    for (; n > 0; n--) {
        zmq_send(fake.router, peer, (size_t)peer_size, ZMQ_SNDMORE);
        zmq_send(fake.router, answer, writer.used, 0);
    }
}

static void *serve(void *unused)
{
    (void)unused;
    while (!fake.stop) {
        zmq_pollitem_t item = {.socket = fake.router, .events = ZMQ_POLLIN};

        if (zmq_poll(&item, 1, 20) > 0)
            serve_one();
    }
    return NULL;
}

static void start(on_message function)
{
    size_t size = sizeof fake.endpoint;

    memset(&fake, 0, sizeof fake);
    fake.on_message = function;
    fake.context = zmq_ctx_new();
    fake.router = zmq_socket(fake.context, ZMQ_ROUTER);
    assert_int_equal(zmq_bind(fake.router, "tcp://127.0.0.1:*"), 0);
    assert_int_equal(zmq_getsockopt(fake.router, ZMQ_LAST_ENDPOINT, fake.endpoint, &size), 0);
    assert_int_equal(pthread_create(&fake.thread, NULL, serve, NULL), 0);
}

static void stop(void)
{
    fake.stop = true;
    pthread_join(fake.thread, NULL);
    zmq_close(fake.router);
    zmq_ctx_term(fake.context);
}

// ---------------------------------------------------------------- publisher

static struct event envelope;

static struct span read_id(struct span message)
{
    struct faults faults = {0};

    (void)!decode(&record_event, message, "", &envelope, &faults);
    return envelope.id;
}

static atomic_uint n_heard; // messages so far
static char seen[64][8];    // their ids
static unsigned n_seen;

static bool is_first(struct span id)
{
    for (unsigned i = 0; i < n_seen; i++)
        if (span_is(id, seen[i]))
            return false;
    if (n_seen < 64)
        snprintf(seen[n_seen++], sizeof seen[0], "%.*s", SPAN_ARG(id));
    return true;
}

// Answers by the id's first letter: l: lost the first time; b: busy the first time; d: answered twice; r: rejected; e: always busy, from
// the second time on for long; s: silence.
static unsigned on_event(struct span message, struct wire_writer *answer)
{
    struct span id = read_id(message);
    struct receipt receipt = {.status = RECEIPT_ACCEPTED};
    bool first = is_first(id);

    n_heard++;
    if (id.size == 0 || envelope.source.size == 0) {
        receipt.status = RECEIPT_REJECTED;
        encode(&record_receipt, &receipt, answer);
        return 1;
    }
    PUT(&receipt, receipt, id, id);
    PUT(&receipt, receipt, source, envelope.source);
    if (id.at[0] == 'e' || (id.at[0] == 'b' && first)) {
        receipt.status = RECEIPT_BUSY;
        PUT(&receipt, receipt, retry_after_ms, first ? 30 : FAR_MS);
    }
    if (id.at[0] == 'r')
        receipt.status = RECEIPT_REJECTED;
    encode(&record_receipt, &receipt, answer);
    if (id.at[0] == 's' || (id.at[0] == 'l' && first))
        return 0;
    return id.at[0] == 'd' ? 2 : 1;
}

struct tally {
    unsigned n;
    uint8_t status[64];
    unsigned n_sent[64];
    uint8_t fault;
};

static void on_result(void *context, const struct windscreen_result *result)
{
    struct tally *tally = context;

    assert_true(result->number < 64);
    tally->n++;
    tally->status[result->number] = (uint8_t)result->status;
    tally->n_sent[result->number] = result->n_sent;
    if (result->receipt != NULL && result->receipt->n_errors > 0)
        tally->fault = result->receipt->errors[0].code;
}

static void send_event(struct windscreen_publisher *publisher, const char *id, size_t padding)
{
    static uint8_t bytes[BYTES_MAX];
    static char text[BYTES_MAX / 2 + 20000];
    struct wire_writer writer = wire_writer_on(bytes, sizeof bytes);

    memset(text, 'x', padding);
    wire_put_map(&writer, id != NULL ? 5 : 4);
    if (id != NULL) {
        wire_put_text(&writer, span_text("id"));
        wire_put_text(&writer, span_text(id));
    }
    wire_put_text(&writer, span_text("source"));
    wire_put_text(&writer, span_text("/schools/1"));
    wire_put_text(&writer, span_text("specversion"));
    wire_put_text(&writer, span_text("1.0"));
    wire_put_text(&writer, span_text("type"));
    wire_put_text(&writer, span_text("earlyhelp.referral.submitted.v1"));
    wire_put_text(&writer, span_text("data"));
    wire_put_text(&writer, span_of(text, padding));
    assert_false(writer.overflow);
    assert_int_equal(windscreen_publisher_send(publisher, wire_written(&writer)), ERR_NONE);
}

static struct windscreen_publisher *open_publisher(struct tally *tally, unsigned window, int64_t answer_ms, int64_t deadline_ms)
{
    const struct windscreen_publisher_options options = {.endpoint = fake.endpoint,
                                                         .window = window,
                                                         .answer_ms = answer_ms,
                                                         .deadline_ms = deadline_ms,
                                                         .context = tally,
                                                         .on_result = on_result};
    struct windscreen_publisher *publisher;

    assert_int_equal(windscreen_publisher_open(&options, &publisher), ERR_NONE);
    return publisher;
}

struct row {
    const char *id; // NULL: none
    uint8_t status;
    unsigned n_sent_min;
};

static void publish_rows(const struct row *rows, unsigned n, unsigned window, int64_t deadline_ms)
{
    struct tally tally = {0};
    struct windscreen_publisher *publisher;

    n_seen = 0; // before the thread that counts
    start(on_event);
    publisher = open_publisher(&tally, window, SOON_MS, deadline_ms);
    for (unsigned i = 0; i < n; i++)
        send_event(publisher, rows[i].id, 0);
    assert_int_equal(windscreen_publisher_wait(publisher), ERR_NONE);
    assert_int_equal(tally.n, n);
    for (unsigned i = 0; i < n; i++) {
        assert_int_equal(tally.status[i], rows[i].status);
        assert_true(tally.n_sent[i] >= rows[i].n_sent_min);
    }
    windscreen_publisher_close(&publisher);
    stop();
}

static void every_event_gets_one_result(void **state)
{
    static const struct row rows[] = {
        {"a1", RECEIPT_ACCEPTED, 1}, {"l1", RECEIPT_ACCEPTED, 2}, {"b1", RECEIPT_ACCEPTED, 2}, {"d1", RECEIPT_ACCEPTED, 1},
        {"r1", RECEIPT_REJECTED, 1}, {NULL, RECEIPT_REJECTED, 1}, {"a2", RECEIPT_ACCEPTED, 1}, {"a2", RECEIPT_ACCEPTED, 1},
        {"d1", RECEIPT_ACCEPTED, 0}, {"a3", RECEIPT_ACCEPTED, 1},
    };

    (void)state;
    for (unsigned window = 1; window <= 8; window += 7)
        publish_rows(rows, sizeof rows / sizeof rows[0], window, FAR_MS);
}

// Busy, when that was the last word; nothing, when the last try had no answer.
static void the_deadline_ends_what_has_no_receipt(void **state)
{
    static const struct row rows[] = {{"e1", RECEIPT_BUSY, 2}, {"s1", RECEIPT_NONE, 2}};

    (void)state;
    publish_rows(rows, 2, 2, DEADLINE_MS);
}

static void what_is_too_large_is_not_sent(void **state)
{
    struct tally tally = {0};
    struct windscreen_publisher *publisher;

    (void)state;
    n_heard = 0;
    start(on_event);
    publisher = open_publisher(&tally, 4, FAR_MS, FAR_MS);
    send_event(publisher, "x1", SUBMISSION_BYTES_MAX);
    send_event(publisher, "x2", 60000);
    assert_int_equal(windscreen_publisher_wait(publisher), ERR_NONE);
    assert_int_equal(tally.status[0], RECEIPT_REJECTED);
    assert_int_equal(tally.fault, FAULT_TOO_LARGE);
    assert_int_equal(tally.status[1], RECEIPT_ACCEPTED);
    assert_int_equal(n_heard, 1);
    windscreen_publisher_close(&publisher);
    stop();
}

static void nobody_there_ends_at_the_deadline(void **state)
{
    struct tally tally = {0};
    struct windscreen_publisher *publisher;

    (void)state;
    snprintf(fake.endpoint, sizeof fake.endpoint, "tcp://127.0.0.1:1");
    publisher = open_publisher(&tally, 4, SOON_MS, 200);
    send_event(publisher, "x1", 0);
    assert_int_equal(windscreen_publisher_wait(publisher), ERR_NONE);
    assert_int_equal(tally.n, 1);
    assert_int_equal(tally.status[0], RECEIPT_NONE);
    assert_int_equal(tally.n_sent[0], 0);
    windscreen_publisher_close(&publisher);
}

static void a_bad_endpoint_is_refused(void **state)
{
    const struct windscreen_publisher_options options = {.endpoint = "nowhere"};
    struct windscreen_publisher *publisher;
    struct windscreen_caller *caller;

    (void)state;
    assert_int_equal(windscreen_publisher_open(&options, &publisher), ERR_SOCKET);
    assert_null(publisher);
    assert_int_equal(windscreen_caller_open("tcp://", &caller), ERR_SOCKET);
    assert_null(caller);
}

// ---------------------------------------------------------------- caller and reader

static atomic_uint_fast64_t n_events_there; // in the fake log

static void put_fake_event(uint64_t sequence, struct log_event *event)
{
    static uint8_t bytes[4][256];
    struct wire_writer writer = wire_writer_on(bytes[sequence % 4], sizeof bytes[0]);
    struct event head = {.specversion = span_text("1.0"),
                         .id = span_text("1.1"),
                         .source = span_text("/hub/registry"),
                         .type = span_text("earlyhelp.person.opened.v1")};
    struct person_opened opened = {.worker = span_text("w1"), .purpose = PURPOSE_DECISION};

    PUT(&head, event, subject, span_text("R0000000G00001"));
    PUT(&head, event, time, 1000);
    event_encode(&head, EVENT_PERSON_OPENED, &opened, &writer);
    *event = (struct log_event){.sequence = sequence, .event = wire_written(&writer)};
}

// Gives at most three events a reply.
static void answer_read(struct span message, struct wire_writer *answer)
{
    static struct log_events reply;
    struct log_read read;
    struct request_head head;
    struct faults faults = {0};

    (void)!decode(&record_request_head, message, "", &head, &faults);
    (void)!decode(&record_log_read, message, "", &read, &faults);
    memset(&reply, 0, sizeof reply);
    reply.answer = ANSWER_EMPTY;
    PUT(&reply, log_events, ref, head.ref);
    for (uint64_t sequence = read.from; sequence <= n_events_there && reply.n_events < 3; sequence++)
        put_fake_event(sequence, &reply.events[reply.n_events++]);
    if (reply.n_events > 0)
        reply.answer = ANSWER_OK;
    SET_HAS(&reply, log_events, events);
    PUT(&reply, log_events, head, n_events_there);
    PUT(&reply, log_events, next, read.from + reply.n_events);
    encode(&record_log_events, &reply, answer);
}

static unsigned on_read(struct span message, struct wire_writer *answer)
{
    answer_read(message, answer);
    return 1;
}

static void reads_all_and_waits_for_more(void **state)
{
    struct windscreen_reader *reader;
    struct windscreen_event event;

    (void)state;
    n_events_there = 8;
    start(on_read);
    assert_int_equal(windscreen_reader_open(fake.endpoint, 2, 0, &reader), ERR_NONE);
    for (uint64_t sequence = 2; sequence <= 8; sequence++) {
        assert_int_equal(windscreen_reader_next(reader, 0, &event), ERR_NONE);
        assert_int_equal(event.sequence, sequence);
        assert_int_equal(event.type, EVENT_PERSON_OPENED);
        assert_true(span_is(event.data->PERSON_OPENED.worker, "w1"));
        assert_int_equal(windscreen_reader_at(reader), sequence + 1);
    }
    assert_int_equal(windscreen_reader_next(reader, 0, &event), ERR_AGAIN);
    assert_int_equal(windscreen_reader_head(reader), 8);
    n_events_there = 9;
    assert_int_equal(windscreen_reader_next(reader, 0, &event), ERR_NONE);
    assert_int_equal(event.sequence, 9);
    windscreen_reader_close(&reader);
    stop();
}

static atomic_uint n_questions;

// First a refusal, then ok without what a status must have, then answers to another question.
static unsigned on_status(struct span message, struct wire_writer *answer)
{
    struct plain_reply reply = {.answer = ANSWER_BAD_REQUEST, .n_errors = 1};
    struct request_head head;
    struct faults faults = {0};

    (void)!decode(&record_request_head, message, "", &head, &faults);
    n_questions++;
    PUT(&reply, plain_reply, ref, n_questions > 2 ? head.ref + 7 : head.ref);
    SET_HAS(&reply, plain_reply, errors);
    reply.errors[0] = (struct problem){.path = span_text("/request"), .code = FAULT_UNKNOWN_CODE};
    if (n_questions == 2)
        reply.answer = ANSWER_OK;
    encode(&record_plain_reply, &reply, answer);
    return 1;
}

static void asks_and_hears_refusals(void **state)
{
    struct windscreen_caller *caller;
    struct daemon_status status;
    const struct request_desc *row = &service_control[CONTROL_STATUS];

    (void)state;
    n_questions = 0;
    start(on_status);
    assert_int_equal(windscreen_caller_open(fake.endpoint, &caller), ERR_NONE);
    assert_int_equal(windscreen_caller_ask(caller, row, NULL, FAR_MS, &status), ERR_NONE); // a refusal
    assert_int_equal(status.answer, ANSWER_BAD_REQUEST);
    assert_int_equal(windscreen_caller_refusal(caller).errors[0].code, FAULT_UNKNOWN_CODE);
    assert_int_equal(windscreen_caller_ask(caller, row, NULL, FAR_MS, &status), ERR_BAD_INPUT); // ok, but no status
    assert_int_equal(windscreen_caller_ask(caller, row, NULL, 200, &status), ERR_AGAIN);        // not its answer
    windscreen_caller_close(&caller);
    stop();
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static unsigned on_silence(struct span message, struct wire_writer *answer)
{
    (void)message;
    (void)answer;
    n_questions++;
    return 0;
}

static void *stop_soon(void *unused)
{
    (void)unused;
    while (n_questions == 0)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    stop();
    return NULL;
}

// Whoever waits for an answer hears at once that its daemon died, not after the whole wait.
static void a_broken_connection_ends_the_wait(void **state)
{
    struct windscreen_caller *caller;
    struct daemon_status status;
    pthread_t stopper;
    int64_t started_ms = now_ms();

    (void)state;
    n_questions = 0;
    start(on_silence);
    assert_int_equal(pthread_create(&stopper, NULL, stop_soon, NULL), 0);
    assert_int_equal(windscreen_caller_open(fake.endpoint, &caller), ERR_NONE);
    assert_int_equal(windscreen_caller_ask(caller, &service_control[CONTROL_STATUS], NULL, FAR_MS, &status), ERR_AGAIN);
    assert_true(now_ms() - started_ms < FAR_MS / 2);
    windscreen_caller_close(&caller);
    pthread_join(stopper, NULL);
}

// ---------------------------------------------------------------- places

static void put_file(const char *directory, const char *name, const char *text)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", directory, name);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void finds_endpoints_in_a_state_directory(void **state)
{
    char directory[64];
    char run[96];
    char endpoint[WINDSCREEN_ENDPOINT_MAX + 1];
    char wanted[128];

    (void)state;
    unit_directory(directory);
    assert_int_equal(windscreen_place_find(directory, "intake", endpoint), ERR_NOT_FOUND);
    snprintf(run, sizeof run, "mkdir %s/run", directory);
    assert_int_equal(system(run), 0);
    assert_int_equal(windscreen_place_find(directory, "intake", endpoint), ERR_NOT_FOUND);
    put_file(directory, "run/intake.endpoint", "tcp://127.0.0.1:7700\n");
    put_file(directory, "run/intake.ipc", "");
    put_file(directory, "run/audit.control.ipc", "");
    put_file(directory, "run/empty.endpoint", "");
    assert_int_equal(windscreen_place_find(directory, "intake", endpoint), ERR_NONE);
    assert_string_equal(endpoint, "tcp://127.0.0.1:7700");
    assert_int_equal(windscreen_place_find(directory, "audit.control", endpoint), ERR_NONE);
    snprintf(wanted, sizeof wanted, "ipc://%s/run/audit.control.ipc", directory);
    assert_string_equal(endpoint, wanted);
    assert_int_equal(windscreen_place_find(directory, "empty", endpoint), ERR_IO);
    unit_remove(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_gets_one_result),
        cmocka_unit_test(the_deadline_ends_what_has_no_receipt),
        cmocka_unit_test(what_is_too_large_is_not_sent),
        cmocka_unit_test(nobody_there_ends_at_the_deadline),
        cmocka_unit_test(a_bad_endpoint_is_refused),
        cmocka_unit_test(reads_all_and_waits_for_more),
        cmocka_unit_test(asks_and_hears_refusals),
        cmocka_unit_test(a_broken_connection_ends_the_wait),
        cmocka_unit_test(finds_endpoints_in_a_state_directory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
