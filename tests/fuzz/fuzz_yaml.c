// SPDX-License-Identifier: MIT
// One YAML file of a policy: the bounded tree, and the registry's table of neighbourhoods that is made of one.
// A complaint names the file and a line that is there; a tree keeps its bounds.
#include "tests/fuzz/fuzz.h"

#include "common/policy/yaml.h"
#include "services/registry/neighbourhood.h"

static unsigned count_lines(struct span text)
{
    unsigned n = 1;

    for (size_t i = 0; i < text.size; i++)
        n += text.at[i] == '\n' || text.at[i] == '\r' || text.at[i] >= 0x80; // YAML has line ends beyond ASCII
    return n;
}

static void check_complaints(const struct complaints *complaints, struct span text)
{
    for (unsigned i = 0; i < complaints->n && i < COMPLAINTS_MAX; i++) {
        require(strcmp(complaints->at[i].file, "fuzz.yaml") == 0);
        require(complaints->at[i].line <= count_lines(text) + 1);
        require(complaints->at[i].text[0] != '\0');
    }
}

static unsigned walk(struct yaml_item item, unsigned depth)
{
    unsigned n = 1;

    require(depth <= YAML_DEPTH_MAX);
    for (unsigned i = 0; i < yaml_count(item); i++) {
        require(!yaml_is_map(item) || yaml_is_text(yaml_key_at(item, i)));
        n += walk(yaml_at(item, i), depth + 1) + yaml_is_map(item);
    }
    return n;
}

static void check_neighbourhoods(struct span text)
{
    static struct complaints complaints;
    struct neighbourhood_table *table = NULL;

    complaints.n = 0;
    if (neighbourhood_open("fuzz.yaml", text, &complaints, &table) != ERR_NONE) {
        require(complaints.n > 0 && table == NULL);
        check_complaints(&complaints, text);
        return;
    }
    require(complaints.n == 0);
    (void)neighbourhood_of(table, span_text("LU4 9QT"));
    (void)neighbourhood_of(table, span_of(text.at, text.size < 12 ? text.size : 12));
    neighbourhood_close(&table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct complaints complaints;
    struct span text = span_of(data, size);
    struct yaml *yaml = NULL;

    complaints.n = 0;
    if (yaml_open("fuzz.yaml", text, &complaints, &yaml) == ERR_NONE) {
        require(complaints.n == 0);
        require(walk(yaml_root(yaml), 0) <= YAML_NODES_MAX);
        yaml_close(&yaml);
        check_neighbourhoods(text);
    } else {
        require(complaints.n > 0 && yaml == NULL);
        check_complaints(&complaints, text);
    }
    return 0;
}
