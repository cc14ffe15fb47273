// SPDX-License-Identifier: MIT
// Partners' events about a referral: which one they mean, what is recorded of them, and the same rows live and rebuilt.
#include "tests/unit/registry_rig.h"

#include "common/base/tag.h"
#include "services/registry/about.h"

#define EVENT(type, id, source, data)                                                                                   \
    "{\"specversion\":\"1.0\",\"id\":\"" id "\",\"source\":\"" source "\",\"type\":\"earlyhelp." type ".v1\",\"time\":" \
    "\"2026-11-23T09:12:00Z\",\"data\":" data "}"
#define CHILD(name, born) "{\"ref\":\"m\",\"role\":\"child\",\"given_name\":\"" name "\",\"family_name\":\"Lee\",\"born\":\"" born "\"}"
#define HOUSEHOLD(members)                                                                                                    \
    "{\"kind\":\"eha\",\"reason\":\"a story\",\"referrer\":{\"agency\":\"school\"},\"household\":{\"postcode\":\"LU4 9QT\"}," \
    "\"members\":[" members "]}"
#define REFERRAL(id) EVENT("referral.submitted", id, "/s/1", HOUSEHOLD(CHILD("Ann", "2010-05-17")))
#define WITHDRAWN(id, about) \
    EVENT("referral.withdrawn", id, "/s/1", "{\"about\":\"" about "\",\"why\":\"family_asked\",\"reason\":\"secret words\"}")
#define CONSENT(id, name, service) EVENT("consent.changed", id, "/s/1", "{" name ",\"consent\":{\"service\":\"" service "\"}}")
#define ASSESSED(id, about, members) \
    EVENT("assessment.completed", id, "/s/1", "{\"about\":\"" about "\",\"assessment\":" HOUSEHOLD(members) "}")
#define CHALLENGED(id, about)                \
    EVENT("decision.challenged", id, "/s/1", \
          "{\"about\":\"" about "\",\"why\":\"level_too_low\",\"level_wanted\":4,\"reason\":\"too low\"}")

static char referral[TAG_SIZE + 1];

static int set_up(void **state)
{
    (void)state;
    rig_start();
    memcpy(referral, rig_admit(rig_event(REFERRAL("e1")), false)->referral.at, sizeof referral);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rig_stop();
    return 0;
}

static void records_each_type(void **state)
{
    struct event head;
    const struct admitted_item *item = rig_admit(rig_event(WITHDRAWN("w1", "e1")), false);
    const struct withdrawal_recorded *withdrawal;
    const struct challenge_recorded *challenge;

    (void)state;
    assert_int_equal(item->status, RECEIPT_ACCEPTED);
    assert_true(span_is(item->referral, referral) && item->sequence == 2 && !HAS(item, admitted_item, retry_after_ms));
    withdrawal = &rig_last(EVENT_WITHDRAWAL_RECORDED, &head)->WITHDRAWAL_RECORDED;
    assert_true(span_is(head.subject, referral) && span_is(withdrawal->event.source, "/s/1") && span_is(withdrawal->event.id, "w1"));
    assert_int_equal(withdrawal->why, WITHDRAWAL_FAMILY_ASKED);
    assert_int_equal(rig_admit(rig_event(CONSENT("c1", "\"about\":\"e1\"", "refused")), false)->sequence, 3);
    assert_int_equal(rig_last(EVENT_CONSENT_RECORDED, &head)->CONSENT_RECORDED.consent, CONSENT_REFUSED);
    assert_int_equal(rig_admit(rig_event(CHALLENGED("d1", "e1")), false)->sequence, 4);
    challenge = &rig_last(EVENT_CHALLENGE_RECORDED, &head)->CHALLENGE_RECORDED;
    assert_true(challenge->why == CHALLENGE_LEVEL_TOO_LOW && challenge->level_wanted == 4);
    assert_int_equal(rig_admit(rig_event(ASSESSED("a1", "e1", CHILD("Ann", "2010-05-17"))), false)->sequence, 5);
    assert_int_equal(rig_last(EVENT_ASSESSMENT_RECORDED, &head)->ASSESSMENT_RECORDED.facts.members[0].months, 198);
    assert_true(span_is(rig_last(EVENT_ASSESSMENT_RECORDED, &head)->ASSESSMENT_RECORDED.facts.neighbourhood, "west"));
}

static void no_word_of_it_stands_in_the_event(void **state)
{
    (void)state;
    rig_admit(rig_event(WITHDRAWN("w1", "e1")), false);
    assert_null(memmem(rig.entries[1].event, rig.entries[1].event_size, "secret", 6));
    assert_null(memmem(rig.entries[1].attachment, rig.entries[1].attachment_size, "secret", 6));
    assert_true(rig.entries[1].attachment_size > 0);
}

