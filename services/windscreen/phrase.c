// SPDX-License-Identifier: MIT
// printf behind printf, bounded.
// Used by wording and commands. Never allocates.
#include "services/windscreen/phrase.h"

#include <stdarg.h>
#include <stdio.h>

#include "services/windscreen/screen.h"

struct phrase phrase_on(char *buffer, size_t size)
{
    buffer[0] = '\0';
    return (struct phrase){.at = buffer, .size = size};
}

void phrase_add(struct phrase *phrase, const char *format, ...)
{
    va_list arguments;
    int size;

    va_start(arguments, format);
    size = vsnprintf(phrase->at + phrase->used, phrase->size - phrase->used, format, arguments);
    va_end(arguments);
    if (size > 0)
        phrase->used = phrase->used + (size_t)size < phrase->size ? phrase->used + (size_t)size : phrase->size - 1;
}

void phrase_add_set(struct phrase *phrase, enum code_list list, uint64_t set)
{
    const char *comma = "";

    for (unsigned code = 1; code < 64; code++)
        if ((set >> code & 1) != 0) {
            phrase_add(phrase, "%s%s", comma, code_text(list, code));
            comma = ", ";
        }
}

void phrase_add_when(struct phrase *phrase, int64_t ms)
{
    char text[SCREEN_WHEN_MAX + 1] = "no time";

    if (ms != 0)
        screen_when(ms, text);
    phrase_add(phrase, "%s", text);
}
