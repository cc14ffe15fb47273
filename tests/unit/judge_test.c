// SPDX-License-Identifier: MIT
// What the door lets through: complete events, and urgent ones with faults; all else is refused with path and code.
// Run by ctest. Events are written as JSON, so that a row reads like what a partner sends.
#include "common/wire/json.h"
#include "services/intake/judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define HEAD                                                       \
    "\"specversion\":\"1.0\",\"id\":\"a1\",\"source\":\"/schools/" \
    "1\",\"type\":\"earlyhelp.referral.submitted.v1\",\"time\":\"2026-11-23T09:12:00Z\""
#define BASE "\"kind\":\"eha\",\"reason\":\"x\",\"referrer\":{\"agency\":\"school\"}"
#define CHILD "{\"ref\":\"m1\",\"role\":\"child\",\"born\":\"2010-05-17\"}"

struct row {
    const char *name;
    const char *json;
    enum verdict verdict;
    bool urgent;
    enum fault fault; // of the first fault
    const char *path;
};

static const struct row rows[] = {
    {"least", "{" HEAD ",\"data\":{" BASE ",\"members\":[" CHILD "]}}", VERDICT_PASS, false, FAULT_NONE, ""},
    {"no id",
     "{\"specversion\":\"1.0\",\"source\":\"/"
     "s\",\"type\":\"earlyhelp.referral.submitted.v1\",\"time\":\"2026-11-23T09:12:00Z\",\"data\":{" BASE ",\"members\":[" CHILD "]}}",
     VERDICT_REJECT, false, FAULT_MISSING, "/id"},
    {"nil id",
     "{\"specversion\":\"1.0\",\"id\":null,\"source\":\"/"
     "s\",\"type\":\"earlyhelp.referral.submitted.v1\",\"time\":\"2026-11-23T09:12:00Z\",\"data\":{" BASE ",\"members\":[" CHILD "]}}",
     VERDICT_REJECT, false, FAULT_MISSING, "/id"},
    {"no time",
     "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"earlyhelp.referral.submitted.v1\",\"data\":{" BASE
     ",\"members\":[" CHILD "]}}",
     VERDICT_REJECT, false, FAULT_MISSING, "/time"},
    {"bad time is the only fault",
     "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/"
     "s\",\"type\":\"earlyhelp.referral.submitted.v1\",\"time\":\"yesterday\",\"data\":{" BASE ",\"members\":[" CHILD "]}}",
     VERDICT_REJECT, false, FAULT_BAD_TIME, "/time"},
    {"other version",
     "{\"specversion\":\"0.3\",\"id\":\"1\",\"source\":\"/"
     "s\",\"type\":\"earlyhelp.referral.submitted.v1\",\"time\":\"2026-11-23T09:12:00Z\",\"data\":{" BASE ",\"members\":[" CHILD "]}}",
     VERDICT_REJECT, false, FAULT_UNSUPPORTED_VERSION, "/specversion"},
    {"event of the hub",
     "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/"
     "s\",\"type\":\"earlyhelp.referral.triaged.v1\",\"time\":\"2026-11-23T09:12:00Z\",\"data\":{}}",
     VERDICT_REJECT, false, FAULT_UNSUPPORTED_TYPE, "/type"},
    {"short type",
     "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/"
     "s\",\"type\":\"referral.submitted\",\"time\":\"2026-11-23T09:12:00Z\",\"data\":{" BASE ",\"members\":[" CHILD "]}}",
     VERDICT_REJECT, false, FAULT_UNSUPPORTED_TYPE, "/type"},
    {"data a number", "{" HEAD ",\"data\":5}", VERDICT_REJECT, false, FAULT_WRONG_TYPE, "/data"},
    {"no data", "{" HEAD "}", VERDICT_REJECT, false, FAULT_MISSING, "/data"},
    {"no reason", "{" HEAD ",\"data\":{\"kind\":\"eha\",\"referrer\":{\"agency\":\"school\"},\"members\":[" CHILD "]}}", VERDICT_REJECT,
     false, FAULT_MISSING, "/data/reason"},
    {"unknown kind",
     "{" HEAD ",\"data\":{\"kind\":\"letter\",\"reason\":\"x\",\"referrer\":{\"agency\":\"school\"},\"members\":[" CHILD "]}}",
     VERDICT_REJECT, false, FAULT_UNKNOWN_CODE, "/data/kind"},
    {"bad check digit", "{" HEAD ",\"data\":{" BASE ",\"members\":[{\"ref\":\"m1\",\"role\":\"child\",\"nhs_number\":\"4857773456\"}]}}",
     VERDICT_REJECT, false, FAULT_BAD_NHS_NUMBER, "/data/members/0/nhs_number"},
    {"level 5", "{" HEAD ",\"data\":{" BASE ",\"level_claimed\":5,\"members\":[" CHILD "]}}", VERDICT_REJECT, false, FAULT_OUT_OF_RANGE,
     "/data/level_claimed"},
    {"nobody", "{" HEAD ",\"data\":{" BASE ",\"members\":[]}}", VERDICT_REJECT, false, FAULT_NOBODY, "/data/members"},
    {"nobody, urgent", "{" HEAD ",\"data\":{" BASE ",\"at_risk_of_harm\":true,\"members\":[{\"ref\":\"m\",\"role\":\"child\"}]}}",
     VERDICT_REJECT, true, FAULT_NOBODY, "/data/members"},
    {"at risk, bad digit",
     "{" HEAD ",\"data\":{" BASE
     ",\"at_risk_of_harm\":true,\"members\":[{\"ref\":\"m1\",\"role\":\"child\",\"given_name\":\"A\",\"nhs_number\":\"4857773456\"}]}}",
     VERDICT_PASS, true, FAULT_BAD_NHS_NUMBER, "/data/members/0/nhs_number"},
    {"at risk, bare", "{" HEAD ",\"data\":{\"at_risk_of_harm\":true,\"household\":{\"address\":\"1 High Street\"}}}", VERDICT_PASS, true,
     FAULT_MISSING, "/data/kind"},
    {"at risk, no time",
     "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"earlyhelp.referral.submitted.v1\",\"data\":{" BASE
     ",\"at_risk_of_harm\":true,\"members\":[" CHILD "]}}",
     VERDICT_PASS, true, FAULT_MISSING, "/time"},
    {"unsure", "{" HEAD ",\"data\":{" BASE ",\"unsure_about_safety\":true,\"members\":[" CHILD "]}}", VERDICT_PASS, true, FAULT_NONE, ""},
    {"claims 4", "{" HEAD ",\"data\":{" BASE ",\"level_claimed\":4,\"members\":[" CHILD "]}}", VERDICT_PASS, true, FAULT_NONE, ""},
    {"level 4 need",
     "{" HEAD ",\"data\":{" BASE ",\"members\":[{\"ref\":\"m1\",\"role\":\"child\",\"born\":\"2010-05-17\",\"needs\":[\"I402\"]}]}}",
     VERDICT_PASS, true, FAULT_NONE, ""},
    {"unknown level 4 need", "{" HEAD ",\"data\":{" BASE ",\"household\":{\"postcode\":\"LU1 1AA\",\"needs\":[\"I499\"]},\"members\":[]}}",
     VERDICT_PASS, true, FAULT_UNKNOWN_CODE, "/data/household/needs/0"},
    {"level 3 need is calm",
     "{" HEAD ",\"data\":{" BASE ",\"members\":[{\"ref\":\"m1\",\"role\":\"child\",\"born\":\"2010-05-17\",\"needs\":[\"I301\"]}]}}",
     VERDICT_PASS, false, FAULT_NONE, ""},
    {"at risk in words", "{" HEAD ",\"data\":{" BASE ",\"at_risk_of_harm\":\"Yes\",\"members\":[" CHILD "]}}", VERDICT_PASS, true,
     FAULT_WRONG_TYPE, "/data/at_risk_of_harm"},
    {"not at risk in words", "{" HEAD ",\"data\":{" BASE ",\"at_risk_of_harm\":\"no\",\"members\":[" CHILD "]}}", VERDICT_REJECT, false,
     FAULT_WRONG_TYPE, "/data/at_risk_of_harm"},
    {"unsure by number", "{" HEAD ",\"data\":{" BASE ",\"unsure_about_safety\":1,\"members\":[" CHILD "]}}", VERDICT_PASS, true,
     FAULT_WRONG_TYPE, "/data/unsure_about_safety"},
    {"sure by number", "{" HEAD ",\"data\":{" BASE ",\"unsure_about_safety\":0,\"members\":[" CHILD "]}}", VERDICT_REJECT, false,
     FAULT_WRONG_TYPE, "/data/unsure_about_safety"},
    {"claims 4 in words", "{" HEAD ",\"data\":{" BASE ",\"level_claimed\":\"4\",\"members\":[" CHILD "]}}", VERDICT_PASS, true,
     FAULT_WRONG_TYPE, "/data/level_claimed"},
    {"claims 3 in words", "{" HEAD ",\"data\":{" BASE ",\"level_claimed\":\"3\",\"members\":[" CHILD "]}}", VERDICT_REJECT, false,
     FAULT_WRONG_TYPE, "/data/level_claimed"},
    {"level 4 need in small letters",
     "{" HEAD ",\"data\":{" BASE ",\"household\":{\"postcode\":\"LU1 1AA\",\"needs\":[\" i402\"]},\"members\":[]}}", VERDICT_PASS, true,
     FAULT_UNKNOWN_CODE, "/data/household/needs/0"},
    {"level 4 need with more said of it",
     "{" HEAD ",\"data\":{" BASE
     ",\"members\":[{\"ref\":\"m1\",\"role\":\"child\",\"born\":\"2010-05-17\",\"needs\":[{\"code\":\"I402\"}]}]}}",
     VERDICT_PASS, true, FAULT_WRONG_TYPE, "/data/members/0/needs/0"},
    {"level 3 need with more said of it",
     "{" HEAD ",\"data\":{" BASE
     ",\"members\":[{\"ref\":\"m1\",\"role\":\"child\",\"born\":\"2010-05-17\",\"needs\":[{\"code\":\"I302\"}]}]}}",
     VERDICT_REJECT, false, FAULT_WRONG_TYPE, "/data/members/0/needs/0"},
    {"a reason that speaks of I4",
     "{" HEAD ",\"data\":{\"kind\":\"eha\",\"reason\":7,\"referrer\":{\"agency\":\"school\",\"name\":\"I4 Yes\"},\"members\":[" CHILD "]}}",
     VERDICT_REJECT, false, FAULT_WRONG_TYPE, "/data/reason"},
    {"urgent without source",
     "{\"specversion\":\"1.0\",\"id\":\"1\",\"type\":\"earlyhelp.referral.submitted.v1\",\"time\":\"2026-11-23T09:12:00Z\",\"data\":{" BASE
     ",\"at_risk_of_harm\":true,\"members\":[" CHILD "]}}",
     VERDICT_REJECT, true, FAULT_MISSING, "/source"},
    {"unknown fields pass", "{" HEAD ",\"x\":{\"y\":[1,2]},\"data\":{" BASE ",\"zzz\":[{\"a\":1}],\"members\":[" CHILD "]}}", VERDICT_PASS,
     false, FAULT_NONE, ""},
    {"source of the hub",
     "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/hub/"
     "registry\",\"type\":\"earlyhelp.referral.submitted.v1\",\"time\":\"2026-11-23T09:12:00Z\",\"data\":{" BASE ",\"members\":[" CHILD
     "]}}",
     VERDICT_REJECT, false, FAULT_SOURCE_NOT_ALLOWED, "/source"},
    {"source of the hub, urgent",
     "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/hub/"
     "registry\",\"type\":\"earlyhelp.referral.submitted.v1\",\"time\":\"2026-11-23T09:12:00Z\",\"data\":{" BASE
     ",\"at_risk_of_harm\":true,\"members\":[" CHILD "]}}",
     VERDICT_REJECT, true, FAULT_SOURCE_NOT_ALLOWED, "/source"},
    {"born after the event", "{" HEAD ",\"data\":{" BASE ",\"members\":[{\"ref\":\"m1\",\"role\":\"child\",\"born\":\"2026-11-26\"}]}}",
     VERDICT_REJECT, false, FAULT_OUT_OF_RANGE, "/data/members/0/born"},
    {"empty texts are absent", "{" HEAD ",\"subject\":\"\",\"data\":{" BASE ",\"household\":{\"postcode\":\"\"},\"members\":[" CHILD "]}}",
     VERDICT_PASS, false, FAULT_NONE, ""},
};

