// SPDX-License-Identifier: MIT
// The log as a server, without sockets: requests in as bytes, replies and feed collected as bytes.
// Run by ctest. What is committed, answered, parked, refused; time is a number here.
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/wire/encode.h"
#include "common/wire/event_wire.h"
#include "services/audit/audit_inside.h"
#include "services/audit/parked.h"

enum { MAP_SIZE = 32 << 20, KEPT_MAX = 128, KEPT_SIZE = 1 << 20 };

struct kept {
    struct peer peer;
    size_t size;
    uint8_t *bytes;
};

struct fixture {
    char directory[64];
    struct audit *audit;
    int64_t now_ms;
    unsigned n_replies;
    struct kept replies[KEPT_MAX];
    char feed[512];
};

static struct fixture fixture;

static void keep_reply(void *context, const struct peer *peer, struct span body)
{
    struct fixture *f = context;
    struct kept *kept = &f->replies[f->n_replies++];

    assert_true(f->n_replies <= KEPT_MAX && body.size > 0);
    kept->peer = *peer;
    kept->size = body.size;
    kept->bytes = malloc(body.size);
    assert_non_null(kept->bytes);
    memcpy(kept->bytes, body.at, body.size);
}

static bool always_watched(void *context)
{
    (void)context;
    return true;
}

static void keep_feed(void *context, const char *name, uint64_t sequence, struct span event)
{
    struct fixture *f = context;

    assert_true(event.size > 0);
    snprintf(f->feed + strlen(f->feed), sizeof f->feed - strlen(f->feed), "%llu:%s ", (unsigned long long)sequence, name);
}

static void forget(struct fixture *f)
{
    while (f->n_replies > 0)
        free(f->replies[--f->n_replies].bytes);
    f->feed[0] = '\0';
}

static void open_audit(struct fixture *f, uint64_t map_size)
{
    const struct audit_out out = {f, keep_reply, always_watched, keep_feed};

    assert_int_equal(audit_open(f->directory, map_size, &out, f->now_ms, &f->audit), ERR_NONE);
}

static int set_up(void **state)
{
    fixture = (struct fixture){.now_ms = 1000};
    unit_directory(fixture.directory);
    open_audit(&fixture, MAP_SIZE);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    forget(f);
    audit_close(&f->audit);
    unit_remove(f->directory);
    return 0;
}

static const struct peer daemon_peer = {.service = AUDIT_LOG, .id_size = 1, .id = {7}};
static const struct peer operator_peer = {.service = AUDIT_OPERATORS, .id_size = 1, .id = {8}};

static void settle(struct fixture *f)
{
    assert_int_equal(audit_settle(f->audit, f->now_ms), ERR_NONE);
}

// Had it all the room prepared that it wants.
static int prepared_idle_ms(struct fixture *f)
{
    f->audit->unprepared = false;
    return audit_idle_ms(f->audit, f->now_ms);
}

static void give(struct fixture *f, const struct peer *peer, struct span body)
{
    audit_take(f->audit, peer, body, false, f->now_ms);
}

static void ask(struct fixture *f, const struct peer *peer, enum log_request request, uint32_t ref, const void *record)
{
    static uint8_t buffer[1 << 20];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);

    encode_request(&service_log[request], ref, record, &writer);
    assert_true(wire_written(&writer).size > 0);
    give(f, peer, wire_written(&writer));
}

// Decodes the newest reply.
static void last_reply(struct fixture *f, const struct record_desc *desc, void *record)
{
    struct faults faults = {0};

    assert_true(f->n_replies > 0);
    if (!decode_message(desc, span_of(f->replies[f->n_replies - 1].bytes, f->replies[f->n_replies - 1].size), record, &faults))
        fail_msg("%s: %s", faults.at[0].path, code_text(LIST_FAULT, faults.at[0].code));
}

static enum answer last_answer(struct fixture *f)
{
    struct plain_reply reply;

    last_reply(f, &record_plain_reply, &reply);
    return (enum answer)reply.answer;
}

static uint64_t begin(struct fixture *f, enum producer producer)
{
    struct log_begin request = {.producer = (uint8_t)producer};
    struct log_begun begun;

    ask(f, &daemon_peer, LOG_BEGIN, 1, &request);
    settle(f);
    last_reply(f, &record_log_begun, &begun);
    assert_int_equal(begun.answer, ANSWER_OK);
    return begun.epoch;
}

// An event with the least that its type wants.
static struct span make_event(enum event_type type, bool urgent, uint8_t buffer[EVENT_BYTES_MAX])
{
    static const uint8_t digest[32];
    struct event head = {.specversion = span_text("1.0"), .id = span_text("1.1"), .source = span_text("/hub/test")};
    struct wire_writer writer = wire_writer_on(buffer, EVENT_BYTES_MAX);
    static union event_data data;

