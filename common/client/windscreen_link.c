// SPDX-License-Identifier: MIT
// A DEALER socket over libzmq, with every option set.
// Owned by caller and publisher. Never waits longer than it is told to.
#include "common/client/windscreen_link.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <zmq.h>

enum {
    MESSAGE_BYTES_MAX = 32 * 1024 * 1024, // a read gives 4 MiB of events at most; the rest is their frame and care
    BACKOFF_FIRST_MS = 50,
    BACKOFF_LAST_MS = 1000,
    // A hub that vanished without a word is noticed by the system, in 20 s. ZeroMQ's own heartbeats must stay off: libzmq 4.3.4 ends the
    // process when one falls due while messages wait unread (its issues 3937, 4364).
    KEEPALIVE_IDLE_S = 10,
    KEEPALIVE_EACH_S = 5,
    KEEPALIVE_TIMES = 2,
};

struct windscreen_link {
    void *context;
    void *socket;
    void *monitor;  // tells when the connection breaks
    zmq_msg_t held; // message lent out
    bool holds;
};

static bool set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static bool set_options(void *socket)
{
    int64_t max_bytes = MESSAGE_BYTES_MAX;

    // IMMEDIATE: a message goes to a connection that stands, or we hear that there is none
    return set_int(socket, ZMQ_LINGER, 0) && set_int(socket, ZMQ_IMMEDIATE, 1) && set_int(socket, ZMQ_RECONNECT_IVL, BACKOFF_FIRST_MS) &&
           set_int(socket, ZMQ_RECONNECT_IVL_MAX, BACKOFF_LAST_MS) && set_int(socket, ZMQ_TCP_KEEPALIVE, 1) &&
           set_int(socket, ZMQ_TCP_KEEPALIVE_IDLE, KEEPALIVE_IDLE_S) && set_int(socket, ZMQ_TCP_KEEPALIVE_INTVL, KEEPALIVE_EACH_S) &&
           set_int(socket, ZMQ_TCP_KEEPALIVE_CNT, KEEPALIVE_TIMES) && set_int(socket, ZMQ_IPV6, 1) &&
           zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &max_bytes, sizeof max_bytes) == 0;
}

// The library's own socket that tells of broken connections.
static bool open_monitor(struct windscreen_link *link)
{
    static const char address[] = "inproc://monitor"; // one link in a context

    if (zmq_socket_monitor(link->socket, address, ZMQ_EVENT_DISCONNECTED) != 0)
        return false;
    link->monitor = zmq_socket(link->context, ZMQ_PAIR);
    return link->monitor != NULL && set_int(link->monitor, ZMQ_LINGER, 0) && zmq_connect(link->monitor, address) == 0;
}

// True when the connection has broken since the last call.
static bool has_broken(struct windscreen_link *link)
{
    bool broken = false;
    char frame[256]; // the event, then the address, which is cut: neither matters

    while (zmq_recv(link->monitor, frame, sizeof frame, ZMQ_DONTWAIT) >= 0)
        broken = true;
    return broken;
}

enum err windscreen_link_open(const char *endpoint, struct windscreen_link **link)
{
    struct windscreen_link *new = calloc(1, sizeof *new);

    *link = NULL;
    if (new == NULL)
        return ERR_NO_MEMORY;
    new->context = zmq_ctx_new();
    if (new->context != NULL)
        new->socket = zmq_socket(new->context, ZMQ_DEALER);
    if (new->socket == NULL || !set_options(new->socket) || !open_monitor(new) || zmq_connect(new->socket, endpoint) != 0) {
        windscreen_link_close(&new);
        return ERR_SOCKET;
    }
    *link = new;
    return ERR_NONE;
}

static void drop_held(struct windscreen_link *link)
{
    if (link->holds)
        zmq_msg_close(&link->held);
    link->holds = false;
}

void windscreen_link_close(struct windscreen_link **link)
{
    struct windscreen_link *old = *link;

    *link = NULL;
    if (old == NULL)
        return;
    drop_held(old);
    if (old->monitor != NULL)
        zmq_close(old->monitor);
    if (old->socket != NULL)
        zmq_close(old->socket);
    if (old->context != NULL)
        zmq_ctx_term(old->context);
    free(old);
}

int64_t windscreen_link_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool wait_until_writable(struct windscreen_link *link, int64_t wait_ms)
{
    zmq_pollitem_t item = {.socket = link->socket, .events = ZMQ_POLLOUT};

    return zmq_poll(&item, 1, wait_ms < 0 ? 0 : (long)wait_ms) > 0;
}

// Waits for a message or a broken connection. A signal ends the wait early.
static void wait_for_news(struct windscreen_link *link, int64_t wait_ms)
{
    zmq_pollitem_t items[] = {{.socket = link->socket, .events = ZMQ_POLLIN}, {.socket = link->monitor, .events = ZMQ_POLLIN}};

    zmq_poll(items, 2, wait_ms < 0 ? 0 : (long)wait_ms);
}

enum err windscreen_link_send(struct windscreen_link *link, struct span body, int64_t wait_ms)
{
    if (!wait_until_writable(link, wait_ms))
        return ERR_AGAIN;
    if (zmq_send(link->socket, body.at, body.size, ZMQ_DONTWAIT) >= 0)
        return ERR_NONE;
    return errno == EAGAIN || errno == EINTR ? ERR_AGAIN : ERR_SOCKET;
}

// The message proper is the last frame: an empty one may stand before it.
static void take_last_frame(struct windscreen_link *link)
{
    while (zmq_msg_more(&link->held))
        if (zmq_msg_recv(&link->held, link->socket, ZMQ_DONTWAIT) < 0)
            return;
}

enum err windscreen_link_receive(struct windscreen_link *link, int64_t wait_ms, struct span *body)
{
    drop_held(link);
    zmq_msg_init(&link->held);
    link->holds = true;
    if (zmq_msg_recv(&link->held, link->socket, ZMQ_DONTWAIT) < 0) {
        if (wait_ms > 0)
            wait_for_news(link, wait_ms);
        if (zmq_msg_recv(&link->held, link->socket, ZMQ_DONTWAIT) < 0)
            return has_broken(link) ? ERR_SOCKET : ERR_AGAIN;
    }
    take_last_frame(link);
    *body = span_of(zmq_msg_data(&link->held), zmq_msg_size(&link->held));
    return ERR_NONE;
}
