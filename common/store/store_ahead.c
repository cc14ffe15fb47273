// SPDX-License-Identifier: MIT
// Zeros where a store will grow. A file system notes of reserved space that it was never written, and the flush that brings the first
// bytes there has to change that note too: on ext4 a small commit takes twice as long.
// Called by log_room between commits, in the thread that commits: nothing may be written behind the last page meanwhile.
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/store/store_inside.h"

enum { PIECE = 256 << 10, PAGE = 4096 };

static _Alignas(PAGE) uint8_t zeros[PIECE]; // as O_DIRECT wants them

// Elsewhere what is written again may take new room, and what was reserved would be gone: so on XFS once the file was copied, since `cp`
// lets both share what was written, but not what is only reserved.
static bool can_write(int file)
{
    struct statfs at;

    return fstatfs(file, &at) == 0 && at.f_type == EXT4_SUPER_MAGIC;
}

// Past the system's memory, where zeros would only push out what is read. No longer than for this: where the file system cannot reserve,
// libc writes single bytes for it, which such a descriptor refuses.
static bool write_zeros(int file, size_t size, uint64_t at)
{
    bool written = fcntl(file, F_SETFL, O_DIRECT) == 0 && pwrite(file, zeros, size, (off_t)at) == (ssize_t)size;

    (void)fcntl(file, F_SETFL, 0);
    return written;
}

// An earlier process has written up to where the file system knows of a hole.
static uint64_t find_written(int file, uint64_t used)
{
    off_t hole = lseek(file, (off_t)used, SEEK_HOLE);

    return hole > 0 ? (uint64_t)hole / PAGE * PAGE : used;
}

enum err store_write_ahead(struct store *store, uint64_t ahead, bool *more)
{
    uint64_t used = store_used(store), end = used + ahead < store->allocated ? used + ahead : store->allocated;
    size_t size;

    *more = false;
    assert(store->write == NULL && !store->beside);
    if (store->written == 0)
        store->written = can_write(store->file) ? find_written(store->file, used) : UINT64_MAX;
    if (store->written < used)
        store->written = used;
    end -= end % PAGE;
    if (store->written >= end)
        return ERR_NONE;
    size = end - store->written < PIECE ? (size_t)(end - store->written) : PIECE;
    if (!write_zeros(store->file, size, store->written)) {
        store->written = UINT64_MAX; // commits go on without
        return ERR_NONE;
    }
    if (fdatasync(store->file) != 0)
        return store_err(store, errno); // what the file system has not noted may be lost with what is committed there
    store->written += size;
    *more = store->written < end;
    return ERR_NONE;
}
