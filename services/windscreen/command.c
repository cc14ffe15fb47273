// SPDX-License-Identifier: MIT
// The table of commands, and how words find their row.
// Used by main and help. Runs nothing.
#include "services/windscreen/command.h"

#include <string.h>

#include "services/windscreen/generate.h"
#include "services/windscreen/given.h"

#define COMMAND(function, words, arguments, least, most, summary) static const struct option_row options_of_##function[] = {
#define ABOUT(text)
#define OPTION(letter_, name_, argument_, meaning_) {.name = name_, .argument = argument_, .meaning = meaning_, .letter = letter_},
#define EXAMPLE(line, meaning)
#define COMMAND_END(function) \
    {                         \
        .name = NULL          \
    }                         \
    }                         \
    ;
#include "services/windscreen/commands.def"
#undef COMMAND
#undef ABOUT
#undef OPTION
#undef EXAMPLE
#undef COMMAND_END

#define COMMAND(function, words, arguments, least, most, summary) static const struct example examples_of_##function[] = {
#define ABOUT(text)
#define OPTION(letter, name, argument, meaning)
#define EXAMPLE(line_, meaning_) {.line = line_, .meaning = meaning_},
#define COMMAND_END(function) \
    {                         \
        .line = NULL          \
    }                         \
    }                         \
    ;
#include "services/windscreen/commands.def"
#undef COMMAND
#undef ABOUT
#undef OPTION
#undef EXAMPLE
#undef COMMAND_END

// A function that takes its words as they stand goes into run_raw, any other into run.
#define RUN(function) _Generic(&function, int (*)(int, char **) : NULL, default : &function)
#define RUN_RAW(function) _Generic(&function, int (*)(int, char **) : &function, default : NULL)

const struct command commands[] = {
#define COMMAND(function, words_, arguments_, least, most, summary_)                                                                    \
    {                                                                                                                                   \
        .words = words_, .arguments = arguments_, .n_words_min = least, .n_words_max = most, .summary = summary_, .run = RUN(function), \
        .run_raw = RUN_RAW(function), .options = options_of_##function, .examples = examples_of_##function,
#define ABOUT(text) .about = text,
#define OPTION(letter, name, argument, meaning)
#define EXAMPLE(line, meaning)
#define COMMAND_END(function) \
    }                         \
    ,
#include "services/windscreen/commands.def"
    {.words = NULL},
};

const struct option_row common_options[] = {
    {.name = "state",
     .letter = 'S',
     .argument = "DIR",
     .meaning = "state directory of the hub; $WINDSCREEN_STATE by default, else /var/lib/windscreen, else ~/.local/state/windscreen"},
    {.name = "json", .letter = 'j', .meaning = "print JSON instead of text"},
    {.name = "help", .letter = 'h', .meaning = "print this page"},
    {.name = NULL},
};

static bool is_named(const struct command *command, const char *first, const char *second)
{
    size_t size = strlen(first);

    if (strncmp(command->words, first, size) != 0)
        return false;
    if (command->words[size] == '\0')
        return second == NULL;
    return command->words[size] == ' ' && second != NULL && strcmp(command->words + size + 1, second) == 0;
}

const struct command *command_find(int argc, char **argv, int *n_words)
{
    for (*n_words = argc < 2 ? argc : 2; *n_words > 0; *n_words -= 1)
        for (const struct command *command = commands; command->words != NULL; command++)
            if (is_named(command, argv[0], *n_words == 2 ? argv[1] : NULL))
                return command;
    return NULL;
}

bool command_is_group(const char *word)
{
    size_t size = strlen(word);

    for (const struct command *command = commands; command->words != NULL; command++)
        if (strncmp(command->words, word, size) == 0 && command->words[size] == ' ')
            return true;
    return false;
}

enum { WORD_MAX = 31 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

// Letters to insert, leave out, change or swap with their neighbour to come from one word to the other.
static unsigned distance(const char *a, const char *b)
{
    unsigned rows[WORD_MAX + 1][WORD_MAX + 1];
    size_t n_a = strnlen(a, WORD_MAX);
    size_t n_b = strnlen(b, WORD_MAX);

    for (unsigned i = 0; i <= n_a; i++)
        rows[i][0] = i;
    for (unsigned j = 0; j <= n_b; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n_a; i++)
        for (size_t j = 1; j <= n_b; j++) {
            rows[i][j] = least(least(rows[i - 1][j] + 1, rows[i][j - 1] + 1), rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                rows[i][j] = least(rows[i][j], rows[i - 2][j - 2] + 1);
        }
    return rows[n_a][n_b];
}

const struct command *command_nearest(const char *typed)
{
    const struct command *nearest = NULL;
    unsigned shortest = strlen(typed) < 4 ? 2 : 3; // beyond that it is another word

    for (const struct command *command = commands; command->words != NULL; command++) {
        unsigned far = distance(typed, command->words);

        if (far < shortest) {
            shortest = far;
            nearest = command;
        }
    }
    return nearest;
}
