// SPDX-License-Identifier: MIT
// Directories, accounts and processes: what a supervisor and deploy/up do, for the length of one measurement.
// Used by windscreen-peer.
#include "tests/bench/peer_hub.h"

#include "common/client/windscreen_caller.h"
#include "common/store/log_reader.h"
#include "proto/proto.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READY_MS = 60000, STOP_MS = 30000, PAUSE_US = 2000, STATUS_MS = 1000, KEK_SIZE = 32 };

// In the order of starting; stopped the other way round.
static const struct {
    const char *name;
    bool has_policy, has_credentials, has_port;
} daemons[PEER_DAEMONS] = {
    {"audit", false, false, true},      {"registry", true, true, true}, {"triage", true, false, false},
    {"allocation", false, false, true}, {"intake", false, false, true},
};

struct account {
    uid_t user;
    gid_t group;
};

static enum err say(const char *what, const char *where)
{
    fprintf(stderr, "windscreen-peer: %s %s: %s\n", what, where, strerror(errno));
    return ERR_IO;
}

// ---------------------------------------------------------------- the state directory

// The account the daemons run as: never root.
static struct account find_account(void)
{
    const struct passwd *row;

    if (getuid() != 0)
        return (struct account){.user = getuid(), .group = getgid()};
    row = getpwnam("windscreen");
    if (row == NULL) {
        fprintf(stderr, "windscreen-peer: there is no account windscreen (deploy/up makes it); using nobody\n");
        row = getpwnam("nobody");
    }
    if (row == NULL)
        return (struct account){.user = 65534, .group = 65534};
    return (struct account){.user = row->pw_uid, .group = row->pw_gid};
}

static enum err make_folder(const struct peer_hub *hub, const char *name, mode_t mode, const struct account *owner)
{
    char path[512];

    snprintf(path, sizeof path, "%s/%s", hub->state, name);
    if (mkdir(path, mode) != 0 || chmod(path, mode) != 0 || (owner != NULL && chown(path, owner->user, owner->group) != 0))
        return say("cannot make", path);
    return ERR_NONE;
}

static enum err copy_file(const char *from, const char *to, mode_t mode)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    ssize_t moved = -1;

    while (out >= 0 && (moved = sendfile(out, in, NULL, 1 << 24)) > 0)
        continue;
    if (in >= 0)
        close(in);
    if (out >= 0 && close(out) != 0)
        moved = -1;
    return moved == 0 && chmod(to, mode) == 0 ? ERR_NONE : say("cannot copy", from);
}

// What the daemons run and read is copied to where their account may read.
static enum err copy_programs(const struct peer_hub *hub, const char *programs)
{
    enum err err = ERR_NONE;

    for (unsigned i = 0; err == ERR_NONE && i < PEER_DAEMONS; i++) {
        char from[512], to[512];

        snprintf(from, sizeof from, "%s/windscreen-%s", programs, daemons[i].name);
        snprintf(to, sizeof to, "%s/bin/windscreen-%s", hub->state, daemons[i].name);
        err = copy_file(from, to, 0755);
    }
    return err;
}

static enum err copy_policy(const struct peer_hub *hub, const char *policy)
{
    DIR *folder = opendir(policy);
    enum err err = folder != NULL ? ERR_NONE : say("cannot read", policy);
    const struct dirent *entry;

    while (err == ERR_NONE && (entry = readdir(folder)) != NULL) {
        const char *ending = strrchr(entry->d_name, '.');
        char from[512], to[512];

        if (ending == NULL || strcmp(ending, ".yaml") != 0)
            continue;
        if (snprintf(from, sizeof from, "%s/%s", policy, entry->d_name) >= (int)sizeof from ||
            snprintf(to, sizeof to, "%s/policy/%s", hub->state, entry->d_name) >= (int)sizeof to)
            err = ERR_NO_ROOM;
        else
            err = copy_file(from, to, 0644);
    }
    if (folder != NULL)
        closedir(folder);
    return err;
}

static enum err make_key(const struct peer_hub *hub, const struct account *owner)
{
    uint8_t key[KEK_SIZE];
    char path[512];
    int file;
    bool good;

    snprintf(path, sizeof path, "%s/credentials/kek", hub->state);
    file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    good = file >= 0 && getrandom(key, sizeof key, 0) == sizeof key && write(file, key, sizeof key) == sizeof key &&
           fchown(file, owner->user, owner->group) == 0;
    if (file >= 0)
        close(file);
    return good ? ERR_NONE : say("cannot make", path);
}

static enum err make_state(const char *data, const char *programs, const char *policy, const struct account *owner, struct peer_hub *hub)
{
    static const char *const readable[] = {"bin", "policy", "log"};
    static const char *const owned[] = {"credentials", "keys", "run"};
    enum err err = ERR_NONE;

