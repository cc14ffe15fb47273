// SPDX-License-Identifier: MIT
// `windscreen generate`: prints made-up referrals as NDJSON CloudEvents.
// Called by the command line; reaches no hub.
#pragma once

#include <stdint.h>
#include <stdio.h>

struct generate_options {
    uint64_t seed;
    uint64_t start; // place of the first referral
    uint64_t count;
    int32_t on; // the day they are sent, days since 1970
    uint32_t duplicates_percent;
    uint32_t conflicts_percent;
};

// Prints one line a referral. The same options give the same bytes on every machine.
void generate_write(const struct generate_options *options, FILE *out);

// argv[0] is "generate". Returns the exit code: 0, 64 usage, 74 when printing fails.
int generate_main(int argc, char **argv);
