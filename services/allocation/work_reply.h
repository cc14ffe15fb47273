// SPDX-License-Identifier: MIT
// Answers to requests about one job, as all files of requests give them.
// Used by on_decide, on_close and their like. They leave once everything appended before is durable.
#pragma once

#include "services/allocation/allocation.h"
#include "services/allocation/asked.h"

// A request about one job, as it is being answered.
struct working {
    struct allocation *allocation;
    struct effects *effects;
    const struct peer *peer;
    struct span referral; // as asked
    struct job_key key;
    struct job_row row;
};

// Begins with the job that a request names; `part` 0: the lead. False: there is none, and that has been answered.
bool work_reply_begin(struct working *working, struct allocation *allocation, const struct request *request, struct moment now,
                      struct effects *effects, struct span referral, uint64_t part);
// The same was asked before, of this job, and nothing else since: whoever asks has not heard the answer.
bool work_reply_is_repeat(const struct working *working, const struct asked *asked);
// The job's answer, ok when all of it was done.
void work_reply_answer(const struct working *working, enum answer answer);
// bad_request: what is wrong, where, and what to do; constant texts.
void work_reply_refuse(const struct working *working, const char *path, enum fault code, const char *message);
