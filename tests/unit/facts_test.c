// SPDX-License-Identifier: MIT
// Routing facts: ages on the day of receipt, what is absent stays absent, nothing personal passes.
#include "services/registry/facts.h"

#include "common/base/civil.h"
#include "tests/unit/unit.h"

static int32_t day(const char *text)
{
    int32_t days;

    assert_true(civil_parse_date(span_text(text), &days));
    return days;
}

static const struct {
    const char *name;
    enum member_role role;
    const char *born, *expected;
    bool has;
    int months;
} ages[] = {
    {"day before a birthday", MEMBER_CHILD, "2021-11-24", NULL, true, 59},
    {"fifth birthday", MEMBER_CHILD, "2021-11-23", NULL, true, 60},
    {"leap day", MEMBER_CHILD, "2024-02-29", NULL, true, 32},
    {"born today", MEMBER_CHILD, "2026-11-23", NULL, true, 0},
    {"a parent", MEMBER_PARENT, "1984-01-30", NULL, true, 513},
    {"older than anybody", MEMBER_ADULT, "1900-01-01", NULL, true, 1522},
    {"expected in three months", MEMBER_UNBORN, NULL, "2027-02-10", true, -3},
    {"expected tomorrow", MEMBER_UNBORN, NULL, "2026-11-24", true, -1},
    {"expected today", MEMBER_UNBORN, NULL, "2026-11-23", true, -1},
    {"overdue", MEMBER_UNBORN, NULL, "2026-11-01", true, -1},
    {"expected far ahead", MEMBER_UNBORN, NULL, "2029-11-01", true, -12},
    {"unborn without a date", MEMBER_UNBORN, NULL, NULL, true, -1},
    {"born after all", MEMBER_UNBORN, "2026-10-01", "2026-11-01", true, 1},
    {"a child with an expected date", MEMBER_CHILD, NULL, "2027-02-10", true, -3},
    {"a child without a date", MEMBER_CHILD, NULL, NULL, false, 0},
    {"a parent without a date", MEMBER_PARENT, NULL, NULL, false, 0},
    {"nobody says who", MEMBER_NONE, NULL, NULL, false, 0},
};

static void counts_ages(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ages / sizeof ages[0]; i++) {
        static struct submitted submitted;
        static struct facts facts;
        struct member *member = &submitted.members[0];

        memset(&submitted, 0, sizeof submitted);
        SET_HAS(&submitted, submitted, members);
        submitted.n_members = 1;
        if (ages[i].role != MEMBER_NONE)
            PUT(member, member, role, (uint8_t)ages[i].role);
        if (ages[i].born != NULL)
            PUT(member, member, born, day(ages[i].born));
        if (ages[i].expected != NULL)
            PUT(member, member, expected, day(ages[i].expected));
        facts_derive(&submitted, (struct place){.border = BORDER_UNKNOWN}, day("2026-11-23"), &facts);
        assert_int_equal(facts.n_members, 1);
        if (HAS(&facts.members[0], member_facts, months) != ages[i].has || (ages[i].has && facts.members[0].months != ages[i].months))
            fail_msg("%s: %d", ages[i].name, (int)facts.members[0].months);
        assert_int_equal(HAS(&facts.members[0], member_facts, role), ages[i].role != MEMBER_NONE);
    }
}

static void absent_stays_absent(void **state)
{
    static struct submitted submitted;
    static struct facts facts;

    (void)state;
    memset(&facts, 0xff, sizeof facts); // as after another referral
    facts_derive(&submitted, (struct place){.border = BORDER_UNKNOWN}, 0, &facts);
    assert_true(facts.has == UINT64_C(1) << facts_F_border);
    assert_int_equal(facts.n_members, 0);
}

static void carries_what_is_there(void **state)
{
    static struct submitted submitted;
    static struct facts facts;

    (void)state;
    PUT(&submitted, submitted, kind, KIND_EHA);
    PUT(&submitted, submitted, level_claimed, 3);
    PUT(&submitted, submitted, at_risk_of_harm, false);
    PUT(&submitted, submitted, agencies_involved, UINT64_C(1) << AGENCY_POLICE);
    PUT(&submitted, submitted, headline_problems, 1 << 2 | 1 << 5);
    PUT(&submitted, submitted, wants, UINT64_C(1) << WANT_PARENTING);
    PUT(&submitted, submitted, solo_support_requested, true);
    PUT(&submitted, submitted, other_neighbourhood_agreed, true);
    SET_HAS(&submitted, submitted, referrer);
    PUT(&submitted.referrer, referrer, agency, AGENCY_SCHOOL);
    SET_HAS(&submitted, submitted, consent);
    PUT(&submitted.consent, consent, service, CONSENT_NOT_SOUGHT);
    PUT(&submitted.consent, consent, reason, span_text("could not be reached"));
    SET_HAS(&submitted, submitted, asb);
    PUT(&submitted.asb, asb, role, ASB_VICTIM);
    SET_HAS(&submitted, submitted, household);
    PUT(&submitted.household, household, needs, UINT64_C(1) << INDICATOR_I219);
    SET_HAS(&submitted, submitted, members);
    submitted.n_members = 2;
    PUT(&submitted.members[1], member, send, true);
    PUT(&submitted.members[1], member, needs, UINT64_C(1) << INDICATOR_I301);
    facts_derive(&submitted, (struct place){.neighbourhood = span_text("north"), .border = BORDER_INSIDE}, 0, &facts);
    assert_true(HAS(&facts, facts, kind) && facts.kind == KIND_EHA);
    assert_true(HAS(&facts, facts, level_claimed) && facts.level_claimed == 3);
    assert_true(HAS(&facts, facts, at_risk_of_harm) && !facts.at_risk_of_harm);
    assert_false(HAS(&facts, facts, unsure_about_safety));
    assert_true(facts.agencies_involved == UINT64_C(1) << AGENCY_POLICE);
    assert_true(facts.headline_problems == (1 << 2 | 1 << 5));
    assert_true(facts.wants == UINT64_C(1) << WANT_PARENTING);
    assert_true(facts.solo_support_requested && facts.other_neighbourhood_agreed);
    assert_int_equal(facts.agency, AGENCY_SCHOOL);
    assert_int_equal(facts.consent, CONSENT_NOT_SOUGHT);
    assert_true(HAS(&facts, facts, consent_reason_given) && facts.consent_reason_given);
    assert_int_equal(facts.asb, ASB_VICTIM);
    assert_true(facts.household_needs == UINT64_C(1) << INDICATOR_I219);
    assert_true(span_is(facts.neighbourhood, "north"));
    assert_int_equal(facts.border, BORDER_INSIDE);
    assert_int_equal(facts.n_members, 2);
    assert_false(HAS(&facts.members[0], member_facts, needs));
    assert_true(facts.members[1].send && facts.members[1].needs == UINT64_C(1) << INDICATOR_I301);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_ages),
        cmocka_unit_test(absent_stays_absent),
        cmocka_unit_test(carries_what_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
