// SPDX-License-Identifier: MIT
// An event without what is not for somebody: every personal field has a kind, what is kept is as it came, and nothing undeclared slips
// through.
#include "common/wire/decode.h"
#include "common/wire/json.h"
#include "services/registry/redact.h"
#include "tests/unit/unit.h"

#define BIT(kind) (UINT64_C(1) << PERSONAL_##kind)
#define HEAD "\"specversion\":\"1.0\",\"id\":\"e1\",\"source\":\"/s\",\"type\":\"earlyhelp.%s.v1\",\"time\":\"2026-11-23T09:12:00Z\""

static uint8_t given[16384], written[16384];

static struct span event_of(const char *type, const char *data)
{
    struct wire_writer writer = wire_writer_on(given, sizeof given);
    static char json[8192];
    char why[128];

    snprintf(json, sizeof json, "{" HEAD ",\"data\":%s}", type, data);
    if (json_to_wire(span_text(json), &writer, why, sizeof why) != ERR_NONE)
        fail_msg("%s in %s", why, json);
    return wire_written(&writer);
}

// The event's data as JSON after redaction; "as it came" when nothing was left out.
static const char *redacted(const char *type, const char *data, uint64_t allowed, uint64_t *withheld)
{
    struct wire_writer writer = wire_writer_on(written, sizeof written);
    struct span event = event_of(type, data);
    struct faults faults = {0};
    struct event head;
    static char json[8192];
    json_t *value;

    assert_true(redact_event(event, allowed, &writer, withheld));
    if (*withheld == 0)
        return "as it came";
    if (!decode_message(&record_event, wire_written(&writer), &head, &faults))
        fail_msg("%s", faults.at[0].path);
    value = json_from_wire(head.data);
    json[json_dumpb(value, json, sizeof json - 1, JSON_COMPACT)] = '\0';
    json_decref(value);
    return json;
}

#define MEMBER \
    "{\"ref\":\"m1\",\"role\":\"child\",\"given_name\":\"Ann\",\"born\":\"2010-05-17\",\"upn\":\"B801200005001\",\"needs\":[\"I301\"]}"
#define REFERRAL "{\"kind\":\"eha\",\"reason\":\"x\",\"referrer\":{\"agency\":\"school\",\"name\":\"Mr Y\"},\"members\":[" MEMBER "]}"

static void leaves_out_what_is_not_allowed(void **state)
{
    uint64_t withheld;

    (void)state;
    assert_string_equal(redacted("referral.submitted", REFERRAL, UINT64_MAX, &withheld), "as it came");
    assert_string_equal(redacted("referral.submitted", REFERRAL, ~BIT(UPN), &withheld),
                        "{\"kind\":\"eha\",\"reason\":\"x\",\"referrer\":{\"agency\":\"school\",\"name\":\"Mr "
                        "Y\"},\"members\":[{\"ref\":\"m1\",\"role\":\"child\","
                        "\"given_name\":\"Ann\",\"born\":\"2010-05-17\",\"needs\":[\"I301\"]}]}");
    assert_int_equal(withheld, BIT(UPN));
    assert_string_equal(
        redacted("referral.submitted", REFERRAL, BIT(NAMES), &withheld),
        "{\"kind\":\"eha\",\"referrer\":{\"agency\":\"school\"},\"members\":[{\"ref\":\"m1\",\"role\":\"child\",\"given_name\":\"Ann\","
        "\"needs\":[\"I301\"]}]}");
    assert_int_equal(withheld, BIT(UPN) | BIT(REASON) | BIT(REFERRER) | BIT(BIRTH_DATES));
    assert_string_equal(redacted("referral.submitted", REFERRAL, 0, &withheld),
                        "{\"kind\":\"eha\",\"referrer\":{\"agency\":\"school\"},\"members\":[{\"role\":\"child\",\"needs\":[\"I301\"]}]}");
}

static void goes_into_every_type_of_event(void **state)
{
    uint64_t withheld;

    (void)state;
    assert_string_equal(
        redacted("assessment.completed", "{\"about\":\"e1\",\"assessment\":" REFERRAL "}", 0, &withheld),
        "{\"about\":\"e1\",\"assessment\":{\"kind\":\"eha\",\"referrer\":{\"agency\":\"school\"},\"members\":[{\"role\":\"child\","
        "\"needs\":[\"I301\"]}]}}");
    assert_string_equal(redacted("consent.changed",
                                 "{\"about\":\"e1\",\"consent\":{\"service\":\"given\",\"given_by\":\"parent\",\"share_with\":[\"gp\"]}}",
                                 0, &withheld),
                        "{\"about\":\"e1\",\"consent\":{\"service\":\"given\"}}");
    assert_int_equal(withheld, BIT(CONSENT));
    assert_string_equal(
        redacted("decision.challenged", "{\"about\":\"e1\",\"why\":\"other\",\"level_wanted\":3,\"reason\":\"x\"}", 0, &withheld),
        "{\"about\":\"e1\",\"why\":\"other\",\"level_wanted\":3}");
    assert_string_equal(redacted("referral.withdrawn", "{\"about\":\"e1\",\"why\":\"family_asked\",\"reason\":\"x\"}", 0, &withheld),
                        "{\"about\":\"e1\",\"why\":\"family_asked\"}");
}

