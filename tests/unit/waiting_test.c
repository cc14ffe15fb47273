// SPDX-License-Identifier: MIT
// Credits at the door: who floods leaves room for who asks for little, the last tenth is for urgent events, and times to retry grow.
// Run by ctest.
#include "services/intake/waiting.h"
#include "unit.h"

enum { EVENT = 600, LARGE = 65536, WINDOW_DEFAULT = 64, WINDOW_MAX = 4096 /* of our client library */, SECOND_MS = 1000 };

// The seed of the tables, the same in every run: connections that share a place are taken for each other.
ssize_t __wrap_getrandom(void *bytes, size_t size, unsigned flags);
ssize_t __wrap_getrandom(void *bytes, size_t size, unsigned flags)
{
    (void)flags;
    memset(bytes, 1, size);
    return (ssize_t)size;
}

static struct peer peer_of(unsigned number)
{
    struct peer peer = {.id_size = 5};

    memcpy(peer.id, &number, sizeof number);
    return peer;
}

// Takes credits until one is refused, as a partner without a window does; how many it got.
static unsigned flood_of(struct waiting *waiting, unsigned number, bool urgent, size_t size, int64_t boot_ms)
{
    struct peer peer = peer_of(number);
    unsigned n = 0;

    while (waiting_take(waiting, &peer, urgent, size, boot_ms) != NULL)
        n++;
    return n;
}

static unsigned flood(struct waiting *waiting, unsigned number, bool urgent, size_t size)
{
    return flood_of(waiting, number, urgent, size, 1);
}

static unsigned flood_at(struct waiting *waiting, unsigned number, int64_t boot_ms)
{
    return flood_of(waiting, number, false, EVENT, boot_ms);
}

static bool is_let_in(struct waiting *waiting, unsigned number, bool urgent, size_t size)
{
    struct peer peer = peer_of(number);

    return waiting_take(waiting, &peer, urgent, size, 1) != NULL;
}

static void who_floods_leaves_room(void **state)
{
    struct waiting *waiting = waiting_new();
    (void)state;

    assert_in_range(flood(waiting, 1, false, EVENT), WAITING_CALM_MAX / 3, WAITING_PER_PEER_MAX);
    for (unsigned i = 2; i <= 50; i++)
        flood(waiting, i, false, EVENT);
    for (unsigned i = 1; i <= 50; i++)
        assert_false(is_let_in(waiting, i, false, EVENT));
    assert_true(is_let_in(waiting, 99, false, EVENT));
    assert_false(waiting_is_full(waiting));
    free(waiting);
}

static void so_it_is_with_bytes(void **state)
{
    struct waiting *waiting = waiting_new();
    (void)state;

    for (unsigned i = 1; i <= 20; i++)
        flood(waiting, i, false, LARGE);
    assert_false(is_let_in(waiting, 1, false, LARGE));
    assert_true(is_let_in(waiting, 99, false, EVENT));
    assert_true(is_let_in(waiting, 99, true, LARGE));
    free(waiting);
}

static void the_last_tenth_is_for_urgent_events(void **state)
{
    struct waiting *waiting = waiting_new();
    unsigned n = 0;
    (void)state;

    for (unsigned i = 1; i <= WAITING_CALM_MAX; i++)
        n += is_let_in(waiting, i, false, EVENT);
    assert_int_equal(n, WAITING_CALM_MAX);
    assert_false(is_let_in(waiting, 5000, false, EVENT));
    assert_true(is_let_in(waiting, 5000, true, EVENT));
    assert_true(is_let_in(waiting, 1, true, EVENT)); // also for one who has others out
    assert_in_range(flood(waiting, 5001, true, EVENT), WAITING_FEW, (WAITING_MAX - WAITING_CALM_MAX) / 2 + 1);
    assert_true(is_let_in(waiting, 5002, true, EVENT)); // a flood of urgent ones leaves room for others' urgent ones
    for (unsigned i = 6000; i < 6000 + WAITING_MAX; i++)
        (void)is_let_in(waiting, i, true, EVENT);
    assert_true(waiting_is_full(waiting));
    assert_false(is_let_in(waiting, 7999, true, EVENT));
    free(waiting);
}

static void urgent_floods_leave_room_for_calm_events(void **state)
{
    struct waiting *waiting = waiting_new();
    (void)state;

    for (unsigned i = 1; i <= 8; i++) // one after the other, so that the first takes the most
        (void)flood(waiting, i, true, EVENT);
    assert_true(is_let_in(waiting, 5000, false, EVENT));
    assert_true(is_let_in(waiting, 5001, true, EVENT));
    free(waiting);
}

