// SPDX-License-Identifier: MIT
// A disk as a power cut leaves it: what was synced is there; of all else any combination may be.
// Used by power_cut_images, which hands it the trace record by record.
//
// Durable: bytes and size of a file up to its last completed sync, a write through O_DSYNC that has returned, names in a directory up to
// its last completed fsync. Pending: the rest, by sectors for bytes, in order for the sizes of one file and for the names in one directory.
#pragma once

#include "tests/crash/trace_reader.h"

struct disk;

struct disk *disk_new(void);
// Takes the next record. NULL, or what is wrong with it.
const char *disk_take(struct disk *disk, const struct trace_record *record);
// Something is pending: another cut may leave another image.
bool disk_is_pending(const struct disk *disk);

struct disk_cut {
    uint64_t seed;   // decides what of the pending is there
    unsigned sector; // bytes that are written whole or not at all: 512, or less for torn sectors
    bool everything; // all that is pending is there: what a look at the running system would show
};

// Writes the files and directories as a power cut would leave them, into an empty directory. False: errno says why not.
bool disk_image(const struct disk *disk, const struct disk_cut *cut, const char *directory);

// The next number of a sequence that a seed begins.
uint64_t disk_dice(uint64_t *seed);
