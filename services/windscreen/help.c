// SPDX-License-Identifier: MIT
// Prints help out of the rows of commands.def.
// Called when somebody asks, or mistyped. Knows no command by name.
#include "services/windscreen/help.h"

#include <stdio.h>
#include <string.h>

#include "services/windscreen/given.h"
#include "services/windscreen/screen.h"

enum { LINE_WIDTH = 80, INDENT = 4, OPTION_COLUMN = 26 };

static void print_option(const struct option_row *row)
{
    int used =
        printf("    -%c, --%s%s%s", row->letter, row->name, row->argument != NULL ? " " : "", row->argument != NULL ? row->argument : "");

    if (used >= OPTION_COLUMN) {
        putchar('\n');
        used = 0;
    }
    printf("%*s", OPTION_COLUMN - used, "");
    screen_fill(row->meaning, OPTION_COLUMN, LINE_WIDTH);
}

static void print_heading(const char *text)
{
    printf("\n%s%s%s\n", screen_style(SCREEN_BOLD), text, screen_style(SCREEN_PLAIN));
}

void help_page(const struct command *command)
{
    printf("windscreen %s - %s\n", command->words, command->summary);
    print_heading("EXAMPLES");
    for (const struct example *example = command->examples; example->line != NULL; example++)
        printf("    %s%s%s\n        %s\n", screen_style(SCREEN_BOLD), example->line, screen_style(SCREEN_PLAIN), example->meaning);
    print_heading("USAGE");
    printf("    windscreen %s %s%s[OPTION]...\n", command->words, command->arguments, command->arguments[0] != '\0' ? " " : "");
    print_heading("WHAT IT DOES");
    printf("%*s", INDENT, "");
    screen_fill(command->about, INDENT, LINE_WIDTH);
    print_heading("OPTIONS");
    for (const struct option_row *row = command->options; row->name != NULL; row++)
        print_option(row);
    for (const struct option_row *row = common_options; row->name != NULL; row++)
        print_option(row);
    printf("\nTimes are written 250ms, 30s, 15m, 2h or 1d. Data goes to standard output, all else to standard error.\n");
}

static bool is_in_group(const struct command *command, const char *group)
{
    size_t size = group != NULL ? strlen(group) : 0;

    return group == NULL || (strncmp(command->words, group, size) == 0 && command->words[size] == ' ');
}

void help_overview(const char *group)
{
    if (group == NULL) {
        printf("windscreen - referrals for children's early help, routed and never lost\n");
        print_heading("EXAMPLES");
        printf("    windscreen publish referral.json\n        send a referral\n"
               "    windscreen log --follow\n        watch referrals being routed\n"
               "    windscreen show R0000000G00001\n        where is it, and why?\n");
        print_heading("USAGE");
        printf("    windscreen COMMAND [ARGUMENT]... [OPTION]...\n");
    }
    print_heading("COMMANDS");
    for (const struct command *command = commands; command->words != NULL; command++)
        if (is_in_group(command, group))
            printf("    %-14s  %s\n", command->words, command->summary);
    printf("\n`windscreen help COMMAND` tells all about one. Every command knows --help, and all that ask the hub know --state DIR and "
           "--json.\n");
}

int help_unknown(int argc, char **argv)
{
    char typed[64];
    const struct command *nearest;

    snprintf(typed, sizeof typed, "%s%s%s", argv[0], argc > 1 && argv[1][0] != '-' ? " " : "",
             argc > 1 && argv[1][0] != '-' ? argv[1] : "");
    nearest = command_nearest(typed);
    if (nearest == NULL)
        nearest = command_nearest(argv[0]);
    fprintf(stderr, "windscreen: there is no command `%s`.\n",
            command_is_group(argv[0]) || (nearest != NULL && strchr(nearest->words, ' ') != NULL) ? typed : argv[0]);
    if (nearest != NULL)
        fprintf(stderr, "Did you mean `windscreen %s`?\n", nearest->words);
    if (command_is_group(argv[0]))
        fprintf(stderr, "`windscreen help %s` lists what there is.\n", argv[0]);
    else
        fprintf(stderr, "`windscreen help` lists them all.\n");
    return EXIT_BAD_USAGE;
}

int command_help_run(const struct given *given)
{
    int n_words;
    const struct command *command;

    if (given->n_words == 0) {
        help_overview(NULL);
        return 0;
    }
    command = command_find((int)given->n_words, given->words, &n_words);
    if (command == NULL || n_words < (int)given->n_words) {
        if (given->n_words > 1 || !command_is_group(given->words[0]))
            return help_unknown((int)given->n_words, given->words);
        help_overview(given->words[0]);
        return 0;
    }
    if (command->run_raw != NULL) {
        char *arguments[] = {given->words[0], "--help", NULL};

        return command->run_raw(2, arguments);
    }
    help_page(command);
    return 0;
}
