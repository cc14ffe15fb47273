// SPDX-License-Identifier: MIT
// The small things all commands print with.
// Used by all commands. Knows nothing about referrals.
#include "services/windscreen/screen.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/civil.h"
#include "services/windscreen/command.h"

const char *screen_style(enum screen_style style)
{
    static const char *const codes[] = {"\033[0m", "\033[1m", "\033[2m", "\033[31m", "\033[33m", "\033[32m"};
    const char *no_colour = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    bool dumb = terminal != NULL && strcmp(terminal, "dumb") == 0;

    return isatty(STDOUT_FILENO) && !dumb && (no_colour == NULL || no_colour[0] == '\0') ? codes[style] : "";
}

void screen_when(int64_t ms, char text[SCREEN_WHEN_MAX + 1])
{
    int64_t offset_ms = civil_london_offset_minutes(ms) * (int64_t)60000;
    char full[CIVIL_TIME_MAX + 1];

    civil_print_time(ms + offset_ms, full);
    snprintf(text, SCREEN_WHEN_MAX + 1, "%.10s %.8s %s", full, full + 11, offset_ms != 0 ? "BST" : "GMT");
}

void screen_age(int64_t ms, char text[SCREEN_AGE_MAX + 1])
{
    long long s = ms / 1000;

    if (ms < 1000)
        snprintf(text, SCREEN_AGE_MAX + 1, "%d ms", (int)(ms < 0 ? 0 : ms));
    else if (s < 60)
        snprintf(text, SCREEN_AGE_MAX + 1, "%lld s", s);
    else if (s < 3600)
        snprintf(text, SCREEN_AGE_MAX + 1, "%lld min %02lld s", s / 60, s % 60);
    else if (s < 86400)
        snprintf(text, SCREEN_AGE_MAX + 1, "%lld h %02lld min", s / 3600, s / 60 % 60);
    else
        snprintf(text, SCREEN_AGE_MAX + 1, "%lld d %lld h", s / 86400 % 1000000, s / 3600 % 24);
}

void screen_hex(struct span bytes, char *text)
{
    for (size_t i = 0; i < bytes.size; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes.at[i]);
    text[2 * bytes.size] = '\0';
}

void screen_fill(const char *text, int indent, int width)
{
    int used = indent;
    bool begun = false; // of the line: a space comes before the next word

    while (*text != '\0') {
        size_t size = strcspn(text, " \n");

        if (begun && used + 1 + (int)size > width) {
            printf("\n%*s", indent, "");
            used = indent;
            begun = false;
        }
        used += printf("%s%.*s", begun ? " " : "", (int)size, text);
        begun = true;
        text += size + (text[size] == ' ');
        if (*text == '\n') {
            printf("\n\n%*s", indent, "");
            used = indent;
            begun = false;
            text += strspn(text, "\n");
        }
    }
    putchar('\n');
}

static int print_json(json_t *value, size_t flags)
{
    int bad;

    if (value == NULL)
        return EXIT_NO_MEMORY;
    bad = json_dumpf(value, stdout, flags);
    json_decref(value);
    return bad != 0 || putchar('\n') == EOF ? EXIT_BAD_OUTPUT : 0;
}

int screen_json(json_t *value)
{
    return print_json(value, JSON_COMPACT);
}

int screen_json_pretty(json_t *value)
{
    return print_json(value, JSON_INDENT(2));
}

int64_t screen_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int screen_end(int otherwise)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return otherwise;
    fprintf(stderr, "windscreen: standard output could not be written\n");
    return EXIT_BAD_OUTPUT;
}
