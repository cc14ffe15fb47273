// SPDX-License-Identifier: MIT
// The inside of the log's storage, shared by its writing and its reading half.
// Used by log_store.c, log_reader.c and log_verify.c only.
#pragma once

#include "common/store/log_chunk.h"
#include "common/store/log_room.h"
#include "common/store/log_store.h"
#include "common/store/store.h"
#include "common/store/tree.h"

enum {
    LOG_EVENTS,      // chunks of events, by the first one's sequence
    LOG_ATTACHMENTS, // chunks of attachments, by the sequence of the first event that may have one here
    LOG_PRODUCERS,   // rows, by the producer's name
    LOG_TREE,        // one row: the frontier
    LOG_TYPES,       // number of an event type on disk, by its name; numbers never change, tables in proto/ may
};

extern const char *const log_tables[];
extern const uint64_t log_map_size; // where nobody says another

enum {
    LOG_FORMAT = 2,                      // of 1, no check stood beside an event
    LOG_EVENTS_CHUNK_MAX = 1 << 20,      // bytes of events: LMDB wants a value's pages in one piece
    LOG_ATTACHMENTS_CHUNK_MAX = 1 << 18, // bytes of attachments: a drop rewrites its chunk
    LOG_CODES_MAX = 63,
    LOG_PRODUCERS_MAX = 16, // more than codes.def has
};

struct log_reader {
    uint64_t from;
    uint64_t codes;
    uint64_t first; // sequence of the chunk's first event
    bool positioned;
    bool ahead; // of what is gathered too
    struct chunk chunk;
};

// Opens what is there to look at it, while its owner may be at work: for the reading half only. Nothing can be gathered.
CHECKED enum err log_store_look(const char *directory, struct log_store **log);

struct log_store {
    struct store *store;
    struct log_room room;
    uint64_t map_size;
    enum err failed;   // of a commit: what is gathered since stands on events that may not be there
    uint64_t head;     // durable
    uint64_t gathered; // bytes, about
    struct tree tree;  // of what is gathered too
    struct log_producer producers[LOG_PRODUCERS_MAX];
    bool changed[LOG_PRODUCERS_MAX]; // rows to be written
    uint8_t code_of[EVENT_COUNT];
    uint8_t type_of[LOG_CODES_MAX + 1];
    struct log_reader reader;
    struct chunk_item items[LOG_ITEMS_MAX];
    uint8_t leaves[LOG_ITEMS_MAX][DIGEST_SIZE];
    uint8_t dropping[LOG_ATTACHMENTS_CHUNK_MAX + 16 * LOG_ITEMS_MAX]; // a chunk of attachments while it is rewritten
};