static void what_is_absent_is_not_withheld(void **state)
{
    uint64_t withheld;

    (void)state;
    assert_string_equal(
        redacted("referral.submitted", "{\"kind\":\"eha\",\"reason\":\"\",\"members\":[{\"role\":\"child\",\"upn\":null}]}", 0, &withheld),
        "as it came");
}

static void what_is_not_as_declared_is_unknown(void **state)
{
    static const char *const events[] = {
        "{\"kind\":\"Ann Lee\"}",
        "{\"kind\":{\"a\":\"Ann Lee\"}}",
        "{\"new\":\"Ann Lee\"}",
        "{\"members\":\"Ann Lee\"}",
        "{\"members\":[\"Ann Lee\"]}",
        "{\"members\":[{\"role\":\"Ann Lee\"}]}",
        "{\"members\":[{\"needs\":[\"Ann Lee\"]}]}",
        "{\"headline_problems\":[\"Ann Lee\"]}",
        "{\"at_risk_of_harm\":\"Ann Lee\"}",
        "{\"level_claimed\":\"Ann Lee\"}",
        "{\"household\":\"Ann Lee\"}",
        "{\"household\":{\"x\":\"Ann Lee\"}}",
        "{\"wants\":\"Ann Lee\"}",
        "{\"asb\":[\"Ann Lee\"]}",
        "{\"agencies_involved\":[\"gp\",\"Ann Lee\"]}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        uint64_t withheld;
        const char *kept = redacted("referral.submitted", events[i], ~BIT(UNKNOWN), &withheld);

        if (withheld != BIT(UNKNOWN) || strstr(kept, "Ann") != NULL)
            fail_msg("%s is given as %s", events[i], kept);
        assert_string_equal(redacted("referral.submitted", events[i], UINT64_MAX, &withheld), "as it came");
    }
}

static void the_envelope_holds_no_words_of_its_own(void **state)
{
    struct wire_writer writer = wire_writer_on(given, sizeof given);
    struct wire_writer kept = wire_writer_on(written, sizeof written);
    uint64_t withheld;
    char why[128];

    (void)state;
    assert_int_equal(
        json_to_wire(
            span_text("{\"specversion\":\"1.0\",\"id\":\"e1\",\"source\":\"/s\",\"type\":\"x\",\"time\":\"Ann Lee\",\"note\":\"Ann Lee\","
                      "\"data\":[\"Ann Lee\"]}"),
            &writer, why, sizeof why),
        ERR_NONE);
    assert_true(redact_event(wire_written(&writer), ~BIT(UNKNOWN), &kept, &withheld));
    assert_int_equal(withheld, BIT(UNKNOWN));
    assert_null(memmem(written, wire_written(&kept).size, "Ann", 3));
}

static void any_bytes_are_safe(void **state)
{
    struct span whole = event_of("referral.submitted", REFERRAL);
    static uint8_t bytes[16384];
    uint64_t withheld;

    (void)state;
    for (size_t i = 0; i < whole.size; i++) {
        struct wire_writer writer = wire_writer_on(written, sizeof written);

        memcpy(bytes, whole.at, whole.size);
        assert_false(redact_event(span_of(bytes, i), 0, &writer, &withheld));
        bytes[i] ^= 0xff;
        writer = wire_writer_on(written, sizeof written);
        if (redact_event(span_of(bytes, whole.size), 0, &writer, &withheld))
            assert_true(wire_written(&writer).size <= whole.size);
    }
}

static bool is_sent(const struct record_desc *record)
{
    static const struct record_desc *const sent[] = {&record_submitted,
                                                     &record_referral_withdrawn,
                                                     &record_consent_changed,
                                                     &record_assessment_completed,
                                                     &record_decision_challenged,
                                                     &record_referrer,
                                                     &record_consent,
                                                     &record_household,
                                                     &record_member,
                                                     &record_asb};

    for (size_t i = 0; i < sizeof sent / sizeof sent[0]; i++)
        if (sent[i] == record)
            return true;
    return false;
}

static void every_personal_field_has_a_kind(void **state)
{
    (void)state;
    for (unsigned r = 0; proto_records[r] != NULL; r++)
        for (unsigned f = 0; f < proto_records[r]->n_fields; f++) {
            const struct field_desc *field = &proto_records[r]->fields[f];
            bool has_row = redact_kind(proto_records[r], field) != PERSONAL_UNKNOWN;

            if (has_row != (field->part == PART_PERSON) || (has_row && !is_sent(proto_records[r])))
                fail_msg("%s.%s: a row in personal.def, or none", proto_records[r]->name, field->name);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_out_what_is_not_allowed),         cmocka_unit_test(goes_into_every_type_of_event),
        cmocka_unit_test(what_is_absent_is_not_withheld),         cmocka_unit_test(what_is_not_as_declared_is_unknown),
        cmocka_unit_test(the_envelope_holds_no_words_of_its_own), cmocka_unit_test(any_bytes_are_safe),
        cmocka_unit_test(every_personal_field_has_a_kind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
