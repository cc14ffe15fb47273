// SPDX-License-Identifier: MIT
// New, duplicate or conflict; whose family; what is appended; the same rows live and rebuilt.
#include "tests/unit/registry_rig.h"

#include "common/base/tag.h"

// A family of three in Luton. Arguments: id, time, NHS number, birth date, more of data.
#define FAMILY                                                                                                                             \
    "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"/schools/8214012\",\"type\":\"earlyhelp.referral.submitted.v1\",\"time\":\"%s\"," \
    "\"data\":{\"kind\":\"eha\",\"reason\":\"long story\",\"referrer\":{\"agency\":\"school\"},\"household\":{\"postcode\":\"LU4 9QT\"},"  \
    "\"members\":[{\"ref\":\"m1\",\"role\":\"child\",\"given_name\":\"Ann\",\"family_name\":\"Lee\",\"born\":\"%s\",\"nhs_number\":\"%"    \
    "s\","                                                                                                                                 \
    "\"needs\":[\"I301\"]},{\"ref\":\"m2\",\"role\":\"unborn\",\"expected\":\"2027-02-10\"},{\"ref\":\"m3\",\"role\":\"parent\","          \
    "\"given_name\":\"Zo\xc3\xab\",\"family_name\":\"Lee\",\"born\":\"1984-01-30\"}]%s}}"

#define TIME "2026-11-23T09:12:00Z"
#define NUMBER "943 476 5919"
#define BORN "2010-05-17"

static int set_up(void **state)
{
    (void)state;
    rig_start();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rig_stop();
    return 0;
}

static struct span family(const char *id)
{
    return rig_event(FAMILY, id, TIME, BORN, NUMBER, "");
}

// Admits, and gives the family that the referral went to.
static uint64_t family_of(struct span event)
{
    const struct admitted_item *item = rig_admit(event, false);
    const union event_data *data;
    struct event head;
    uint64_t number;

    assert_int_equal(item->status, RECEIPT_ACCEPTED);
    data = rig_last(EVENT_RECEIVED, &head);
    assert_true(tag_parse(data->RECEIVED.family, 'F', &number));
    return number;
}

// ---------------------------------------------------------------- new

static void stores_a_new_referral(void **state)
{
    const struct admitted_item *item = rig_admit(family("e1"), false);
    const struct received *received;
    struct event head;

    (void)state;
    assert_int_equal(item->status, RECEIPT_ACCEPTED);
    assert_int_equal(item->sequence, 1);
    assert_int_equal(rig.n_entries, 1);
    received = &rig_last(EVENT_RECEIVED, &head)->RECEIVED;
    assert_true(span_equal(head.subject, item->referral));
    assert_true(span_is(received->partner_source, "/schools/8214012") && span_is(received->partner_id, "e1"));
    assert_true(HAS(received, received, key_slot) && received->key_slot == 0);
    assert_false(HAS(received, received, urgent) || HAS(received, received, conflicts_with));
    assert_true(span_is(received->facts.neighbourhood, "west"));
    assert_int_equal(received->facts.border, BORDER_INSIDE);
    assert_int_equal(received->facts.kind, KIND_EHA);
    assert_int_equal(received->facts.agency, AGENCY_SCHOOL);
    assert_int_equal(received->facts.n_members, 3);
    assert_int_equal(received->facts.members[0].months, 198);
    assert_int_equal(received->facts.members[1].months, -3);
}

// Names, dates, address and text of the family stand in no byte of the event, nor in clear in the attachment.
static void nothing_personal_leaves(void **state)
{
    static const char *const personal[] = {"Ann", "Lee", "2010-05-17", "943", "LU4", "9QT", "long story", "Zo"};

    (void)state;
    rig_admit(family("e1"), false);
    for (size_t i = 0; i < sizeof personal / sizeof personal[0]; i++) {
        assert_null(memmem(rig.entries[0].event, rig.entries[0].event_size, personal[i], strlen(personal[i])));
        if (strlen(personal[i]) > 3)
            assert_null(memmem(rig.entries[0].attachment, rig.entries[0].attachment_size, personal[i], strlen(personal[i])));
    }
}

