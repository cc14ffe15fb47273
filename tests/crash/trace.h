// SPDX-License-Identifier: MIT
// The trace of everything that a hub's processes write under its state directory, and of what was promised to anybody, in one order.
// Written by recorder.c in every daemon and by the load (power-cut); read by power_cut_images.
// A record is this head, the path (relative to the state directory, no NUL) and the data. Numbers are the machine's own.
#pragma once

#include <stdint.h>

enum { TRACE_MAGIC = 0x31435057, TRACE_PATH_MAX = 400 };

enum trace_op {
    TRACE_WRITE = 1,  // about to be written at `offset`: the data; `flags`: TRACE_DSYNC
    TRACE_WRITTEN,    // a write with TRACE_DSYNC has returned; `length`: as write(2) gave it. Of other writes: only when it failed
    TRACE_SYNC_BEGIN, // fsync or fdatasync of a file or a directory
    TRACE_SYNC_END,   // `length`: 0, or it failed
    TRACE_SIZE,       // the file is now `length` bytes long (ftruncate, fallocate)
    TRACE_CREATE,     // the file was made
    TRACE_MKDIR,      //
    TRACE_RENAME,     // path NUL new path
    TRACE_UNLINK,     //
    TRACE_MAPPED,     // mapped to be written to: what is written there is not in the trace

    // What somebody outside was told, so that it must be true for ever:
    TRACE_RECEIPT = 32, // `accepted`: path: referral, `offset`: sequence, data: the event's bytes
    TRACE_SEEN,         // a reader was given an event: `offset`: sequence, data: hash of its leaf
    TRACE_ACCEPTED,     // a worker's accept was answered ok: path: referral, `offset`: part
    TRACE_OPENED,       // the registry opened a referral: path: referral
    TRACE_KEY,          // a slot's key may be used: `offset`: slot, data: SHA-256 of the key
    TRACE_DESTROYED,    // a slot's key is being destroyed: `offset`: slot; `length` 1: it was
};

enum { TRACE_DSYNC = 1, TRACE_DIRECTORY = 2 }; // flags: a write that is durable when it returns; a sync of a directory

struct trace_head {
    uint32_t magic;
    uint8_t op;
    uint8_t flags;
    uint16_t path_size;
    uint32_t thread;
    uint32_t data_size;
    uint64_t inode;
    uint64_t offset;
    uint64_t length;
};

_Static_assert(sizeof(struct trace_head) == 40, "power-cut packs the same");