    memset(&data, 0, sizeof data);
    head.type = span_text(event_desc(type)->type);
    if (type == EVENT_RECEIVED || type == EVENT_CONFLICTING) {
        data.RECEIVED.partner_source = span_text("/schools/1");
        data.RECEIVED.partner_id = span_text("one");
        data.RECEIVED.family = span_text("F0123456789ABC");
        data.RECEIVED.commitment = data.RECEIVED.content = data.RECEIVED.neighbourhoods = span_of(digest, sizeof digest);
        PUT(&data.RECEIVED, received, urgent, urgent);
    } else if (type == EVENT_REJECTED) {
        data.REJECTED.count = 1;
        data.REJECTED.code = FAULT_MALFORMED;
    } else {
        data.CLOSED.by = span_text("w1");
        data.CLOSED.outcome = 1;
        type = EVENT_CLOSED;
    }
    event_encode(&head, type, &data, &writer);
    return wire_written(&writer);
}

static void append_span(struct fixture *f, enum producer producer, uint64_t epoch, uint64_t n, struct span event, struct span attachment)
{
    static struct log_append request;

    memset(&request, 0, sizeof request);
    request.producer = (uint8_t)producer;
    request.epoch = epoch;
    request.n = n;
    if (event.size > 0) {
        SET_HAS(&request, log_append, events);
        request.n_events = 1;
        request.events[0].event = event;
        if (attachment.size > 0)
            PUT(&request.events[0], log_entry, attachment, attachment);
    }
    ask(f, &daemon_peer, LOG_APPEND, (uint32_t)n, &request);
}

static void append(struct fixture *f, enum producer producer, uint64_t epoch, uint64_t n, enum event_type type)
{
    uint8_t buffer[EVENT_BYTES_MAX];

    append_span(f, producer, epoch, n, make_event(type, false, buffer), span_of(NULL, 0));
}

static void read_from(struct fixture *f, const struct peer *peer, uint32_t ref, uint64_t from, uint64_t types, uint64_t wait_ms)
{
    struct log_read request = {.from = from};

    if (types != 0)
        PUT(&request, log_read, types, types);
    PUT(&request, log_read, wait_ms, wait_ms);
    ask(f, peer, LOG_READ, ref, &request);
}

static void assert_events(struct fixture *f, enum answer answer, uint64_t first, uint64_t n, uint64_t head, uint64_t next)
{
    static struct log_events events;

    last_reply(f, &record_log_events, &events);
    assert_int_equal(events.answer, answer);
    assert_int_equal(events.n_events, n);
    assert_int_equal(events.head, head);
    assert_int_equal(events.next, next);
    if (n > 0)
        assert_int_equal(events.events[0].sequence, first);
}

// ---------------------------------------------------------------- append

static void an_append_is_answered_only_after_its_commit(void **state)
{
    struct fixture *f = *state;
    uint64_t epoch = begin(f, PRODUCER_INTAKE);
    struct log_appended appended;

    forget(f);
    append(f, PRODUCER_INTAKE, epoch, 1, EVENT_REJECTED);
    append(f, PRODUCER_INTAKE, epoch, 2, EVENT_REJECTED);
    assert_int_equal(f->n_replies, 0);
    settle(f);
    assert_int_equal(f->n_replies, 2);
    last_reply(f, &record_log_appended, &appended);
    assert_int_equal(appended.ref, 2);
    assert_int_equal(appended.answer, ANSWER_OK);
    assert_int_equal(appended.first, 2);
    assert_int_equal(appended.admission, ADMISSION_OPEN);
    assert_string_equal(f->feed, "1:referral.rejected 2:referral.rejected ");
}

static void refusals_of_the_store_are_told(void **state)
{
    struct fixture *f = *state;
    uint64_t epoch = begin(f, PRODUCER_INTAKE);
    struct log_appended appended;

    append(f, PRODUCER_INTAKE, epoch, 3, EVENT_REJECTED);
    settle(f);
    last_reply(f, &record_log_appended, &appended);
    assert_int_equal(appended.answer, ANSWER_GAP);
    assert_int_equal(appended.n, 1);
    append(f, PRODUCER_INTAKE, epoch, 1, EVENT_REJECTED);
    settle(f);
    append(f, PRODUCER_INTAKE, epoch, 1, EVENT_REJECTED);
    settle(f);
    last_reply(f, &record_log_appended, &appended);
    assert_int_equal(appended.answer, ANSWER_OK);
    assert_int_equal(appended.first, 1);
    begin(f, PRODUCER_INTAKE);
    append(f, PRODUCER_INTAKE, epoch, 2, EVENT_REJECTED);
    settle(f);
    assert_int_equal(last_answer(f), ANSWER_STALE);
}