static void takes_an_urgent_event_as_it_comes(void **state)
{
    static const char *const events[] = {
        "{\"id\":\"u%d\",\"source\":\"/"
        "s\",\"type\":\"earlyhelp.referral.submitted.v1\",\"data\":{\"at_risk_of_harm\":true,\"members\":[{}]}}",
        "{\"id\":\"u%d\",\"source\":\"/"
        "s\",\"type\":\"earlyhelp.referral.submitted.v1\",\"data\":{\"members\":[{\"nhs_number\":\"1\",\"born\":7}]}}",
        "{\"id\":\"u%d\",\"source\":\"/s\",\"type\":\"x\",\"data\":{\"members\":7,\"household\":[],\"kind\":{}}}",
        "{\"id\":\"u%d\",\"source\":\"/s\",\"type\":\"x\",\"data\":[]}",
        "{\"id\":\"u%d\",\"source\":\"/s\",\"type\":\"x\",\"data\":\"text\"}",
    };
    struct event head;

    (void)state;
    for (int i = 0; i < 5; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        const struct admitted_item *item = rig_admit(rig_event(events[i], i), true);
#pragma GCC diagnostic pop
        assert_int_equal(item->status, RECEIPT_ACCEPTED);
        assert_true(rig_last(EVENT_RECEIVED, &head)->RECEIVED.urgent);
    }
    assert_int_equal(rig_admit(rig_event("{\"id\":\"u\",\"data\":{}}"), true)->status, RECEIPT_REJECTED);
    assert_int_equal(rig_admit(span_text("\xc1\xc1"), true)->status, RECEIPT_REJECTED);
}

static void survives_broken_bytes(void **state)
{
    struct span whole = family("e1");
    static uint8_t bytes[RIG_EVENT_MAX];

    (void)state;
    for (size_t i = 0; i < whole.size; i += 3) {
        memcpy(bytes, whole.at, whole.size);
        bytes[i] ^= 0xff;
        rig_admit(span_of(bytes, whole.size), true);
        rig_admit(span_of(bytes, i), true);
    }
}

// ---------------------------------------------------------------- duplicates and conflicts

static void knows_a_duplicate(void **state)
{
    char first[TAG_SIZE + 1];

    (void)state;
    memcpy(first, rig_admit(family("e1"), false)->referral.at, sizeof first);
    for (int i = 0; i < 3; i++) {
        const struct admitted_item *item = rig_admit(family("e1"), i == 2);

        assert_int_equal(item->status, RECEIPT_DUPLICATE);
        assert_true(span_is(item->referral, first));
        assert_int_equal(item->sequence, 1);
    }
    assert_int_equal(rig_admit(rig_event(FAMILY, "e1", "2026-12-24T00:00:00Z", BORN, NUMBER, ""), false)->status, RECEIPT_DUPLICATE);
    assert_int_equal(rig_admit(family("e2"), false)->status, RECEIPT_ACCEPTED); // another id
    rig_restart(false);
    assert_int_equal(rig_admit(family("e1"), false)->status, RECEIPT_DUPLICATE);
    rig_restart(true);
    assert_int_equal(rig_admit(family("e1"), false)->status, RECEIPT_DUPLICATE);
    assert_int_equal(rig.n_entries, 2);
}

