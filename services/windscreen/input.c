// SPDX-License-Identifier: MIT
// A growing window over a stream, and two ways to find the end of an event in it.
// Called by command_publish.c. Reads no field.
#include "services/windscreen/input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/wire/check.h"

enum { READ_BYTES = 65536, BUFFER_BYTES = INPUT_EVENT_MAX + READ_BYTES };

struct input {
    int fd;
    bool ended;   // nothing more can be read
    bool started; // the first byte has been looked at
    bool in_list; // inside a JSON array of events
    bool list_over;
    enum input_form form;
    size_t start, end;        // of what is in the buffer and not yet consumed
    size_t offset;            // of `start` in the stream
    size_t line, line_offset; // of `start`: line number, and where that line begins in the stream
    size_t event_line, event_column;
    char why[INPUT_WHY_MAX + 1];
    uint8_t buffer[BUFFER_BYTES];
};

struct input *input_new(int fd)
{
    struct input *input = calloc(1, sizeof *input);

    if (input != NULL) {
        input->fd = fd;
        input->line = 1;
    }
    return input;
}

void input_free(struct input **input)
{
    free(*input);
    *input = NULL;
}

enum input_form input_form(const struct input *input)
{
    return input->form;
}

void input_place(const struct input *input, size_t *line, size_t *column)
{
    *line = input->event_line;
    *column = input->event_column;
}

const char *input_why(const struct input *input)
{
    return input->why;
}

// ---------------------------------------------------------------- the window

// Reads some more behind what is there. ERR_NOT_FOUND at the end of the stream, ERR_NO_ROOM when the window is full.
static enum err read_more(struct input *input)
{
    ssize_t size;

    if (input->ended)
        return ERR_NOT_FOUND;
    if (input->start > 0) {
        memmove(input->buffer, input->buffer + input->start, input->end - input->start);
        input->end -= input->start;
        input->start = 0;
    }
    if (input->end == BUFFER_BYTES)
        return ERR_NO_ROOM;
    do
        size = read(input->fd, input->buffer + input->end, BUFFER_BYTES - input->end);
    while (size < 0 && errno == EINTR);
    if (size < 0)
        return ERR_IO;
    input->ended = size == 0;
    input->end += (size_t)size;
    return size == 0 ? ERR_NOT_FOUND : ERR_NONE;
}

static void consume(struct input *input, size_t size)
{
    const uint8_t *at = input->buffer + input->start;

    for (size_t i = 0; input->form == INPUT_JSON && i < size; i++)
        if (at[i] == '\n') {
            input->line++;
            input->line_offset = input->offset + i + 1;
        }
    input->start += size;
    input->offset += size;
}

static enum err refuse(struct input *input, const char *what)
{
    if (input->form == INPUT_MSGPACK)
        snprintf(input->why, sizeof input->why, "byte %zu: %s", input->offset + 1, what);
    else
        snprintf(input->why, sizeof input->why, "line %zu, column %zu: %s", input->line, input->offset - input->line_offset + 1, what);
    return ERR_BAD_INPUT;
}

// The next byte that is no white space, not consumed; ERR_NOT_FOUND at the end.
static enum err peek(struct input *input, uint8_t *byte)
{
    for (;;) {
        while (input->start < input->end) {
            *byte = input->buffer[input->start];
            if (*byte != ' ' && *byte != '\t' && *byte != '\r' && *byte != '\n')
                return ERR_NONE;
            consume(input, 1);
        }
        enum err err = read_more(input);

        if (err != ERR_NONE)
            return err;
    }
}

// ---------------------------------------------------------------- JSON

struct scan {
    size_t size; // looked at so far
    unsigned depth;
    bool in_text, escaped;
};

// Walks to the end of an object by its brackets and texts; true when it was found.
static bool scan_object(struct scan *scan, const uint8_t *at, size_t size)
{
    while (scan->size < size) {
        uint8_t byte = at[scan->size++];

        if (scan->in_text) {
            if (scan->escaped)
                scan->escaped = false;
            else if (byte == '\\')
                scan->escaped = true;
            else if (byte == '"')
                scan->in_text = false;
        } else if (byte == '"') {
            scan->in_text = true;
        } else if (byte == '{' || byte == '[') {
            scan->depth++;
        } else if ((byte == '}' || byte == ']') && --scan->depth == 0) {
            return true;
        }
    }
    return false;
}

static enum err take_object(struct input *input, struct span *event)
{
    struct scan scan = {0};

