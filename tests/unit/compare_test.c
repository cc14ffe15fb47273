// SPDX-License-Identifier: MIT
// Look-alikes: who is asked about, who is not, how often, and that a rebuild ends with the same rows.
#include "tests/unit/registry_rig.h"

#include "common/base/tag.h"

// One child. Arguments: id, given name, family name, birth date, postcode, more of the member.
#define CHILD                                                                                                                             \
    "{\"source\":\"/s\",\"id\":\"%s\",\"type\":\"earlyhelp.referral.submitted.v1\",\"data\":{\"kind\":\"eha\",\"household\":"             \
    "{\"postcode\":\"%s\"},\"members\":[{\"ref\":\"m1\",\"role\":\"child\",\"given_name\":\"%s\",\"family_name\":\"%s\",\"born\":\"%s\"%" \
    "s}]}}"

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

static unsigned n_ids;

static uint64_t admit_with(const char *given, const char *family, const char *born, const char *postcode, const char *more)
{
    char id[16];
    struct event head;
    uint64_t number;

    snprintf(id, sizeof id, "e%u", ++n_ids);
    assert_int_equal(rig_admit(rig_event(CHILD, id, postcode, given, family, born, more), false)->status, RECEIPT_ACCEPTED);
    assert_true(tag_parse(rig_last(EVENT_RECEIVED, &head)->RECEIVED.family, 'F', &number));
    return number;
}

static uint64_t admit(const char *given, const char *family, const char *born, const char *postcode)
{
    return admit_with(given, family, born, postcode, "");
}

static bool is_tag(struct span text, uint64_t family)
{
    uint64_t number;

    return tag_parse(text, 'F', &number) && number == family;
}

// ---------------------------------------------------------------- who is asked about

static const struct {
    const char *what;
    const char *first[4], *second[4]; // given, family, born, postcode
    enum likeness likeness;
} cases[] = {
    {"accents are no difference",
     {"Zo\xc3\xab", "Nguy\xe1\xbb\x85n", "2015-03-04", "LU4 9QT"},
     {"Zoe", "Nguyen", "2015-03-04", "LU1 1AA"},
     LIKENESS_NAME_BORN},
    {"an apostrophe", {"Sean", "O'Brien", "2015-03-04", "LU4 9QT"}, {"Sean", "Obrian", "2015-03-04", "LU4 9QT"}, LIKENESS_NAME_BORN},
    {"double-barrelled", {"Mia", "Smith-Jones", "2015-03-04", "LU4 9QT"}, {"Mia", "Jones", "2015-03-04", "LU4 9AB"}, LIKENESS_NAME_BORN},
    {"swapped", {"Amina", "Hussain", "2015-03-04", "LU4 9QT"}, {"Hussain", "Amina", "2015-03-04", "LU1 1AA"}, LIKENESS_NAME_BORN},
    {"a letter that sounds otherwise",
     {"Mia", "Thompson", "2015-03-04", "LU4 9QT"},
     {"Mia", "Thomson", "2015-03-04", "LU4 9QT"},
     LIKENESS_NAME_BORN},
    {"another spelling", {"Mohammed", "Lee", "2015-03-04", "LU4 9QT"}, {"Muhamad", "Leigh", "2015-03-04", "LU1 1AA"}, LIKENESS_SOUND_BORN},
    {"day and month", {"Amina", "Khan", "2015-03-04", "LU4 9QT"}, {"Amina", "Khan", "2015-04-03", "LU4 9AB"}, LIKENESS_NAME_SECTOR},
    {"moved house", {"Amina", "Khan", "2015-03-04", "LU4 9QT"}, {"Amina", "Khan", "2015-03-04", "M1 1AE"}, LIKENESS_NAME_BORN},
    {"twins", {"Jack", "Lee", "2015-03-04", "LU4 9QT"}, {"Emily", "Lee", "2015-03-04", "LU4 9QT"}, LIKENESS_NONE},
    {"siblings", {"Jack", "Lee", "2015-03-04", "LU4 9QT"}, {"Emily", "Lee", "2012-06-01", "LU4 9QT"}, LIKENESS_NONE},
    {"strangers born on one day", {"Jack", "Lee", "2015-03-04", "LU4 9QT"}, {"Amina", "Khan", "2015-03-04", "LU4 9QT"}, LIKENESS_NONE},
    {"numbered", {"Baby 1", "Lee", "2015-03-04", "LU4 9QT"}, {"Baby 2", "Lee", "2015-03-04", "LU4 9QT"}, LIKENESS_NONE},
};