static void names_the_referral_in_two_ways(void **state)
{
    char event[512];

    (void)state;
    snprintf(event, sizeof event, CONSENT("c1", "\"referral\":\"%s\"", "given"), referral);
    assert_int_equal(rig_admit(rig_event("%s", event), false)->status, RECEIPT_ACCEPTED);
    assert_int_equal(rig_admit(rig_event(CONSENT("c2", "\"about\":\"c1\"", "given")), false)->status,
                     RECEIPT_ACCEPTED); // what c1 was about
    assert_true(span_is(rig.admitted.items[0].referral, referral));
}

static void refuses_what_names_nothing(void **state)
{
    const struct admitted_item *item = rig_admit(rig_event(WITHDRAWN("w1", "e2")), false);

    (void)state;
    assert_int_equal(item->status, RECEIPT_REJECTED);
    assert_true(item->fault == FAULT_UNKNOWN_REFERRAL && span_is(item->path, "/data/about"));
    item = rig_admit(rig_event(CONSENT("c1", "\"referral\":\"R0000000000001\"", "given")), false);
    assert_true(item->status == RECEIPT_REJECTED && span_is(item->path, "/data/referral"));
    item = rig_admit(rig_event(EVENT("referral.withdrawn", "w1", "/s/2", "{\"about\":\"e1\",\"why\":\"family_asked\"}")), false);
    assert_int_equal(item->status, RECEIPT_REJECTED); // another's
    assert_int_equal(rig.n_entries, 1);
    assert_int_equal(keys_destroy(rig.registry->keys, 0), ERR_NONE);
    assert_int_equal(rig_admit(rig_event(WITHDRAWN("w1", "e1")), false)->status, RECEIPT_REJECTED); // erased
}

static void an_urgent_assessment_of_nobody_known_is_a_referral(void **state)
{
    const struct admitted_item *item = rig_admit(rig_event(ASSESSED("a1", "e2", CHILD("Bob", "2012-01-02"))), true);
    const struct received *received;
    struct event head;

    (void)state;
    assert_int_equal(item->status, RECEIPT_ACCEPTED);
    assert_true(item->fault == FAULT_UNKNOWN_REFERRAL && !span_is(item->referral, referral));
    received = &rig_last(EVENT_RECEIVED, &head)->RECEIVED;
    assert_true(received->urgent && received->n_problems == 1 && received->problems[0].code == FAULT_UNKNOWN_REFERRAL);
    assert_int_equal(received->facts.n_members, 1);
    rig_restart(true);
    assert_int_equal(rig_admit(rig_event(ASSESSED("a1", "e2", CHILD("Bob", "2012-01-02"))), true)->status, RECEIPT_DUPLICATE);
}

static void knows_them_again(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        const struct admitted_item *item = rig_admit(rig_event(WITHDRAWN("w1", "e1")), false);

        assert_int_equal(item->status, i == 0 ? RECEIPT_ACCEPTED : RECEIPT_DUPLICATE);
        assert_true(item->sequence == 2 && span_is(item->referral, referral));
        if (i == 1)
            rig_restart(true);
    }
    assert_int_equal(rig_admit(rig_event(WITHDRAWN("w1", "e2")), false)->status, RECEIPT_CONFLICT); // other content
    assert_int_equal(rig_admit(rig_event(REFERRAL("w1")), false)->status, RECEIPT_CONFLICT);
    assert_int_equal(rig_admit(rig_event(CONSENT("e1", "\"about\":\"e1\"", "given")), false)->status, RECEIPT_CONFLICT);
    rig_admit_tentatively(rig_event(CHALLENGED("d1", "e1")), false);
    rig_admit_tentatively(rig_event(CHALLENGED("d1", "e1")), false);
    assert_int_equal(rig.admitted.items[0].status, RECEIPT_DUPLICATE); // in flight
    rig_settle();
    assert_int_equal(rig.admitted.items[0].sequence, 3);
}

static void waits_for_room_as_a_referral_does(void **state)
{
    (void)state;
    rig.admission = ADMISSION_URGENT_ONLY;
    assert_int_equal(rig_admit(rig_event(WITHDRAWN("w1", "e1")), false)->status, RECEIPT_BUSY);
    assert_int_equal(rig_admit(rig_event(ASSESSED("a1", "e1", CHILD("Ann", "2010-05-17"))), true)->status, RECEIPT_ACCEPTED);
}

static struct span family_of_last(void)
{
    struct event head;

    return rig_last(EVENT_RECEIVED, &head)->RECEIVED.family;
}

static void who_was_assessed_is_known_from_then_on(void **state)
{
    char family[TAG_SIZE + 1] = "";

    (void)state;
    memcpy(family, family_of_last().at, TAG_SIZE);
    rig_admit(rig_event(ASSESSED("a1", "e1", CHILD("Ann", "2010-05-17") "," CHILD("Eve", "2015-03-04"))), false);
    assert_int_equal(rig_count(EVENT_FAMILY_CONFLICT), 0);
    rig_admit(rig_event(EVENT("referral.submitted", "e2", "/s/2", HOUSEHOLD(CHILD("Eve", "2015-03-04")))), false);
    assert_true(span_is(family_of_last(), family));
}

