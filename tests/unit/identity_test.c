// SPDX-License-Identifier: MIT
// Names are written alike, identities are equal exactly when they should be.
#include "services/registry/identity.h"

#include "tests/unit/unit.h"

#include <sodium.h>

static const struct {
    const char *name, *normal;
} names[] = {
    {"Smith", "smith"},
    {"SMITH-JONES", "smithjones"},
    {"O'Brien", "obrien"},
    {"O\xe2\x80\x99" "Brien", "obrien"},
    {"O\xca\xbc" "Brien", "obrien"},
    {"  Anna  Maria ", "annamaria"},
    {"Anna\xe2\x80\x91Maria", "annamaria"},
    {"Zo\xc3\xab", "zoe"},
    {"Zoe\xcc\x88", "zoe"},
    {"Nguy\xe1\xbb\x85n", "nguyen"},
    {"\xc5\x81ukasz", "lukasz"},
    {"S\xc3\xb8ren", "soren"},
    {"\xc4\x90or\xc4\x91" "e", "dorde"},
    {"Wei\xc3\x9f", "weiss"},
    {"\xef\xbd\x81\xef\xbd\x82", "ab"}, // full width
    {"\xd9\x85\xd8\xad\xd9\x85\xd8\xaf", "\xd9\x85\xd8\xad\xd9\x85\xd8\xaf"},
    {"St. John", "stjohn"},
    {"-", ""},
    {"", ""},
    {"\xff\xfe", ""}, // no UTF-8
};

static void writes_names_alike(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        uint8_t out[IDENTITY_NAME_MAX];
        size_t size = identity_print_name(span_text(names[i].name), out);

        if (!span_is(span_of(out, size), names[i].normal))
            fail_msg("%s: %.*s", names[i].name, (int)size, (const char *)out);
    }
}

static void bounds_names(void **state)
{
    uint8_t out[IDENTITY_NAME_MAX], name[IDENTITY_NAME_MAX + 1];

    (void)state;
    memset(name, 'a', sizeof name);
    assert_int_equal(identity_print_name(span_of(name, IDENTITY_NAME_MAX), out), IDENTITY_NAME_MAX);
    assert_int_equal(identity_print_name(span_of(name, sizeof name), out), 0);
    for (size_t i = 0; i + 3 <= IDENTITY_NAME_MAX; i += 3)
        memcpy(name + i, "\xef\xb7\xba", 3); // one character that NFKC makes eighteen of
    assert_int_equal(identity_print_name(span_of(name, 510), out), 0);
}

static struct identity_secret secret;

static void set_person(struct submitted *submitted, const char *given, const char *family, int32_t born, const char *postcode)
{
    struct member *member = &submitted->members[0];

    memset(submitted, 0, sizeof *submitted);
    submitted->n_members = 1;
    PUT(member, member, role, MEMBER_CHILD);
    PUT(member, member, given_name, span_text(given));
    PUT(member, member, family_name, span_text(family));
    PUT(member, member, born, born);
    SET_HAS(submitted, submitted, household);
    PUT(&submitted->household, household, postcode, span_text(postcode));
}

static struct identity_member person(const char *given, const char *family, int32_t born, const char *postcode)
{
    static struct submitted submitted;
    static struct identities identities;

    set_person(&submitted, given, family, born, postcode);
    identity_of_members(&secret, &submitted, &identities);
    assert_int_equal(identities.n, 1);
    assert_true(identities.members[0].is_child);
    return identities.members[0];
}

static bool same_name(struct identity_member a, struct identity_member b)
{
    assert_true(a.has[IDENTITY_NAME] && b.has[IDENTITY_NAME]);
    return memcmp(&a.by[IDENTITY_NAME], &b.by[IDENTITY_NAME], sizeof(struct identity)) == 0;
}

