// SPDX-License-Identifier: MIT
// Makes a process fit to hold what the hub holds.
// Used by the runtime and audit, once, at start.
#include "common/runtime/process.h"

#include "common/runtime/report.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>

enum { EXIT_CONFIG = 78, EXIT_AGAIN = 111 };

enum { MEMORY_KEPT = 32 << 20, MEMORY_STEP = 1 << 20 }; // bytes

void process_harden(void)
{
    struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
    umask(077);
    signal(SIGPIPE, SIG_IGN);
    // Messages are large and short-lived: memory that was given back at once would be asked for again, page by page, with the next one.
    mallopt(M_MMAP_THRESHOLD, MEMORY_KEPT);
    mallopt(M_TRIM_THRESHOLD, MEMORY_KEPT);
    mallopt(M_TOP_PAD, MEMORY_STEP);
    // Five daemons that wake each other for every message would work in tiny batches. One that is woken takes its turn when the one that
    // runs has done what waited for it: a sixth more goes through, and an idle processor takes it at once all the same.
    sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){0});
}

enum err process_directories(const char *state, const char *daemon)
{
    const char *const under[] = {"", "run", daemon};
    char path[512];

    if (strlen(state) > PROCESS_STATE_MAX) {
        report("state-too-long",
               "the path of the state directory is over %d bytes, and local sockets must stand in it; choose a shorter one",
               PROCESS_STATE_MAX);
        return ERR_BAD_CONFIG;
    }
    for (size_t i = 0; i < sizeof under / sizeof under[0]; i++) {
        enum err err;

        snprintf(path, sizeof path, "%s/%s", state, under[i]);
        if (mkdir(path, 0700) == 0 || errno == EEXIST)
            continue;
        err = err_of_errno(errno);
        report("directory-failed", "cannot make %s: %s", path, strerror(errno));
        return err;
    }
    return ERR_NONE;
}

enum err process_signals(int *descriptor)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    *descriptor = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return *descriptor >= 0 ? ERR_NONE : ERR_IO;
}

struct end {
    int64_t ms;
    const char *id, *undone;
};

static void *wait_for_end(void *context)
{
    const struct end *end = context;

    nanosleep(&(struct timespec){.tv_sec = end->ms / 1000, .tv_nsec = end->ms % 1000 * 1000000}, NULL);
    report(end->id, "%s", end->undone);
    _exit(EXIT_AGAIN);
}

void process_end_within(int64_t ms, const char *id, const char *undone)
{
    static struct end end;
    pthread_t thread;

    end = (struct end){.ms = ms, .id = id, .undone = undone};
    if (pthread_create(&thread, NULL, wait_for_end, &end) == 0)
        pthread_detach(thread);
}

int process_exit_code(enum err err)
{
    switch (err) {
    case ERR_NONE:
        return EXIT_SUCCESS;
    case ERR_BAD_CONFIG:
    case ERR_BAD_STORE:
    case ERR_CUT_STORE:
    case ERR_NEWER_STORE:
    case ERR_OTHER_STORE:
    case ERR_STORE_AHEAD:
        return EXIT_CONFIG;
    default:
        return EXIT_AGAIN;
    }
}

enum err process_lock(const char *state, const char *daemon)
{
    char path[512];
    int file;

    snprintf(path, sizeof path, "%s/run/%s.lock", state, daemon);
    file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
        enum err err = err_of_errno(errno);

        report("lock-failed", "cannot open %s: %s", path, strerror(errno));
        return err;
    }
    if (flock(file, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK)
            return ERR_IO;
        report("locked", "another windscreen-%s runs on %s; this one ends", daemon, state);
        return ERR_LOCKED;
    }
    return ERR_NONE;
}