static void assert_refused(struct fixture *f, enum fault code, const char *path)
{
    struct plain_reply reply;
    struct faults faults = {0};

    assert_true(f->n_replies > 0);
    // the empty path, which stands for the whole message, may read as absent
    (void)!decode(&record_plain_reply, span_of(f->replies[f->n_replies - 1].bytes, f->replies[f->n_replies - 1].size), "", &reply, &faults);
    assert_int_equal(reply.answer, ANSWER_BAD_REQUEST);
    assert_true(reply.n_errors > 0);
    assert_int_equal(reply.errors[0].code, code);
    assert_true(span_is(reply.errors[0].path, path));
}

static void bad_appends_change_nothing(void **state)
{
    static const uint8_t no_map[] = {0x01}, twice[] = {0x82, 0xa2, 'i', 'd', 0x01, 0xa2, 'i', 'd', 0x01};
    static uint8_t long_event[EVENT_BYTES_MAX + 1];
    struct fixture *f = *state;
    uint64_t epoch = begin(f, PRODUCER_INTAKE);
    struct log_append ahead = {.producer = PRODUCER_INTAKE, .epoch = epoch, .n = 1, .decided_to = 1};

    append_span(f, PRODUCER_INTAKE, epoch, 1, span_of(no_map, sizeof no_map), span_of(NULL, 0));
    assert_refused(f, FAULT_MALFORMED, "/events/0/event");
    append_span(f, PRODUCER_INTAKE, epoch, 1, span_of(twice, sizeof twice), span_of(NULL, 0));
    assert_refused(f, FAULT_DUPLICATE_KEY, "/events/0/event/id");
    append_span(f, PRODUCER_INTAKE, epoch, 1, span_of(long_event, sizeof long_event), span_of(NULL, 0));
    assert_refused(f, FAULT_TOO_LONG, "/events/0/event");
    append(f, PRODUCER_INTAKE, epoch, 1, EVENT_RECEIVED); // the registry's
    assert_refused(f, FAULT_UNSUPPORTED_TYPE, "/events/0/event/type");
    ask(f, &daemon_peer, LOG_APPEND, 1, &ahead);
    assert_refused(f, FAULT_OUT_OF_RANGE, "/decided_to");
    settle(f);
    append(f, PRODUCER_INTAKE, epoch, 1, EVENT_REJECTED);
    settle(f);
    assert_int_equal(last_answer(f), ANSWER_OK);
}

static void what_is_no_request_is_refused(void **state)
{
    static const struct log_begin request = {.producer = PRODUCER_INTAKE};
    struct fixture *f = *state;

    give(f, &daemon_peer, span_text("\x01"));
    assert_refused(f, FAULT_MALFORMED, "");
    give(f, &daemon_peer, span_text("\x81\xa7request\xa5nosay"));
    assert_refused(f, FAULT_UNKNOWN_CODE, "/request");
    audit_take(f->audit, &daemon_peer, span_text("\x81\xa7request\xa4head"), true, f->now_ms);
    assert_refused(f, FAULT_EXTRA_FRAMES, "");
    ask(f, &operator_peer, LOG_BEGIN, 1, &request); // operators only read
    assert_refused(f, FAULT_UNKNOWN_CODE, "/request");
}

// Appends until the answer is not ok; says how many were.
static uint64_t fill(struct fixture *f, uint64_t epoch, uint64_t *n, bool urgent, enum answer *answer)
{
    static uint8_t attachment[ATTACHMENT_BYTES_MAX];
    uint8_t buffer[EVENT_BYTES_MAX];
    uint64_t count = 0;

    for (;; count++, ++*n) {
        forget(f);
        append_span(f, PRODUCER_REGISTRY, epoch, *n, make_event(EVENT_RECEIVED, urgent, buffer), span_of(attachment, sizeof attachment));
        settle(f);
        *answer = last_answer(f);
        if (*answer != ANSWER_OK)
            return count;
    }
}

static void a_full_log_lets_in_urgent_ones_longer_and_its_own_for_ever(void **state)
{
    struct fixture *f = *state;
    uint64_t registry, allocation, n = 1;
    struct log_appended appended;
    enum answer answer;

    audit_close(&f->audit);
    unit_remove(f->directory);
    open_audit(f, 8 << 20);
    registry = begin(f, PRODUCER_REGISTRY);
    allocation = begin(f, PRODUCER_ALLOCATION);
    assert_true(fill(f, registry, &n, false, &answer) > 80);
    assert_int_equal(answer, ANSWER_FULL);
    last_reply(f, &record_log_appended, &appended);
    assert_int_equal(appended.admission, ADMISSION_URGENT_ONLY);
    assert_true(appended.retry_after_ms > 0);
    assert_true(fill(f, registry, &n, true, &answer) > 5);
    assert_int_equal(answer, ANSWER_FULL);
    last_reply(f, &record_log_appended, &appended);
    assert_int_equal(appended.admission, ADMISSION_CLOSED);
    append(f, PRODUCER_ALLOCATION, allocation, 1, EVENT_CLOSED);
    settle(f);
    assert_int_equal(last_answer(f), ANSWER_OK);
}

