// SPDX-License-Identifier: MIT
// Notes of people: sealed, cited by sequence, and read back only by who may open the referral.
#include "tests/unit/registry_rig.h"

#define EVENT "{\"source\":\"/s\",\"id\":\"e1\",\"type\":\"t\",\"data\":{\"kind\":\"eha\",\"reason\":\"story\"}}"
#define CONSENT                                                                                                    \
    "{\"specversion\":\"1.0\",\"source\":\"/s\",\"id\":\"c1\",\"type\":\"earlyhelp.consent.changed.v1\",\"time\":" \
    "\"2026-11-23T09:12:00Z\",\"data\":{\"about\":\"e1\",\"consent\":{\"service\":\"given\"}}}"

static const char words[] = "Zo\xc3\xab said:\n\"no\".";

static char referral[TAG_SIZE + 1];

static int set_up(void **state)
{
    (void)state;
    rig_start();
    memcpy(referral, rig_admit(rig_event(EVENT), false)->referral.at, sizeof referral);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rig_stop();
    return 0;
}

static void accept_job(const char *worker)
{
    struct accepted data = {.team = span_text("fsw"), .worker = span_text(worker), .token = 50, .n_jobs = 1};

    data.jobs[0].referral = span_text(referral);
    rig_input(EVENT_ACCEPTED, "", 91, &data);
}

static enum answer open_later(uint64_t sequence)
{
    return rig_open_later(referral, "w1", 0, PURPOSE_ALLOCATED_WORK, sequence);
}

static void is_sealed_and_told_by_its_sequence(void **state)
{
    const struct note_written *reply = rig_write_note(referral, "m2", words);
    const struct note_recorded *note;
    struct event head;

    (void)state;
    assert_int_equal(reply->answer, ANSWER_OK);
    assert_int_equal(reply->sequence, 2);
    note = &rig_last(EVENT_NOTE_RECORDED, &head)->NOTE_RECORDED;
    assert_true(span_is(head.subject, referral) && span_is(note->by, "m2"));
    assert_null(memmem(rig.entries[1].event, rig.entries[1].event_size, "said", 4));
    assert_null(memmem(rig.entries[1].attachment, rig.entries[1].attachment_size, "said", 4));
    assert_int_equal(rig_write_note(referral, "m2", words)->sequence, 3);
}

static void is_read_back_by_who_holds_the_case(void **state)
{
    struct event head;

    (void)state;
    rig_write_note(referral, "m2", words);
    assert_int_equal(open_later(2), ANSWER_NOT_ALLOWED);
    accept_job("w1");
    assert_int_equal(open_later(2), ANSWER_OK);
    assert_true(span_equal(span_of(rig.person.event, rig.person.size), span_text(words)));
    assert_int_equal(rig_last(EVENT_PERSON_OPENED, &head)->PERSON_OPENED.text, 2);
    assert_int_equal(open_later(0), ANSWER_OK);
    assert_false(HAS(&rig_last(EVENT_PERSON_OPENED, &head)->PERSON_OPENED, person_opened, text));
    assert_int_equal(rig.person.reply.n_later, 1);
    assert_true(rig.person.reply.later[0].sequence == 2 && rig.person.reply.later[0].type == EVENT_NOTE_RECORDED);
}

static void a_partners_later_event_is_read_as_it_came(void **state)
{
    struct span sent = rig_event(CONSENT);

    (void)state;
    rig_admit(sent, false);
    accept_job("w1");
    assert_int_equal(open_later(2), ANSWER_OK);
    assert_true(span_equal(span_of(rig.person.event, rig.person.size), rig_event(CONSENT)));
    assert_int_equal(rig.person.reply.later[0].type, EVENT_CONSENT_RECORDED);
}

static void a_sequence_of_something_else_is_not_found(void **state)
{
    char other[TAG_SIZE + 1];

    (void)state;
    memcpy(other, rig_admit(rig_event("{\"source\":\"/s\",\"id\":\"e2\",\"type\":\"t\",\"data\":{\"kind\":\"eha\"}}"), false)->referral.at,
           sizeof other);
    rig_write_note(other, "m2", words);
    accept_job("w1");
    for (uint64_t sequence = 2; sequence < 8; sequence++)
        assert_int_equal(open_later(sequence), ANSWER_NOT_FOUND);
    assert_int_equal(open_later(1), ANSWER_OK); // the event that sent it
    assert_int_equal(rig_write_note("R0000000000000", "m2", words)->answer, ANSWER_NOT_FOUND);
    assert_int_equal(rig_write_note("F0000000000000", "m2", words)->answer, ANSWER_NOT_FOUND);
}

static void waits_for_room_and_ends_with_the_family(void **state)
{
    (void)state;
    rig.admission = ADMISSION_CLOSED;
    assert_int_equal(rig_write_note(referral, "m2", words)->answer, ANSWER_BUSY);
    rig.admission = ADMISSION_URGENT_ONLY; // a decision must be possible
    assert_int_equal(rig_write_note(referral, "m2", words)->answer, ANSWER_OK);
    assert_int_equal(keys_destroy(rig.registry->keys, 0), ERR_NONE);
    assert_int_equal(rig_write_note(referral, "m2", words)->answer, ANSWER_NOT_FOUND);
    assert_int_equal(rig_count(EVENT_NOTE_RECORDED), 1);
}

static void only_the_last_are_listed(void **state)
{
    (void)state;
    for (int i = 0; i < 70; i++)
        rig_write_note(referral, "m2", words);
    accept_job("w1");
    assert_int_equal(open_later(0), ANSWER_OK);
    assert_int_equal(rig.person.reply.n_later, 64);
    assert_true(rig.person.reply.later[0].sequence == 8 && rig.person.reply.later[63].sequence == 71);
    for (uint64_t sequence = 2; sequence <= 71; sequence++)
        assert_int_equal(open_later(sequence), ANSWER_OK); // but each can be read
}

static void rebuilds_the_same_rows(void **state)
{
    static uint8_t before[RIG_ROWS_MAX], after[RIG_ROWS_MAX];
    size_t size;

    (void)state;
    rig_write_note(referral, "m2", words);
    accept_job("w1");
    assert_int_equal(open_later(2), ANSWER_OK);
    size = rig_dump(before);
    rig_restart(true);
    assert_int_equal(rig_dump(after), size);
    assert_memory_equal(before, after, size);
    assert_int_equal(open_later(2), ANSWER_OK);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(is_sealed_and_told_by_its_sequence),
        TEST(is_read_back_by_who_holds_the_case),
        TEST(a_partners_later_event_is_read_as_it_came),
        TEST(a_sequence_of_something_else_is_not_found),
        TEST(waits_for_room_and_ends_with_the_family),
        TEST(only_the_last_are_listed),
        TEST(rebuilds_the_same_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
