// SPDX-License-Identifier: MIT
// YAML files of a policy as a tree of bounded nodes, each with its line. No anchors, aliases, tags, nor second documents.
// Used by policy loaders and the registry's neighbourhood table. Knows nothing of what the values mean.
#pragma once

#include "common/base/err.h"
#include "common/base/span.h"

enum {
    YAML_BYTES_MAX = 524288, // one file: no more than all files of a policy together
    YAML_DEPTH_MAX = 8,
    YAML_NODES_MAX = 65536, // of 8,192 rows of postcodes, seven each
    YAML_KEYS_MAX = 256,    // of one map: each is looked for by comparing
    COMPLAINTS_MAX = 64,    // kept; the rest is counted
    COMPLAINT_TEXT_MAX = 240,
};

// What is wrong, for the person who edits the file.
struct complaint {
    char file[48];
    unsigned line;                    // 1 is the first; 0: the file as a whole
    char text[COMPLAINT_TEXT_MAX];    // what is wrong, and what to do
    char witness[COMPLAINT_TEXT_MAX]; // facts that show it, in the policy's words; "" when there are none to show
};

struct complaints {
    unsigned n; // all; kept are the first COMPLAINTS_MAX
    struct complaint at[COMPLAINTS_MAX];
};

void complaints_add(struct complaints *complaints, const char *file, unsigned line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
// Gives the complaint added last its witness.
void complaints_show(struct complaints *complaints, const char *witness);

struct yaml;

// A node, or the absence of one (index 0). A value; lent from its yaml.
struct yaml_item {
    const struct yaml *yaml;
    int index;
};

// Parses one file; copies name and text. ERR_BAD_CONFIG: see `complaints`. Gives: yaml_close.
CHECKED enum err yaml_open(const char *name, struct span text, struct complaints *complaints, struct yaml **yaml);
// Reads folder/name and parses it; name is what complaints call it.
CHECKED enum err yaml_open_file(const char *folder, const char *name, struct complaints *complaints, struct yaml **yaml);
void yaml_close(struct yaml **yaml);

// Lends the whole text as it was read.
struct span yaml_whole(const struct yaml *yaml);
struct yaml_item yaml_root(const struct yaml *yaml);
bool yaml_is_there(struct yaml_item item);
bool yaml_is_map(struct yaml_item item);
bool yaml_is_list(struct yaml_item item);
bool yaml_is_text(struct yaml_item item);
bool yaml_is_quoted(struct yaml_item item);   // a text in quotes, or a block
const char *yaml_file(struct yaml_item item); // lends the file's name
unsigned yaml_line(struct yaml_item item);
// Adds a complaint at the item's file and line.
void yaml_complain(struct yaml_item item, struct complaints *complaints, const char *format, ...) __attribute__((format(printf, 3, 4)));

// Pairs of a map or items of a list; 0 for anything else.
unsigned yaml_count(struct yaml_item item);
struct yaml_item yaml_at(struct yaml_item item, unsigned i);      // item i of a list, value of pair i of a map; absent beyond the end
struct yaml_item yaml_key_at(struct yaml_item item, unsigned i);  // key of pair i of a map
struct yaml_item yaml_get(struct yaml_item map, const char *key); // absent when there is none

// Complains of every map in a list whose text under `key` an earlier one has. ERR_NO_MEMORY: it could not be looked for.
CHECKED enum err yaml_complain_of_twins(struct yaml_item list, const char *key, struct complaints *complaints);

// Lends the text of a scalar, as written without quotes; size 0 for anything else.
struct span yaml_text(struct yaml_item item);
bool yaml_is_number(struct yaml_item item, int64_t min, int64_t max, int64_t *value); // decimal digits, perhaps with a minus
bool yaml_is_yes_no(struct yaml_item item, bool *value);                              // yes or no (or true, false)

// Complains of every key of a map that is not in `keys` (NULL at the end), and of an item that is no map.
// True when it is a map, so that its known keys can be read.
bool yaml_has_only(struct yaml_item map, const char *const *keys, struct complaints *complaints);