static void whom_it_shares_with_another_family_a_person_looks_at(void **state)
{
    struct event head;

    (void)state;
    rig_admit(rig_event(EVENT("referral.submitted", "e2", "/s/2", HOUSEHOLD(CHILD("Eve", "2015-03-04")))), false);
    rig_admit(rig_event(ASSESSED("a1", "e1", CHILD("Eve", "2015-03-04"))), false);
    assert_int_equal(rig_count(EVENT_FAMILY_CONFLICT), 1);
    rig_last(EVENT_FAMILY_CONFLICT, &head);
    assert_true(span_is(head.subject, referral));
}

static void rebuilds_the_same_rows(void **state)
{
    static uint8_t before[RIG_ROWS_MAX], after[RIG_ROWS_MAX];
    size_t size;

    (void)state;
    rig_admit(rig_event(WITHDRAWN("w1", "e1")), false);
    rig_admit(rig_event(CONSENT("c1", "\"about\":\"e1\"", "withdrawn")), false);
    rig_admit(rig_event(CONSENT("c2", "\"about\":\"e1\"", "given")), false);
    rig_admit(rig_event(ASSESSED("a1", "e1", CHILD("Eve", "2015-03-04"))), false);
    rig_admit(rig_event(CHALLENGED("d1", "e1")), false);
    size = rig_dump(before);
    rig_restart(true);
    assert_int_equal(rig_dump(after), size);
    assert_memory_equal(before, after, size);
}

static void records_are_found_by_their_sequence(void **state)
{
    struct about_record record;
    struct about_head head;
    uint64_t number;

    (void)state;
    assert_true(tag_parse(span_text(referral), 'R', &number));
    assert_int_equal(about_find(&rig.registry->rows, number, 1, &record), ERR_NOT_FOUND);
    rig_admit(rig_event(CONSENT("c1", "\"about\":\"e1\"", "withdrawn")), false);
    rig_admit(rig_event(REFERRAL("e9")), false);
    rig_admit(rig_event(WITHDRAWN("w1", "e1")), false);
    rig_admit(rig_event(CHALLENGED("d1", "e1")), false);
    for (uint64_t sequence = 0; sequence < 8; sequence++) {
        static const char kinds[] = {0, 0, 'C', 0, 'W', 'D', 0, 0};
        enum err err = about_find(&rig.registry->rows, number, sequence, &record);

        assert_int_equal(err, kinds[sequence] != 0 ? ERR_NONE : ERR_NOT_FOUND);
        if (err == ERR_NONE)
            assert_true((char)record.kind == kinds[sequence] && record.sequence == sequence);
    }
    assert_int_equal(about_get_head(&rig.registry->rows, number, &head), ERR_NONE);
    assert_true(head.n_records == 3 && head.last_consent == 1 && head.n_readers == 0);
}

// Intake lets no such event in; if it did, no daemon could read what would be made of it.
static void what_no_record_can_be_made_of_is_refused(void **state)
{
    (void)state;
    assert_int_equal(rig_admit(rig_event(EVENT("referral.withdrawn", "w1", "/s/1", "{\"about\":\"e1\",\"why\":\"so\"}")), true)->status,
                     RECEIPT_REJECTED);
    assert_int_equal(rig_admit(rig_event(EVENT("decision.challenged", "w1", "/s/1", "{\"about\":\"e1\"}")), true)->status,
                     RECEIPT_REJECTED);
    assert_int_equal(rig_admit(rig_event(EVENT("consent.changed", "w1", "/s/1", "{\"about\":\"e1\",\"consent\":{}}")), false)->status,
                     RECEIPT_REJECTED);
    assert_int_equal(rig_admit(rig_event(CONSENT("w1", "\"about\":\"e1\"", "so")), false)->status, RECEIPT_REJECTED);
    assert_int_equal(rig.n_entries, 1);
}

static void survives_broken_bytes(void **state)
{
    static uint8_t bytes[RIG_EVENT_MAX];
    struct span whole = rig_event(ASSESSED("a1", "e1", CHILD("Eve", "2015-03-04")));

    (void)state;
    for (size_t i = 0; i < whole.size; i += 2) {
        memcpy(bytes, whole.at, whole.size);
        bytes[i] ^= 0xff;
        rig_admit(span_of(bytes, whole.size), true);
        rig_admit(span_of(bytes, i), true);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(records_each_type),
        TEST(no_word_of_it_stands_in_the_event),
        TEST(names_the_referral_in_two_ways),
        TEST(refuses_what_names_nothing),
        TEST(an_urgent_assessment_of_nobody_known_is_a_referral),
        TEST(knows_them_again),
        TEST(waits_for_room_as_a_referral_does),
        TEST(who_was_assessed_is_known_from_then_on),
        TEST(whom_it_shares_with_another_family_a_person_looks_at),
        TEST(rebuilds_the_same_rows),
        TEST(records_are_found_by_their_sequence),
        TEST(what_no_record_can_be_made_of_is_refused),
        TEST(survives_broken_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
