// SPDX-License-Identifier: MIT
// What the prover stands on, against counting by hand: what is left of boxes, which counts households can have; and that what it proved
// holds.
#include "common/policy/box.h"
#include "common/policy/count.h"
#include "common/policy/reach.h"
#include "services/allocation/destination.h"
#include "services/triage/level.h"
#include "tests/unit/policy_kit.h"

static uint32_t dice_state = 20170101;

static uint32_t dice(uint32_t sides)
{
    dice_state = dice_state * 1664525U + 1013904223U;
    return (dice_state >> 8) % sides;
}

// ---------------------------------------------------------------- boxes

enum { FACTS = 3, VALUES = 4, TAKEN = 5, POINTS = VALUES * VALUES * VALUES };

static struct box random_box(void)
{
    struct box box = {{0}};

    for (unsigned fact = 0; fact < FACTS; fact++)
        box.allow[fact] = 1 + dice((1U << VALUES) - 1);
    return box;
}

static bool holds(const struct box *box, unsigned point)
{
    return (box->allow[0] >> point % VALUES & 1) != 0 && (box->allow[1] >> point / VALUES % VALUES & 1) != 0 &&
           (box->allow[2] >> point / VALUES / VALUES & 1) != 0;
}

static bool count_points(void *context, const struct box *piece)
{
    uint8_t *times = context;

    for (unsigned point = 0; point < POINTS; point++)
        times[point] = (uint8_t)(times[point] + holds(piece, point));
    return false;
}

// Every point that is left lies in one piece, no other point in any.
static void what_is_left_is_found_once(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 3000; round++) {
        struct box from = random_box(), taken[TAKEN], piece;
        uint8_t times[POINTS] = {0};
        uint32_t steps = 100000;
        uint64_t skipped = dice(1U << TAKEN);
        struct box_search search = {.n_facts = FACTS,
                                    .taken = taken,
                                    .n_taken = TAKEN,
                                    .skipped = skipped,
                                    .visit = count_points,
                                    .context = times,
                                    .steps = &steps};
        bool any = false;

        for (unsigned i = 0; i < TAKEN; i++)
            taken[i] = random_box();
        assert_int_equal(box_search(&search, &from), BOX_NONE);
        for (unsigned point = 0; point < POINTS; point++) {
            bool left = holds(&from, point);
            for (unsigned i = 0; i < TAKEN; i++)
                left = left && ((skipped >> i & 1) != 0 || !holds(&taken[i], point));
            assert_int_equal(times[point], left);
            any = any || left;
        }
        assert_int_equal(box_first(&search, &from, &piece), any ? BOX_STOPPED : BOX_NONE);
    }
}

static void a_search_without_steps_says_so(void **state)
{
    struct box from = {{15, 15, 15}}, taken = {{1, 1, 1}}, piece;
    uint32_t steps = 0;
    struct box_search search = {.n_facts = FACTS, .taken = &taken, .n_taken = 1, .steps = &steps};

    (void)state;
    assert_int_equal(box_first(&search, &from, &piece), BOX_GAVE_UP);
}

// ---------------------------------------------------------------- counts

static uint8_t seen_as(const struct reach *reach, unsigned count, uint8_t value)
{
    return value < reach_most(reach, count) ? value : reach_most(reach, count);
}

static bool is_among(const struct reach *reach, const struct policy *policy, const struct facts *facts)
{
    for (unsigned i = 0; i < reach_n(reach); i++) {
        unsigned count = 0;
        while (count < policy->levels.n_counts &&
               seen_as(reach, count, count_value(&policy->levels, &policy->levels.counts[count], facts)) == reach_values(reach, i)[count])
            count++;
        if (count == policy->levels.n_counts)
            return true;
    }
    return false;
}

