// SPDX-License-Identifier: MIT
// The command `windscreen`: finds the row of the command line's first words and runs its function.
// Started by people and scripts. Decides nothing else.
#include <stdio.h>
#include <string.h>

#include "services/windscreen/given.h"
#include "services/windscreen/help.h"
#include "services/windscreen/screen.h"

int command_version_run(const struct given *given)
{
    if (given->json)
        return screen_json(json_pack("{ss}", "version", WINDSCREEN_VERSION));
    printf("windscreen %s\n", WINDSCREEN_VERSION);
    return 0;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct given given;

    if (command->run_raw != NULL)
        return command->run_raw(argc, argv);
    if (!given_parse(command, argc, argv, &given))
        return EXIT_BAD_USAGE;
    if (given.help) {
        help_page(command);
        return 0;
    }
    return command->run(&given);
}

// `windscreen --version` and the like: habits of other programs.
static char *plain_word(char *word)
{
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return "help";
    return strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0 ? "version" : word;
}

int main(int argc, char **argv)
{
    const struct command *command;
    int n_words;

    if (argc < 2) {
        help_overview(NULL);
        return screen_end(EXIT_BAD_USAGE);
    }
    argv[1] = plain_word(argv[1]);
    command = command_find(argc - 1, argv + 1, &n_words);
    if (command != NULL) // the last of the command's words stands for the program's name
        return screen_end(run(command, argc - n_words, argv + n_words));
    if (command_is_group(argv[1]) && (argc == 2 || argv[2][0] == '-')) {
        help_overview(argv[1]);
        return screen_end(argc == 2 ? EXIT_BAD_USAGE : 0);
    }
    return help_unknown(argc - 1, argv + 1);
}
