// SPDX-License-Identifier: MIT
// What people say of two families, how it is taken back, who is linked, and that a rebuild ends with the same rows.
#include "tests/unit/registry_rig.h"

#include "common/base/tag.h"

// One child. Arguments: id, given name, NHS number or "", more of data.
#define CHILD                                                                                                                             \
    "{\"source\":\"/s\",\"id\":\"e%u\",\"type\":\"earlyhelp.referral.submitted.v1\",\"data\":{\"kind\":\"eha\",\"household\":"            \
    "{\"postcode\":\"LU4 9QT\"},\"members\":[{\"ref\":\"m1\",\"role\":\"child\",\"given_name\":\"%s\",\"family_name\":\"Khan\",\"born\":" \
    "\"2015-03-04\",\"nhs_number\":\"%s\"}]%s}}"

struct referred {
    char referral[TAG_SIZE + 1];
    char family[TAG_SIZE + 1];
};

static unsigned n_ids;

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

static struct referred admit(const char *given, const char *number, const char *more)
{
    struct referred referred;
    struct event head;
    const struct received *received;

    assert_int_equal(rig_admit(rig_event(CHILD, ++n_ids, given, number, more), false)->status, RECEIPT_ACCEPTED);
    received = &rig_last(EVENT_RECEIVED, &head)->RECEIVED;
    snprintf(referred.referral, sizeof referred.referral, "%.*s", SPAN_ARG(head.subject));
    snprintf(referred.family, sizeof referred.family, "%.*s", SPAN_ARG(received->family));
    return referred;
}

#define SAME(a, b) rig_say(a, b, FAMILY_VERDICT_SAME)
#define DIFFERENT(a, b) rig_say(a, b, FAMILY_VERDICT_DIFFERENT)

static void joins_what_was_asked_about(void **state)
{
    struct referred first = admit("Amina", "", ""), second = admit("Aminah", "", "");
    const struct family_settled *settled;
    struct event head;

    (void)state;
    assert_int_equal(SAME(second.family, first.family), ANSWER_NOT_FOUND); // nobody has asked yet
    rig_compare();
    assert_int_equal(rig_count(EVENT_FAMILY_CANDIDATE), 1);
    assert_int_equal(SAME(second.family, first.family), ANSWER_OK);
    settled = &rig_last(EVENT_FAMILY_SETTLED, &head)->FAMILY_SETTLED;
    assert_true(span_is(settled->family, second.family) && span_is(settled->other, first.family) && span_is(settled->by, "m2"));
    assert_string_equal(admit("Aminah", "", "").family, first.family); // the oldest family speaks for both
    assert_string_equal(admit("Amina", "", "").family, first.family);
    assert_int_equal(SAME(first.family, second.family), ANSWER_OK);
    assert_int_equal(rig_count(EVENT_FAMILY_SETTLED), 1); // said before
    rig_compare();
    assert_int_equal(rig_count(EVENT_FAMILY_CANDIDATE), 1);
}

static void never_asks_again_about_two_that_are_different(void **state)
{
    struct referred first = admit("Amina", "", ""), second = admit("Aminah", "", "");

    (void)state;
    rig_compare();
    assert_int_equal(DIFFERENT(first.family, second.family), ANSWER_OK);
    rig_restart(true);
    admit("Aminaah", "", "");
    rig_compare();
    assert_int_equal(rig_count(EVENT_FAMILY_CANDIDATE), 3); // the third with each, not those two again
    assert_string_equal(admit("Aminah", "", "").family, second.family);
}

static void takes_back_what_was_said(void **state)
{
    struct referred first = admit("Amina", "", ""), second = admit("Bilal", "", ""), third = admit("Chloe", "", "");

    (void)state;
    assert_int_equal(SAME(first.referral, second.referral), ANSWER_OK); // a person saw it, nobody was asked
    assert_int_equal(SAME(second.referral, third.referral), ANSWER_OK);
    assert_string_equal(admit("Chloe", "", "").family, first.family);
    assert_int_equal(DIFFERENT(first.family, third.family), ANSWER_NOT_FOUND);       // of this pair nothing was said
    assert_int_equal(DIFFERENT(first.referral, third.referral), ANSWER_BAD_REQUEST); // they are one by the second
    assert_int_equal(DIFFERENT(first.family, second.family), ANSWER_OK);
    assert_string_equal(admit("Chloe", "", "").family, second.family);
    assert_string_equal(admit("Amina", "", "").family, first.family);
    assert_int_equal(SAME(first.family, second.family), ANSWER_OK);
    assert_string_equal(admit("Bilal", "", "").family, first.family);
}

static void refuses_what_makes_no_sense(void **state)
{
    struct referred first = admit("Amina", "", ""), second = admit("Bilal", "", "");

    (void)state;
    assert_int_equal(SAME(first.family, first.family), ANSWER_BAD_REQUEST);
    assert_int_equal(SAME(first.referral, first.family), ANSWER_BAD_REQUEST);
    assert_int_equal(SAME(first.referral, "R0000000000001"), ANSWER_NOT_FOUND);
    assert_int_equal(SAME(first.family, "F0000000000001"), ANSWER_NOT_FOUND);
    assert_int_equal(SAME("x", first.family), ANSWER_NOT_FOUND);
    rig.admission = ADMISSION_CLOSED;
    assert_int_equal(SAME(first.referral, second.referral), ANSWER_BUSY);
}

