// SPDX-License-Identifier: MIT
// Loads as fractions of what each worker can have, compared by cross multiplication: a/b < c/d exactly when a*d < c*b.
// Called by grant. Loads are below 2^40 and bounds at most 1,000, so nothing overflows.
#include "services/allocation/fair.h"

static uint64_t bound_of(const struct fair_worker *worker)
{
    return worker->most > 0 ? worker->most : 1;
}

static int order(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_work(const struct fair_worker *a, const struct fair_worker *b)
{
    return order(a->load * bound_of(b), b->load * bound_of(a));
}

static int compare_tags(struct span a, struct span b)
{
    size_t shorter = a.size < b.size ? a.size : b.size;
    int differ = shorter > 0 ? memcmp(a.at, b.at, shorter) : 0;

    return differ != 0 ? differ : order(a.size, b.size);
}

int fair_compare(const struct fair_worker *a, const struct fair_worker *b)
{
    int differ = compare_work(a, b);

    if (differ == 0)
        differ = order(a->served_n, b->served_n);
    return differ != 0 ? differ : compare_tags(a->tag, b->tag);
}

enum because fair_because(const struct fair_worker *first, const struct fair_worker *second)
{
    return compare_work(first, second) != 0 ? BECAUSE_LEAST_WORK : BECAUSE_LONGEST_UNSERVED;
}

enum why_passed fair_passed(const struct fair_worker *first, const struct fair_worker *second)
{
    if (compare_work(first, second) != 0)
        return PASSED_MORE_WORK;
    return first->served_n != second->served_n ? PASSED_SERVED_LATER : PASSED_EQUAL;
}
