// SPDX-License-Identifier: MIT
// Members one after the other: which combinations of groups a household reaches, and by whom.
// Called by prove_routes.c. Each combination keeps the shortest household found first, children before adults.
#include "common/policy/households.h"

bool households_can_be(const struct route_rules *routes, enum member_role role, unsigned age)
{
    if (role != MEMBER_UNBORN)
        return true;
    return age >= 1 && age <= routes->n_ages && routes->ages[age - 1].from < 0;
}

static unsigned groups_of(const struct route_rules *routes, const struct households_step *member)
{
    const uint8_t values[MEMBER_FACT_COUNT] = {
        [MEMBER_FACT_ROLE] = member->role, [MEMBER_FACT_AGE] = member->age, [MEMBER_FACT_SEND] = member->send};
    unsigned groups = 0;

    for (uint64_t left = table_matches(&routes->members, values); left != 0; left &= left - 1)
        groups |= 1U << routes->member_groups[__builtin_ctzll(left)];
    return groups;
}

// Adds one more member to every household so far; true when that reached something new.
static bool add_member(struct households *households, const struct households_step *member)
{
    unsigned groups = groups_of(households->routes, member);
    bool grown = false;

    for (unsigned before = 0; before < HOUSEHOLDS_MAX; before++) {
        struct households_step *step = &households->steps[before | groups];
        if (!households->steps[before].reached || step->reached)
            continue;
        *step = *member;
        step->reached = true;
        step->without = (uint8_t)before;
        households->groups[households->n++] = (uint8_t)(before | groups);
        grown = true;
    }
    return grown;
}

static bool add_anybody(struct households *households, bool likely)
{
    bool grown = false;

    for (unsigned role = likely ? 1 : 0; role < MEMBER_COUNT; role++)
        for (unsigned age = 1; age <= households->routes->n_ages + 1; age++)
            for (unsigned send = 0; send < 2; send++) {
                struct households_step member = {.is_anybody = true, .role = (uint8_t)role, .send = send != 0};
                member.age = (uint8_t)(age <= households->routes->n_ages ? age : 0); // ages that are known first
                if (!likely || households_can_be(households->routes, (enum member_role)role, member.age))
                    grown = add_member(households, &member) || grown;
            }
    return grown;
}

void households_init(struct households *households, const struct route_rules *routes)
{
    memset(households, 0, sizeof *households);
    households->routes = routes;
    households->steps[0].reached = true;
    households->n = 1;
    while (add_anybody(households, true))
        continue;
    households->n_likely = households->n;
    while (add_anybody(households, false))
        continue;
}

static void tell_member(const struct households *households, const struct households_step *member, struct witness *witness)
{
    const struct table_fact *age = &households->routes->members.facts[MEMBER_FACT_AGE];

    witness_add(witness, "{role: %s, age: %.*s%s}", code_text(LIST_MEMBER, member->role), SPAN_ARG(age->values[member->age]),
                member->send ? ", send: yes" : "");
}

void households_tell(const struct households *households, unsigned groups, struct witness *witness)
{
    const char *between = ", members [";
    const struct households_step *step = &households->steps[groups];

    for (; step->is_anybody; step = &households->steps[step->without]) {
        witness_add(witness, "%s", between);
        tell_member(households, step, witness);
        between = ", ";
    }
    witness_add(witness, "%s", groups != 0 ? "]" : ", no members of these groups");
}
