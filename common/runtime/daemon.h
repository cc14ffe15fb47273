// SPDX-License-Identifier: MIT
// A daemon as a table: what it reads, what it serves, and the functions that judge. daemon_main runs it.
// Used by each X_main.c. Functions of a daemon never touch sockets, clocks or the log themselves.
#pragma once

#include "common/base/err.h"
#include "common/runtime/effects.h"
#include "common/store/projection.h"
#include "common/wire/event_wire.h"

struct runtime;

struct moment {
    int64_t wall_ms; // since 1970 UTC, never runs backwards; for people, events and due times
    int64_t boot_ms; // CLOCK_BOOTTIME; for leases and waits
};

// An event as a daemon sees it; lends all until the function returns.
struct hub_event {
    uint64_t sequence; // 0: own and not yet durable
    uint64_t n;        // own number, for own events
    enum event_type type;
    const struct event *head;
    const void *data;       // record of the type
    struct span attachment; // only where the daemon asked for attachments
};

struct request {
    struct peer peer;
    const void *record; // record of the request
};

typedef void (*on_request)(void *state, const struct request *request, struct moment now, struct effects *effects);

// A message that is not a request of ours: partners' events, and answers on links. Lends until the function returns.
struct raw_message {
    struct peer peer;  // of a service; unused on a link
    struct span body;  // unchecked
    bool extra_frames; // more frames than [body] or [empty][body]
};

typedef void (*on_message)(void *state, const struct raw_message *message, struct moment now, struct effects *effects);

// One ROUTER socket that the daemon binds.
struct service {
    const char *name;                // of its ipc socket: STATE/run/<name>.ipc
    const char *endpoint;            // default of a public one, announced in STATE/run/<daemon>.endpoint; NULL: ipc
    const struct request_desc *rows; // service_work ...; NULL row ends; NULL: raw messages
    const on_request *on;            // by row
    on_message on_message;           // where rows is NULL
    bool may_wait;                   // not read while the log admits slowly: what is in is routed first
    int64_t max_message_bytes;
    size_t max_record_bytes; // greatest sizeof of a request record
};

// A DEALER to another daemon's ipc service; it may come and go.
struct link {
    const char *name; // of the service: STATE/run/<name>.ipc
    on_message on_message;
};

enum { SERVICES_MAX = 3, LINKS_MAX = 4 };

struct daemon {
    const char *name;
    enum producer producer;
    const char *purpose;            // one line for --help
    uint64_t inputs;                // EVENT_BIT()s of what others append and this daemon reads
    const struct event_part *reads; // what `file`, `expect` and `decide` look at of them; NULL: they are read whole
    bool ahead;                     // it decides on inputs that are only about to be durable; what it answers is never durable before they
    bool beside_log;                // where there are two processors, it works on the log's
    bool attachments;               // own events are read back with their attachments when rebuilding
    bool wants_policy, wants_credentials; // options --policy, --credentials are required
    const struct service *services;
    unsigned n_services;
    const struct link *links;
    unsigned n_links;
    void *state; // a static object of the daemon

    // Opens the projection under `directory`; says up to where it knows the log, and by what. Any error refuses to start.
    enum err (*open)(void *state, struct runtime *runtime, const char *directory, struct projection_marks *marks);
    // An own event is true: the only place where own state changes. Called in the order of own numbers, live and when rebuilding.
    enum err (*take)(void *state, const struct hub_event *own);
    // An event of others, in the order of the log, once. Only files what it says; must not touch what `take` changes.
    enum err (*file)(void *state, const struct hub_event *input);
    // An input that is filed and decided soon, behind the one before it: begins to fetch from memory what that will look at. Changes
    // nothing. NULL: it is not told.
    void (*expect)(void *state, const struct hub_event *input);
    // Answers an input, in order; called after file and, at start, after everything known is taken.
    void (*decide)(void *state, const struct hub_event *input, struct moment now, struct effects *effects);
    // Called once before the first decision (everything known is taken), then after each round of work and at least every 100 ms.
    void (*tick)(void *state, struct moment now, struct effects *effects);
    // Own events first_n .. first_n + count - 1 are durable from first_sequence on.
    void (*settled)(void *state, uint64_t first_n, uint64_t first_sequence, uint64_t count);
    // Sets the projection apart as it stands, to be saved once the log has called durable what it rests on. Until then `settled` is called
    // for no event after it. ERR_AGAIN: not now, as while the one before is being written; without anything in flight it soon must be good.
    enum err (*hold)(void *state);
    // Begins to commit what is held, or else the projection as it stands. ERR_AGAIN: as hold. ERR_STORE_FULL: no room now; as before.
    enum err (*save)(void *state, struct projection_marks marks);
    void (*close)(void *state);
};

// Parses options, runs the daemon until SIGTERM; returns the exit code.
int daemon_main(const struct daemon *daemon, int argc, char **argv);

// ---------------------------------------------------------------- what a daemon may ask

const char *runtime_state_dir(const struct runtime *runtime);
const char *runtime_policy_dir(const struct runtime *runtime);
const char *runtime_credentials_dir(const struct runtime *runtime);
enum admission runtime_admission(const struct runtime *runtime); // as the log last said
uint64_t runtime_read_to(const struct runtime *runtime);         // every input up to it has been filed and decided
uint64_t runtime_pending(const struct runtime *runtime);         // own events that are not yet durable
// Requests of strangers are not read for half a millisecond; the rest goes on.
void runtime_rest(struct runtime *runtime);
bool runtime_idle(const struct runtime *runtime); // no append is in flight, none waits to be sent
// The next round comes without waiting for anything: tick has more to do.
void runtime_go_on(struct runtime *runtime);
// Sequence of a recent own event (among the last 65,536); 0 when unknown or not yet durable.
uint64_t runtime_sequence_of(const struct runtime *runtime, uint64_t n);
// Calls `then(state)` once every event up to `sequence` is filed, at once if it is; for requests that must read through to the head.
void runtime_ask_head(struct runtime *runtime, void *state, void (*then)(void *state, uint64_t head));
// The bytes of an event, from the log; waits for it, also until it is durable. Only in decide of rare events. ERR_AGAIN: stopping.
CHECKED enum err runtime_event(struct runtime *runtime, uint64_t sequence, uint8_t bytes[EVENT_BYTES_MAX], size_t *size);
// The attachment of an event, from the log; waits for it. Gives (free). Only in open, take, file and decide of rare events.
CHECKED enum err runtime_attachment(struct runtime *runtime, uint64_t sequence, uint8_t **bytes, size_t *size);
