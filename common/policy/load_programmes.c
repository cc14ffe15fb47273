// SPDX-License-Identifier: MIT
// Loads programmes.yaml: which problems of a household count in which programme, and how many it takes.
// Called by policy.c. A policy may go without it.
#include "common/policy/load.h"

#include "common/base/civil.h"

enum { TITLE_BYTES = 100 };

static int32_t day_of(struct load *load, struct yaml_item row, const char *key, int32_t absent)
{
    struct yaml_item item = yaml_get(row, key);
    int32_t day;

    if (!yaml_is_there(item) && absent != 0)
        return absent;
    if (civil_parse_date(yaml_text(item), &day))
        return day;
    yaml_complain(yaml_is_there(item) ? item : row, load->complaints, "`%s` must be a date such as 2017-01-31", key);
    return 0;
}

static uint64_t headlines_of(struct load *load, struct yaml_item row)
{
    struct yaml_item list = yaml_get(row, "headline");
    uint64_t headlines = 0;
    int64_t headline;

    if (!yaml_is_there(list))
        return 0;
    for (unsigned i = 0; i < (yaml_is_list(list) ? yaml_count(list) : 1); i++) {
        struct yaml_item item = yaml_is_list(list) ? yaml_at(list, i) : list;

        if (yaml_is_number(item, 1, PROGRAMME_HEADLINES, &headline))
            headlines |= UINT64_C(1) << headline;
        else
            yaml_complain(item, load->complaints, "a headline problem is a number from 1 to %d", PROGRAMME_HEADLINES);
    }
    return headlines;
}

static void load_problem(struct load *load, struct yaml_item row, struct programme *programme)
{
    static const char *const keys[] = {"problem", "says", "headline", "needs", "source", "note", NULL};
    struct programme_problem *problem = &programme->problems[programme->n_problems];

    if (!yaml_has_only(row, keys, load->complaints))
        return;
    problem->code = load_name(load, row, "problem", TEXT_SLUG);
    for (unsigned i = 0; i < programme->n_problems; i++)
        load_unique(load, row, &programme->problems[i].code, 1, problem->code);
    problem->says = load_text(load, row, "says", SAYS_BYTES, true);
    problem->headlines = headlines_of(load, row);
    problem->needs = load_codes(load, yaml_get(row, "needs"), LIST_INDICATOR);
    if (!yaml_is_there(yaml_get(row, "headline")) && !yaml_is_there(yaml_get(row, "needs")))
        yaml_complain(row, load->complaints, "nothing shows this problem: name `headline` problems, or `needs`");
    problem->origin = load_origin(load, row);
    load->policy->programmes.needs |= problem->needs;
    programme->n_problems++;
}

static void load_programme(struct load *load, struct yaml_item row)
{
    static const char *const keys[] = {"programme", "title", "from", "until", "at_least", "problems", "source", "note", NULL};
    struct programme_rules *rules = &load->policy->programmes;
    struct programme *programme = &rules->programmes[rules->n];
    struct yaml_item problems;

    if (!yaml_has_only(row, keys, load->complaints))
        return;
    programme->code = load_name(load, row, "programme", TEXT_SLUG);
    for (unsigned i = 0; i < rules->n; i++)
        load_unique(load, row, &rules->programmes[i].code, 1, programme->code);
    programme->title = load_text(load, row, "title", TITLE_BYTES, true);
    programme->from = day_of(load, row, "from", 0);
    programme->until = day_of(load, row, "until", INT32_MAX);
    if (programme->until < programme->from && programme->until != 0)
        yaml_complain(yaml_get(row, "until"), load->complaints, "`until` lies before `from`");
    programme->at_least = (uint8_t)load_number(load, row, "at_least", 1, PROGRAMME_PROBLEMS_MAX, 0);
    if (!yaml_is_there(yaml_get(row, "at_least")))
        yaml_complain(row, load->complaints, "`at_least:` is missing: how many of its problems must a household have?");
    programme->origin = load_origin(load, row);
    problems = load_list(load, row, "problems", PROGRAMME_PROBLEMS_MAX);
    for (unsigned i = 0; i < yaml_count(problems); i++)
        load_problem(load, yaml_at(problems, i), programme);
    rules->n++;
}

void load_programmes(struct load *load, struct yaml_item root)
{
    static const char *const keys[] = {"programmes", NULL};
    struct yaml_item rows;

    if (!yaml_has_only(root, keys, load->complaints))
        return;
    rows = load_list(load, root, "programmes", POLICY_PROGRAMMES_MAX);
    for (unsigned i = 0; i < yaml_count(rows); i++)
        load_programme(load, yaml_at(rows, i));
}
