// SPDX-License-Identifier: MIT
// Sockets over czmq's zsock, every option set here and nowhere else; messages move as zmq_msg_t, without a copy on the way in.
// Used by the runtime and audit. Never blocks.
#include "common/runtime/socket.h"

#include "common/runtime/report.h"

#include <assert.h>
#include <poll.h>

#include <czmq.h>
#include <sys/random.h>

enum {
    QUEUE_IN_HUB = 256, // waiting messages of one peer; the rest stays with it
    QUEUE_IN = 64,      // of a stranger: 64 of the largest events are 4 MiB
    LINGER_MS = 500,    // receipts on their way out get this long at the end
    RECONNECT_MS = 20,  // a daemon that was killed is back within this
    RECONNECT_MAX_MS = 200,
    HANDSHAKE_MS = 2000, // a slow or silent peer holds a descriptor no longer
    // The system looks after dead peers. ZeroMQ's own heartbeats must stay off: libzmq 4.3.4 ends the process when a peer that we do not
    // read from, because it sends too much, goes away before its next heartbeat (its issues 4364, 3937).
    KEEPALIVE_IDLE_S = 10,
    KEEPALIVE_EACH_S = 5,
    KEEPALIVE_TIMES = 3,
    DEAF_MS = 60000, // who reads nothing for so long, while something waits for it, is thrown out
    SUN_PATH_MAX = 107,
};

struct socket {
    zsock_t *zsock;
    void *handle;
    int fd;        // ZeroMQ's own: it can be read when there is news that no call has taken since
    bool is_quiet; // nothing was there, and nothing can come before `fd` says so
    bool is_router;
    bool is_publisher;
    unsigned n_subscriptions; // of a publisher, by topic
    char endpoint[256];
    int64_t deaf_told_ms; // when it was last said that a peer does not read
};

static void init_once(void)
{
    static bool done;
    unsigned seed;

    if (done)
        return;
    done = true;
    zsys_init();
    zsys_handler_set(NULL);
    // routing ids are drawn from rand(): they must not be guessable
    if (getrandom(&seed, sizeof seed, 0) == (ssize_t)sizeof seed)
        srandom(seed);
}

static enum err set_options(struct socket *socket, bool is_local, int64_t max_bytes, int queue)
{
    const struct {
        int option;
        int value;
    } options[] = {
        {ZMQ_LINGER, LINGER_MS},
        {ZMQ_SNDHWM, queue},
        {ZMQ_RCVHWM, is_local ? QUEUE_IN_HUB : QUEUE_IN},
        {ZMQ_RECONNECT_IVL, RECONNECT_MS},
        {ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS},
        {ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS},
        {ZMQ_TCP_KEEPALIVE, 1},
        {ZMQ_TCP_KEEPALIVE_IDLE, KEEPALIVE_IDLE_S},
        {ZMQ_TCP_KEEPALIVE_INTVL, KEEPALIVE_EACH_S},
        {ZMQ_TCP_KEEPALIVE_CNT, KEEPALIVE_TIMES},
        {ZMQ_TCP_MAXRT, DEAF_MS},
    };
    int yes = 1;

    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        if (zmq_setsockopt(socket->handle, options[i].option, &options[i].value, sizeof options[i].value) != 0)
            return ERR_SOCKET;
    if (zmq_setsockopt(socket->handle, ZMQ_MAXMSGSIZE, &max_bytes, sizeof max_bytes) != 0)
        return ERR_SOCKET;
    // a send that cannot go anywhere says so, instead of being dropped or piling up
    if (zmq_setsockopt(socket->handle, socket->is_router ? ZMQ_ROUTER_MANDATORY : ZMQ_IMMEDIATE, &yes, sizeof yes) != 0 &&
        !socket->is_publisher)
        return ERR_SOCKET;
    return ERR_NONE;
}

static enum err socket_new(int type, const char *endpoint, int64_t max_bytes, int queue, struct socket **result)
{
    struct socket *socket;
    size_t size;

