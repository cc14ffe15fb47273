// SPDX-License-Identifier: MIT
// Loads destinations.yaml: age bands, groups of members, the rows that say where leads, parenting and tasks go, and on what lawful basis.
// Called by policy.c, last: rows name teams, level rules and neighbourhoods. Sees to it that every team can be reached.
#include "common/policy/load.h"

enum { MONTHS_MAX = 32767 };

// ---------------------------------------------------------------- ages and groups

static void load_age(struct load *load, struct yaml_item row)
{
    static const char *const keys[] = {"age", "months", "source", "note", NULL};
    struct route_rules *routes = &load->policy->routes;
    struct load_names *names = &load->texts->names[VALUES_AGES];
    struct age_band *before = routes->n_ages > 0 ? &routes->ages[routes->n_ages - 1] : NULL;
    int64_t from = -MONTHS_MAX;
    int64_t to = MONTHS_MAX;
    struct span name;

    if (!yaml_has_only(row, keys, load->complaints))
        return;
    name = load_name(load, row, "age", TEXT_SLUG);
    load_unique(load, row, names->at, names->n, name);
    if (!load_range(yaml_text(yaml_get(row, "months")), &from, &to) || from < -MONTHS_MAX || to > MONTHS_MAX)
        yaml_complain(row, load->complaints, "`months` must be such as up to 59, 60 to 71, 228 or more");
    else if (before != NULL && from != before->to + 1)
        yaml_complain(row, load->complaints, "the bands leave a gap or overlap: this one must begin at %d months", before->to + 1);
    else if (before == NULL && from != -MONTHS_MAX)
        yaml_complain(row, load->complaints, "the first band must be open below (up to ...), for unborn children");
    routes->ages[routes->n_ages++] =
        (struct age_band){.name = name, .from = (int16_t)from, .to = (int16_t)to, .origin = load_origin(load, row)};
    names->at[names->n++] = name;
}

static void load_ages(struct load *load, struct yaml_item root)
{
    struct route_rules *routes = &load->policy->routes;
    struct yaml_item rows = load_list(load, root, "ages", POLICY_AGES_MAX);
    struct load_names *names = &load->texts->names[VALUES_AGES];

    names->at[names->n++] = span_text("unknown");
    for (unsigned i = 0; i < yaml_count(rows); i++)
        load_age(load, yaml_at(rows, i));
    if (routes->n_ages > 0 && routes->ages[routes->n_ages - 1].to != MONTHS_MAX)
        yaml_complain(yaml_at(rows, yaml_count(rows) - 1), load->complaints, "the last band must be open above (... or more)");
}

static void load_group(struct load *load, struct yaml_item row)
{
    static const char *const keys[] = {"group", "meaning", "any", "source", "note", NULL};
    struct route_rules *routes = &load->policy->routes;
    struct yaml_item any;
    struct span name;

    if (!yaml_has_only(row, keys, load->complaints))
        return;
    name = load_name(load, row, "group", TEXT_SLUG);
    routes->group_origins[routes->n_groups] = load_origin(load, row);
    routes->group_meanings[routes->n_groups] = load_text(load, row, "meaning", SAYS_BYTES, false);
    load_unique(load, row, routes->group_names, routes->n_groups, name);
    any = load_list(load, row, "any", TABLE_ROWS_MAX);
    for (unsigned i = 0; i < yaml_count(any); i++) {
        routes->member_groups[routes->members.n_rows % TABLE_ROWS_MAX] = (uint8_t)routes->n_groups;
        routes->member_lines[routes->members.n_rows % TABLE_ROWS_MAX] = yaml_line(yaml_at(any, i));
        if (!load_row(load, &routes->members, yaml_at(any, i), yaml_at(any, i)))
            break;
    }
    routes->group_names[routes->n_groups++] = name;
    load_add_fact(load, &routes->lead, row, name, TABLE_YES_NO);
}

