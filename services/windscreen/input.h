// SPDX-License-Identifier: MIT
// Cuts a stream of events into single ones: JSON objects (one, many, or in an array) or MessagePack maps, told apart by the first byte.
// Used by `windscreen publish`. Holds one event at a time, however long the stream; judges only where an event begins and ends.
#pragma once

#include "common/base/err.h"
#include "common/base/span.h"

enum {
    INPUT_EVENT_MAX = 1 << 20, // larger ones are refused here; the hub takes 64 KiB
    INPUT_WHY_MAX = 255,
};

enum input_form { INPUT_UNKNOWN, INPUT_JSON, INPUT_MSGPACK };

struct input;

// Reads from an open descriptor, which stays the caller's. NULL when out of memory.
struct input *input_new(int fd);
void input_free(struct input **input);

// The next event; lends its bytes until the next call. ERR_NOT_FOUND at the end of a well-formed stream, ERR_IO when reading fails,
// ERR_BAD_INPUT when it is not well-formed: input_why says what and where, and nothing more can be read.
CHECKED enum err input_next(struct input *input, struct span *event);

enum input_form input_form(const struct input *input);
// Where the event lent last begins, both from 1; MessagePack: line 0, and column is the byte.
void input_place(const struct input *input, size_t *line, size_t *column);
const char *input_why(const struct input *input);