    init_once();
    if (strncmp(endpoint, "ipc://", 6) == 0 && strlen(endpoint + 6) > SUN_PATH_MAX)
        return ERR_SOCKET;
    socket = calloc(1, sizeof *socket);
    if (socket == NULL)
        return ERR_NO_MEMORY;
    socket->zsock = zsock_new(type);
    socket->is_router = type == ZMQ_ROUTER;
    socket->is_publisher = type == ZMQ_XPUB;
    socket->handle = socket->zsock != NULL ? zsock_resolve(socket->zsock) : NULL;
    *result = socket;
    if (socket->handle == NULL || set_options(socket, strncmp(endpoint, "ipc://", 6) == 0, max_bytes, queue) != ERR_NONE) {
        socket_close(result);
        return ERR_SOCKET;
    }
    if ((type == ZMQ_DEALER ? zmq_connect(socket->handle, endpoint) : zmq_bind(socket->handle, endpoint)) != 0) {
        socket_close(result);
        return ERR_SOCKET;
    }
    size = sizeof socket->fd;
    if (zmq_getsockopt(socket->handle, ZMQ_FD, &socket->fd, &size) != 0) {
        socket_close(result);
        return ERR_SOCKET;
    }
    size = sizeof socket->endpoint;
    if (zmq_getsockopt(socket->handle, ZMQ_LAST_ENDPOINT, socket->endpoint, &size) != 0)
        snprintf(socket->endpoint, sizeof socket->endpoint, "%s", endpoint);
    return ERR_NONE;
}

enum err socket_router(const char *endpoint, int64_t max_bytes, int queue, struct socket **socket)
{
    return socket_new(ZMQ_ROUTER, endpoint, max_bytes, queue, socket);
}

enum err socket_dealer(const char *endpoint, int64_t max_bytes, int queue, struct socket **socket)
{
    return socket_new(ZMQ_DEALER, endpoint, max_bytes, queue, socket);
}

enum err socket_publisher(const char *endpoint, struct socket **socket)
{
    return socket_new(ZMQ_XPUB, endpoint, 65536, SOCKET_QUEUE_FEED, socket);
}

void socket_close(struct socket **socket)
{
    if (*socket == NULL)
        return;
    zsock_destroy(&(*socket)->zsock);
    free(*socket);
    *socket = NULL;
}

const char *socket_endpoint(const struct socket *socket)
{
    return socket->endpoint;
}

// Asking ZeroMQ takes the news that `fd` tells of.
static bool is_quiet(struct socket *socket)
{
    int events = 0;
    size_t size = sizeof events;

    if (!socket->is_quiet)
        socket->is_quiet = zmq_getsockopt(socket->handle, ZMQ_EVENTS, &events, &size) == 0 && (events & ZMQ_POLLIN) == 0;
    return socket->is_quiet;
}

void socket_look(struct socket *socket)
{
    socket->is_quiet = false;
    (void)is_quiet(socket);
}

// Each question to ZeroMQ is two calls of the system: zmq_poll asks about every socket, twice when it has to wait; here only those that
// were used since are asked about.
bool socket_wait(struct socket *const *sockets, unsigned n_sockets, int fd, int64_t wait_us)
{
    struct pollfd items[SOCKETS_WAITED_MAX + 1] = {{.fd = fd, .events = POLLIN}};
    struct timespec wait;
    bool in_vain;
    int n_ready;

    assert(n_sockets <= SOCKETS_WAITED_MAX);
    for (unsigned i = 0; i < n_sockets; i++) {
        items[i + 1] = (struct pollfd){.fd = sockets[i]->fd, .events = POLLIN};
        wait_us = is_quiet(sockets[i]) ? wait_us : 0;
    }
    wait = (struct timespec){.tv_sec = wait_us / 1000000, .tv_nsec = wait_us % 1000000 * 1000};
    n_ready = ppoll(items, n_sockets + 1, wait_us < 0 ? NULL : &wait, NULL);
    in_vain = n_ready == 0 && wait_us != 0; // all are asked anew then: should news ever be missed, it is late and not lost
    for (unsigned i = 0; i < n_sockets; i++)
        sockets[i]->is_quiet = sockets[i]->is_quiet && !in_vain && items[i + 1].revents == 0;
    return n_ready > 0 && items[0].revents != 0;
}

// Receives one frame into `frame`; false when none waits.
static bool receive_frame(void *handle, zmq_msg_t *frame)
{
    zmq_msg_init(frame);
    if (zmq_msg_recv(frame, handle, ZMQ_DONTWAIT) >= 0)
        return true;
    zmq_msg_close(frame);
    return false;
}

// Drops the frames that are left of a message with too many.
static void drop_rest(void *handle, struct message *message)
{
    bool more = zmq_msg_more(&message->body) != 0;

    message->extra_frames = more;
    while (more) {
        zmq_msg_t frame;

        if (!receive_frame(handle, &frame))
            return;
        more = zmq_msg_more(&frame) != 0;
        zmq_msg_close(&frame);
    }
}