static void load_groups(struct load *load, struct yaml_item root)
{
    static const struct load_fact member_facts[] = {
#define MEMBER_FACT LOAD_FACT
#include "common/policy/facts.def"
    };
    struct route_rules *routes = &load->policy->routes;
    struct yaml_item rows = load_list(load, root, "groups", POLICY_GROUPS_MAX);
    struct span parenting_for = load_text(load, root, "parenting_for", 32, true);
    unsigned group = 0;

    load_facts(load, &routes->members, member_facts, sizeof member_facts / sizeof member_facts[0]);
    for (unsigned i = 0; i < yaml_count(rows); i++)
        load_group(load, yaml_at(rows, i));
    while (group < routes->n_groups && !span_equal(routes->group_names[group], parenting_for))
        group++;
    if (group == routes->n_groups && parenting_for.size > 0)
        yaml_complain(yaml_get(root, "parenting_for"), load->complaints, "`%.*s` is not a group of this file", SPAN_ARG(parenting_for));
    routes->parenting_group = (uint8_t)group;
}

// ---------------------------------------------------------------- rows

// What one of the three lists of rows is.
struct rows_kind {
    const char *key;
    const char *match; // key that says how many rows may match
    struct table *table;
    struct route_row *rows;
    unsigned max;
    bool is_lead, is_tasks;
};

static bool decides(const struct load *load, uint8_t team)
{
    return load->policy->teams[team].decides;
}

// Exactly one of team, hold, news and parenting says what becomes of it.
static void load_outcome(struct load *load, struct yaml_item item, const struct rows_kind *kind, struct route_row *row)
{
    bool news = load_yes_no(load, item, "news");
    bool parenting = load_yes_no(load, item, "parenting");
    int n = yaml_is_there(yaml_get(item, "team")) + yaml_is_there(yaml_get(item, "hold")) + news + parenting;

    row->team = load_team(load, item, "team");
    row->reason = load_code(load, item, "reason", LIST_REASON);
    row->outcome = decides(load, row->team) ? ROW_DECIDE : ROW_QUEUE;
    if (yaml_is_there(yaml_get(item, "hold"))) {
        row->outcome = ROW_HOLD;
        row->reason = load_code(load, item, "hold", LIST_REASON);
    }
    if (news || parenting)
        row->outcome = news ? ROW_NEWS : ROW_PARENTING;
    if (n != 1)
        yaml_complain(item, load->complaints, "say one of `team:`, `hold:`, `news: yes` and `parenting: yes`, and only one");
    else if (!kind->is_lead && row->outcome != ROW_QUEUE && row->outcome != ROW_DECIDE)
        yaml_complain(item, load->complaints, "only `team:` is possible in this list");
}

static void check_row(struct load *load, struct yaml_item item, const struct rows_kind *kind, const struct route_row *row)
{
    bool has_reason = yaml_is_there(yaml_get(item, "reason"));

    if ((row->outcome == ROW_DECIDE || kind->is_tasks) && !has_reason)
        yaml_complain(item, load->complaints, "`reason:` is missing: tell the person who decides why");
    if (row->outcome != ROW_DECIDE && !kind->is_tasks && has_reason)
        yaml_complain(item, load->complaints, "`reason` belongs to rows where a person decides, or to tasks");
    if (row->outcome == ROW_HOLD && !row->has_as_if)
        yaml_complain(item, load->complaints, "`as_if:` is missing: which fact ends the hold, and how does it go on then?");
    if (row->outcome != ROW_DECIDE && row->proposal != 0)
        yaml_complain(item, load->complaints, "`proposal` belongs to rows where a person decides");
    if (row->outcome == ROW_DECIDE && row->proposal == 0 && !row->has_as_if && !kind->is_tasks)
        yaml_complain(item, load->complaints, "say `proposal:` or `as_if:`, so that the person has something to confirm");
    if (row->has_as_if && !kind->is_lead)
        yaml_complain(item, load->complaints, "`as_if` belongs to rows of `lead`: say `proposal:`");
    if (row->parts && row->outcome != ROW_QUEUE && row->outcome != ROW_NEWS && !row->tells_case)
        yaml_complain(item, load->complaints, "`adds_parenting` belongs to rows that go to a team's queue, or are told to the open case");
    if (row->again_when_open && (kind->is_lead || kind->is_tasks || row->outcome != ROW_QUEUE))
        yaml_complain(item, load->complaints, "`again_when_open` belongs to rows of `parenting` that go to a team's queue");
    if (kind->is_lead && (kind->table->rows[kind->table->n_rows - 1].columns >> LEAD_FACT_TEAM & 1) != 0)
        yaml_complain(item, load->complaints, "the fact `lead` is for tasks: here the lead is not yet decided");
}

