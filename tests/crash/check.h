// SPDX-License-Identifier: MIT
// Judges what a power cut has left: opens the stores by the daemons' own code, compares them with what was promised before the cut.
// Used by power_cut_images, in a process of its own for each image.
#pragma once

#include "common/base/span.h"
#include "tests/crash/trace_reader.h"

enum { CHECK_KEY_SIZE = 32 };

struct check {
    const char *directory; // the image of a state directory; is written to
    const struct trace_record *promises;
    size_t n_promises; // records up to the cut
    uint8_t kek[CHECK_KEY_SIZE];
    char why[512]; // what is wrong
};

// Notes what is wrong; false.
bool check_fail(struct check *check, const char *format, ...) __attribute__((format(printf, 2, 3)));

// False: `why` says what was lost or is not as it should be.
bool check_hub(struct check *check);
bool check_keys(struct check *check);