// Gives the admission that the log tells whoever asks.
static enum admission told_admission(struct fixture *f)
{
    struct log_head head;

    ask(f, &daemon_peer, LOG_HEAD, 9, NULL);
    settle(f);
    last_reply(f, &record_log_head, &head);
    return (enum admission)head.admission;
}

static void ordinary_ones_wait_while_routing_is_behind(void **state)
{
    struct fixture *f = *state;
    uint64_t intake = begin(f, PRODUCER_INTAKE), triage = begin(f, PRODUCER_TRIAGE);
    struct log_append read_on = {.producer = PRODUCER_TRIAGE, .epoch = triage, .n = 1};

    for (uint64_t n = 1; n <= LAG_MAX + 1; n++) {
        if (n == LAG_MAX + 1)
            assert_int_equal(told_admission(f), ADMISSION_OPEN);
        append(f, PRODUCER_INTAKE, intake, n, EVENT_REJECTED);
        if (n % 64 == 0 || n > LAG_MAX) {
            settle(f);
            forget(f);
        }
    }
    assert_int_equal(told_admission(f), ADMISSION_SLOW);
    read_on.decided_to = 1;
    ask(f, &daemon_peer, LOG_APPEND, 8, &read_on);
    settle(f);
    assert_int_equal(told_admission(f), ADMISSION_OPEN);
}

// ---------------------------------------------------------------- read

static void a_read_waits_for_its_types(void **state)
{
    struct fixture *f = *state;
    uint64_t intake = begin(f, PRODUCER_INTAKE), allocation = begin(f, PRODUCER_ALLOCATION);

    forget(f);
    read_from(f, &daemon_peer, 5, 1, EVENT_BIT(CLOSED), 500);
    settle(f);
    assert_int_equal(f->n_replies, 0);
    append(f, PRODUCER_INTAKE, intake, 1, EVENT_REJECTED);
    settle(f);
    assert_int_equal(f->n_replies, 1); // the append's only
    append(f, PRODUCER_ALLOCATION, allocation, 1, EVENT_CLOSED);
    settle(f);
    assert_int_equal(f->n_replies, 3);
    assert_events(f, ANSWER_OK, 2, 1, 2, 3);
    f->now_ms += 1000;
    settle(f);
    assert_int_equal(f->n_replies, 3); // answered once
}

static void read_ahead(struct fixture *f, const struct peer *peer, uint64_t from, uint64_t run)
{
    struct log_read request = {.from = from};

    PUT(&request, log_read, tentative, true);
    PUT(&request, log_read, wait_ms, 500);
    if (run != 0)
        PUT(&request, log_read, run, run);
    ask(f, peer, LOG_READ, 9, &request);
}

// The reader has the event before who appended it hears that it is durable; `head` tells that it is not yet.
static void a_tentative_read_does_not_wait_for_the_commit(void **state)
{
    struct fixture *f = *state;
    uint64_t intake = begin(f, PRODUCER_INTAKE);
    static struct log_events events;
    struct faults faults = {0};

    forget(f);
    read_ahead(f, &daemon_peer, 1, 0);
    append(f, PRODUCER_INTAKE, intake, 1, EVENT_REJECTED);
    settle(f);
    assert_int_equal(f->n_replies, 1);
    assert_true(decode_message(&record_log_events, span_of(f->replies[0].bytes, f->replies[0].size), &events, &faults));
    assert_int_equal(events.ref, 9);
    assert_int_equal(events.n_events, 1);
    assert_int_equal(events.head, 0);
    assert_int_equal(events.next, 2);
    assert_true(HAS(&events, log_events, run));
    read_ahead(f, &daemon_peer, 2, events.run); // what it knows is of this run
    settle(f);
    assert_int_equal(f->n_replies, 2);
    append(f, PRODUCER_INTAKE, intake, 2, EVENT_REJECTED);
    settle(f);
    read_ahead(f, &daemon_peer, 3, events.run);
    settle(f);
    assert_int_equal(f->n_replies, 4);
}

static uint64_t run_of(struct fixture *f)
{
    static struct log_events events;

    last_reply(f, &record_log_events, &events);
    assert_true(HAS(&events, log_events, run));
    return events.run;
}