static void load_marks(struct load *load, struct yaml_item item, struct route_row *row)
{
    struct yaml_item marks = yaml_get(item, "marks");

    row->drops_marks = span_is(yaml_text(marks), "dropped");
    if (yaml_is_there(marks) && !row->drops_marks)
        yaml_complain(marks, load->complaints, "`marks` can only be dropped");
}

static void load_route_row(struct load *load, struct yaml_item item, const struct rows_kind *kind)
{
    static const char *const keys[] = {
        "row",      "says",           "when",  "team",       "hold",  "news",   "parenting", "reason",
        "proposal", "adds_parenting", "as_if", "tells_case", "marks", "source", "note",      "again_when_open",
        NULL};
    struct route_row *row = &kind->rows[kind->table->n_rows];

    if (!load_row(load, kind->table, item, yaml_get(item, "when")) || !yaml_has_only(item, keys, load->complaints))
        return;
    row->code = load_name(load, item, "row", TEXT_RULE);
    for (unsigned i = 0; i + 1 < kind->table->n_rows; i++)
        if (row->code.size > 0 && span_equal(kind->rows[i].code, row->code))
            yaml_complain(item, load->complaints, "`%.*s` stands twice: rename or remove one", SPAN_ARG(row->code));
    load_outcome(load, item, kind, row);
    row->proposal = load_team(load, item, "proposal");
    row->parts = load_yes_no(load, item, "adds_parenting");
    row->tells_case = load_yes_no(load, item, "tells_case");
    row->again_when_open = load_yes_no(load, item, "again_when_open");
    row->says = load_text(load, item, "says", SAYS_BYTES, false);
    row->origin = load_origin(load, item);
    load_marks(load, item, row);
    if (yaml_is_there(yaml_get(item, "as_if")))
        row->has_as_if = load_one_value(load, kind->table, yaml_get(item, "as_if"), &row->as_if_fact, &row->as_if_value);
    check_row(load, item, kind, row);
}

static void load_rows(struct load *load, struct yaml_item root, const struct rows_kind *kind)
{
    struct yaml_item rows = load_list(load, root, kind->key, kind->max);
    struct yaml_item last = yaml_at(rows, yaml_count(rows) - 1);

    for (unsigned i = 0; i < yaml_count(rows); i++)
        load_route_row(load, yaml_at(rows, i), kind);
    if (kind->is_tasks)
        return;
    load_match(load, root, kind->match, kind->table);
    if (yaml_is_there(last) && !yaml_is_there(yaml_get(last, "team")))
        yaml_complain(last, load->complaints, "the last row must name a `team:`: it takes what no other row takes");
}

// ---------------------------------------------------------------- lawful basis

static void load_basis_row(struct load *load, struct yaml_item item)
{
    static const char *const keys[] = {"row", "when", "basis", "source", "note", NULL};
    struct route_rules *routes = &load->policy->routes;
    struct basis_row *row = &routes->basis_rows[routes->basis.n_rows % TABLE_ROWS_MAX];

    if (!load_row(load, &routes->basis, item, yaml_get(item, "when")) || !yaml_has_only(item, keys, load->complaints))
        return;
    row->code = load_name(load, item, "row", TEXT_RULE);
    for (unsigned i = 0; i + 1 < routes->basis.n_rows; i++)
        load_unique(load, item, &routes->basis_rows[i].code, 1, row->code);
    row->basis = load_code(load, item, "basis", LIST_BASIS);
    if (!yaml_is_there(yaml_get(item, "basis")))
        yaml_complain(item, load->complaints, "`basis:` is missing: add it");
    row->origin = load_origin(load, item);
}

