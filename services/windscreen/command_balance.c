// SPDX-License-Identifier: MIT
// `windscreen balance`: the log folded here against what allocation says at the same sequence.
// An operator's proof. Believes only the log.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/tag.h"
#include "services/windscreen/command_receipts.h"
#include "services/windscreen/fold.h"
#include "services/windscreen/hub.h"
#include "services/windscreen/phrase.h"
#include "services/windscreen/screen.h"

enum { ROUTING_S_MAX = 60, STUCK_MAX = 20 };

struct balancing {
    const struct given *given;
    struct fold *fold;
    struct counts counts;
    uint64_t leads[STATE_COUNT], parts[STATE_COUNT]; // as allocation says
    bool told[STATE_COUNT];
    uint64_t sum;
    unsigned n_differences, n_stuck;
};

static int ask_counts(struct balancing *balancing)
{
    struct hub hub = {0};
    int code = hub_open(balancing->given, "allocation", &hub);

    if (code == 0)
        code = hub_ask(&hub, &service_work[WORK_COUNTS], NULL, 0, &balancing->counts);
    if (code == 0)
        code = hub_refused(&hub, balancing->counts.answer);
    hub_close(&hub);
    for (uint64_t i = 0; code == 0 && i < balancing->counts.n_states; i++) {
        const struct state_count *count = &balancing->counts.states[i];

        balancing->told[count->state] = true;
        balancing->leads[count->state] = count->leads;
        balancing->parts[count->state] = count->parts;
    }
    return code;
}

static int read_events(struct balancing *balancing, struct windscreen_reader *reader, const char *endpoint)
{
    struct windscreen_event event;
    struct gist gist;
    enum err err = ERR_NONE;

    while (err == ERR_NONE && windscreen_reader_at(reader) <= balancing->counts.sequence) {
        err = windscreen_reader_next(reader, 0, &event);
        if (err != ERR_NONE || event.sequence > balancing->counts.sequence)
            break;
        gist_of(&event, &gist);
        err = fold_take(balancing->fold, &event, &gist);
    }
    if (err == ERR_AGAIN && windscreen_reader_head(reader) < balancing->counts.sequence) {
        fprintf(stderr,
                "windscreen balance: allocation has counted to %" PRIu64 ", but the log ends at %" PRIu64 ": are both of the same hub?\n",
                balancing->counts.sequence, windscreen_reader_head(reader));
        return EXIT_REFUSED;
    }
    if (err == ERR_NO_MEMORY)
        return EXIT_NO_MEMORY;
    return err == ERR_NONE || err == ERR_AGAIN ? 0 : hub_unreachable("audit", endpoint);
}

static int fold_log(struct balancing *balancing)
{
    char endpoint[WINDSCREEN_ENDPOINT_MAX + 1];
    struct windscreen_reader *reader;
    int code = hub_find(balancing->given, "audit", endpoint);

    if (code != 0)
        return code;
    if (windscreen_reader_open(endpoint, 1, fold_types(), &reader) != ERR_NONE)
        return hub_unreachable("audit", endpoint);
    code = read_events(balancing, reader, endpoint);
    windscreen_reader_close(&reader);
    return code;
}

// ---------------------------------------------------------------- judging

// Allocation learns of a referral when it is triaged: it need not know those still on their way, and may leave routing out.
static bool differs(const struct balancing *balancing, enum state state)
{
    if (state == STATE_ROUTING && !balancing->told[state])
        return false;
    return balancing->leads[state] != fold_leads(balancing->fold, state) || balancing->parts[state] != fold_parts(balancing->fold, state);
}

static bool is_stuck(const struct fold_entry *entry)
{
    return entry->state == STATE_ROUTING && screen_now_ms() / 1000 - (int64_t)entry->since_s > ROUTING_S_MAX;
}

