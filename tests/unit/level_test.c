// SPDX-License-Identifier: MIT
// Levels by the sample policy: every rule, how needs are counted, and the claim.
#include "services/triage/level.h"

#include "tests/unit/policy_kit.h"

static struct policy *policy;

static int setup(void **state)
{
    (void)state;
    policy = kit_policy("deploy/policy/luton-2017");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    policy_free(&policy);
    return 0;
}

enum { URGENT = 1, AT_RISK = 2, UNSURE = 4 };
enum { SINGLE = 1 << MARK_SINGLE_INDICATOR, CLAIM = 1 << MARK_CLAIM_ABOVE_COMPUTED };

struct scenario {
    const char *what;
    const char *members;             // see kit_members
    unsigned flags, claimed, others; // others: agencies besides the referrer's
    unsigned level, computed;
    const char *rule;
    unsigned marks;
};

static const struct scenario scenarios[] = {
    {"no needs", "c100", 0, 0, 0, 1, 1, "NO_NEED", 0},
    {"strengths only", "c100(I101 I102) p(I104)", 0, 0, 0, 1, 1, "NO_NEED", 0},
    {"nobody at all", "", 0, 0, 0, 1, 1, "NO_NEED", 0},
    {"agencies without needs", "c100", 0, 0, 5, 1, 1, "NO_NEED", 0},

    {"any level 4 indicator", "c100(I401)", 0, 0, 0, 4, 4, "SPECIALIST_INDICATOR", 0},
    {"level 4 indicator on the household", "h(I408) c100", 0, 0, 0, 4, 4, "SPECIALIST_INDICATOR", 0},
    {"at risk", "c100", URGENT | AT_RISK, 0, 0, 4, 4, "AT_RISK_OF_HARM", 0},
    {"unsure", "c100", URGENT | UNSURE, 0, 0, 4, 4, "UNSURE_ABOUT_SAFETY", 0},
    {"urgent for what could not be read", "c100", URGENT, 0, 0, 4, 4, "URGENT", 0},
    {"urgent with lesser needs", "c100(I201)", URGENT, 2, 0, 4, 4, "URGENT", 0},
    {"pre-birth alone", "u-3(I315)", 0, 0, 0, 3, 3, "SINGLE_INTENSIVE", SINGLE},
    {"pre-birth with a family need of level 2", "u-3(I315) h(I219)", 0, 0, 0, 4, 4, "PRE_BIRTH", 0},
    {"pre-birth with a parenting need of level 2", "u-3(I315) p(I216)", 0, 0, 0, 4, 4, "PRE_BIRTH", 0},
    {"pre-birth with a parenting need of level 3", "u-3(I315) p(I314)", 0, 0, 0, 4, 4, "PRE_BIRTH", 0},
    {"pre-birth with a child's need", "u-3(I315) c100(I203)", 0, 0, 0, 3, 3, "SINGLE_INTENSIVE", SINGLE},
    {"pre-birth with a contextual need", "u-3(I315) c180(I213)", 0, 0, 0, 3, 3, "SINGLE_INTENSIVE", SINGLE},
    {"pre-birth of twins", "u-3(I315) u-3(I315)", 0, 0, 0, 3, 3, "SINGLE_INTENSIVE", SINGLE},
    {"pre-birth with a strength of the parents", "u-3(I315) p(I104)", 0, 0, 0, 3, 3, "SINGLE_INTENSIVE", SINGLE},

    {"help tried, another need", "c100(I319 I201)", 0, 0, 0, 3, 3, "HELP_TRIED", 0},
    {"help tried, need of another member", "h(I319) c100(I301)", 0, 0, 0, 3, 3, "HELP_TRIED", 0},
    {"help tried alone", "h(I319) c100", 0, 0, 0, 3, 3, "SINGLE_INTENSIVE", SINGLE},
    {"help tried for two children", "c100(I319) c80(I319)", 0, 0, 0, 3, 3, "SINGLE_INTENSIVE", SINGLE},

    {"two intensive", "c100(I301 I302)", 0, 0, 0, 3, 3, "SEVERAL_INTENSIVE", 0},
    {"two intensive of two members", "c100(I301) p(I314)", 0, 0, 0, 3, 3, "SEVERAL_INTENSIVE", 0},
    {"one intensive on two children counts once", "c100(I301) c120(I301)", 0, 0, 0, 3, 3, "SINGLE_INTENSIVE", SINGLE},
    {"one intensive on child and unborn counts once", "c1(I309) u-2(I309)", 0, 0, 0, 3, 3, "SINGLE_INTENSIVE", SINGLE},
    {"one intensive on two parents counts twice", "c100 p(I314) p(I314)", 0, 0, 0, 3, 3, "SEVERAL_INTENSIVE", 0},
    {"one intensive on household and child counts twice", "h(I313) c200(I313)", 0, 0, 0, 3, 3, "SEVERAL_INTENSIVE", 0},
    {"one intensive, two additional of two domains", "c100(I301 I201 I213)", 0, 0, 0, 3, 3, "INTENSIVE_AND_ADDITIONAL", 0},
    {"one intensive, two additional of two members", "c100(I301 I201) c80(I203)", 0, 0, 0, 3, 3, "INTENSIVE_AND_ADDITIONAL", 0},
    {"one intensive, the same additional on two parents", "c100(I301) p(I217) p(I217)", 0, 0, 0, 3, 3, "INTENSIVE_AND_ADDITIONAL", 0},
    {"one intensive, two additional, one domain, one member", "c100(I301 I201 I202)", 0, 0, 0, 3, 3, "SINGLE_INTENSIVE", SINGLE},
    {"one intensive, one additional on two children", "c100(I301 I201) c80(I201)", 0, 0, 0, 3, 3, "SINGLE_INTENSIVE", SINGLE},
    {"one intensive, siblings share one of two additional", "c100(I301 I201 I202) c80(I201)", 0, 0, 0, 3, 3, "INTENSIVE_AND_ADDITIONAL", 0},
    {"one intensive, one additional", "c100(I301 I201)", 0, 0, 0, 3, 3, "SINGLE_INTENSIVE", SINGLE},
    {"one intensive", "c100(I301)", 0, 0, 0, 3, 3, "SINGLE_INTENSIVE", SINGLE},

    {"two additional", "c100(I201 I202)", 0, 0, 0, 2, 2, "SEVERAL_ADDITIONAL", 0},
    {"two additional of two members", "c100(I201) h(I218)", 0, 0, 0, 2, 2, "SEVERAL_ADDITIONAL", 0},
    {"one additional on two parents counts twice", "p(I217) p(I217) c100", 0, 0, 0, 2, 2, "SEVERAL_ADDITIONAL", 0},
    {"one additional, two other agencies", "c100(I201)", 0, 0, 2, 2, 2, "ADDITIONAL_AND_AGENCIES", 0},
    {"one additional on two children, two other agencies", "c100(I201) c80(I201)", 0, 0, 2, 2, 2, "ADDITIONAL_AND_AGENCIES", 0},
    {"one additional, one other agency", "c100(I201)", 0, 0, 1, 2, 2, "SINGLE_ADDITIONAL", 0},
    {"one additional", "c100(I201)", 0, 0, 0, 2, 2, "SINGLE_ADDITIONAL", 0},
    {"one additional on three children counts once", "c100(I201) c80(I201) c60(I201)", 0, 0, 0, 2, 2, "SINGLE_ADDITIONAL", 0},
    {"one additional, strengths beside", "c100(I201 I103) h(I105)", 0, 0, 0, 2, 2, "SINGLE_ADDITIONAL", 0},

    {"claim below", "c100(I301 I302)", 0, 1, 0, 3, 3, "SEVERAL_INTENSIVE", 0},
    {"claim equal", "c100(I201)", 0, 2, 0, 2, 2, "SINGLE_ADDITIONAL", 0},
    {"claims 2, no needs", "c100", 0, 2, 0, 2, 1, "CLAIMED", CLAIM},
    {"claims 3, no needs", "c100", 0, 3, 0, 3, 1, "CLAIMED", CLAIM},
    {"claims 3, one additional", "c100(I201)", 0, 3, 0, 3, 2, "CLAIMED", CLAIM},
    {"claims 4, no needs", "c100", URGENT, 4, 0, 4, 1, "CLAIMED", CLAIM},
    {"claims 4, single intensive", "c100(I301)", URGENT, 4, 0, 4, 3, "CLAIMED", CLAIM},
    {"claims 4, level 4 indicator", "c100(I402)", URGENT, 4, 0, 4, 4, "SPECIALIST_INDICATOR", 0},
    {"claims 4, at risk", "c100", URGENT | AT_RISK, 4, 0, 4, 4, "AT_RISK_OF_HARM", 0},
};

