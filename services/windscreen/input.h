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

// The next event; lends its bytes until the next call. ERR_NOT_FOUND at the end of the stream, ERR_IO when reading fails.
// ERR_BAD_INPUT when something else stands there, or an event that has no end: input_why says what and where, and the next call goes on
// behind it, if it can be seen where the next event begins; else the stream ends there.
CHECKED enum err input_next(struct input *input, struct span *event);

// The event lent last is not JSON: where a line inside it begins as an event does, the next call goes on there.
void input_reject(struct input *input);

struct input_place {
    size_t item;         // from 1 in an array and in MessagePack; else 0
    size_t line, column; // both from 1; MessagePack: line 0, and column is the byte
};

enum input_form input_form(const struct input *input);
// Where the event lent last begins.
struct input_place input_place(const struct input *input);
// What json_to_wire found wrong in the event lent last, its place told as that in the stream.
void input_explain(const struct input *input, const char *why, char text[INPUT_WHY_MAX + 1]);
// Quotes nothing of the input.
const char *input_why(const struct input *input);
