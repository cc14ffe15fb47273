// SPDX-License-Identifier: MIT
// Memory that runs out when a test says so: the n-th allocation of the process fails, whoever asks, libraries too.
// Linked into tests of out-of-memory only; malloc, calloc, realloc and free of the whole process go through it.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// From now on allocations are counted, and the n-th fails (0: none), alone or with all behind it.
void memory_fail(uint64_t n, bool all_behind);
// Ends that; true when one has failed.
bool memory_calm(void);
// Allocations since memory_fail, and those of them that are not yet freed.
uint64_t memory_count(void);
uint64_t memory_live(void);
