// SPDX-License-Identifier: MIT
// Room for the log: the file reserved ahead, a ballast file to give up when the disk is full, and how full it all is.
// Used by log_store.
#pragma once

#include "common/store/store.h"

#include <stdbool.h>

struct log_room {
    struct store *store;   // not owned
    const char *directory; // not owned
    uint64_t map_size;
    uint64_t step; // bytes reserved at a time, and size of the ballast
    uint64_t disk_free;
    bool ballast;       // the ballast file is there
    uint64_t forgotten; // bytes of the file that memory need not hold
    struct store_room room;
};

// Takes its first measure; reserves, and makes the ballast where the disk has room for it.
void log_room_init(struct log_room *room, struct store *store, const char *directory, uint64_t map_size);
// Reserves the next step when due and measures again; call after each commit and every second.
void log_room_measure(struct log_room *room);
// Writes a piece of what is reserved, in idle moments; see store_write_ahead.
CHECKED enum err log_room_write_ahead(struct log_room *room, bool *more);
// Thousandths in use, of the map or the disk, once `pending` bytes more are written; 1000: nothing more is sure to fit.
unsigned log_room_fullness(const struct log_room *room, uint64_t pending);
