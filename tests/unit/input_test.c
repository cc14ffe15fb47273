// SPDX-License-Identifier: MIT
// Streams of events are cut at the right places, whatever their form, and faults are told by line and column.
// Run by ctest.
#include "services/windscreen/input.h"

#include "tests/unit/unit.h"

struct stream {
    const char *name;
    const char *bytes;
    size_t size; // 0: strlen
    enum input_form form;
    const char *events[4]; // as cut; NULL ends
    const char *why;       // NULL: well-formed to the end
};

static const struct stream streams[] = {
    {"nothing", "", 0, INPUT_UNKNOWN, {NULL}, NULL},
    {"white space", " \n\t\r\n", 0, INPUT_UNKNOWN, {NULL}, NULL},
    {"one object", "{\"a\":1}", 0, INPUT_JSON, {"{\"a\":1}"}, NULL},
    {"one object over lines", " {\n \"a\": [1, {\"b\": 2}]\n}\n", 0, INPUT_JSON, {"{\n \"a\": [1, {\"b\": 2}]\n}"}, NULL},
    {"two lines", "{\"a\":1}\n{\"b\":2}\n", 0, INPUT_JSON, {"{\"a\":1}", "{\"b\":2}"}, NULL},
    {"line ends of Windows, an empty line, none at the end", "{\"a\":1}\r\n\r\n{\"b\":2}", 0, INPUT_JSON, {"{\"a\":1}", "{\"b\":2}"}, NULL},
    {"an array", "[{\"a\":1}, {\"b\":2}\n]\n", 0, INPUT_JSON, {"{\"a\":1}", "{\"b\":2}"}, NULL},
    {"an empty array", "[ ]", 0, INPUT_JSON, {NULL}, NULL},
    {"brackets and quotes inside texts", "{\"a\":\"}]\\\"{\"}{}", 0, INPUT_JSON, {"{\"a\":\"}]\\\"{\"}", "{}"}, NULL},
    {"a byte order mark", "\xef\xbb\xbf{}", 0, INPUT_JSON, {"{}"}, NULL},
    {"maps behind each other", "\x81\xa1\x61\x01\x80", 0, INPUT_MSGPACK, {"\x81\xa1\x61\x01", "\x80"}, NULL},
    {"no object", "{}\nfoo", 0, INPUT_JSON, {"{}"}, "line 2, column 1: an event is a JSON object: { is wanted here"},
    {"an array in a stream", "{} []", 0, INPUT_JSON, {"{}"}, "line 1, column 4: an event is a JSON object: { is wanted here"},
    {"no comma", "[{}\n {}]", 0, INPUT_JSON, {"{}"}, "line 2, column 2: a comma or ] is wanted here"},
    {"a comma too many", "[{},]", 0, INPUT_JSON, {"{}"}, "line 1, column 5: an event is a JSON object: { is wanted here"},
    {"an array without end", "[{}", 0, INPUT_JSON, {"{}"}, "line 1, column 4: the array has no end"},
    {"something behind an array", "[{}] {}", 0, INPUT_JSON, {"{}"}, "line 1, column 6: something follows the array"},
    {"an object without end", "{}\n {\"a\":", 0, INPUT_JSON, {"{}"}, "line 2, column 2: the object that begins here has no end"},
    {"a cut map",
     "\x80\x81\xa1",
     0,
     INPUT_MSGPACK,
     {"\x80"},
     "byte 2: the map that begins here is cut short, too deep, or not MessagePack"},
    {"no map", "\x80\xa1\x61", 0, INPUT_MSGPACK, {"\x80"}, "byte 2: an event is a MessagePack map: none begins here"},
};

static struct input *input_on(const char *bytes, size_t size, int *fd)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], bytes, size), (ssize_t)size);
    close(ends[1]);
    *fd = ends[0];
    return input_new(ends[0]);
}

static void cuts_streams(void **state)
{
    (void)state;
    for (size_t s = 0; s < sizeof streams / sizeof streams[0]; s++) {
        const struct stream *stream = &streams[s];
        int fd;
        struct input *input = input_on(stream->bytes, stream->size > 0 ? stream->size : strlen(stream->bytes), &fd);
        struct span event;
        enum err err;

        print_message("%s\n", stream->name);
        for (unsigned i = 0; i < 4 && stream->events[i] != NULL; i++) {
            assert_int_equal(input_next(input, &event), ERR_NONE);
            assert_true(span_is(event, stream->events[i]));
        }
        err = input_next(input, &event);
        assert_int_equal(err, stream->why != NULL ? ERR_BAD_INPUT : ERR_NOT_FOUND);
        assert_string_equal(input_why(input), stream->why != NULL ? stream->why : "");
        assert_int_equal(input_form(input), stream->form);
        assert_int_equal(input_next(input, &event), err);
        input_free(&input);
        close(fd);
    }
}

static void tells_where_an_event_begins(void **state)
{
    int fd;
    struct input *input = input_on("{}\n\n  {}", 8, &fd);
    struct span event;
    size_t line, column;

    (void)state;
    assert_int_equal(input_next(input, &event), ERR_NONE);
    assert_int_equal(input_next(input, &event), ERR_NONE);
    input_place(input, &line, &column);
    assert_int_equal(line, 3);
    assert_int_equal(column, 3);
    input_free(&input);
    close(fd);
}

// Longer than the window that is read at a time, so that events lie across its edge.
static void reads_long_streams(void **state)
{
    char path[64];
    char name[96];
    FILE *file;
    struct span event;
    struct input *input;
    unsigned n = 0;

    (void)state;
    unit_directory(path);
    snprintf(name, sizeof name, "%s/long", path);
    file = fopen(name, "w+");
    for (unsigned i = 0; i < 5000; i++)
        fprintf(file, "{\"n\":%u,\"text\":\"%0*u\"}\n", i, (int)(i % 900), i);
    fflush(file);
    rewind(file);
    input = input_new(fileno(file));
    while (input_next(input, &event) == ERR_NONE) {
        unsigned number;

        assert_int_equal(sscanf((const char *)event.at, "{\"n\":%u", &number), 1);
        assert_int_equal(number, n++);
        assert_int_equal(event.at[event.size - 1], '}');
    }
    assert_int_equal(n, 5000);
    assert_string_equal(input_why(input), "");
    input_free(&input);
    fclose(file);
    unit_remove(path);
}

static void refuses_an_endless_event(void **state)
{
    char path[64];
    char name[96];
    FILE *file;
    struct span event;
    struct input *input;

    (void)state;
    unit_directory(path);
    snprintf(name, sizeof name, "%s/endless", path);
    file = fopen(name, "w+");
    fprintf(file, "{\"text\":\"%0*d\"}", INPUT_EVENT_MAX + 100000, 0);
    fflush(file);
    rewind(file);
    input = input_new(fileno(file));
    assert_int_equal(input_next(input, &event), ERR_BAD_INPUT);
    assert_string_equal(input_why(input), "line 1, column 1: an event larger than 1 MiB begins here");
    input_free(&input);
    fclose(file);
    unit_remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_streams),
        cmocka_unit_test(tells_where_an_event_begins),
        cmocka_unit_test(reads_long_streams),
        cmocka_unit_test(refuses_an_endless_event),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