static void name_identity_needs_all_four(void **state)
{
    struct identity_member one = person("Zo\xc3\xab", "O'Brien", 100, "LU4 9QT");
    static struct submitted submitted;
    static struct identities identities;

    (void)state;
    assert_true(same_name(one, person("ZOE", "O\xe2\x80\x99" "Brien", 100, "lu49qt")));
    assert_false(same_name(one, person("Zoe", "OBrian", 100, "LU4 9QT")));
    assert_false(same_name(one, person("Joe", "O'Brien", 100, "LU4 9QT")));
    assert_false(same_name(one, person("Zoe", "O'Brien", 101, "LU4 9QT")));
    assert_false(same_name(one, person("Zoe", "O'Brien", 100, "LU4 9QU")));
    assert_false(same_name(person("ab", "c", 1, "LU4 9QT"), person("b", "ca", 1, "LU4 9QT")));
    assert_false(person("-", "O'Brien", 100, "LU4 9QT").has[IDENTITY_NAME]);
    assert_false(person("Zoe", "O'Brien", 100, "nowhere").has[IDENTITY_NAME]);
    for (unsigned without = 0; without < 4; without++) {
        struct member *member = &submitted.members[0];
        const unsigned fields[] = {member_F_given_name, member_F_family_name, member_F_born};

        set_person(&submitted, "Zoe", "O'Brien", 100, "LU4 9QT");
        if (without < 3)
            member->has &= ~(UINT64_C(1) << fields[without]);
        else
            submitted.has = 0;
        identity_of_members(&secret, &submitted, &identities);
        assert_false(identities.members[0].has[IDENTITY_NAME]);
    }
}

static struct identity_member numbered(const char *nhs_number, const char *upn)
{
    static struct submitted submitted;
    static struct identities identities;
    struct member *member = &submitted.members[0];

    memset(&submitted, 0, sizeof submitted);
    submitted.n_members = 1;
    if (nhs_number != NULL)
        PUT(member, member, nhs_number, span_text(nhs_number));
    if (upn != NULL)
        PUT(member, member, upn, span_text(upn));
    identity_of_members(&secret, &submitted, &identities);
    return identities.members[0];
}

static void numbers_are_compared_as_numbers(void **state)
{
    struct identity_member one = numbered("943 476 5919", NULL), two = numbered("943-476-5919", NULL), other = numbered("4010232137", NULL);
    struct identity_member t1 = numbered(NULL, "T821200015001"), t2 = numbered(NULL, "T82120001500B");
    size_t size = sizeof(struct identity);

    (void)state;
    assert_memory_equal(&one.by[IDENTITY_NHS_NUMBER], &two.by[IDENTITY_NHS_NUMBER], size);
    assert_memory_not_equal(&one.by[IDENTITY_NHS_NUMBER], &other.by[IDENTITY_NHS_NUMBER], size);
    assert_memory_not_equal(&t1.by[IDENTITY_UPN], &t2.by[IDENTITY_UPN], size); // one check letter, two pupils
    assert_false(one.has[IDENTITY_UPN] || t1.has[IDENTITY_NHS_NUMBER]);
    assert_false(numbered("943 476 5918", NULL).has[IDENTITY_NHS_NUMBER]); // a wrong one identifies nobody
}

static void hashes_are_keyed_and_bound(void **state)
{
    struct identity_member one = numbered("9434765919", NULL), two = numbered("4010232137", NULL);
    uint8_t a[IDENTITY_BORN_SIZE], b[IDENTITY_BORN_SIZE];
    struct identity pair, event, event2;
    struct identity_secret kept = secret;

    (void)state;
    identity_born(&secret, &one.by[0], 5, a);
    identity_born(&secret, &one.by[0], 6, b);
    assert_memory_not_equal(a, b, sizeof a);
    identity_born(&secret, &two.by[0], 5, b);
    assert_memory_not_equal(a, b, sizeof a);
    identity_with_born(&secret, &one.by[0], 5, &pair);
    assert_memory_not_equal(&pair, &one.by[0], sizeof pair);
    identity_of_event(&secret, span_text("/a"), span_text("bc"), &event);
    identity_of_event(&secret, span_text("/ab"), span_text("c"), &event2);
    assert_memory_not_equal(&event, &event2, sizeof event);
    identity_secret_derive((const uint8_t *)"another thirty-two bytes of key.", &secret);
    two = numbered("9434765919", NULL);
    assert_memory_not_equal(&one.by[0], &two.by[0], sizeof pair);
    secret = kept;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_names_alike),           cmocka_unit_test(bounds_names),
        cmocka_unit_test(name_identity_needs_all_four), cmocka_unit_test(numbers_are_compared_as_numbers),
        cmocka_unit_test(hashes_are_keyed_and_bound),
    };

    if (sodium_init() < 0)
        return 1;
    identity_secret_derive((const uint8_t *)"thirty-two bytes of a secret key", &secret);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