static void credits_come_back(void **state)
{
    struct waiting *waiting = waiting_new();
    struct peer peer = peer_of(1);
    struct waiting_event *event = NULL;
    (void)state;

    for (unsigned round = 0; round < 10 * WAITING_MAX; round++) {
        event = waiting_take(waiting, &peer, round % 2 == 0, LARGE, 1);
        assert_non_null(event);
        assert_ptr_equal(waiting_find(waiting, event->handle), event);
        waiting_free(waiting, event, 1);
    }
    assert_in_range(flood_at(waiting, 1, 2 * SECOND_MS), WAITING_CALM_MAX / 3, WAITING_PER_PEER_MAX);
    free(waiting);
}

static void times_grow_with_the_load(void **state)
{
    struct waiting *waiting = waiting_new();
    struct peer peer = peer_of(1), other = peer_of(2);
    uint64_t first, last = 0;
    (void)state;

    flood(waiting, 1, false, EVENT);
    first = waiting_retry_ms(waiting, &peer, 1);
    assert_int_equal(first, WAITING_RETRY_MIN_MS);
    for (unsigned i = 0; i < WINDOW_MAX - 1; i++) {
        uint64_t next = waiting_retry_ms(waiting, &peer, 1);

        assert_true(next >= last && next <= WAITING_RETRY_MAX_MS);
        last = next;
    }
    assert_in_range(last, 300, 500);                                              // ten thousand a second, as nothing is known yet
    assert_int_equal(waiting_retry_ms(waiting, &other, 1), WAITING_RETRY_MIN_MS); // its own doing, nobody else's
    assert_int_equal(waiting_retry_ms(waiting, &peer, 1), WAITING_RETRY_MAX_MS);  // it goes on though it was told
    assert_int_equal(waiting_retry_ms(waiting, &peer, 1 + 2 * WAITING_RETRY_MAX_MS), WAITING_RETRY_MIN_MS); // and it is over
    free(waiting);
}

// Sends n events that find no room; nothing is let in.
static void refuse_many(struct waiting *waiting, unsigned number, unsigned n, int64_t boot_ms)
{
    struct peer peer = peer_of(number);

    for (; n > 0; n--)
        (void)waiting_retry_ms(waiting, &peer, boot_ms);
}

static void who_does_not_come_when_told_gets_little(void **state)
{
    struct waiting *waiting = waiting_new();
    struct peer hasty = peer_of(1), patient = peer_of(2);
    (void)state;

    refuse_many(waiting, 2, WINDOW_MAX, 1); // a whole window at once is nobody's fault
    refuse_many(waiting, 1, WINDOW_MAX + 1, 1);
    assert_false(waiting_is_hasty(waiting, &patient, 1));
    assert_true(waiting_is_hasty(waiting, &hasty, 1));
    assert_int_equal(flood(waiting, 1, false, EVENT), WAITING_HASTY_MAX);
    refuse_many(waiting, 3, 2 * WINDOW_MAX, 1);
    assert_int_equal(flood(waiting, 3, false, EVENT), 0); // all such connections together
    assert_true(is_let_in(waiting, 1, true, EVENT));      // what is urgent is let in all the same
    assert_in_range(flood(waiting, 2, false, EVENT), WAITING_CALM_MAX / 3, WAITING_PER_PEER_MAX);
    free(waiting);
}

// One event, answered at once, n times.
static void send_singly(struct waiting *waiting, unsigned number, unsigned n, int64_t boot_ms)
{
    struct peer peer = peer_of(number);

    for (; n > 0; n--) {
        struct waiting_event *event = waiting_take(waiting, &peer, false, EVENT, boot_ms);

        assert_non_null(event);
        waiting_free(waiting, event, boot_ms);
    }
}

// As many receipts in each of two seconds as it takes to be seen.
static int64_t send_singly_for_long(struct waiting *waiting, unsigned number, int64_t boot_ms)
{
    for (unsigned second = 0; second < 2; second++, boot_ms += SECOND_MS)
        send_singly(waiting, number, 50, boot_ms);
    return boot_ms;
}

static void who_sends_in_bulk_gets_little_beside_who_does_not(void **state)
{
    struct waiting *waiting = waiting_new();
    int64_t boot_ms = send_singly_for_long(waiting, 99, 10 * SECOND_MS);
    (void)state;

    assert_int_equal(flood_at(waiting, 1, boot_ms), WAITING_BULK_FROM + WAITING_BULK_MAX);
    assert_int_equal(flood_at(waiting, 2, boot_ms), WAITING_BULK_FROM + 1); // all such connections together
    send_singly(waiting, 99, 50, boot_ms);
    assert_true(is_let_in(waiting, 1, true, EVENT)); // what is urgent is let in all the same
    free(waiting);
}

