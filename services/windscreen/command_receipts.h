// SPDX-License-Identifier: MIT
// Where the referrals of a file of receipts are now, by the log alone.
// Used by `windscreen balance --receipts`.
#pragma once

#include "services/windscreen/given.h"

// `name` is a file of NDJSON receipts, "-" standard input. Prints the counts and returns the exit code.
int command_receipts_run(const struct given *given, const char *name);
