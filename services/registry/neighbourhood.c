// SPDX-License-Identifier: MIT
// neighbourhoods.yaml as a list of prefixes: `neighbourhoods: [{postcode: LU3, neighbourhood: north, source: ...}]` and `inside: [LU]`.
// Used by the registry. Never guesses: a postcode that no row names is unknown or outside.
#include "services/registry/neighbourhood.h"

#include "common/base/identifier.h"
#include "common/crypto/digest.h"
#include "common/policy/rules.h"

#include <stdlib.h>

enum { PREFIX_MAX = 8, SLUG_MAX = 32, AREAS_MAX = 32 };

struct row {
    char prefix[PREFIX_MAX + 1]; // "LU3" outward code, "LU4 9" sector, "LU4 9QT" whole
    char neighbourhood[SLUG_MAX + 1];
};

struct neighbourhood_table {
    unsigned n_rows;
    struct row *rows; // in order of their prefixes
    unsigned n_areas;
    char areas[AREAS_MAX][PREFIX_MAX + 1]; // "LU": the letters a postcode begins with
    uint8_t digest[NEIGHBOURHOOD_DIGEST_SIZE];
};

// ---------------------------------------------------------------- looking up

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int by_prefix(const void *a, const void *b)
{
    const struct row *first = a, *second = b;

    return strcmp(first->prefix, second->prefix);
}

// The longest prefix that fits. It ends where a part of the postcode ends, or behind that: LU1 is not the beginning of LU10, nor L of LU1.
static const struct row *find_row(const struct neighbourhood_table *table, const char *postcode)
{
    size_t outward = strcspn(postcode, " ");
    const struct row *found = NULL;
    struct row wanted;

    memcpy(wanted.prefix, postcode, strlen(postcode) + 1);
    for (size_t size = strlen(postcode); found == NULL && size >= outward; size--) {
        wanted.prefix[size] = '\0';
        found = bsearch(&wanted, table->rows, table->n_rows, sizeof wanted, by_prefix);
    }
    return found;
}

static bool is_inside(const struct neighbourhood_table *table, const char *postcode)
{
    for (unsigned i = 0; i < table->n_areas; i++) {
        size_t size = strlen(table->areas[i]);

        if (strncmp(table->areas[i], postcode, size) == 0 && is_digit(postcode[size]))
            return true;
    }
    return false;
}

struct place neighbourhood_of(const struct neighbourhood_table *table, struct span text)
{
    const struct row *row;
    char postcode[PREFIX_MAX + 1];

    if (text.size == 0 || !identifier_postcode(text, postcode))
        return (struct place){.border = BORDER_UNKNOWN};
    row = find_row(table, postcode);
    if (row != NULL)
        return (struct place){.neighbourhood = span_text(row->neighbourhood), .border = BORDER_INSIDE};
    return (struct place){.border = is_inside(table, postcode) ? BORDER_UNKNOWN : BORDER_OUTSIDE};
}

struct span neighbourhood_digest(const struct neighbourhood_table *table)
{
    return span_of(table->digest, sizeof table->digest);
}

// ---------------------------------------------------------------- reading

// Copies a scalar of 1 to `max` characters of `allowed`; false when it is something else.
static bool copy_text(struct yaml_item item, const char *allowed, size_t max, char *out)
{
    struct span text = yaml_text(item);

    if (text.size == 0 || text.size > max)
        return false;
    for (size_t i = 0; i < text.size; i++)
        if (text.at[i] == '\0' || strchr(allowed, text.at[i]) == NULL)
            return false;
    memcpy(out, text.at, text.size);
    out[text.size] = '\0';
    return true;
}

static const char capitals[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
static const char postcode_signs[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ";
static const char slug_signs[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";

static void read_row(struct neighbourhood_table *table, struct yaml_item item, struct complaints *complaints)
{
    static const char *const keys[] = {"postcode", "neighbourhood", "source", NULL};
    struct row *row = &table->rows[table->n_rows];

    if (!yaml_has_only(item, keys, complaints))
        return;
    if (!copy_text(yaml_get(item, "postcode"), postcode_signs, PREFIX_MAX, row->prefix))
        yaml_complain(item, complaints, "`postcode` must be an outward code such as LU3, or a sector such as LU4 9, in capitals");
    else if (!copy_text(yaml_get(item, "neighbourhood"), slug_signs, SLUG_MAX, row->neighbourhood))
        yaml_complain(item, complaints, "`neighbourhood` must be a name of at most %d characters of a-z, 0-9, - and _", SLUG_MAX);
    else if (yaml_text(yaml_get(item, "source")).size == 0)
        yaml_complain(item, complaints, "`source` must say who set this");
    else
        table->n_rows++;
}

static enum err read_rows(struct neighbourhood_table *table, struct yaml_item list, struct complaints *complaints)
{
    if (!yaml_is_list(list) || yaml_count(list) == 0 || yaml_count(list) > POLICY_POSTCODES_MAX) {
        yaml_complain(list, complaints, "`neighbourhoods` must be a list of 1 to %d rows", POLICY_POSTCODES_MAX);
        return ERR_NONE;
    }
    table->rows = calloc(yaml_count(list), sizeof table->rows[0]);
    if (table->rows == NULL)
        return ERR_NO_MEMORY;
    for (unsigned i = 0; i < yaml_count(list); i++)
        read_row(table, yaml_at(list, i), complaints);
    qsort(table->rows, table->n_rows, sizeof table->rows[0], by_prefix);
    return yaml_complain_of_twins(list, "postcode", complaints);
}

static void read_areas(struct neighbourhood_table *table, struct yaml_item list, struct complaints *complaints)
{
    if (!yaml_is_list(list) || yaml_count(list) == 0 || yaml_count(list) > AREAS_MAX) {
        yaml_complain(list, complaints, "`inside` must be a list of 1 to %d postcode areas such as LU", AREAS_MAX);
        return;
    }
    for (unsigned i = 0; i < yaml_count(list); i++)
        if (copy_text(yaml_at(list, i), capitals, 2, table->areas[table->n_areas]))
            table->n_areas++;
        else
            yaml_complain(yaml_at(list, i), complaints, "a postcode area is one or two capital letters");
}

enum err neighbourhood_open(const char *name, struct span text, struct complaints *complaints, struct neighbourhood_table **table)
{
    static const char *const keys[] = {"neighbourhoods", "inside", "source", NULL};
    struct yaml *yaml;
    unsigned before = complaints->n;
    enum err err = yaml_open(name, text, complaints, &yaml);

    *table = NULL;
    if (err != ERR_NONE)
        return err;
    *table = calloc(1, sizeof **table);
    if (*table == NULL) {
        yaml_close(&yaml);
        return ERR_NO_MEMORY;
    }
    if (yaml_has_only(yaml_root(yaml), keys, complaints)) {
        err = read_rows(*table, yaml_get(yaml_root(yaml), "neighbourhoods"), complaints);
        read_areas(*table, yaml_get(yaml_root(yaml), "inside"), complaints);
    }
    digest_sha256(&text, 1, (*table)->digest);
    yaml_close(&yaml);
    if (err == ERR_NONE && complaints->n > before)
        err = ERR_BAD_CONFIG;
    if (err != ERR_NONE)
        neighbourhood_close(table);
    return err;
}

void neighbourhood_close(struct neighbourhood_table **table)
{
    if (*table != NULL)
        free((*table)->rows);
    free(*table);
    *table = NULL;
}
