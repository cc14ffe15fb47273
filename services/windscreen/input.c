// SPDX-License-Identifier: MIT
// A growing window over a stream, and two ways to find the end of an event in it.
// Called by command_publish.c. Reads no field.
#include "services/windscreen/input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/wire/token.h"

enum { READ_BYTES = 65536, BUFFER_BYTES = INPUT_EVENT_MAX + READ_BYTES };

// How reading goes on after a fault.
enum recovery {
    GO_ON,        // where it stands
    GO_ON_ITEM,   // where it stands, with an item of the array
    TO_NEXT_LINE, // that begins an event no deeper than the one at fault
    TO_NEXT_ITEM, // of the array
    TO_THE_END,   // nothing more can be told apart
};

struct input {
    int fd;
    bool ended;   // nothing more can be read
    bool started; // the first byte has been looked at
    bool in_list; // inside a JSON array of events
    bool over;    // nothing more is looked at
    enum input_form form;
    enum recovery recovery;
    size_t start, end;        // of what is in the buffer and not yet consumed
    size_t offset;            // of `start` in the stream
    size_t line, line_offset; // of `start`: line number, and where that line begins in the stream
    size_t n_items;
    struct input_place event;
    size_t event_size, event_line_offset;
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

struct input_place input_place(const struct input *input)
{
    return input->event;
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

    for (size_t i = 0; input->form != INPUT_MSGPACK && i < size; i++)
        if (at[i] == '\n') {
            input->line++;
            input->line_offset = input->offset + i + 1;
        }
    input->start += size;
    input->offset += size;
}

static size_t column_of(const struct input *input)
{
    return input->offset - input->line_offset + 1;
}

static enum err refuse(struct input *input, enum recovery recovery, const char *what)
{
    input->recovery = recovery;
    if (input->form == INPUT_MSGPACK)
        snprintf(input->why, sizeof input->why, "item %zu, byte %zu: %s", input->n_items, input->offset + 1, what);
    else if (input->in_list)
        snprintf(input->why, sizeof input->why, "item %zu, line %zu, column %zu: %s", input->n_items, input->line, column_of(input), what);
    else
        snprintf(input->why, sizeof input->why, "line %zu, column %zu: %s", input->line, column_of(input), what);
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
    bool fresh;   // only blanks since the line began
    uint8_t last; // byte that was no white space
};

enum scanned { SCAN_MORE, SCAN_END, SCAN_OPEN_TEXT, SCAN_NEXT_EVENT };

static bool is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static void scan_text(struct scan *scan, uint8_t byte)
{
    if (scan->escaped)
        scan->escaped = false;
    else if (byte == '\\')
        scan->escaped = true;
    else if (byte == '"')
        scan->in_text = false;
}

// A line begins with { where no value may stand: the object before it has been cut off.
static bool is_next_event(const struct scan *scan, uint8_t byte)
{
    return byte == '{' && scan->fresh && scan->last != ':' && scan->last != ',' && scan->last != '[';
}

// Walks to the end of an object by its brackets and texts.
static enum scanned scan_object(struct scan *scan, const uint8_t *at, size_t size)
{
    while (scan->size < size) {
        uint8_t byte = at[scan->size++];

        if (scan->in_text && byte == '\n')
            return SCAN_OPEN_TEXT;
        if (is_next_event(scan, byte))
            return SCAN_NEXT_EVENT;
        if (scan->in_text)
            scan_text(scan, byte);
        else if (byte == '"')
            scan->in_text = true;
        else if (byte == '{' || byte == '[')
            scan->depth++;
        else if ((byte == '}' || byte == ']') && --scan->depth == 0)
            return SCAN_END;
        scan->fresh = byte == '\n' || (scan->fresh && is_space(byte));
        if (!is_space(byte))
            scan->last = byte;
    }
    return SCAN_MORE;
}

static enum err lend(struct input *input, struct span *event, size_t size)
{
    input->event = (struct input_place){.item = input->in_list ? input->n_items : 0, .line = input->line, .column = column_of(input)};
    input->event_line_offset = input->line_offset;
    input->event_size = size;
    *event = span_of(input->buffer + input->start, size);
    consume(input, size);
    return ERR_NONE;
}

static enum err take_object(struct input *input, struct span *event)
{
    struct scan scan = {0};

