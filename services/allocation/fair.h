// SPDX-License-Identifier: MIT
// Which of several waiting workers gets work: the one with the least of it for what the worker can take, then the one
// served longest ago.
// Used by grant. Pure: the same workers in any order give the same answer.
#pragma once

#include "common/base/span.h"
#include "proto/proto.h"

struct fair_worker {
    struct span tag;
    uint64_t load;     // weight of what the worker has
    uint64_t most;     // weight that the worker can have; 0: nobody said, then loads are compared as they are
    uint64_t served_n; // the greater, the later was the worker given work; 0: never
};

// Below 0: `a` comes first; above 0: `b` does; 0: they are the same worker.
int fair_compare(const struct fair_worker *a, const struct fair_worker *b);
// Why `first` comes before `second`.
enum because fair_because(const struct fair_worker *first, const struct fair_worker *second);
enum why_passed fair_passed(const struct fair_worker *first, const struct fair_worker *second);