static void judge(struct balancing *balancing)
{
    const struct fold_entry *entry;
    size_t at = 0;

    for (unsigned state = 1; state < STATE_COUNT; state++) {
        balancing->sum += fold_leads(balancing->fold, (enum state)state);
        balancing->n_differences += differs(balancing, (enum state)state);
    }
    while ((entry = fold_next(balancing->fold, &at)) != NULL)
        balancing->n_stuck += is_stuck(entry);
}

static bool is_balanced(const struct balancing *balancing)
{
    return balancing->sum == fold_received(balancing->fold) && balancing->n_differences == 0 && balancing->n_stuck == 0 &&
           fold_n_problems(balancing->fold) == 0;
}

static void word_problem(const struct fold_problem *problem, char *text, size_t size)
{
    char tag[TAG_TEXT_MAX + 1];
    struct phrase phrase = phrase_on(text, size);

    tag_print('R', problem->tag, tag);
    if (problem->fault == FOLD_BAD_TAG) {
        phrase_add(&phrase, "sequence %" PRIu64 ": %s names something that is no referral", problem->sequence,
                   event_desc(problem->type)->name);
        return;
    }
    phrase_add(&phrase, problem->part > 0 ? "%s/%" PRIu64 : "%s", tag, problem->part);
    phrase_add(&phrase, ", sequence %" PRIu64 ": %s while %s", problem->sequence, event_desc(problem->type)->name,
               problem->before == STATE_NONE ? "it is in no state" : code_text(LIST_STATE, problem->before));
}

// ---------------------------------------------------------------- printing

static unsigned kept_problems(const struct balancing *balancing)
{
    uint64_t n = fold_n_problems(balancing->fold);

    return n < FOLD_PROBLEMS_MAX ? (unsigned)n : FOLD_PROBLEMS_MAX;
}

static json_t *states_json(const struct balancing *balancing, bool parts, bool folded)
{
    json_t *object = json_object();

    for (unsigned state = 1; state < STATE_COUNT; state++) {
        uint64_t n = parts ? balancing->parts[state] : balancing->leads[state];

        if (folded)
            n = parts ? fold_parts(balancing->fold, (enum state)state) : fold_leads(balancing->fold, (enum state)state);
        json_object_set_new(object, code_text(LIST_STATE, state), json_integer((json_int_t)n));
    }
    return object;
}

static json_t *differences_json(const struct balancing *balancing)
{
    json_t *list = json_array();

    for (unsigned state = 1; state < STATE_COUNT; state++)
        if (differs(balancing, (enum state)state))
            json_array_append_new(list, json_string(code_text(LIST_STATE, state)));
    return list;
}

static json_t *problems_json(const struct balancing *balancing)
{
    json_t *list = json_array();
    char text[256];

    for (unsigned i = 0; i < kept_problems(balancing); i++) {
        word_problem(fold_problem_at(balancing->fold, i), text, sizeof text);
        json_array_append_new(list, json_string(text));
    }
    return list;
}

static json_t *stuck_json(const struct balancing *balancing)
{
    json_t *list = json_array();
    const struct fold_entry *entry;
    size_t at = 0;
    char tag[TAG_TEXT_MAX + 1];

    while ((entry = fold_next(balancing->fold, &at)) != NULL && json_array_size(list) < STUCK_MAX)
        if (is_stuck(entry)) {
            tag_print('R', entry->tag, tag);
            json_array_append_new(list, json_string(tag));
        }
    return list;
}

static int print_json(const struct balancing *balancing)
{
    json_t *object = states_json(balancing, false, true);

    json_object_set_new(object, "sequence", json_integer((json_int_t)balancing->counts.sequence));
    json_object_set_new(object, "received", json_integer((json_int_t)fold_received(balancing->fold)));
    json_object_set_new(object, "sum", json_integer((json_int_t)balancing->sum));
    json_object_set_new(object, "parts", states_json(balancing, true, true));
    json_object_set_new(object, "allocation",
                        json_pack("{so, so}", "leads", states_json(balancing, false, false), "parts", states_json(balancing, true, false)));
    json_object_set_new(object, "differences", differences_json(balancing));
    json_object_set_new(object, "n_problems", json_integer((json_int_t)fold_n_problems(balancing->fold)));
    json_object_set_new(object, "problems", problems_json(balancing));
    json_object_set_new(object, "n_stuck", json_integer(balancing->n_stuck));
    json_object_set_new(object, "stuck", stuck_json(balancing));
    json_object_set_new(object, "balanced", json_boolean(is_balanced(balancing)));
    return screen_json(object);
}