// What is said of an event while it is not durable yet becomes so in the same commit: the head goes from before both to behind both.
static void a_commit_takes_along_what_is_said_of_it(void **state)
{
    struct fixture *f = *state;
    uint64_t intake = begin(f, PRODUCER_INTAKE), allocation = begin(f, PRODUCER_ALLOCATION), run;
    static struct log_events events;

    forget(f);
    read_ahead(f, &daemon_peer, 1, 0);
    append(f, PRODUCER_INTAKE, intake, 1, EVENT_REJECTED);
    settle(f);
    run = run_of(f);
    append(f, PRODUCER_ALLOCATION, allocation, 1, EVENT_CLOSED);
    settle(f);
    assert_int_equal(f->n_replies, 1);   // neither append is answered
    read_ahead(f, &daemon_peer, 2, run); // it has more to read: the other's event, which is not durable either
    settle(f);
    assert_int_equal(f->n_replies, 2);
    last_reply(f, &record_log_events, &events);
    assert_int_equal(events.head, 0);
    read_ahead(f, &daemon_peer, 3, run); // now it has said all
    settle(f);
    assert_int_equal(f->n_replies, 4);
    assert_int_equal(log_store_head(f->audit->log), 2);
}

// How far the log's room was written; 0: this file system does not tell, or is not written to ahead.
static uint64_t prepared_to(const struct fixture *f)
{
    char path[96];
    struct statfs at;
    off_t hole;
    int file;

    snprintf(path, sizeof path, "%s/data.mdb", f->directory);
    file = open(path, O_RDONLY);
    assert_true(file >= 0);
    hole = lseek(file, (off_t)log_store_usage(f->audit->log).map_used, SEEK_HOLE);
    assert_int_equal(fstatfs(file, &at), 0);
    close(file);
    return at.f_type == EXT4_SUPER_MAGIC ? (uint64_t)hole : 0;
}

// A flush that takes long holds up who comes meanwhile.
static void a_slow_disk_is_seldom_prepared(void **state)
{
    struct fixture *f = *state;
    uint64_t before, first;

    begin(f, PRODUCER_INTAKE);
    before = prepared_to(f);
    if (before == 0)
        skip();
    assert_int_equal(audit_idle_ms(f->audit, f->now_ms), 1);
    assert_int_equal(audit_prepare(f->audit, f->now_ms), ERR_NONE);
    first = prepared_to(f);
    assert_true(first > before);
    audit_rest(f->audit, f->now_ms, f->now_ms + 100);
    f->now_ms += 100;
    assert_int_equal(audit_idle_ms(f->audit, f->now_ms), 100 * RESTS);
    f->now_ms += 100 * RESTS - 1;
    assert_int_equal(audit_prepare(f->audit, f->now_ms), ERR_NONE);
    audit_rest(f->audit, f->now_ms, f->now_ms);
    assert_int_equal(prepared_to(f), first);
    assert_int_equal(audit_idle_ms(f->audit, f->now_ms), 1);
    f->now_ms++;
    f->audit->scanning = true; // who waits for a long search goes first
    assert_int_equal(audit_prepare(f->audit, f->now_ms), ERR_NONE);
    assert_int_equal(prepared_to(f), first);
    f->audit->scanning = false;
    assert_int_equal(audit_prepare(f->audit, f->now_ms), ERR_NONE);
    assert_true(prepared_to(f) > first);
}

static void a_commit_waits_for_nobody_who_is_slow(void **state)
{
    struct fixture *f = *state;
    uint64_t intake = begin(f, PRODUCER_INTAKE);

    forget(f);
    read_ahead(f, &daemon_peer, 1, 0);
    append(f, PRODUCER_INTAKE, intake, 1, EVENT_REJECTED);
    settle(f);
    assert_int_equal(f->n_replies, 1);
    assert_int_equal(prepared_idle_ms(f), 1);
    f->now_ms += PATIENCE_MS;
    settle(f);
    assert_int_equal(f->n_replies, 2);
    append(f, PRODUCER_INTAKE, intake, 2, EVENT_REJECTED); // and not again, before it has asked
    settle(f);
    assert_int_equal(f->n_replies, 3);
}

static void a_commit_of_much_waits_for_nobody(void **state)
{
    struct fixture *f = *state;
    uint64_t intake = begin(f, PRODUCER_INTAKE), n = 1;

    forget(f);
    read_ahead(f, &daemon_peer, 1, 0);
    append(f, PRODUCER_INTAKE, intake, n++, EVENT_REJECTED);
    settle(f);
    assert_int_equal(f->n_replies, 1);
    while (log_store_gathered(f->audit->log) < PATIENCE_BYTES)
        append(f, PRODUCER_INTAKE, intake, n++, EVENT_REJECTED);
    settle(f);
    assert_int_equal(f->n_replies, n);
}

static void tentative_events_are_not_for_operators(void **state)
{
    struct fixture *f = *state;

    read_ahead(f, &operator_peer, 1, 0);
    assert_int_equal(last_answer(f), ANSWER_NOT_ALLOWED);
}

