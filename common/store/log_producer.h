// SPDX-License-Identifier: MIT
// What the log knows of one producer: its epoch, its numbers, and its last batches, so that one sent again is recognised.
// Used by log_store. Pure.
#pragma once

#include "common/crypto/digest.h"

enum {
    LOG_SEEN_MAX = 16, // appends that a producer may have in flight and still send again after the log came back
    LOG_SEEN_SIZE = 52,
    LOG_PRODUCER_CHECK = 8,
    LOG_PRODUCER_SIZE = 25 + LOG_SEEN_MAX * LOG_SEEN_SIZE + LOG_PRODUCER_CHECK,
};

struct log_seen {
    uint64_t n;     // number of its first event; 0: this place is free
    uint64_t first; // sequence of its first event
    uint32_t count;
    uint8_t digest[DIGEST_SIZE];
};

struct log_producer {
    uint64_t epoch;      // only who has it may append; 0: never begun
    uint64_t n;          // events appended, ever
    uint64_t decided_to; // every input up to here is answered
    uint8_t newest;      // in `seen`
    struct log_seen seen[LOG_SEEN_MAX];
};

// The batch of this first number and digest, when it is one of the last; else NULL. Lends.
const struct log_seen *log_producer_seen(const struct log_producer *producer, uint64_t n, const uint8_t digest[DIGEST_SIZE]);
// Notes a batch that was appended: raises n by its count.
void log_producer_note(struct log_producer *producer, const struct log_seen *batch);

void log_producer_write(const struct log_producer *producer, uint8_t row[LOG_PRODUCER_SIZE]);
// False when these bytes are no row, or not as they were written.
bool log_producer_read(struct span row, struct log_producer *producer);