#define OTHER_BORN(id, born)                                                                                                        \
    "{\"source\":\"/s\",\"id\":\"" id "\",\"type\":\"t\",\"data\":{\"members\":[{\"role\":\"child\",\"nhs_number\":\"9434765919\"," \
    "\"born\":\"" born "\"}]}}"

static void settles_conflicts_as_well(void **state)
{
    const struct family_conflict *conflict;
    char family[TAG_SIZE + 1], other[TAG_SIZE + 1];
    struct event head;

    (void)state;
    rig_admit(rig_event(OTHER_BORN("1", "2015-03-04")), false);
    rig_admit(rig_event(OTHER_BORN("2", "2015-04-03")), false);
    assert_int_equal(rig_count(EVENT_FAMILY_CONFLICT), 1);
    conflict = &rig_last(EVENT_FAMILY_CONFLICT, &head)->FAMILY_CONFLICT;
    snprintf(family, sizeof family, "%.*s", SPAN_ARG(conflict->family));
    snprintf(other, sizeof other, "%.*s", SPAN_ARG(conflict->other));
    assert_int_equal(SAME(family, other), ANSWER_OK);
    rig_admit(rig_event(OTHER_BORN("3", "2015-04-03")), false);
    assert_true(span_is(rig_last(EVENT_RECEIVED, &head)->RECEIVED.family, other));
    assert_int_equal(rig_count(EVENT_FAMILY_CONFLICT), 1);
}

static void a_settled_conflict_is_not_told_again(void **state)
{
    struct referred first = admit("Amina", "9434765919", ""), second = admit("Bilal", "", "");
    static const char both[] =
        "{\"source\":\"/s\",\"id\":\"b%u\",\"type\":\"t\",\"data\":{\"household\":{\"postcode\":\"LU4 9QT\"},\"members\":["
        "{\"role\":\"child\",\"nhs_number\":\"9434765919\",\"born\":\"2015-03-04\"},{\"role\":\"child\","
        "\"given_name\":\"Bilal\",\"family_name\":\"Khan\",\"born\":\"2015-03-04\"}]}}";

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        rig_admit(rig_event(both, i), false);
#pragma GCC diagnostic pop
        if (i == 1) {
            assert_int_equal(rig_count(EVENT_FAMILY_CONFLICT), 2);
            assert_int_equal(DIFFERENT(first.family, second.family), ANSWER_OK);
        }
    }
    assert_int_equal(rig_count(EVENT_FAMILY_CONFLICT), 2);
}

// ---------------------------------------------------------------- links

#define ASB(role, reference) ",\"asb\":{\"role\":\"" role "\",\"reference\":\"" reference "\"}"

static void links_families_of_one_reference(void **state)
{
    struct referred first = admit("Amina", "", ASB("victim", "ASB 2016-12")), second = admit("Bilal", "", ASB("perpetrator", "asb2016/13")),
                    third;
    const struct family_linked *linked;
    struct event head;

    (void)state;
    assert_int_equal(rig_count(EVENT_FAMILY_LINKED), 0);
    third = admit("Chloe", "", ASB("perpetrator", "Asb-2016-12"));
    assert_int_equal(rig_count(EVENT_FAMILY_LINKED), 1);
    linked = &rig_last(EVENT_FAMILY_LINKED, &head)->FAMILY_LINKED;
    assert_true(span_is(linked->family, third.family) && span_is(linked->other, first.family));
    assert_true(linked->because == LINK_ASB_REFERENCE && span_is(head.subject, third.referral));
    admit("Chloe", "", ASB("perpetrator", "ASB-2016-12")); // linked already
    admit("Amina", "", ASB("victim", "ASB-2016-12"));
    assert_int_equal(rig_count(EVENT_FAMILY_LINKED), 1);
    assert_int_equal(SAME(first.referral, second.referral), ANSWER_OK);
    admit("Amina", "", ASB("perpetrator", "ASB2016/13")); // a household is not linked with itself
    assert_int_equal(rig_count(EVENT_FAMILY_LINKED), 1);
}

static void rebuilds_the_same_rows(void **state)
{
    static uint8_t live[RIG_ROWS_MAX], rebuilt[RIG_ROWS_MAX];
    struct referred first = admit("Amina", "", ASB("victim", "A 1")), second = admit("Aminah", "", ASB("perpetrator", "A 1")), third;
    size_t size;

    (void)state;
    rig_compare();
    third = admit("Bilal", "9434765919", "");
    assert_int_equal(SAME(first.family, second.family), ANSWER_OK);
    assert_int_equal(SAME(second.referral, third.referral), ANSWER_OK);
    admit("Bilal", "9434765919", "");
    assert_int_equal(DIFFERENT(second.family, third.family), ANSWER_OK);
    admit("Bilal", "", "");
    size = rig_dump(live);
    rig_restart(true);
    assert_int_equal(rig_dump(rebuilt), size);
    assert_memory_equal(live, rebuilt, size);
    assert_string_equal(admit("Bilal", "", "").family, third.family);
    assert_string_equal(admit("Aminah", "", "").family, first.family);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(joins_what_was_asked_about),      TEST(never_asks_again_about_two_that_are_different),
        TEST(takes_back_what_was_said),        TEST(refuses_what_makes_no_sense),
        TEST(settles_conflicts_as_well),       TEST(a_settled_conflict_is_not_told_again),
        TEST(links_families_of_one_reference), TEST(rebuilds_the_same_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
