// SPDX-License-Identifier: MIT
// What is wrong with a message, and where.
// Filled by check and decode; told to partners in receipts and to clients in replies.
#pragma once

#include "common/base/err.h"
#include "proto/proto.h"

enum { FAULT_PATH_MAX = 64 };

struct fault_at {
    enum fault code;
    char path[FAULT_PATH_MAX + 1]; // JSON Pointer, stops at the last declared name; never quotes a value
};

struct faults {
    unsigned n; // kept, at most FAULTS_MAX
    struct fault_at at[FAULTS_MAX];
};

// Adds one; beyond FAULTS_MAX it is left out.
void faults_add(struct faults *faults, enum fault code, const char *path);

// Fault i as a problem record with its message: path and message are lent from `faults` and constants.
struct problem fault_problem(const struct faults *faults, unsigned i);
