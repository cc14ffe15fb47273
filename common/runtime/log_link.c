// SPDX-License-Identifier: MIT
// A daemon's connection to the log: begin, pipelined appends that are sent again until answered, parked reads.
// Used by the loop. Never decides; a stale or refused append ends the process.
#include "common/runtime/report.h"
#include "common/runtime/runtime.h"
#include "common/wire/encode.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum err log_link_open(struct runtime *runtime)
{
    char endpoint[512];
    enum err err;

    snprintf(endpoint, sizeof endpoint, "ipc://%s/run/audit.ipc", runtime->state_dir);
    runtime->events = malloc(sizeof *runtime->events);
    if (runtime->events == NULL)
        return ERR_NO_MEMORY;
    err = socket_dealer(endpoint, LOG_MESSAGE_MAX, SOCKET_QUEUE_LINK, &runtime->appends);
    err = err == ERR_NONE ? socket_dealer(endpoint, LOG_MESSAGE_MAX, SOCKET_QUEUE_LINK, &runtime->reads) : err;
    return err == ERR_NONE ? socket_dealer(endpoint, LOG_MESSAGE_MAX, SOCKET_QUEUE_LINK, &runtime->questions) : err;
}

// Waits for one message on a connection, RETRY_MS at most, or shortly when nothing could be sent; false when none came.
static bool wait_for(struct runtime *runtime, struct socket *socket, bool sent, struct message *message)
{
    if (socket_wait(&socket, 1, runtime->signals, (sent ? RETRY_MS : CONNECT_MS) * 1000))
        runtime->stopping = true;
    return socket_receive(socket, message);
}

static bool send_request(struct socket *socket, enum log_request request, uint32_t ref, const void *record)
{
    uint8_t buffer[REQUEST_BYTES_MAX];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);

    encode_request(&service_log[request], ref, record, &writer);
    assert(!writer.overflow);
    return socket_send(socket, wire_written(&writer));
}

static void learn(struct runtime *runtime, uint8_t admission, uint64_t head)
{
    if (admission != ADMISSION_NONE)
        runtime->admission = (enum admission)admission;
    if (head > runtime->head)
        runtime->head = head;
}

// Said by the run of the log whose tentative events this daemon knows. The answer to an append that was decided before it knew them may
// come from the next run, where their places are others': its `last` says nothing of them.
static void learn_durable(struct runtime *runtime, uint64_t sequence)
{
    if (sequence > runtime->durable_to)
        runtime->durable_to = sequence;
}

enum err log_begin(struct runtime *runtime)
{
    struct log_begin begin = {.producer = (uint8_t)runtime->daemon->producer};
    struct message message = {0};
    struct log_begun begun;
    struct faults faults = {0};
    int64_t told_ms = runtime_now(runtime).boot_ms;
    bool sent;

    begun.ref = 0;
    do { // the answer to an earlier try would name an epoch that a later try has made stale
        if (runtime->stopping)
            return ERR_AGAIN;
        if (runtime_now(runtime).boot_ms - told_ms > WAITING_SAID_MS) {
            report("waiting-for-log", "audit does not answer yet; trying on");
            told_ms = runtime_now(runtime).boot_ms;
        }
        sent = send_request(runtime->appends, LOG_BEGIN, ++runtime->next_ref, &begin);
        while (begun.ref != runtime->next_ref && wait_for(runtime, runtime->appends, sent, &message))
            if (!decode_message(&record_log_begun, message_body(&message), &begun, &faults) || begun.answer != ANSWER_OK) {
                message_free(&message);
                return ERR_BAD_INPUT;
            }
    } while (begun.ref != runtime->next_ref);
    runtime->epoch = begun.epoch;
    runtime->next_n = begun.n + 1;
    runtime->durable_n = begun.n;
    runtime->decided_to = runtime->told_decided_to = begun.decided_to;
    learn(runtime, begun.admission, begun.head);
    learn_durable(runtime, begun.head);
    message_free(&message);
    return ERR_NONE;
}

// ---------------------------------------------------------------- reading

static void send_read(struct runtime *runtime, uint64_t from, uint64_t types, bool attachments, bool ahead, uint32_t wait_ms)
{
    struct log_read read = {.from = from};

    if (types != 0)
        PUT(&read, log_read, types, types);
    PUT(&read, log_read, max_events, READ_EVENTS_MAX);
    PUT(&read, log_read, max_bytes, READ_BYTES_MAX);
    PUT(&read, log_read, wait_ms, wait_ms);
    if (attachments)
        PUT(&read, log_read, attachments, true);
    if (ahead)
        PUT(&read, log_read, tentative, true);
    if (from - 1 > runtime->durable_to && runtime->run != 0)
        PUT(&read, log_read, run, runtime->run);
    runtime->read_ref = ++runtime->next_ref;
    runtime->read_boot_ms = send_request(runtime->reads, LOG_READ, runtime->read_ref, &read) ? runtime_now(runtime).boot_ms : 0;
}

