// SPDX-License-Identifier: MIT
// Room for the log. What is already in must always be able to go on: its events go into space that was reserved before.
// Called by log_store.
// Must not decide who is admitted.
#include "common/store/log_room.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/store/store_file.h"

enum {
    STEP_MAX = 64 << 20, // some seconds of full load; small beside any disk
    STEP_MIN = 1 << 18,
    STEPS_OF_MAP = 16, // small maps (tests) reserve in proportion
    FULL = 1000,
    FREE_STEPS = 20,
    OF_STEP = FULL / FREE_STEPS, // the disk is 80 % full for us with 4 steps free, 95 % with one
    STEPS_IN_MEMORY = 8,         // of the log's end: half a GiB
    FORGOTTEN_OF_STEP = 4,
    BALLAST_WHEN_FREE = 8, // steps of free disk that must be there before the ballast takes one
};

static uint64_t disk_free(const struct log_room *room)
{
    struct statvfs disk;

    return statvfs(room->directory, &disk) == 0 ? (uint64_t)disk.f_bavail * disk.f_frsize : UINT64_MAX;
}

static void make_ballast(struct log_room *room)
{
    char path[STORE_PATH_MAX];
    int descriptor;

    if (room->ballast || disk_free(room) < BALLAST_WHEN_FREE * room->step || store_file_path(room->directory, "ballast", path) != ERR_NONE)
        return;
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return;
    room->ballast = posix_fallocate(descriptor, 0, (off_t)room->step) == 0;
    close(descriptor);
}

static void drop_ballast(struct log_room *room)
{
    char path[STORE_PATH_MAX];

    if (store_file_path(room->directory, "ballast", path) == ERR_NONE)
        unlink(path);
    room->ballast = false;
}

// Reserves a step, or the greatest part of one that the disk still has when the ballast is thrown.
static void reserve(struct log_room *room)
{
    uint64_t left = room->map_size - room->room.used;
    uint64_t ahead = left < room->step ? left : room->step;

    if (store_reserve_ahead(room->store, ahead) == ERR_NONE)
        return;
    drop_ballast(room);
    for (; ahead >= STEP_MIN; ahead /= 2)
        if (store_reserve_ahead(room->store, ahead) == ERR_NONE)
            return;
}

static bool is_due(const struct log_room *room)
{
    return room->room.allocated < room->room.used + room->step / 2 && room->room.allocated < room->map_size;
}

// The end of the log is what is read; the rest would fill the machine's memory, and every new page would need one that was never used.
static void forget(struct log_room *room)
{
    uint64_t kept = STEPS_IN_MEMORY * room->step, piece = room->step / FORGOTTEN_OF_STEP;
    uint64_t to = room->room.used > kept ? room->room.used - kept : 0;

    if (to < room->forgotten + piece)
        return;
    to -= to % piece;
    store_forget(room->store, room->forgotten, to);
    room->forgotten = to;
}

void log_room_measure(struct log_room *room)
{
    room->room = store_room(room->store);
    if (is_due(room) && room->room.used < room->map_size) {
        reserve(room);
        room->room = store_room(room->store);
    }
    make_ballast(room);
    forget(room);
    room->disk_free = disk_free(room);
}

enum err log_room_write_ahead(struct log_room *room, bool *more)
{
    return store_write_ahead(room->store, room->step, more);
}

void log_room_init(struct log_room *room, struct store *store, const char *directory, uint64_t map_size)
{
    char path[STORE_PATH_MAX];
    uint64_t step = map_size / STEPS_OF_MAP;

    step = step > STEP_MAX ? STEP_MAX : step < STEP_MIN ? STEP_MIN : step;
    *room = (struct log_room){.store = store, .directory = directory, .map_size = map_size, .step = step};
    room->ballast = store_file_path(directory, "ballast", path) == ERR_NONE && access(path, F_OK) == 0;
    log_room_measure(room);
}

unsigned log_room_fullness(const struct log_room *room, uint64_t pending)
{
    uint64_t used = room->room.used + pending;
    uint64_t of_limit = used >= room->room.limit ? FULL : used * FULL / room->room.limit;
    uint64_t steps = room->disk_free >= FREE_STEPS * room->step ? FULL : room->disk_free * OF_STEP / room->step;
    uint64_t of_disk = steps >= FULL ? 0 : FULL - steps;

    return (unsigned)(of_limit > of_disk ? of_limit : of_disk);
}
