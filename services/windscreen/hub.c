// SPDX-License-Identifier: MIT
// Finds and asks daemons, and puts their failures into words.
// Used by the commands. Never retries: the user decides.
#include "services/windscreen/hub.h"

#include "services/windscreen/phrase.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/wire/json.h"

struct public_place {
    const char *daemon;
    const char *endpoint;
};

static const struct public_place places[] = {
    {"intake", "tcp://127.0.0.1:7700"},
    {"allocation", "tcp://127.0.0.1:7701"},
    {"registry", "tcp://127.0.0.1:7702"},
    {"audit", "tcp://127.0.0.1:7703"},
};

static const struct public_place *place_of(const char *daemon)
{
    size_t i = 0;

    while (strcmp(places[i].daemon, daemon) != 0)
        i++;
    return &places[i];
}

int hub_unreachable(const char *daemon, const char *endpoint)
{
    fprintf(stderr, "windscreen: %s does not answer at %s. Next: `windscreen status`.\n", daemon, endpoint);
    return EXIT_TRY_AGAIN;
}

static int find_beside(const struct given *given, const char *daemon, char endpoint[WINDSCREEN_ENDPOINT_MAX + 1])
{
    const struct public_place *place = place_of(daemon);
    enum err err;

    err = windscreen_place_find(given->state, place->daemon, endpoint);
    if (err == ERR_NONE)
        return 0;
    if (!given->state_named) {
        snprintf(endpoint, WINDSCREEN_ENDPOINT_MAX + 1, "%s", place->endpoint);
        return 0;
    }
    if (err == ERR_NOT_FOUND)
        fprintf(stderr, "windscreen: %s has not been started in %s (no run/%s.endpoint there). Next: `windscreen status`.\n", daemon,
                given->state, place->daemon);
    else
        fprintf(stderr, "windscreen: %s/run/%s.endpoint: %s. Next: `windscreen status`.\n", given->state, place->daemon, err_text(err));
    return EXIT_TRY_AGAIN;
}

int hub_find(const struct given *given, const char *daemon, char endpoint[WINDSCREEN_ENDPOINT_MAX + 1])
{
    const char *connect = given_text(given, "connect");

    if (connect == NULL)
        return find_beside(given, daemon, endpoint);
    snprintf(endpoint, WINDSCREEN_ENDPOINT_MAX + 1, "%s", connect);
    return 0;
}

static int open_caller(const struct given *given, struct hub *hub)
{
    switch (windscreen_caller_open(hub->endpoint, &hub->caller)) {
    case ERR_NONE:
        return 0;
    case ERR_SOCKET:
        return given_complain(given, "%s is not an endpoint such as tcp://127.0.0.1:7701", hub->endpoint);
    default:
        fprintf(stderr, "windscreen: out of memory\n");
        return EXIT_NO_MEMORY;
    }
}

int hub_open(const struct given *given, const char *daemon, struct hub *hub)
{
    int code;

    *hub = (struct hub){.given = given, .daemon = daemon};
    code = hub_find(given, daemon, hub->endpoint);
    return code == 0 ? open_caller(given, hub) : code;
}

int hub_open_beside(const struct given *given, const char *daemon, struct hub *hub)
{
    int code;

    *hub = (struct hub){.given = given, .daemon = daemon};
    code = find_beside(given, daemon, hub->endpoint);
    return code == 0 ? open_caller(given, hub) : code;
}

int hub_open_here(const struct given *given, const char *service, const char *daemon, struct hub *hub)
{
    char path[STATE_PATH_MAX + 64];

    *hub = (struct hub){.given = given, .daemon = daemon};
    snprintf(path, sizeof path, "%s/run/%s.ipc", given->state, service);
    if (access(path, R_OK | W_OK) != 0) {
        fprintf(stderr,
                "windscreen: %s cannot be asked at %s: %s. This is asked on the hub's own machine, by who may use its state directory.\n",
                daemon, path, strerror(errno));
        return errno == EACCES ? EXIT_NOT_ALLOWED : EXIT_TRY_AGAIN;
    }
    if (snprintf(hub->endpoint, sizeof hub->endpoint, "ipc://%s", path) >= (int)sizeof hub->endpoint)
        return given_complain(given, "%s is too long a path", path);
    return open_caller(given, hub);
}

