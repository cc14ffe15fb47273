// SPDX-License-Identifier: MIT
// A daemon's real table, runtime and effects without sockets, clock or log: frames come from the fuzzer, what it sends is looked at.
// Linked into the targets of daemons instead of common/runtime/socket.c; X_main.c is compiled with `main` and `daemon_main` renamed.
#pragma once

#include "common/runtime/runtime.h"
#include "tests/fuzz/fuzz.h"

enum { STAGE_REPLY_MAX = 1 << 20 };

struct stage {
    struct runtime runtime;
    struct moment now;
    uint64_t head;      // of the log that is played
    unsigned n_replies; // since the last frame
    struct span reply;  // the last one; lent until the next
    void (*on_append)(enum event_type type, uint64_t sequence, const struct event *head, const union event_data *data);
    void (*on_pass)(struct span body); // what goes over a link
};

extern struct stage stage;

// main and daemon_main of X_main.c.
int stage_main(int argc, char **argv);
int stage_daemon_main(const struct daemon *daemon, int argc, char **argv);

// Opens the daemon under a directory of its own. `policy` and `credentials` are folders, NULL where it has none.
void stage_open(const char *policy, const char *credentials);
// Closes the daemon and opens it on nothing, with an empty log; `zero` clears its state.
void stage_reset(void (*zero)(void *state));

// An event of another daemon: filed and decided. Copies the attachment. Returns its sequence.
uint64_t stage_input(enum event_type type, const char *subject, const void *data, struct span attachment);

// Plays the input: frames of one byte for the socket (its services, its links, control), one of flags, and a message.
void stage_play(struct span input);
enum {
    STAGE_EXTRA_FRAMES = 1,
    STAGE_DELIMITED = 2,
    STAGE_SECOND_LATER = 4, // the clock goes on before the frame
    STAGE_HOUR_LATER = 8,
    STAGE_OTHER_PEER = 16,
};
// One frame for the service `i`; then the daemon works until it has nothing to do.
void stage_serve(unsigned service, unsigned flags, struct span body);
// Lets the daemon work.
void stage_work(void);
