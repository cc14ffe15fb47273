// SPDX-License-Identifier: MIT
// The model of a disk with a volatile cache: files by inode, names by path.
// Called by power_cut_images for each record of a trace.
// Must be harsher than any real file system, never kinder.
#include "tests/crash/disk.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_MAX = 256, NAMES_MAX = 256, SYNCS_MAX = 64 };

struct piece { // written, not synced
    uint64_t order;
    uint64_t offset;
    uint8_t *bytes;
    uint32_t size;
    uint32_t thread;
};

struct resize {
    uint64_t order;
    uint64_t size;
};

struct file {
    uint64_t inode;
    uint8_t *bytes; // durable ones, as far as anything was written
    uint64_t used, room;
    uint64_t size;      // durable
    uint64_t live_size; // as the running system sees it
    bool mapped;        // what it holds is not known
    struct piece *pieces;
    size_t n_pieces, pieces_room;
    struct resize *sizes;
    size_t n_sizes, sizes_room;
};

struct name {
    char path[TRACE_PATH_MAX + 1];
    bool is_directory;
    uint64_t inode;
};

struct naming { // not synced
    uint64_t order;
    uint8_t op;
    struct name name;
    char to[TRACE_PATH_MAX + 1]; // of a rename
};

struct sync {
    uint32_t thread;
    uint64_t order;
};

struct disk {
    uint64_t order;
    struct file files[FILES_MAX];
    size_t n_files;
    struct name names[NAMES_MAX]; // durable
    size_t n_names;
    struct naming namings[NAMES_MAX];
    size_t n_namings;
    struct sync syncs[SYNCS_MAX];
    size_t n_syncs;
};

uint64_t disk_dice(uint64_t *seed)
{
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15); // splitmix64

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

struct disk *disk_new(void)
{
    return calloc(1, sizeof(struct disk));
}

static void *grow(void *items, size_t n, size_t *room, size_t size)
{
    if (n < *room)
        return items;
    *room = *room == 0 ? 64 : 2 * *room;
    items = realloc(items, *room * size);
    assert(items != NULL);
    return items;
}

// ---------------------------------------------------------------- files

static struct file *file_of(struct disk *disk, uint64_t inode)
{
    for (size_t i = 0; i < disk->n_files; i++)
        if (disk->files[i].inode == inode)
            return &disk->files[i];
    assert(disk->n_files < FILES_MAX);
    disk->files[disk->n_files].inode = inode;
    return &disk->files[disk->n_files++];
}

static const struct file *find_file(const struct disk *disk, uint64_t inode)
{
    for (size_t i = 0; i < disk->n_files; i++)
        if (disk->files[i].inode == inode)
            return &disk->files[i];
    return NULL;
}

// A new file may have the number of one that is gone.
static void forget_file(struct disk *disk, uint64_t inode)
{
    struct file *file = file_of(disk, inode);

    free(file->bytes);
    free(file->pieces);
    free(file->sizes);
    *file = (struct file){.inode = inode};
}

static void make_durable(struct file *file, const struct piece *piece)
{
    uint64_t end = piece->offset + piece->size;

    if (end > file->room) {
        file->room = end + end / 2;
        file->bytes = realloc(file->bytes, file->room);
        assert(file->bytes != NULL);
    }
    if (end > file->used) {
        memset(file->bytes + file->used, 0, end - file->used);
        file->used = end;
    }
    memcpy(file->bytes + piece->offset, piece->bytes, piece->size);
}

static void resize(struct disk *disk, struct file *file, uint64_t size)
{
    if (size == file->live_size)
        return;
    file->sizes = grow(file->sizes, file->n_sizes, &file->sizes_room, sizeof *file->sizes);
    file->sizes[file->n_sizes++] = (struct resize){disk->order, size};
    file->live_size = size;
}

static void sync_size(struct file *file, uint64_t order)
{
    size_t n = 0;

    while (n < file->n_sizes && file->sizes[n].order <= order)
        file->size = file->sizes[n++].size;
    memmove(file->sizes, file->sizes + n, (file->n_sizes - n) * sizeof *file->sizes);
    file->n_sizes -= n;
    if (file->used > file->size && file->n_sizes == 0)
        file->used = file->size;
}