static struct facts facts_of(const struct scenario *scenario)
{
    struct facts facts = {.agency = AGENCY_SCHOOL, .level_claimed = scenario->claimed};

    kit_members(scenario->members, &facts);
    facts.at_risk_of_harm = (scenario->flags & AT_RISK) != 0;
    facts.unsure_about_safety = (scenario->flags & UNSURE) != 0;
    // the referrer's own agency is named too: it must not count
    facts.agencies_involved = kit_bits(AGENCY_POLICE, scenario->others) | UINT64_C(1) << AGENCY_SCHOOL;
    return facts;
}

static void levels_and_rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        const struct scenario *scenario = &scenarios[i];
        struct facts facts = facts_of(scenario);
        struct level_decision got;

        level_decide(policy, &facts, (scenario->flags & URGENT) != 0, &got);
        if (got.level != scenario->level || got.computed != scenario->computed || got.marks != scenario->marks ||
            !span_is(got.rule, scenario->rule))
            fail_msg("%s: level %u (computed %u) by %.*s, marks %llx", scenario->what, got.level, got.computed, SPAN_ARG(got.rule),
                     (unsigned long long)got.marks);
    }
}

// Every rule is the outcome of some scenario above: a rule that cannot be reached would be a dead row.
static void every_rule_is_reached(void **state)
{
    (void)state;
    for (unsigned row = 0; row <= policy->levels.table.n_rows; row++) {
        struct span code = row < policy->levels.table.n_rows ? policy->levels.rows[row].code : policy->levels.claimed.code;
        bool reached = false;

        for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++)
            reached = reached || span_is(code, scenarios[i].rule);
        if (!reached)
            fail_msg("no scenario reaches %.*s", SPAN_ARG(code));
    }
}

