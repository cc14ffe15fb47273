// SPDX-License-Identifier: MIT
// The storage under the audit log: append batches with their producers' rows, read a range, attachments, drop, fencing epochs.
// Used by audit only. Narrow on purpose: a replicated database can stand behind the same calls. One thread.
//
// Writing gathers in one transaction: begin_producer, append and drop are true for what follows at once, and durable with
// log_store_commit, or not at all. While something is gathered, only log_store_head, log_store_end and the producers' rows may be asked,
// and nothing read (log_reader.h).
#pragma once

#include "common/base/err.h"
#include "common/store/log_producer.h"
#include "proto/proto.h"

struct log_store;

enum { LOG_ITEMS_MAX = 1024 };

struct log_store_options {
    const char *directory; // kept until it is closed
    uint64_t map_size;     // 0: 64 GiB. The most that the log can hold; costs address space only
};

// Opens or makes it. ERR_LOCKED, ERR_NEWER_STORE, ERR_BAD_STORE, ERR_IO, ERR_STORE_FULL: refused.
CHECKED enum err log_store_open(const struct log_store_options *options, struct log_store **log);
void log_store_close(struct log_store **log);

// ---------------------------------------------------------------- writing

enum log_outcome {
    LOG_OK,
    LOG_STALE, // the epoch, or a number whose batch is not known any more
    LOG_GAP,   // a batch before this one is missing
    LOG_FULL,  // no room for what it admits
};

enum log_admits { LOG_ADMITS_NOTHING, LOG_ADMITS_URGENT, LOG_ADMITS_ORDINARY };

struct log_item {
    enum event_type type;
    struct span event;      // 1 to EVENT_BYTES_MAX bytes
    struct span attachment; // size 0: none
};

struct log_batch {
    enum producer producer;
    uint64_t epoch;
    uint64_t n; // number of the first event
    uint64_t decided_to;
    enum log_admits admits; // the most refusable of its events
    const struct log_item *items;
    size_t n_items; // at most LOG_ITEMS_MAX; 0: only decided_to moves
};

struct log_place {
    enum log_outcome outcome;
    bool again;           // it was here before
    uint64_t first, last; // sequences, on LOG_OK; 0 when it had no events
    uint64_t n;           // number expected next
};

// Raises the producer's epoch. Copies the row.
void log_store_begin_producer(struct log_store *log, enum producer producer, struct log_producer *row);
// Copies the events. Errors of the disk are told by commit.
struct log_place log_store_append(struct log_store *log, const struct log_batch *batch);
// Destroys attachments: overwrites them and marks them as dropped. One that is not there is passed over.
void log_store_drop(struct log_store *log, const uint64_t *sequences, size_t n_sequences);
// Makes durable what was gathered; good when nothing was. An error is final: the process must end and start again.
CHECKED enum err log_store_commit(struct log_store *log);
// Bytes gathered since the last commit.
uint64_t log_store_gathered(const struct log_store *log);

// ---------------------------------------------------------------- asking

// Sequence of the last durable event, 0 when there is none.
uint64_t log_store_head(const struct log_store *log);
// Sequence of the last event gathered, durable or not.
uint64_t log_store_end(const struct log_store *log);
// Root of the tree over all durable events.
void log_store_root(const struct log_store *log, uint8_t root[DIGEST_SIZE]);
// Lends a producer's row.
const struct log_producer *log_store_producer(const struct log_store *log, enum producer producer);

struct log_usage {
    enum admission admission; // what there is room for; a little before appends are refused
    unsigned fullness;        // thousandths
    uint64_t map_used, map_size;
};

struct log_usage log_store_usage(const struct log_store *log);
// Measures the disk again, reserves ahead, clears stale readers; call every second or so when idle.
void log_store_tend(struct log_store *log);
// Makes the next commits faster, when there is nothing else to do. `more`: it is worth another call. An error is final.
CHECKED enum err log_store_prepare(struct log_store *log, bool *more);
