// SPDX-License-Identifier: MIT
// The stream that `windscreen publish` reads: cut into events, whatever stands in it, and each made MessagePack.
// The stream always ends, every event lies in it, in order.
#include "tests/fuzz/fuzz.h"

#include "common/wire/json.h"
#include "services/windscreen/input.h"

#include <sys/mman.h>
#include <unistd.h>

static int stream = -1;

static void fill_stream(struct span bytes)
{
    if (stream < 0)
        stream = memfd_create("stream", MFD_CLOEXEC);
    require(stream >= 0 && ftruncate(stream, 0) == 0);
    require(pwrite(stream, bytes.at, bytes.size, 0) == (ssize_t)bytes.size);
    require(lseek(stream, 0, SEEK_SET) == 0);
}

// As command_publish.c does with each event.
static void take_event(struct input *input, struct span event)
{
    static uint8_t buffer[INPUT_EVENT_MAX];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
    struct input_place place = input_place(input);
    char why[INPUT_WHY_MAX + 1] = "";

    require(event.size > 0 && place.column > 0);
    if (input_form(input) == INPUT_MSGPACK)
        return;
    require(event.at[0] == '{' && place.line > 0);
    if (json_to_wire(event, &writer, why, sizeof why) != ERR_NONE)
        input_reject(input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = span_of(data, size);
    struct input *input;
    size_t n = 0;
    enum err err;

    fill_stream(bytes);
    input = input_new(stream);
    require(input != NULL);
    do {
        struct span event = {0};

        err = input_next(input, &event);
        require(err == ERR_NONE || err == ERR_NOT_FOUND || err == ERR_BAD_INPUT);
        if (err == ERR_NONE)
            take_event(input, event);
        if (err == ERR_BAD_INPUT)
            require(strlen(input_why(input)) > 0);
        require(++n <= 4 * size + 8); // it moves on
    } while (err != ERR_NOT_FOUND);
    require(input_next(input, &bytes) == ERR_NOT_FOUND);
    input_free(&input);
    return 0;
}
