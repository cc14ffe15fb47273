// SPDX-License-Identifier: MIT
// How the command line prints: colour only on a terminal that wants it, times, ages, hashes, JSON lines.
// Used by all commands. Data goes to standard output.
#pragma once

#include "common/base/span.h"

#include <jansson.h>

enum screen_style { SCREEN_PLAIN, SCREEN_BOLD, SCREEN_FAINT, SCREEN_RED, SCREEN_YELLOW, SCREEN_GREEN };

// Lends the escape sequence, or "" where standard output is no terminal or NO_COLOR is set.
const char *screen_style(enum screen_style style);

enum { SCREEN_WHEN_MAX = 23, SCREEN_AGE_MAX = 23 };

// "2026-11-23 09:12:00 GMT", "2026-07-01 10:12:00 BST": as the clock on the wall of the hub shows it.
void screen_when(int64_t ms, char text[SCREEN_WHEN_MAX + 1]);
// "850 ms", "12 s", "3 min 05 s", "2 h 05 min", "3 d 4 h".
void screen_age(int64_t ms, char text[SCREEN_AGE_MAX + 1]);
// Lower case; `text` has room for 2 * size + 1.
void screen_hex(struct span bytes, char *text);

// Prints words filled into lines of `width`, the cursor standing at `indent`, and ends the line; "\n\n" in the text begins a new paragraph.
void screen_fill(const char *text, int indent, int width);

// Prints one value on one line and frees it. Returns 0, EXIT_BAD_OUTPUT, or EXIT_NO_MEMORY for NULL.
int screen_json(json_t *value);
// The same over several lines.
int screen_json_pretty(json_t *value);

// Milliseconds since 1970.
int64_t screen_now_ms(void);
// Flushes standard output: `otherwise`, or EXIT_BAD_OUTPUT when it could not be written.
int screen_end(int otherwise);
