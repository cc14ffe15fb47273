// SPDX-License-Identifier: MIT
// Frames in two growing buffers over one non-blocking TCP socket.
// Used by bench_load. Answers heartbeats; knows no identities, no multipart messages, no security: the hub is on this machine.
#include "tests/bench/bench_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { GREETING_SIZE = 64, FIRST_SIZE = 1 << 16, HANDSHAKE_S = 10 };

enum frame_flag { FRAME_MORE = 1, FRAME_LONG = 2, FRAME_COMMAND = 4 };

struct buffer {
    uint8_t *at;
    size_t size, first, end; // what is in it: from first to end
};

struct bench_link {
    int socket;
    struct buffer in, out;
};

// ---------------------------------------------------------------- buffers

// Makes room for `more` bytes behind the end.
static enum err make_room(struct buffer *buffer, size_t more)
{
    size_t used = buffer->end - buffer->first, size = buffer->size > 0 ? buffer->size : FIRST_SIZE;
    uint8_t *at;

    if (buffer->size - buffer->end >= more)
        return ERR_NONE;
    if (used > 0 && buffer->first > 0)
        memmove(buffer->at, buffer->at + buffer->first, used);
    buffer->first = 0;
    buffer->end = used;
    while (size - used < more)
        size *= 2;
    if (size == buffer->size)
        return ERR_NONE;
    at = realloc(buffer->at, size);
    if (at == NULL)
        return ERR_NO_MEMORY;
    buffer->at = at;
    buffer->size = size;
    return ERR_NONE;
}

static void put(struct buffer *buffer, const void *bytes, size_t size)
{
    memcpy(buffer->at + buffer->end, bytes, size);
    buffer->end += size;
}

// One frame: flags, size in 1 or 8 bytes, body.
static enum err put_frame(struct buffer *buffer, uint8_t flags, struct span body)
{
    uint8_t head[9] = {(uint8_t)(flags | (body.size > 255 ? FRAME_LONG : 0))};
    enum err err = make_room(buffer, sizeof head + body.size);

    if (err != ERR_NONE)
        return err;
    if (body.size <= 255)
        head[1] = (uint8_t)body.size;
    else
        for (unsigned i = 0; i < 8; i++)
            head[1 + i] = (uint8_t)(body.size >> 8 * (7 - i));
    put(buffer, head, body.size > 255 ? 9 : 2);
    put(buffer, body.at, body.size);
    return ERR_NONE;
}

struct frame {
    uint8_t flags;
    struct span body;
};

static enum err take_frame(struct buffer *buffer, struct frame *frame)
{
    const uint8_t *at = buffer->at + buffer->first;
    size_t there = buffer->end - buffer->first, head;
    uint64_t size = 0;

    if (there < 2)
        return ERR_AGAIN;
    frame->flags = at[0];
    head = (frame->flags & FRAME_LONG) != 0 ? 9 : 2;
    if (there < head)
        return ERR_AGAIN;
    for (size_t i = 1; i < head; i++)
        size = size << 8 | at[i];
    if (there - head < size)
        return ERR_AGAIN;
    frame->body = span_of(at + head, size);
    buffer->first += head + size;
    return ERR_NONE;
}

// ---------------------------------------------------------------- messages

enum err bench_link_send(struct bench_link *link, struct span message)
{
    return put_frame(&link->out, 0, message);
}

enum err bench_link_flush(struct bench_link *link)
{
    struct buffer *out = &link->out;

    while (out->first < out->end) {
        ssize_t written = send(link->socket, out->at + out->first, out->end - out->first, MSG_NOSIGNAL);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return errno == EAGAIN ? ERR_NONE : ERR_SOCKET;
        out->first += (size_t)written;
    }
    out->first = out->end = 0;
    return ERR_NONE;
}

enum err bench_link_fill(struct bench_link *link)
{
    enum err err = make_room(&link->in, FIRST_SIZE / 2);
    ssize_t size;

    if (err != ERR_NONE)
        return err;
    do
        size = recv(link->socket, link->in.at + link->in.end, link->in.size - link->in.end, 0);
    while (size < 0 && errno == EINTR);
    if (size == 0 || (size < 0 && errno != EAGAIN))
        return ERR_SOCKET;
    link->in.end += size > 0 ? (size_t)size : 0;
    return ERR_NONE;
}

