// SPDX-License-Identifier: MIT
// Passages as text on a screen.
// Called by explain and try. Reads nothing but the passages: what is printed here stands in --json too.
#include "services/windscreen/account.h"

#include <stdio.h>

#include "services/windscreen/screen.h"

enum { WIDTH = 100, INDENT = 2, ITEM_INDENT = 4 };

// Lists of a passage whose items have `words`, and what stands above them.
static const struct {
    const char *key, *about, *heading; // about NULL: any passage
} lists[] = {
    {"needs", NULL, "Needs named:"}, {"used", NULL, "What counted:"}, {"near", "level", "It would be"},
    {"near", "lead", "It would"},    {"items", NULL, NULL},
};

static void print_row(const json_t *passage)
{
    const json_t *row = json_object_get(passage, "row");
    const char *rule = json_string_value(json_object_get(passage, "rule"));
    char text[ACCOUNT_TEXT_MAX + 1];
    struct phrase phrase = phrase_on(text, sizeof text);

    if (rule == NULL)
        return;
    phrase_add(&phrase, "Row %s", rule);
    if (row != NULL)
        phrase_add(&phrase, " (%s, line %d), after: %s", json_string_value(json_object_get(row, "file")),
                   (int)json_integer_value(json_object_get(row, "line")), json_string_value(json_object_get(row, "source")));
    printf("%*s%s", INDENT, "", screen_style(SCREEN_FAINT));
    screen_fill(text, INDENT, WIDTH);
    printf("%s", screen_style(SCREEN_PLAIN));
}

static void print_list(const json_t *items, const char *heading)
{
    int indent = heading != NULL ? ITEM_INDENT : INDENT;
    size_t i;
    const json_t *item;

    if (json_array_size(items) == 0)
        return;
    if (heading != NULL)
        printf("%*s%s\n", INDENT, "", heading);
    json_array_foreach(items, i, item)
    {
        const char *row = json_string_value(json_object_get(item, "row")); // of a near miss; other items have more of it
        char text[ACCOUNT_TEXT_MAX + 1];

        snprintf(text, sizeof text, row != NULL ? "%s [%s]" : "%s", json_string_value(json_object_get(item, "words")), row);
        printf("%*s- ", indent, "");
        screen_fill(text, indent + 2, WIDTH);
    }
}

static void print_passage(const json_t *passage)
{
    const char *about = json_string_value(json_object_get(passage, "about"));
    size_t i;
    const json_t *sentence;

    printf("\n%s%s%s\n", screen_style(SCREEN_BOLD), json_string_value(json_object_get(passage, "title")), screen_style(SCREEN_PLAIN));
    json_array_foreach(json_object_get(passage, "words"), i, sentence)
    {
        printf("%*s", INDENT, "");
        screen_fill(json_string_value(sentence), INDENT, WIDTH);
    }
    for (i = 0; i < sizeof lists / sizeof lists[0]; i++)
        if (lists[i].about == NULL || strcmp(lists[i].about, about) == 0)
            print_list(json_object_get(passage, lists[i].key), lists[i].heading);
    print_row(passage);
}

void account_print(const json_t *passages)
{
    size_t i;
    const json_t *passage;

    json_array_foreach(passages, i, passage)
    {
        print_passage(passage);
    }
}
