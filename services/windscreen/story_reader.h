// SPDX-License-Identifier: MIT
// Reads the log for one referral, named by its tag or by what the partner called it, and folds its story.
// Used by show and explain. Keeps no event: each is handed over once, in order.
#pragma once

#include "services/windscreen/given.h"
#include "services/windscreen/story.h"

struct story_reader {
    const struct given *given;
    struct span referral, source, id; // one of both ways
    bool known;                       // which referral it is
    struct story story;
    void *context; // handed over with each event, and with what it means to this referral alone
    void (*take)(void *context, const struct windscreen_event *event, const struct gist *gist);
    void (*adopted)(void *context, const struct windscreen_event *event); // policy.adopted too; NULL: not wanted
};

// Takes REFERRAL, or --source and --id, from the command line; false after a complaint.
bool story_reader_init(struct story_reader *reader, const struct given *given);
// Reads from the first event to the last durable one. Exit code, 0 when the referral was found; else what went wrong has been said.
int story_reader_run(struct story_reader *reader);