// May be left out: then nothing is said of it.
static void load_bases(struct load *load, struct yaml_item root)
{
    struct yaml_item rows;

    if (!yaml_is_there(yaml_get(root, "basis")))
        return;
    rows = load_list(load, root, "basis", POLICY_BASES_MAX);
    for (unsigned i = 0; i < yaml_count(rows); i++)
        load_basis_row(load, yaml_at(rows, i));
}

// ---------------------------------------------------------------- the whole

static void mark_reached(const struct rows_kind *kind, bool *reached)
{
    for (unsigned i = 0; i < kind->table->n_rows; i++)
        reached[kind->rows[i].team] = reached[kind->rows[i].proposal] = true;
}

static void check_teams(struct load *load, const struct rows_kind *kinds, unsigned n)
{
    bool reached[POLICY_TEAMS_MAX + 1] = {false};

    for (unsigned i = 0; i < n; i++)
        mark_reached(&kinds[i], reached);
    for (unsigned team = 1; team <= load->policy->n_teams; team++)
        if (!reached[team])
            complaints_add(load->complaints, "teams.yaml", load->policy->teams[team].origin.line,
                           "no row of destinations.yaml sends anything to `%.*s`: add a row, or remove the team",
                           SPAN_ARG(load->policy->teams[team].code));
}

static void load_lead_facts(struct load *load)
{
    static const struct load_fact facts[] = {
#define LEAD_FACT LOAD_FACT
#include "common/policy/facts.def"
    };

    load_facts(load, &load->policy->routes.lead, facts, sizeof facts / sizeof facts[0]);
}

static void load_child_facts(struct load *load)
{
    static const struct load_fact facts[] = {
#define CHILD_FACT LOAD_FACT
#include "common/policy/facts.def"
    };

    load_facts(load, &load->policy->routes.parenting, facts, sizeof facts / sizeof facts[0]);
}

// Tasks and bases are asked about the same facts as leads.
static void share_lead_facts(struct route_rules *routes)
{
    routes->basis.n_facts = routes->lead.n_facts;
    memcpy(routes->basis.facts, routes->lead.facts, sizeof routes->basis.facts);
    routes->tasks.n_facts = routes->lead.n_facts;
    memcpy(routes->tasks.facts, routes->lead.facts, sizeof routes->tasks.facts);
}

void load_destinations(struct load *load, struct yaml_item root)
{
    static const char *const keys[] = {"ages",      "groups",          "parenting_for", "lead_match", "lead",
                                       "parenting", "parenting_match", "tasks",         "basis",      NULL};
    struct route_rules *routes = &load->policy->routes;
    const struct rows_kind kinds[] = {
        {.key = "lead", .match = "lead_match", .table = &routes->lead, .rows = routes->lead_rows, .max = TABLE_ROWS_MAX, .is_lead = true},
        {.key = "parenting",
         .match = "parenting_match",
         .table = &routes->parenting,
         .rows = routes->parenting_rows,
         .max = TABLE_ROWS_MAX},
        {.key = "tasks", .table = &routes->tasks, .rows = routes->task_rows, .max = POLICY_TASKS_MAX, .is_tasks = true},
    };
    unsigned n = sizeof kinds / sizeof kinds[0];

    if (!yaml_has_only(root, keys, load->complaints))
        return;
    load_ages(load, root);
    load_lead_facts(load);
    load_groups(load, root);
    share_lead_facts(routes);
    load_child_facts(load);
    for (unsigned i = 0; i < n; i++)
        load_rows(load, root, &kinds[i]);
    load_bases(load, root);
    check_teams(load, kinds, n);
}
