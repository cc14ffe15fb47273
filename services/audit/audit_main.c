// SPDX-License-Identifier: MIT
// windscreen-audit: options, sockets and the loop around audit.
// Started by the supervisor, before all other daemons or after them.
// Must not judge a request.
//
// Exit codes: 0 after SIGTERM, 64 usage, 78 the state directory cannot be used or is not ours, 111 try again (locked, disk, commit failed).
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/big_endian.h"
#include "common/runtime/door.h"
#include "common/runtime/process.h"
#include "common/runtime/processors.h"
#include "common/runtime/report.h"
#include "common/runtime/socket.h"
#include "services/audit/audit.h"

enum { EXIT_USAGE = 64, EXIT_CONFIG = 78 };

// Messages of one socket that one round takes, before the others have their turn.
static const unsigned round_max[AUDIT_SOCKETS] = {[AUDIT_LOG] = 512, [AUDIT_OPERATORS] = 64, [AUDIT_CONTROL] = 16};

struct hub {
    const char *state;
    const char *bind;
    uint64_t map_size;
    struct audit *audit;
    struct socket *sockets[AUDIT_SOCKETS];
    struct socket *feed;
    struct door door; // of the operators' socket
    int signals;
};

static const char help[] = "windscreen-audit: keeps the log of everything that happens, and serves it\n\n"
                           "Usage: windscreen-audit --state DIR [--bind ENDPOINT] [--map-size BYTES]\n\n"
                           "  --state DIR        the hub's state directory; the log is in DIR/audit, sockets are in DIR/run\n"
                           "  --bind ENDPOINT    where operators read (default tcp://127.0.0.1:7703; port * picks a free one)\n"
                           "  --map-size BYTES   the most that the log may hold (default 64 GiB; at least 1 MiB)\n"
                           "  --help             this text\n\n"
                           "Exit status: 0 after SIGTERM, 64 usage, 78 bad configuration, 111 try again.\n";

// ---------------------------------------------------------------- options

