// SPDX-License-Identifier: MIT
// sharing.yaml: `groups: {health: [gp, ...]}` and `sharing: [{agency: early-help, with: always, fields: [names, ...], source: ...}]`.
// Used by the registry, for every policy that is adopted and at every opening, and by the loader. What no row gives is withheld.
#include "common/policy/sharing.h"

#include "common/policy/load.h"

#define BIT(code) (UINT64_C(1) << (code))
#define ALL_FIELDS ((BIT(PERSONAL_COUNT) - 1) & ~UINT64_C(1))

// ---------------------------------------------------------------- judging

enum agency sharing_agency(const struct sharing *sharing, struct span team)
{
    for (unsigned i = 0; i < sharing->n_teams; i++)
        if (span_equal(span_of(sharing->teams[i].code, sharing->teams[i].size), team))
            return (enum agency)sharing->teams[i].agency;
    return AGENCY_NONE;
}

// The family may have named the agency itself, or a group that it belongs to.
static bool is_agreed(const struct sharing *sharing, enum agency agency, uint64_t share_with)
{
    for (unsigned named = 1; named < AGENCY_COUNT; named++)
        if ((share_with & BIT(named)) != 0 && ((sharing->members[named] | BIT(named)) & BIT(agency)) != 0)
            return true;
    return false;
}

static uint64_t fields_always(const struct sharing *sharing, enum agency agency, enum open_purpose purpose)
{
    return sharing->always[agency] | (purpose == PURPOSE_SAFEGUARDING ? sharing->safeguarding : 0);
}

bool sharing_asks(const struct sharing *sharing, enum agency agency, enum open_purpose purpose)
{
    return agency != AGENCY_NONE && (sharing->agreed[agency] & ~fields_always(sharing, agency, purpose)) != 0;
}

uint64_t sharing_fields(const struct sharing *sharing, enum agency agency, enum open_purpose purpose, uint64_t share_with)
{
    if (agency == AGENCY_NONE)
        return 0;
    return fields_always(sharing, agency, purpose) | (is_agreed(sharing, agency, share_with) ? sharing->agreed[agency] : 0);
}

// ---------------------------------------------------------------- reading

// A code of the list, or a list of them; 0 after a complaint.
static uint64_t read_codes(struct yaml_item row, const char *key, enum code_list list, struct complaints *complaints)
{
    struct yaml_item item = yaml_get(row, key);
    unsigned n = yaml_is_list(item) ? yaml_count(item) : 1;
    uint64_t codes = 0;

    for (unsigned i = 0; i < n; i++) {
        struct yaml_item one = yaml_is_list(item) ? yaml_at(item, i) : item;
        unsigned code = code_parse(list, yaml_text(one));

        if (code == 0)
            yaml_complain(yaml_is_there(one) ? one : row, complaints, "`%s` must be of the list %s of the protocol: `%.*s` is not", key,
                          code_list_name(list), SPAN_ARG(yaml_text(one)));
        codes |= code != 0 ? BIT(code) : 0;
    }
    if (n == 0)
        yaml_complain(row, complaints, "`%s` names nothing", key);
    return codes;
}

static uint64_t read_fields(struct yaml_item row, struct complaints *complaints)
{
    if (span_is(yaml_text(yaml_get(row, "fields")), "all"))
        return ALL_FIELDS;
    return read_codes(row, "fields", LIST_PERSONAL, complaints);
}

static void give(struct yaml_item row, uint64_t agencies, uint64_t fields, uint64_t given[AGENCY_COUNT], struct complaints *complaints)
{
    for (unsigned agency = 1; agency < AGENCY_COUNT; agency++) {
        if ((agencies & BIT(agency)) == 0)
            continue;
        if (given[agency] != 0)
            yaml_complain(row, complaints, "a row above says it of %s already: keep one", code_text(LIST_AGENCY, agency));
        given[agency] = fields;
    }
}

static void read_row(struct yaml_item row, struct complaints *complaints, struct sharing *sharing)
{
    static const char *const keys[] = {"agency", "purpose", "with", "fields", "source", "note", NULL};
    struct span with = yaml_text(yaml_get(row, "with"));
    bool of_purpose = yaml_is_there(yaml_get(row, "purpose"));

    if (!yaml_has_only(row, keys, complaints))
        return;
    if (of_purpose == yaml_is_there(yaml_get(row, "agency")))
        yaml_complain(row, complaints, "a row is for an `agency`, or for the `purpose` safeguarding: name one of them");
    else if (of_purpose && !span_is(yaml_text(yaml_get(row, "purpose")), "safeguarding"))
        yaml_complain(row, complaints, "`purpose` can only be safeguarding");
    else if (!span_is(with, "always") && (of_purpose || !span_is(with, "agreement")))
        yaml_complain(row, complaints, of_purpose ? "`with` must be always here" : "`with` must be always or agreement");
    else if (yaml_text(yaml_get(row, "source")).size == 0)
        yaml_complain(row, complaints, "`source:` is missing: add it");
    else if (of_purpose)
        sharing->safeguarding |= read_fields(row, complaints);
    else
        give(row, read_codes(row, "agency", LIST_AGENCY, complaints), read_fields(row, complaints),
             span_is(with, "always") ? sharing->always : sharing->agreed, complaints);
}

