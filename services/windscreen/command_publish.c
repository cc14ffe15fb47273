// SPDX-License-Identifier: MIT
// `windscreen publish`: events in, receipts out.
// A partner's tool. Changes no event; JSON becomes MessagePack and nothing else.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/wire/json.h"
#include "services/windscreen/hub.h"
#include "services/windscreen/input.h"
#include "services/windscreen/screen.h"

struct publishing {
    const struct given *given;
    char endpoint[WINDSCREEN_ENDPOINT_MAX + 1];
    struct windscreen_publisher *publisher;
    struct input *input;
    uint64_t n_sent;
    uint64_t counts[RECEIPT_COUNT]; // by status; RECEIPT_NONE: unanswered
    int bad_output;
    int64_t started_ms;
    uint8_t event[INPUT_EVENT_MAX];
    uint8_t receipt[SUBMISSION_BYTES_MAX];
};

static json_t *text_or_null(struct span text)
{
    return text.size > 0 ? json_stringn((const char *)text.at, text.size) : json_null();
}

// The receipt as JSON; both names always stand in it, also as null.
static json_t *receipt_json(struct publishing *publishing, const struct windscreen_result *result)
{
    struct wire_writer writer = wire_writer_on(publishing->receipt, sizeof publishing->receipt);
    json_t *receipt;

    if (result->receipt == NULL)
        return json_pack("{so, so, ss}", "id", text_or_null(result->id), "source", text_or_null(result->source), "status", "unanswered");
    encode(&record_receipt, result->receipt, &writer);
    receipt = json_from_wire(wire_written(&writer));
    if (receipt == NULL)
        return NULL;
    if (!HAS(result->receipt, receipt, source))
        json_object_set_new(receipt, "source", json_null());
    if (!HAS(result->receipt, receipt, id))
        json_object_set_new(receipt, "id", json_null());
    return receipt;
}

static void on_result(void *context, const struct windscreen_result *result)
{
    struct publishing *publishing = context;
    int bad = screen_json(receipt_json(publishing, result));

    publishing->counts[result->status]++;
    if (bad != 0)
        publishing->bad_output = bad;
}

// ---------------------------------------------------------------- reading

// json_to_wire counts lines from the event's own start. White space as long as what came before makes it count from the file's.
static void explain_json(struct publishing *publishing, struct span event, char *why, size_t why_size)
{
    struct wire_writer writer = wire_writer_on(publishing->event, sizeof publishing->event);
    size_t line, column;
    char *text;

    input_place(publishing->input, &line, &column);
    text = malloc(line + column + event.size);
    if (text == NULL)
        return;
    memset(text, '\n', line - 1);
    memset(text + line - 1, ' ', column - 1);
    memcpy(text + line + column - 2, event.at, event.size);
    (void)!json_to_wire(span_of(text, line + column - 2 + event.size), &writer, why, why_size);
    free(text);
    if (strncmp(why, "line ", 5) != 0) {
        char rest[INPUT_WHY_MAX + 1];

        snprintf(rest, sizeof rest, "%s", why);
        snprintf(why, why_size, "line %zu, column %zu: %.180s", line, column, rest);
    }
}

static int refuse_input(const struct publishing *publishing, const char *why)
{
    fprintf(stderr, "windscreen publish: %s: %s\n", publishing->given->words[0], why);
    if (publishing->n_sent > 0)
        fprintf(stderr, "The %llu event%s before it %s sent. Mend the input and publish all of it again: that is safe.\n",
                (unsigned long long)publishing->n_sent, publishing->n_sent == 1 ? "" : "s", publishing->n_sent == 1 ? "was" : "were");
    return EXIT_BAD_DATA;
}

// The next event as MessagePack. 0, EXIT_NO_INPUT at the end (nothing said), or another exit code.
static int next_event(struct publishing *publishing, struct span *event)
{
    struct wire_writer writer = wire_writer_on(publishing->event, sizeof publishing->event);
    char why[INPUT_WHY_MAX + 1] = "not JSON";
    struct span raw;
    enum err err = input_next(publishing->input, &raw);

    if (err == ERR_NOT_FOUND)
        return EXIT_NO_INPUT;
    if (err == ERR_BAD_INPUT)
        return refuse_input(publishing, input_why(publishing->input));
    if (err != ERR_NONE) {
        fprintf(stderr, "windscreen publish: %s: %s\n", publishing->given->words[0], strerror(errno));
        return EXIT_BAD_OUTPUT;
    }
    *event = raw;
    if (input_form(publishing->input) == INPUT_MSGPACK)
        return 0;
    if (json_to_wire(raw, &writer, why, sizeof why) != ERR_NONE) {
        explain_json(publishing, raw, why, sizeof why);
        return refuse_input(publishing, why);
    }
    *event = wire_written(&writer);
    return 0;
}