static bool parse_size(const char *text, uint64_t *size)
{
    char *end;

    errno = 0;
    *size = strtoull(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && text[0] != '-' && *size >= (1 << 20) && *size <= (UINT64_C(1) << 46);
}

// -1: go on.
static int parse_options(struct hub *hub, int argc, char **argv)
{
    static const struct option options[] = {{"state", required_argument, NULL, 's'},
                                            {"bind", required_argument, NULL, 'b'},
                                            {"map-size", required_argument, NULL, 'm'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int letter;

    while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (letter) {
        case 's':
            hub->state = optarg;
            break;
        case 'b':
            hub->bind = optarg;
            break;
        case 'm':
            if (!parse_size(optarg, &hub->map_size)) {
                fprintf(stderr, "windscreen-audit: --map-size wants a number of bytes from 1048576 on\n");
                return EXIT_CONFIG;
            }
            break;
        case 'h':
            fputs(help, stdout);
            return EXIT_SUCCESS;
        default:
            return EXIT_USAGE;
        }
    }
    if (hub->state == NULL || optind < argc) {
        fprintf(stderr, "windscreen-audit: %s; see --help\n", optind < argc ? "unexpected argument" : "--state is missing");
        return EXIT_USAGE;
    }
    return -1;
}

// ---------------------------------------------------------------- start

static enum err bind_router(struct hub *hub, unsigned i, const char *endpoint, int64_t max_bytes)
{
    // operators' replies are large: few are kept for one who does not read
    enum err err = socket_router(endpoint, max_bytes, i == AUDIT_LOG ? SOCKET_QUEUE_HUB : SOCKET_QUEUE_LARGE, &hub->sockets[i]);

    if (err != ERR_NONE)
        report("bind-failed", "cannot bind %s: is another program using it, or the path too long?", endpoint);
    return err;
}

static enum err bind_all(struct hub *hub)
{
    char endpoint[512];
    enum err err;

    snprintf(endpoint, sizeof endpoint, "ipc://%s/run/feed.ipc", hub->state);
    err = socket_publisher(endpoint, &hub->feed);
    snprintf(endpoint, sizeof endpoint, "ipc://%s/run/audit.control.ipc", hub->state);
    err = err == ERR_NONE ? bind_router(hub, AUDIT_CONTROL, endpoint, AUDIT_CONTROL_MESSAGE_MAX) : err;
    err = err == ERR_NONE ? bind_router(hub, AUDIT_OPERATORS, hub->bind, AUDIT_OPERATORS_MESSAGE_MAX) : err;
    snprintf(endpoint, sizeof endpoint, "ipc://%s/run/audit.ipc", hub->state);
    err = err == ERR_NONE ? bind_router(hub, AUDIT_LOG, endpoint, AUDIT_LOG_MESSAGE_MAX) : err;
    if (err == ERR_NONE && socket_announce(hub->state, "audit", socket_endpoint(hub->sockets[AUDIT_OPERATORS])) != ERR_NONE)
        report("announce-failed", "cannot write %s/run/audit.endpoint; going on, since the disk may be full", hub->state);
    if (err == ERR_NONE)
        door_init(&hub->door, hub->sockets[AUDIT_OPERATORS]);
    return err;
}

static void send_reply(void *context, const struct peer *peer, struct span body)
{
    const struct hub *hub = context;

    (void)socket_reply(hub->sockets[peer->service], peer, body); // who is gone asks again
}

static bool is_watched(void *context)
{
    const struct hub *hub = context;

    return socket_is_watched(hub->feed);
}

static void publish(void *context, const char *name, uint64_t sequence, struct span event)
{
    const struct hub *hub = context;
    uint8_t number[8];
    const struct span frames[] = {span_text(name), {number, sizeof number}, event};

    big_endian_put(number, sequence, sizeof number);
    (void)socket_publish(hub->feed, frames, 3); // a watcher sees the gap and reads
}

static int64_t boot_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static enum err start(struct hub *hub, const char *directory)
{
    const struct audit_out out = {hub, send_reply, is_watched, publish};
    enum err err;

    err = process_directories(hub->state, "audit");
    processors_divide(true, hub->state);
    if (err == ERR_NONE)
        err = audit_open(directory, hub->map_size, &out, boot_ms(), &hub->audit);
    if (err != ERR_NONE) {
        report("log-refused", "the log in %s cannot be opened: %s", directory, err_text(err));
        return err;
    }
    err = process_signals(&hub->signals);
    return err == ERR_NONE ? bind_all(hub) : err;
}

// ---------------------------------------------------------------- the loop

static bool drain(struct hub *hub, unsigned i, struct message *message, int64_t now_ms)
{
    unsigned n;

    for (n = 0; n < round_max[i] && !audit_has_enough(hub->audit) && socket_receive(hub->sockets[i], message); n++) {
        message->peer.service = (uint8_t)i;
        audit_take(hub->audit, &message->peer, message_body(message), message->extra_frames, now_ms);
    }
    message_free(message);
    return n > 0;
}

static enum err prepare(struct hub *hub)
{
    int64_t began_ms = boot_ms();
    enum err err = audit_prepare(hub->audit, began_ms);

    audit_rest(hub->audit, began_ms, boot_ms());
    if (err != ERR_NONE)
        report("prepare-failed",
               "%s while room ahead of the log was written: nothing is lost, but look at this disk; audit ends and starts again",
               err_text(err));
    return err;
}

static enum err run(struct hub *hub)
{
    struct message message = {0};
    enum err err = ERR_NONE;

    while (err == ERR_NONE) {
        bool came = false;

        if (socket_wait(hub->sockets, AUDIT_SOCKETS, hub->signals, audit_idle_ms(hub->audit, boot_ms()) * INT64_C(1000)))
            return ERR_NONE;
        for (unsigned i = 0; i < AUDIT_SOCKETS; i++)
            came = drain(hub, i, &message, boot_ms()) || came;
        err = audit_settle(hub->audit, boot_ms());
        if (err != ERR_NONE)
            report("commit-failed", "%s: the outcome is unknown; this process ends without a word, and the next one finds out",
                   err_text(err));
        else if (!came)
            err = prepare(hub);
        door_tend(&hub->door, boot_ms());
    }
    return err;
}

int main(int argc, char **argv)
{
    struct hub hub = {.bind = "tcp://127.0.0.1:7703", .signals = -1};
    char directory[512];
    int code = parse_options(&hub, argc, argv);
    enum err err;

    if (code >= 0)
        return code;
    report_as("audit");
    process_harden();
    if (snprintf(directory, sizeof directory, "%s/audit", hub.state) >= (int)sizeof directory)
        return EXIT_CONFIG;
    err = start(&hub, directory);
    if (err == ERR_NONE) {
        report("started", "operators read at %s", socket_endpoint(hub.sockets[AUDIT_OPERATORS]));
        err = run(&hub);
    }
    if (err != ERR_NONE)
        _exit(process_exit_code(err)); // sockets must not linger over a failed commit
    for (unsigned i = 0; i < AUDIT_SOCKETS; i++)
        socket_close(&hub.sockets[i]);
    socket_close(&hub.feed);
    audit_close(&hub.audit);
    report("stopped", "by signal");
    return EXIT_SUCCESS;
}