    if (snprintf(hub->state, sizeof hub->state, "%s/hub.XXXXXX", data) >= (int)sizeof hub->state)
        return ERR_NO_ROOM;
    if (mkdtemp(hub->state) == NULL || chmod(hub->state, 0755) != 0)
        return say("cannot make", hub->state);
    for (unsigned i = 0; err == ERR_NONE && i < sizeof readable / sizeof readable[0]; i++)
        err = make_folder(hub, readable[i], 0755, NULL);
    for (unsigned i = 0; err == ERR_NONE && i < sizeof owned / sizeof owned[0]; i++)
        err = make_folder(hub, owned[i], 0700, owner);
    for (unsigned i = 0; err == ERR_NONE && i < PEER_DAEMONS; i++)
        err = make_folder(hub, daemons[i].name, 0700, owner);
    err = err == ERR_NONE ? copy_programs(hub, programs) : err;
    err = err == ERR_NONE ? copy_policy(hub, policy) : err;
    return err == ERR_NONE ? make_key(hub, owner) : err;
}

// ---------------------------------------------------------------- processes

static void redirect(const char *state, const char *name)
{
    char path[512];
    int file;

    snprintf(path, sizeof path, "%s/log/%s.log", state, name);
    file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (file >= 0) {
        dup2(file, STDOUT_FILENO);
        dup2(file, STDERR_FILENO);
        close(file);
    }
}

// In the child: becomes the daemon.
static _Noreturn void become(const struct peer_hub *hub, unsigned i, unsigned port, const struct account *account)
{
    char program[512], policy[512], credentials[512], bind[64];
    const char *arguments[10] = {program, "--state", hub->state};
    unsigned n = 3;

    snprintf(program, sizeof program, "%s/bin/windscreen-%s", hub->state, daemons[i].name);
    snprintf(policy, sizeof policy, "%s/policy", hub->state);
    snprintf(credentials, sizeof credentials, "%s/credentials", hub->state);
    snprintf(bind, sizeof bind, port != 0 && strcmp(daemons[i].name, "intake") == 0 ? "tcp://127.0.0.1:%u" : "tcp://127.0.0.1:*", port);
    if (daemons[i].has_policy) {
        arguments[n++] = "--policy";
        arguments[n++] = policy;
    }
    if (daemons[i].has_credentials) {
        arguments[n++] = "--credentials";
        arguments[n++] = credentials;
    }
    if (daemons[i].has_port) {
        arguments[n++] = "--bind";
        arguments[n++] = bind;
    }
    redirect(hub->state, daemons[i].name);
    setsid();
    if (getuid() == 0 && (setgroups(0, NULL) != 0 || setgid(account->group) != 0 || setuid(account->user) != 0))
        _exit(111);
    prctl(PR_SET_PDEATHSIG, SIGKILL); // after setuid, which would clear it
    if (chdir("/") == 0)
        execv(program, (char *const *)(uintptr_t)arguments);
    fprintf(stderr, "cannot run %s: %s\n", program, strerror(errno));
    _exit(111);
}

static enum err start_all(struct peer_hub *hub, unsigned port, const struct account *account)
{
    for (unsigned i = 0; i < PEER_DAEMONS; i++) {
        hub->pids[i] = fork();
        if (hub->pids[i] == 0)
            become(hub, i, port, account);
        if (hub->pids[i] < 0)
            return say("cannot start", daemons[i].name);
    }
    return ERR_NONE;
}

static void tell_death(const struct peer_hub *hub, unsigned i, int status)
{
    fprintf(stderr, "windscreen-peer: %s died (%s %d); its last words are in %s/log\n", daemons[i].name,
            WIFSIGNALED(status) ? "signal" : "exit status", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), hub->state);
}

bool peer_hub_is_alive(struct peer_hub *hub)
{
    bool alive = true;

    for (unsigned i = 0; i < PEER_DAEMONS; i++) {
        int status;

        if (hub->pids[i] > 0 && waitpid(hub->pids[i], &status, WNOHANG) == hub->pids[i]) {
            tell_death(hub, i, status);
            hub->pids[i] = -1;
        }
        alive = alive && hub->pids[i] > 0;
    }
    return alive;
}

// ---------------------------------------------------------------- ready

static bool is_ready(const struct peer_hub *hub, unsigned i)
{
    char name[32], endpoint[WINDSCREEN_ENDPOINT_MAX + 1];
    struct windscreen_caller *caller;
    struct daemon_status status;
    bool ready;

    snprintf(name, sizeof name, "%s.control", daemons[i].name);
    if (windscreen_place_find(hub->state, name, endpoint) != ERR_NONE || windscreen_caller_open(endpoint, &caller) != ERR_NONE)
        return false;
    ready = windscreen_caller_ask(caller, &service_control[CONTROL_STATUS], NULL, STATUS_MS, &status) == ERR_NONE && status.ready &&
            status.pid == (uint64_t)hub->pids[i];
    windscreen_caller_close(&caller);
    return ready;
}

