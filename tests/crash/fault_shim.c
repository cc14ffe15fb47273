// SPDX-License-Identifier: MIT
// Stands before the calls of fault_calls.def and does to them what fault_shim.h says.
// Linked into fault_walk, or preloaded into daemons. Must not allocate, and must not fail on its own.
//
// BUGS: stdio calls the kernel without us; only its fopen is seen.
#include "tests/crash/fault_shim.h"

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
#include <time.h>
#include <unistd.h>

#include <lmdb.h>

#include "tests/crash/interpose.h"

static struct fault_control own;
static struct fault_control *control = &own;

__attribute__((constructor)) static void begin(void)
{
    const char *folder = getenv("WINDSCREEN_FAULTS");
    char path[1024];
    long file, at;

    if (folder == NULL)
        return;
    snprintf(path, sizeof path, "%s/%s.faults", folder, program_invocation_short_name);
    file = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
    at = file < 0 ? -1 : syscall(SYS_mmap, NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (at == -1)
        abort(); // a test that could not fail is none
    syscall(SYS_close, file);
    control = (struct fault_control *)at;
}

struct fault_control *fault_control(void)
{
    return control;
}

// ---------------------------------------------------------------- whose turn it is

static bool is_watched(enum fault_call call)
{
    return (control->calls >> call & 1) != 0;
}

// Ends early when it is told to stop.
static void wait_slowly(void)
{
    const struct timespec slice = {.tv_nsec = 10 * 1000000};

    for (uint64_t ms = 0; ms < control->slow_ms && control->kind == FAULT_SLOW; ms += 10)
        nanosleep(&slice, NULL);
}

// Counts a call; its kind of fault when it is to fail, else 0.
static int64_t strike(void)
{
    uint64_t n = __atomic_add_fetch(&control->counted, 1, __ATOMIC_SEQ_CST);

    if (control->at == 0 || n < control->at || n - control->at >= control->times)
        return 0;
    __atomic_add_fetch(&control->failed, 1, __ATOMIC_SEQ_CST);
    if (control->kind != FAULT_SLOW)
        return control->kind;
    wait_slowly();
    return 0;
}

static int64_t strike_path(enum fault_call call, const char *path)
{
    return is_watched(call) && strstr(path, control->path) != NULL ? strike() : 0;
}

static int64_t strike_file(enum fault_call call, int file)
{
    char name[64], path[1024] = "";

    if (!is_watched(call))
        return 0;
    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    if (syscall(SYS_readlinkat, AT_FDCWD, name, path, sizeof path - 1) < 0)
        return 0;
    return strike_path(call, path);
}

static int fail(int64_t kind)
{
    errno = kind == FAULT_SHORT ? EIO : (int)kind;
    return -1;
}

// ---------------------------------------------------------------- files by name

int open(const char *path, int flags, ...)
{
    int64_t kind = strike_path(FAULT_OPEN, path);
    mode_t mode = 0;

    INTERPOSE_MODE(flags, mode);
    return kind != 0 ? fail(kind) : REAL(open)(path, flags, mode);
}

FILE *fopen(const char *path, const char *mode)
{
    int64_t kind = strike_path(FAULT_OPEN, path);

    if (kind == 0)
        return REAL(fopen)(path, mode);
    fail(kind);
    return NULL;
}

int mkdir(const char *path, mode_t mode)
{
    int64_t kind = strike_path(FAULT_MKDIR, path);

    return kind != 0 ? fail(kind) : REAL(mkdir)(path, mode);
}

int rename(const char *from, const char *to)
{
    int64_t kind = strike_path(FAULT_RENAME, to);

    return kind != 0 ? fail(kind) : REAL(rename)(from, to);
}

int stat(const char *path, struct stat *found)
{
    int64_t kind = strike_path(FAULT_STAT, path);

    return kind != 0 ? fail(kind) : REAL(stat)(path, found);
}

// ---------------------------------------------------------------- files by descriptor

ssize_t read(int file, void *bytes, size_t size)
{
    int64_t kind = strike_file(FAULT_READ, file);

    return kind != 0 ? fail(kind) : REAL(read)(file, bytes, size);
}

ssize_t pread(int file, void *bytes, size_t size, off_t at)
{
    int64_t kind = strike_file(FAULT_READ, file);

    return kind != 0 ? fail(kind) : REAL(pread)(file, bytes, size, at);
}

ssize_t write(int file, const void *bytes, size_t size)
{
    int64_t kind = strike_file(FAULT_WRITE, file);

    if (kind == FAULT_SHORT)
        return REAL(write)(file, bytes, size / 2);
    return kind != 0 ? fail(kind) : REAL(write)(file, bytes, size);
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t at)
{
    int64_t kind = strike_file(FAULT_WRITE, file);

    if (kind == FAULT_SHORT)
        return REAL(pwrite)(file, bytes, size / 2, at);
    return kind != 0 ? fail(kind) : REAL(pwrite)(file, bytes, size, at);
}

ssize_t writev(int file, const struct iovec *parts, int n_parts)
{
    int64_t kind = strike_file(FAULT_WRITE, file);

    if (kind == FAULT_SHORT)
        return n_parts > 1 ? REAL(writev)(file, parts, n_parts / 2) : REAL(write)(file, parts[0].iov_base, parts[0].iov_len / 2);
    return kind != 0 ? fail(kind) : REAL(writev)(file, parts, n_parts);
}

int fsync(int file)
{
    int64_t kind = strike_file(FAULT_FSYNC, file);

    return kind != 0 ? fail(kind) : REAL(fsync)(file);
}

int fdatasync(int file)
{
    int64_t kind = strike_file(FAULT_FDATASYNC, file);

    return kind != 0 ? fail(kind) : REAL(fdatasync)(file);
}

int ftruncate(int file, off_t size)
{
    int64_t kind = strike_file(FAULT_FTRUNCATE, file);

    return kind != 0 ? fail(kind) : REAL(ftruncate)(file, size);
}

// Tells its error by its value.
int posix_fallocate(int file, off_t at, off_t size)
{
    int64_t kind = strike_file(FAULT_FALLOCATE, file);

    return kind != 0 ? (int)kind : REAL(posix_fallocate)(file, at, size);
}

int flock(int file, int operation)
{
    int64_t kind = strike_file(FAULT_FLOCK, file);

    return kind != 0 ? fail(kind) : REAL(flock)(file, operation);
}

void *mmap(void *wanted, size_t size, int protection, int flags, int file, off_t at)
{
    int64_t kind = file >= 0 ? strike_file(FAULT_MMAP, file) : 0;

    if (kind == 0)
        return REAL(mmap)(wanted, size, protection, flags, file, at);
    fail(kind);
    return MAP_FAILED;
}

// ---------------------------------------------------------------- LMDB's own

// It fails for reasons that no call shows: an environment that gave up, a reader table without room.
int mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned int flags, MDB_txn **txn)
{
    int64_t kind = is_watched(FAULT_TXN_BEGIN) ? strike() : 0;

    return kind != 0 ? (int)kind : REAL(mdb_txn_begin)(env, parent, flags, txn);
}

// ---------------------------------------------------------------- the clock

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = REAL(clock_gettime)(clock, now);
    int64_t ns;

    if (result != 0 || clock != CLOCK_REALTIME || control->shift_ms == 0)
        return result;
    ns = now->tv_nsec + control->shift_ms % 1000 * 1000000;
    now->tv_sec += (time_t)(control->shift_ms / 1000 + (ns < 0 ? -1 : ns / 1000000000));
    now->tv_nsec = (long)(ns < 0 ? ns + 1000000000 : ns % 1000000000);
    return result;
}