#define OF_TYPE(name)                                                                                      \
    "{\"specversion\":\"1.0\",\"id\":\"a2\",\"source\":\"/schools/1\",\"type\":\"earlyhelp." name ".v1\"," \
    "\"time\":\"2026-11-23T09:12:00Z\",\"data\":"
#define ASSESSED(about, members) OF_TYPE("assessment.completed") "{" about "\"assessment\":{" BASE ",\"members\":[" members "]}}}"

// Events about a referral.
static const struct row about_rows[] = {
    {"withdrawn", OF_TYPE("referral.withdrawn") "{\"about\":\"a1\",\"why\":\"family_asked\"}}", VERDICT_PASS, false, FAULT_NONE, ""},
    {"withdrawn, of what?", OF_TYPE("referral.withdrawn") "{\"why\":\"family_asked\"}}", VERDICT_REJECT, false, FAULT_MISSING,
     "/data/about"},
    {"withdrawn, why?", OF_TYPE("referral.withdrawn") "{\"about\":\"a1\",\"why\":\"so\"}}", VERDICT_REJECT, false, FAULT_UNKNOWN_CODE,
     "/data/why"},
    {"never urgent", OF_TYPE("referral.withdrawn") "{\"about\":\"a1\",\"at_risk_of_harm\":true,\"needs\":[\"I401\"],\"level_claimed\":4}}",
     VERDICT_REJECT, false, FAULT_MISSING, "/data/why"},
    {"consent by event", OF_TYPE("consent.changed") "{\"about\":\"a1\",\"consent\":{\"service\":\"given\"}}}", VERDICT_PASS, false,
     FAULT_NONE, ""},
    {"consent by referral", OF_TYPE("consent.changed") "{\"referral\":\"R0000000000001\",\"consent\":{\"service\":\"withdrawn\"}}}",
     VERDICT_PASS, false, FAULT_NONE, ""},
    {"consent to what?", OF_TYPE("consent.changed") "{\"consent\":{\"service\":\"given\"}}}", VERDICT_REJECT, false, FAULT_MISSING,
     "/data/about"},
    {"consent to which?",
     OF_TYPE("consent.changed") "{\"about\":\"a1\",\"referral\":\"R0000000000001\",\"consent\":{\"service\":\"given\"}}}", VERDICT_REJECT,
     false, FAULT_TOO_MANY, "/data/referral"},
    {"a bad tag is told once", OF_TYPE("consent.changed") "{\"referral\":\"R1\",\"consent\":{\"service\":\"given\"}}}", VERDICT_REJECT,
     false, FAULT_TOO_SHORT, "/data/referral"},
    {"no consent", OF_TYPE("consent.changed") "{\"about\":\"a1\"}}", VERDICT_REJECT, false, FAULT_MISSING, "/data/consent"},
    {"challenged", OF_TYPE("decision.challenged") "{\"about\":\"a1\",\"why\":\"level_too_low\",\"level_wanted\":4,\"reason\":\"x\"}}",
     VERDICT_PASS, false, FAULT_NONE, ""},
    {"challenged without words", OF_TYPE("decision.challenged") "{\"about\":\"a1\",\"why\":\"level_too_low\"}}", VERDICT_REJECT, false,
     FAULT_MISSING, "/data/reason"},
    {"assessed", ASSESSED("\"about\":\"a1\",", CHILD), VERDICT_PASS, false, FAULT_NONE, ""},
    {"assessed, of what?", ASSESSED("", CHILD), VERDICT_REJECT, false, FAULT_MISSING, "/data/about"},
    {"nobody assessed", ASSESSED("\"about\":\"a1\",", ""), VERDICT_REJECT, false, FAULT_NOBODY, "/data/assessment/members"},
    {"assessed before birth",
     ASSESSED("\"about\":\"a1\",", CHILD ","
                                         "{\"ref\":\"m2\",\"role\":\"child\",\"born\":\"2026-11-26\"}"),
     VERDICT_REJECT, false, FAULT_OUT_OF_RANGE, "/data/assessment/members/1/born"},
    {"no assessment", OF_TYPE("assessment.completed") "{\"about\":\"a1\"}}", VERDICT_REJECT, false, FAULT_MISSING, "/data/assessment"},
    {"urgent assessment", ASSESSED("\"about\":\"a1\",", "{\"ref\":\"m1\",\"role\":\"child\",\"born\":\"2010-05-17\",\"needs\":[\"I402\"]}"),
     VERDICT_PASS, true, FAULT_NONE, ""},
    {"urgent, unknown code",
     ASSESSED("\"about\":\"a1\",", "{\"ref\":\"m1\",\"role\":\"child\",\"born\":\"2010-05-17\",\"needs\":[\"I499\"]}"), VERDICT_PASS, true,
     FAULT_UNKNOWN_CODE, "/data/assessment/members/0/needs/0"},
    {"urgent, of what?", ASSESSED("", "{\"ref\":\"m1\",\"role\":\"child\",\"born\":\"2010-05-17\",\"needs\":[\"I402\"]}"), VERDICT_PASS,
     true, FAULT_MISSING, "/data/about"},
    {"urgent, nobody", ASSESSED("\"about\":\"a1\",", "{\"ref\":\"m1\",\"role\":\"child\",\"needs\":[\"I402\"]}"), VERDICT_REJECT, true,
     FAULT_NOBODY, "/data/assessment/members"},
};

