// SPDX-License-Identifier: MIT
// From the command line to the first decision: options, directories, lock, the replay of what is already true.
// Used by daemon_main. Start-up and work take events by the same functions.
#include "common/runtime/process.h"
#include "common/runtime/processors.h"
#include "common/runtime/report.h"
#include "common/runtime/runtime.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { EXIT_OK = 0, EXIT_USAGE = 64 };

enum { CLOCK_BEHIND_MS = 5000 }; // machines' clocks are set back by less without anybody's doing

// ---------------------------------------------------------------- options

static const struct option options[] = {
    {"state", required_argument, NULL, 's'},       {"bind", required_argument, NULL, 'b'}, {"policy", required_argument, NULL, 'p'},
    {"credentials", required_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'},       {NULL, 0, NULL, 0},
};

static const char *public_endpoint(const struct daemon *daemon)
{
    for (unsigned i = 0; i < daemon->n_services; i++)
        if (daemon->services[i].endpoint != NULL)
            return daemon->services[i].endpoint;
    return NULL;
}

static void print_help(const struct daemon *daemon)
{
    const char *endpoint = public_endpoint(daemon);

    printf("windscreen-%s: %s\n\nUsage: windscreen-%s --state DIR%s%s%s\n\n", daemon->name, daemon->purpose, daemon->name,
           daemon->wants_policy ? " --policy DIR" : "", daemon->wants_credentials ? " --credentials DIR" : "",
           endpoint != NULL ? " [--bind ENDPOINT]" : "");
    printf("  --state DIR        the hub's state directory; sockets are in DIR/run\n");
    if (daemon->wants_policy)
        printf("  --policy DIR       the policy's YAML files\n");
    if (daemon->wants_credentials)
        printf("  --credentials DIR  secrets, readable by this user alone\n");
    if (endpoint != NULL)
        printf("  --bind ENDPOINT    where to listen (default %s; port * picks a free one)\n", endpoint);
    printf("  --help             this text\n\nExit status: 0 after SIGTERM, 64 usage, 78 bad configuration, 111 try again.\n");
}

int runtime_options(struct runtime *runtime, int argc, char **argv)
{
    const struct daemon *daemon = runtime->daemon;
    int letter;

    while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (letter) {
        case 's':
            runtime->state_dir = optarg;
            break;
        case 'b':
            runtime->bind = optarg;
            break;
        case 'p':
            runtime->policy_dir = optarg;
            break;
        case 'c':
            runtime->credentials_dir = optarg;
            break;
        case 'h':
            print_help(daemon);
            return EXIT_OK;
        default:
            return EXIT_USAGE;
        }
    }
    if (runtime->state_dir == NULL || (daemon->wants_policy && runtime->policy_dir == NULL) ||
        (daemon->wants_credentials && runtime->credentials_dir == NULL) || optind < argc) {
        fprintf(stderr, "windscreen-%s: %s; see --help\n", daemon->name,
                optind < argc ? "unexpected argument" : "a required option is missing");
        return EXIT_USAGE;
    }
    return -1;
}

// ---------------------------------------------------------------- start

enum err runtime_start(struct runtime *runtime)
{
    char path[512];
    enum err err;

    process_harden();
    err = process_directories(runtime->state_dir, runtime->daemon->name);
    err = err == ERR_NONE ? process_lock(runtime->state_dir, runtime->daemon->name) : err;
    processors_divide(runtime->daemon->beside_log, runtime->state_dir);
    err = err == ERR_NONE ? process_signals(&runtime->signals) : err;
    snprintf(path, sizeof path, "%s/%s", runtime->state_dir, runtime->daemon->name);
    err = err == ERR_NONE ? effects_init(runtime) : err;
    err = err == ERR_NONE ? log_link_open(runtime) : err;
    if (err == ERR_NONE)
        err = runtime->daemon->open(runtime->daemon->state, runtime, path, &runtime->saved);
    if (err == ERR_BAD_STORE || err == ERR_CUT_STORE)
        report("projection-refused", "%s: %s; or move the folder away: it holds nothing but what the log tells again", path, err_text(err));
    runtime->taken_to = runtime->saved.taken_to;
    runtime->filed_to = runtime->saved.filed_to;
    runtime->witness = runtime->saved.witness;
    return err;
}

// ---------------------------------------------------------------- replay

static enum err replay_one(struct runtime *runtime, const struct log_event *entry)
{
    static struct input input;
    const struct daemon *daemon = runtime->daemon;
    bool is_own = event_desc(event_type_of(entry->event))->producer == daemon->producer;
    struct hub_event *event = &input.event;