static void random_household(struct facts *facts)
{
    memset(facts, 0, sizeof *facts);
    facts->n_members = dice(5);
    for (unsigned i = 0; i < facts->n_members; i++)
        facts->members[i].role = (uint8_t)(1 + dice(MEMBER_COUNT - 1));
    for (uint32_t needs = dice(6); needs > 0; needs--) {
        uint64_t need = UINT64_C(1) << (1 + dice((uint32_t)code_count(LIST_INDICATOR) - 1));
        uint32_t holder = dice((uint32_t)facts->n_members + 1);
        *(holder == 0 ? &facts->household_needs : &facts->members[holder - 1].needs) |= need;
    }
}

static const char *const samples[] = {"deploy/policy/luton-2017", "deploy/policy/harrow-2013"};

// No household has counts that the prover thinks impossible.
static void every_household_is_reached(void **state)
{
    (void)state;
    for (size_t sample = 0; sample < sizeof samples / sizeof samples[0]; sample++) {
        struct policy *policy = kit_policy(samples[sample]);
        struct reach *reach;
        struct facts facts;

        assert_int_equal(reach_new(&policy->levels, &(uint32_t){PROVE_STEPS}, &reach), ERR_NONE);
        for (unsigned round = 0; round < 20000; round++) {
            random_household(&facts);
            assert_true(is_among(reach, policy, &facts));
        }
        reach_free(&reach);
        policy_free(&policy);
    }
}

// Of each combination that it thinks possible it has a household to show.
static void every_combination_has_a_household(void **state)
{
    (void)state;
    for (size_t sample = 0; sample < sizeof samples / sizeof samples[0]; sample++) {
        struct policy *policy = kit_policy(samples[sample]);
        struct reach *reach;
        struct facts facts;

        assert_int_equal(reach_new(&policy->levels, &(uint32_t){PROVE_STEPS}, &reach), ERR_NONE);
        assert_true(reach_n(reach) > 10);
        for (unsigned i = 0; i < reach_n(reach); i++) {
            assert_true(reach_household(reach, i, &facts));
            for (unsigned count = 0; count < policy->levels.n_counts; count++)
                assert_int_equal(seen_as(reach, count, count_value(&policy->levels, &policy->levels.counts[count], &facts)),
                                 reach_values(reach, i)[count]);
        }
        reach_free(&reach);
        policy_free(&policy);
    }
}

// Twelve counts that have nothing to do with each other, each asked about up to three: too many to keep.
static void too_many_combinations_are_said(void **state)
{
    static struct level_rules levels;
    struct reach *reach;
    uint32_t steps = PROVE_STEPS;

    (void)state;
    levels = (struct level_rules){.n_counts = 12, .table = {.n_facts = LEVEL_FACT_COUNT + 12, .n_rows = 1}};
    for (unsigned count = 0; count < 12; count++) {
        levels.counts[count] = (struct level_count){.indicators = UINT64_C(2) << count, .how = COUNT_EACH};
        levels.table.facts[LEVEL_FACT_COUNT + count] = (struct table_fact){.kind = TABLE_COUNT, .most = 63};
        levels.table.rows[0].columns |= UINT64_C(1) << (LEVEL_FACT_COUNT + count);
        levels.table.rows[0].allow[LEVEL_FACT_COUNT + count] = ~UINT64_C(7);
    }
    assert_int_equal(reach_new(&levels, &steps, &reach), ERR_NO_ROOM);
    assert_null(reach);
    levels.n_counts = 5;
    assert_int_equal(reach_new(&levels, &steps, &reach), ERR_NONE);
    assert_int_equal(reach_n(reach), 4 * 4 * 4 * 4 * 4);
    reach_free(&reach);
}

// ---------------------------------------------------------------- within a number of steps

