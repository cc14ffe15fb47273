// SPDX-License-Identifier: MIT
// LD_PRELOAD library: what a process writes under $WINDSCREEN_TRACE_ROOT, it appends to the file $WINDSCREEN_TRACE as well, before and
// after it does. One O_APPEND write a record, so the records of all processes are in one order.
// Loaded into the daemons by power-cut. Must not change what they do.
//
// While a call runs, $WINDSCREEN_TRACE.lock is held shared: who holds it exclusively may kill a process and knows that no write of it is
// half in the trace.
//
// BUGS: sees calls of this table only, not stdio's own. What it missed is found: the trace replayed must give the files as they are.
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/crash/interpose.h"
#include "tests/crash/trace.h"

enum { PARTS_MAX = 1026 };

static int trace = -1;
static char lock_path[TRACE_PATH_MAX];
static const char *root;
static size_t root_size;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("WINDSCREEN_TRACE");

    root = getenv("WINDSCREEN_TRACE_ROOT");
    if (path == NULL || root == NULL)
        return;
    root_size = strlen(root);
    snprintf(lock_path, sizeof lock_path, "%s.lock", path);
    trace = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (trace < 0)
        abort();
}

// ---------------------------------------------------------------- records

struct call {
    struct trace_head head;
    char path[TRACE_PATH_MAX];
    int lock;
    bool watched;
};

static void append(struct call *call, uint8_t op, const struct iovec *data, int n_data)
{
    struct iovec parts[PARTS_MAX] = {{&call->head, sizeof call->head}, {call->path, call->head.path_size}};
    size_t size = sizeof call->head + call->head.path_size;

    if (n_data > PARTS_MAX - 2)
        abort();
    call->head.op = op;
    call->head.data_size = 0;
    for (int i = 0; i < n_data; i++) {
        parts[i + 2] = data[i];
        call->head.data_size += (uint32_t)data[i].iov_len;
    }
    size += call->head.data_size;
    if (syscall(SYS_writev, trace, parts, n_data + 2) != (ssize_t)size)
        abort(); // a trace with holes proves nothing
}

// The path under the root; false when it is elsewhere, or holds nothing that must last (run/).
static bool set_path(struct call *call, const char *path)
{
    const char *name = path + root_size;
    size_t size = strlen(path);

    if (trace < 0 || size < root_size || memcmp(path, root, root_size) != 0 || (*name != '/' && *name != '\0'))
        return false;
    name += *name == '/';
    if (strncmp(name, "run/", 4) == 0 || strlen(name) >= TRACE_PATH_MAX)
        return false;
    call->head = (struct trace_head){.magic = TRACE_MAGIC, .thread = (uint32_t)syscall(SYS_gettid)};
    call->head.path_size = (uint16_t)strlen(name);
    memcpy(call->path, name, call->head.path_size);
    return true;
}

