// SPDX-License-Identifier: MIT
// The inside of the runtime, shared by its own files only. Daemons see daemon.h and effects.h.
#pragma once

#include "common/runtime/daemon.h"
#include "common/runtime/door.h"
#include "common/runtime/socket.h"

enum {
    BATCH_EVENTS_MAX = 1024,    // as log_append.events says
    BATCH_EVENTS_SOFT = 384,    // no new decision is begun beyond this: one decision (at most 256 items of two events) is never split
    BATCH_BYTES_MAX = 48 << 20, // room for many events with the largest attachments
    BATCH_BYTES_SOFT = 2 << 20,
    APPENDS_MAX = 4,        // in flight: while one is being flushed, the next are on their way
    RECENT_MAX = 1024,      // appends whose sequences are remembered (65,536 events and more at full load)
    RETRY_MS = 500,         // an append or read unanswered for so long is sent again ...
    RETRY_MAX_MS = 8000,    // ... an append after twice as long each time, up to this
    CONNECT_MS = 10,        // between tries to send to a log that is not there yet
    WAITING_SAID_MS = 5000, // how often a daemon that waits for the log says so
    READ_WAIT_MS = 1000,    // how long the log may park a read
    READ_EVENTS_MAX = 2048,
    READ_BYTES_MAX = 1 << 20,
    TELL_EVENTS = 2048,            // after so many inputs without an event of its own a daemon tells the log how far it is
    SAVE_MS = 1000,                // a projection is committed at most so often ...
    SAVE_EVENTS = 16384,           // ... or after so many own events
    SAVE_OVERDUE = 2,              // times as much: now work waits until it can be
    REBUILD_SAVE_EVENTS = 1 << 17, // while it is rebuilt: some 40 MiB of rows
    TICK_MS = 100,
    STOP_MS = 3000,          // after SIGTERM the log has this long to answer what is in flight
    STOP_SAVE_MS = 10000,    // and then the disk, to write the projection: some slow flushes
    REQUESTS_PER_ROUND = 64, // from one socket, before others have their turn
    LINK_MESSAGE_MAX = 32 << 20,
    LOG_MESSAGE_MAX = 64 << 20,
    REQUEST_BYTES_MAX = 4096,  // to the log, appends aside: a read may name every type of event
    REPLY_RECORD_MAX = 131072, // greatest sizeof of a reply record
};

struct append {
    zmq_msg_t message; // a copy (shared bytes) for sending again
    uint64_t first_n;
    uint64_t n_events;
    uint64_t last_n;
    uint64_t decided_to;
    uint64_t first_sequence;
    uint8_t last_digest[DIGEST_SIZE]; // SHA-256 of event last_n
    uint32_t ref;
};

// A reply that waits until the daemon's own event `after_n` is durable.
struct reply {
    struct peer peer;
    uint64_t after_n;
    const struct record_desc *desc;
    void (*complete)(void *state, void *record); // then `bytes` is the record, else the encoded reply
    uint8_t *bytes;
    size_t size;
    size_t room;
};

// An event of others, read.
struct input {
    struct hub_event event;
    struct event head;
    union event_data data;
    struct faults faults;
    bool good;
};

// The projection as it stood when all that was decided had been sent. It is committed when that, and what it rests on, is durable.
struct held_projection {
    bool is;
    uint64_t n;                    // of the last own event in it
    struct projection_marks marks; // taken_to and witness grow with its own events as they become durable
    int64_t tried_boot_ms;         // when it was last found that the disk has no room for it
};

struct effects {
    struct runtime *runtime;
    char source[32]; // of own events
    uint8_t *batch;  // encoded log_entry maps
    size_t batch_used;
    uint64_t batch_events;
    uint64_t batch_first_n;
    uint8_t event[EVENT_BYTES_MAX]; // the last of the batch
    size_t event_size;
    struct reply *replies; // ring
    size_t reply_head, n_replies, replies_room;
};

struct runtime {
    const struct daemon *daemon;
    const char *state_dir, *policy_dir, *credentials_dir, *bind;
    struct effects effects;

    struct socket *appends;   // to the log: begin, append
    struct socket *reads;     // to the log: read
    struct socket *questions; // to the log: attachment, waited for
    struct socket *services[SERVICES_MAX];
    struct socket *links[LINKS_MAX];
    struct socket *control;
    struct door door; // of the public service
    int signals;      // signalfd
    bool stopping;

