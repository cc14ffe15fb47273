// SPDX-License-Identifier: MIT
// Plays sockets, clock and log for one daemon.
// The log says yes to everything, at once; what is appended to it must be events that can be read again.
#include "tests/fuzz/stage.h"

#include <ftw.h>
#include <sys/stat.h>
#include <time.h>

enum { QUEUE_MAX = 16, ATTACHMENTS_MAX = 64, EVENTS_KEPT = 1 << 15, HOUR_MS = 3600000, INPUT_FRAMES_MAX = 64 };

struct waiting_frame {
    struct peer peer;
    bool extra_frames;
    uint8_t *bytes;
    size_t size;
};

struct socket {
    unsigned first, n;
    struct waiting_frame queue[QUEUE_MAX];
};

// Times in messages end with the year 2099: the clock stops before.
static const int64_t START_MS = INT64_C(1795425120000), END_MS = INT64_C(3786912000000); // 2026-11-23T09:12:00Z, 2090-01-01T00:00:00Z

struct stage stage;

// The last of them, which a daemon may read again.
static struct kept {
    uint64_t sequence;
    uint8_t *bytes;
    size_t size;
} attachments[ATTACHMENTS_MAX], events[EVENTS_KEPT];

static uint8_t *copy(struct span bytes)
{
    uint8_t *new = fuzz_room(bytes.size);

    if (bytes.size > 0)
        memcpy(new, bytes.at, bytes.size);
    return new;
}

// ---------------------------------------------------------------- clock and poll, as the linker sends them here

int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    int64_t ms = clock == CLOCK_REALTIME ? stage.now.wall_ms : stage.now.boot_ms;

    *now = (struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    return 0;
}

int __wrap_zmq_poll(zmq_pollitem_t *items, int n, long wait_ms);
int __wrap_zmq_poll(zmq_pollitem_t *items, int n, long wait_ms)
{
    (void)wait_ms;
    for (int i = 0; i < n; i++)
        items[i].revents = 0;
    return 0;
}

// ---------------------------------------------------------------- sockets: what a daemon receives

static void put_frame(struct socket *socket, const struct peer *peer, bool extra_frames, struct span bytes)
{
    struct waiting_frame *frame = &socket->queue[(socket->first + socket->n) % QUEUE_MAX];

    require(socket->n < QUEUE_MAX);
    *frame = (struct waiting_frame){.peer = *peer, .extra_frames = extra_frames, .bytes = copy(bytes), .size = bytes.size};
    socket->n++;
}

static void free_frame(void *bytes, void *hint)
{
    (void)hint;
    free(bytes);
}

bool socket_receive(struct socket *socket, struct message *message)
{
    struct waiting_frame *frame = &socket->queue[socket->first];

    message_free(message);
    if (socket->n == 0)
        return false;
    socket->first = (socket->first + 1) % QUEUE_MAX;
    socket->n--;
    message->peer = frame->peer;
    message->extra_frames = frame->extra_frames;
    // the bytes as they are, so that a look beyond their end is seen
    require(zmq_msg_init_data(&message->body, frame->bytes, frame->size, free_frame, NULL) == 0 ||
            zmq_msg_init_data(&message->body, frame->bytes, frame->size, free_frame, NULL) == 0);
    message->held = true;
    return true;
}

struct span message_body(const struct message *message)
{
    zmq_msg_t *body = (zmq_msg_t *)(uintptr_t)&message->body;

    return span_of(zmq_msg_data(body), zmq_msg_size(body));
}

void message_free(struct message *message)
{
    if (message->held)
        zmq_msg_close(&message->body);
    message->held = false;
}

static enum err new_socket(struct socket **socket)
{
    *socket = calloc(1, sizeof **socket);
    return *socket != NULL ? ERR_NONE : ERR_NO_MEMORY;
}

enum err socket_router(const char *endpoint, int64_t max_bytes, int queue, struct socket **socket)
{
    (void)endpoint;
    (void)queue;
    require(max_bytes > 0);
    return new_socket(socket);
}

enum err socket_dealer(const char *endpoint, int64_t max_bytes, int queue, struct socket **socket)
{
    return socket_router(endpoint, max_bytes, queue, socket);
}

enum err socket_publisher(const char *endpoint, struct socket **socket)
{
    (void)endpoint;
    return new_socket(socket);
}

void socket_close(struct socket **socket)
{
    free(*socket);
    *socket = NULL;
}