static void order_of_keys_does_not_count(void **state)
{
#define ENVELOPE "{\"source\":\"/s\",\"id\":\"e1\",\"type\":\"t\",\"data\":"
    (void)state;
    rig_admit(rig_event(ENVELOPE "{\"kind\":\"eha\",\"members\":[{\"ref\":\"a\",\"role\":\"child\"}],\"new\":{\"a\":1,\"b\":2}}}"), false);
    assert_int_equal(
        rig_admit(rig_event(ENVELOPE "{\"new\":{\"b\":2,\"a\":1},\"members\":[{\"role\":\"child\",\"ref\":\"a\"}],\"kind\":\"eha\"}}"),
                  false)
            ->status,
        RECEIPT_DUPLICATE);
    assert_int_equal(
        rig_admit(rig_event(ENVELOPE "{\"kind\":\"eha\",\"members\":[{\"ref\":\"a\",\"role\":\"child\"}],\"new\":{\"a\":1,\"b\":3}}}"),
                  false)
            ->status,
        RECEIPT_CONFLICT); // an unknown field counts
    assert_int_equal(rig_admit(rig_event("{\"source\":\"/s\",\"id\":\"e1\",\"type\":\"u\",\"data\":{\"kind\":\"eha\",\"members\":"
                                         "[{\"ref\":\"a\",\"role\":\"child\"}],\"new\":{\"a\":1,\"b\":2}}}"),
                               false)
                         ->status,
                     RECEIPT_CONFLICT);
    assert_int_equal(rig.n_entries, 1);
}

static void keeps_the_first_of_a_conflict(void **state)
{
    char first[TAG_SIZE + 1];
    const struct admitted_item *item;

    (void)state;
    memcpy(first, rig_admit(family("e1"), false)->referral.at, sizeof first);
    item = rig_admit(rig_event(FAMILY, "e1", TIME, BORN, NUMBER, ",\"unknown\":1"), false);
    assert_int_equal(item->status, RECEIPT_CONFLICT);
    assert_true(span_is(item->referral, first));
    assert_int_equal(rig.n_entries, 1);
}

static void stores_an_urgent_conflict_once(void **state)
{
    char first[TAG_SIZE + 1], second[TAG_SIZE + 1];
    struct event head;

    (void)state;
    memcpy(first, rig_admit(family("e1"), false)->referral.at, sizeof first);
    for (int i = 0; i < 3; i++) {
        const struct admitted_item *item = rig_admit(rig_event(FAMILY, "e1", TIME, BORN, NUMBER, ",\"at_risk_of_harm\":true"), true);

        assert_int_equal(item->status, RECEIPT_CONFLICT);
        if (i == 0)
            memcpy(second, item->referral.at, sizeof second);
        assert_true(span_is(item->referral, second));
        assert_int_equal(item->sequence, 2);
        if (i == 1)
            rig_restart(true);
    }
    assert_string_not_equal(first, second);
    assert_int_equal(rig_count(EVENT_CONFLICTING), 1);
    assert_true(span_is(rig_last(EVENT_CONFLICTING, &head)->CONFLICTING.conflicts_with, first));
    assert_int_equal(rig_admit(rig_event(FAMILY, "e1", TIME, BORN, NUMBER, ",\"level_claimed\":4"), true)->status, RECEIPT_CONFLICT);
    assert_int_equal(rig_count(EVENT_CONFLICTING), 2); // another content
    assert_int_equal(rig_admit(family("e1"), true)->status, RECEIPT_DUPLICATE);
}

static void sees_what_is_in_flight(void **state)
{
    (void)state;
    rig_admit_tentatively(family("e1"), false);
    rig_admit_tentatively(family("e1"), false);
    assert_int_equal(rig.admitted.items[0].status, RECEIPT_DUPLICATE);
    rig_settle();
    assert_int_equal(rig.admitted.items[0].sequence, 1);
    assert_int_equal(rig.n_entries, 1);
}