    uint64_t epoch;
    uint64_t next_n;     // number of the next own event
    uint64_t durable_n;  // own events up to here are durable
    uint64_t head;       // the log's last sequence as last told
    uint64_t durable_to; // what is known of the log up to here is durable, as the run of the log that told it has said
    enum admission admission;
    struct append in_flight[APPENDS_MAX]; // oldest first
    unsigned n_in_flight;
    int64_t sent_boot_ms;  // of the oldest in flight
    int64_t retry_ms;      // until it is sent again
    int64_t asked_boot_ms; // when a daemon without inputs last asked for the head
    uint32_t next_ref;
    struct {
        uint64_t first_n, n_events, first_sequence;
    } recent[RECENT_MAX];
    uint64_t n_recent;
    uint64_t own_last_sequence;

    struct message input;      // reply to a read, while its events are being decided
    struct log_events *events; // its decoded form
    size_t next_input;         // place in events
    size_t n_inputs;           // of events, read into inputs
    struct input inputs[2];    // by place, the last ones
    uint64_t reading_from;     // first sequence not yet asked for or being decided
    uint32_t read_ref;
    uint64_t run;                                // of the log, as the last reply told it; 0: not told
    int64_t read_boot_ms;                        // when the read was sent; 0: none is out
    uint64_t filed_to;                           // inputs up to here have been filed
    uint64_t decided_to;                         // and decided
    uint64_t told_decided_to;                    // as the log has it durably
    void (*on_head)(void *state, uint64_t head); // runtime_ask_head
    void *on_head_state;
    uint32_t on_head_ref;

    uint64_t taken_to;                 // own events up to here have been taken; set while starting
    struct projection_witness witness; // the last event that was read or is durable of its own
    struct projection_marks saved;     // the projection's, on disk
    struct held_projection held;
    uint64_t saved_n;
    int64_t saved_boot_ms;
    int64_t started_boot_ms;
    bool goes_on;          // tick has more to do
    int64_t rest_until_us; // boot clock: until then nobody at the public services is heard; 0: they are
    int64_t last_wall_ms, last_boot_ms;
    int64_t unsaved_told_ms; // when it was last said that the projection finds no room
    bool ready;
};

// Looks at the clocks.
struct moment runtime_now(struct runtime *runtime);
// As they were when last looked at, in this round: of what is decided together all is at one time.
struct moment runtime_moment(const struct runtime *runtime);
// Time goes on from this event, whatever the clock says.
void runtime_learn_time(struct runtime *runtime, const struct event *head);
// Reads an event of the log, of which `part` is looked at; NULL: all.
void runtime_read_event(const struct log_event *entry, const struct event_part *part, struct input *input);
// The daemon ends at once, without committing: restart settles it.
_Noreturn void runtime_give_up(struct runtime *runtime, const char *id, const char *why);
void runtime_save_held(struct runtime *runtime); // commits what is held, if all that it rests on is durable now

// log_link.c: the connection to the log
CHECKED enum err log_link_open(struct runtime *runtime);
CHECKED enum err log_begin(struct runtime *runtime);
// Reads synchronously while the daemon starts: `types` (0: all) from `from` on. Fills runtime->events; false when stopping.
bool log_read_now(struct runtime *runtime, uint64_t from, uint64_t types, bool attachments);
void log_send_batch(struct runtime *runtime, bool tell); // if there is one, or to `tell` how far it is, and the window allows
void log_take_answers(struct runtime *runtime);          // replies to appends
void log_send_read(struct runtime *runtime, uint32_t wait_ms);
void log_take_read(struct runtime *runtime); // reply to a read, when no input is being decided
void log_retry(struct runtime *runtime, int64_t boot_ms);

// effects.c
CHECKED enum err effects_init(struct runtime *runtime);
void effects_release(struct runtime *runtime); // sends replies whose events are durable
bool effects_can_decide(const struct runtime *runtime);

// start.c: options, directories, replay
int runtime_options(struct runtime *runtime, int argc, char **argv); // -1: go on; else exit code
CHECKED enum err runtime_start(struct runtime *runtime);
CHECKED enum err runtime_replay(struct runtime *runtime);

// witness.c: by what a projection knows its log again
uint64_t witness_types(const struct daemon *daemon); // EVENT_BITs of all that the daemon ever reads
void witness_take(struct runtime *runtime);          // from the read that is finished: runtime->events, whose bytes are still held
void witness_take_own(struct projection_witness *witness, const struct append *append, uint64_t last_sequence); // now it is durable
// Reads the event of the saved witness from the log. ERR_OTHER_STORE, said: it is not there, or another one is. ERR_AGAIN: stopping.
CHECKED enum err witness_check(struct runtime *runtime);

// serve.c: requests from outside
CHECKED enum err serve_open(struct runtime *runtime);
void serve_requests(struct runtime *runtime);
bool serve_waits(const struct runtime *runtime, unsigned service); // it is not to be read now
int64_t serve_rest_us(const struct runtime *runtime);              // so long until strangers are heard again
void serve_links(struct runtime *runtime);
void serve_control(struct runtime *runtime);