// Decodes a reply to the latest read into runtime->events; false when it is another one's.
static bool decode_read(struct runtime *runtime)
{
    struct faults faults = {0};

    if (!decode(&record_log_events, message_body(&runtime->input), "", runtime->events, &faults))
        runtime_give_up(runtime, "log-reply-bad", faults.at[0].path);
    if (runtime->events->ref != runtime->read_ref)
        return false;
    if (runtime->events->answer == ANSWER_BUSY)
        return false; // log_retry asks again
    if (runtime->events->answer == ANSWER_STALE)
        runtime_give_up(runtime, "log-began-again", "the log ended before events were durable that this daemon has seen");
    if (runtime->events->answer != ANSWER_OK && runtime->events->answer != ANSWER_EMPTY)
        runtime_give_up(runtime, "log-read-refused", code_text(LIST_ANSWER, runtime->events->answer));
    learn(runtime, runtime->events->admission, runtime->events->head);
    learn_durable(runtime, runtime->events->head);
    if (HAS(runtime->events, log_events, run))
        runtime->run = runtime->events->run;
    runtime->next_input = runtime->n_inputs = 0;
    return true;
}

bool log_read_now(struct runtime *runtime, uint64_t from, uint64_t types, bool attachments)
{
    while (!runtime->stopping) {
        send_read(runtime, from, types, attachments, false, 0);
        while (wait_for(runtime, runtime->reads, runtime->read_boot_ms > 0, &runtime->input))
            if (decode_read(runtime)) {
                runtime->read_boot_ms = 0;
                return true;
            }
    }
    return false;
}

// A daemon that reads nothing still asks once a second what the log has room for.
static void ask_head(struct runtime *runtime)
{
    if (runtime_now(runtime).boot_ms - runtime->asked_boot_ms < READ_WAIT_MS)
        return;
    runtime->asked_boot_ms = runtime_now(runtime).boot_ms;
    send_request(runtime->reads, LOG_HEAD, ++runtime->next_ref, NULL);
}

static void take_heads(struct runtime *runtime)
{
    struct message message = {0};
    struct log_head head;

    while (socket_receive(runtime->reads, &message)) {
        struct faults faults = {0};

        if (decode(&record_log_head, message_body(&message), "", &head, &faults))
            learn(runtime, head.admission, head.head);
    }
    message_free(&message);
}

void log_send_read(struct runtime *runtime, uint32_t wait_ms)
{
    if (runtime->daemon->inputs == 0)
        ask_head(runtime);
    else
        send_read(runtime, runtime->reading_from, runtime->daemon->inputs, false, runtime->daemon->ahead, wait_ms);
}

void log_take_read(struct runtime *runtime)
{
    if (runtime->daemon->inputs == 0)
        take_heads(runtime);
    while (!runtime->input.held && socket_receive(runtime->reads, &runtime->input)) {
        if (!decode_read(runtime)) {
            message_free(&runtime->input);
            continue;
        }
        runtime->reading_from = runtime->events->next;
        runtime->read_boot_ms = 0;
    }
}

// ---------------------------------------------------------------- appending

// What stands before the events: {request, ref, producer, epoch, n, decided_to, run, events: [...
static struct span encode_append_head(struct runtime *runtime, const struct append *append, struct wire_writer *writer)
{
    bool tentative = runtime->decided_to > runtime->durable_to && runtime->run != 0;

    wire_put_map(writer, tentative ? 8 : 7);
    wire_put_text(writer, span_text("request"));
    wire_put_text(writer, span_text(service_log[LOG_APPEND].name));
    wire_put_text(writer, span_text("ref"));
    wire_put_uint(writer, append->ref);
    wire_put_text(writer, span_text("producer"));
    wire_put_text(writer, span_text(code_text(LIST_PRODUCER, runtime->daemon->producer)));
    wire_put_text(writer, span_text("epoch"));
    wire_put_uint(writer, runtime->epoch);
    wire_put_text(writer, span_text("n"));
    wire_put_uint(writer, append->first_n);
    wire_put_text(writer, span_text("decided_to"));
    wire_put_uint(writer, runtime->decided_to);
    if (tentative) {
        wire_put_text(writer, span_text("run"));
        wire_put_uint(writer, runtime->run);
    }
    wire_put_text(writer, span_text("events"));
    wire_put_array(writer, append->n_events);
    return wire_written(writer);
}

