// SPDX-License-Identifier: MIT
// Plain values of a policy's files: texts, names, numbers, codes, ranges, durations.
// Called by the loaders of the single files. Keeps nothing: spans point into the YAML, which the policy owns.
#include "common/policy/load.h"

#include "common/base/civil.h"
#include "proto/text_rule.h"

#include <stdio.h>

enum { NAME_MAX_BYTES = 32, TEXT_MAX_BYTES = 400 };

struct yaml_item load_list(struct load *load, struct yaml_item map, const char *key, unsigned max)
{
    struct yaml_item list = yaml_get(map, key);

    if (!yaml_is_there(list))
        yaml_complain(map, load->complaints, "`%s:` is missing: add it", key);
    else if (!yaml_is_list(list) || yaml_count(list) == 0)
        yaml_complain(list, load->complaints, "`%s` must be a list with at least one row", key);
    else if (yaml_count(list) > max)
        yaml_complain(list, load->complaints, "`%s` has more than %u rows: merge some", key, max);
    else
        return list;
    return (struct yaml_item){0};
}

struct span load_text(struct load *load, struct yaml_item map, const char *key, size_t max, bool required)
{
    struct yaml_item item = yaml_get(map, key);
    struct span text = yaml_text(item);

    if (!yaml_is_there(item)) {
        if (required)
            yaml_complain(map, load->complaints, "`%s:` is missing: add it", key);
        return text;
    }
    if (text.size >= 1 && text.size <= max && text_rule_check(TEXT_LINE, text) == FAULT_NONE)
        return text;
    yaml_complain(item, load->complaints, "`%s` must be one line of text, 1 to %zu bytes", key, max);
    return (struct span){0};
}

// Words that other readers of YAML take for truth values or for nothing: as names they would mean another thing there.
static bool is_other_to_others(struct yaml_item item)
{
    static const char *const words[] = {"yes", "no", "y", "n", "on", "off", "true", "false", "null",
                                        "YES", "NO", "Y", "N", "ON", "OFF", "TRUE", "FALSE", "NULL"};
    bool found = false;

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        found = found || span_is(yaml_text(item), words[i]);
    return found && !yaml_is_quoted(item);
}

struct span load_name(struct load *load, struct yaml_item map, const char *key, enum text_rule rule)
{
    struct span name = load_text(load, map, key, NAME_MAX_BYTES, true);

    if (is_other_to_others(yaml_get(map, key)))
        yaml_complain(yaml_get(map, key), load->complaints, "`%.*s` is no name to other readers of YAML: write it in quotes",
                      SPAN_ARG(name));
    if (name.size == 0 || text_rule_check(rule, name) == FAULT_NONE)
        return name;
    yaml_complain(yaml_get(map, key), load->complaints, "`%s` may only have %s", key,
                  rule == TEXT_RULE ? "A-Z, 0-9 and _" : "a-z, 0-9, - and _");
    return (struct span){0};
}

bool load_yes_no(struct load *load, struct yaml_item map, const char *key)
{
    struct yaml_item item = yaml_get(map, key);
    bool value = false;

    if (yaml_is_there(item) && !yaml_is_yes_no(item, &value))
        yaml_complain(item, load->complaints, "`%s` must be yes or no", key);
    return value;
}

int64_t load_number(struct load *load, struct yaml_item map, const char *key, int64_t min, int64_t max, int64_t absent)
{
    struct yaml_item item = yaml_get(map, key);
    int64_t value;

    if (!yaml_is_there(item))
        return absent;
    if (yaml_is_number(item, min, max, &value))
        return value;
    yaml_complain(item, load->complaints, "`%s` must be a whole number from %lld to %lld", key, (long long)min, (long long)max);
    return absent;
}

static uint8_t code_of(struct load *load, struct yaml_item item, enum code_list list)
{
    unsigned code = code_parse(list, yaml_text(item));

    if (code == 0)
        yaml_complain(item, load->complaints, "`%.*s` is not a code of %s: see the list of codes", SPAN_ARG(yaml_text(item)),
                      code_list_name(list));
    return (uint8_t)code;
}

uint8_t load_code(struct load *load, struct yaml_item map, const char *key, enum code_list list)
{
    struct yaml_item item = yaml_get(map, key);

    return yaml_is_there(item) ? code_of(load, item, list) : 0;
}

