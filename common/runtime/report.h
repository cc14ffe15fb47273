// SPDX-License-Identifier: MIT
// Log lines of a daemon: one line each on standard error, `time daemon event-id text`.
// Used by runtime, audit and mains. Never personal data: ids, counts, codes and paths only.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { REPORT_AGAIN_MS = 60000 }; // a limit that stays reached is said so often

// Names the daemon in every later line.
void report_as(const char *daemon);
// `id` is stable and documented; the text says what, why and what next.
__attribute__((format(printf, 2, 3))) void report(const char *id, const char *format, ...);
// True when a limit that is reached is to be said: the first time, and again once it has been silent for REPORT_AGAIN_MS. `told_ms` (0 at
// first) keeps when it was; `boot_ms` of the boot clock.
bool report_due(int64_t *told_ms, int64_t boot_ms);
