// SPDX-License-Identifier: MIT
// Proves a log from its bytes: every page, event, hash, root, attachment and producer's row, as far as that can be done without a key.
// Used by `windscreen audit verify`. Only reads: its owner may be at work. A file that is damaged may end the process that reads it (LMDB
// follows what it reads), so this is to be called in one that may be lost.
#pragma once

#include "common/base/err.h"
#include "common/crypto/digest.h"

// ROW(symbol, what is wrong)
#define LOG_DAMAGES(ROW)                                                                \
    ROW(NONE, "nothing")                                                                \
    ROW(PAGE, "a page of the file is not what it should be, or not where it should be") \
    ROW(OPEN, "it cannot be opened as a log")                                           \
    ROW(CHUNK, "a piece of the log does not fit its own lengths")                       \
    ROW(MISSING, "events are missing")                                                  \
    ROW(EVENT, "an event is not what it was when it was written")                       \
    ROW(TYPE, "an event is filed under another type")                                   \
    ROW(NUMBER, "a producer's events do not count on")                                  \
    ROW(ROOT, "the root of the tree is not that of the events")                         \
    ROW(PRODUCER, "a producer's row is not that of its events")                         \
    ROW(ROWS, "a row beside the events is missing, or not what it was")                 \
    ROW(ATTACHMENT, "an attachment is missing, in a wrong place, or not what its event says")

enum log_damage {
#define ROW(symbol, text) LOG_DAMAGE_##symbol,
    LOG_DAMAGES(ROW)
#undef ROW
};

// What was found so far; the first damage ends the walk.
struct log_verdict {
    enum log_damage damage;
    uint64_t sequence; // of the first event that is damaged, or behind which nothing could be read; 0: none can be named
    uint64_t page;     // on PAGE
    uint64_t n_events, n_attachments, n_dropped;
    uint64_t n_sealed; // of n_attachments: only a key tells whether these are what they were
    uint8_t root[DIGEST_SIZE];
};

const char *log_damage_text(enum log_damage damage);
// Of the log in this directory, up to its head of now. ERR_NONE: gone through, the verdict says how it is. ERR_NOT_FOUND: no log there.
// Else it could not be read, or its owner writes too quickly (ERR_AGAIN).
CHECKED enum err log_verify(const char *directory, struct log_verdict *verdict);