    runtime_read_event(entry, is_own ? NULL : daemon->reads, &input);
    if (!input.good) {
        report("event-unreadable", "event %" PRIu64 " of the log cannot be read: %s at %s", entry->sequence,
               code_text(LIST_FAULT, input.faults.at[0].code), input.faults.at[0].path);
        return ERR_BAD_STORE;
    }
    event->attachment = entry->attachment;
    if (is_own) {
        event->n = event_number(input.head.id);
        runtime->own_last_sequence = entry->sequence;
        return entry->sequence > runtime->taken_to ? daemon->take(daemon->state, event) : ERR_NONE;
    }
    return entry->sequence > runtime->filed_to && daemon->file != NULL ? daemon->file(daemon->state, event) : ERR_NONE;
}

// A projection that is rebuilt goes to the disk piece by piece: what it holds in memory does not grow with the log.
static enum err save_piece(struct runtime *runtime, uint64_t to)
{
    struct projection_marks marks = {.filed_to = to > runtime->filed_to ? to : runtime->filed_to, .witness = runtime->witness};
    enum err err;

    marks.taken_to = marks.filed_to > runtime->taken_to ? marks.filed_to : runtime->taken_to;
    if (to < runtime->saved.filed_to + REBUILD_SAVE_EVENTS)
        return ERR_NONE;
    err = runtime->daemon->save(runtime->daemon->state, marks);
    if (err == ERR_STORE_FULL || err == ERR_AGAIN)
        return ERR_NONE; // the disk is full, or not done with the piece before: it may be later, and until then memory has room
    if (err == ERR_NONE)
        runtime->saved = marks;
    return err;
}

static enum err replay_to_head(struct runtime *runtime, uint64_t from)
{
    uint64_t types = witness_types(runtime->daemon);
    uint64_t goal = runtime->head;
    enum err err = ERR_NONE;

    while (from <= goal && err == ERR_NONE) {
        if (!log_read_now(runtime, from, types, runtime->daemon->attachments))
            return ERR_AGAIN;
        for (uint64_t i = 0; i < runtime->events->n_events && err == ERR_NONE; i++)
            err = replay_one(runtime, &runtime->events->events[i]);
        from = runtime->events->next;
        witness_take(runtime);
        message_free(&runtime->input);
        err = err == ERR_NONE ? save_piece(runtime, from - 1) : err;
        goal = runtime->head; // it may have grown meanwhile; own events have not
    }
    if (from > 1 && err == ERR_NONE && from - 1 > runtime->filed_to)
        runtime->filed_to = from - 1;
    if (err == ERR_NONE && runtime->filed_to > runtime->taken_to)
        runtime->taken_to = runtime->filed_to;
    return err;
}

// The clock may have been set back while we were away. The last event is read whoever appended it.
static enum err learn_time(struct runtime *runtime)
{
    static union event_data data;
    int64_t clock_ms = runtime_now(runtime).wall_ms;
    struct faults faults = {0};
    enum event_type type;
    struct event head;

    if (runtime->head == 0)
        return ERR_NONE;
    if (!log_read_now(runtime, runtime->head, 0, false))
        return ERR_AGAIN;
    if (runtime->events->n_events > 0 && event_decode(runtime->events->events[0].event, &head, &type, &data, &faults))
        runtime_learn_time(runtime, &head);
    message_free(&runtime->input);
    if (runtime->last_wall_ms - clock_ms > CLOCK_BEHIND_MS)
        report("clock-behind",
               "the clock is %" PRId64 " s behind the log's last event, whose time new events have until it has caught up: set it",
               (runtime->last_wall_ms - clock_ms) / 1000);
    return ERR_NONE;
}

enum err runtime_replay(struct runtime *runtime)
{
    uint64_t known = runtime->taken_to < runtime->filed_to ? runtime->taken_to : runtime->filed_to;
    enum err err = log_begin(runtime);

    if (err != ERR_NONE)
        return err;
    if (runtime->taken_to > runtime->head || runtime->filed_to > runtime->head) {
        report("projection-ahead",
               "this projection knows event %" PRIu64 ", the log ends at %" PRIu64
               ": the log was put back to an earlier state. Do not delete anything; call a person",
               runtime->taken_to, runtime->head);
        return ERR_STORE_AHEAD;
    }
    err = witness_check(runtime);
    err = err == ERR_NONE ? learn_time(runtime) : err;
    if (err != ERR_NONE)
        return err;
    if (runtime->daemon->save != NULL)
        err = replay_to_head(runtime, known + 1);
    else // it keeps nothing: there is nothing to learn again
        runtime->taken_to = runtime->filed_to = runtime->decided_to;
    runtime->reading_from = runtime->decided_to + 1;
    report("replayed", "epoch %" PRIu64 ", own events %" PRIu64 ", log head %" PRIu64 ", deciding from %" PRIu64, runtime->epoch,
           runtime->durable_n, runtime->head, runtime->reading_from);
    return err;
}
