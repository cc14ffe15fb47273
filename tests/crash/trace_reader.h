// SPDX-License-Identifier: MIT
// Reads a trace as a whole.
// Used by power_cut_images and its parts.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "tests/crash/trace.h"

struct trace_record {
    struct trace_head head;
    char path[TRACE_PATH_MAX + 1]; // ends with NUL; of a rename: from NUL to
    uint8_t *data;                 // head.data_size bytes; private, may be written to
};

struct trace {
    struct trace_record *records;
    size_t n;
};

// Never freed: for one run of a program. False: there is no such file, or it is not a trace.
bool trace_read(const char *path, struct trace *trace);
