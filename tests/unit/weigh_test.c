// SPDX-License-Identifier: MIT
// Concerns of several agencies about one household: which count, together within which time, and when that was said already.
// Run by ctest.
#include "services/allocation/weigh.h"
#include "unit.h"

#define DAY_MS INT64_C(86400000)
#define LEVELS(from, to) ((uint8_t)((2U << (to)) - (1U << (from))))

static const struct signal_row week = {.levels = LEVELS(1, 3), .agencies = 2, .days = 7, .news = true, .without = 1U << AGENCY_FAMILY};

static struct weigh_concern concern(uint64_t number, enum agency agency, unsigned level, int64_t came_ms)
{
    return (struct weigh_concern){
        .referral = number, .family = 1, .sequence = number, .came_ms = came_ms, .agency = (uint8_t)agency, .level = (uint8_t)level};
}

// Whether the last of these raises the row.
static bool raises(const struct signal_row *row, const struct weigh_concern *concerns, unsigned n)
{
    struct weigh_evidence evidence;

    return weigh(row, concerns, n, &concerns[n - 1], &evidence);
}

static void two_agencies_within_the_time(void **state)
{
    struct weigh_concern two[] = {concern(1, AGENCY_SCHOOL, 2, DAY_MS), concern(2, AGENCY_POLICE, 1, 8 * DAY_MS)};

    (void)state;
    assert_true(raises(&week, two, 2));
    two[1].came_ms++;
    assert_false(raises(&week, two, 2));
    assert_false(raises(&week, two, 1));
    two[1] = concern(2, AGENCY_SCHOOL, 3, 2 * DAY_MS);
    assert_false(raises(&week, two, 2));
    two[1].agency = AGENCY_NONE;
    assert_false(raises(&week, two, 2));
}

static void what_does_not_count(void **state)
{
    struct signal_row row = week;
    struct weigh_concern two[] = {concern(1, AGENCY_SCHOOL, 2, 0), concern(2, AGENCY_FAMILY, 1, 1)};

    (void)state;
    assert_false(raises(&row, two, 2)); // who asks for itself
    two[1].agency = AGENCY_GP;
    assert_true(raises(&row, two, 2));
    two[0].level = 4;
    assert_false(raises(&row, two, 2));
    two[0].level = 3;
    two[0].news = true;
    assert_true(raises(&row, two, 2));
    row.news = false;
    assert_false(raises(&row, two, 2));
    two[0].news = false;
    two[1].news = true; // the one that has come
    assert_false(raises(&row, two, 2));
}

static void the_same_is_not_said_again(void **state)
{
    struct weigh_concern four[] = {concern(1, AGENCY_SCHOOL, 2, 0), concern(2, AGENCY_GP, 1, DAY_MS), concern(3, AGENCY_GP, 2, 2 * DAY_MS),
                                   concern(4, AGENCY_POLICE, 2, 3 * DAY_MS)};

    (void)state;
    four[0].signalled = four[1].signalled = true;
    assert_false(raises(&week, four, 3));
    assert_true(raises(&week, four, 4)); // another agency joins in
    four[2].came_ms = 7 * DAY_MS + 1;
    assert_false(raises(&week, four, 3)); // only one agency is left
    four[2].agency = AGENCY_SCHOOL;
    assert_true(raises(&week, four, 3)); // what the school was worried about before is over, and it is worried again
}

static void evidence_is_the_last_of_each_agency(void **state)
{
    const struct weigh_concern five[] = {concern(3, AGENCY_POLICE, 2, 5), concern(1, AGENCY_SCHOOL, 2, 3), concern(2, AGENCY_SCHOOL, 1, 4),
                                         concern(9, AGENCY_FAMILY, 1, 6), concern(4, AGENCY_GP, 1, 5)};
    struct weigh_evidence evidence;

    (void)state;
    assert_true(weigh(&week, five, 5, NULL, &evidence));
    assert_int_equal(evidence.n_concerns, 4);
    assert_int_equal(evidence.n, 3);
    assert_int_equal(evidence.at[0]->referral, 2);
    assert_int_equal(evidence.at[1]->referral, 3);
    assert_int_equal(evidence.at[2]->referral, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_agencies_within_the_time),
        cmocka_unit_test(what_does_not_count),
        cmocka_unit_test(the_same_is_not_said_again),
        cmocka_unit_test(evidence_is_the_last_of_each_agency),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