// A window of n, filled and answered `later_ms` after that, again and again.
static int64_t send_windows(struct waiting *waiting, unsigned number, bool urgent, int64_t boot_ms, int64_t later_ms)
{
    enum { WINDOW = 30, ROUNDS = 5 };
    struct peer peer = peer_of(number);
    struct waiting_event *events[WINDOW];

    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < WINDOW; i++)
            events[i] = waiting_take(waiting, &peer, urgent, EVENT, boot_ms);
        boot_ms += later_ms;
        for (unsigned i = 0; i < WINDOW; i++)
            waiting_free(waiting, events[i], boot_ms);
    }
    return boot_ms;
}

static void who_sends_in_bulk_alone_gets_what_is_free(void **state)
{
    struct waiting *waiting;
    int64_t boot_ms;
    (void)state;

    for (unsigned i = 0; i < 4; i++) { // also urgent ones, and with receipts more than a second later
        waiting = waiting_new();
        boot_ms = send_windows(waiting, 1, i % 2 == 1, 10 * SECOND_MS, i < 2 ? 400 : 1200);
        assert_in_range(flood_at(waiting, 2, boot_ms), WAITING_CALM_MAX / 3, WAITING_PER_PEER_MAX);
        free(waiting);
    }
    waiting = waiting_new();
    boot_ms = send_singly_for_long(waiting, 99, 10 * SECOND_MS) + 3 * SECOND_MS; // who sent singly has gone
    assert_in_range(flood_at(waiting, 1, boot_ms), WAITING_CALM_MAX / 3, WAITING_PER_PEER_MAX);
    free(waiting);
}

static void who_was_told_to_come_again_does_not_send_singly(void **state)
{
    struct waiting *waiting = waiting_new();
    int64_t boot_ms = 10 * SECOND_MS;
    (void)state;

    refuse_many(waiting, 2, WINDOW_MAX, boot_ms); // and comes as it was told
    boot_ms = send_singly_for_long(waiting, 2, boot_ms);
    assert_in_range(flood_at(waiting, 1, boot_ms), WAITING_CALM_MAX / 3, WAITING_PER_PEER_MAX);
    free(waiting);
}

// Answers the `n` events that were let in last.
static void answer_last(struct waiting *waiting, uint64_t last_handle, unsigned n, int64_t boot_ms)
{
    for (; n > 0; n--)
        waiting_free(waiting, waiting_find(waiting, last_handle--), boot_ms);
}

static void what_is_sent_in_bulk_is_let_in_by_portions(void **state)
{
    struct waiting *waiting = waiting_new();
    int64_t boot_ms = 10 * SECOND_MS;
    struct peer one = peer_of(1), other = peer_of(2);
    (void)state;

    for (unsigned i = 1; i <= 2; i++) // they are known to send in bulk, and have none out
        boot_ms = send_windows(waiting, i, false, boot_ms, 1);
    send_singly(waiting, 99, WAITING_FEW, boot_ms);
    for (unsigned portion = 0; portion < 5; portion++, boot_ms += WAITING_PORTION_MS) {
        struct waiting_event *event = waiting_take(waiting, &one, false, EVENT, boot_ms);

        assert_int_equal(flood_at(waiting, 1, boot_ms), WAITING_BULK_MAX - 1);
        answer_last(waiting, event->handle + WAITING_BULK_MAX - 1, WAITING_BULK_MAX, boot_ms);
        assert_int_equal(flood_at(waiting, 1, boot_ms + WAITING_PORTION_MS - 1), 0);
        event = waiting_take(waiting, &other, false, EVENT, boot_ms);
        assert_non_null(event); // the quickest has not all of it
        waiting_free(waiting, event, boot_ms);
        assert_null(waiting_take(waiting, &other, false, EVENT, boot_ms));
    }
    free(waiting);
}

// How many events are heard of so many connections that go on, until the turn ends.
static unsigned hear_turn(struct waiting *waiting, unsigned n_hasty, unsigned *at)
{
    for (unsigned n = 1;; n++) {
        struct peer peer = peer_of(1 + (*at)++ % n_hasty);

        if (waiting_ends_turn(waiting, &peer))
            return n;
    }
}