// Each is read before the one in front of it is judged, and judged by what that one left.
static void sees_what_stands_before_it_in_one_batch(void **state)
{
    static struct admit admit;
    static uint8_t bytes[RIG_EVENT_MAX];
    struct span event = family("e1");
    struct peer peer = {0};
    struct event head;

    (void)state;
    memcpy(bytes, event.at, event.size);
    memset(&admit, 0, sizeof admit);
    admit.n_items = 4;
    for (unsigned i = 0; i < 4; i++)
        admit.items[i] = (struct admission_item){.handle = i, .event = span_of(bytes, event.size)};
    event = family("e2");
    admit.items[2].event = span_of(bytes, 1); // nobody can read this
    admit.items[3].event = event;
    admit_items(rig.registry, &peer, &admit, rig.now, NULL);
    rig_settle();
    assert_int_equal(rig.admitted.items[0].status, RECEIPT_ACCEPTED);
    assert_int_equal(rig.admitted.items[1].status, RECEIPT_DUPLICATE);
    assert_int_equal(rig.admitted.items[2].status, RECEIPT_REJECTED);
    assert_int_equal(rig.admitted.items[3].status, RECEIPT_ACCEPTED);
    assert_true(span_equal(rig.admitted.items[0].referral, rig.admitted.items[1].referral));
    assert_int_equal(rig.admitted.items[1].sequence, 1);
    assert_int_equal(rig.admitted.items[3].sequence, 2);
    assert_false(HAS(&rig_last(EVENT_RECEIVED, &head)->RECEIVED, received, key_slot)); // the family that came with the first
}

static void a_destroyed_key_makes_everything_a_duplicate(void **state)
{
    (void)state;
    rig_admit(family("e1"), false);
    assert_int_equal(keys_destroy(rig.registry->keys, 0), ERR_NONE);
    assert_int_equal(rig_admit(rig_event(FAMILY, "e1", TIME, BORN, NUMBER, ",\"level_claimed\":4"), true)->status, RECEIPT_DUPLICATE);
    assert_int_equal(rig_admit(family("e2"), false)->status, RECEIPT_ACCEPTED); // to a new family
    rig_restart(true);
    assert_int_equal(rig_admit(family("e1"), false)->status, RECEIPT_DUPLICATE);
}

// ---------------------------------------------------------------- admission

static void says_busy(void **state)
{
    const struct admitted_item *item;

    (void)state;
    rig_admit(family("e1"), false);
    rig.admission = ADMISSION_URGENT_ONLY;
    item = rig_admit(family("e2"), false);
    assert_int_equal(item->status, RECEIPT_BUSY);
    assert_true(item->retry_after_ms > 0);
    assert_int_equal(rig_admit(family("e1"), false)->status, RECEIPT_DUPLICATE);
    assert_int_equal(rig_admit(family("e3"), true)->status, RECEIPT_ACCEPTED);
    rig.admission = ADMISSION_CLOSED;
    assert_int_equal(rig_admit(family("e4"), true)->status, RECEIPT_BUSY);
    assert_int_equal(rig_admit(family("e1"), true)->status, RECEIPT_DUPLICATE);
    rig.admission = ADMISSION_OPEN;
    assert_int_equal(rig_admit(family("e2"), false)->status, RECEIPT_ACCEPTED); // busy used nothing up
}

// ---------------------------------------------------------------- whose family

static void finds_the_family_again(void **state)
{
    uint64_t first = family_of(family("e1"));
    struct event head;

    (void)state;
    assert_true(family_of(rig_event(FAMILY, "e2", TIME, BORN, "", "")) == first);         // by name
    assert_true(family_of(rig_event(FAMILY, "e3", TIME, "2011-01-01", "", "")) == first); // the parent's name
    assert_false(HAS(&rig_last(EVENT_RECEIVED, &head)->RECEIVED, received, key_slot));
    assert_int_equal(rig_count(EVENT_FAMILY_CONFLICT), 0);
}