    input->event_line = input->line;
    input->event_column = input->offset - input->line_offset + 1;
    while (!scan_object(&scan, input->buffer + input->start, input->end - input->start)) {
        enum err err = scan.size > INPUT_EVENT_MAX ? ERR_NO_ROOM : read_more(input);

        if (err == ERR_NO_ROOM)
            return refuse(input, "an event larger than 1 MiB begins here");
        if (err == ERR_NOT_FOUND)
            return refuse(input, "the object that begins here has no end");
        if (err != ERR_NONE)
            return err;
    }
    *event = span_of(input->buffer + input->start, scan.size);
    consume(input, scan.size);
    return ERR_NONE;
}

// Steps over what stands between the events of an array; true when another event follows.
static enum err next_in_list(struct input *input, uint8_t byte, bool is_first)
{
    enum err err;

    if (byte == ']') {
        consume(input, 1);
        input->in_list = false;
        input->list_over = true;
        return peek(input, &byte) == ERR_NOT_FOUND ? ERR_NOT_FOUND : refuse(input, "something follows the array");
    }
    if (is_first)
        return ERR_NONE;
    if (byte != ',')
        return refuse(input, "a comma or ] is wanted here");
    consume(input, 1);
    err = peek(input, &byte);
    return err == ERR_NOT_FOUND ? refuse(input, "the array has no end") : err;
}

static enum err next_json(struct input *input, struct span *event)
{
    bool is_first = false;
    uint8_t byte;
    enum err err = peek(input, &byte);

    if (err == ERR_NOT_FOUND && input->in_list)
        return refuse(input, "the array has no end");
    if (err != ERR_NONE)
        return err;
    if (byte == '[' && !input->in_list && input->event_line == 0) {
        consume(input, 1);
        input->in_list = is_first = true;
        err = peek(input, &byte);
        if (err != ERR_NONE)
            return err == ERR_NOT_FOUND ? refuse(input, "the array has no end") : err;
    }
    if (input->in_list) {
        err = next_in_list(input, byte, is_first);
        if (err != ERR_NONE)
            return err;
        err = peek(input, &byte);
        if (err != ERR_NONE)
            return err;
    }
    return byte == '{' ? take_object(input, event) : refuse(input, "an event is a JSON object: { is wanted here");
}

// ---------------------------------------------------------------- MessagePack

static enum err next_msgpack(struct input *input, struct span *event)
{
    while (input->start == input->end) {
        enum err err = read_more(input);

        if (err != ERR_NONE)
            return err;
    }
    for (;;) {
        struct span rest = span_of(input->buffer + input->start, input->end - input->start);
        size_t size = wire_value_size(rest);
        enum err err;

        if (size > 0) {
            bool is_map = rest.at[0] >> 4 == 0x8 || rest.at[0] == 0xde || rest.at[0] == 0xdf;

            if (!is_map)
                return refuse(input, "an event is a MessagePack map: none begins here");
            input->event_line = 0;
            input->event_column = input->offset + 1;
            *event = span_of(rest.at, size);
            consume(input, size);
            return ERR_NONE;
        }
        err = rest.size > INPUT_EVENT_MAX ? ERR_NO_ROOM : read_more(input);
        if (err == ERR_NO_ROOM || err == ERR_NOT_FOUND)
            return refuse(input, "the map that begins here is cut short, too deep, or not MessagePack");
        if (err != ERR_NONE)
            return err;
    }
}

// ---------------------------------------------------------------- both

// Looks at the first byte: a MessagePack map cannot begin like a JSON text, nor the other way round.
static enum err start(struct input *input)
{
    static const uint8_t byte_order_mark[] = {0xef, 0xbb, 0xbf};
    uint8_t byte;
    enum err err = peek(input, &byte);

    if (err != ERR_NONE)
        return err;
    input->started = true;
    input->form = byte >> 4 == 0x8 || byte >= 0xde ? INPUT_MSGPACK : INPUT_JSON;
    while (byte == byte_order_mark[0] && input->end - input->start < sizeof byte_order_mark && read_more(input) == ERR_NONE)
        ;
    if (input->end - input->start >= sizeof byte_order_mark &&
        memcmp(input->buffer + input->start, byte_order_mark, sizeof byte_order_mark) == 0) {
        input->form = INPUT_JSON;
        consume(input, sizeof byte_order_mark);
        input->line_offset = input->offset;
    }
    return ERR_NONE;
}

enum err input_next(struct input *input, struct span *event)
{
    enum err err = ERR_NONE;

    if (input->why[0] != '\0')
        return ERR_BAD_INPUT;
    if (!input->started)
        err = start(input);
    if (err == ERR_NONE && input->list_over)
        return ERR_NOT_FOUND;
    if (err == ERR_NONE)
        err = input->form == INPUT_MSGPACK ? next_msgpack(input, event) : next_json(input, event);
    return err;
}
