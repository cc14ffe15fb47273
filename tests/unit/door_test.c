// SPDX-License-Identifier: MIT
// A door is shut while descriptors are scarce, and opened again only when few are in use, also beyond the limit.
#include "common/runtime/door.h"

#include "tests/unit/unit.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { LOOK_MS = 1000, MANY = 4000, BEYOND = DOOR_DESCRIPTORS_MAX + 10 };

static int64_t boot_ms;

static bool is_shut_at_the_next_look(struct door *door)
{
    boot_ms += LOOK_MS;
    door_tend(door, boot_ms);
    return door->shut;
}

// Opens `n` descriptors, as strangers do, with numbers from `from` on.
static void come(int *at, unsigned n, int from)
{
    for (unsigned i = 0; i < n; i++) {
        at[i] = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, from);
        assert_true(at[i] >= from);
    }
}

static void leave(const int *at, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        assert_int_equal(close(at[i]), 0);
}

static void who_came_in_beyond_the_limit_counts(void **state)
{
    static int low[DOOR_DESCRIPTORS_MAX], beyond[MANY];
    struct door door = {0};
    struct socket *router;
    struct rlimit limit;
    unsigned n = 0;
    (void)state;

    assert_int_equal(socket_router("tcp://127.0.0.1:*", 4096, SOCKET_QUEUE_HUB, &router), ERR_NONE);
    door_init(&door, router);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_true(limit.rlim_cur >= BEYOND + MANY); // the hard limit of the machine is too low for this test
    assert_false(is_shut_at_the_next_look(&door));
    while ((low[n] = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)) < DOOR_DESCRIPTORS_MAX)
        n++;
    come(beyond, MANY, BEYOND);
    assert_true(is_shut_at_the_next_look(&door));
    leave(low, n + 1);
    assert_true(is_shut_at_the_next_look(&door)); // nearly as many as there may be are in use
    leave(beyond, MANY / 2);
    assert_false(is_shut_at_the_next_look(&door));
    leave(beyond + MANY / 2, MANY / 2);
    socket_close(&router);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_came_in_beyond_the_limit_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