// A log that ended after it had told them, and before they were durable, may give their places to others.
static void who_knows_tentative_events_of_another_run_is_stale(void **state)
{
    struct fixture *f = *state;
    uint64_t epoch = begin(f, PRODUCER_ALLOCATION);
    static struct log_append request;

    read_ahead(f, &daemon_peer, 5, 4711);
    assert_int_equal(last_answer(f), ANSWER_STALE);
    request = (struct log_append){.producer = PRODUCER_ALLOCATION, .epoch = epoch, .n = 1};
    PUT(&request, log_append, run, 4711);
    ask(f, &daemon_peer, LOG_APPEND, 1, &request);
    assert_int_equal(last_answer(f), ANSWER_STALE);
    settle(f);
}

static void a_read_ends_empty_after_its_time(void **state)
{
    struct fixture *f = *state;
    uint64_t intake = begin(f, PRODUCER_INTAKE);

    append(f, PRODUCER_INTAKE, intake, 1, EVENT_REJECTED);
    settle(f);
    forget(f);
    read_from(f, &operator_peer, 5, 1, EVENT_BIT(CLOSED), 500);
    settle(f);
    f->now_ms += 499;
    settle(f);
    assert_int_equal(f->n_replies, 0);
    assert_int_equal(prepared_idle_ms(f), 1);
    f->now_ms += 1;
    settle(f);
    assert_int_equal(f->n_replies, 1);
    assert_int_equal(f->replies[0].peer.service, AUDIT_OPERATORS);
    assert_events(f, ANSWER_EMPTY, 0, 0, 1, 2); // read on behind what was passed over
    read_from(f, &operator_peer, 6, 2, 0, 0);
    settle(f);
    assert_events(f, ANSWER_EMPTY, 0, 0, 1, 2);
}

static void a_read_keeps_to_its_bounds(void **state)
{
    struct fixture *f = *state;
    uint64_t intake = begin(f, PRODUCER_INTAKE);
    struct log_read request = {.from = 2};

    for (uint64_t n = 1; n <= 6; n++)
        append(f, PRODUCER_INTAKE, intake, n, EVENT_REJECTED);
    settle(f);
    PUT(&request, log_read, max_events, 2);
    ask(f, &daemon_peer, LOG_READ, 1, &request);
    settle(f);
    assert_events(f, ANSWER_OK, 2, 2, 6, 4);
    PUT(&request, log_read, max_bytes, 1);
    ask(f, &daemon_peer, LOG_READ, 1, &request);
    settle(f);
    assert_events(f, ANSWER_OK, 2, 1, 6, 3); // one at least
    request = (struct log_read){.from = 5};
    ask(f, &daemon_peer, LOG_READ, 1, &request);
    settle(f);
    assert_events(f, ANSWER_OK, 5, 2, 6, 7);
}

// Far more is passed over than one round looks at: the read goes on in the next ones, others have their turn between.
static void a_long_search_takes_several_rounds(void **state)
{
    struct fixture *f = *state;
    uint64_t intake = begin(f, PRODUCER_INTAKE), allocation = begin(f, PRODUCER_ALLOCATION), n;
    struct log_events *events = calloc(1, sizeof *events);

    assert_non_null(events);
    for (n = 1; n <= 5000; n++) {
        append(f, PRODUCER_INTAKE, intake, n, EVENT_REJECTED);
        if (n % 50 != 0)
            continue;
        settle(f);
        forget(f);
    }
    append(f, PRODUCER_ALLOCATION, allocation, 1, EVENT_CLOSED);
    settle(f);
    forget(f);
    read_from(f, &daemon_peer, 1, 1, EVENT_BIT(CLOSED), 0); // no time to wait: told where to go on
    settle(f);
    last_reply(f, &record_log_events, events);
    assert_int_equal(events->answer, ANSWER_EMPTY);
    assert_in_range(events->next, 2, 5000);
    forget(f);
    read_from(f, &daemon_peer, 1, 1, EVENT_BIT(CLOSED), 500);
    settle(f);
    assert_int_equal(f->n_replies, 0);
    assert_int_equal(audit_idle_ms(f->audit, f->now_ms), 0);
    settle(f);
    assert_events(f, ANSWER_OK, 5001, 1, 5001, 5002);
    free(events);
}

static void the_newest_read_of_a_ref_wins(void **state)
{
    struct fixture *f = *state;
    uint64_t intake = begin(f, PRODUCER_INTAKE);

    forget(f);
    read_from(f, &daemon_peer, 5, 1, 0, 500);
    read_from(f, &daemon_peer, 5, 1, 0, 500);
    settle(f);
    append(f, PRODUCER_INTAKE, intake, 1, EVENT_REJECTED);
    settle(f);
    assert_int_equal(f->n_replies, 2); // the append's and one read's
}

