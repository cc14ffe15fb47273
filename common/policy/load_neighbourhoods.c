// SPDX-License-Identifier: MIT
// Loads neighbourhoods.yaml: the names that rows may ask about. Which postcode lies where, the registry reads for itself.
// Called by policy.c. Sees to it that the registry can use every row.
#include "common/policy/load.h"

enum { POSTCODE_BYTES = 8, AREAS_MAX = 32, AREA_BYTES = 2 }; // the registry's bounds

static bool has_only(struct span text, const char *signs)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.at[i] == '\0' || strchr(signs, text.at[i]) == NULL)
            return false;
    return true;
}

static void load_postcode(struct load *load, struct yaml_item row)
{
    struct span postcode = load_text(load, row, "postcode", POSTCODE_BYTES, true);

    if (postcode.size > 0 && !has_only(postcode, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 "))
        yaml_complain(yaml_get(row, "postcode"), load->complaints,
                      "`postcode` must be an outward code such as LU3, or a sector such as LU4 9, in capitals");
}

static void load_neighbourhood(struct load *load, struct yaml_item row)
{
    struct route_rules *routes = &load->policy->routes;
    struct span name = load_name(load, row, "neighbourhood", TEXT_SLUG);

    for (unsigned i = 0; i < routes->n_neighbourhoods; i++)
        if (span_equal(routes->neighbourhoods[i], name))
            return;
    if (name.size == 0)
        return;
    if (routes->n_neighbourhoods == POLICY_NEIGHBOURHOODS_MAX) {
        yaml_complain(row, load->complaints, "more than %d neighbourhoods: merge some", POLICY_NEIGHBOURHOODS_MAX);
        return;
    }
    routes->neighbourhoods[routes->n_neighbourhoods++] = name;
}

static void load_areas(struct load *load, struct yaml_item root)
{
    struct yaml_item areas = load_list(load, root, "inside", AREAS_MAX);

    for (unsigned i = 0; i < yaml_count(areas); i++) {
        struct span area = yaml_text(yaml_at(areas, i));
        if (area.size == 0 || area.size > AREA_BYTES || !has_only(area, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
            yaml_complain(yaml_at(areas, i), load->complaints, "a postcode area is one or two capital letters");
    }
}

void load_neighbourhoods(struct load *load, struct yaml_item root)
{
    static const char *const keys[] = {"inside", "neighbourhoods", "source", NULL};
    static const char *const row_keys[] = {"postcode", "neighbourhood", "source", NULL};
    struct load_names *names = &load->texts->names[VALUES_NEIGHBOURHOODS];
    struct yaml_item rows;

    if (!yaml_has_only(root, keys, load->complaints))
        return;
    load_areas(load, root);
    rows = load_list(load, root, "neighbourhoods", POLICY_POSTCODES_MAX);
    for (unsigned i = 0; i < yaml_count(rows); i++) {
        if (!yaml_has_only(yaml_at(rows, i), row_keys, load->complaints))
            continue;
        (void)load_origin(load, yaml_at(rows, i));
        load_postcode(load, yaml_at(rows, i));
        load_neighbourhood(load, yaml_at(rows, i));
    }
    if (yaml_complain_of_twins(rows, "postcode", load->complaints) != ERR_NONE)
        yaml_complain(rows, load->complaints, "there is no memory to look for rows that stand twice");
    names->at[names->n++] = span_text("unknown");
    for (unsigned i = 0; i < load->policy->routes.n_neighbourhoods; i++)
        names->at[names->n++] = load->policy->routes.neighbourhoods[i];
}
