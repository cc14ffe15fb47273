// SPDX-License-Identifier: MIT
// Follows the log until every referral named in a receipt has come to a team or a person.
// Called for `windscreen balance --receipts`. Asks no daemon but audit.
#include "services/windscreen/command_receipts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/base/tag.h"
#include "services/windscreen/fold.h"
#include "services/windscreen/hub.h"
#include "services/windscreen/screen.h"

struct tracing {
    const struct given *given;
    uint64_t n_receipts;
    uint64_t receipts[RECEIPT_COUNT]; // by status
    uint64_t *tags;                   // of the referrals named, in order, each once
    size_t n_tags, n_room;
    struct fold *fold;
    uint64_t states[STATE_COUNT];
    uint64_t n_lost;
};

// ---------------------------------------------------------------- receipts

static bool keep_tag(struct tracing *tracing, uint64_t tag)
{
    if (tracing->n_tags == tracing->n_room) {
        size_t n_room = 2 * tracing->n_room + 1024;
        uint64_t *tags = reallocarray(tracing->tags, n_room, sizeof *tags);

        if (tags == NULL)
            return false;
        tracing->tags = tags;
        tracing->n_room = n_room;
    }
    tracing->tags[tracing->n_tags++] = tag;
    return true;
}

static bool take_receipt(struct tracing *tracing, json_t *receipt)
{
    const char *text = json_string_value(json_object_get(receipt, "status"));
    const char *referral = json_string_value(json_object_get(receipt, "referral"));
    unsigned status = text != NULL ? code_parse(LIST_RECEIPT, span_text(text)) : 0;
    uint64_t tag;

    tracing->n_receipts++;
    tracing->receipts[status]++;
    if ((status != RECEIPT_ACCEPTED && status != RECEIPT_DUPLICATE) || referral == NULL || !tag_parse(span_text(referral), 'R', &tag))
        return true;
    return keep_tag(tracing, tag);
}

