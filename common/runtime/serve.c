// SPDX-License-Identifier: MIT
// Requests from outside: every message is checked, decoded by its row and handed to the daemon's function for it.
// Used by the loop. A bad request is answered with what is wrong and where; it changes nothing.
#include "common/runtime/report.h"
#include "common/runtime/runtime.h"
#include "common/wire/encode.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { REST_US = 500 }; // others have the processors meanwhile, and nobody waits longer than for a commit

static enum err bind_service(struct runtime *runtime, unsigned i)
{
    const struct service *service = &runtime->daemon->services[i];
    char endpoint[512];
    enum err err;

    if (service->endpoint == NULL)
        snprintf(endpoint, sizeof endpoint, "ipc://%s/run/%s.ipc", runtime->state_dir, service->name);
    else
        snprintf(endpoint, sizeof endpoint, "%s", runtime->bind != NULL ? runtime->bind : service->endpoint);
    err = socket_router(endpoint, service->max_message_bytes, service->endpoint == NULL ? SOCKET_QUEUE_HUB : SOCKET_QUEUE_PUBLIC,
                        &runtime->services[i]);
    if (err != ERR_NONE) {
        report("bind-failed", "cannot bind %s: is another program using it? Choose another with --bind", endpoint);
        return err;
    }
    if (service->endpoint == NULL)
        return ERR_NONE; // on ipc, by its name
    if (socket_announce(runtime->state_dir, runtime->daemon->name, socket_endpoint(runtime->services[i])) != ERR_NONE)
        report("announce-failed", "cannot write %s/run/%s.endpoint; going on, since the disk may be full", runtime->state_dir,
               runtime->daemon->name);
    return ERR_NONE;
}

enum err serve_open(struct runtime *runtime)
{
    struct socket *of_public = NULL;
    char endpoint[512];
    enum err err;

    snprintf(endpoint, sizeof endpoint, "ipc://%s/run/%s.control.ipc", runtime->state_dir, runtime->daemon->name);
    err = socket_router(endpoint, 4096, SOCKET_QUEUE_LARGE, &runtime->control);
    for (unsigned i = 0; i < runtime->daemon->n_links && err == ERR_NONE; i++) {
        snprintf(endpoint, sizeof endpoint, "ipc://%s/run/%s.ipc", runtime->state_dir, runtime->daemon->links[i].name);
        err = socket_dealer(endpoint, LINK_MESSAGE_MAX, SOCKET_QUEUE_LINK, &runtime->links[i]);
    }
    for (unsigned i = 0; i < runtime->daemon->n_services && err == ERR_NONE; i++) {
        err = bind_service(runtime, i);
        if (runtime->daemon->services[i].endpoint != NULL)
            of_public = runtime->services[i];
    }
    door_init(&runtime->door, of_public);
    return err;
}

static void refuse(struct socket *socket, const struct peer *peer, const struct faults *faults)
{
    struct plain_reply reply = {.answer = ANSWER_BAD_REQUEST};
    uint8_t buffer[8192];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);

    PUT(&reply, plain_reply, ref, peer->ref);
    SET_HAS(&reply, plain_reply, errors);
    for (unsigned i = 0; i < faults->n; i++)
        reply.errors[reply.n_errors++] = fault_problem(faults, i);
    encode(&record_plain_reply, &reply, &writer);
    socket_reply(socket, peer, wire_written(&writer));
}

// The row that a request names; NULL when it names none of this service.
static const struct request_desc *find_row(const struct request_desc *rows, struct span name)
{
    for (; rows->name != NULL; rows++)
        if (span_is(name, rows->name))
            return rows;
    return NULL;
}

// Checks a message and finds its row; refuses it otherwise.
static const struct request_desc *read_head(struct socket *socket, const struct request_desc *rows, struct message *message)
{
    struct faults faults = {0};
    struct request_head head;
    const struct request_desc *row;

    message->peer.ref = 0;
    if (message->extra_frames)
        faults_add(&faults, FAULT_EXTRA_FRAMES, "");
    if (faults.n > 0 || !decode_message(&record_request_head, message_body(message), &head, &faults)) {
        refuse(socket, &message->peer, &faults);
        return NULL;
    }
    message->peer.ref = (uint32_t)head.ref;
    row = find_row(rows, head.request);
    if (row == NULL) {
        faults_add(&faults, FAULT_UNKNOWN_CODE, "/request");
        refuse(socket, &message->peer, &faults);
    }
    return row;
}

