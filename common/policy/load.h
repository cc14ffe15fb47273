// SPDX-License-Identifier: MIT
// What the loaders of a policy's files share: names, ranges, codes, rows of tables; every fault is a complaint with file and line.
// Private to common/policy. A loader goes on after a fault, so that one run tells of all of them.
#pragma once

#include "common/policy/policy.h"

// LOAD_FILE(SYMBOL, file name, loader), in the order they are loaded.
#define LOAD_FILES(LOAD_FILE)                                             \
    LOAD_FILE(POLICY, "policy.yaml", load_policy_file)                    \
    LOAD_FILE(NEIGHBOURHOODS, "neighbourhoods.yaml", load_neighbourhoods) \
    LOAD_FILE(CALENDAR, "calendar.yaml", load_calendar)                   \
    LOAD_FILE(INDICATORS, "indicators.yaml", load_indicators)             \
    LOAD_FILE(LEVELS, "levels.yaml", load_levels)                         \
    LOAD_FILE(TEAMS, "teams.yaml", load_teams)                            \
    LOAD_FILE(CLOCKS, "clocks.yaml", load_clocks)                         \
    LOAD_FILE(DESTINATIONS, "destinations.yaml", load_destinations)       \
    LOAD_FILE(MATCHING, "matching.yaml", load_matching)                   \
    LOAD_FILE(SHARING, "sharing.yaml", load_sharing)                      \
    LOAD_FILE(STEPS, "steps.yaml", load_steps)                            \
    LOAD_FILE(SIGNALS, "signals.yaml", load_signals)                      \
    LOAD_FILE(PROGRAMMES, "programmes.yaml", load_programmes)

enum load_file {
#define LOAD_FILE(SYMBOL, name, loader) LOAD_##SYMBOL,
    LOAD_FILES(LOAD_FILE)
#undef LOAD_FILE
        LOAD_FILE_COUNT
};

// Values that facts can have: those a table row's VALUES column in facts.def names.
enum load_values {
    VALUES_YES_NO,
    VALUES_COUNT,
    VALUES_CODES,
    VALUES_AGES,
    VALUES_TEAMS,
    VALUES_LEVEL_RULES,
    VALUES_NEIGHBOURHOODS,
    VALUES_CASES,
    VALUES_KINDS
};

enum { SAYS_BYTES = 300 }; // of a row in plain words

struct load_names {
    unsigned n;
    struct span at[TABLE_VALUES_MAX];
};

// Owned by the policy: what its spans point into.
struct load_texts {
    struct yaml *files[LOAD_FILE_COUNT];
    struct load_names names[VALUES_KINDS]; // lists that the policy makes
    struct load_names codes[LIST_COUNT];   // code lists that its facts have
    struct load_names recipients;          // who can be told; none: a policy from before they were declared
};

struct load {
    struct policy *policy;
    struct load_texts *texts;
    struct complaints *complaints;
};

struct load_fact {
    const char *name;
    uint8_t list;        // VALUES_CODES: enum code_list
    uint8_t values;      // enum load_values
    uint8_t least, most; // VALUES_COUNT
};

// Filled from X_FACT rows; COUNT(least, most) gives three fields.
enum { LIST_NONE = LIST_COUNT };
#define VALUES_COUNT(least_, most_) VALUES_COUNT, .least = least_, .most = most_
#define LOAD_FACT(SYMBOL, name_, VALUES, LIST, meaning) {.name = name_, .list = LIST_##LIST, .values = VALUES_##VALUES},

#define LOAD_FILE(SYMBOL, name, loader) void loader(struct load *load, struct yaml_item root);
LOAD_FILES(LOAD_FILE)
#undef LOAD_FILE

// The list (or map) under `key`; complains when it is absent, empty, of another kind, or longer than max.
struct yaml_item load_list(struct load *load, struct yaml_item map, const char *key, unsigned max);
// A text under `key`, 1 to max bytes; complains when it is something else, or absent and required.
struct span load_text(struct load *load, struct yaml_item map, const char *key, size_t max, bool required);
// A name under `key` that keeps the rule (TEXT_SLUG, TEXT_RULE), 1 to 32 bytes; complains when absent or otherwise.
struct span load_name(struct load *load, struct yaml_item map, const char *key, enum text_rule rule);
// yes or no under `key`; no when absent.
bool load_yes_no(struct load *load, struct yaml_item map, const char *key);
// A number under `key`, or `absent` when it is not there; complains when out of bounds.
int64_t load_number(struct load *load, struct yaml_item map, const char *key, int64_t min, int64_t max, int64_t absent);
// A code of the list under `key`; 0 and a complaint when it is not one, 0 when absent.
uint8_t load_code(struct load *load, struct yaml_item map, const char *key, enum code_list list);
// A set of codes (a list, or one alone) as a mask; 0 when absent.
uint64_t load_codes(struct load *load, struct yaml_item item, enum code_list list);
// The team under `key`; 0 and a complaint when it is not one, 0 when absent.
uint8_t load_team(struct load *load, struct yaml_item map, const char *key);
// The team that an item names; 0 and a complaint when it is not one.
uint8_t load_team_item(struct load *load, struct yaml_item item);
// Where the row stands; `source` is required.
struct origin load_origin(struct load *load, struct yaml_item row);
// "5", "0 to 59", "228 or more", "up to 59"; open ends stay as they are in *from and *to. False when it is none of these.
bool load_range(struct span text, int64_t *from, int64_t *to);
// "15 minutes", "4 hours", "4 working hours", "6 working days", "6 weeks", "3 months"; complains when it is none of these.
bool load_duration(struct load *load, struct yaml_item item, struct duration *time);
// Complains when `name` is among the first n of names already.
void load_unique(struct load *load, struct yaml_item row, const struct span *names, unsigned n, struct span name);

// Gives the table its first columns.
void load_facts(struct load *load, struct table *table, const struct load_fact *facts, unsigned n);
// Adds a column, YES_NO or COUNT from 0; complains when the name is taken or the table full.
void load_add_fact(struct load *load, struct table *table, struct yaml_item at, struct span name, enum table_kind kind);
// Adds a row from a map {fact: values}; absent or empty: a row that matches always; complains of values that the fact cannot have.
// False when the table is full.
bool load_row(struct load *load, struct table *table, struct yaml_item row, struct yaml_item when);
// One value of one fact: a map {fact: value}; complains when it is anything else.
bool load_one_value(struct load *load, const struct table *table, struct yaml_item map, uint8_t *fact, uint8_t *value);
// first (also when absent) or one under `key`: how many rows of the table may match.
void load_match(struct load *load, struct yaml_item map, const char *key, struct table *table);
