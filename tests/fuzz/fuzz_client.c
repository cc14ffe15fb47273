// SPDX-License-Identifier: MIT
// What clients make of any answers: publisher, caller, reader, and the folds of the command line over the events that are read.
// The connection is played: answers come once something was sent, and waiting passes at once. Every event sent has one result.
#include "tests/fuzz/fuzz.h"

#include "common/client/windscreen_caller.h"
#include "common/client/windscreen_link.h"
#include "common/client/windscreen_publisher.h"
#include "common/client/windscreen_reader.h"
#include "services/windscreen/fold.h"
#include "services/windscreen/gist.h"
#include "services/windscreen/story.h"
#include "services/windscreen/wording.h"

enum { FRAMES_BYTES_MAX = 16384, EVENTS_MAX = 4096, ANSWER_WAIT_MS = 100 };

// ---------------------------------------------------------------- windscreen_link.h

struct windscreen_link {
    bool sent;      // since the last answer was asked for
    uint8_t ref[5]; // of the last request: uint 32
    uint8_t *lent;
};

static struct span answers; // still to come
static int64_t clock_ms = 1000;

enum err windscreen_link_open(const char *endpoint, struct windscreen_link **link)
{
    require(endpoint != NULL);
    *link = calloc(1, sizeof **link);
    return *link != NULL ? ERR_NONE : ERR_NO_MEMORY;
}

void windscreen_link_close(struct windscreen_link **link)
{
    if (*link == NULL)
        return;
    free((*link)->lent);
    free(*link);
    *link = NULL;
}

int64_t windscreen_link_now_ms(void)
{
    return clock_ms;
}

enum err windscreen_link_send(struct windscreen_link *link, struct span body, int64_t wait_ms)
{
    struct faults faults = {0};
    struct request_head head;

    (void)wait_ms;
    require(wire_check(body, &faults));
    (void)!decode(&record_request_head, body, "", &head, &faults);
    link->ref[0] = 0xce;
    for (unsigned i = 0; i < 4; i++)
        link->ref[i + 1] = (uint8_t)(head.ref >> (24 - 8 * i));
    link->sent = true;
    return ERR_NONE;
}

enum err windscreen_link_receive(struct windscreen_link *link, int64_t wait_ms, struct span *body)
{
    struct span answer;

    if (!link->sent || !fuzz_take_message(&answers, &answer)) {
        clock_ms += wait_ms > 0 ? wait_ms : 1;
        return ERR_AGAIN;
    }
    if (answer.size == 0) {
        link->sent = false;
        return ERR_SOCKET;
    }
    free(link->lent);
    link->lent = malloc(answer.size);
    require(link->lent != NULL);
    memcpy(link->lent, answer.at, answer.size);
    fuzz_replace(link->lent, answer.size, "\xceRRRR", link->ref, sizeof link->ref);
    *body = span_of(link->lent, answer.size);
    return ERR_NONE;
}

// ---------------------------------------------------------------- publisher

static void on_result(void *context, const struct windscreen_result *result)
{
    unsigned *n_results = context;
    struct faults faults = {0};

    require(result->number < 3 && result->status < RECEIPT_COUNT);
    require((result->receipt == NULL) == (result->status == RECEIPT_NONE));
    for (uint64_t i = 0; result->receipt != NULL && i < result->receipt->n_errors; i++)
        require(code_meaning(LIST_FAULT, result->receipt->errors[i].code)[0] != '\0' || result->receipt->errors[i].code == 0);
    require(wire_check(result->event, &faults));
    *n_results |= 1U << result->number;
}

static void publish(void)
{
    static const char *const events[] = {"\x82\xa2id\xa2"
                                         "e1\xa6source\xa2/s",
                                         "\x82\xa2id\xa2"
                                         "e2\xa6source\xa2/s",
                                         "\x81\xa2id\xa2"
                                         "e3"};
    unsigned n_results = 0;
    const struct windscreen_publisher_options options = {
        .endpoint = "inproc://fuzz", .context = &n_results, .on_result = on_result, .deadline_ms = 5000};
    struct windscreen_publisher *publisher;

    require(windscreen_publisher_open(&options, &publisher) == ERR_NONE);
    for (unsigned i = 0; i < 3; i++)
        require(windscreen_publisher_send(publisher, span_text(events[i])) == ERR_NONE);
    require(windscreen_publisher_wait(publisher) == ERR_NONE);
    require(n_results == 7);
    windscreen_publisher_close(&publisher);
}