static void fill_raw(struct raw_message *raw, const struct message *message, unsigned i)
{
    peer_copy(&raw->peer, &message->peer);
    raw->peer.service = (uint8_t)i;
    raw->body = message_body(message);
    raw->extra_frames = message->extra_frames;
}

static void serve_raw(struct runtime *runtime, unsigned i, const struct message *message)
{
    struct raw_message passed;

    fill_raw(&passed, message, i);
    runtime->daemon->services[i].on_message(runtime->daemon->state, &passed, runtime_moment(runtime), &runtime->effects);
}

void serve_links(struct runtime *runtime)
{
    struct message message = {0};

    (void)runtime_now(runtime);
    for (unsigned i = 0; i < runtime->daemon->n_links; i++)
        while (socket_receive(runtime->links[i], &message)) {
            struct raw_message passed;

            fill_raw(&passed, &message, i);
            runtime->daemon->links[i].on_message(runtime->daemon->state, &passed, runtime_moment(runtime), &runtime->effects);
        }
    message_free(&message);
}

static void serve_one(struct runtime *runtime, unsigned i, struct message *message)
{
    static _Alignas(16) uint8_t record[REPLY_RECORD_MAX];
    const struct service *service = &runtime->daemon->services[i];
    const struct request_desc *row = read_head(runtime->services[i], service->rows, message);
    struct request request = {.peer = message->peer, .record = record};
    struct faults faults = {0};

    if (row == NULL)
        return;
    if (!decode(row->request, message_body(message), "", record, &faults)) {
        refuse(runtime->services[i], &message->peer, &faults);
        return;
    }
    request.peer.service = (uint8_t)i;
    service->on[row - service->rows](runtime->daemon->state, &request, runtime_moment(runtime), &runtime->effects);
}

static int64_t boot_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void runtime_rest(struct runtime *runtime)
{
    runtime->rest_until_us = boot_us() + REST_US;
}

int64_t serve_rest_us(const struct runtime *runtime)
{
    int64_t left = runtime->rest_until_us - boot_us();

    return left > 0 ? left : 0;
}

// Nobody was waited for meanwhile.
static void end_rest(struct runtime *runtime)
{
    if (runtime->rest_until_us == 0 || serve_rest_us(runtime) > 0)
        return;
    runtime->rest_until_us = 0;
    for (unsigned i = 0; i < runtime->daemon->n_services; i++)
        if (runtime->daemon->services[i].endpoint != NULL)
            socket_look(runtime->services[i]);
}

bool serve_waits(const struct runtime *runtime, unsigned service)
{
    const struct service *of = &runtime->daemon->services[service];

    return (of->may_wait && runtime->admission == ADMISSION_SLOW) || (of->endpoint != NULL && runtime->rest_until_us > 0);
}

void serve_requests(struct runtime *runtime)
{
    struct message message = {0};

    (void)runtime_now(runtime);
    end_rest(runtime);
    for (unsigned i = 0; i < runtime->daemon->n_services; i++)
        for (unsigned n = 0; n < REQUESTS_PER_ROUND && effects_can_decide(runtime) && !serve_waits(runtime, i) &&
                             socket_receive(runtime->services[i], &message);
             n++) {
            if (runtime->daemon->services[i].rows == NULL)
                serve_raw(runtime, i, &message);
            else
                serve_one(runtime, i, &message);
        }
    message_free(&message);
}

void serve_control(struct runtime *runtime)
{
    struct message message = {0};

    while (socket_receive(runtime->control, &message)) {
        struct daemon_status status = {.answer = ANSWER_OK, .producer = (uint8_t)runtime->daemon->producer, .pid = (uint64_t)getpid()};
        uint8_t buffer[512];
        struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);

        if (read_head(runtime->control, service_control, &message) == NULL)
            continue;
        PUT(&status, daemon_status, ref, message.peer.ref);
        PUT(&status, daemon_status, appended, runtime->durable_n);
        status.uptime_ms = (uint64_t)(runtime_now(runtime).boot_ms - runtime->started_boot_ms);
        if (runtime->daemon->inputs != 0)
            PUT(&status, daemon_status, read_to, runtime->decided_to);
        status.head = runtime->head;
        status.ready = runtime->ready;
        encode(&record_daemon_status, &status, &writer);
        socket_reply(runtime->control, &message.peer, wire_written(&writer));
    }
    message_free(&message);
}