static void asks_about_look_alikes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const *a = cases[i].first, *const *b = cases[i].second;
        unsigned before = rig_count(EVENT_FAMILY_CANDIDATE);
        char family_a[40], family_b[40]; // each case its own people
        uint64_t first, second;
        struct event head;

        snprintf(family_a, sizeof family_a, "%s%02zu", a[1], i);
        snprintf(family_b, sizeof family_b, "%s%02zu", b[1], i);
        first = admit(strcmp(cases[i].what, "swapped") == 0 ? a[0] : a[0], family_a, a[2], a[3]);
        second = strcmp(cases[i].what, "swapped") == 0 ? admit(family_a, a[0], b[2], b[3]) : admit(b[0], family_b, b[2], b[3]);
        assert_true(first != second);
        rig_compare();
        if (rig_count(EVENT_FAMILY_CANDIDATE) - before != (cases[i].likeness != LIKENESS_NONE))
            fail_msg("%s: %u questions", cases[i].what, rig_count(EVENT_FAMILY_CANDIDATE) - before);
        if (cases[i].likeness != LIKENESS_NONE) {
            const struct family_candidate *candidate = &rig_last(EVENT_FAMILY_CANDIDATE, &head)->FAMILY_CANDIDATE;

            assert_true(is_tag(candidate->family, second) && is_tag(candidate->other, first));
            assert_string_equal(code_text(LIST_LIKENESS, candidate->likeness), code_text(LIST_LIKENESS, cases[i].likeness));
            assert_in_range(candidate->score, 65, 100);
            assert_int_equal(candidate->member, 1);
        }
    }
}

static void does_not_ask_about_the_known(void **state)
{
    uint64_t first = admit_with("Amina", "Khan", "2015-03-04", "LU4 9QT", ",\"nhs_number\":\"9434765919\"");

    (void)state;
    assert_true(admit("AMINA", "khan", "2015-03-04", "lu49qt") == first);
    assert_true(admit_with("Ameena", "Kahn", "2015-03-04", "LU1 1AA", ",\"nhs_number\":\"9434765919\"") ==
                first); // by number, under a new name
    rig_compare();
    assert_int_equal(rig_count(EVENT_FAMILY_CANDIDATE), 0);
    assert_true(admit("Ameena", "Kahn", "2015-03-04", "LU1 1AB") != first); // and that name is known from then on
    rig_compare();
    assert_int_equal(rig_count(EVENT_FAMILY_CANDIDATE), 1);
}

static void names_nobody(void **state)
{
    static const char *const personal[] = {"Amina", "Khan", "2015", "LU4", "9QT"};

    (void)state;
    admit("Amina", "Khan", "2015-03-04", "LU4 9QT");
    admit("Amina", "Kahn", "2015-03-04", "LU4 9QT");
    rig_compare();
    assert_int_equal(rig_count(EVENT_FAMILY_CANDIDATE), 1);
    for (unsigned i = 0; i < rig.n_entries; i++)
        for (size_t k = 0; k < sizeof personal / sizeof personal[0]; k++)
            assert_null(memmem(rig.entries[i].event, rig.entries[i].event_size, personal[k], strlen(personal[k])));
    for (size_t i = 0; i < sizeof rig.registry->opened; i++)
        assert_int_equal(rig.registry->opened[i], 0);
}

// ---------------------------------------------------------------- how often

