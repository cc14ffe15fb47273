// SPDX-License-Identifier: MIT
// getopt_long over the rows of a command.
// Called by main before a command runs. Decides nothing about what the values mean.
#include "services/windscreen/given.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/tag.h"

enum { ROWS_MAX = 24 };

struct tables {
    struct option rows[ROWS_MAX + 1];
    const struct option_row *of[ROWS_MAX + 1];
    char letters[3 * ROWS_MAX + 2];
    int n;
};

int given_complain(const struct given *given, const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "windscreen %s: ", given->command->words);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\nSee `windscreen help %s`.\n", given->command->words);
    return EXIT_BAD_USAGE;
}

// ---------------------------------------------------------------- parsing

static void add_rows(struct tables *tables, const struct option_row *row)
{
    for (; row->name != NULL && tables->n < ROWS_MAX; row++) {
        size_t used = strlen(tables->letters);

        tables->rows[tables->n] =
            (struct option){.name = row->name, .has_arg = row->argument != NULL ? required_argument : no_argument, .val = row->letter};
        tables->of[tables->n++] = row;
        snprintf(tables->letters + used, sizeof tables->letters - used, "%c%s", row->letter, row->argument != NULL ? ":" : "");
    }
}

static const struct option_row *find_row(const struct tables *tables, int letter)
{
    for (int i = 0; i < tables->n; i++)
        if (tables->of[i]->letter == letter)
            return tables->of[i];
    return NULL;
}

static bool add_option(struct given *given, const struct option_row *row, const char *value)
{
    if (given->n_options == GIVEN_MAX) {
        given_complain(given, "more than %d options", GIVEN_MAX);
        return false;
    }
    given->options[given->n_options++] = (struct given_option){.name = row->name, .value = value};
    return true;
}

static bool read_options(struct given *given, int argc, char **argv)
{
    struct tables tables = {.letters = ":"};
    int letter;

    add_rows(&tables, given->command->options);
    add_rows(&tables, common_options);
    opterr = 0;
    optind = 0; // glibc: begin anew
    while ((letter = getopt_long(argc, argv, tables.letters, tables.rows, NULL)) != -1) {
        const struct option_row *row = find_row(&tables, letter);

        if (row == NULL) {
            given_complain(given, letter == ':' ? "`%s` wants a value" : "there is no option `%s`", argv[optind - 1]);
            return false;
        }
        if (!add_option(given, row, optarg))
            return false;
    }
    given->words = argv + optind;
    given->n_words = (unsigned)(argc - optind);
    return true;
}

static void choose_state(struct given *given)
{
    const char *named = given_text(given, "state");
    const char *home = getenv("HOME");
    const char *xdg = getenv("XDG_STATE_HOME");

    if (named == NULL)
        named = getenv("WINDSCREEN_STATE");
    given->state_named = named != NULL && named[0] != '\0';
    if (given->state_named)
        snprintf(given->state, sizeof given->state, "%s", named);
    else if (access("/var/lib/windscreen/run", R_OK | X_OK) == 0)
        snprintf(given->state, sizeof given->state, "/var/lib/windscreen");
    else if (xdg != NULL && xdg[0] != '\0')
        snprintf(given->state, sizeof given->state, "%s/windscreen", xdg);
    else
        snprintf(given->state, sizeof given->state, "%s/.local/state/windscreen", home != NULL ? home : "");
}

bool given_parse(const struct command *command, int argc, char **argv, struct given *given)
{
    memset(given, 0, sizeof *given);
    given->command = command;
    if (!read_options(given, argc, argv))
        return false;
    given->json = given_flag(given, "json");
    given->help = given_flag(given, "help");
    choose_state(given);
    if (given->help)
        return true;
    if (given->n_words < command->n_words_min || given->n_words > command->n_words_max) {
        given_complain(given, "usage: windscreen %s %s", command->words, command->arguments);
        return false;
    }
    return true;
}

// ---------------------------------------------------------------- values

static const struct given_option *find_option(const struct given *given, const char *name)
{
    for (unsigned i = given->n_options; i > 0; i--)
        if (strcmp(given->options[i - 1].name, name) == 0)
            return &given->options[i - 1];
    return NULL;
}