static void sync_file(struct file *file, uint64_t order)
{
    size_t n = 0;

    for (; n < file->n_pieces && file->pieces[n].order < order; n++)
        make_durable(file, &file->pieces[n]);
    memmove(file->pieces, file->pieces + n, (file->n_pieces - n) * sizeof *file->pieces);
    file->n_pieces -= n;
    sync_size(file, order);
}

static void take_write(struct disk *disk, const struct trace_record *record)
{
    struct file *file = file_of(disk, record->head.inode);
    uint64_t end = record->head.offset + record->head.data_size;

    file->pieces = grow(file->pieces, file->n_pieces, &file->pieces_room, sizeof *file->pieces);
    file->pieces[file->n_pieces++] =
        (struct piece){disk->order, record->head.offset, record->data, record->head.data_size, record->head.thread};
    if (end > file->live_size)
        resize(disk, file, end);
}

// Older bytes for the same place can no longer come out of the cache.
static void patch(struct piece *older, const struct piece *newer)
{
    uint64_t begin = older->offset > newer->offset ? older->offset : newer->offset;
    uint64_t older_end = older->offset + older->size, newer_end = newer->offset + newer->size;
    uint64_t end = older_end < newer_end ? older_end : newer_end;

    if (begin < end)
        memcpy(older->bytes + (begin - older->offset), newer->bytes + (begin - newer->offset), end - begin);
}

static const char *take_written(struct disk *disk, const struct trace_record *record)
{
    struct file *file = file_of(disk, record->head.inode);
    size_t i = file->n_pieces;

    if ((record->head.flags & TRACE_DSYNC) == 0 || (int64_t)record->head.length < 0)
        return "a write failed: this trace cannot be replayed";
    while (i > 0 && file->pieces[i - 1].thread != record->head.thread)
        i--;
    if (i == 0 || file->pieces[i - 1].size != record->head.length)
        return "a write was short: this trace cannot be replayed";
    i--;
    for (size_t older = 0; older < i; older++)
        patch(&file->pieces[older], &file->pieces[i]);
    make_durable(file, &file->pieces[i]);
    sync_size(file, file->pieces[i].order);
    memmove(file->pieces + i, file->pieces + i + 1, (file->n_pieces - i - 1) * sizeof *file->pieces);
    file->n_pieces--;
    return NULL;
}

// ---------------------------------------------------------------- names

static bool is_in(const char *path, const char *directory)
{
    size_t size = strlen(directory);

    if (size == 0)
        return strchr(path, '/') == NULL;
    return strncmp(path, directory, size) == 0 && path[size] == '/' && strchr(path + size + 1, '/') == NULL;
}

static size_t find_name(const struct name *names, size_t n_names, const char *path)
{
    size_t i = 0;

    while (i < n_names && strcmp(names[i].path, path) != 0)
        i++;
    return i;
}

static void put_name(struct name *names, size_t *n_names, const struct name *name)
{
    size_t i = find_name(names, *n_names, name->path);

    assert(i < NAMES_MAX);
    names[i] = *name;
    *n_names += i == *n_names;
}

static void del_name(struct name *names, size_t *n_names, const char *path)
{
    size_t i = find_name(names, *n_names, path);

    if (i < *n_names)
        names[i] = names[--*n_names];
}

static void apply_naming(struct name *names, size_t *n_names, const struct naming *naming)
{
    struct name moved = naming->name;

    if (naming->op == TRACE_UNLINK || naming->op == TRACE_RENAME)
        del_name(names, n_names, naming->name.path);
    if (naming->op == TRACE_RENAME)
        memcpy(moved.path, naming->to, sizeof moved.path);
    if (naming->op != TRACE_UNLINK)
        put_name(names, n_names, &moved);
}