// ---------------------------------------------------------------- caller

static const struct request_desc *const services[] = {service_log, service_operator_log, service_people, service_policy, service_work, service_control};

// The request that a byte names, of any service.
static const struct request_desc *request_of(uint8_t choice)
{
    unsigned n = 0;

    for (unsigned round = 0; round < 2; round++)
        for (size_t s = 0; s < sizeof services / sizeof services[0]; s++)
            for (const struct request_desc *row = services[s]; row->name != NULL; row++)
                if (round == 0)
                    n++;
                else if (choice-- % n == 0)
                    return row;
    return service_control;
}

static void call(uint8_t choice)
{
    const struct request_desc *request = request_of(choice);
    void *record = calloc(1, request->request->size), *reply = calloc(1, request->reply->size);
    struct windscreen_caller *caller;
    enum err err;

    require(record != NULL && reply != NULL && windscreen_caller_open("inproc://fuzz", &caller) == ERR_NONE);
    err = windscreen_caller_ask(caller, request, record, ANSWER_WAIT_MS, reply);
    require(err == ERR_NONE || err == ERR_AGAIN || err == ERR_BAD_INPUT);
    (void)windscreen_caller_refusal(caller);
    windscreen_caller_close(&caller);
    free(record);
    free(reply);
}

// ---------------------------------------------------------------- reader

static void tell(const struct windscreen_event *event, struct fold *fold, struct story *story)
{
    char text[WORDING_MAX + 1];
    struct gist gist;
    unsigned at = 0, n = 0;

    if (event->type == EVENT_NONE)
        return;
    gist_of(event, &gist);
    require(gist.n_jobs <= GIST_JOBS_MAX);
    wording_event(NULL, event, &gist, text);
    wording_line(event, &gist, text);
    while (wording_why(event, &at, text))
        require(++n < 256);
    (void)story_take(story, event, &gist);
    require(fold_take(fold, event, &gist) == ERR_NONE);
}

static void check_fold(const struct fold *fold)
{
    uint64_t counted[2][STATE_COUNT] = {0};
    const struct fold_entry *entry;
    size_t at = 0;

    while ((entry = fold_next(fold, &at)) != NULL) {
        require(fold_state(fold, entry->tag, entry->part) == (enum state)entry->state);
        counted[entry->part > 0][entry->state]++;
    }
    for (unsigned state = 1; state < STATE_COUNT; state++)
        require(counted[0][state] == fold_leads(fold, state) && counted[1][state] == fold_parts(fold, state));
}

static void read_events(void)
{
    static struct story story;
    struct windscreen_reader *reader;
    struct windscreen_event event;
    struct fold *fold = fold_new();
    unsigned n = 0;

    require(fold != NULL && windscreen_reader_open("inproc://fuzz", 1, 0, &reader) == ERR_NONE);
    story_begin(&story, span_text("R0000000000001"));
    while (n++ < EVENTS_MAX && windscreen_reader_next(reader, ANSWER_WAIT_MS, &event) == ERR_NONE)
        tell(&event, fold, &story);
    for (unsigned i = 0; i < story.n_parts; i++)
        require(story_owner(&story.parts[i]) != NULL);
    require(story.n_parts <= STORY_PARTS_MAX);
    check_fold(fold);
    fold_free(&fold);
    windscreen_reader_close(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t way;

    if (size > FRAMES_BYTES_MAX)
        return 0;
    answers = span_of(data, size);
    way = fuzz_take_byte(&answers);
    if (way % 3 == 0)
        publish();
    else if (way % 3 == 1)
        call(fuzz_take_byte(&answers));
    else
        read_events();
    return 0;
}
