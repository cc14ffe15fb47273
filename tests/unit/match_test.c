// SPDX-License-Identifier: MIT
// Whose family: the choices among matches.
#include "services/registry/match.h"

#include "tests/unit/unit.h"

enum { MEMBERS = 4 };

// One letter a member's hit: family 1..9, lower case kinds left to right; '.' none; 'x' family 9 with another birth date.
struct shape {
    const char *name;
    const char *members[MEMBERS]; // role (c child, a adult), then hits by kind
    uint64_t family;              // 0: new
    const char *others;
};

static const struct shape shapes[] = {
    {"nobody known", {"c...", "a..."}, 0, ""},
    {"nobody at all", {NULL}, 0, ""},
    {"child by number", {"c1..", "a..."}, 1, ""},
    {"child by second number", {"c.2.", "a..."}, 2, ""},
    {"child by name", {"c..3"}, 3, ""},
    {"strongest identity decides", {"c12."}, 1, "2"},
    {"first child before adult", {"a5..", "c1.."}, 1, "5"},
    {"first child that matches", {"c...", "c2..", "c3.."}, 2, "3"},
    {"an adult when no child matches", {"c...", "a4.4", "a6.."}, 4, "6"},
    {"all agree", {"c111", "c1..", "a..1"}, 1, ""},
    {"another birth date: a new family", {"cx.."}, 0, "9"},
    {"and also when others match", {"c1..", "cx.."}, 0, "19"},
    {"and when the name still fits", {"cx.9"}, 0, "9"},
    {"others once each", {"c1..", "c2..", "a2..", "a.22"}, 1, "2"},
};

static struct match_hit hit(char c)
{
    if (c == '.')
        return (struct match_hit){0};
    return (struct match_hit){.found = true, .born_differs = c == 'x', .family = c == 'x' ? 9 : (uint64_t)(c - '0')};
}

static unsigned read_members(const struct shape *shape, struct match_member *members)
{
    unsigned n = 0;

    for (; n < MEMBERS && shape->members[n] != NULL; n++) {
        members[n].is_child = shape->members[n][0] == 'c';
        for (unsigned kind = 0; kind < MATCH_KINDS; kind++)
            members[n].hits[kind] = hit(shape->members[n][1 + kind]);
    }
    return n;
}

static void chooses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct match_member members[MEMBERS];
        struct match match;
        char others[MATCH_OTHERS_MAX + 1] = "";

        match_family(members, read_members(&shapes[i], members), &match);
        for (unsigned k = 0; k < match.n_others; k++)
            others[k] = (char)('0' + match.others[k]);
        if (match.is_new != (shapes[i].family == 0) || (!match.is_new && match.family != shapes[i].family) ||
            strcmp(others, shapes[i].others) != 0)
            fail_msg("%s: family %d, others %s", shapes[i].name, match.is_new ? 0 : (int)match.family, others);
    }
}

static void bounds_the_others(void **state)
{
    struct match_member members[MATCH_MEMBERS_MAX] = {{0}};
    struct match match;

    (void)state;
    for (unsigned i = 0; i < MATCH_MEMBERS_MAX; i++)
        members[i].hits[0] = (struct match_hit){.found = true, .family = 100 + i};
    match_family(members, MATCH_MEMBERS_MAX, &match);
    assert_true(match.family == 100);
    assert_int_equal(match.n_others, MATCH_OTHERS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(chooses), cmocka_unit_test(bounds_the_others)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
