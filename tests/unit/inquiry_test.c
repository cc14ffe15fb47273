// SPDX-License-Identifier: MIT
// Partners' questions on their way: one answer each, to who asked, and never more under way than may be.
#include "common/wire/encode.h"
#include "services/intake/inquiry.h"
#include "tests/unit/unit.h"

static struct inquiries inquiries;
static bool link_is_gone;
static unsigned n_passed, n_answers;
static struct {
    uint8_t bytes[8192];
    size_t size;
} passed, answered;
static struct peer answered_peer;

static bool keep(struct span body, uint8_t *bytes, size_t *size)
{
    assert_true(body.size > 0 && body.size <= sizeof passed.bytes);
    memcpy(bytes, body.at, body.size);
    *size = body.size;
    return true;
}

bool effects_pass_on(struct effects *effects, unsigned link, struct span body)
{
    (void)effects;
    (void)link;
    n_passed++;
    return !link_is_gone && keep(body, passed.bytes, &passed.size);
}

bool effects_answer_now(struct effects *effects, const struct peer *peer, struct span body)
{
    (void)effects;
    n_answers++;
    answered_peer = *peer;
    return keep(body, answered.bytes, &answered.size);
}

static int set_up(void **state)
{
    (void)state;
    inquiries = (struct inquiries){0};
    link_is_gone = false;
    n_passed = n_answers = 0;
    return 0;
}

static struct peer peer_of(unsigned number)
{
    return (struct peer){.id_size = 2, .id = {(uint8_t)(number >> 8), (uint8_t)number}};
}

// A partner asks; the number that the registry is asked with.
static uint32_t ask(unsigned peer, uint32_t ref, int64_t boot_ms)
{
    struct status_of status = {.source = span_text("/s"), .id = span_text("e1")};
    struct raw_message message = {.peer = peer_of(peer)};
    struct faults faults = {0};
    struct request_head head;
    uint8_t buffer[512];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
    unsigned before = n_passed;

    encode_request(&service_partners[PARTNERS_STATUS], ref, &status, &writer);
    message.body = wire_written(&writer);
    assert_true(inquiry_is(message.body));
    inquiry_begin(&inquiries, 0, &message, boot_ms, NULL);
    if (n_passed == before || link_is_gone)
        return 0;
    assert_true(decode_message(&record_request_head, span_of(passed.bytes, passed.size), &head, &faults));
    assert_true(span_is(head.request, "locate"));
    return (uint32_t)head.ref;
}

static void locate(uint32_t number, enum answer answer)
{
    struct located located = {.answer = (uint8_t)answer};
    uint8_t buffer[512];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);

    PUT(&located, located, ref, number);
    if (answer == ANSWER_OK)
        PUT(&located, located, referral, span_text("R0000000000001"));
    encode(&record_located, &located, &writer);
    inquiry_located(&inquiries, 1, wire_written(&writer), NULL);
}

static void stand(uint32_t number, enum answer answer)
{
    struct standing standing = {.answer = (uint8_t)answer};
    uint8_t buffer[512];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);

    PUT(&standing, standing, ref, number);
    if (answer == ANSWER_OK)
        PUT(&standing, standing, state, PUBLIC_WITH_TEAM);
    encode(&record_standing, &standing, &writer);
    inquiry_answered(&inquiries, wire_written(&writer), NULL);
}

static const struct standing *last_answer(void)
{
    static struct standing standing;
    struct faults faults = {0};

    assert_true(decode_message(&record_standing, span_of(answered.bytes, answered.size), &standing, &faults));
    return &standing;
}

static void goes_to_both_and_back_to_who_asked(void **state)
{
    uint32_t first = ask(7, 70, 0), second = ask(8, 80, 0);

    (void)state;
    locate(second, ANSWER_OK);
    locate(first, ANSWER_OK);
    assert_int_equal(n_answers, 0);
    stand(first, ANSWER_OK);
    assert_int_equal(answered_peer.id[1], 7);
    assert_true(last_answer()->ref == 70 && last_answer()->answer == ANSWER_OK && last_answer()->state == PUBLIC_WITH_TEAM);
    stand(second, ANSWER_NOT_FOUND); // in, and not allocated yet
    assert_int_equal(answered_peer.id[1], 8);
    assert_true(last_answer()->ref == 80 && last_answer()->state == PUBLIC_RECEIVED && span_is(last_answer()->referral, "R0000000000001"));
    assert_int_equal(inquiries.n, 0);
}