static void take_naming(struct disk *disk, const struct trace_record *record)
{
    struct naming *naming = &disk->namings[disk->n_namings];

    assert(disk->n_namings < NAMES_MAX);
    disk->n_namings++;
    *naming = (struct naming){.order = disk->order, .op = record->head.op};
    naming->name.inode = record->head.inode;
    naming->name.is_directory = record->head.op == TRACE_MKDIR;
    memcpy(naming->name.path, record->path, sizeof naming->name.path);
    if (record->head.op == TRACE_RENAME)
        snprintf(naming->to, sizeof naming->to, "%s", record->path + strlen(record->path) + 1);
}

static void sync_directory(struct disk *disk, const char *directory, uint64_t order)
{
    size_t kept = 0;

    for (size_t i = 0; i < disk->n_namings; i++) {
        if (disk->namings[i].order < order && is_in(disk->namings[i].name.path, directory))
            apply_naming(disk->names, &disk->n_names, &disk->namings[i]);
        else
            disk->namings[kept++] = disk->namings[i];
    }
    disk->n_namings = kept;
}

// ---------------------------------------------------------------- records

static const char *take_sync_end(struct disk *disk, const struct trace_record *record)
{
    for (size_t i = 0; i < disk->n_syncs; i++) {
        struct sync sync = disk->syncs[i];

        if (sync.thread != record->head.thread)
            continue;
        disk->syncs[i] = disk->syncs[--disk->n_syncs];
        if (record->head.length != 0)
            return "a sync failed: this trace cannot be replayed";
        if (record->head.flags == TRACE_DIRECTORY)
            sync_directory(disk, record->path, sync.order);
        else
            sync_file(file_of(disk, record->head.inode), sync.order);
        return NULL;
    }
    return "a sync ended that did not begin";
}

const char *disk_take(struct disk *disk, const struct trace_record *record)
{
    disk->order++;
    switch (record->head.op) {
    case TRACE_WRITE:
        take_write(disk, record);
        return NULL;
    case TRACE_WRITTEN:
        return take_written(disk, record);
    case TRACE_SYNC_BEGIN:
        assert(disk->n_syncs < SYNCS_MAX);
        disk->syncs[disk->n_syncs++] = (struct sync){record->head.thread, disk->order};
        return NULL;
    case TRACE_SYNC_END:
        return take_sync_end(disk, record);
    case TRACE_SIZE:
        resize(disk, file_of(disk, record->head.inode), record->head.length);
        return NULL;
    case TRACE_CREATE:
        forget_file(disk, record->head.inode);
        take_naming(disk, record);
        return NULL;
    case TRACE_MKDIR:
    case TRACE_RENAME:
    case TRACE_UNLINK:
        take_naming(disk, record);
        return NULL;
    case TRACE_MAPPED: // LMDB's lock file is made anew by whoever comes first; whatever else is mapped would be lost to us
        file_of(disk, record->head.inode)->mapped = true;
        return strstr(record->path, "-lock") != NULL ? NULL : "a file is mapped to be written to: its writes are not in the trace";
    default:
        return NULL;
    }
}

bool disk_is_pending(const struct disk *disk)
{
    bool pending = disk->n_namings > 0;

    for (size_t i = 0; i < disk->n_files && !pending; i++)
        pending = disk->files[i].n_pieces > 0 || disk->files[i].n_sizes > 0;
    return pending;
}

// ---------------------------------------------------------------- images

// What is there of one file's or directory's pending: nothing, all, or a share of 256.
static unsigned share_of(uint64_t *dice, const struct disk_cut *cut)
{
    static const uint16_t shares[] = {0, 26, 128, 230, 256};

    return cut->everything ? 256 : shares[disk_dice(dice) % (sizeof shares / sizeof shares[0])];
}

static size_t prefix_of(uint64_t *dice, unsigned share, size_t n)
{
    return share == 0 ? 0 : share == 256 ? n : disk_dice(dice) % (n + 1);
}

