// SPDX-License-Identifier: MIT
// A DEALER's connection, spoken by hand (ZMTP 3.0, NULL, RFC 23): no thread beside ours, no allocation for a message.
// Used by the bench programs, whose processor time is taken from the daemons they measure; everybody else uses libzmq.
#pragma once

#include "common/base/err.h"
#include "common/base/span.h"

#include <poll.h>

struct bench_link;

// Connects to an endpoint such as tcp://127.0.0.1:7700 and shakes hands. Gives (bench_link_close).
// ERR_BAD_CONFIG: no such endpoint. ERR_SOCKET: nobody there, or no ZMTP. ERR_NO_MEMORY.
CHECKED enum err bench_link_open(const char *endpoint, struct bench_link **link);
void bench_link_close(struct bench_link **link);

// Queues one message of one frame; copies. ERR_NO_MEMORY.
CHECKED enum err bench_link_send(struct bench_link *link, struct span message);
// Writes what is queued, as far as the connection takes it. ERR_SOCKET: it is broken.
CHECKED enum err bench_link_flush(struct bench_link *link);
// Reads what has come. ERR_SOCKET: it is broken. ERR_NO_MEMORY.
CHECKED enum err bench_link_fill(struct bench_link *link);
// The next message that has come whole, lent until bench_link_fill. ERR_AGAIN: none. ERR_BAD_INPUT: not this protocol.
CHECKED enum err bench_link_next(struct bench_link *link, struct span *message);

// What to wait for.
struct pollfd bench_link_poll(const struct bench_link *link);