static enum err wait_until_ready(struct peer_hub *hub)
{
    for (unsigned i = 0, waits = 0; i < PEER_DAEMONS; waits++) {
        if (!peer_hub_is_alive(hub))
            return ERR_IO;
        if (is_ready(hub, i)) {
            i++;
            continue;
        }
        if (waits > READY_MS * 1000 / PAUSE_US) {
            fprintf(stderr, "windscreen-peer: %s is not ready after %d s\n", daemons[i].name, READY_MS / 1000);
            return ERR_AGAIN;
        }
        usleep(PAUSE_US);
    }
    return ERR_NONE;
}

static enum err find_endpoints(struct peer_hub *hub)
{
    enum err err = windscreen_place_find(hub->state, "intake", hub->intake);

    return err == ERR_NONE ? windscreen_place_find(hub->state, "allocation", hub->allocation) : err;
}

enum err peer_hub_start(const char *data, const char *programs, const char *policy, unsigned port, struct peer_hub *hub)
{
    struct account account = find_account();
    enum err err;

    *hub = (struct peer_hub){.state = ""};
    err = make_state(data, programs, policy, &account, hub);
    err = err == ERR_NONE ? start_all(hub, port, &account) : err;
    err = err == ERR_NONE ? wait_until_ready(hub) : err;
    err = err == ERR_NONE ? find_endpoints(hub) : err;
    if (err != ERR_NONE && !peer_hub_stop(hub))
        fprintf(stderr, "windscreen-peer: the hub could not be started; its state is kept in %s\n", hub->state);
    return err;
}

// ---------------------------------------------------------------- the end

static bool ends(pid_t pid, int *status)
{
    for (unsigned waits = 0; waits < STOP_MS * 1000 / PAUSE_US; waits++) {
        if (waitpid(pid, status, WNOHANG) == pid)
            return true;
        usleep(PAUSE_US);
    }
    kill(pid, SIGKILL);
    waitpid(pid, status, 0);
    return false;
}

bool peer_hub_stop(struct peer_hub *hub)
{
    bool good = peer_hub_is_alive(hub);

    for (unsigned i = PEER_DAEMONS; i-- > 0;) {
        int status = 0;

        if (hub->pids[i] <= 0)
            continue;
        kill(hub->pids[i], SIGTERM);
        if (!ends(hub->pids[i], &status)) {
            fprintf(stderr, "windscreen-peer: %s did not end on SIGTERM\n", daemons[i].name);
            good = false;
        } else if (status != 0) { // also one that was dying before: its sockets close a while before it can be waited for
            tell_death(hub, i, status);
            good = false;
        }
        hub->pids[i] = 0;
    }
    return good;
}

double peer_hub_cpu_s(const struct peer_hub *hub)
{
    double ticks = 0;

    for (unsigned i = 0; i < PEER_DAEMONS; i++) {
        unsigned long user = 0, system = 0;
        char path[64];
        FILE *file;

        snprintf(path, sizeof path, "/proc/%d/stat", (int)hub->pids[i]);
        file = fopen(path, "r");
        if (file != NULL && fscanf(file, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) == 2)
            ticks += (double)(user + system);
        if (file != NULL)
            fclose(file);
    }
    return ticks / (double)sysconf(_SC_CLK_TCK);
}

int64_t peer_hub_count_events(const struct peer_hub *hub)
{
    char directory[512];
    struct log_store *log;
    struct log_record record;
    enum err err;
    int64_t n = 0;

    snprintf(directory, sizeof directory, "%s/audit", hub->state);
    err = log_store_open(&(struct log_store_options){.directory = directory}, &log);
    if (err != ERR_NONE) {
        fprintf(stderr, "windscreen-peer: the log in %s: %s\n", directory, err_text(err));
        return -1;
    }
    log_reader_seek(log, 1, UINT64_MAX);
    while ((err = log_reader_next(log, &record)) == ERR_NONE || err == ERR_AGAIN)
        n += err == ERR_NONE;
    log_store_close(&log);
    return err == ERR_NOT_FOUND ? n : -1;
}

static int remove_one(const char *path, const struct stat *facts, int kind, struct FTW *place)
{
    (void)facts;
    (void)kind;
    (void)place;
    return remove(path);
}

void peer_hub_remove(const struct peer_hub *hub)
{
    if (nftw(hub->state, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
        (void)say("cannot remove all of", hub->state);
}
