// SPDX-License-Identifier: MIT
// One row a team: what was said, and until when it holds.
// Called when somebody says so, and for each job that comes to a team of which something was said.
// Must not change a level, nor take anything out of a queue: what waits keeps its place.
#include "services/allocation/capacity.h"

enum { KEY_SIZE = 2 };

struct row {
    int64_t until_ms;
    uint64_t capacity;
};

static enum err load_row(void *context, struct span key, struct span value)
{
    struct allocation *allocation = context;
    struct row row;
    unsigned team;

    if (key.size != KEY_SIZE || value.size != sizeof row)
        return ERR_BAD_STORE;
    team = (unsigned)key.at[0] << 8 | key.at[1];
    memcpy(&row, value.at, sizeof row);
    if (team >= NAME_TABLE_MAX || row.capacity >= CAPACITY_COUNT)
        return ERR_BAD_STORE;
    allocation->capacities[team] = (struct team_capacity){.until_ms = row.until_ms, .capacity = (uint8_t)row.capacity};
    return ERR_NONE;
}

enum err capacity_load(struct allocation *allocation)
{
    return projection_scan(allocation->projection, TABLE_CAPACITY, load_row, allocation);
}

enum err capacity_take(struct allocation *allocation, uint16_t team, struct team_capacity said)
{
    const uint8_t key[KEY_SIZE] = {(uint8_t)(team >> 8), (uint8_t)team};
    const struct row row = {.until_ms = said.until_ms, .capacity = said.capacity};

    allocation->capacities[team] = said;
    return projection_put(allocation->projection, TABLE_CAPACITY, span_of(key, KEY_SIZE), span_of(&row, sizeof row));
}

enum capacity capacity_of(const struct allocation *allocation, struct span team)
{
    const struct team_capacity *said = &allocation->capacities[name_table_find(allocation->names, team)];

    if (said->capacity == CAPACITY_NONE || (said->until_ms != 0 && said->until_ms <= allocation->now.wall_ms))
        return CAPACITY_AVAILABLE;
    return (enum capacity)said->capacity;
}

static bool is_full(const struct allocation *allocation, struct span team)
{
    enum capacity capacity = capacity_of(allocation, team);

    return capacity == CAPACITY_FULL || capacity == CAPACITY_WAITLIST;
}

const struct team *capacity_overflow(const struct allocation *allocation, const struct policy *policy, struct span team, bool agreed)
{
    unsigned index = policy == NULL || !agreed ? 0 : rules_team(policy, team);

    if (index == 0 || policy->teams[index].n_overflow == 0 || !is_full(allocation, team))
        return NULL;
    for (unsigned i = 0; i < policy->teams[index].n_overflow; i++) {
        const struct team *other = &policy->teams[policy->teams[index].overflow[i]];

        if (!is_full(allocation, other->code))
            return other;
    }
    return NULL;
}