static bool receive_peer(struct socket *socket, struct message *message)
{
    zmq_msg_t id;

    if (!receive_frame(socket->handle, &id))
        return false;
    message->peer.id_size = (uint8_t)(zmq_msg_size(&id) <= PEER_ID_MAX ? zmq_msg_size(&id) : 0);
    memcpy(message->peer.id, zmq_msg_data(&id), message->peer.id_size);
    zmq_msg_close(&id);
    return true;
}

bool socket_receive(struct socket *socket, struct message *message)
{
    message_free(message);
    message->peer.delimited = false;
    message->extra_frames = false;
    if (socket->is_quiet)
        return false;
    if (!(socket->is_router ? receive_peer(socket, message) : receive_frame(socket->handle, &message->body))) {
        socket->is_quiet = errno == EAGAIN;
        return false;
    }
    if (socket->is_router && !receive_frame(socket->handle, &message->body))
        return false;
    message->held = true;
    if (socket->is_router && zmq_msg_size(&message->body) == 0 && zmq_msg_more(&message->body)) {
        message->peer.delimited = true;
        message_free(message);
        if (!receive_frame(socket->handle, &message->body))
            return false;
        message->held = true;
    }
    drop_rest(socket->handle, message);
    return true;
}

struct span message_body(const struct message *message)
{
    zmq_msg_t *body = (zmq_msg_t *)(uintptr_t)&message->body; // libzmq's accessors are not const

    return span_of(zmq_msg_data(body), zmq_msg_size(body));
}

void message_free(struct message *message)
{
    if (message->held)
        zmq_msg_close(&message->body);
    message->held = false;
}

// A peer that is gone is nothing to tell; one that is there and does not read is.
static void tell_deaf(struct socket *socket)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    if (report_due(&socket->deaf_told_ms, (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000))
        report("peer-deaf",
               "somebody at %s does not read: as many messages wait for it as may, and further ones are dropped; it must ask again",
               socket->endpoint);
}

// Sending may take the news that something has come.
static int send_frame(struct socket *socket, struct span bytes, int flags)
{
    socket->is_quiet = false;
    return zmq_send(socket->handle, bytes.at, bytes.size, flags | ZMQ_DONTWAIT);
}

bool socket_reply(struct socket *socket, const struct peer *peer, struct span body)
{
    // an id too long to keep (PEER_ID_MAX) cannot be answered
    if (peer->id_size == 0)
        return false;
    if (send_frame(socket, span_of(peer->id, peer->id_size), ZMQ_SNDMORE) < 0) {
        if (errno == EAGAIN)
            tell_deaf(socket);
        return false;
    }
    if (peer->delimited)
        send_frame(socket, span_text(""), ZMQ_SNDMORE);
    return send_frame(socket, body, 0) >= 0;
}

bool socket_send(struct socket *socket, struct span body)
{
    return send_frame(socket, body, 0) >= 0;
}

bool socket_send_message(struct socket *socket, zmq_msg_t *body)
{
    socket->is_quiet = false;
    return zmq_msg_send(body, socket->handle, ZMQ_DONTWAIT) >= 0;
}

// XPUB tells the first subscription to a topic, 1 and the topic, and the end of the last one, 0 and the topic.
bool socket_is_watched(struct socket *socket)
{
    zmq_msg_t frame;

    while (receive_frame(socket->handle, &frame)) {
        const uint8_t *bytes = zmq_msg_data(&frame);

        if (zmq_msg_size(&frame) > 0 && bytes[0] == 1)
            socket->n_subscriptions++;
        else if (zmq_msg_size(&frame) > 0 && bytes[0] == 0 && socket->n_subscriptions > 0)
            socket->n_subscriptions--;
        zmq_msg_close(&frame);
    }
    return socket->n_subscriptions > 0;
}

bool socket_publish(struct socket *socket, const struct span *frames, unsigned n_frames)
{
    for (unsigned i = 0; i < n_frames; i++)
        if (send_frame(socket, frames[i], i + 1 < n_frames ? ZMQ_SNDMORE : 0) < 0)
            return false;
    return true;
}

enum err socket_announce(const char *state_dir, const char *name, const char *endpoint)
{
    char path[512];
    char aside[520];
    FILE *file;
    bool written;

    snprintf(path, sizeof path, "%s/run/%s.endpoint", state_dir, name);
    snprintf(aside, sizeof aside, "%s.new", path);
    file = fopen(aside, "w");
    if (file == NULL)
        return ERR_IO;
    written = fprintf(file, "%s\n", endpoint) > 0;
    if (fclose(file) != 0 || !written || rename(aside, path) != 0)
        return ERR_IO;
    return ERR_NONE;
}