// False: the log is away.
static bool send_copy(struct runtime *runtime, struct append *append)
{
    zmq_msg_t copy;

    zmq_msg_init(&copy);
    zmq_msg_copy(&copy, &append->message);
    if (socket_send_message(runtime->appends, &copy))
        return true;
    zmq_msg_close(&copy); // sent again by log_retry
    return false;
}

void log_send_batch(struct runtime *runtime, bool tell)
{
    struct effects *effects = &runtime->effects;
    struct append *append;
    uint8_t buffer[256];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
    struct span head;

    if (runtime->n_in_flight == APPENDS_MAX)
        return;
    if (effects->batch_events == 0 && !tell && runtime->decided_to < runtime->told_decided_to + TELL_EVENTS)
        return;
    append = &runtime->in_flight[runtime->n_in_flight];
    append->ref = ++runtime->next_ref;
    append->first_n = effects->batch_events > 0 ? effects->batch_first_n : runtime->next_n;
    append->n_events = effects->batch_events;
    append->decided_to = runtime->decided_to;
    append->last_n = append->first_n + append->n_events - 1;
    head = encode_append_head(runtime, append, &writer);
    if (zmq_msg_init_size(&append->message, head.size + effects->batch_used) != 0)
        runtime_give_up(runtime, "no-memory", "append");
    memcpy(zmq_msg_data(&append->message), head.at, head.size);
    memcpy((uint8_t *)zmq_msg_data(&append->message) + head.size, effects->batch, effects->batch_used);
    if (append->n_events > 0)
        digest_sha256(&(struct span){effects->event, effects->event_size}, 1, append->last_digest);
    runtime->told_decided_to = runtime->decided_to;
    if (runtime->n_in_flight++ == 0)
        runtime->sent_boot_ms = runtime_now(runtime).boot_ms;
    effects->batch_events = 0;
    effects->batch_used = 0;
    if (!send_copy(runtime, append))
        runtime->retry_ms = TICK_MS;
}

static void settle_held(struct runtime *runtime, const struct append *append, uint64_t last_sequence)
{
    struct projection_marks *marks = &runtime->held.marks;

    if (!runtime->held.is || append->last_n > runtime->held.n)
        return;
    if (last_sequence > marks->taken_to)
        marks->taken_to = last_sequence;
    witness_take_own(&marks->witness, append, last_sequence);
}

static void settle(struct runtime *runtime, const struct append *append, const struct log_appended *appended)
{
    uint64_t slot = runtime->n_recent % RECENT_MAX;

    if (append->n_events == 0)
        return;
    runtime->recent[slot].first_n = append->first_n;
    runtime->recent[slot].n_events = append->n_events;
    runtime->recent[slot].first_sequence = appended->first;
    runtime->n_recent++;
    runtime->durable_n = append->last_n;
    runtime->own_last_sequence = appended->last;
    witness_take_own(&runtime->witness, append, appended->last);
    settle_held(runtime, append, appended->last);
    if (runtime->daemon->settled != NULL)
        runtime->daemon->settled(runtime->daemon->state, append->first_n, appended->first, append->n_events);
}

static void send_again(struct runtime *runtime)
{
    bool sent = true;

    for (unsigned i = 0; i < runtime->n_in_flight && sent; i++)
        sent = send_copy(runtime, &runtime->in_flight[i]);
    runtime->sent_boot_ms = runtime_now(runtime).boot_ms;
    if (!sent)
        runtime->retry_ms = TICK_MS; // the log is away: it is to be found as soon as it is back
    else if (runtime->retry_ms < RETRY_MAX_MS)
        runtime->retry_ms = runtime->retry_ms < RETRY_MS ? RETRY_MS : 2 * runtime->retry_ms; // one that is only slow is not made slower
}