void hub_close(struct hub *hub)
{
    windscreen_caller_close(&hub->caller);
}

int hub_ask(struct hub *hub, const struct request_desc *request, const void *record, int64_t wait_ms, void *reply)
{
    switch (windscreen_caller_ask(hub->caller, request, record, HUB_ANSWER_MS + wait_ms, reply)) {
    case ERR_NONE:
        return 0;
    case ERR_SOCKET:
    case ERR_AGAIN:
        return hub_unreachable(hub->daemon, hub->endpoint);
    case ERR_NO_ROOM:
        return given_complain(hub->given, "the request is too large");
    default:
        fprintf(stderr, "windscreen: what answers at %s is not a %s of this version\n", hub->endpoint, hub->daemon);
        return EXIT_TRY_AGAIN;
    }
}

// `to_worker` and `to-worker` alike.
static bool is_field(const char *option, struct span name)
{
    for (size_t i = 0; i < name.size; i++)
        if (option[i] != (char)name.at[i] && !(option[i] == '-' && name.at[i] == '_'))
            return false;
    return true;
}

// A request's field as the command line has it: `/why` is --why; of what is no option the words that the user gave say enough.
static void add_field(struct phrase *phrase, const struct command *command, struct span path)
{
    const struct option_row *option = command->options;
    struct span name = path.size > 0 && path.at[0] == '/' ? span_of(path.at + 1, path.size - 1) : path;

    while (option->name != NULL && (strlen(option->name) != name.size || !is_field(option->name, name)))
        option++;
    if (option->name != NULL)
        phrase_add(phrase, "--%s: ", option->name);
}

static void print_faults(const struct command *command, const struct plain_reply *refusal)
{
    for (uint64_t i = 0; i < refusal->n_errors; i++) {
        const struct problem *problem = &refusal->errors[i];
        char text[256];
        struct phrase phrase = phrase_on(text, sizeof text);

        add_field(&phrase, command, problem->path);
        if (problem->message.size > 0)
            phrase_add(&phrase, "%.*s", SPAN_ARG(problem->message));
        else
            phrase_add(&phrase, "%s", code_meaning(LIST_FAULT, problem->code));
        fprintf(stderr, "windscreen %s: refused: %s\n", command->words, text);
    }
}

int hub_refused(const struct hub *hub, enum answer answer)
{
    struct plain_reply refusal = windscreen_caller_refusal(hub->caller);

    switch (answer) {
    case ANSWER_OK:
    case ANSWER_EMPTY:
        return 0;
    case ANSWER_BUSY:
    case ANSWER_FULL:
        fprintf(stderr, "windscreen %s: %s is busy; try again in %llu ms\n", hub->given->command->words, hub->daemon,
                (unsigned long long)refusal.retry_after_ms);
        return EXIT_TRY_AGAIN;
    case ANSWER_BAD_REQUEST:
        print_faults(hub->given->command, &refusal);
        return EXIT_REFUSED;
    case ANSWER_NOT_ALLOWED:
        fprintf(stderr, "windscreen %s: not allowed: %s\n", hub->given->command->words, code_meaning(LIST_ANSWER, answer));
        return EXIT_NOT_ALLOWED;
    default:
        fprintf(stderr, "windscreen %s: %s\n", hub->given->command->words, code_meaning(LIST_ANSWER, answer));
        return EXIT_REFUSED;
    }
}

json_t *hub_json(const struct hub *hub)
{
    json_t *value = json_from_wire(windscreen_caller_answer(hub->caller));

    if (value != NULL)
        json_object_del(value, "ref");
    return value;
}