static void every_indicator_has_its_level(void **state)
{
    static const char *const rules[] = {"", "NO_NEED", "SINGLE_ADDITIONAL", "SINGLE_INTENSIVE", "SPECIALIST_INDICATOR"};

    (void)state;
    for (unsigned code = 1; code < code_count(LIST_INDICATOR); code++) {
        unsigned level = (unsigned)(code_text(LIST_INDICATOR, code)[1] - '0');
        struct facts facts = {.n_members = 1, .members = {{.role = MEMBER_CHILD, .needs = UINT64_C(1) << code}}};
        struct level_decision got;

        level_decide(policy, &facts, false, &got);
        assert_int_equal(got.level, level);
        assert_true(span_is(got.rule, rules[level]));
    }
}

static int64_t used(const struct level_decision *decision, const char *fact)
{
    for (unsigned i = 0; i < decision->n_used; i++)
        if (span_is(decision->used[i].fact, fact))
            return decision->used[i].value;
    return -1;
}

static void the_facts_used_are_told(void **state)
{
    struct facts facts = {.agency = AGENCY_SCHOOL};
    struct level_decision got;

    (void)state;
    kit_members("c100(I301 I201 I213)", &facts);
    level_decide(policy, &facts, false, &got);
    assert_int_equal(got.n_used, 2);
    assert_int_equal(used(&got, "level_3_needs"), 1);
    assert_int_equal(used(&got, "level_2_spread"), 1);
    facts.level_claimed = 4;
    level_decide(policy, &facts, true, &got);
    assert_int_equal(got.n_used, 3);
    assert_int_equal(used(&got, "level_claimed"), 4);
    assert_int_equal(got.row, policy->levels.table.n_rows);
}

