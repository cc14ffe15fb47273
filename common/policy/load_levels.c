// SPDX-License-Identifier: MIT
// Loads policy.yaml, indicators.yaml and levels.yaml: what a policy is called, what indicators mean, and how they make a level.
// Called by policy.c. Sees to it that every indicator of the protocol has its row.
#include "common/policy/load.h"

#include "common/base/civil.h"

enum { TEXT_BYTES = 200 };

void load_policy_file(struct load *load, struct yaml_item root)
{
    static const char *const keys[] = {"policy", "title", "effective", "source", "note", NULL};
    struct policy *policy = load->policy;

    if (!yaml_has_only(root, keys, load->complaints))
        return;
    policy->name = load_name(load, root, "policy", TEXT_SLUG);
    policy->title = load_text(load, root, "title", TEXT_BYTES, true);
    policy->origin = load_origin(load, root);
    if (!civil_parse_date(load_text(load, root, "effective", TEXT_BYTES, true), &policy->effective))
        yaml_complain(yaml_get(root, "effective"), load->complaints, "`effective` must be a date such as 2017-01-31");
}

// ---------------------------------------------------------------- indicators

static uint8_t domain_of(struct load *load, struct yaml_item row)
{
    const struct level_rules *levels = &load->policy->levels;
    struct yaml_item item = yaml_get(row, "domain");

    for (unsigned i = 0; i < levels->n_domains; i++)
        if (span_equal(levels->domain_names[i], yaml_text(item)))
            return (uint8_t)i;
    yaml_complain(yaml_is_there(item) ? item : row, load->complaints, "`domain` must be one of the list `domains`");
    return 0;
}

static bool is_hard(struct load *load, struct yaml_item row)
{
    struct span evidence = load_text(load, row, "evidence", TEXT_BYTES, true);

    if (evidence.size > 0 && !span_is(evidence, "hard") && !span_is(evidence, "judgement"))
        yaml_complain(yaml_get(row, "evidence"), load->complaints, "`evidence` must be hard or judgement");
    return span_is(evidence, "hard");
}

static void load_indicator(struct load *load, struct yaml_item row)
{
    static const char *const keys[] = {"code", "level", "domain", "evidence", "text", "source", "note", NULL};
    struct level_rules *levels = &load->policy->levels;
    struct indicator_rule rule = {0};
    uint8_t code;

    if (!yaml_has_only(row, keys, load->complaints))
        return;
    code = load_code(load, row, "code", LIST_INDICATOR);
    if (!yaml_is_there(yaml_get(row, "code")))
        yaml_complain(row, load->complaints, "`code:` is missing: add it");
    rule.level = (uint8_t)load_number(load, row, "level", 1, 4, 0);
    if (!yaml_is_there(yaml_get(row, "level")))
        yaml_complain(row, load->complaints, "`level:` is missing: add it");
    rule.domain = domain_of(load, row);
    rule.hard = is_hard(load, row);
    rule.text = load_text(load, row, "text", TEXT_BYTES, true);
    rule.origin = load_origin(load, row);
    if (code == 0)
        return;
    if (load->policy->indicators[code].origin.line != 0)
        yaml_complain(row, load->complaints, "%s stands twice (first in line %u): remove one", code_text(LIST_INDICATOR, code),
                      load->policy->indicators[code].origin.line);
    load->policy->indicators[code] = rule;
    levels->domains[rule.domain] |= UINT64_C(1) << code;
}