// Who asks again and again has forgotten what it asked first: it is never refused, and others are not touched by it.
static void of_too_many_reads_of_one_peer_the_oldest_is_forgotten(void **state)
{
    struct fixture *f = *state;
    uint64_t intake = begin(f, PRODUCER_INTAKE);

    forget(f);
    read_from(f, &daemon_peer, 1, 1, 0, 500);
    for (uint32_t ref = 0; ref <= PARKED_OF_PEER; ref++)
        read_from(f, &operator_peer, ref, 1, 0, 500 + ref);
    assert_int_equal(f->n_replies, 0);
    append(f, PRODUCER_INTAKE, intake, 1, EVENT_REJECTED);
    settle(f);
    assert_int_equal(f->n_replies, 1 + 1 + PARKED_OF_PEER); // the append's, the daemon's, and all but one of the operator's
}

// ---------------------------------------------------------------- attachments, head, root, status

static void attachments_are_for_the_hub_only_and_can_be_dropped(void **state)
{
    struct fixture *f = *state;
    uint64_t registry = begin(f, PRODUCER_REGISTRY);
    uint8_t buffer[EVENT_BYTES_MAX];
    struct log_at at = {.sequence = 1};
    struct log_read read = {.from = 1};
    struct log_drop drop = {.producer = PRODUCER_REGISTRY, .epoch = registry, .n_sequences = 1, .sequences = {{.sequence = 1}}};
    static struct log_events events;
    struct log_attachment reply;

    append_span(f, PRODUCER_REGISTRY, registry, 1, make_event(EVENT_RECEIVED, false, buffer), span_text("sealed"));
    ask(f, &daemon_peer, LOG_ATTACHMENT, 1, &at);
    settle(f);
    last_reply(f, &record_log_attachment, &reply);
    assert_int_equal(reply.answer, ANSWER_OK);
    assert_true(span_is(reply.attachment, "sealed"));
    PUT(&read, log_read, attachments, true);
    ask(f, &operator_peer, LOG_READ, 1, &read);
    assert_int_equal(last_answer(f), ANSWER_NOT_ALLOWED);
    ask(f, &daemon_peer, LOG_READ, 1, &read);
    settle(f);
    last_reply(f, &record_log_events, &events);
    assert_true(span_is(events.events[0].attachment, "sealed"));

    drop.epoch++;
    ask(f, &daemon_peer, LOG_DROP, 1, &drop);
    assert_int_equal(last_answer(f), ANSWER_STALE);
    drop.epoch--;
    drop.producer = PRODUCER_TRIAGE;
    ask(f, &daemon_peer, LOG_DROP, 1, &drop);
    assert_int_equal(last_answer(f), ANSWER_NOT_ALLOWED);
    drop.producer = PRODUCER_REGISTRY;
    ask(f, &daemon_peer, LOG_DROP, 1, &drop);
    settle(f);
    assert_int_equal(last_answer(f), ANSWER_OK);
    ask(f, &daemon_peer, LOG_ATTACHMENT, 1, &at);
    settle(f);
    assert_int_equal(last_answer(f), ANSWER_NOT_FOUND);
    ask(f, &daemon_peer, LOG_READ, 1, &read);
    settle(f);
    last_reply(f, &record_log_events, &events);
    assert_int_equal(events.n_events, 1);
    assert_false(HAS(&events.events[0], log_event, attachment));
}

static enum answer attachment_for_operators(struct fixture *f, uint64_t sequence, struct log_attachment *reply)
{
    struct log_at at = {.sequence = sequence};

    ask(f, &operator_peer, LOG_ATTACHMENT, 1, &at);
    settle(f);
    last_reply(f, &record_log_attachment, reply);
    return (enum answer)reply->answer;
}

static void of_attachments_operators_get_adopted_policies_alone(void **state)
{
    struct fixture *f = *state;
    uint64_t registry = begin(f, PRODUCER_REGISTRY);
    uint64_t triage = begin(f, PRODUCER_TRIAGE);
    uint8_t buffer[EVENT_BYTES_MAX];
    struct log_attachment reply;

    append_span(f, PRODUCER_REGISTRY, registry, 1, make_event(EVENT_RECEIVED, false, buffer), span_text("sealed"));
    append_span(f, PRODUCER_TRIAGE, triage, 1, make_event(EVENT_POLICY_ADOPTED, false, buffer), span_text("rows"));
    append_span(f, PRODUCER_REGISTRY, registry, 2, make_event(EVENT_RECEIVED, false, buffer), span_text("sealed"));
    assert_int_equal(attachment_for_operators(f, 2, &reply), ANSWER_OK);
    assert_true(span_is(reply.attachment, "rows"));
    for (uint64_t sequence = 1; sequence <= 4; sequence++) {
        if (sequence == 2)
            continue;
        assert_int_equal(attachment_for_operators(f, sequence, &reply), ANSWER_NOT_ALLOWED); // 4 is not there, and that is not told either
        assert_false(HAS(&reply, log_attachment, attachment));
    }
}

