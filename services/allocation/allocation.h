// SPDX-License-Identifier: MIT
// The whole state of the allocation daemon, and the functions of its row in the daemon's table.
// Used by the files of this folder and its tests. What stands in rows changes in take_event alone; the rest are indexes over them.
#pragma once

#include "common/runtime/daemon.h"
#include "services/allocation/alarm.h"
#include "services/allocation/family_case.h"
#include "services/allocation/lease_clock.h"
#include "services/allocation/pace.h"
#include "services/allocation/parked_take.h"
#include "services/allocation/policy_shelf.h"
#include "services/allocation/post_table.h"
#include "services/allocation/team_queue.h"

// Tables of the projection: rows of own events alone, and filed inputs.
enum {
    TABLE_JOB,
    TABLE_FAMILY,
    TABLE_NAME,
    TABLE_POLICY, // filed
    TABLE_EARLY,  // filed
    TABLE_COURSE,
    TABLE_PAIR,   // filed
    TABLE_JOINED, // filed
    TABLE_POST,
    TABLE_AWAY,
    TABLE_LINK, // filed
    TABLE_CAPACITY,
    TABLE_SHOWN,
    TABLES
};

// What people say of the room that a team has.
struct team_capacity {
    int64_t until_ms; // 0: without end
    uint8_t capacity; // enum capacity; CAPACITY_NONE: nothing was said
};

struct allocation {
    struct runtime *runtime;
    struct projection *projection;
    struct name_table *names;
    struct job_table jobs;
    struct family_cases families;
    struct policy_shelf shelf;
    struct post_table posts;
    struct team_capacity capacities[NAME_TABLE_MAX]; // by team
    struct pace paces[NAME_TABLE_MAX];
    uint64_t n_links; // of families that are kept apart; 0: there are none

    struct team_queues *queues; // jobs at teams; at hub-decision all that a person may decide
    struct job_heap due;        // a node not later than the next ring of every open job
    struct job_heap late;       // every open job that is late, or of which a reminder has rung
    struct job_heap kept;       // jobs that are kept for a worker for a while: a node for when each is anybody's
    int64_t absent_ms;          // boot clock: when to look next for what is kept for who is away
    struct lease_clock *leases;
    struct parked_takes *parked;
    int64_t takes_told_ms;          // when it was last said that too many takes wait
    int64_t apart_told_ms;          // and that nobody may have a job
    unsigned n_claimed;             // names below it have been looked for among parked takes
    uint16_t woken[NAME_TABLE_MAX]; // teams with parked takes to which work has come
    unsigned n_woken;
    bool is_woken[NAME_TABLE_MAX];

    struct moment now;    // of the call under way; zero while rebuilding
    struct moment ticked; // of the last tick
    struct alarm_memo alarms;
    bool running;           // the first tick has been
    uint64_t last_n;        // own events taken
    uint64_t last_sequence; // the last own event known durable

    struct destination destination; // room for one decision
    union {                         // room for one reply
        struct taken taken;
        struct answered answered;
        struct jobs jobs;
        struct queues queues;
        struct counts counts;
        struct due_list due;
        struct standing standing;
        struct workers workers;
        struct plain_reply plain;
    } reply;
};

// Functions of struct daemon; `state` is a struct allocation, all zero before the first.
CHECKED enum err allocation_open(void *state, struct runtime *runtime, const char *directory, struct projection_marks *marks);
CHECKED enum err allocation_take(void *state, const struct hub_event *own);
CHECKED enum err allocation_file(void *state, const struct hub_event *input);
void allocation_expect(void *state, const struct hub_event *input);
void allocation_decide(void *state, const struct hub_event *input, struct moment now, struct effects *effects);
void allocation_tick(void *state, struct moment now, struct effects *effects);
void allocation_settled(void *state, uint64_t first_n, uint64_t first_sequence, uint64_t count);
CHECKED enum err allocation_hold(void *state);
CHECKED enum err allocation_save(void *state, struct projection_marks marks);
void allocation_close(void *state);

// What is looked at of inputs.
extern const struct event_part allocation_reads;

// The rows of service_work and of service_standing, in their order.
extern const on_request allocation_requests[];
extern const on_request allocation_standing_requests[];