static void another_birth_date_makes_a_new_family_and_a_task(void **state)
{
    uint64_t first = family_of(family("e1")), second = family_of(rig_event(FAMILY, "e2", TIME, "2011-01-01", NUMBER, ""));
    const struct family_conflict *conflict;
    struct event head;
    uint64_t number;

    (void)state;
    assert_true(second != first);
    assert_int_equal(rig_count(EVENT_FAMILY_CONFLICT), 1);
    conflict = &rig_last(EVENT_FAMILY_CONFLICT, &head)->FAMILY_CONFLICT;
    assert_true(tag_parse(conflict->family, 'F', &number) && number == second);
    assert_true(tag_parse(conflict->other, 'F', &number) && number == first);
    assert_true(tag_parse(head.subject, 'R', &number));
    // the pair is known now: no third family
    assert_true(family_of(rig_event(FAMILY, "e3", TIME, "2011-01-01", NUMBER, "")) == second);
    assert_true(family_of(family("e4")) == first);
}

static void a_birth_date_that_comes_later_is_learnt(void **state)
{
#define CHILD(id, born)                                                                                                                 \
    "{\"source\":\"/s\",\"id\":\"" id "\",\"type\":\"t\",\"data\":{\"members\":[{\"role\":\"child\",\"nhs_number\":\"9434765919\"" born \
    "}]}}"
    uint64_t first = family_of(rig_event(CHILD("1", "")));

    (void)state;
    assert_true(family_of(rig_event(CHILD("2", ",\"born\":\"2010-05-17\""))) == first);
    assert_true(family_of(rig_event(CHILD("3", ",\"born\":\"2010-05-18\""))) != first);
    assert_true(family_of(rig_event(CHILD("4", ""))) == first);
    assert_int_equal(rig_count(EVENT_FAMILY_CONFLICT), 1);
}

static void bounds_the_conflicts_of_one_request(void **state)
{
    static struct admit admit;
    static uint8_t bytes[256][512];
    struct peer peer = {0};
    unsigned accepted = 0;

    (void)state;
    family_of(rig_event(CHILD("1", ",\"born\":\"1990-01-01\"")));
    memset(&admit, 0, sizeof admit);
    admit.n_items = 256;
    for (unsigned i = 0; i < 256; i++) {
        struct span event =
            rig_event("{\"source\":\"/s\",\"id\":\"b%u\",\"type\":\"t\",\"data\":{\"members\":[{\"role\":\"child\",\"nhs_number\":"
                      "\"9434765919\",\"born\":\"20%02u-%02u-01\"},{\"role\":\"adult\",\"nhs_number\":\"9434765919\",\"born\":"
                      "\"19%02u-%02u-02\"}]}}",
                      i, i / 12, i % 12 + 1, i / 12, i % 12 + 1);

        assert_true(event.size <= sizeof bytes[0]);
        memcpy(bytes[i], event.at, event.size);
        admit.items[i] = (struct admission_item){.handle = i, .event = span_of(bytes[i], event.size)};
    }
    admit_items(rig.registry, &peer, &admit, rig.now, NULL);
    rig_settle();
    for (unsigned i = 0; i < 256; i++)
        accepted += rig.admitted.items[i].status == RECEIPT_ACCEPTED;
    assert_true(rig_count(EVENT_FAMILY_CONFLICT) <= 256 && rig.n_entries <= 1 + 512);
    assert_true(accepted == 256);
}

// ---------------------------------------------------------------- rebuild

