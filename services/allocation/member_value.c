// SPDX-License-Identifier: MIT
// Values of one member for the tables.
// Called by destination, for every member of a referral.
#include "services/allocation/member_value.h"

bool member_value_months(const struct member_facts *member, int64_t *months)
{
    *months = HAS(member, member_facts, months) ? member->months : -1;
    return HAS(member, member_facts, months) || member->role == MEMBER_UNBORN;
}

uint8_t member_value_band(const struct route_rules *routes, int64_t months)
{
    for (unsigned i = 0; i < routes->n_ages; i++)
        if (months >= routes->ages[i].from && months <= routes->ages[i].to)
            return (uint8_t)(i + 1);
    return 0;
}

uint8_t member_value_age(const struct route_rules *routes, const struct member_facts *member)
{
    int64_t months;

    return member_value_months(member, &months) ? member_value_band(routes, months) : 0;
}

uint64_t member_value_groups(const struct route_rules *routes, const struct member_facts *member)
{
    uint8_t values[MEMBER_FACT_COUNT];
    uint64_t groups = 0;

    values[MEMBER_FACT_ROLE] = member->role;
    values[MEMBER_FACT_AGE] = member_value_age(routes, member);
    values[MEMBER_FACT_SEND] = member->send;
    for (uint64_t left = table_matches(&routes->members, values); left != 0; left &= left - 1)
        groups |= UINT64_C(1) << routes->member_groups[__builtin_ctzll(left)];
    return groups;
}