static void another_ones_is_not_found(void **state)
{
    uint32_t number = ask(7, 70, 0);
    unsigned before = n_passed;

    (void)state;
    locate(number, ANSWER_NOT_FOUND);
    assert_int_equal(last_answer()->answer, ANSWER_NOT_FOUND);
    assert_true(n_passed == before && inquiries.n == 0); // allocation is not asked
}

static void what_nobody_waits_for_is_dropped(void **state)
{
    uint32_t number = ask(7, 70, 0);

    (void)state;
    locate(number + 1, ANSWER_OK);
    stand(number + INQUIRIES_MAX, ANSWER_OK);
    stand(0, ANSWER_OK);
    assert_int_equal(n_answers, 0);
    locate(number, ANSWER_NOT_FOUND);
    locate(number, ANSWER_NOT_FOUND);
    stand(number, ANSWER_OK);
    assert_int_equal(n_answers, 1);
    inquiry_located(&inquiries, 1, span_text("\xc1"), NULL);
    inquiry_answered(&inquiries, span_text("\xc1"), NULL);
    assert_int_equal(n_answers, 1);
}

static void a_connection_has_so_many_and_all_have_so_many(void **state)
{
    unsigned n = 0;

    (void)state;
    for (unsigned peer = 1; n < INQUIRIES_MAX; peer++) {
        for (unsigned i = 0; i < INQUIRIES_PER_PEER_MAX; i++, n++)
            assert_true(ask(peer, i, 0) != 0);
        assert_int_equal(ask(peer, 99, 0), 0);
        assert_true(last_answer()->answer == ANSWER_BUSY && last_answer()->retry_after_ms > 0 && last_answer()->ref == 99);
    }
    n_answers = 0;
    assert_int_equal(ask(200, 1, 0), 0);
    assert_int_equal(n_answers, 1);
    inquiry_tick(&inquiries, INQUIRY_FOR_MS - 1, NULL);
    assert_int_equal(n_answers, 1);
    inquiry_tick(&inquiries, INQUIRY_FOR_MS, NULL);
    assert_int_equal(n_answers, 1 + INQUIRIES_MAX);
    assert_true(ask(200, 1, 0) != 0);
}

static void numbers_pass_over_slots_in_use(void **state)
{
    uint32_t kept = ask(7, 70, 0);

    (void)state;
    for (unsigned i = 0; i < 3 * INQUIRIES_MAX; i++)
        locate(ask(8, i, 0), ANSWER_NOT_FOUND);
    inquiries.last = UINT32_MAX - 1;
    for (unsigned i = 0; i < 4; i++)
        locate(ask(8, i, 0), ANSWER_NOT_FOUND);
    locate(kept, ANSWER_NOT_FOUND);
    assert_int_equal(answered_peer.id[1], 7);
}

static void who_is_away_is_busy(void **state)
{
    (void)state;
    link_is_gone = true;
    assert_int_equal(ask(7, 70, 0), 0);
    assert_int_equal(last_answer()->answer, ANSWER_BUSY);
    link_is_gone = false;
    uint32_t number = ask(7, 71, 0);
    link_is_gone = true;
    locate(number, ANSWER_OK);
    assert_true(last_answer()->answer == ANSWER_BUSY && inquiries.n == 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
    const struct CMUnitTest tests[] = {
        TEST(goes_to_both_and_back_to_who_asked), TEST(another_ones_is_not_found),
        TEST(what_nobody_waits_for_is_dropped),   TEST(a_connection_has_so_many_and_all_have_so_many),
        TEST(numbers_pass_over_slots_in_use),     TEST(who_is_away_is_busy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