const char *given_text(const struct given *given, const char *name)
{
    const struct given_option *option = find_option(given, name);

    return option != NULL ? option->value : NULL;
}

bool given_flag(const struct given *given, const char *name)
{
    return find_option(given, name) != NULL;
}

bool given_next(const struct given *given, const char *name, unsigned *at, const char **value)
{
    for (; *at < given->n_options; *at += 1)
        if (strcmp(given->options[*at].name, name) == 0) {
            *value = given->options[*at].value;
            *at += 1;
            return true;
        }
    return false;
}

bool given_required(const struct given *given, const char *name, const char **value)
{
    *value = given_text(given, name);
    if (*value != NULL && (*value)[0] != '\0')
        return true;
    given_complain(given, "--%s is required", name);
    return false;
}

// Digits only; stops at the first other character. False when there are none or the number is too large.
static bool read_digits(const char **at, uint64_t *value)
{
    const char *start = *at;

    for (*value = 0; isdigit((unsigned char)**at); *at += 1) {
        uint64_t digit = (uint64_t)(**at - '0');

        if (*value > (INT64_MAX - digit) / 10)
            return false;
        *value = 10 * *value + digit;
    }
    return *at != start;
}

bool given_parse_number(const char *text, uint64_t *value)
{
    return read_digits(&text, value) && *text == '\0';
}

bool given_parse_duration(const char *text, uint64_t *ms)
{
    static const struct {
        const char *unit;
        uint64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"min", 60000}, {"h", 3600000}, {"d", 86400000}};

    if (!read_digits(&text, ms))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(text, units[i].unit) == 0 && *ms <= INT64_MAX / units[i].ms) {
            *ms *= units[i].ms;
            return true;
        }
    return false;
}

bool given_number(const struct given *given, const char *name, uint64_t min, uint64_t max, uint64_t otherwise, uint64_t *value)
{
    const char *text = given_text(given, name);

    *value = otherwise;
    if (text == NULL || (given_parse_number(text, value) && *value >= min && *value <= max))
        return true;
    if (max == INT64_MAX)
        given_complain(given, "--%s wants a whole number from %llu on", name, (unsigned long long)min);
    else
        given_complain(given, "--%s wants a whole number from %llu to %llu", name, (unsigned long long)min, (unsigned long long)max);
    return false;
}

bool given_job(const struct given *given, const char *text, struct span *referral, uint64_t *part)
{
    const char *slash = strchr(text, '/');
    uint64_t tag;

    *referral = slash != NULL ? span_of(text, (size_t)(slash - text)) : span_text(text);
    *part = GIVEN_WHOLE;
    if (tag_parse(*referral, 'R', &tag) && (slash == NULL || (given_parse_number(slash + 1, part) && *part < 64)))
        return true;
    given_complain(given, "`%s` is no referral: R and 13 characters, and /1 for a part", text);
    return false;
}

bool given_duration(const struct given *given, const char *name, uint64_t min_ms, uint64_t max_ms, uint64_t otherwise_ms,
                    uint64_t *value_ms)
{
    const char *text = given_text(given, name);

    *value_ms = otherwise_ms;
    if (text == NULL)
        return true;
    if (!given_parse_duration(text, value_ms)) {
        given_complain(given, "--%s wants a time with its unit: write 30s, 15m or 2h", name);
        return false;
    }
    if (*value_ms >= min_ms && *value_ms <= max_ms)
        return true;
    given_complain(given, "--%s must lie between %llu ms and %llu s", name, (unsigned long long)min_ms,
                   (unsigned long long)(max_ms / 1000));
    return false;
}

int given_open(const struct given *given, const char *name)
{
    bool is_stdin = strcmp(name, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
    struct stat stat;

    if (fd < 0 || fstat(fd, &stat) != 0) {
        fprintf(stderr, "windscreen %s: %s: %s\n", given->command->words, name, strerror(errno));
        fd = -1;
    } else if (S_ISDIR(stat.st_mode)) {
        fprintf(stderr, "windscreen %s: %s is a directory: name a file, or - for standard input\n", given->command->words, name);
        if (!is_stdin)
            close(fd);
        fd = -1;
    }
    return fd;
}