static void take_answer(struct runtime *runtime, const struct log_appended *appended)
{
    if (runtime->n_in_flight == 0 || appended->ref != runtime->in_flight[0].ref)
        return; // answered already, before it was sent again; or the answer to a later one will be asked for again
    switch (appended->answer) {
    case ANSWER_OK:
        learn(runtime, appended->admission, appended->last);
        learn_durable(runtime, runtime->in_flight[0].decided_to); // what it was decided on is not durable later than it
        runtime_save_held(runtime);                               // before anything behind it is settled
        settle(runtime, &runtime->in_flight[0], appended);
        runtime_save_held(runtime);
        zmq_msg_close(&runtime->in_flight[0].message);
        runtime->n_in_flight--;
        memmove(runtime->in_flight, runtime->in_flight + 1, runtime->n_in_flight * sizeof runtime->in_flight[0]);
        runtime->sent_boot_ms = runtime_now(runtime).boot_ms;
        runtime->retry_ms = RETRY_MS;
        return;
    case ANSWER_GAP: // before the oldest there is nothing to send again
        runtime_give_up(runtime, "log-went-back", "the log has lost events that it had called durable; call a person");
    case ANSWER_STALE:
        runtime_give_up(runtime, "stale",
                        "a newer instance appends under this name, or the log began again without what this one knows; this one ends");
    default:
        runtime_give_up(runtime, "append-refused", code_text(LIST_ANSWER, appended->answer));
    }
}

void log_take_answers(struct runtime *runtime)
{
    struct message message = {0};
    struct log_appended appended;

    while (socket_receive(runtime->appends, &message)) {
        struct faults faults = {0};

        // unknown fields are passed over, so a late reply to begin reads as one without `ref` of ours
        if (decode(&record_log_appended, message_body(&message), "", &appended, &faults))
            take_answer(runtime, &appended);
    }
    message_free(&message);
}

void log_retry(struct runtime *runtime, int64_t boot_ms)
{
    if (runtime->n_in_flight > 0 && boot_ms - runtime->sent_boot_ms > runtime->retry_ms)
        send_again(runtime);
    if (runtime->read_boot_ms > 0 && boot_ms - runtime->read_boot_ms > READ_WAIT_MS + RETRY_MS)
        log_send_read(runtime, READ_WAIT_MS);
}

// Asks until the answer to this very question comes; false when stopping.
static bool ask_attachment(struct runtime *runtime, uint64_t sequence, struct message *message, struct log_attachment *reply)
{
    struct log_at at = {.sequence = sequence};

    while (!runtime->stopping) {
        uint32_t ref = ++runtime->next_ref;
        bool sent = send_request(runtime->questions, LOG_ATTACHMENT, ref, &at);

        while (wait_for(runtime, runtime->questions, sent, message)) {
            struct faults faults = {0};

            if (decode_message(&record_log_attachment, message_body(message), reply, &faults) && reply->ref == ref)
                return true;
        }
    }
    return false;
}

enum err runtime_attachment(struct runtime *runtime, uint64_t sequence, uint8_t **bytes, size_t *size)
{
    struct message message = {0};
    struct log_attachment reply;
    enum err err = ERR_AGAIN;

    if (ask_attachment(runtime, sequence, &message, &reply))
        err = reply.answer == ANSWER_OK ? ERR_NONE : ERR_NOT_FOUND;
    if (err == ERR_NONE) {
        *size = reply.attachment.size;
        *bytes = malloc(reply.attachment.size > 0 ? reply.attachment.size : 1);
        err = *bytes != NULL ? ERR_NONE : ERR_NO_MEMORY;
    }
    if (err == ERR_NONE && reply.attachment.size > 0)
        memcpy(*bytes, reply.attachment.at, reply.attachment.size);
    message_free(&message);
    return err;
}

// Asks for one event until it is there; false when stopping.
static bool ask_event(struct runtime *runtime, uint64_t sequence, struct message *message, struct log_events *reply)
{
    struct log_read read = {.from = sequence};

    PUT(&read, log_read, max_events, 1);
    PUT(&read, log_read, wait_ms, RETRY_MS / 2);
    while (!runtime->stopping) {
        uint32_t ref = ++runtime->next_ref;
        bool sent = send_request(runtime->questions, LOG_READ, ref, &read);

        while (wait_for(runtime, runtime->questions, sent, message)) {
            struct faults faults = {0};

            if (!decode_message(&record_log_events, message_body(message), reply, &faults) || reply->ref != ref)
                continue;
            if (reply->n_events > 0 && reply->events[0].sequence == sequence)
                return true;
            break; // not durable yet: ask again
        }
    }
    return false;
}

enum err runtime_event(struct runtime *runtime, uint64_t sequence, uint8_t bytes[EVENT_BYTES_MAX], size_t *size)
{
    struct log_events *reply = malloc(sizeof *reply);
    struct message message = {0};
    enum err err = reply != NULL ? ERR_AGAIN : ERR_NO_MEMORY;

    if (reply != NULL && ask_event(runtime, sequence, &message, reply)) {
        *size = reply->events[0].event.size;
        memcpy(bytes, reply->events[0].event.at, *size); // at most EVENT_BYTES_MAX, the decoder has seen to it
        err = ERR_NONE;
    }
    message_free(&message);
    free(reply);
    return err;
}
