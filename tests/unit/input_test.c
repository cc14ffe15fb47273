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
    const char *told[8]; // events as cut, and faults: "!" and why; NULL ends
};

static const struct stream streams[] = {
    {"nothing", "", 0, INPUT_UNKNOWN, {NULL}},
    {"white space", " \n\t\r\n", 0, INPUT_UNKNOWN, {NULL}},
    {"one object", "{\"a\":1}", 0, INPUT_JSON, {"{\"a\":1}"}},
    {"one object over lines", " {\n \"a\": [1, {\"b\": 2}]\n}\n", 0, INPUT_JSON, {"{\n \"a\": [1, {\"b\": 2}]\n}"}},
    {"two lines", "{\"a\":1}\n{\"b\":2}\n", 0, INPUT_JSON, {"{\"a\":1}", "{\"b\":2}"}},
    {"line ends of Windows, an empty line, none at the end", "{\"a\":1}\r\n\r\n{\"b\":2}", 0, INPUT_JSON, {"{\"a\":1}", "{\"b\":2}"}},
    {"an array", "[{\"a\":1}, {\"b\":2}\n]\n", 0, INPUT_JSON, {"{\"a\":1}", "{\"b\":2}"}},
    {"an empty array", "[ ]", 0, INPUT_JSON, {NULL}},
    {"brackets and quotes inside texts", "{\"a\":\"}]\\\"{\"}{}", 0, INPUT_JSON, {"{\"a\":\"}]\\\"{\"}", "{}"}},
    {"a byte order mark", "\xef\xbb\xbf{}", 0, INPUT_JSON, {"{}"}},
    {"maps behind each other", "\x81\xa1\x61\x01\x80", 0, INPUT_MSGPACK, {"\x81\xa1\x61\x01", "\x80"}},
    {"no object", "{}\nfoo", 0, INPUT_JSON, {"{}", "!line 2, column 1: an event is a JSON object: { is wanted here"}},
    {"lines that are no objects",
     "one\ntwo\n  {}\n3\n{\"a\":1}",
     0,
     INPUT_JSON,
     {"!line 1, column 1: an event is a JSON object: { is wanted here", "{}",
      "!line 4, column 1: an event is a JSON object: { is wanted here", "{\"a\":1}"}},
    {"lines of white space count", "\n \n7", 0, INPUT_JSON, {"!line 3, column 1: an event is a JSON object: { is wanted here"}},
    {"an array in a stream", "{} []\n{}", 0, INPUT_JSON, {"{}", "!line 1, column 4: an event is a JSON object: { is wanted here", "{}"}},
    {"no comma", "[{}\n {}]", 0, INPUT_JSON, {"{}", "!item 1, line 2, column 2: a comma or ] is wanted behind this item", "{}"}},
    {"a comma too many", "[{},]", 0, INPUT_JSON, {"{}", "!item 2, line 1, column 5: an event is a JSON object: { is wanted here"}},
    {"items that are no objects",
     "[{}, null, [1, {\"b\":\"],\"}], {\"a\":1}]",
     0,
     INPUT_JSON,
     {"{}", "!item 2, line 1, column 6: an event is a JSON object: { is wanted here",
      "!item 3, line 1, column 12: an event is a JSON object: { is wanted here", "{\"a\":1}"}},
    {"an array without end", "[{}", 0, INPUT_JSON, {"{}", "!line 1, column 4: the array has no end"}},
    {"an array cut behind a comma", "[{},\n", 0, INPUT_JSON, {"{}", "!line 2, column 1: the array has no end"}},
    {"an array cut at once", "[", 0, INPUT_JSON, {"!line 1, column 2: the array has no end"}},
    {"something behind an array", "[{}] {}", 0, INPUT_JSON, {"{}", "!line 1, column 6: something follows the array"}},
    {"an object without end", "{}\n {\"a\":", 0, INPUT_JSON, {"{}", "!line 2, column 2: the object that begins here has no end"}},
    {"a line cut short",
     "{\"a\":1}\n{\"id\": \n{\"b\":2}\n{\"c\":{\"d\":1}\n{\"e\":[\n{}\n",
     0,
     INPUT_JSON,
     {"{\"a\":1}", "!line 2, column 1: the object that begins here has no end before the next", "{\"b\":2}",
      "!line 4, column 1: the object that begins here has no end before the next",
      "!line 5, column 1: the object that begins here has no end", "{}"}},
    {"a text without closing quote",
     "{\"a\":\"x}\n{\"b\":\"y\"}\n",
     0,
     INPUT_JSON,
     {"!line 1, column 1: the object that begins here has a text without closing quote", "{\"b\":\"y\"}"}},
    {"an item cut short",
     "[\n  {\"a\":1},\n  {\"b\":\"x},\n  {\"c\":\n    {\"d\":1}}\n]",
     0,
     INPUT_JSON,
     {"{\"a\":1}", "!item 2, line 3, column 3: the object that begins here has a text without closing quote", "{\"c\":\n    {\"d\":1}}"}},
    {"a cut map",
     "\x80\x81\xa1",
     0,
     INPUT_MSGPACK,
     {"\x80", "!item 2, byte 2: the map that begins here is cut short, or not MessagePack; nothing behind it can be read"}},
    {"no map", "\x80\xa1\x61\x80", 0, INPUT_MSGPACK, {"\x80", "!item 2, byte 2: an event is a MessagePack map: none begins here", "\x80"}},
    {"a deep map, a float and an extension are intake's to judge",
     "\x81\xa1\x61\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\xcf\xff\xff\xff\xff\xff\xff\xff\xff\x82\xa1\x61\xca\x01\x02\x03\x04\xa1\x62\xd4"
     "\x01\x02",
     0,
     INPUT_MSGPACK,
     {"\x81\xa1\x61\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\xcf\xff\xff\xff\xff\xff\xff\xff\xff",
      "\x82\xa1\x61\xca\x01\x02\x03\x04\xa1\x62\xd4\x01\x02"}},
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

        print_message("%s\n", stream->name);
        for (unsigned i = 0; i < 8 && stream->told[i] != NULL; i++) {
            bool is_fault = stream->told[i][0] == '!';

            assert_int_equal(input_next(input, &event), is_fault ? ERR_BAD_INPUT : ERR_NONE);
            if (is_fault)
                assert_string_equal(input_why(input), stream->told[i] + 1);
            else
                assert_true(span_is(event, stream->told[i]));
        }
        assert_int_equal(input_next(input, &event), ERR_NOT_FOUND);
        assert_int_equal(input_form(input), stream->form);
        assert_int_equal(input_next(input, &event), ERR_NOT_FOUND);
        input_free(&input);
        close(fd);
    }
}