static void enter(struct call *call)
{
    call->lock = (int)syscall(SYS_openat, AT_FDCWD, lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (call->lock < 0 || flock(call->lock, LOCK_SH) != 0)
        abort();
}

static void leave(struct call *call)
{
    int error = errno;

    if (call->watched)
        syscall(SYS_close, call->lock);
    errno = error;
}

// A call on a descriptor: is it one of ours?
static bool enter_fd(struct call *call, int fd)
{
    char link[64], path[2 * TRACE_PATH_MAX];
    struct stat about;
    ssize_t size;

    call->watched = false;
    if (trace < 0 || fd == trace || fstat(fd, &about) != 0 || !(S_ISREG(about.st_mode) || S_ISDIR(about.st_mode)))
        return false;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    size = readlink(link, path, sizeof path - 1);
    if (size < 0)
        return false;
    path[size] = '\0';
    call->watched = set_path(call, path);
    if (!call->watched)
        return false;
    call->head.inode = about.st_ino;
    call->head.flags = S_ISDIR(about.st_mode) ? TRACE_DIRECTORY : 0;
    enter(call);
    return true;
}

static bool enter_path(struct call *call, const char *path)
{
    call->watched = set_path(call, path);
    if (call->watched)
        enter(call);
    return call->watched;
}

static void note_inode(struct call *call, const char *path)
{
    struct stat about;

    call->head.inode = stat(path, &about) == 0 ? about.st_ino : 0;
}

// ---------------------------------------------------------------- writing

static void about_to_write(struct call *call, int fd, off_t offset, const struct iovec *data, int n_data)
{
    if (offset < 0)
        abort(); // LMDB's files can all be positioned
    call->head.flags = (fcntl(fd, F_GETFL) & O_DSYNC) != 0 ? TRACE_DSYNC : 0;
    call->head.offset = (uint64_t)offset;
    append(call, TRACE_WRITE, data, n_data);
}

static void has_written(struct call *call, ssize_t written)
{
    int error = errno;
    bool whole = written == (ssize_t)call->head.data_size;

    call->head.length = (uint64_t)written;
    if (!whole || call->head.flags == TRACE_DSYNC)
        append(call, TRACE_WRITTEN, NULL, 0);
    errno = error;
    leave(call);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    struct call call;
    ssize_t written;

    if (!enter_fd(&call, fd))
        return REAL(pwrite)(fd, bytes, size, offset);
    about_to_write(&call, fd, offset, &(struct iovec){(void *)(uintptr_t)bytes, size}, 1);
    written = REAL(pwrite)(fd, bytes, size, offset);
    has_written(&call, written);
    return written;
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset)
{
    return pwrite(fd, bytes, size, offset);
}

ssize_t pwritev(int fd, const struct iovec *parts, int n_parts, off_t offset)
{
    struct call call;
    ssize_t written;

    if (!enter_fd(&call, fd))
        return REAL(pwritev)(fd, parts, n_parts, offset);
    about_to_write(&call, fd, offset, parts, n_parts);
    written = REAL(pwritev)(fd, parts, n_parts, offset);
    has_written(&call, written);
    return written;
}

ssize_t pwritev64(int fd, const struct iovec *parts, int n_parts, off64_t offset)
{
    return pwritev(fd, parts, n_parts, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int n_parts)
{
    struct call call;
    ssize_t written;

    if (!enter_fd(&call, fd))
        return REAL(writev)(fd, parts, n_parts);
    about_to_write(&call, fd, lseek(fd, 0, SEEK_CUR), parts, n_parts);
    written = REAL(writev)(fd, parts, n_parts);
    has_written(&call, written);
    return written;
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    struct call call;
    ssize_t written;

    if (!enter_fd(&call, fd))
        return REAL(write)(fd, bytes, size);
    about_to_write(&call, fd, lseek(fd, 0, SEEK_CUR), &(struct iovec){(void *)(uintptr_t)bytes, size}, 1);
    written = REAL(write)(fd, bytes, size);
    has_written(&call, written);
    return written;
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    struct call call;

    if ((protection & PROT_WRITE) != 0 && (flags & MAP_SHARED) != 0 && fd >= 0 && enter_fd(&call, fd)) {
        append(&call, TRACE_MAPPED, NULL, 0);
        leave(&call);
    }
    return (void *)syscall(SYS_mmap, at, size, protection, flags, fd, offset);
}

void *mmap64(void *at, size_t size, int protection, int flags, int fd, off64_t offset)
{
    return mmap(at, size, protection, flags, fd, offset);
}

// ---------------------------------------------------------------- making durable

static int sync_with(int (*sync)(int), int fd)
{
    struct call call;
    int status, error;

    if (!enter_fd(&call, fd))
        return sync(fd);
    append(&call, TRACE_SYNC_BEGIN, NULL, 0);
    status = sync(fd);
    error = errno;
    call.head.length = (uint64_t)status;
    append(&call, TRACE_SYNC_END, NULL, 0);
    errno = error;
    leave(&call);
    return status;
}

int fsync(int fd)
{
    return sync_with(REAL(fsync), fd);
}

int fdatasync(int fd)
{
    return sync_with(REAL(fdatasync), fd);
}

// ---------------------------------------------------------------- sizes

static void note_size(struct call *call, int fd)
{
    struct stat about;

    if (call->watched && fstat(fd, &about) == 0) {
        call->head.length = (uint64_t)about.st_size;
        append(call, TRACE_SIZE, NULL, 0);
    }
    leave(call);
}

int ftruncate(int fd, off_t size)
{
    struct call call;
    int status;

    enter_fd(&call, fd);
    status = REAL(ftruncate)(fd, size);
    note_size(&call, fd);
    return status;
}

int ftruncate64(int fd, off64_t size)
{
    return ftruncate(fd, size);
}

int posix_fallocate(int fd, off_t offset, off_t size)
{
    struct call call;
    int status;

    enter_fd(&call, fd);
    status = REAL(posix_fallocate)(fd, offset, size);
    note_size(&call, fd);
    return status;
}

int posix_fallocate64(int fd, off64_t offset, off64_t size)
{
    return posix_fallocate(fd, offset, size);
}

int fallocate(int fd, int mode, off_t offset, off_t size)
{
    struct call call;
    int status;

    enter_fd(&call, fd);
    status = REAL(fallocate)(fd, mode, offset, size);
    note_size(&call, fd);
    return status;
}

// ---------------------------------------------------------------- names

static void note_name(struct call *call, uint8_t op, bool good)
{
    int error = errno;

    if (call->watched && good)
        append(call, op, NULL, 0);
    errno = error;
    leave(call);
}

static int open_at(int folder, const char *path, int flags, unsigned mode)
{
    struct call call;
    struct stat about;
    bool is_new = (flags & O_CREAT) != 0 && stat(path, &about) != 0;
    int fd;

    if (is_new)
        enter_path(&call, path);
    fd = (int)syscall(SYS_openat, folder, path, flags, mode);
    if (!is_new)
        return fd;
    if (call.watched)
        note_inode(&call, path);
    note_name(&call, TRACE_CREATE, fd >= 0);
    return fd;
}

#define OPENS(name)                                  \
    int name(const char *path, int flags, ...)       \
    {                                                \
        unsigned mode = 0;                           \
                                                     \
        INTERPOSE_MODE(flags, mode);                 \
        return open_at(AT_FDCWD, path, flags, mode); \
    }

OPENS(open)
OPENS(open64)

int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);

int __open_2(const char *path, int flags)
{
    return open_at(AT_FDCWD, path, flags, 0);
}

int __open64_2(const char *path, int flags)
{
    return open_at(AT_FDCWD, path, flags, 0);
}

int mkdir(const char *path, mode_t mode)
{
    struct call call;
    int status;

    enter_path(&call, path);
    status = REAL(mkdir)(path, mode);
    note_name(&call, TRACE_MKDIR, status == 0);
    return status;
}

int unlink(const char *path)
{
    struct call call;
    int status;

    enter_path(&call, path);
    status = REAL(unlink)(path);
    note_name(&call, TRACE_UNLINK, status == 0);
    return status;
}

int rename(const char *from, const char *to)
{
    struct call call, target;
    int status;

    if (enter_path(&call, from) && set_path(&target, to)) {
        if ((size_t)call.head.path_size + target.head.path_size + 1 >= TRACE_PATH_MAX)
            abort();
        note_inode(&call, from);
        call.path[call.head.path_size++] = '\0';
        memcpy(call.path + call.head.path_size, target.path, target.head.path_size);
        call.head.path_size = (uint16_t)(call.head.path_size + target.head.path_size);
    }
    status = REAL(rename)(from, to);
    note_name(&call, TRACE_RENAME, status == 0);
    return status;
}