const char *socket_endpoint(const struct socket *socket)
{
    (void)socket;
    return "inproc://stage";
}

bool socket_wait(struct socket *const *sockets, unsigned n_sockets, int fd, int64_t wait_us)
{
    (void)sockets;
    (void)n_sockets;
    (void)fd;
    (void)wait_us;
    return false;
}

void socket_look(struct socket *socket)
{
    (void)socket;
}

enum err socket_announce(const char *state_dir, const char *name, const char *endpoint)
{
    (void)state_dir;
    (void)name;
    (void)endpoint;
    return ERR_NONE;
}

// ---------------------------------------------------------------- sockets: what a daemon sends

static void check_sent(struct span body)
{
    struct faults faults = {0};

    require(body.size > 0 && wire_check(body, &faults));
}

bool socket_reply(struct socket *socket, const struct peer *peer, struct span body)
{
    static uint8_t kept[STAGE_REPLY_MAX];

    (void)socket;
    require(peer->id_size > 0 && body.size <= sizeof kept);
    check_sent(body);
    memcpy(kept, body.at, body.size);
    stage.reply = span_of(kept, body.size);
    stage.n_replies++;
    return true;
}

static void log_answer(struct socket *socket, const struct record_desc *desc, const void *record)
{
    static uint8_t buffer[POLICY_BYTES_MAX + 8192];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
    const struct peer nobody = {0};

    encode(desc, record, &writer);
    put_frame(socket, &nobody, false, wire_written(&writer));
}

static void keep(struct kept *kept, uint64_t sequence, struct span bytes)
{
    free(kept->bytes);
    *kept = (struct kept){.sequence = sequence, .bytes = copy(bytes), .size = bytes.size};
}

static void keep_both(uint64_t sequence, struct span event, struct span attachment)
{
    keep(&events[sequence % EVENTS_KEPT], sequence, event);
    keep(&attachments[sequence % ATTACHMENTS_MAX], sequence, attachment);
}

static void forget(struct kept *kept, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        free(kept[i].bytes);
        kept[i] = (struct kept){0};
    }
}

// Every event that a daemon appends is its own, small enough, and can be read by all others.
static void take_appended(const struct log_entry *entry)
{
    static union event_data data;
    struct faults faults = {0};
    struct event head;
    enum event_type type;

    require(entry->event.size > 0 && entry->event.size <= EVENT_BYTES_MAX);
    require(wire_check(entry->event, &faults) && event_decode(entry->event, &head, &type, &data, &faults));
    require(type != EVENT_NONE && event_desc(type)->producer == stage.runtime.daemon->producer);
    require(type == event_type_of(entry->event));
    stage.head++;
    keep_both(stage.head, entry->event, entry->attachment);
    if (stage.on_append != NULL)
        stage.on_append(type, stage.head, &head, &data);
}

static void log_append(struct socket *socket, struct span body)
{
    static struct log_append append;
    struct log_appended reply = {.answer = ANSWER_OK};
    struct request_head head;
    struct faults faults = {0};

    require(decode_message(&record_request_head, body, &head, &faults) && span_is(head.request, "append"));
    require(decode(&record_log_append, body, "", &append, &faults));
    PUT(&reply, log_appended, ref, head.ref);
    PUT(&reply, log_appended, first, stage.head + 1);
    for (uint64_t i = 0; i < append.n_events; i++)
        take_appended(&append.events[i]);
    PUT(&reply, log_appended, last, stage.head);
    PUT(&reply, log_appended, admission, ADMISSION_OPEN);
    log_answer(socket, &record_log_appended, &reply);
}

static void log_attachment(struct socket *socket, struct span body)
{
    struct log_attachment reply = {.answer = ANSWER_NOT_FOUND};
    const struct kept *kept;
    struct request_head head;
    struct log_at at;
    struct faults faults = {0};

    require(decode_message(&record_request_head, body, &head, &faults) && decode(&record_log_at, body, "", &at, &faults));
    kept = &attachments[at.sequence % ATTACHMENTS_MAX];
    PUT(&reply, log_attachment, ref, head.ref);
    if (kept->bytes != NULL && kept->sequence == at.sequence && kept->size > 0) {
        reply.answer = ANSWER_OK;
        PUT(&reply, log_attachment, attachment, span_of(kept->bytes, kept->size));
    }
    log_answer(socket, &record_log_attachment, &reply);
}

