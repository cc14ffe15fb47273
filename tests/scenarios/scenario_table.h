// SPDX-License-Identifier: MIT
// The rows of scenarios.md, cell by cell, and how they write times.
// Used by the tests of this folder. Judges nothing.
#pragma once

#include "common/base/span.h"

enum { SCENARIO_TIME_MAX = 40, SCENARIO_SHEETS_MAX = 4 };

struct scenario {
    unsigned line;
    char *name, *household, *said, *received, *level, *goes, *due, *source; // as written, without blanks at the ends
};

// What stands under one heading `# policy NAME`.
struct scenario_sheet {
    char *policy;
    struct scenario usual; // what a row leaves unsaid
    char *never;           // codes of rows that no referral can end at, with commas
    unsigned n;
    struct scenario *rows;
};

struct scenario_table {
    char *text; // all cells are cut out of it
    char *sources; // first words of sources, each with a comma behind it
    unsigned n;
    struct scenario_sheet sheets[SCENARIO_SHEETS_MAX];
};

// Ends the test when the file is not as it should be.
struct scenario_table *scenario_table_read(const char *path);
void scenario_table_free(struct scenario_table **table);
// The row of this name before `end`; -1 when there is none.
int scenario_table_find(const struct scenario_sheet *sheet, unsigned end, const char *name);

// Takes the next piece before `separator` off a text that may be changed, without blanks at its ends; NULL at the end.
char *scenario_next(char **text, const char *separator);

// Whether the word stands in the text, and not as a piece of a longer one.
bool scenario_has_word(const char *text, struct span word);

// "Fri 18 Nov 2016 15:30" in London; of an hour that comes twice " BST" or " GMT" says which. False: no such time, or not that weekday.
bool scenario_time_parse(const char *text, int64_t *utc_ms);
void scenario_time_print(int64_t utc_ms, char text[SCENARIO_TIME_MAX]);
// "29 Feb 2012" as a day since 1970.
bool scenario_day_parse(const char *text, int32_t *day);
