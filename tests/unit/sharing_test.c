// SPDX-License-Identifier: MIT
// Which personal fields an agency is given: by the rows, the family's answer, groups of agencies, and the purpose.
#include "common/policy/sharing.h"

#include "common/policy/policy.h"
#include "tests/unit/unit.h"

#include <stdlib.h>

#define BIT(kind) (UINT64_C(1) << PERSONAL_##kind)
#define WITH(agency) (UINT64_C(1) << AGENCY_##agency)

static struct sharing sharing;

static void read_text(const char *text, struct complaints *complaints)
{
    struct yaml *yaml;

    assert_int_equal(yaml_open("sharing.yaml", span_text(text), complaints, &yaml), ERR_NONE);
    sharing_read(yaml_root(yaml), complaints, &sharing);
    yaml_close(&yaml);
}

static int set_up(void **state)
{
    static struct complaints complaints;

    (void)state;
    complaints.n = 0;
    read_text("groups: {health: [gp, midwife]}\n"
              "sharing:\n"
              "  - {agency: early-help, with: always, fields: all, source: s}\n"
              "  - {agency: [gp, school], with: always, fields: names, source: s}\n"
              "  - {agency: gp, with: agreement, fields: [reason, address], source: s}\n"
              "  - {purpose: safeguarding, with: always, fields: [address], source: s}\n",
              &complaints);
    assert_int_equal(complaints.n, 0);
    return 0;
}

static uint64_t fields(enum agency agency, uint64_t share_with)
{
    return sharing_fields(&sharing, agency, PURPOSE_ALLOCATED_WORK, share_with);
}

static void gives_what_the_rows_say(void **state)
{
    (void)state;
    for (unsigned kind = 1; kind < PERSONAL_COUNT; kind++)
        assert_true((fields(AGENCY_EARLY_HELP, 0) >> kind & 1) == 1);
    assert_int_equal(fields(AGENCY_SCHOOL, UINT64_MAX), BIT(NAMES)); // no row of agreement
    assert_int_equal(fields(AGENCY_GP, 0), BIT(NAMES));
    assert_int_equal(fields(AGENCY_POLICE, UINT64_MAX), 0);
    assert_int_equal(fields(AGENCY_NONE, UINT64_MAX), 0);
}

static void asks_the_family(void **state)
{
    (void)state;
    assert_int_equal(fields(AGENCY_GP, WITH(GP)), BIT(NAMES) | BIT(REASON) | BIT(ADDRESS));
    assert_int_equal(fields(AGENCY_GP, WITH(HEALTH)), BIT(NAMES) | BIT(REASON) | BIT(ADDRESS)); // as a whole
    assert_int_equal(fields(AGENCY_GP, WITH(MIDWIFE) | WITH(SCHOOL)), BIT(NAMES));
    assert_true(sharing_asks(&sharing, AGENCY_GP, PURPOSE_ALLOCATED_WORK));
    assert_false(sharing_asks(&sharing, AGENCY_SCHOOL, PURPOSE_ALLOCATED_WORK) ||
                 sharing_asks(&sharing, AGENCY_NONE, PURPOSE_SAFEGUARDING));
}

static void a_risk_of_harm_asks_nobody(void **state)
{
    (void)state;
    assert_int_equal(sharing_fields(&sharing, AGENCY_GP, PURPOSE_SAFEGUARDING, 0), BIT(NAMES) | BIT(ADDRESS));
    assert_int_equal(sharing_fields(&sharing, AGENCY_POLICE, PURPOSE_SAFEGUARDING, 0), BIT(ADDRESS));
    assert_int_equal(sharing_fields(&sharing, AGENCY_NONE, PURPOSE_SAFEGUARDING, 0), 0);
}

static void the_sample_keeps_pupil_numbers_to_schools(void **state)
{
    static const char *const teams[] = {"fsw", "taf", "tys", "specialist", "single-agency", "take3", "flying-start-west"};
    static struct complaints complaints;
    uint8_t *bundle;
    size_t size;

    (void)state;
    complaints.n = 0;
    assert_int_equal(policy_read_folder("deploy/policy/luton-2017", &complaints, &bundle, &size), ERR_NONE);
    assert_int_equal(sharing_open(policy_bundle_file(span_of(bundle, size), "sharing.yaml"),
                                  policy_bundle_file(span_of(bundle, size), "teams.yaml"), &complaints, &sharing),
                     ERR_NONE);
    free(bundle);
    for (size_t i = 0; i < sizeof teams / sizeof teams[0]; i++) {
        enum agency agency = sharing_agency(&sharing, span_text(teams[i]));

        assert_int_not_equal(agency, AGENCY_NONE);
        assert_true((sharing_fields(&sharing, agency, PURPOSE_SAFEGUARDING, UINT64_MAX) & BIT(UPN)) == 0);
        assert_true((sharing_fields(&sharing, agency, PURPOSE_SAFEGUARDING, 0) & BIT(NAMES)) != 0);
    }
    assert_true((sharing_fields(&sharing, AGENCY_EDUCATION_WELFARE, PURPOSE_ALLOCATED_WORK, 0) & BIT(UPN)) != 0);
    assert_int_equal(sharing_agency(&sharing, span_text("nobodys")), AGENCY_NONE);
}

static void complains_of_what_it_cannot_read(void **state)
{
    static const char *const bad[] = {
        "sharing: []\n",
        "sharing: {a: b}\n",
        "groups: [health]\nsharing:\n  - {agency: gp, with: always, fields: names, source: s}\n",
        "sharing:\n  - {with: always, fields: names, source: s}\n",
        "sharing:\n  - {agency: gp, purpose: safeguarding, with: always, fields: names}\n",
        "sharing:\n  - {agency: gp, with: always, fields: [], source: s}\n",
        "sharing:\n  - {agency: gp, with: always, source: s}\n",
        "sharing:\n  - {agency: gp, with: always, fields: names}\n",
        "other: 1\nsharing:\n  - {agency: gp, with: always, fields: names, source: s}\n",
        "groups: {gp: x}\nsharing:\n  - {agency: gp, with: always, fields: names, source: s}\n",
    };
    static struct complaints complaints;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        complaints.n = 0;
        read_text(bad[i], &complaints);
        if (complaints.n == 0)
            fail_msg("nothing is said of %s", bad[i]);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
    const struct CMUnitTest tests[] = {
        TEST(gives_what_the_rows_say),          TEST(asks_the_family),
        TEST(a_risk_of_harm_asks_nobody),       TEST(the_sample_keeps_pupil_numbers_to_schools),
        TEST(complains_of_what_it_cannot_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
