// SPDX-License-Identifier: MIT
// JSON as the command line takes and shows it: text to MessagePack, back, and to MessagePack again.
// A refusal says where, and quotes nothing.
#include "tests/fuzz/fuzz.h"

#include "common/wire/json.h"

#include <ctype.h>

enum { WIRE_BYTES_MAX = 1 << 20 };

static uint8_t first[WIRE_BYTES_MAX], second[WIRE_BYTES_MAX];

// "line 3, column 4: ..." and one of our sentences, which have no character that could come from a text.
static void check_why(const char *why)
{
    require(strlen(why) > 0 && strlen(why) < 160);
    for (; *why != '\0'; why++)
        require(isprint((unsigned char)*why));
}

static struct span shown_again(struct span wire)
{
    struct wire_writer writer = wire_writer_on(second, sizeof second);
    json_t *json = json_from_wire(wire);
    char *text = json != NULL ? json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    char why[160];

    require(text != NULL);
    require(json_to_wire(span_text(text), &writer, why, sizeof why) == ERR_NONE);
    free(text);
    json_decref(json);
    return wire_written(&writer);
}

// What json_to_wire wrote and the door lets in comes back as it was.
static void check_wire(struct span wire)
{
    struct faults faults = {0};

    if (wire_check(wire, &faults))
        (void)shown_again(wire);
}

static void check_shown(struct span bytes)
{
    struct faults faults = {0};
    enum wire_form form = wire_look(bytes, &faults);
    json_t *json = json_from_wire(bytes);
    char *text = json != NULL ? json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

    require(form != WIRE_GOOD || text != NULL);
    free(text);
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = span_of(data, size);
    struct wire_writer writer = wire_writer_on(first, sizeof first);
    char why[160] = "";
    enum err err = json_to_wire(bytes, &writer, why, sizeof why);

    if (err == ERR_NONE) {
        check_wire(wire_written(&writer));
    } else {
        require(err == ERR_BAD_INPUT || err == ERR_NO_ROOM);
        check_why(why);
    }
    if (size > 0)
        check_shown(bytes);
    return 0;
}
