// SPDX-License-Identifier: MIT
// Which jobs of a team's queue a worker gets.
// Used by grant. Takes what it picks off the queue, and changes nothing else: the rows still say queued.
#pragma once

#include "services/allocation/post.h"

enum { PICK_MAX = 64 }; // jobs of one leased event

struct picked {
    bool full;            // there was more that the worker has no room for
    bool apart;           // there was more of families that the worker is kept apart from
    enum because because; // why to this worker, of all that are picked
    unsigned n;
    struct job_key keys[PICK_MAX];
    struct job_row rows[PICK_MAX];
};

// Picks at most `max` jobs for a worker who is at the team as `post` says, in the order of the queue. What does not fit on top of the
// worker's load ends it, and so does a job that is given for another reason than those before; but for what is the worker's own anyway:
// news of the worker's cases, and what is kept for the worker. Counts what it picks into post->fair.load.
void pick_jobs(struct allocation *allocation, uint16_t team, unsigned max, struct post_now *post, struct picked *picked);