static int compare_tags(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static void sort_tags(struct tracing *tracing)
{
    size_t n = 0;

    if (tracing->n_tags > 0)
        qsort(tracing->tags, tracing->n_tags, sizeof *tracing->tags, compare_tags);
    for (size_t i = 0; i < tracing->n_tags; i++)
        if (n == 0 || tracing->tags[i] != tracing->tags[n - 1])
            tracing->tags[n++] = tracing->tags[i];
    tracing->n_tags = n;
}

static int read_lines(struct tracing *tracing, FILE *file, const char *name)
{
    int code = 0;
    char *line = NULL;
    size_t room = 0;
    ssize_t size;

    for (uint64_t number = 1; code == 0 && (size = getline(&line, &room, file)) >= 0; number++) {
        json_error_t error;
        json_t *receipt = size > 1 ? json_loadb(line, (size_t)size, JSON_REJECT_DUPLICATES, &error) : NULL;

        if (size > 1 && !json_is_object(receipt)) {
            fprintf(stderr, "windscreen balance: %s: line %" PRIu64 " is no receipt\n", name, number);
            code = EXIT_BAD_DATA;
        } else if (size > 1 && !take_receipt(tracing, receipt)) {
            code = EXIT_NO_MEMORY;
        }
        json_decref(receipt);
    }
    free(line);
    sort_tags(tracing);
    return code;
}

static int read_receipts(struct tracing *tracing, const char *name)
{
    int fd = given_open(tracing->given, name);
    FILE *file;
    int code;

    if (fd < 0)
        return EXIT_NO_INPUT;
    file = fd == STDIN_FILENO ? stdin : fdopen(fd, "r");
    if (file == NULL)
        return EXIT_NO_MEMORY;
    code = read_lines(tracing, file, name);
    if (code == 0 && ferror(file) != 0) {
        fprintf(stderr, "windscreen balance: %s: %s\n", name, strerror(errno));
        code = EXIT_BAD_OUTPUT;
    }
    if (file != stdin)
        fclose(file);
    return code;
}

// ---------------------------------------------------------------- the log

// Counts the named referrals by state, anew; true when none is on its way.
static bool all_settled(struct tracing *tracing)
{
    memset(tracing->states, 0, sizeof tracing->states);
    for (size_t i = 0; i < tracing->n_tags; i++)
        tracing->states[fold_state(tracing->fold, tracing->tags[i], 0)]++;
    return tracing->states[STATE_NONE] + tracing->states[STATE_ROUTING] == 0;
}

static int follow_log(struct tracing *tracing, struct windscreen_reader *reader, const char *endpoint, int64_t wait_ms)
{
    int64_t end_ms = screen_now_ms() + wait_ms;
    struct windscreen_event event;
    struct gist gist;

    for (;;) {
        enum err err = windscreen_reader_next(reader, 0, &event);

        if (err == ERR_AGAIN) { // all that is durable has been read
            if (all_settled(tracing) || screen_now_ms() >= end_ms)
                return 0;
            err = windscreen_reader_next(reader, end_ms - screen_now_ms(), &event);
            if (err == ERR_AGAIN)
                continue;
        }
        if (err == ERR_SOCKET && screen_now_ms() < end_ms)
            continue; // being restarted
        if (err != ERR_NONE)
            return hub_unreachable("audit", endpoint);
        gist_of(&event, &gist);
        if (fold_take(tracing->fold, &event, &gist) != ERR_NONE)
            return EXIT_NO_MEMORY;
    }
}

static int read_log(struct tracing *tracing, int64_t wait_ms)
{
    char endpoint[WINDSCREEN_ENDPOINT_MAX + 1];
    struct windscreen_reader *reader;
    int code = hub_find(tracing->given, "audit", endpoint);

    if (code != 0)
        return code;
    if (windscreen_reader_open(endpoint, 1, fold_types(), &reader) != ERR_NONE)
        return hub_unreachable("audit", endpoint);
    code = follow_log(tracing, reader, endpoint, wait_ms);
    windscreen_reader_close(&reader);
    return code;
}

// A referral is lost when the log knows no state for it, or showed it in two.
static void count_lost(struct tracing *tracing)
{
    tracing->n_lost = tracing->states[STATE_NONE];
    for (unsigned i = 0; i < fold_n_problems(tracing->fold) && i < FOLD_PROBLEMS_MAX; i++) {
        const struct fold_problem *problem = fold_problem_at(tracing->fold, i);
        bool counted = problem->part > 0 || fold_state(tracing->fold, problem->tag, 0) == STATE_NONE;

        for (unsigned before = 0; before < i; before++)
            counted = counted || fold_problem_at(tracing->fold, before)->tag == problem->tag;
        if (!counted && tracing->n_tags > 0 &&
            bsearch(&problem->tag, tracing->tags, tracing->n_tags, sizeof *tracing->tags, compare_tags) != NULL)
            tracing->n_lost++;
    }
}

// ---------------------------------------------------------------- printing

static bool is_always_told(enum state state)
{
    return state == STATE_QUEUED || state == STATE_DECIDING || state == STATE_HELD;
}

// A worker's acceptance and intake's have the same word.
static const char *state_key(enum state state)
{
    return state == STATE_ACCEPTED ? "accepted_by_worker" : code_text(LIST_STATE, state);
}

static int print_json(const struct tracing *tracing)
{
    json_t *object = json_pack("{sI}", "published", (json_int_t)tracing->n_receipts);

    for (unsigned status = 1; status < RECEIPT_COUNT; status++)
        if (status != RECEIPT_BUSY || tracing->receipts[status] > 0)
            json_object_set_new(object, code_text(LIST_RECEIPT, status), json_integer((json_int_t)tracing->receipts[status]));
    if (tracing->receipts[RECEIPT_NONE] > 0)
        json_object_set_new(object, "unanswered", json_integer((json_int_t)tracing->receipts[RECEIPT_NONE]));
    for (unsigned state = 1; state < STATE_COUNT; state++)
        if (is_always_told((enum state)state) || tracing->states[state] > 0)
            json_object_set_new(object, state_key((enum state)state), json_integer((json_int_t)tracing->states[state]));
    json_object_set_new(object, "lost", json_integer((json_int_t)tracing->n_lost));
    return screen_json(object);
}

static int print_text(const struct tracing *tracing)
{
    printf("%" PRIu64 " receipts:", tracing->n_receipts);
    for (unsigned status = 1; status < RECEIPT_COUNT; status++)
        if (tracing->receipts[status] > 0)
            printf(" %" PRIu64 " %s", tracing->receipts[status], code_text(LIST_RECEIPT, status));
    printf("\n%zu referrals:", tracing->n_tags);
    for (unsigned state = 1; state < STATE_COUNT; state++)
        if (tracing->states[state] > 0)
            printf(" %" PRIu64 " %s", tracing->states[state], code_text(LIST_STATE, state));
    printf("\n%s%" PRIu64 " lost%s\n", screen_style(tracing->n_lost > 0 ? SCREEN_RED : SCREEN_GREEN), tracing->n_lost,
           screen_style(SCREEN_PLAIN));
    return 0;
}

static int judge(struct tracing *tracing)
{
    int code;

    count_lost(tracing);
    code = tracing->given->json ? print_json(tracing) : print_text(tracing);
    if (code != 0)
        return code;
    if (tracing->n_lost > 0)
        return EXIT_REFUSED;
    if (tracing->states[STATE_ROUTING] > 0) {
        fprintf(stderr, "windscreen balance: %" PRIu64 " still on their way. Next: `windscreen status`.\n", tracing->states[STATE_ROUTING]);
        return EXIT_TRY_AGAIN;
    }
    return 0;
}

int command_receipts_run(const struct given *given, const char *name)
{
    struct tracing tracing = {.given = given};
    uint64_t wait_ms;
    int code;

    if (!given_duration(given, "wait", 0, 86400000, 60000, &wait_ms))
        return EXIT_BAD_USAGE;
    code = read_receipts(&tracing, name);
    if (code == 0) {
        tracing.fold = fold_new();
        code = tracing.fold != NULL ? read_log(&tracing, (int64_t)wait_ms) : EXIT_NO_MEMORY;
    }
    if (code == 0)
        code = judge(&tracing);
    fold_free(&tracing.fold);
    free(tracing.tags);
    return code;
}
