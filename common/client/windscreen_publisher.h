// SPDX-License-Identifier: MIT
// Sends events to a hub's intake and gets a receipt for each: the same bytes again after `busy` or silence, until the deadline.
// Resending is safe: the hub knows an event by (source, id). Runs only inside its calls.
#pragma once

#include "common/base/err.h"
#include "proto/proto.h"

#include <stddef.h>

struct windscreen_publisher;

struct windscreen_result {
    uint64_t number;               // of the event: 0 for the first one sent
    enum receipt_status status;    // RECEIPT_NONE: no answer until the deadline; it may be stored: send it again later
    const struct receipt *receipt; // the receipt (made here for events that are too large to send); NULL with RECEIPT_NONE
    struct span event;             // the event's bytes
    struct span id, source;        // of the event, where they could be read
    unsigned n_sent;               // how often it was sent
    int64_t took_ms;               // from the first sending
};

struct windscreen_publisher_options {
    const char *endpoint; // of intake, such as tcp://127.0.0.1:7700
    unsigned window;      // events without receipt at a time, 1..4096; 0: 64
    int64_t answer_ms;    // send again after so long a silence; 0: 3000
    int64_t deadline_ms;  // give up on an event so long after it was first sent; 0: 30000
    void *context;        // handed to on_result
    // Called for each event once, in the order of the answers; lends all until it returns. Must not call the publisher.
    void (*on_result)(void *context, const struct windscreen_result *result);
};

// Connects; intake need not be there yet. Copies the options, keeps none of their texts. Gives (windscreen_publisher_close).
// ERR_SOCKET when the endpoint is not one, ERR_NO_MEMORY.
CHECKED enum err windscreen_publisher_open(const struct windscreen_publisher_options *options, struct windscreen_publisher **publisher);

// Sends one event (one MessagePack map), copying. Waits while the window is full, and while an event with the same source and id, or
// one whose receipt could not be told from others, is under way. ERR_NO_MEMORY; ERR_IO when talking to the socket fails for good.
CHECKED enum err windscreen_publisher_send(struct windscreen_publisher *publisher, struct span event);

// Waits until every event sent has its result, at most to the deadline of the last. ERR_IO as above.
CHECKED enum err windscreen_publisher_wait(struct windscreen_publisher *publisher);

// Closes; events without a result get none.
void windscreen_publisher_close(struct windscreen_publisher **publisher);