    input->n_items++;
    for (;;) {
        enum scanned scanned = scan_object(&scan, input->buffer + input->start, input->end - input->start);
        enum err err;

        if (scanned == SCAN_END)
            return lend(input, event, scan.size);
        if (scanned == SCAN_OPEN_TEXT)
            return refuse(input, TO_NEXT_LINE, "the object that begins here has a text without closing quote");
        if (scanned == SCAN_NEXT_EVENT)
            return refuse(input, TO_NEXT_LINE, "the object that begins here has no end before the next");
        err = scan.size > INPUT_EVENT_MAX ? ERR_NO_ROOM : read_more(input);
        if (err == ERR_NO_ROOM)
            return refuse(input, TO_NEXT_LINE, "an event larger than 1 MiB begins here");
        if (err == ERR_NOT_FOUND)
            return refuse(input, TO_NEXT_LINE, "the object that begins here has no end");
        if (err != ERR_NONE)
            return err;
    }
}

// Steps over the comma between the events of an array, or its end; ERR_NONE when an item follows.
static enum err next_in_list(struct input *input, uint8_t byte, bool is_first)
{
    enum err err;

    if (byte == ']') {
        consume(input, 1);
        input->in_list = false;
        input->over = true;
        err = peek(input, &byte);
        return err == ERR_NONE ? refuse(input, TO_THE_END, "something follows the array") : err;
    }
    if (is_first)
        return ERR_NONE;
    if (byte != ',')
        return refuse(input, byte == '{' ? GO_ON_ITEM : TO_NEXT_ITEM, "a comma or ] is wanted behind this item");
    consume(input, 1);
    return ERR_NONE;
}

static enum err refuse_end(struct input *input)
{
    input->in_list = false;
    return refuse(input, TO_THE_END, "the array has no end");
}

static enum err next_json(struct input *input, struct span *event, bool is_first)
{
    uint8_t byte;
    enum err err = peek(input, &byte);

    if (err == ERR_NONE && input->in_list)
        err = next_in_list(input, byte, is_first);
    else if (err == ERR_NOT_FOUND && input->in_list)
        return refuse_end(input);
    if (err == ERR_NONE) {
        err = peek(input, &byte);
        if (err == ERR_NOT_FOUND)
            return refuse_end(input);
    }
    if (err != ERR_NONE)
        return err;
    if (byte == '{')
        return take_object(input, event);
    input->n_items++;
    return refuse(input, input->in_list ? TO_NEXT_ITEM : TO_NEXT_LINE, "an event is a JSON object: { is wanted here");
}

// ---------------------------------------------------------------- MessagePack

// Bytes of the value at the start, however deep it is: intake judges that. 0 when it is cut short, or none.
static size_t value_size(struct span bytes)
{
    const uint8_t *at = bytes.at;
    const uint8_t *end = bytes.at + bytes.size;

    for (uint64_t n_wanted = 1; n_wanted > 0; n_wanted--) {
        struct token token = token_read(at, end);

        if (token.kind == TOKEN_CUT)
            return 0;
        at += token.size;
        n_wanted += token.kind == TOKEN_ARRAY ? token.value : token.kind == TOKEN_MAP ? 2 * token.value : 0;
    }
    return (size_t)(at - bytes.at);
}

static enum err next_msgpack(struct input *input, struct span *event)
{
    size_t size = 0;

    for (;;) {
        enum err err;

        if (input->start < input->end)
            size = value_size(span_of(input->buffer + input->start, input->end - input->start));
        if (size > 0)
            break;
        err = input->end - input->start > INPUT_EVENT_MAX ? ERR_NO_ROOM : read_more(input);
        if (err == ERR_NOT_FOUND && input->start == input->end)
            return err;
        if (err == ERR_NO_ROOM || err == ERR_NOT_FOUND) {
            input->n_items++;
            return refuse(input, TO_THE_END, "the map that begins here is cut short, or not MessagePack; nothing behind it can be read");
        }
        if (err != ERR_NONE)
            return err;
    }
    input->n_items++;
    if (token_read(input->buffer + input->start, input->buffer + input->end).kind != TOKEN_MAP) {
        enum err err = refuse(input, GO_ON, "an event is a MessagePack map: none begins here");

        consume(input, size);
        return err;
    }
    input->event = (struct input_place){.item = input->n_items, .column = input->offset + 1};
    *event = span_of(input->buffer + input->start, size);
    consume(input, size);
    return ERR_NONE;
}

// ---------------------------------------------------------------- after a fault

// Consumes until a line begins with { at this column or before it, or until `end` in the stream.
static enum err skip_lines(struct input *input, size_t column, size_t end)
{
    bool fresh = false;