static void judge_row(const struct row *row)
{
    static uint8_t buffer[65536];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
    struct judgement judgement;
    char why[200];

    if (json_to_wire(span_text(row->json), &writer, why, sizeof why) != ERR_NONE)
        fail_msg("%s: %s", row->name, why);
    judge(wire_written(&writer), &judgement);
    if (judgement.verdict != row->verdict || judgement.urgent != row->urgent)
        fail_msg("%s: verdict %d, urgent %d", row->name, judgement.verdict, judgement.urgent);
    if ((judgement.faults.n > 0 ? judgement.faults.at[0].code : FAULT_NONE) != row->fault)
        fail_msg("%s: %s at %s", row->name, code_text(LIST_FAULT, judgement.faults.at[0].code), judgement.faults.at[0].path);
    if (judgement.verdict == VERDICT_REJECT && !judgement.urgent && judgement.faults.n > 1)
        fail_msg("%s: also %s at %s", row->name, code_text(LIST_FAULT, judgement.faults.at[1].code), judgement.faults.at[1].path);
    if (row->fault != FAULT_NONE && strcmp(judgement.faults.at[0].path, row->path) != 0)
        fail_msg("%s: at %s", row->name, judgement.faults.at[0].path);
}

static void judges_as_the_rows_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        judge_row(&rows[i]);
    for (size_t i = 0; i < sizeof about_rows / sizeof about_rows[0]; i++)
        judge_row(&about_rows[i]);
}

