// SPDX-License-Identifier: MIT
// The commands of `windscreen` as a table, made from commands.def.
// Used by main, option parsing and help. A new command is a row and a function.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct given;

struct option_row {
    const char *name;     // NULL ends
    const char *argument; // NULL: a flag
    const char *meaning;
    char letter;
};

struct example {
    const char *line; // NULL ends
    const char *meaning;
};

struct command {
    const char *words; // "publish", "work take"; NULL ends
    const char *arguments;
    const char *summary;
    const char *about;
    const struct option_row *options;
    const struct example *examples;
    int (*run)(const struct given *given); // returns the exit code
    int (*run_raw)(int argc, char **argv); // instead: parses its options itself
    unsigned n_words_min, n_words_max;     // behind the options
};

// Exit codes: sysexits, and those of the commands' pages.
enum {
    EXIT_REFUSED = 1,
    EXIT_BAD_USAGE = 64,
    EXIT_BAD_DATA = 65,
    EXIT_NO_INPUT = 66,
    EXIT_BUG = 70,
    EXIT_NO_MEMORY = 71,
    EXIT_BAD_OUTPUT = 74,
    EXIT_TRY_AGAIN = 75,
    EXIT_NOT_ALLOWED = 77,
};

extern const struct command commands[];
extern const struct option_row common_options[];

// The command that the first one or two words name; says in n_words how many. NULL when there is none.
const struct command *command_find(int argc, char **argv, int *n_words);

// The command whose words are nearest to what was typed; NULL when none is near.
const struct command *command_nearest(const char *typed);

// True when some command begins with this word and a space ("work").
bool command_is_group(const char *word);