uint64_t load_codes(struct load *load, struct yaml_item item, enum code_list list)
{
    uint64_t codes = 0;

    if (!yaml_is_there(item))
        return 0;
    if (!yaml_is_list(item))
        return UINT64_C(1) << code_of(load, item, list) & ~UINT64_C(1);
    for (unsigned i = 0; i < yaml_count(item); i++)
        codes |= UINT64_C(1) << code_of(load, yaml_at(item, i), list);
    return codes & ~UINT64_C(1);
}

uint8_t load_team(struct load *load, struct yaml_item map, const char *key)
{
    struct yaml_item item = yaml_get(map, key);

    return yaml_is_there(item) ? load_team_item(load, item) : 0;
}

uint8_t load_team_item(struct load *load, struct yaml_item item)
{
    unsigned team = rules_team(load->policy, yaml_text(item));

    if (team == 0)
        yaml_complain(item, load->complaints, "`%.*s` is not a team of teams.yaml: add it there, or mend the name",
                      SPAN_ARG(yaml_text(item)));
    return (uint8_t)team;
}

struct origin load_origin(struct load *load, struct yaml_item row)
{
    return (struct origin){
        .file = span_text(yaml_file(row)),
        .line = yaml_line(row),
        .source = load_text(load, row, "source", TEXT_MAX_BYTES, true),
        .note = load_text(load, row, "note", TEXT_MAX_BYTES, false),
    };
}

void load_unique(struct load *load, struct yaml_item row, const struct span *names, unsigned n, struct span name)
{
    for (unsigned i = 0; i < n && name.size > 0; i++)
        if (span_equal(names[i], name)) {
            yaml_complain(row, load->complaints, "`%.*s` stands twice: rename or remove one", SPAN_ARG(name));
            return;
        }
}

// ---------------------------------------------------------------- ranges and durations

// Takes a whole number from the front of the text, and the spaces behind it.
static bool take_number(struct span *text, int64_t *number)
{
    bool minus = text->size > 1 && text->at[0] == '-';
    size_t i = minus ? 1 : 0;
    size_t first = i;

    *number = 0;
    for (; i < text->size && i < first + 9 && text->at[i] >= '0' && text->at[i] <= '9'; i++)
        *number = *number * 10 + (text->at[i] - '0');
    if (i == first)
        return false;
    if (minus)
        *number = -*number;
    while (i < text->size && text->at[i] == ' ')
        i++;
    *text = span_of(text->at + i, text->size - i);
    return true;
}

// Takes these words from the front of the text.
static bool take_words(struct span *text, const char *words)
{
    size_t size = strlen(words);

    if (text->size < size || memcmp(text->at, words, size) != 0)
        return false;
    *text = span_of(text->at + size, text->size - size);
    return true;
}

bool load_range(struct span text, int64_t *from, int64_t *to)
{
    if (take_words(&text, "up to "))
        return take_number(&text, to) && text.size == 0;
    if (!take_number(&text, from))
        return false;
    if (text.size == 0) {
        *to = *from;
        return true;
    }
    if (take_words(&text, "or more"))
        return text.size == 0;
    return take_words(&text, "to ") && take_number(&text, to) && text.size == 0 && *from <= *to;
}

static const struct {
    const char *one, *many;
    uint8_t unit;
} units[] = {
    {"minute", "minutes", CLOCK_MINUTES},
    {"hour", "hours", CLOCK_HOURS},
    {"working hour", "working hours", CLOCK_WORKING_HOURS},
    {"working day", "working days", CLOCK_WORKING_DAYS},
    {"week", "weeks", CLOCK_WEEKS},
    {"month", "months", CLOCK_MONTHS},
};

bool load_duration(struct load *load, struct yaml_item item, struct duration *time)
{
    struct span text = yaml_text(item);
    int64_t number;

    if (take_number(&text, &number) && number >= 1 && number <= 9999)
        for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
            if (span_is(text, units[i].one) || span_is(text, units[i].many)) {
                *time = (struct duration){.amount = (uint16_t)number, .unit = units[i].unit};
                return true;
            }
    yaml_complain(item, load->complaints,
                  "`%.*s` is not a time such as 15 minutes, 4 hours, 2 working hours, 6 working days, 6 weeks, 3 months",
                  SPAN_ARG(yaml_text(item)));
    return false;
}