static void read_group(struct yaml_item groups, unsigned i, struct complaints *complaints, struct sharing *sharing)
{
    struct span name = yaml_text(yaml_key_at(groups, i));
    unsigned agency = code_parse(LIST_AGENCY, name);
    char key[SHARING_NAME_MAX + 1];

    if (agency == 0 || name.size > SHARING_NAME_MAX) {
        yaml_complain(yaml_key_at(groups, i), complaints, "`%.*s` is no agency of the protocol", SPAN_ARG(name));
        return;
    }
    memcpy(key, name.at, name.size);
    key[name.size] = '\0';
    sharing->members[agency] = read_codes(groups, key, LIST_AGENCY, complaints);
}

void sharing_read(struct yaml_item root, struct complaints *complaints, struct sharing *sharing)
{
    static const char *const keys[] = {"groups", "sharing", "source", "note", NULL};
    struct yaml_item rows = yaml_get(root, "sharing"), groups = yaml_get(root, "groups");

    *sharing = (struct sharing){0};
    if (!yaml_has_only(root, keys, complaints))
        return;
    if (yaml_is_there(groups) && !yaml_is_map(groups))
        yaml_complain(groups, complaints, "`groups` must be such as {health: [gp, hospital]}");
    for (unsigned i = 0; yaml_is_map(groups) && i < yaml_count(groups); i++)
        read_group(groups, i, complaints, sharing);
    if (!yaml_is_list(rows) || yaml_count(rows) == 0)
        yaml_complain(root, complaints, "`sharing` must be a list with at least one row");
    for (unsigned i = 0; i < yaml_count(rows); i++)
        read_row(yaml_at(rows, i), complaints, sharing);
}

// ---------------------------------------------------------------- teams

// Of teams.yaml only what is asked here: the loader of the whole policy checks the rest.
static void read_team(struct yaml_item row, struct complaints *complaints, struct sharing *sharing)
{
    struct span code = yaml_text(yaml_get(row, "team"));
    unsigned agency = code_parse(LIST_AGENCY, yaml_text(yaml_get(row, "agency")));
    struct sharing_team *team = &sharing->teams[sharing->n_teams];

    if (code.size == 0 || code.size > SHARING_NAME_MAX || agency == 0 || sharing->n_teams == SHARING_TEAMS_MAX) {
        yaml_complain(row, complaints, "a team needs its code under `team`, and under `agency` whose workers it has");
        return;
    }
    *team = (struct sharing_team){.agency = (uint8_t)agency, .size = (uint8_t)code.size};
    memcpy(team->code, code.at, code.size);
    sharing->n_teams++;
}

static enum err open_teams(struct span text, struct complaints *complaints, struct sharing *sharing)
{
    struct yaml *yaml;
    struct yaml_item rows;
    enum err err = yaml_open("teams.yaml", text, complaints, &yaml);

    if (err != ERR_NONE)
        return err;
    rows = yaml_get(yaml_root(yaml), "teams");
    for (unsigned i = 0; i < yaml_count(rows); i++)
        read_team(yaml_at(rows, i), complaints, sharing);
    yaml_close(&yaml);
    return ERR_NONE;
}

enum err sharing_open(struct span text, struct span teams, struct complaints *complaints, struct sharing *sharing)
{
    unsigned before = complaints->n;
    struct yaml *yaml;
    enum err err = yaml_open("sharing.yaml", text, complaints, &yaml);

    *sharing = (struct sharing){0};
    if (err != ERR_NONE)
        return err;
    sharing_read(yaml_root(yaml), complaints, sharing);
    yaml_close(&yaml);
    err = open_teams(teams, complaints, sharing);
    return err == ERR_NONE && complaints->n > before ? ERR_BAD_CONFIG : err;
}

void load_sharing(struct load *load, struct yaml_item root)
{
    const struct policy *policy = load->policy;
    unsigned before = load->complaints->n;
    struct sharing sharing; // the registry's: a policy is only checked here

    sharing_read(root, load->complaints, &sharing);
    for (unsigned i = 1; i <= policy->n_teams && load->complaints->n == before; i++) {
        const struct team *team = &policy->teams[i];
        if (!team->decides && (sharing.always[team->agency] | sharing.agreed[team->agency]) == 0)
            complaints_add(load->complaints, "teams.yaml", team->origin.line,
                           "no row of sharing.yaml is for the agency `%s`: the workers of `%.*s` would be given nothing of any family",
                           code_text(LIST_AGENCY, team->agency), SPAN_ARG(team->code));
    }
}