static void the_text_of_a_policy_may_be_larger_than_what_is_sealed(void **state)
{
    static uint8_t bytes[POLICY_BYTES_MAX + 1];
    static struct log_events events;
    struct fixture *f = *state;
    uint64_t registry = begin(f, PRODUCER_REGISTRY);
    uint64_t triage = begin(f, PRODUCER_TRIAGE);
    uint8_t buffer[EVENT_BYTES_MAX];
    struct log_read read = {.from = 1};
    struct log_attachment reply;

    append_span(f, PRODUCER_REGISTRY, registry, 1, make_event(EVENT_RECEIVED, false, buffer), span_of(bytes, ATTACHMENT_BYTES_MAX + 1));
    assert_refused(f, FAULT_TOO_LONG, "/events/0/attachment");
    append_span(f, PRODUCER_TRIAGE, triage, 1, make_event(EVENT_POLICY_ADOPTED, false, buffer), span_of(bytes, POLICY_BYTES_MAX + 1));
    assert_refused(f, FAULT_TOO_LONG, "/events/0/attachment");
    append_span(f, PRODUCER_REGISTRY, registry, 1, make_event(EVENT_RECEIVED, false, buffer), span_of(bytes, ATTACHMENT_BYTES_MAX));
    append_span(f, PRODUCER_TRIAGE, triage, 1, make_event(EVENT_POLICY_ADOPTED, false, buffer), span_of(bytes, POLICY_BYTES_MAX));
    append_span(f, PRODUCER_TRIAGE, triage, 2, make_event(EVENT_POLICY_ADOPTED, false, buffer), span_of(bytes, POLICY_BYTES_MAX));
    settle(f);
    assert_int_equal(attachment_for_operators(f, 2, &reply), ANSWER_OK);
    assert_int_equal(reply.attachment.size, POLICY_BYTES_MAX);
    PUT(&read, log_read, attachments, true);
    PUT(&read, log_read, max_bytes, 1);
    for (; read.from <= 3; read.from++) { // each fits into a reply, whatever was asked for
        ask(f, &daemon_peer, LOG_READ, 1, &read);
        settle(f);
        last_reply(f, &record_log_events, &events);
        assert_int_equal(events.n_events, 1);
        assert_int_equal(events.events[0].attachment.size, read.from == 1 ? ATTACHMENT_BYTES_MAX : POLICY_BYTES_MAX);
    }
}

static void head_root_and_status_are_told(void **state)
{
    struct fixture *f = *state;
    uint64_t intake = begin(f, PRODUCER_INTAKE);
    const struct peer control = {.service = AUDIT_CONTROL, .id_size = 1, .id = {9}};
    struct daemon_status status;
    struct log_head head;

    ask(f, &operator_peer, LOG_ROOT, 1, NULL);
    settle(f);
    last_reply(f, &record_log_head, &head);
    assert_hex(head.root.at, head.root.size, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    append(f, PRODUCER_INTAKE, intake, 1, EVENT_REJECTED);
    ask(f, &daemon_peer, LOG_HEAD, 1, NULL);
    settle(f);
    last_reply(f, &record_log_head, &head);
    assert_int_equal(head.head, 1);
    assert_false(HAS(&head, log_head, root));
    assert_true(head.map_size == MAP_SIZE && head.map_used > 0 && head.map_used < MAP_SIZE);
    give(f, &control, span_text("\x81\xa7request\xa6status"));
    last_reply(f, &record_daemon_status, &status);
    assert_int_equal(status.producer, PRODUCER_AUDIT);
    assert_int_equal(status.head, 1);
    assert_true(status.ready);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_append_is_answered_only_after_its_commit),
        TEST(refusals_of_the_store_are_told),
        TEST(bad_appends_change_nothing),
        TEST(what_is_no_request_is_refused),
        TEST(a_full_log_lets_in_urgent_ones_longer_and_its_own_for_ever),
        TEST(ordinary_ones_wait_while_routing_is_behind),
        TEST(a_read_waits_for_its_types),
        TEST(a_tentative_read_does_not_wait_for_the_commit),
        TEST(a_commit_takes_along_what_is_said_of_it),
        TEST(a_commit_waits_for_nobody_who_is_slow),
        TEST(a_slow_disk_is_seldom_prepared),
        TEST(a_commit_of_much_waits_for_nobody),
        TEST(tentative_events_are_not_for_operators),
        TEST(who_knows_tentative_events_of_another_run_is_stale),
        TEST(a_read_ends_empty_after_its_time),
        TEST(a_read_keeps_to_its_bounds),
        TEST(a_long_search_takes_several_rounds),
        TEST(the_newest_read_of_a_ref_wins),
        TEST(of_too_many_reads_of_one_peer_the_oldest_is_forgotten),
        TEST(attachments_are_for_the_hub_only_and_can_be_dropped),
        TEST(the_text_of_a_policy_may_be_larger_than_what_is_sealed),
        TEST(of_attachments_operators_get_adopted_policies_alone),
        TEST(head_root_and_status_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