static void print_complaints(const struct balancing *balancing)
{
    json_t *stuck = stuck_json(balancing);
    char text[256];
    json_t *item;
    size_t i;

    if (balancing->sum != fold_received(balancing->fold))
        printf("The states do not add up to what was received.\n");
    if (balancing->n_differences > 0)
        printf("Allocation counts otherwise than the log, in %u state%s.\n", balancing->n_differences,
               balancing->n_differences == 1 ? "" : "s");
    if (balancing->n_stuck > 0)
        printf("%u referral%s routing for more than %d s:\n", balancing->n_stuck, balancing->n_stuck == 1 ? " is" : "s are", ROUTING_S_MAX);
    json_array_foreach(stuck, i, item) printf("    %s\n", json_string_value(item));
    json_decref(stuck);
    if (fold_n_problems(balancing->fold) > 0)
        printf("%" PRIu64 " event%s found a referral in no or in two states:\n", fold_n_problems(balancing->fold),
               fold_n_problems(balancing->fold) == 1 ? "" : "s");
    for (unsigned p = 0; p < kept_problems(balancing); p++) {
        word_problem(fold_problem_at(balancing->fold, p), text, sizeof text);
        printf("    %s\n", text);
    }
}

static int print_text(const struct balancing *balancing)
{
    printf("%-10s %12s %12s %12s %12s\n", "", "log", "allocation", "log", "allocation");
    printf("%-10s %12s %12s %12s %12s\n", "state", "referrals", "referrals", "parts", "parts");
    for (unsigned state = 1; state < STATE_COUNT; state++) {
        bool differ = differs(balancing, (enum state)state);
        const char *word = code_text(LIST_STATE, state);

        printf("%-10s %12" PRIu64 " ", word, fold_leads(balancing->fold, (enum state)state));
        if (state == STATE_ROUTING && !balancing->told[state])
            printf("%12s %12" PRIu64 " %12s\n", "-", fold_parts(balancing->fold, (enum state)state), "-");
        else
            printf("%12" PRIu64 " %12" PRIu64 " %12" PRIu64 "%s\n", balancing->leads[state], fold_parts(balancing->fold, (enum state)state),
                   balancing->parts[state], differ ? "  differs" : "");
    }
    printf("%-10s %12" PRIu64 "\n%-10s %12" PRIu64 "\n\n", "sum", balancing->sum, "received", fold_received(balancing->fold));
    if (is_balanced(balancing))
        printf("%sBalanced%s at sequence %" PRIu64 ": every referral is in exactly one state.\n", screen_style(SCREEN_GREEN),
               screen_style(SCREEN_PLAIN), balancing->counts.sequence);
    else
        printf("%sNot balanced%s at sequence %" PRIu64 ".\n", screen_style(SCREEN_RED), screen_style(SCREEN_PLAIN),
               balancing->counts.sequence);
    print_complaints(balancing);
    return 0;
}

static int balance(const struct given *given)
{
    struct balancing balancing = {.given = given, .fold = fold_new()};
    int code = EXIT_NO_MEMORY;

    if (balancing.fold == NULL)
        return code;
    code = ask_counts(&balancing);
    if (code == 0)
        code = fold_log(&balancing);
    if (code == 0) {
        judge(&balancing);
        code = given->json ? print_json(&balancing) : print_text(&balancing);
        if (code == 0 && !is_balanced(&balancing))
            code = EXIT_REFUSED;
    }
    fold_free(&balancing.fold);
    return code;
}

int command_balance_run(const struct given *given)
{
    const char *receipts = given_text(given, "receipts");

    return receipts != NULL ? command_receipts_run(given, receipts) : balance(given);
}