void load_indicators(struct load *load, struct yaml_item root)
{
    static const char *const keys[] = {"domains", "indicators", NULL};
    struct level_rules *levels = &load->policy->levels;
    struct yaml_item domains, rows;

    if (!yaml_has_only(root, keys, load->complaints))
        return;
    domains = load_list(load, root, "domains", POLICY_DOMAINS_MAX);
    for (unsigned i = 0; i < yaml_count(domains); i++)
        levels->domain_names[levels->n_domains++] = yaml_text(yaml_at(domains, i));
    rows = load_list(load, root, "indicators", TABLE_VALUES_MAX);
    for (unsigned i = 0; i < yaml_count(rows); i++)
        load_indicator(load, yaml_at(rows, i));
    for (unsigned code = 1; code < code_count(LIST_INDICATOR) && yaml_is_there(rows); code++)
        if (load->policy->indicators[code].origin.line == 0)
            yaml_complain(rows, load->complaints, "%s (%s) has no row: add one, partners may send it", code_text(LIST_INDICATOR, code),
                          code_meaning(LIST_INDICATOR, code));
}

// ---------------------------------------------------------------- counts

static uint64_t indicators_of_levels(struct load *load, struct yaml_item list)
{
    uint64_t mask = 0;

    for (unsigned i = 0; i < yaml_count(list); i++) {
        int64_t level;
        if (!yaml_is_number(yaml_at(list, i), 1, 4, &level)) {
            yaml_complain(yaml_at(list, i), load->complaints, "a level is 1, 2, 3 or 4");
            continue;
        }
        for (unsigned code = 1; code < code_count(LIST_INDICATOR); code++)
            if (load->policy->indicators[code].level == level)
                mask |= UINT64_C(1) << code;
    }
    return mask;
}

static uint64_t indicators_of_domains(struct load *load, struct yaml_item list)
{
    const struct level_rules *levels = &load->policy->levels;
    uint64_t mask = 0;

    for (unsigned i = 0; i < yaml_count(list); i++) {
        unsigned domain = 0;
        while (domain < levels->n_domains && !span_equal(levels->domain_names[domain], yaml_text(yaml_at(list, i))))
            domain++;
        if (domain == levels->n_domains)
            yaml_complain(yaml_at(list, i), load->complaints, "`%.*s` is not a domain of indicators.yaml",
                          SPAN_ARG(yaml_text(yaml_at(list, i))));
        else
            mask |= levels->domains[domain];
    }
    return mask;
}

// Which indicators a count is about: {levels, domains, codes}, each narrowing, less {except}.
static uint64_t indicators_of(struct load *load, struct yaml_item of)
{
    static const char *const keys[] = {"levels", "domains", "codes", "except", NULL};
    uint64_t mask = ~UINT64_C(1);

    if (!yaml_has_only(of, keys, load->complaints))
        return mask;
    if (yaml_is_there(yaml_get(of, "levels")))
        mask &= indicators_of_levels(load, yaml_get(of, "levels"));
    if (yaml_is_there(yaml_get(of, "domains")))
        mask &= indicators_of_domains(load, yaml_get(of, "domains"));
    if (yaml_is_there(yaml_get(of, "codes")))
        mask &= load_codes(load, yaml_get(of, "codes"), LIST_INDICATOR);
    mask &= ~load_codes(load, yaml_get(of, "except"), LIST_INDICATOR);
    if (mask == 0)
        yaml_complain(of, load->complaints, "no indicator is counted here");
    return mask;
}

static enum count_how how_of(struct load *load, struct yaml_item row)
{
    static const char *const names[] = {
        [COUNT_EACH] = "each", [COUNT_ONCE_ON_CHILDREN] = "once_per_code_on_children", [COUNT_SPREAD] = "spread"};
    struct yaml_item item = yaml_get(row, "how");

    for (unsigned how = 0; how < sizeof names / sizeof names[0]; how++)
        if (span_is(yaml_text(item), names[how]))
            return (enum count_how)how;
    yaml_complain(yaml_is_there(item) ? item : row, load->complaints, "`how` must be each, once_per_code_on_children or spread");
    return COUNT_EACH;
}