static void rebuilds_the_same_rows(void **state)
{
    static uint8_t live[RIG_ROWS_MAX], rebuilt[RIG_ROWS_MAX];
    struct leased leased = {.team = span_text("fsw"), .worker = span_text("w1"), .lease_ms = 1000, .n_jobs = 1};
    char referral[TAG_SIZE + 1];
    size_t size;

    (void)state;
    memcpy(referral, rig_admit(family("e1"), false)->referral.at, sizeof referral);
    rig_admit(rig_event(FAMILY, "e2", TIME, BORN, "", ""), false);
    rig_admit(rig_event(FAMILY, "e2", TIME, BORN, "", ",\"at_risk_of_harm\":true"), true);
    leased.jobs[0].referral = span_text(referral);
    rig_input(EVENT_LEASED, "", 5, &leased);
    rig_admit(rig_event(FAMILY, "e3", TIME, "2011-01-01", NUMBER, ""), false);
    rig_restart(false); // a save in the middle
    rig_admit(rig_event(CHILD("c1", "")), false);
    rig_admit(rig_event("{\"source\":\"/s\",\"id\":\"x\",\"type\":\"t\",\"data\":[]}"), true);
    rig_admit(rig_event(FAMILY, "e4", TIME, "2012-01-01", NUMBER, ""), false);
    assert_int_equal(rig_open_person(referral, "w1", 5, PURPOSE_ALLOCATED_WORK), ANSWER_OK);
    size = rig_dump(live);
    rig_restart(true);
    assert_int_equal(rig_dump(rebuilt), size);
    assert_memory_equal(live, rebuilt, size);
    assert_true(size > 900);                                                    // all tables have rows
    assert_int_equal(rig_admit(family("e9"), false)->status, RECEIPT_ACCEPTED); // numbers go on
}

// Work goes on between a hold and its save; what is learnt meanwhile of what is held is saved with it.
static void what_is_held_is_saved_whole(void **state)
{
    static uint8_t live[RIG_ROWS_MAX], rebuilt[RIG_ROWS_MAX];
    size_t size;

    (void)state;
    rig_admit(family("e1"), false);
    rig_admit_tentatively(rig_event(FAMILY, "e2", TIME, "2011-01-01", "", ""), false);
    assert_true(rig_hold());
    assert_int_equal(rig_admit(family("e1"), false)->status, RECEIPT_DUPLICATE); // what is held is seen; e2 is durable now
    rig_save_held();
    rig_admit(rig_event(FAMILY, "e3", TIME, "2012-01-01", "", ""), false);
    rig_kill();
    assert_int_equal(rig_admit(rig_event(FAMILY, "e2", TIME, "2011-01-01", "", ""), false)->status, RECEIPT_DUPLICATE);
    size = rig_dump(live);
    rig_restart(true);
    assert_int_equal(rig_dump(rebuilt), size);
    assert_memory_equal(live, rebuilt, size);
}

static void nothing_is_held_while_a_record_waits_for_its_sequence(void **state)
{
    (void)state;
    rig_admit(family("e1"), false);
    rig_admit_tentatively(
        rig_event("{\"specversion\":\"1.0\",\"id\":\"c1\",\"source\":\"/schools/8214012\",\"type\":\"earlyhelp.consent.changed.v1\","
                  "\"time\":\"2026-11-23T09:12:00Z\",\"data\":{\"about\":\"e1\",\"consent\":{\"service\":\"refused\"}}}"),
        false);
    assert_false(rig_hold());
    rig_settle();
    assert_true(rig_hold());
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(stores_a_new_referral),
        TEST(nothing_personal_leaves),
        TEST(takes_an_urgent_event_as_it_comes),
        TEST(survives_broken_bytes),
        TEST(knows_a_duplicate),
        TEST(order_of_keys_does_not_count),
        TEST(keeps_the_first_of_a_conflict),
        TEST(stores_an_urgent_conflict_once),
        TEST(sees_what_is_in_flight),
        TEST(sees_what_stands_before_it_in_one_batch),
        TEST(a_destroyed_key_makes_everything_a_duplicate),
        TEST(says_busy),
        TEST(finds_the_family_again),
        TEST(another_birth_date_makes_a_new_family_and_a_task),
        TEST(a_birth_date_that_comes_later_is_learnt),
        TEST(bounds_the_conflicts_of_one_request),
        TEST(rebuilds_the_same_rows),
        TEST(what_is_held_is_saved_whole),
        TEST(nothing_is_held_while_a_record_waits_for_its_sequence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
