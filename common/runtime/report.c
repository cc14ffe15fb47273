// SPDX-License-Identifier: MIT
// Writes log lines, each in one write, so that lines of several daemons never mix.
// Used by runtime, audit and mains. Never blocks on anything but standard error.
#include "common/runtime/report.h"

#include "common/base/civil.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const char *name = "windscreen"; // set once, at the start

void report_as(const char *daemon)
{
    name = daemon;
}

void report(const char *id, const char *format, ...)
{
    char line[1024];
    char when[CIVIL_TIME_MAX + 1];
    struct timespec now;
    va_list arguments;
    int head;
    int text;

    clock_gettime(CLOCK_REALTIME, &now);
    civil_print_time((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000, when);
    head = snprintf(line, sizeof line - 1, "%s %s %s ", when, name, id);
    va_start(arguments, format);
    text = vsnprintf(line + head, sizeof line - 1 - (size_t)head, format, arguments);
    va_end(arguments);
    text = text < (int)sizeof line - 2 - head ? text : (int)sizeof line - 2 - head;
    line[head + text] = '\n';
    if (write(STDERR_FILENO, line, (size_t)(head + text + 1)) < 0)
        return; // nobody listens: there is nothing left to tell
}

bool report_due(int64_t *told_ms, int64_t boot_ms)
{
    if (*told_ms != 0 && boot_ms - *told_ms < REPORT_AGAIN_MS)
        return false;
    *told_ms = boot_ms;
    return true;
}
