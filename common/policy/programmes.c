// SPDX-License-Identifier: MIT
// Counts problems of a household by a programme's table.
// Called by allocation and the command line. Pure; changes nothing.
#include "common/policy/programmes.h"

#include "common/base/bits.h"

uint64_t programme_places(const struct programme *programme, unsigned headline)
{
    uint64_t places = 0;

    for (unsigned i = 0; i < programme->n_problems; i++)
        if ((programme->problems[i].headlines >> headline & 1) != 0)
            places |= UINT64_C(1) << i;
    return places;
}

static bool is_one(uint64_t places)
{
    return places != 0 && (places & (places - 1)) == 0;
}

void programme_count(const struct programme *programme, uint64_t headlines, uint64_t needs, struct programme_count *count)
{
    *count = (struct programme_count){0};
    for (unsigned i = 0; i < programme->n_problems; i++)
        if ((programme->problems[i].needs & needs) != 0)
            count->shown |= UINT64_C(1) << i;
    for (uint64_t left = headlines; left != 0; left &= left - 1) {
        uint64_t places = programme_places(programme, (unsigned)__builtin_ctzll(left));

        if (is_one(places))
            count->shown |= places;
    }
    for (uint64_t left = headlines; left != 0; left &= left - 1) {
        uint64_t places = programme_places(programme, (unsigned)__builtin_ctzll(left));

        if (places != 0 && (places & count->shown) == 0)
            count->one_of |= left & -left;
    }
    count->counted = bits_count(count->shown) + bits_count(count->one_of);
}

bool programme_runs(const struct programme *programme, int32_t day)
{
    return programme->from <= day && day <= programme->until;
}

uint64_t programme_needs(const struct facts *facts)
{
    uint64_t needs = facts->household_needs;

    for (uint64_t i = 0; i < facts->n_members; i++)
        needs |= facts->members[i].needs;
    return needs;
}
