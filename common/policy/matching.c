// SPDX-License-Identifier: MIT
// matching.yaml: `candidates: 3` and `matching: [{likeness: name_born, least: 85, source: ...}]`.
// Used by the registry, for every policy that is adopted, and by the loader. Sets nothing that the file does not say.
#include "common/policy/matching.h"

#include "common/policy/load.h"

enum { SCORE_MOST = 100 };

static void read_row(struct yaml_item row, struct complaints *complaints, struct matching *matching)
{
    static const char *const keys[] = {"likeness", "least", "source", "note", NULL};
    unsigned likeness = code_parse(LIST_LIKENESS, yaml_text(yaml_get(row, "likeness")));
    int64_t least;

    if (!yaml_has_only(row, keys, complaints))
        return;
    if (likeness == LIKENESS_NONE || likeness == LIKENESS_NUMBER_BORN) // a number with another birth date is always a person's
        yaml_complain(row, complaints, "`likeness` must be name_born, name_sector or sound_born");
    else if (matching->least[likeness] != 0)
        yaml_complain(row, complaints, "`%s` stands twice: keep one row", code_text(LIST_LIKENESS, likeness));
    else if (!yaml_is_number(yaml_get(row, "least"), 1, SCORE_MOST, &least))
        yaml_complain(row, complaints, "`least` must be a whole number from 1 to %d", SCORE_MOST);
    else if (yaml_text(yaml_get(row, "source")).size == 0)
        yaml_complain(row, complaints, "`source:` is missing: add it");
    else
        matching->least[likeness] = (uint8_t)least;
}

void matching_read(struct yaml_item root, struct complaints *complaints, struct matching *matching)
{
    static const char *const keys[] = {"candidates", "matching", "source", "note", NULL};
    struct yaml_item rows = yaml_get(root, "matching");
    int64_t candidates;

    *matching = (struct matching){0};
    if (!yaml_has_only(root, keys, complaints))
        return;
    if (!yaml_is_list(rows) || yaml_count(rows) == 0)
        yaml_complain(root, complaints, "`matching` must be a list with at least one row");
    for (unsigned i = 0; i < yaml_count(rows); i++)
        read_row(yaml_at(rows, i), complaints, matching);
    if (yaml_is_number(yaml_get(root, "candidates"), 1, MATCHING_CANDIDATES_MAX, &candidates))
        matching->candidates = (uint8_t)candidates;
    else
        yaml_complain(root, complaints, "`candidates` must be a whole number from 1 to %d", MATCHING_CANDIDATES_MAX);
}

enum err matching_open(struct span text, struct complaints *complaints, struct matching *matching)
{
    unsigned before = complaints->n;
    struct yaml *yaml;
    enum err err;

    *matching = (struct matching){0};
    if (text.size == 0)
        return ERR_NONE;
    err = yaml_open("matching.yaml", text, complaints, &yaml);
    if (err != ERR_NONE)
        return err;
    matching_read(yaml_root(yaml), complaints, matching);
    yaml_close(&yaml);
    return complaints->n == before ? ERR_NONE : ERR_BAD_CONFIG;
}

void load_matching(struct load *load, struct yaml_item root)
{
    struct matching matching; // the registry's: a policy is only checked here

    matching_read(root, load->complaints, &matching);
}
