// SPDX-License-Identifier: MIT
// Open addressing, at most half full.
// Called by replay_cases.c and command_policy_replay.c. Never removes a key: its value becomes 0.
#include "services/windscreen/number_map.h"

#include <stdlib.h>

enum { ROOM_AT_FIRST = 1024 };

// The place of a key, or the free one where it belongs.
static uint32_t place_of(const struct number_map *map, uint64_t key)
{
    uint64_t mixed = (key ^ key >> 29) * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t place = (uint32_t)(mixed >> 32) & (map->room - 1);

    while (map->keys[place] != 0 && map->keys[place] != key)
        place = (place + 1) & (map->room - 1);
    return place;
}

uint32_t number_map_get(const struct number_map *map, uint64_t key)
{
    return map->room == 0 ? 0 : map->values[place_of(map, key)];
}

static enum err grow(struct number_map *map)
{
    struct number_map larger = {.room = map->room == 0 ? ROOM_AT_FIRST : 2 * map->room};

    larger.keys = calloc(larger.room, sizeof *larger.keys);
    larger.values = calloc(larger.room, sizeof *larger.values);
    if (larger.keys == NULL || larger.values == NULL || larger.room == 0) {
        number_map_free(&larger);
        return ERR_NO_MEMORY;
    }
    for (uint32_t i = 0; i < map->room; i++)
        if (map->values[i] != 0) {
            uint32_t place = place_of(&larger, map->keys[i]);

            larger.keys[place] = map->keys[i];
            larger.values[place] = map->values[i];
            larger.n_used++;
        }
    number_map_free(map);
    *map = larger;
    return ERR_NONE;
}

enum err number_map_put(struct number_map *map, uint64_t key, uint32_t value)
{
    enum err err = 2 * map->n_used >= map->room ? grow(map) : ERR_NONE;
    uint32_t place;

    if (err != ERR_NONE)
        return err;
    place = place_of(map, key);
    map->n_used += map->keys[place] == 0;
    map->keys[place] = key;
    map->values[place] = value;
    return ERR_NONE;
}

void number_map_free(struct number_map *map)
{
    free(map->keys);
    free(map->values);
    *map = (struct number_map){0};
}