// One event, read again.
static void log_event(struct socket *socket, struct span body)
{
    static struct log_events reply;
    struct log_read read;
    struct request_head head;
    struct faults faults = {0};
    const struct kept *kept;

    require(decode_message(&record_request_head, body, &head, &faults) && decode(&record_log_read, body, "", &read, &faults));
    kept = &events[read.from % EVENTS_KEPT];
    require(kept->sequence == read.from && read.max_events == 1);
    reply = (struct log_events){.answer = ANSWER_OK, .n_events = 1};
    reply.events[0] = (struct log_event){.sequence = kept->sequence, .event = span_of(kept->bytes, kept->size)};
    PUT(&reply, log_events, ref, head.ref);
    SET_HAS(&reply, log_events, events);
    log_answer(socket, &record_log_events, &reply);
}

static void answer_question(struct socket *socket, struct span body)
{
    struct request_head head;
    struct faults faults = {0};

    require(decode_message(&record_request_head, body, &head, &faults));
    if (span_is(head.request, "read"))
        log_event(socket, body);
    else
        log_attachment(socket, body);
}

// Everything up to the head has been read: the answer to a read is empty.
static void log_read(struct socket *socket, struct span body)
{
    static struct log_events reply;
    struct request_head head;
    struct faults faults = {0};

    require(decode_message(&record_request_head, body, &head, &faults));
    if (!span_is(head.request, "read"))
        return;
    reply.answer = ANSWER_EMPTY;
    PUT(&reply, log_events, ref, head.ref);
    PUT(&reply, log_events, head, stage.head);
    PUT(&reply, log_events, next, stage.head + 1);
    log_answer(socket, &record_log_events, &reply);
}

bool socket_send(struct socket *socket, struct span body)
{
    check_sent(body);
    if (socket == stage.runtime.questions)
        answer_question(socket, body);
    else if (socket == stage.runtime.reads)
        log_read(socket, body);
    else if (socket == stage.runtime.appends)
        log_append(socket, body);
    else if (stage.on_pass != NULL)
        stage.on_pass(body);
    return true;
}

bool socket_send_message(struct socket *socket, zmq_msg_t *body)
{
    socket_send(socket, span_of(zmq_msg_data(body), zmq_msg_size(body)));
    zmq_msg_close(body);
    return true;
}

bool socket_publish(struct socket *socket, const struct span *frames, unsigned n_frames)
{
    (void)socket;
    (void)frames;
    return n_frames > 0;
}

// ---------------------------------------------------------------- the daemon

static struct daemon kept_table; // some live on main's stack
static const struct daemon *const table = &kept_table;