    while (input->offset < end) {
        enum err err = input->start == input->end ? read_more(input) : ERR_NONE;
        uint8_t byte;

        if (err != ERR_NONE)
            return err;
        byte = input->buffer[input->start];
        if (fresh && byte == '{' && column_of(input) <= column)
            return ERR_NONE;
        fresh = byte == '\n' || (fresh && is_space(byte));
        consume(input, 1);
    }
    return ERR_NOT_FOUND;
}

// Consumes until the comma or bracket behind an item that is no object.
static enum err skip_item(struct input *input)
{
    struct scan scan = {.depth = 1};

    for (;;) {
        enum err err = input->start == input->end ? read_more(input) : ERR_NONE;
        uint8_t byte;

        if (err != ERR_NONE)
            return err;
        byte = input->buffer[input->start];
        if (scan.depth == 1 && !scan.in_text && (byte == ',' || byte == ']'))
            return ERR_NONE;
        scan.size = 0;
        if (scan_object(&scan, &byte, 1) != SCAN_MORE)
            return ERR_NOT_FOUND;
        consume(input, 1);
    }
}

// Goes on as the last fault said; *is_first tells that an item of the array stands next, without comma.
static enum err recover(struct input *input, bool *is_first)
{
    enum recovery recovery = input->recovery;
    enum err err = ERR_NONE;

    input->recovery = GO_ON;
    *is_first = recovery == GO_ON_ITEM || recovery == TO_NEXT_LINE;
    if (recovery == TO_NEXT_LINE)
        err = skip_lines(input, input->buffer[input->start] == '{' ? column_of(input) : SIZE_MAX, SIZE_MAX);
    if (recovery == TO_NEXT_ITEM)
        err = skip_item(input);
    input->over = input->over || recovery == TO_THE_END || err == ERR_NOT_FOUND;
    return err;
}

void input_reject(struct input *input)
{
    size_t size = input->event_size;
    struct input behind = {.start = input->start, .offset = input->offset, .line = input->line, .line_offset = input->line_offset};

    if (input->form != INPUT_JSON || input->line == input->event.line)
        return;
    input->start -= size;
    input->offset -= size;
    input->line = input->event.line;
    input->line_offset = input->event_line_offset;
    if (skip_lines(input, input->event.column, behind.offset) == ERR_NONE) {
        input->recovery = GO_ON_ITEM;
        return;
    }
    input->line = behind.line;
    input->line_offset = behind.line_offset;
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

// The bracket that begins an array of events.
static enum err start_list(struct input *input, bool *is_first)
{
    uint8_t byte;
    enum err err = peek(input, &byte);

    if (err == ERR_NONE && input->form == INPUT_JSON && byte == '[') {
        consume(input, 1);
        input->in_list = *is_first = true;
    }
    return err;
}

enum err input_next(struct input *input, struct span *event)
{
    bool is_first = false;
    enum err err = recover(input, &is_first);

    if (err == ERR_NONE && !input->started && !input->over) {
        err = start(input);
        if (err == ERR_NONE)
            err = start_list(input, &is_first);
    }
    if (input->over)
        return ERR_NOT_FOUND;
    if (err != ERR_NONE)
        return err;
    input->why[0] = '\0';
    return input->form == INPUT_MSGPACK ? next_msgpack(input, event) : next_json(input, event, is_first);
}

// json_to_wire counts lines and columns from the event's own start: here they count from the stream's.
void input_explain(const struct input *input, const char *why, char text[INPUT_WHY_MAX + 1])
{
    struct input_place place = input_place(input);
    size_t line, column;
    int read = 0;
    int used = place.item > 0 ? snprintf(text, INPUT_WHY_MAX + 1, "item %zu, ", place.item) : 0;

    if (sscanf(why, "line %zu, column %zu: %n", &line, &column, &read) == 2 && read > 0) {
        place.column = line == 1 ? place.column - 1 + column : column;
        place.line += line - 1;
    }
    snprintf(text + used, INPUT_WHY_MAX + 1 - (size_t)used, "line %zu, column %zu: %.160s", place.line, place.column, why + read);
}