// {HEAD, "data": {BASE..., "at_risk_of_harm": urgent, "members": [CHILD], "x": value}} with a value that JSON cannot say.
static struct span with_value(bool urgent, const char *value, size_t value_size, uint8_t *buffer, size_t size)
{
    struct wire_writer writer = wire_writer_on(buffer, size);
    char why[200];

    if (json_to_wire(span_text(urgent ? "{" HEAD ",\"data\":{" BASE ",\"members\":[" CHILD "],\"at_risk_of_harm\":true,\"x\":\"SLOT\"}}"
                                      : "{" HEAD ",\"data\":{" BASE ",\"members\":[" CHILD "],\"x\":\"SLOT\"}}"),
                     &writer, why, sizeof why) != ERR_NONE)
        fail_msg("%s", why);
    memcpy(buffer + writer.used - 5, value, value_size); // in place of the text of four letters
    return span_of(buffer, writer.used - 5 + value_size);
}

static void what_can_be_read_of_an_urgent_event_is_heard(void **state)
{
    static const struct {
        const char *value;
        size_t size;
        enum fault fault;
    } flaws[] = {
        {"\xca\x3f\x80\x00\x00", 5, FAULT_FLOAT},
        {"\xd6\xff\x00\x00\x00\x00", 6, FAULT_EXTENSION}, // a timestamp
        {"\xa4\xff\xfe\x41\x41", 5, FAULT_BAD_UTF8},
        {"\x82\xa1k\x01\xa1k\x02", 7, FAULT_DUPLICATE_KEY},
    };

    (void)state;
    for (size_t i = 0; i < sizeof flaws / sizeof flaws[0]; i++) {
        static uint8_t buffer[4096];
        struct judgement judgement;

        judge(with_value(true, flaws[i].value, flaws[i].size, buffer, sizeof buffer), &judgement);
        assert_int_equal(judgement.verdict, VERDICT_PASS);
        assert_true(judgement.urgent);
        assert_int_equal(judgement.faults.at[0].code, flaws[i].fault);
        judge(with_value(false, flaws[i].value, flaws[i].size, buffer, sizeof buffer), &judgement);
        assert_int_equal(judgement.verdict, VERDICT_REJECT);
        assert_int_equal(judgement.faults.n, 1);
        assert_int_equal(judgement.faults.at[0].code, flaws[i].fault);
        assert_true(span_is(judgement.id, "a1")); // the partner hears which event is meant
    }
}

