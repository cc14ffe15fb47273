// SPDX-License-Identifier: MIT
// Descriptors kept back are eventfds, the cheapest there are. While the door is shut they are given up, and it is opened again only
// when there would be as many beside them as it takes to be not scarce.
// Called by the loops of the runtime and audit.
#include "common/runtime/door.h"

#include "common/runtime/report.h"

#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

enum { LOOK_MS = 100 };

// Opens up to `wanted`; how many there were.
static unsigned take(int *at, unsigned wanted)
{
    unsigned n = 0;

    while (n < wanted && (at[n] = eventfd(0, EFD_CLOEXEC)) >= 0)
        n++;
    return n;
}

static void give_back(const int *at, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        close(at[i]);
}

static unsigned long limit_of_process(void)
{
    struct rlimit limit = {0};

    return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? (unsigned long)limit.rlim_cur : 0;
}

void door_init(struct door *door, struct socket *socket)
{
    struct rlimit limit;

    door->socket = socket;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max < DOOR_DESCRIPTORS_MAX ? limit.rlim_max : DOOR_DESCRIPTORS_MAX;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    door->n_kept = take(door->kept, DOOR_KEPT);
}

static bool is_scarce(const struct door *door)
{
    int spare[DOOR_MARGIN + DOOR_KEPT];
    unsigned wanted = DOOR_MARGIN + (door->shut ? DOOR_KEPT : 0);
    unsigned n = take(spare, wanted);

    give_back(spare, n);
    return n < wanted;
}

static void shut(struct door *door)
{
    door->shut = true;
    give_back(door->kept, door->n_kept);
    door->n_kept = 0;
    report("descriptors-full", "nearly all of %lu descriptors are in use: nobody new is let in at %s until some are free",
           limit_of_process(), socket_endpoint(door->socket));
    (void)socket_let_in(door->socket, false);
}

static void open_again(struct door *door)
{
    if (!socket_let_in(door->socket, true))
        return; // tried again at the next look
    door->shut = false;
    door->n_kept = take(door->kept, DOOR_KEPT);
    report("descriptors-free", "there are descriptors again: %s lets in", socket_endpoint(door->socket));
}

void door_tend(struct door *door, int64_t boot_ms)
{
    bool scarce;

    if (door->socket == NULL || boot_ms - door->looked_ms < LOOK_MS)
        return;
    door->looked_ms = boot_ms;
    scarce = is_scarce(door);
    if (scarce && !door->shut)
        shut(door);
    else if (!scarce && door->shut)
        open_again(door);
}
