// SPDX-License-Identifier: MIT
// Numbers to numbers: a table in memory that grows with what is put and shrinks for nobody.
// Used by replay. Keys are not 0; a value of 0 is "nothing there".
#pragma once

#include "common/base/err.h"

#include <stdint.h>

struct number_map {
    uint64_t *keys; // 0: free
    uint32_t *values;
    uint32_t n_used; // keys ever put, those with value 0 too
    uint32_t room;   // a power of 2; 0 at first
};

// 0 when nothing is there.
uint32_t number_map_get(const struct number_map *map, uint64_t key);
CHECKED enum err number_map_put(struct number_map *map, uint64_t key, uint32_t value);
void number_map_free(struct number_map *map);
