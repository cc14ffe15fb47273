// SPDX-License-Identifier: MIT
// `windscreen publish`: events in, receipts out.
// A partner's tool. Changes no event; JSON becomes MessagePack and nothing else.
#include <errno.h>
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
    uint64_t n_sent, n_unreadable;
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

// Counts the event at fault and tells where it is and what is wrong; quotes nothing of it.
static void tell_fault(struct publishing *publishing, const char *why)
{
    fprintf(stderr, "windscreen publish: %s: %s\n", publishing->given->words[0], why);
    publishing->n_unreadable++;
}

static void tell_json_fault(struct publishing *publishing, const char *why)
{
    char text[INPUT_WHY_MAX + 1];

    input_explain(publishing->input, why, text);
    tell_fault(publishing, text);
}

// The next event as MessagePack. 0, EXIT_BAD_DATA when it could not be read (which has been told), EXIT_NO_INPUT at the end (nothing
// said), or another exit code.
static int next_event(struct publishing *publishing, struct span *event)
{
    struct wire_writer writer = wire_writer_on(publishing->event, sizeof publishing->event);
    char why[INPUT_WHY_MAX + 1] = "not JSON";
    struct span raw;
    enum err err = input_next(publishing->input, &raw);

    if (err == ERR_NOT_FOUND)
        return EXIT_NO_INPUT;
    if (err == ERR_BAD_INPUT) {
        tell_fault(publishing, input_why(publishing->input));
        return EXIT_BAD_DATA;
    }
    if (err != ERR_NONE) {
        fprintf(stderr, "windscreen publish: %s: %s\n", publishing->given->words[0], strerror(errno));
        return EXIT_BAD_OUTPUT;
    }
    *event = raw;
    if (input_form(publishing->input) == INPUT_MSGPACK)
        return 0;
    if (json_to_wire(raw, &writer, why, sizeof why) != ERR_NONE) {
        tell_json_fault(publishing, why);
        input_reject(publishing->input);
        return EXIT_BAD_DATA;
    }
    *event = wire_written(&writer);
    return 0;
}

// Sends all that can be read, until the input ends or the hub has failed an event.
static int send_all(struct publishing *publishing)
{
    struct span event;
    int code = 0;

    while (publishing->counts[RECEIPT_NONE] + publishing->counts[RECEIPT_BUSY] == 0 && publishing->bad_output == 0) {
        code = next_event(publishing, &event);
        if (code == EXIT_BAD_DATA)
            continue;
        if (code != 0)
            break;
        if (windscreen_publisher_send(publishing->publisher, event) != ERR_NONE) {
            code = hub_unreachable("intake", publishing->endpoint);
            break;
        }
        publishing->n_sent++;
    }
    return code == EXIT_NO_INPUT || code == EXIT_BAD_DATA ? 0 : code;
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
    fprintf(stderr, "%s", comma[0] == '\0' ? "no receipts" : "");
    if (publishing->n_unreadable > 0)
        fprintf(stderr, "; %llu could not be read and %s not sent", (unsigned long long)publishing->n_unreadable,
                publishing->n_unreadable == 1 ? "was" : "were");
    fprintf(stderr, "\n");
    if (publishing->n_unreadable > 0)
        fprintf(stderr, "Mend the input and publish all of it again: that is safe.\n");
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
    if (counts[RECEIPT_REJECTED] + counts[RECEIPT_CONFLICT] > 0)
        return EXIT_REFUSED;
    return publishing->n_unreadable > 0 ? EXIT_BAD_DATA : 0;
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

int command_publish_run(const struct given *given)
{
    uint64_t window, deadline_ms;
    struct publishing *publishing;
    int fd;
    int code;

    if (!given_number(given, "window", 1, 4096, 64, &window) || !given_duration(given, "deadline", 1, 86400000, 30000, &deadline_ms))
        return EXIT_BAD_USAGE;
    fd = given_open(given, given->words[0]);
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