// A program without whole numbers claims level 4.
static void a_claimed_level_with_a_fraction_is_heard(void **state)
{
    static const struct {
        const char *number;
        size_t size;
        bool urgent;
    } rows_of[] = {
        {"\xca\x40\x80\x00\x00", 5, true},
        {"\xcb\x40\x10\x00\x00\x00\x00\x00\x00", 9, true},
        {"\xca\x40\x40\x00\x00", 5, false}, // 3.0
        {"\xcb\x40\x10\x00\x00\x00\x00\x00\x01", 9, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows_of / sizeof rows_of[0]; i++) {
        static uint8_t buffer[4096];
        struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
        struct judgement judgement;
        char why[200];

        assert_int_equal(json_to_wire(span_text("{" HEAD ",\"data\":{" BASE ",\"members\":[" CHILD "],\"level_claimed\":\"SLOT\"}}"),
                                      &writer, why, sizeof why),
                         ERR_NONE);
        memcpy(buffer + writer.used - 5, rows_of[i].number, rows_of[i].size); // in place of the text of four letters
        judge(span_of(buffer, writer.used - 5 + rows_of[i].size), &judgement);
        assert_int_equal(judgement.urgent, rows_of[i].urgent);
        assert_int_equal(judgement.verdict, rows_of[i].urgent ? VERDICT_PASS : VERDICT_REJECT);
        assert_int_equal(judgement.faults.at[0].code, FAULT_FLOAT);
    }
}

// What stands behind a key that stands twice is heard: here, that a child is at risk.
static void an_urgent_event_with_a_key_twice_is_heard(void **state)
{
    static uint8_t buffer[4096];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
    struct judgement judgement;
    char why[200];

    (void)state;
    assert_int_equal(
        json_to_wire(span_text("{" HEAD ",\"data\":{" BASE ",\"KIND\":\"eha\",\"at_risk_of_harm\":true,\"members\":[" CHILD "]}}"), &writer,
                     why, sizeof why),
        ERR_NONE);
    memcpy(memmem(buffer, writer.used, "KIND", 4), "kind", 4);
    judge(wire_written(&writer), &judgement);
    assert_int_equal(judgement.verdict, VERDICT_PASS);
    assert_true(judgement.urgent);
    assert_int_equal(judgement.faults.at[0].code, FAULT_DUPLICATE_KEY);
}

static void what_cannot_be_read_is_refused_by_name(void **state)
{
    static uint8_t buffer[4096];
    struct judgement judgement;
    struct span bytes = with_value(true, "\x91\x91\x91\x91\x91\x91\x91\x91\x01", 9, buffer, sizeof buffer);

    (void)state;
    judge(bytes, &judgement);
    assert_int_equal(judgement.verdict, VERDICT_REJECT);
    assert_int_equal(judgement.faults.at[0].code, FAULT_TOO_DEEP);
    assert_true(span_is(judgement.id, "a1"));
    judge(span_of(bytes.at, bytes.size - 1), &judgement);
    assert_int_equal(judgement.verdict, VERDICT_REJECT);
}

static void too_many_frames_are_refused_without_a_look(void **state)
{
    struct judgement judgement;

    (void)state;
    memset(&judgement, 0xa5, sizeof judgement); // nobody clears it before
    judge_frames(&judgement);
    assert_int_equal(judgement.verdict, VERDICT_REJECT);
    assert_false(judgement.urgent);
    assert_int_equal(judgement.id.size + judgement.source.size, 0);
    assert_int_equal(judgement.faults.n, 1);
    assert_int_equal(judgement.faults.at[0].code, FAULT_EXTRA_FRAMES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_as_the_rows_say),
        cmocka_unit_test(what_can_be_read_of_an_urgent_event_is_heard),
        cmocka_unit_test(a_claimed_level_with_a_fraction_is_heard),
        cmocka_unit_test(an_urgent_event_with_a_key_twice_is_heard),
        cmocka_unit_test(what_cannot_be_read_is_refused_by_name),
        cmocka_unit_test(too_many_frames_are_refused_without_a_look),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