static void load_count(struct load *load, struct yaml_item row)
{
    static const char *const keys[] = {"count", "of", "how", "meaning", "one", "source", "note", NULL};
    struct level_rules *levels = &load->policy->levels;
    struct level_count *count = &levels->counts[levels->n_counts];
    struct span name;

    if (!yaml_has_only(row, keys, load->complaints))
        return;
    name = load_name(load, row, "count", TEXT_SLUG);
    count->meaning = load_text(load, row, "meaning", TEXT_BYTES, true);
    count->one = load_text(load, row, "one", TEXT_BYTES, false);
    count->origin = load_origin(load, row);
    if (!yaml_is_there(yaml_get(row, "of")))
        yaml_complain(row, load->complaints, "`of:` is missing: say which indicators are counted");
    else
        count->indicators = indicators_of(load, yaml_get(row, "of"));
    count->how = (uint8_t)how_of(load, row);
    levels->n_counts++;
    load_add_fact(load, &levels->table, row, name, count->how == COUNT_SPREAD ? TABLE_YES_NO : TABLE_COUNT);
}

// ---------------------------------------------------------------- rules

static struct level_row level_row_of(struct load *load, struct yaml_item row)
{
    return (struct level_row){
        .code = load_name(load, row, "rule", TEXT_RULE),
        .marks = load_codes(load, yaml_get(row, "marks"), LIST_MARK),
        .says = load_text(load, row, "says", SAYS_BYTES, false),
        .origin = load_origin(load, row),
    };
}

static void load_level_rule(struct load *load, struct yaml_item row)
{
    static const char *const keys[] = {"rule", "says", "level", "when", "marks", "source", "note", NULL};
    struct level_rules *levels = &load->policy->levels;
    struct level_row *target = &levels->rows[levels->table.n_rows];
    struct load_names *names = &load->texts->names[VALUES_LEVEL_RULES];

    if (!load_row(load, &levels->table, row, yaml_get(row, "when")) || !yaml_has_only(row, keys, load->complaints))
        return;
    *target = level_row_of(load, row);
    target->level = (uint8_t)load_number(load, row, "level", 1, 4, 0);
    if (!yaml_is_there(yaml_get(row, "level")))
        yaml_complain(row, load->complaints, "`level:` is missing: add it");
    load_unique(load, row, names->at, names->n, target->code);
    names->at[names->n++] = target->code;
}

static void load_claimed(struct load *load, struct yaml_item claimed)
{
    static const char *const keys[] = {"rule", "says", "marks", "source", "note", NULL};
    struct load_names *names = &load->texts->names[VALUES_LEVEL_RULES];

    if (!yaml_has_only(claimed, keys, load->complaints))
        return;
    load->policy->levels.claimed = level_row_of(load, claimed);
    load_unique(load, claimed, names->at, names->n, load->policy->levels.claimed.code);
    names->at[names->n++] = load->policy->levels.claimed.code;
}

void load_levels(struct load *load, struct yaml_item root)
{
    static const char *const keys[] = {"counts", "match", "rules", "claimed", NULL};
    static const struct load_fact facts[] = {
#define LEVEL_FACT LOAD_FACT
#include "common/policy/facts.def"
    };
    struct yaml_item counts, rules;

    if (!yaml_has_only(root, keys, load->complaints))
        return;
    load_facts(load, &load->policy->levels.table, facts, sizeof facts / sizeof facts[0]);
    counts = load_list(load, root, "counts", POLICY_COUNTS_MAX);
    for (unsigned i = 0; i < yaml_count(counts); i++)
        load_count(load, yaml_at(counts, i));
    rules = load_list(load, root, "rules", TABLE_ROWS_MAX);
    for (unsigned i = 0; i < yaml_count(rules); i++)
        load_level_rule(load, yaml_at(rules, i));
    load_match(load, root, "match", &load->policy->levels.table);
    if (yaml_is_there(yaml_get(root, "claimed")))
        load_claimed(load, yaml_get(root, "claimed"));
    else
        yaml_complain(root, load->complaints, "`claimed:` is missing: say what a claim above the computed level is called");
}