static const struct {
    const char *what;
    const char *members;
    unsigned flags, claimed, others;
    const char *near[TABLE_NEAR_MAX]; // "rule fact value from to"
} nearby[] = {
    {"no needs",
     "c100",
     0,
     0,
     0,
     {"SPECIALIST_INDICATOR level_4_needs 0 1 63", "AT_RISK_OF_HARM at_risk_of_harm 0 1 1", "SINGLE_INTENSIVE level_3_needs 0 1 1",
      "SINGLE_ADDITIONAL level_2_needs 0 1 1"}},
    {"one additional of the family, one other agency",
     "c100 h(I219)",
     0,
     0,
     1,
     {"PRE_BIRTH pre_birth 0 1 63", "HELP_TRIED help_tried 0 1 63", "ADDITIONAL_AND_AGENCIES other_agencies 1 2 16",
      "SEVERAL_ADDITIONAL level_2_needs 1 2 63"}},
    {"one intensive",
     "c100(I301)",
     0,
     0,
     0,
     {"SPECIALIST_INDICATOR level_4_needs 0 1 63", "HELP_TRIED help_tried 0 1 63", "SEVERAL_INTENSIVE level_3_needs 1 2 63",
      "INTENSIVE_AND_ADDITIONAL level_2_spread 0 1 1"}},
    {"pre-birth alone",
     "u-3(I315)",
     0,
     0,
     0,
     {"PRE_BIRTH pre_birth_context 0 1 63", "HELP_TRIED help_tried 0 1 63", "SEVERAL_INTENSIVE level_3_needs 1 2 63",
      "INTENSIVE_AND_ADDITIONAL level_2_spread 0 1 1"}},
    // at the highest level nothing more can come, and the claim holds what the indicators do not reach
    {"a specialist indicator", "c100(I401)", URGENT, 0, 0, {NULL}},
    {"one intensive, two additional", "c100(I301 I201 I202)", 0, 0, 0,
     {"HELP_TRIED help_tried 0 1 63", "SEVERAL_INTENSIVE level_3_needs 1 2 63", "INTENSIVE_AND_ADDITIONAL level_2_spread 0 1 1",
      "SEVERAL_ADDITIONAL level_3_needs 1 0 0"}},
    {"claims 4, no needs", "c100", URGENT, 4, 0, {NULL}},
    {"claims 3, one additional",
     "c100(I201)",
     0,
     3,
     0,
     {"SPECIALIST_INDICATOR level_4_needs 0 1 63", "AT_RISK_OF_HARM at_risk_of_harm 0 1 1", "HELP_TRIED help_tried 0 1 63",
      "SINGLE_INTENSIVE level_3_needs 0 1 1"}},
};

static void near_misses_are_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof nearby / sizeof nearby[0]; i++) {
        struct scenario scenario = {
            .members = nearby[i].members, .flags = nearby[i].flags, .claimed = nearby[i].claimed, .others = nearby[i].others};
        struct facts facts = facts_of(&scenario);
        struct level_decision got;
        unsigned n = 0;

        level_decide(policy, &facts, (scenario.flags & URGENT) != 0, &got);
        while (n < TABLE_NEAR_MAX && nearby[i].near[n] != NULL)
            n++;
        for (unsigned k = 0; k < got.n_near; k++) {
            char text[128];
            snprintf(text, sizeof text, "%.*s %.*s %d %d %d", SPAN_ARG(got.near[k].row), SPAN_ARG(got.near[k].fact), (int)got.near[k].value,
                     (int)got.near[k].from, (int)got.near[k].to);
            if (k >= n || strcmp(text, nearby[i].near[k]) != 0)
                fail_msg("%s: %u: %s", nearby[i].what, k, text);
        }
        assert_int_equal(got.n_near, n);
    }
}

// More needs, more agencies or a higher claim never lower a level.
static void more_never_lowers(void **state)
{
    unsigned seed = 20170101;

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        struct facts facts = {
            .agency = AGENCY_SCHOOL, .n_members = 3, .members = {{.role = MEMBER_CHILD}, {.role = MEMBER_CHILD}, {.role = MEMBER_PARENT}}};
        struct level_decision before, after;

        for (unsigned i = 0; i < 3; i++)
            if (rand_r(&seed) % 2 == 0)
                facts.members[i].needs = UINT64_C(1) << (1 + (unsigned)rand_r(&seed) % 58);
        level_decide(policy, &facts, false, &before);
        switch (rand_r(&seed) % 3) {
        case 0:
            facts.members[rand_r(&seed) % 3].needs |= UINT64_C(1) << (1 + (unsigned)rand_r(&seed) % 58);
            break;
        case 1:
            facts.agencies_involved |= UINT64_C(1) << (1 + (unsigned)rand_r(&seed) % 26);
            break;
        default:
            facts.level_claimed = 1 + (unsigned)rand_r(&seed) % 3;
            break;
        }
        level_decide(policy, &facts, false, &after);
        assert_true(after.level >= before.level);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_and_rules),        cmocka_unit_test(every_rule_is_reached), cmocka_unit_test(every_indicator_has_its_level),
        cmocka_unit_test(the_facts_used_are_told), cmocka_unit_test(more_never_lowers),     cmocka_unit_test(near_misses_are_told),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