// Each that goes on is heard, and others as often: where these are few, several times.
static void a_turn_ends_when_a_hasty_one_comes_round(void **state)
{
    struct waiting *waiting = waiting_new();
    unsigned at = 0;
    (void)state;

    for (unsigned n_hasty = 1; n_hasty <= 20; n_hasty++) {
        (void)hear_turn(waiting, n_hasty, &at); // the event that ends a turn is the first of the next
        assert_int_equal(hear_turn(waiting, n_hasty, &at), n_hasty > 8 ? n_hasty : 8);
    }
    free(waiting);
}

// Numbers whose hashes meet, as those of ids that are drawn do.
static unsigned scattered(unsigned number)
{
    return number * 2654435761u;
}

// Whatever stood in the place of the table where it is looked for: connections that leave let others move in it.
static void nobody_is_taken_for_another(void **state)
{
    enum { FEW_EACH = 400, MANY_EACH = 16, SINGLE = 20000 };
    struct waiting *waiting = waiting_new();
    struct waiting_event *leaving[FEW_EACH];
    int64_t boot_ms = 10 * SECOND_MS;
    (void)state;

    for (unsigned i = 0; i < FEW_EACH; i++) {
        struct peer peer = peer_of(scattered(1 + i));

        leaving[i] = waiting_take(waiting, &peer, false, EVENT, boot_ms);
    }
    for (unsigned i = 0; i < MANY_EACH * WAITING_BULK_FROM; i++)
        assert_true(is_let_in(waiting, scattered(500 + i % MANY_EACH), true, EVENT));
    for (unsigned i = 0; i < FEW_EACH; i++)
        waiting_free(waiting, leaving[i], boot_ms);
    boot_ms += 2 * SECOND_MS;
    for (unsigned i = 0; i < SINGLE; i++) {
        struct peer peer = peer_of(scattered(1000 + i));
        struct waiting_event *event = waiting_take(waiting, &peer, false, EVENT, boot_ms);

        assert_false(event->bulk);
        waiting_free(waiting, event, boot_ms);
    }
    free(waiting);
}

static void each_refused_event_has_a_time_of_its_own(void **state)
{
    struct waiting *waiting = waiting_new();
    struct peer peer = peer_of(1);
    uint64_t last = 0, next;
    (void)state;

    for (unsigned i = 0; i < WINDOW_MAX; i++) { // also when all that it had out has been answered meanwhile
        next = waiting_retry_ms(waiting, &peer, 1);
        assert_true(next >= last);
        last = next;
        send_singly(waiting, 1, 1, 1);
    }
    assert_in_range(last, 300, 900);
    free(waiting);
}

static void haste_is_forgiven(void **state)
{
    struct waiting *waiting = waiting_new();
    struct peer peer = peer_of(1);
    int64_t boot_ms = 1;
    (void)state;

    refuse_many(waiting, 1, 10 * WINDOW_MAX, boot_ms);
    assert_true(waiting_is_hasty(waiting, &peer, boot_ms));
    assert_int_equal(waiting_retry_ms(waiting, &peer, boot_ms + SECOND_MS), WAITING_RETRY_MAX_MS); // it goes on
    boot_ms += SECOND_MS + WAITING_RETRY_MAX_MS;
    assert_true(waiting_is_hasty(waiting, &peer, boot_ms - 1));
    assert_false(waiting_is_hasty(waiting, &peer, boot_ms));
    for (unsigned i = 0; i < 100; i++, boot_ms += 100) { // as it was told: ten thousand a second, as nothing is known yet
        refuse_many(waiting, 1, 1000, boot_ms);
        assert_false(waiting_is_hasty(waiting, &peer, boot_ms));
    }
    refuse_many(waiting, 1, 2 * WINDOW_MAX, boot_ms);
    assert_true(waiting_is_hasty(waiting, &peer, boot_ms));
    free(waiting);
}

enum { AHEAD_MS = WAITING_RETRY_MAX_MS + 1 };

// A partner that keeps a full window and comes when it is told.
struct patient {
    struct peer peer;
    unsigned due[AHEAD_MS];  // events that it sends then, by the millisecond
    uint64_t answered, last; // handles of what it has out are between
};

static struct patient *patient_new(unsigned number, unsigned window, int64_t boot_ms)
{
    struct patient *patient = calloc(1, sizeof *patient);

    patient->peer = peer_of(number);
    patient->due[boot_ms % AHEAD_MS] = window;
    return patient;
}

