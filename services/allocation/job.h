// SPDX-License-Identifier: MIT
// A job: the lead or one part of a referral, and the states it may pass through (lifecycle.def).
// Used by all of allocation. Pure values; knows no store and no clock.
#pragma once

#include "common/base/err.h"
#include "proto/proto.h"

enum {
    JOB_PARTS_MAX = 63,    // as records.def has it
    JOB_ATTEMPTS_MAX = 63, // the same; a policy asks for fewer
    JOB_WORKER_MAX = 64,
    JOB_KEY_SIZE = 9,
};

struct job_key {
    uint64_t referral;
    uint8_t part; // 0: the lead
};

enum job_flag {
    JOB_RESERVED = 1,         // only `worker` may take it
    JOB_DECIDED = 2,          // a person has decided where it goes
    JOB_PLACED = 4,           // it has been with a team
    JOB_SEEN = 8,             // since it came to its team a worker was shown it
    JOB_REVIEWED = 16,        // since a worker took it on there was a review
    JOB_HAS_COURSE = 32,      // there is more to say of it: course.h
    JOB_ENDED_WITH_LEAD = 64, // a closed part that ended only because its lead did: it comes back with it
    JOB_SIGNALLED = 128,      // a lead: a signal was raised that rests on it
};

// The row of a job; a function of own events alone. Without padding: its bytes are compared and stored, up to the end of `worker`.
struct job_row {
    uint64_t family;
    uint64_t input;    // sequence of the input that made it: its place among equals
    uint64_t token;    // own number of the leased event, while leased or accepted; of the proposal, while a person decides
    uint64_t lease_n;  // own number of the event that last set the lease's end
    uint64_t news_of;  // referral whose case this is news of; 0: none
    int64_t due_ms;    // when the queue, hold, decision or review should have ended; none when closed
    int64_t worker_ms; // when the worker got it: the lease began or was last extended, or she took it on; by the wall clock
    int64_t came_ms;   // when the referral came, or was opened again
    int64_t since_ms;  // when it came to its team or person
    uint32_t lease_ms;
    uint32_t asked;  // what a person asked for last: asked.h; 0: nothing
    uint32_t kept_s; // while reserved: so long after since_ms, then anybody may take it; 0: not before it is late
    uint16_t team;   // numbers of name_table.h; 0: none
    uint16_t proposal;
    uint16_t rule;
    uint16_t policy;
    uint8_t state; // enum state
    uint8_t level;
    uint8_t reason; // enum decision_reason
    uint8_t attempts;
    uint8_t marks;    // bit c: mark c
    uint8_t rung;     // enum clock_stage: how far the clock of due_ms has rung
    uint8_t flags;    // of enum job_flag
    uint8_t consent;  // enum consent_service: the family's answer since the referral was judged; 0: none
    uint8_t progress; // bit p: progress p was told
    uint8_t stage;    // of a challenge: who looks at it now, 1 the first
    uint8_t outcome;  // enum outcome, when closed
    uint8_t because;  // enum because: why it is reserved
    uint8_t basis;    // enum basis: on which it goes on; 0: nobody said
    uint8_t agency;   // enum agency: whose concern it is, of a lead
    uint8_t member;   // for which member of the referral it is, 1 the first; 0: for the family
    uint8_t alone;    // of a part that is held: 1: for what its lead does not wait for, and not with it
    uint8_t worker_size;
    char worker[JOB_WORKER_MAX]; // who has it while leased or accepted, had it when closed, or alone may take it while reserved
};

// Bytes of the row that count.
size_t job_size(const struct job_row *job);
// From the bytes of a row; false when they are not one.
CHECKED bool job_parse(struct span row, struct job_row *job);

void job_key_print(struct job_key key, uint8_t bytes[JOB_KEY_SIZE]);
CHECKED bool job_key_parse(struct span bytes, struct job_key *key);

struct span job_worker(const struct job_row *job); // lends
// Worker must be at most JOB_WORKER_MAX bytes; an empty one clears.
void job_set_worker(struct job_row *job, struct span worker);

// Only this worker may take it, for a reason; size 0: anybody may.
void job_reserve(struct job_row *job, struct span worker, enum because because);

// It is over no more.
void job_open_again(struct job_row *job);

// Whoever was shown it has it no more; a job that is kept for a worker stays kept.
void job_end_lease(struct job_row *job);

// State after an event; STATE_NONE: the event cannot happen to a job in this state.
enum state job_after(enum state state, enum event_type event);

// A part that waits beside its lead, and goes with it.
bool job_waits_with_lead(const struct job_row *job);
// A task that a person confirms as done: it has no team to go to, but a reason of a task.
bool job_is_task(const struct job_row *job);
// A case that is offered to another worker or team: when they accept, it is theirs.
bool job_is_offer(const struct job_row *job);
// A part that tells a worker that a member would be given other parenting support now: no row of the policy has made it.
bool job_is_again(const struct job_row *job);
// Waits in a queue for one worker alone; see owner.h for whether it still does.
bool job_is_reserved(const struct job_row *job);
// Accepted by this worker with this token.
bool job_is_held_by(const struct job_row *job, struct span worker, uint64_t token);
// A person may decide it. Inline: it is asked of every job that moves.
static inline bool job_is_decidable(const struct job_row *job)
{
    return job->state == STATE_DECIDING || job->state == STATE_HELD || job->state == STATE_DEAD;
}
// A clock runs: all states but closed.
bool job_is_open(const struct job_row *job);
// Counts as an open case of its family: with a team or a worker, and not itself news, a task or an offer.
bool job_is_case(const struct job_row *job);
// The time by which its state should have ended.
int64_t job_due(const struct job_row *job);
