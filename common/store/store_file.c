// SPDX-License-Identifier: MIT
// Files around LMDB.
// Called by store while it opens.
// Must not write what LMDB writes.
#include "common/store/store_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

// LMDB 0.9 with 126 readers uses some 8 KiB.
enum { LOCK_FILE_SIZE = 16384 };

enum err store_file_path(const char *directory, const char *name, char path[STORE_PATH_MAX])
{
    int size = snprintf(path, STORE_PATH_MAX, "%s/%s", directory, name);

    return size > 0 && size < STORE_PATH_MAX ? ERR_NONE : ERR_BAD_CONFIG;
}

static enum err sync_directory(const char *directory)
{
    int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int status;

    if (descriptor < 0)
        return err_of_errno(errno);
    status = fsync(descriptor);
    close(descriptor);
    return status == 0 ? ERR_NONE : ERR_IO;
}

// A directory above ours that we may not read is somebody else's, and was there before.
static enum err sync_above(const char *directory)
{
    int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int status;

    if (descriptor < 0)
        return errno == EACCES ? ERR_NONE : err_of_errno(errno);
    status = fsync(descriptor);
    close(descriptor);
    return status == 0 || errno == EINVAL ? ERR_NONE : ERR_IO;
}

// Syncs its name also when it is there already: who made it may not have, and a power cut would take all that is in it.
static enum err make_one(char *path)
{
    char *slash;
    enum err err;

    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return err_of_errno(errno);
    slash = strrchr(path, '/');
    if (slash == NULL || slash == path)
        return sync_above(slash == NULL ? "." : "/");
    *slash = '\0';
    err = sync_above(path);
    *slash = '/';
    return err;
}

enum err store_file_make_directory(const char *directory)
{
    char path[STORE_PATH_MAX];
    size_t size = strlen(directory);
    enum err err = ERR_NONE;

    if (size == 0 || size >= sizeof path)
        return ERR_BAD_CONFIG;
    memcpy(path, directory, size + 1);
    for (size_t i = 1; i <= size && err == ERR_NONE; i++) {
        if (directory[i] != '/' && directory[i] != '\0')
            continue;
        path[i] = '\0';
        err = make_one(path);
        path[i] = directory[i];
    }
    return err;
}

enum err store_file_lock(const char *directory, int *descriptor)
{
    char path[STORE_PATH_MAX];
    enum err err = store_file_path(directory, "lock", path);

    if (err != ERR_NONE)
        return err;
    *descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (*descriptor < 0)
        return err_of_errno(errno);
    if (flock(*descriptor, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? ERR_LOCKED : ERR_IO;
    return ERR_NONE;
}

enum err store_file_reserve_lock(const char *directory)
{
    char path[STORE_PATH_MAX];
    enum err err = store_file_path(directory, "data.mdb-lock", path);
    int descriptor;
    int status;

    if (err != ERR_NONE)
        return err;
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return err_of_errno(errno);
    status = posix_fallocate(descriptor, 0, LOCK_FILE_SIZE);
    close(descriptor);
    if (status != 0)
        return status == ENOSPC ? ERR_STORE_FULL : ERR_IO;
    return ERR_NONE;
}

enum err store_file_rename(const char *from, const char *to, const char *directory)
{
    if (rename(from, to) != 0)
        return err_of_errno(errno);
    return sync_directory(directory);
}

enum err store_file_check_length(int descriptor, uint64_t size)
{
    struct stat found;

    if (fstat(descriptor, &found) != 0)
        return ERR_IO;
    return (uint64_t)found.st_size >= size ? ERR_NONE : ERR_CUT_STORE;
}

void store_file_lengthen(int descriptor, uint64_t size)
{
    if (store_file_check_length(descriptor, size) == ERR_CUT_STORE && ftruncate(descriptor, (off_t)size) != 0)
        return; // a disk so full that LMDB cannot write either
}