int stage_daemon_main(const struct daemon *daemon, int argc, char **argv)
{
    (void)argc;
    (void)argv;
    kept_table = *daemon;
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

static void open_state(void)
{
    struct runtime *runtime = &stage.runtime;
    char path[128];

    snprintf(path, sizeof path, "%s/state", fuzz_directory());
    (void)nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    require(mkdir(path, 0700) == 0);
    snprintf(path, sizeof path, "%s/state/%s", fuzz_directory(), table->name);
    require(mkdir(path, 0700) == 0);
    stage.head = 0;
    stage.now = (struct moment){.wall_ms = START_MS, .boot_ms = 1000000};
    runtime->last_wall_ms = 0;
    forget(attachments, ATTACHMENTS_MAX);
    forget(events, EVENTS_KEPT);
    runtime->epoch = 1;
    runtime->next_n = 1;
    runtime->durable_n = runtime->n_recent = runtime->head = runtime->own_last_sequence = 0;
    runtime->filed_to = runtime->decided_to = runtime->told_decided_to = 0;
    runtime->reading_from = 1;
    runtime->admission = ADMISSION_OPEN;
    runtime->ready = true;
    require(table->open(table->state, runtime, path, &runtime->saved) == ERR_NONE);
    stage_work();
}

void stage_open(const char *policy, const char *credentials)
{
    static char state[128];

    require(stage_main(0, NULL) == 0 && table->open != NULL);
    snprintf(state, sizeof state, "%s/state", fuzz_directory());
    stage.runtime.daemon = table;
    stage.runtime.state_dir = state;
    stage.runtime.policy_dir = policy;
    stage.runtime.credentials_dir = credentials;
    stage.runtime.retry_ms = RETRY_MS;
    require(effects_init(&stage.runtime) == ERR_NONE && log_link_open(&stage.runtime) == ERR_NONE &&
            serve_open(&stage.runtime) == ERR_NONE);
    open_state();
}

void stage_reset(void (*zero)(void *state))
{
    table->close(table->state);
    zero(table->state);
    open_state();
}

void stage_work(void)
{
    struct runtime *runtime = &stage.runtime;

    do {
        serve_control(runtime);
        serve_links(runtime);
        serve_requests(runtime);
        table->tick(table->state, runtime_now(runtime), &runtime->effects);
        log_take_read(runtime);
        message_free(&runtime->input);
        log_send_batch(runtime, false);
        log_take_answers(runtime);
        effects_release(runtime);
    } while (!runtime_idle(runtime));
    require(runtime_pending(runtime) == 0 && runtime->effects.n_replies == 0);
}

uint64_t stage_input(enum event_type type, const char *subject, const void *data, struct span attachment)
{
    static union event_data decoded;
    uint8_t buffer[EVENT_BYTES_MAX];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
    struct event head = {.specversion = span_text("1.0"), .id = span_text("1.1"), .source = span_text("/hub/other")}, read;
    struct hub_event event = {.sequence = ++stage.head, .head = &read, .data = &decoded};
    struct faults faults = {0};

    head.type = span_text(event_desc(type)->type);
    PUT(&head, event, time, stage.now.wall_ms);
    if (subject[0] != '\0')
        PUT(&head, event, subject, span_text(subject));
    event_encode(&head, type, data, &writer);
    require(event_decode(wire_written(&writer), &read, &event.type, &decoded, &faults));
    keep_both(event.sequence, wire_written(&writer), attachment);
    if (table->expect != NULL)
        table->expect(table->state, &event);
    if (table->file != NULL)
        require(table->file(table->state, &event) == ERR_NONE);
    if (table->decide != NULL)
        table->decide(table->state, &event, runtime_now(&stage.runtime), &stage.runtime.effects);
    stage.runtime.filed_to = stage.runtime.decided_to = event.sequence;
    stage.runtime.reading_from = event.sequence + 1;
    stage_work();
    return event.sequence;
}

// ---------------------------------------------------------------- frames

static void give(struct socket *socket, int64_t max_bytes, unsigned flags, struct span body)
{
    struct peer peer = {.id_size = 5, .id = {0, 1, 2, 3, (flags & STAGE_OTHER_PEER) != 0 ? 5 : 4}};

    if ((flags & STAGE_SECOND_LATER) != 0)
        stage.now = (struct moment){stage.now.wall_ms + 1000, stage.now.boot_ms + 1000};
    if ((flags & STAGE_HOUR_LATER) != 0 && stage.now.wall_ms < END_MS)
        stage.now = (struct moment){stage.now.wall_ms + HOUR_MS, stage.now.boot_ms + HOUR_MS};
    peer.delimited = (flags & STAGE_DELIMITED) != 0;
    stage.n_replies = 0;
    if ((int64_t)body.size > max_bytes)
        return; // ZeroMQ would have dropped the peer
    put_frame(socket, &peer, (flags & STAGE_EXTRA_FRAMES) != 0, body);
    stage_work();
}

void stage_serve(unsigned service, unsigned flags, struct span body)
{
    give(stage.runtime.services[service], table->services[service].max_message_bytes, flags, body);
}

// Every request to the control socket is answered at once; the clock may have let others be answered behind it.
static void check_control(void)
{
    struct plain_reply reply;
    struct faults faults = {0};

    require(stage.n_replies >= 1);
    if (stage.n_replies > 1)
        return;
    (void)!decode(&record_plain_reply, stage.reply, "", &reply, &faults);
    require(reply.answer == ANSWER_OK || reply.answer == ANSWER_BAD_REQUEST);
}

void stage_play(struct span input)
{
    unsigned n_sockets = table->n_services + table->n_links + 1;
    struct span body;

    for (unsigned n = 0; n < INPUT_FRAMES_MAX && input.size > 0; n++) {
        unsigned i = fuzz_take_byte(&input) % n_sockets;
        unsigned flags = fuzz_take_byte(&input);

        if (!fuzz_take_message(&input, &body))
            return;
        if (i < table->n_services) {
            stage_serve(i, flags, body);
        } else if (i < table->n_services + table->n_links) {
            give(stage.runtime.links[i - table->n_services], LINK_MESSAGE_MAX, flags & ~(unsigned)STAGE_EXTRA_FRAMES, body);
        } else if (body.size <= 4096) {
            give(stage.runtime.control, 4096, flags, body);
            check_control();
        }
    }
}