// PING carries a time to live of two bytes and a context, which PONG gives back.
static enum err answer_command(struct bench_link *link, struct span body)
{
    uint8_t pong[5 + 16] = "\4PONG";

    if (body.size < 7 || body.size > 7 + 16 || memcmp(body.at, "\4PING", 5) != 0)
        return ERR_NONE;
    memcpy(pong + 5, body.at + 7, body.size - 7);
    return put_frame(&link->out, FRAME_COMMAND, span_of(pong, body.size - 2));
}

enum err bench_link_next(struct bench_link *link, struct span *message)
{
    struct frame frame;
    enum err err;

    while ((err = take_frame(&link->in, &frame)) == ERR_NONE) {
        if ((frame.flags & FRAME_MORE) != 0)
            return ERR_BAD_INPUT;
        *message = frame.body;
        if ((frame.flags & FRAME_COMMAND) == 0)
            return ERR_NONE;
        err = answer_command(link, frame.body);
        if (err != ERR_NONE)
            return err;
    }
    return err;
}

struct pollfd bench_link_poll(const struct bench_link *link)
{
    short events = link->out.first < link->out.end ? POLLIN | POLLOUT : POLLIN;

    return (struct pollfd){.fd = link->socket, .events = events};
}

// ---------------------------------------------------------------- opening

static enum err connect_to(const char *endpoint, int *descriptor)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    struct timeval limit = {.tv_sec = HANDSHAKE_S};
    char host[64];
    unsigned port;
    int yes = 1;

    if (sscanf(endpoint, "tcp://%63[0-9.]:%u", host, &port) != 2 || port > UINT16_MAX || inet_pton(AF_INET, host, &address.sin_addr) != 1)
        return ERR_BAD_CONFIG;
    address.sin_port = htons((uint16_t)port);
    *descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*descriptor < 0 || connect(*descriptor, (struct sockaddr *)&address, sizeof address) != 0)
        return ERR_SOCKET;
    setsockopt(*descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    setsockopt(*descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return ERR_NONE;
}

static enum err read_greeting(struct bench_link *link)
{
    while (link->in.end < GREETING_SIZE) {
        size_t before = link->in.end;
        enum err err = bench_link_fill(link);

        if (err != ERR_NONE || link->in.end == before)
            return ERR_SOCKET;
    }
    if (link->in.at[0] != 0xff || link->in.at[9] != 0x7f || link->in.at[10] < 3 || memcmp(link->in.at + 12, "NULL", 5) != 0)
        return ERR_SOCKET;
    link->in.first += GREETING_SIZE;
    return ERR_NONE;
}

// Signature, version 3.0, mechanism NULL; then both say READY. Ours is sent with the greeting, theirs is passed over with other commands.
static enum err shake_hands(struct bench_link *link)
{
    static const uint8_t greeting[GREETING_SIZE] = {0xff, [9] = 0x7f, 3, 0, 'N', 'U', 'L', 'L'};
    static const uint8_t ready[] = "\5READY\13Socket-Type\0\0\0\6DEALER\10Identity\0\0\0";
    enum err err = make_room(&link->out, sizeof greeting);

    if (err != ERR_NONE)
        return err;
    put(&link->out, greeting, sizeof greeting);
    err = put_frame(&link->out, FRAME_COMMAND, span_of(ready, sizeof ready)); // the last size's last byte is the literal's end
    err = err == ERR_NONE ? bench_link_flush(link) : err;
    return err == ERR_NONE ? read_greeting(link) : err;
}

enum err bench_link_open(const char *endpoint, struct bench_link **link)
{
    enum err err;

    *link = calloc(1, sizeof **link);
    if (*link == NULL)
        return ERR_NO_MEMORY;
    (*link)->socket = -1;
    err = connect_to(endpoint, &(*link)->socket);
    err = err == ERR_NONE ? shake_hands(*link) : err;
    if (err == ERR_NONE && fcntl((*link)->socket, F_SETFL, O_NONBLOCK) != 0)
        err = ERR_SOCKET;
    if (err != ERR_NONE)
        bench_link_close(link);
    return err;
}

void bench_link_close(struct bench_link **link)
{
    if (*link == NULL)
        return;
    if ((*link)->socket >= 0)
        close((*link)->socket);
    free((*link)->in.at);
    free((*link)->out.at);
    free(*link);
    *link = NULL;
}
