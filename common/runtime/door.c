// SPDX-License-Identifier: MIT
// Descriptors kept back are an eventfd and copies of it, the cheapest there are. While the door is shut they are given up, and it is
// opened again only when there are clearly more, whoever has them: one that comes and goes does not move it.
// Called by the loops of the runtime and audit.
#include "common/runtime/door.h"

#include "common/runtime/report.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LOOK_MS = 100, LISTENER_AMONG = 1024 };

// The descriptor at which a tcp endpoint listens; ZeroMQ keeps it to itself. -1: none.
static int find_listener(const char *endpoint)
{
    const char *colon = strrchr(endpoint, ':');
    unsigned long port = colon != NULL ? strtoul(colon + 1, NULL, 10) : 0;

    for (int i = 0; port != 0 && i < LISTENER_AMONG; i++) {
        struct sockaddr_in name;
        socklen_t size = sizeof name, int_size = sizeof(int);
        int listens = 0;

        if (getsockopt(i, SOL_SOCKET, SO_ACCEPTCONN, &listens, &int_size) == 0 && listens != 0 &&
            getsockname(i, (struct sockaddr *)(void *)&name, &size) == 0 && (name.sin_family == AF_INET || name.sin_family == AF_INET6) &&
            ntohs(name.sin_port) == port) // both families have the port at one place
            return i;
    }
    return -1;
}

// Packets of those who want in are dropped before anybody sees them: they try again by themselves. Unbinding would throw out all who
// are in.
static bool let_in(const struct door *door, bool open)
{
    struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog filter = {.len = 1, .filter = &nothing};

    if (open)
        return setsockopt(door->listener, SOL_SOCKET, SO_DETACH_FILTER, &nothing, sizeof nothing) == 0;
    return setsockopt(door->listener, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0;
}

static void give_back(const int *at, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        close(at[i]);
}

// What the process may have of `most` as it is now: that may be lowered at any time.
static unsigned limit_within(unsigned most)
{
    struct rlimit limit = {0};

    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < most ? (unsigned)limit.rlim_cur : most;
}

static unsigned limit_of_process(void)
{
    return limit_within(DOOR_DESCRIPTORS_MAX);
}

// What of a number holds under the limit.
static unsigned share_of(unsigned number)
{
    unsigned limit = limit_of_process();

    return limit < DOOR_LIMIT ? number * limit / DOOR_LIMIT : number;
}

// Opens up to `wanted` within the limit; how many there were. A copy costs a tenth of a new one, and each is the lowest that is free.
static unsigned take(int *at, unsigned wanted)
{
    int end = (int)limit_of_process();
    unsigned n = 0;

    while (n < wanted && (at[n] = n == 0 ? eventfd(0, EFD_CLOEXEC) : fcntl(at[0], F_DUPFD_CLOEXEC, 0)) >= 0) {
        if (at[n] >= end) {
            close(at[n]);
            break;
        }
        n++;
    }
    return n;
}

void door_init(struct door *door, struct socket *socket)
{
    struct rlimit limit;

    door->socket = socket;
    door->listener = socket != NULL ? find_listener(socket_endpoint(socket)) : -1;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max < DOOR_DESCRIPTORS_MAX + DOOR_AJAR ? limit.rlim_max : DOOR_DESCRIPTORS_MAX + DOOR_AJAR;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    door->n_kept = take(door->kept, share_of(DOOR_KEPT));
}

static bool are_left(unsigned wanted)
{
    int spare[DOOR_MARGIN];
    unsigned n = take(spare, wanted);

    give_back(spare, n);
    return n == wanted;
}

// All that are open, also those beyond the limit, where the last ones came in before the door was shut.
static unsigned count_open(void)
{
    static struct pollfd items[DOOR_DESCRIPTORS_MAX + DOOR_AJAR];
    unsigned n = limit_within(DOOR_DESCRIPTORS_MAX + DOOR_AJAR), open = 0;

    for (unsigned i = 0; i < n; i++)
        items[i] = (struct pollfd){.fd = (int)i};
    if (poll(items, n, 0) < 0)
        return n; // unlikely, and looked at again
    for (unsigned i = 0; i < n; i++)
        open += (items[i].revents & POLLNVAL) == 0;
    return open;
}

static bool is_scarce(const struct door *door)
{
    if (door->shut)
        return count_open() + share_of(DOOR_AGAIN + DOOR_KEPT) > limit_of_process();
    return !are_left(share_of(DOOR_MARGIN));
}

static void shut(struct door *door)
{
    door->shut = let_in(door, false);
    if (!door->shut)
        return;
    give_back(door->kept, door->n_kept);
    door->n_kept = 0;
    report("descriptors-full", "nearly all of %u descriptors are in use: nobody new is let in at %s until some are free",
           limit_of_process(), socket_endpoint(door->socket));
}

static void open_again(struct door *door)
{
    if (!let_in(door, true))
        return; // tried again at the next look
    door->shut = false;
    door->n_kept = take(door->kept, share_of(DOOR_KEPT));
    report("descriptors-free", "there are descriptors again: %s lets in", socket_endpoint(door->socket));
}

void door_tend(struct door *door, int64_t boot_ms)
{
    bool scarce;

    if (door->socket == NULL || door->listener < 0 || boot_ms - door->looked_ms < LOOK_MS)
        return;
    door->looked_ms = boot_ms;
    scarce = is_scarce(door);
    if (scarce && !door->shut)
        shut(door);
    else if (!scarce && door->shut)
        open_again(door);
}