static void asks_once_about_a_pair(void **state)
{
    (void)state;
    admit("Amina", "Khan", "2015-03-04", "LU4 9QT");
    admit("Amina", "Kahn", "2015-03-04", "LU1 1AA");
    rig_compare();
    assert_int_equal(rig_count(EVENT_FAMILY_CANDIDATE), 1);
    admit_with("Aminah", "Kahn", "2015-03-04", "LU1 1AA", ""); // a third
    rig_compare();
    assert_int_equal(rig_count(EVENT_FAMILY_CANDIDATE), 3);
    rig_restart(false);
    rig_compare();
    rig_restart(true);
    rig_compare();
    assert_int_equal(rig_count(EVENT_FAMILY_CANDIDATE), 3);
}

// Everybody has the same name: each raises three questions at most, and what is left out is counted.
static void bounds_a_flood(void **state)
{
    char postcode[16];

    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        snprintf(postcode, sizeof postcode, "LU%u %uQ%c", 1 + i % 4, i % 10, 'A' + (int)(i / 10));
        admit("Amina", "Khan", "2015-03-04", postcode);
    }
    rig_compare();
    assert_int_equal(rig_count(EVENT_FAMILY_CANDIDATE), 0 + 1 + 2 + 37 * 3);
    assert_true(rig.registry->compare.n_left_out >= 37);
    rig_restart(true);
    rig_compare();
    assert_int_equal(rig_count(EVENT_FAMILY_CANDIDATE), 0 + 1 + 2 + 37 * 3);
}

static void goes_on_where_it_was(void **state)
{
    (void)state;
    admit("Amina", "Khan", "2015-03-04", "LU4 9QT");
    admit("Jack", "Smith", "2012-03-04", "LU4 9QT");
    rig_restart(false); // before anything was compared
    admit("Amina", "Kahn", "2015-03-04", "LU1 1AA");
    rig_restart(true);
    rig_compare();
    assert_int_equal(rig_count(EVENT_FAMILY_CANDIDATE), 1);
    admit("Jack", "Smyth", "2012-03-04", "LU1 1AA");
    rig_restart(false);
    rig_compare();
    assert_int_equal(rig_count(EVENT_FAMILY_CANDIDATE), 2);
}

static void passes_over_the_erased(void **state)
{
    (void)state;
    admit("Amina", "Khan", "2015-03-04", "LU4 9QT");
    assert_int_equal(keys_destroy(rig.registry->keys, 0), ERR_NONE);
    admit("Amina", "Kahn", "2015-03-04", "LU1 1AA");
    rig_compare();
    assert_int_equal(rig_count(EVENT_FAMILY_CANDIDATE), 0);
    admit("Amina", "Kahm", "2015-03-04", "LU1 1AA");
    rig_compare();
    assert_int_equal(rig_count(EVENT_FAMILY_CANDIDATE), 1);
}

static void does_not_ask_about_a_conflict_again(void **state)
{
    (void)state;
    admit_with("Amina", "Khan", "2015-03-04", "LU4 9QT", ",\"nhs_number\":\"9434765919\"");
    admit_with("Amina", "Khan", "2015-04-03", "LU4 9QT", ",\"nhs_number\":\"9434765919\"");
    rig_compare();
    assert_int_equal(rig_count(EVENT_FAMILY_CONFLICT), 1);
    assert_int_equal(rig_count(EVENT_FAMILY_CANDIDATE), 0);
}

// ---------------------------------------------------------------- policies

static const char strict[] = "candidates: 3\nmatching:\n  - {likeness: name_born, least: 100, source: sample}\n";

static unsigned ask_of_a_pair(const char *given)
{
    unsigned before = rig_count(EVENT_FAMILY_CANDIDATE);

    admit(given, "Hussain", "2014-03-04", "LU4 9QT");
    rig_compare();
    admit(given, "Husain", "2014-03-04", "LU1 1AA");
    rig_compare();
    return rig_count(EVENT_FAMILY_CANDIDATE) - before;
}