// However few the steps: the last complaint says that they were too few, and the sample needs far from all that there are.
static void a_proof_without_steps_says_so(void **state)
{
    static struct complaints complaints;
    struct policy *policy = kit_policy(samples[0]);

    (void)state;
    for (uint32_t steps = 0; steps <= 1000; steps += 50) {
        complaints.n = 0;
        prove_policy(policy, steps, &complaints);
        assert_true(complaints.n > 0 && complaints.n <= COMPLAINTS_MAX);
        assert_non_null(strstr(complaints.at[complaints.n - 1].text, "too many to prove in"));
    }
    complaints.n = 0;
    prove_policy(policy, PROVE_STEPS / 20, &complaints);
    assert_int_equal(complaints.n, 0);
    policy_free(&policy);
}

// ---------------------------------------------------------------- what was proved holds

// Anything that the wire can carry, likely or not.
static void random_referral(struct triaged *triaged, const struct policy *policy)
{
    struct facts *facts = &triaged->facts;

    random_household(facts);
    for (unsigned i = 0; i < facts->n_members; i++) {
        facts->members[i].role = (uint8_t)dice(MEMBER_COUNT);
        if (dice(4) > 0)
            PUT(&facts->members[i], member_facts, months, (int64_t)dice(260) - 12);
        PUT(&facts->members[i], member_facts, send, dice(4) == 0);
    }
    PUT(facts, facts, kind, (uint8_t)dice(KIND_COUNT));
    PUT(facts, facts, consent, (uint8_t)dice(CONSENT_COUNT));
    PUT(facts, facts, border, (uint8_t)dice(BORDER_COUNT));
    PUT(facts, facts, asb, (uint8_t)dice(ASB_COUNT));
    PUT(facts, facts, wants, dice(1U << WANT_COUNT) & ~1U);
    PUT(facts, facts, solo_support_requested, dice(3) == 0);
    PUT(facts, facts, at_risk_of_harm, dice(20) == 0);
    PUT(facts, facts, level_claimed, dice(5));
    PUT(facts, facts, headline_problems, dice(1U << 7) & ~1U);
    PUT(facts, facts, agencies_involved, dice(16));
    if (dice(2) == 0)
        facts->neighbourhood = policy->routes.neighbourhoods[dice(policy->routes.n_neighbourhoods)];
}

static void decide(const struct policy *policy, struct triaged *triaged)
{
    static struct destination destination;
    struct level_decision decision;
    struct family_state family = {.open = dice(3) == 0, .level = (uint8_t)(1 + dice(3)), .opened_ms = (int64_t)dice(1000) * 86400000};

    level_decide(policy, &triaged->facts, dice(5) == 0, &decision);
    assert_in_range(decision.level, 1, 4);
    triaged->level = decision.level + (dice(4) == 0 && decision.level < 4 ? 1U : 0U); // raised since: the rule's level no more
    triaged->rule = decision.rule;
    triaged->received = (int64_t)dice(1000) * 86400000 + family.opened_ms;
    family.team = policy->teams[1 + dice(policy->n_teams)].code;
    destination_decide(policy, triaged, &family, &destination);
    assert_true(destination.lead.rule.size > 0);
    if (triaged->level == 4)
        assert_true(destination.lead.outcome == DESTINATION_QUEUE && policy->teams[destination.lead.team_index].guarded);
}

// No referral is without a row, in levels, lead or parenting: the judging code asserts it.
static void whatever_comes_has_its_rows(void **state)
{
    (void)state;
    for (size_t sample = 0; sample < sizeof samples / sizeof samples[0]; sample++) {
        struct policy *policy = kit_policy(samples[sample]);

        for (unsigned round = 0; round < 50000; round++) {
            struct triaged triaged = {0};
            random_referral(&triaged, policy);
            decide(policy, &triaged);
        }
        policy_free(&policy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_left_is_found_once),     cmocka_unit_test(a_search_without_steps_says_so),
        cmocka_unit_test(every_household_is_reached),     cmocka_unit_test(every_combination_has_a_household),
        cmocka_unit_test(too_many_combinations_are_said), cmocka_unit_test(a_proof_without_steps_says_so),
        cmocka_unit_test(whatever_comes_has_its_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