// A millisecond, in which `n` of its events have a receipt: for each it sends another one.
static void patient_goes_on(struct waiting *waiting, struct patient *patient, unsigned n, int64_t boot_ms)
{
    unsigned *due = &patient->due[boot_ms % AHEAD_MS];

    for (; n > 0 && patient->answered < patient->last; n--) {
        waiting_free(waiting, waiting_find(waiting, patient->answered++), boot_ms);
        ++*due;
    }
    for (; *due > 0; --*due) {
        struct waiting_event *event = waiting_take(waiting, &patient->peer, false, EVENT, boot_ms);

        if (event != NULL)
            patient->last = event->handle + 1;
        else
            patient->due[(boot_ms + (int64_t)waiting_retry_ms(waiting, &patient->peer, boot_ms)) % AHEAD_MS]++;
    }
}

// Whatever receipts there are: they come at half the pace in each phase, and at the end a window's take longer than the longest time.
static void who_comes_when_told_is_never_hasty(void **state)
{
    struct waiting *waiting = waiting_new();
    int64_t boot_ms = 10 * SECOND_MS;
    struct patient *patient = patient_new(1, WINDOW_MAX, boot_ms);
    (void)state;

    for (unsigned each_ms = 1, phase = 0; phase < 6; phase++, each_ms *= 2)
        for (int64_t until = boot_ms + 5 * SECOND_MS; boot_ms < until; boot_ms++) {
            patient_goes_on(waiting, patient, boot_ms % each_ms == 0 ? 8 : 0, boot_ms);
            assert_false(waiting_is_hasty(waiting, &patient->peer, boot_ms));
        }
    free(patient);
    free(waiting);
}

// Beside one who sends ten a second: how little that is says nothing of what could be taken.
static void times_do_not_follow_from_how_little_others_send(void **state)
{
    struct waiting *waiting = waiting_new();
    struct peer peer = peer_of(1);
    int64_t boot_ms = 10 * SECOND_MS;
    (void)state;

    for (unsigned n = 0; n < 25; n++, boot_ms += 100)
        send_singly(waiting, 99, 1, boot_ms);
    refuse_many(waiting, 1, WINDOW_DEFAULT - flood_at(waiting, 1, boot_ms) - 1, boot_ms);
    assert_in_range(waiting_retry_ms(waiting, &peer, boot_ms), WAITING_RETRY_MIN_MS, 50);
    refuse_many(waiting, 1, WINDOW_MAX - WINDOW_DEFAULT - 1, boot_ms);
    assert_in_range(waiting_retry_ms(waiting, &peer, boot_ms), 1000, 3000);
    free(waiting);
}

// Slots are a ring: one that is not given back is stepped over, however often the rest goes round, and is still found and given up.
static void one_unanswered_event_stops_nobody(void **state)
{
    struct waiting *waiting = waiting_new();
    struct peer slow = peer_of(1), quick = peer_of(2);
    struct waiting_event *event = waiting_take(waiting, &slow, false, EVENT, 1);
    uint64_t unanswered = event->handle;

    (void)state;
    for (unsigned i = 0; i < 20 * WAITING_MAX; i++) {
        event = waiting_take(waiting, &quick, false, EVENT, 1);
        assert_non_null(event);
        waiting_free(waiting, event, 1);
    }
    assert_non_null(waiting_find(waiting, unanswered));
    assert_null(waiting_expired(waiting, WAITING_FOR_MS));
    event = waiting_expired(waiting, WAITING_FOR_MS + 2);
    assert_true(event != NULL && event->handle == unanswered);
    free(waiting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_floods_leaves_room),
        cmocka_unit_test(so_it_is_with_bytes),
        cmocka_unit_test(the_last_tenth_is_for_urgent_events),
        cmocka_unit_test(urgent_floods_leave_room_for_calm_events),
        cmocka_unit_test(credits_come_back),
        cmocka_unit_test(times_grow_with_the_load),
        cmocka_unit_test(who_does_not_come_when_told_gets_little),
        cmocka_unit_test(who_sends_in_bulk_gets_little_beside_who_does_not),
        cmocka_unit_test(who_sends_in_bulk_alone_gets_what_is_free),
        cmocka_unit_test(who_was_told_to_come_again_does_not_send_singly),
        cmocka_unit_test(what_is_sent_in_bulk_is_let_in_by_portions),
        cmocka_unit_test(a_turn_ends_when_a_hasty_one_comes_round),
        cmocka_unit_test(nobody_is_taken_for_another),
        cmocka_unit_test(each_refused_event_has_a_time_of_its_own),
        cmocka_unit_test(haste_is_forgiven),
        cmocka_unit_test(who_comes_when_told_is_never_hasty),
        cmocka_unit_test(times_do_not_follow_from_how_little_others_send),
        cmocka_unit_test(one_unanswered_event_stops_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