// The sectors of a piece that made it to the disk, in runs.
static bool write_sectors(int fd, const struct piece *piece, const struct disk_cut *cut, uint64_t *dice, unsigned share, uint64_t size)
{
    uint64_t end = piece->offset + piece->size < size ? piece->offset + piece->size : size;
    uint64_t at = piece->offset, begin = at;

    while (at < end) {
        uint64_t next = (at / cut->sector + 1) * cut->sector;
        bool there = share == 256 || (disk_dice(dice) & 255) < share;

        next = next < end ? next : end;
        if (!there) {
            if (begin < at && pwrite(fd, piece->bytes + (begin - piece->offset), at - begin, (off_t)begin) < 0)
                return false;
            begin = next;
        }
        at = next;
    }
    return begin >= end || pwrite(fd, piece->bytes + (begin - piece->offset), end - begin, (off_t)begin) >= 0;
}

static bool write_garbage(int fd, uint64_t *dice)
{
    uint64_t garbage[1024];

    if (disk_dice(dice) % 4 == 0)
        return true; // zeros
    for (size_t i = 0; i < sizeof garbage / sizeof garbage[0]; i++)
        garbage[i] = disk_dice(dice);
    return pwrite(fd, garbage, sizeof garbage, 0) >= 0;
}

static bool write_file(const struct file *file, const struct disk_cut *cut, uint64_t *dice, const char *path)
{
    static const struct file empty;
    unsigned share = share_of(dice, cut), share_of_sizes = share_of(dice, cut);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    size_t n_sizes;
    uint64_t size;
    bool good;

    if (fd < 0)
        return false;
    file = file == NULL ? &empty : file;
    n_sizes = prefix_of(dice, share_of_sizes, file->n_sizes);
    size = n_sizes == 0 ? file->size : file->sizes[n_sizes - 1].size;
    good = file->used == 0 || pwrite(fd, file->bytes, file->used < size ? file->used : size, 0) >= 0;
    for (size_t i = 0; i < file->n_pieces && good; i++)
        good = write_sectors(fd, &file->pieces[i], cut, dice, share, size);
    good = good && ftruncate(fd, (off_t)size) == 0;
    if (good && file->mapped && !cut->everything)
        good = write_garbage(fd, dice);
    close(fd);
    return good;
}

// Directories before what is in them.
static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct name *)a)->path, ((const struct name *)b)->path);
}

// The names there: the durable ones, and in each directory as many of the pending as the dice say.
static size_t choose_names(const struct disk *disk, const struct disk_cut *cut, uint64_t *dice, struct name *names)
{
    bool done[NAMES_MAX] = {false};
    size_t n_names = disk->n_names;

    memcpy(names, disk->names, n_names * sizeof *names);
    for (size_t i = 0; i < disk->n_namings; i++) {
        const char *path = disk->namings[i].name.path, *slash = strrchr(path, '/');
        char directory[TRACE_PATH_MAX + 1] = "";
        size_t left = 0;

        if (done[i])
            continue;
        memcpy(directory, path, slash == NULL ? 0 : (size_t)(slash - path));
        for (size_t j = i; j < disk->n_namings; j++)
            left += is_in(disk->namings[j].name.path, directory);
        left = prefix_of(dice, share_of(dice, cut), left);
        for (size_t j = i; j < disk->n_namings; j++) {
            if (!is_in(disk->namings[j].name.path, directory))
                continue;
            done[j] = true;
            if (left > 0) {
                apply_naming(names, &n_names, &disk->namings[j]);
                left--;
            }
        }
    }
    qsort(names, n_names, sizeof *names, compare_names);
    return n_names;
}

bool disk_image(const struct disk *disk, const struct disk_cut *cut, const char *directory)
{
    static struct name names[NAMES_MAX];
    uint64_t dice = cut->seed;
    size_t n_names = choose_names(disk, cut, &dice, names);
    char path[2 * TRACE_PATH_MAX];

    for (size_t i = 0; i < n_names; i++) {
        if (snprintf(path, sizeof path, "%s/%s", directory, names[i].path) >= (int)sizeof path)
            return false;
        if (names[i].is_directory ? mkdir(path, 0700) == 0 : write_file(find_file(disk, names[i].inode), cut, &dice, path))
            continue;
        if (errno != ENOENT) // the directory itself did not last
            return false;
    }
    return true;
}
