// SPDX-License-Identifier: MIT
// Log lines of a daemon: one line each on standard error, `time daemon event-id text`.
// Used by runtime, audit and mains. Never personal data: ids, counts, codes and paths only.
#pragma once

// Names the daemon in every later line.
void report_as(const char *daemon);
// `id` is stable and documented; the text says what, why and what next.
__attribute__((format(printf, 2, 3))) void report(const char *id, const char *format, ...);
