// SPDX-License-Identifier: MIT
// Reads the log in order, from any sequence, as an operator does (audit's own socket for them), and waits there for what comes.
// Pulls: nothing is ever missed, however slow the caller; a hub that goes away is found again where the reader stopped.
#pragma once

#include "common/wire/event_wire.h"

struct windscreen_reader;

struct windscreen_event {
    uint64_t sequence;
    struct span bytes;            // exactly as hashed
    enum event_type type;         // EVENT_NONE: of a kind this library does not know; then only `bytes` and `head` say something
    const struct event *head;     // the envelope
    const union event_data *data; // the record of the type
};

// Connects to audit's endpoint. Reads from sequence `from` on (1 is the first) the types in `types` (EVENT_BIT()s; 0: all).
// Gives (windscreen_reader_close). ERR_SOCKET when the endpoint is not one, ERR_NO_MEMORY.
CHECKED enum err windscreen_reader_open(const char *endpoint, uint64_t from, uint64_t types, struct windscreen_reader **reader);
void windscreen_reader_close(struct windscreen_reader **reader);

// The next event; lends it until the next call. ERR_AGAIN when there is none within wait_ms (0: not now, so all there is was read).
// ERR_SOCKET: audit cannot be reached, or did not answer; call again to go on. ERR_BAD_INPUT: the answer is not of this protocol.
CHECKED enum err windscreen_reader_next(struct windscreen_reader *reader, int64_t wait_ms, struct windscreen_event *event);

// Last durable sequence that audit has told of.
uint64_t windscreen_reader_head(const struct windscreen_reader *reader);
// Every event wanted before this sequence has been given.
uint64_t windscreen_reader_at(const struct windscreen_reader *reader);