// Sends all of the input, until it ends, is not well-formed, or the hub has failed an event.
static int send_all(struct publishing *publishing)
{
    struct span event;
    int code = 0;

    while (publishing->counts[RECEIPT_NONE] + publishing->counts[RECEIPT_BUSY] == 0 && publishing->bad_output == 0) {
        code = next_event(publishing, &event);
        if (code != 0)
            break;
        if (windscreen_publisher_send(publishing->publisher, event) != ERR_NONE) {
            code = hub_unreachable("intake", publishing->endpoint);
            break;
        }
        publishing->n_sent++;
    }
    return code == EXIT_NO_INPUT ? 0 : code;
}

// ---------------------------------------------------------------- the end

static void print_summary(const struct publishing *publishing)
{
    char age[SCREEN_AGE_MAX + 1];
    const char *comma = "";

    screen_age(screen_now_ms() - publishing->started_ms, age);
    fprintf(stderr, "%llu sent in %s: ", (unsigned long long)publishing->n_sent, age);
    for (unsigned i = 1; i <= RECEIPT_COUNT; i++) {
        unsigned status = i % RECEIPT_COUNT; // unanswered, which is no code, comes last

        if (publishing->counts[status] == 0)
            continue;
        fprintf(stderr, "%s%llu %s", comma, (unsigned long long)publishing->counts[status],
                status == RECEIPT_NONE ? "unanswered" : code_text(LIST_RECEIPT, status));
        comma = ", ";
    }
    fprintf(stderr, "%s\n", comma[0] == '\0' ? "no receipts" : "");
}

static int judge(const struct publishing *publishing, int code)
{
    const uint64_t *counts = publishing->counts;

    if (code != 0)
        return code;
    if (publishing->bad_output != 0)
        return publishing->bad_output;
    if (counts[RECEIPT_NONE] > 0)
        return hub_unreachable("intake", publishing->endpoint);
    if (counts[RECEIPT_BUSY] > 0) {
        fprintf(stderr, "windscreen publish: the hub stayed busy; publish the same input again later\n");
        return EXIT_TRY_AGAIN;
    }
    return counts[RECEIPT_REJECTED] + counts[RECEIPT_CONFLICT] > 0 ? EXIT_REFUSED : 0;
}

static int publish(struct publishing *publishing, uint64_t window, uint64_t deadline_ms)
{
    const struct windscreen_publisher_options options = {
        .endpoint = publishing->endpoint,
        .window = (unsigned)window,
        .deadline_ms = (int64_t)deadline_ms,
        .context = publishing,
        .on_result = on_result,
    };
    int code;

    if (windscreen_publisher_open(&options, &publishing->publisher) != ERR_NONE)
        return given_complain(publishing->given, "%s is not an endpoint such as tcp://127.0.0.1:7700", publishing->endpoint);
    publishing->started_ms = screen_now_ms();
    code = send_all(publishing);
    if (windscreen_publisher_wait(publishing->publisher) != ERR_NONE && code == 0)
        code = hub_unreachable("intake", publishing->endpoint);
    windscreen_publisher_close(&publishing->publisher);
    if (fflush(stdout) != 0)
        publishing->bad_output = EXIT_BAD_OUTPUT;
    if (!given_flag(publishing->given, "quiet"))
        print_summary(publishing);
    return judge(publishing, code);
}

static int open_input(const struct given *given)
{
    const char *name = given->words[0];
    int fd = strcmp(name, "-") == 0 ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        fprintf(stderr, "windscreen publish: %s: %s\n", name, strerror(errno));
    return fd;
}

int command_publish_run(const struct given *given)
{
    uint64_t window, deadline_ms;
    struct publishing *publishing;
    int fd;
    int code;

    if (!given_number(given, "window", 1, 4096, 64, &window) || !given_duration(given, "deadline", 1, 86400000, 30000, &deadline_ms))
        return EXIT_BAD_USAGE;
    fd = open_input(given);
    if (fd < 0)
        return EXIT_NO_INPUT;
    publishing = calloc(1, sizeof *publishing);
    if (publishing != NULL) {
        publishing->given = given;
        publishing->input = input_new(fd);
    }
    code = EXIT_NO_MEMORY;
    if (publishing != NULL && publishing->input != NULL) {
        code = hub_find(given, "intake", publishing->endpoint);
        if (code == 0)
            code = publish(publishing, window, deadline_ms);
        input_free(&publishing->input);
    }
    free(publishing);
    if (fd != STDIN_FILENO)
        close(fd);
    return code;
}
