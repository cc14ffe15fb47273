// SPDX-License-Identifier: MIT
// No message is overlooked by waiting, whatever is received and sent between.
#include "common/runtime/socket.h"

#include "tests/unit/unit.h"

enum { LONG_MS = 1000, ROUNDS = 300, SENDS = 20 };

struct pair {
    struct socket *router, *dealer;
    struct message asked, answered;
};

static void open_pair(struct pair *pair)
{
    *pair = (struct pair){0};
    assert_int_equal(socket_router("tcp://127.0.0.1:*", 4096, SOCKET_QUEUE_HUB, &pair->router), ERR_NONE);
    assert_int_equal(socket_dealer(socket_endpoint(pair->router), 4096, SOCKET_QUEUE_HUB, &pair->dealer), ERR_NONE);
    while (!socket_send(pair->dealer, span_text("first"))) // the connection is being made
        socket_wait(&pair->dealer, 1, -1, 1000);
}

static void close_pair(struct pair *pair)
{
    message_free(&pair->asked);
    message_free(&pair->answered);
    socket_close(&pair->dealer);
    socket_close(&pair->router);
}

// A wait that ends without a message may be: news of other things. It has no end of its own, so what was overlooked hangs the test.
static void receive(struct socket *from, struct message *message)
{
    while (!socket_receive(from, message))
        assert_false(socket_wait(&from, 1, -1, -1));
}

static void what_comes_is_found_whatever_was_sent_between(void **state)
{
    struct pair pair;

    (void)state;
    open_pair(&pair);
    receive(pair.router, &pair.asked);
    for (unsigned i = 0; i < ROUNDS; i++) {
        unsigned n = 1 + i % 5;

        for (unsigned k = 0; k < n; k++)
            assert_true(socket_reply(pair.router, &pair.asked.peer, span_of(&k, sizeof k)));
        for (unsigned k = 0; k < n; k++) { // something is sent back between any two
            receive(pair.dealer, &pair.answered);
            assert_true(span_equal(message_body(&pair.answered), span_of(&k, sizeof k)));
            assert_true(socket_send(pair.dealer, span_of(&k, sizeof k)));
        }
        for (unsigned k = 0; k < n; k++)
            receive(pair.router, &pair.asked);
    }
    close_pair(&pair);
}

// In a send ZeroMQ looks for news itself, once a millisecond: what it takes then `fd` no longer tells.
static void what_a_send_has_seen_come_is_found(void **state)
{
    struct pair pair;

    (void)state;
    open_pair(&pair);
    receive(pair.router, &pair.asked);
    while (socket_receive(pair.dealer, &pair.answered))
        ;
    assert_false(socket_wait(&pair.dealer, 1, -1, 0));
    assert_true(socket_reply(pair.router, &pair.asked.peer, span_text("answer")));
    for (unsigned i = 0; i < SENDS; i++) {
        assert_true(socket_send(pair.dealer, span_text("more")));
        usleep(500);
    }
    receive(pair.dealer, &pair.answered);
    assert_true(span_is(message_body(&pair.answered), "answer"));
    close_pair(&pair);
}

static void a_wait_ends_when_the_descriptor_can_be_read(void **state)
{
    struct pair pair;
    int ends[2];

    (void)state;
    open_pair(&pair);
    receive(pair.router, &pair.asked);
    assert_false(socket_receive(pair.router, &pair.asked));
    assert_int_equal(pipe(ends), 0);
    assert_false(socket_wait(&pair.router, 1, ends[0], 0));
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_true(socket_wait(&pair.router, 1, ends[0], LONG_MS * 1000));
    close(ends[0]);
    close(ends[1]);
    close_pair(&pair);
}

// Within this process a send is there at once.
static void who_comes_is_seen_while_others_go_on(void **state)
{
    struct pair pair = {0};
    struct socket *other;

    (void)state;
    assert_int_equal(socket_router("inproc://looked", 4096, SOCKET_QUEUE_HUB, &pair.router), ERR_NONE);
    assert_int_equal(socket_dealer("inproc://looked", 4096, SOCKET_QUEUE_HUB, &pair.dealer), ERR_NONE);
    assert_int_equal(socket_dealer("inproc://looked", 4096, SOCKET_QUEUE_HUB, &other), ERR_NONE);
    while (socket_receive(pair.router, &pair.asked)) // both are known to have nothing to say
        ;
    for (unsigned i = 0; i < SENDS; i++)
        assert_true(socket_send(pair.dealer, span_text("goes on")));
    receive(pair.router, &pair.asked);
    assert_true(socket_send(other, span_text("comes")));
    assert_true(socket_receive(pair.router, &pair.asked));
    assert_true(span_is(message_body(&pair.asked), "goes on")); // it is not seen
    socket_look(pair.router);
    for (unsigned i = 0; i < 2 && !span_is(message_body(&pair.asked), "comes"); i++)
        assert_true(socket_receive(pair.router, &pair.asked));
    assert_true(span_is(message_body(&pair.asked), "comes"));
    socket_close(&other);
    close_pair(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_is_found_whatever_was_sent_between), cmocka_unit_test(what_a_send_has_seen_come_is_found),
        cmocka_unit_test(a_wait_ends_when_the_descriptor_can_be_read), cmocka_unit_test(who_comes_is_seen_while_others_go_on)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
