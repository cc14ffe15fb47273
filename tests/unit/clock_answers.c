// SPDX-License-Identifier: MIT
// Answers for clock_oracle.py: reads lines "due|before UNIT AMOUNT MS" and prints the moment that the policy's calendar gives, in ms.
// Run by the test unit.clock_oracle only. Judges nothing.
#include "services/allocation/clock.h"
#include "tests/unit/policy_kit.h"

#include <inttypes.h>

static const char *const units[] = {"minutes", "hours", "working_hours", "working_days", "weeks", "months"};

static int64_t answer(const struct calendar *calendar, const char *way, const char *unit, unsigned amount, int64_t ms)
{
    struct duration time = {.amount = (uint16_t)amount};

    while (strcmp(units[time.unit], unit) != 0)
        assert_true(++time.unit < sizeof units / sizeof units[0]);
    return strcmp(way, "due") == 0 ? clock_due(calendar, time, ms) : clock_before(calendar, time, ms);
}

int main(int argc, char **argv)
{
    struct policy *policy = kit_policy(argc > 1 ? argv[1] : "deploy/policy/luton-2017");
    char way[8], unit[16];
    unsigned amount;
    int64_t ms;

    while (scanf("%7s %15s %u %" SCNd64, way, unit, &amount, &ms) == 4)
        printf("%" PRId64 "\n", answer(&policy->calendar, way, unit, amount, ms));
    policy_free(&policy);
    return 0;
}
