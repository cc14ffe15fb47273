// SPDX-License-Identifier: MIT
// Explanations in plain words: which sentences a referral gets, by the sample policy.
#include "services/windscreen/account.h"

#include "services/allocation/outcome.h"
#include "services/triage/level.h"
#include "services/windscreen/clause.h"
#include "services/windscreen/plain.h"
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

// ---------------------------------------------------------------- clauses

static void facts_are_clauses(void **state)
{
    static const struct {
        const char *fact;
        int from, to;
        enum clause_mood mood;
        const char *clause;
    } rows[] = {
        {"consent", 1, 1, CLAUSE_IS, "the family agrees to be helped"},
        {"consent", 2, 2, CLAUSE_WERE, "the family refused help"},
        {"at_risk_of_harm", 1, 1, CLAUSE_WERE, "somebody was said to be at risk of significant harm"},
        {"level_3_needs", 2, 63, CLAUSE_WERE, "there were 2 or more intensive needs"},
        {"level_3_needs", 1, 1, CLAUSE_IS, "there is one intensive need"},
        {"level_3_needs", 1, 63, CLAUSE_WERE, "there were an intensive need"},
        {"level_3_needs", 0, 0, CLAUSE_IS, "there are no intensive needs"},
        {"pre_birth", 1, 63, CLAUSE_WERE, "there were an unborn child who needs a pre-birth assessment"},
        {"other_agencies", 2, 16, CLAUSE_WERE, "there were 2 or more other agencies with the family"},
        {"other_agencies", 0, 1, CLAUSE_WERE, "there were at most 1 other agency with the family"},
        {"level_2_spread", 1, 1, CLAUSE_WERE, "there were additional needs of different kinds, or of different people"},
        {"level_claimed", 3, 3, CLAUSE_IS, "the referrer sees level 3"},
        {"parent_or_carer", 0, 0, CLAUSE_WERE, "there were no parent or carer in the household"},
        {"parent_or_carer", 1, 1, CLAUSE_IS, "there is a parent or carer in the household"},
        {"asb", 1, 2, CLAUSE_WERE, "the family was said to have caused anti-social behaviour"},
        {"neighbourhood", 1, 1, CLAUSE_IS, "neighbourhood is north"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[256];
        struct phrase phrase = phrase_on(text, sizeof text);
        clause_add(&phrase, policy, span_text(rows[i].fact), rows[i].from, rows[i].to, rows[i].mood);
        assert_string_equal(text, rows[i].clause);
    }
}

// Every value of every fact that rows of the protocol may ask about has words of its own.
static void every_fact_of_the_protocol_has_words(void **state)
{
    const struct table *const tables[] = {&policy->levels.table, &policy->routes.lead};

    (void)state;
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
        for (unsigned fact = 0; fact < tables[t]->n_facts; fact++) {
            const struct table_fact *it = &tables[t]->facts[fact];
            if (span_is(it->name, "level_rule") || span_is(it->name, "lead")) // told by their rows, or never told
                continue;
            for (unsigned value = 0; value < TABLE_VALUES_MAX; value++) {
                char text[512];
                struct phrase phrase = phrase_on(text, sizeof text);
                if ((table_possible(it) >> value & 1) == 0)
                    continue;
                for (enum clause_mood mood = CLAUSE_IS; mood <= CLAUSE_WERE; mood++)
                    clause_add(&phrase, policy, it->name, value, value, mood);
                if (strchr(text, '_') != NULL)
                    fail_msg("%.*s = %u has no words: %s", SPAN_ARG(it->name), value, text);
            }
        }
}

static void people_and_times_are_plain(void **state)
{
    struct facts facts = {0};
    char text[256];
    struct phrase phrase = phrase_on(text, sizeof text);

    (void)state;
    kit_members("c168 c7 u-3 p p c200+ c", &facts);
    plain_add_household(&phrase, &facts);
    assert_string_equal(
        text, "a child of 14, a child of 7 months, an expected baby, 2 parents, a child of 16 with special educational needs or a "
              "disability and a child whose age is not known");
    phrase = phrase_on(text, sizeof text);
    plain_add_member(&phrase, &facts, 5);
    assert_string_equal(text, "the parent (member 5)");
    phrase = phrase_on(text, sizeof text);
    plain_add_member(&phrase, &facts, 1);
    assert_string_equal(text, "the child of 14");
    facts = (struct facts){0};
    kit_members("c48 a", &facts);
    phrase = phrase_on(text, sizeof text);
    plain_add_household(&phrase, &facts);
    assert_string_equal(text, "a child of 4 and another adult");
    phrase = phrase_on(text, sizeof text);
    plain_add_moment(&phrase, INT64_C(1498917600000)); // 2017-07-01 14:00 UTC
    assert_string_equal(text, "Saturday 1 July 2017, 15:00");
    phrase = phrase_on(text, sizeof text);
    plain_add_moment(&phrase, INT64_C(1498863600000)); // 2017-06-30 23:00 UTC
    assert_string_equal(text, "Saturday 1 July 2017, 00:00");
}

// ---------------------------------------------------------------- passages

// All the words of a passage, one a line: sentences, then those of each list.
static void words_of(json_t *passage, char *text, size_t size)
{
    static const char *const lists[] = {"needs", "used", "near"};
    struct phrase phrase = phrase_on(text, size);
    size_t i;
    json_t *item;

    json_array_foreach(json_object_get(passage, "words"), i, item) phrase_add(&phrase, "%s\n", json_string_value(item));
    for (size_t list = 0; list < 3; list++)
        json_array_foreach(json_object_get(passage, lists[list]), i, item)
            phrase_add(&phrase, "- %s\n", json_string_value(json_object_get(item, "words")));
    json_decref(passage);
}

static struct received received_of(const char *members, unsigned consent, unsigned claimed)
{
    struct received received = {0};

    PUT(&received.facts, facts, kind, KIND_EHA);
    PUT(&received.facts, facts, agency, AGENCY_SCHOOL);
    PUT(&received.facts, facts, consent, (uint8_t)consent);
    PUT(&received.facts, facts, border, BORDER_INSIDE);
    if (claimed > 0)
        PUT(&received.facts, facts, level_claimed, claimed);
    kit_members(members, &received.facts);
    return received;
}

static void expect_level(const char *members, unsigned claimed, const char *words)
{
    struct received received = received_of(members, CONSENT_GIVEN, claimed);
    struct triaged triaged;
    char text[4096];
    json_t *passage;

    level_triage(policy, &received, 0, &triaged);
    passage = account_level(policy, &triaged, 0);
    assert_true(json_is_true(json_object_get(passage, "same_again")));
    words_of(passage, text, sizeof text);
    assert_string_equal(text, words);
}

static void levels_are_explained(void **state)
{
    (void)state;
    expect_level(
        "c168(I301) p", 0,
        "One intensive need makes level 3. It is only one, so the worker who takes it on must say whether it carries level 3.\n"
        "- one intensive need (I301)\n"
        "- level 4 if there were a specialist need (there is none)\n"
        "- level 3, with nothing to confirm, if there were a need that goes on although help at level 2 was tried (there is none)\n"
        "- level 3, with nothing to confirm, if there were 2 or more intensive needs (there is one)\n"
        "- level 3, with nothing to confirm, if there were additional needs of different kinds, or of different people\n");
    expect_level(
        "c168(I301 I201 I202) p", 2,
        "One intensive need makes level 3. It is only one, so the worker who takes it on must say whether it carries level 3.\n"
        "The referrer sees level 2; the needs show more.\n"
        "- one intensive need (I301)\n"
        "- level 3, with nothing to confirm, if there were a need that goes on although help at level 2 was tried (there is none)\n"
        "- level 3, with nothing to confirm, if there were 2 or more intensive needs (there is one)\n"
        "- level 3, with nothing to confirm, if there were additional needs of different kinds, or of different people\n"
        "- level 2 if there were no intensive needs (there is one)\n");
    expect_level("c84 p", 2,
                 "The referrer sees a higher level than the needs show. The higher level holds until a person decides.\n"
                 "By the needs alone it would be level 1.\n"
                 "- level 4 if there were a specialist need (there is none)\n"
                 "- level 4 if somebody was said to be at risk of significant harm\n"
                 "- level 3 if there were one intensive need (there is none)\n"
                 "- level 2, with nothing to confirm, if there were one additional need (there is none)\n");
}

static void another_worry_is_one_word(void **state)
{
    struct received received = received_of("u(I315) p", CONSENT_GIVEN, 0);
    struct triaged triaged;
    char text[4096];

    (void)state;
    level_triage(policy, &received, 0, &triaged);
    words_of(account_level(policy, &triaged, 0), text, sizeof text);
    assert_non_null(strstr(text, "- level 4 if there were another worry about parenting or the home (there is none)\n"));
}

static void another_result_is_told(void **state)
{
    struct received received = received_of("c168(I301) p", CONSENT_GIVEN, 0);
    struct triaged triaged;
    char text[4096];
    json_t *passage;

    (void)state;
    level_triage(policy, &received, 0, &triaged);
    triaged.level = 2;
    triaged.rule = span_text("SEVERAL_ADDITIONAL");
    passage = account_level(policy, &triaged, 0);
    assert_true(json_is_false(json_object_get(passage, "same_again")));
    words_of(passage, text, sizeof text);
    assert_non_null(strstr(text, "Take care: with the same facts and the same policy this program finds level 3 by SINGLE_INTENSIVE."));
}

static void what_came_names_needs_and_people(void **state)
{
    struct received received = received_of("h(I218) c168(I301) p(I216)", CONSENT_REFUSED, 0);
    char text[4096];

    (void)state;
    words_of(account_came(policy, &received, INT64_C(1498917600000)), text, sizeof text);
    assert_string_equal(text, "A school sent an Early Help Assessment on Saturday 1 July 2017, 15:00.\n"
                              "In the household: a child of 14 and a parent.\n"
                              "The family refuses help.\n"
                              "The referrer names no level.\n"
                              "- level 3: persistent unauthorised absence; missing education (I301): the child of 14\n"
                              "- level 2: parents struggle to meet needs; engagement patchy (I216, a judgement): the parent\n"
                              "- level 2: poverty limiting access to services or development (I218, a judgement): the household\n");
}

static void destinations_are_explained(void **state)
{
    struct received received = received_of("c100(I201 I202) p", CONSENT_REFUSED, 0);
    struct family_state family = {0};
    static struct destination destination;
    struct triaged triaged;
    struct allocated allocated;
    struct account_job job;
    char text[4096];

    (void)state;
    level_triage(policy, &received, 0, &triaged);
    destination_decide(policy, &triaged, &family, &destination);
    outcome_allocated(&triaged, &destination, 0, 0, &allocated);
    job = account_job_allocated(&allocated);
    words_of(account_lead(policy, &triaged.facts, &job), text, sizeof text);
    assert_string_equal(text,
                        "The family does not agree to be helped. Help below level 4 is voluntary, so a person decides what to offer.\n"
                        "The proposal is Universal services (universal).\n"
                        "The lawful basis for passing it on is the council's public task.\n"
                        "- go to Team around the family (taf) if the family agreed to be helped\n"
                        "- wait for the family's agreement if the family had not been asked\n"
                        "- still wait for a person's decision if the family lived outside the council's area\n"
                        "- be news for whoever has the family's case if the family had an open case at this level or above\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_are_clauses),
        cmocka_unit_test(every_fact_of_the_protocol_has_words),
        cmocka_unit_test(people_and_times_are_plain),
        cmocka_unit_test(levels_are_explained),
        cmocka_unit_test(another_worry_is_one_word),
        cmocka_unit_test(another_result_is_told),
        cmocka_unit_test(what_came_names_needs_and_people),
        cmocka_unit_test(destinations_are_explained),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