static void asks_by_the_policy_in_force_when_it_came(void **state)
{
    struct event head;
    uint8_t version[32];

    (void)state;
    rig_adopt(rig.now.wall_ms);
    assert_int_equal(ask_of_a_pair("Amina"), 1);
    memcpy(version, rig_last(EVENT_FAMILY_CANDIDATE, &head)->FAMILY_CANDIDATE.policy.at, sizeof version);
    admit("Jack", "Smith", "2012-03-04", "LU4 9QT");
    admit("Jack", "Smyth", "2012-03-04", "LU1 1AA"); // not compared yet when ...
    rig.now.wall_ms += 60000;
    rig_write("matching.yaml", strict);
    rig_adopt(rig.now.wall_ms); // ... this is in force
    rig_compare();
    assert_int_equal(rig_count(EVENT_FAMILY_CANDIDATE), 2);
    assert_memory_equal(rig_last(EVENT_FAMILY_CANDIDATE, &head)->FAMILY_CANDIDATE.policy.at, version, sizeof version);
    assert_int_equal(ask_of_a_pair("Zara"), 0);
    rig_restart(true);
    rig_compare();
    assert_int_equal(rig_count(EVENT_FAMILY_CANDIDATE), 2);
    assert_int_equal(ask_of_a_pair("Omar"), 0);
}

// While events come, only now and then something is compared; when none have come for a while all of it is, without a pause.
static void waits_for_a_moment_without_events(void **state)
{
    (void)state;
    admit("Amina", "Khan", "2015-03-04", "LU4 9QT");
    admit("Amina", "Kahn", "2015-03-04", "LU1 1AA");
    rig_commit();
    assert_false(rig_goes_on(0));
    assert_false(rig_goes_on(10));
    assert_true(rig_goes_on(1000));
    assert_false(rig_goes_on(0)); // nothing is left
    assert_int_equal(rig_count(EVENT_FAMILY_CANDIDATE), 1);
}

static void a_policy_without_matching_asks_nobody(void **state)
{
    char path[128];

    (void)state;
    snprintf(path, sizeof path, "%s/matching.yaml", rig.folder);
    assert_int_equal(unlink(path), 0);
    rig_adopt(rig.now.wall_ms);
    assert_int_equal(ask_of_a_pair("Amina"), 0);
    rig_write("matching.yaml", strict); // of the folder only
    rig_restart(false);
    assert_int_equal(ask_of_a_pair("Zara"), 0);
}

// ---------------------------------------------------------------- rebuild

static void rebuilds_the_same_rows(void **state)
{
    static uint8_t live[RIG_ROWS_MAX], rebuilt[RIG_ROWS_MAX];
    size_t size;

    (void)state;
    admit("Amina", "Khan", "2015-03-04", "LU4 9QT");
    admit("Amina", "Kahn", "2015-03-04", "LU1 1AA");
    rig_compare();
    admit("Jack", "Smith", "2012-03-04", "LU4 9QT"); // not compared when it stops
    admit("Jack", "Smyth", "2012-03-04", "LU4 9QT");
    size = rig_dump(live);
    rig_restart(true);
    assert_int_equal(rig_count(EVENT_FAMILY_CANDIDATE), 1);
    assert_int_equal(rig_dump(rebuilt), size);
    assert_memory_equal(live, rebuilt, size);
    rig_compare();
    assert_int_equal(rig_count(EVENT_FAMILY_CANDIDATE), 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(asks_about_look_alikes),
        TEST(does_not_ask_about_the_known),
        TEST(names_nobody),
        TEST(asks_once_about_a_pair),
        TEST(bounds_a_flood),
        TEST(goes_on_where_it_was),
        TEST(passes_over_the_erased),
        TEST(does_not_ask_about_a_conflict_again),
        TEST(asks_by_the_policy_in_force_when_it_came),
        TEST(waits_for_a_moment_without_events),
        TEST(a_policy_without_matching_asks_nobody),
        TEST(rebuilds_the_same_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