static void tells_where_an_event_begins(void **state)
{
    int fd;
    struct input *input = input_on("{}\n\n  {}", 8, &fd);
    struct span event;
    struct input_place place;

    (void)state;
    assert_int_equal(input_next(input, &event), ERR_NONE);
    assert_int_equal(input_next(input, &event), ERR_NONE);
    place = input_place(input);
    assert_int_equal(place.item, 0);
    assert_int_equal(place.line, 3);
    assert_int_equal(place.column, 3);
    input_free(&input);
    close(fd);
}

// What is rejected is looked through for events that it has swallowed.
static void goes_on_behind_what_is_rejected(void **state)
{
    static const struct {
        const char *bytes;
        const char *rejected, *next; // NULL: none
    } rows[] = {
        {"{\"a\":01} {}", "{\"a\":01}", "{}"},
        {"{\"a\":\n{}\n}\n{\"b\":2}", "{\"a\":\n{}\n}", "{}"},
        {"{\"id\":\n{\"b\":2}}", "{\"id\":\n{\"b\":2}}", "{\"b\":2}"},
        {"{\n \"a\":01,\n \"b\":\n {}\n}\n{\"c\":3}", "{\n \"a\":01,\n \"b\":\n {}\n}", "{\"c\":3}"},
        {"[\n {\n  \"a\":01\n }, {\n \"b\":2}]", "{\n  \"a\":01\n }", "{\n \"b\":2}"},
        {"{\n\"a\":01}", "{\n\"a\":01}", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int fd;
        struct input *input = input_on(rows[i].bytes, strlen(rows[i].bytes), &fd);
        struct span event;

        print_message("%s\n", rows[i].bytes);
        assert_int_equal(input_next(input, &event), ERR_NONE);
        assert_true(span_is(event, rows[i].rejected));
        input_reject(input);
        assert_int_equal(input_next(input, &event), rows[i].next != NULL ? ERR_NONE : ERR_NOT_FOUND);
        if (rows[i].next != NULL)
            assert_true(span_is(event, rows[i].next));
        input_free(&input);
        close(fd);
    }
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
    fprintf(file, "{\"text\":\"%0*d\"}\n{}\n", INPUT_EVENT_MAX + 100000, 0);
    fflush(file);
    rewind(file);
    input = input_new(fileno(file));
    assert_int_equal(input_next(input, &event), ERR_BAD_INPUT);
    assert_string_equal(input_why(input), "line 1, column 1: an event larger than 1 MiB begins here");
    assert_int_equal(input_next(input, &event), ERR_NONE);
    assert_true(span_is(event, "{}"));
    assert_int_equal(input_place(input).line, 2);
    input_free(&input);
    fclose(file);
    unit_remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_streams),
        cmocka_unit_test(tells_where_an_event_begins),
        cmocka_unit_test(goes_on_behind_what_is_rejected),
        cmocka_unit_test(reads_long_streams),
        cmocka_unit_test(refuses_an_endless_event),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
