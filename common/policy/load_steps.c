// SPDX-License-Identifier: MIT
// Loads steps.yaml: what must be there before a case goes to another level, team or worker.
// Called by policy.c. A policy may go without it.
#include "common/policy/load.h"

static void read_need(struct load *load, struct yaml_item item, struct step_row *row)
{
    struct span text = yaml_text(item);
    unsigned progress = code_parse(LIST_PROGRESS, text);

    if (span_is(text, "consent"))
        row->consent = true;
    else if (span_is(text, "receiver"))
        row->receiver = true;
    else if (progress != PROGRESS_NONE)
        row->progress |= UINT64_C(1) << progress;
    else
        yaml_complain(item, load->complaints,
                      "`%.*s` is nothing that a step can need: consent, receiver, or what a worker tells (assessment, plan, review, "
                      "contact, referrer_told)",
                      SPAN_ARG(text));
}

static void load_step(struct load *load, struct yaml_item item)
{
    static const char *const keys[] = {"step", "when", "needs", "source", "note", NULL};
    struct step_rules *steps = &load->policy->steps;
    struct step_row *row = &steps->rows[steps->table.n_rows % TABLE_ROWS_MAX];
    struct yaml_item needs = yaml_get(item, "needs");

    if (!load_row(load, &steps->table, item, yaml_get(item, "when")) || !yaml_has_only(item, keys, load->complaints))
        return;
    row->code = load_name(load, item, "step", TEXT_RULE);
    for (unsigned i = 0; i + 1 < steps->table.n_rows; i++)
        load_unique(load, item, &steps->rows[i].code, 1, row->code);
    if (!yaml_is_list(needs))
        yaml_complain(item, load->complaints, "`needs:` must be a list; [] where nothing is needed");
    for (unsigned i = 0; yaml_is_list(needs) && i < yaml_count(needs); i++)
        read_need(load, yaml_at(needs, i), row);
    row->origin = load_origin(load, item);
}

void load_steps(struct load *load, struct yaml_item root)
{
    static const char *const keys[] = {"steps", NULL};
    static const struct load_fact facts[] = {
#define STEP_FACT LOAD_FACT
#include "common/policy/facts.def"
    };
    struct yaml_item rows;

    if (!yaml_has_only(root, keys, load->complaints))
        return;
    load_facts(load, &load->policy->steps.table, facts, sizeof facts / sizeof facts[0]);
    rows = load_list(load, root, "steps", POLICY_STEPS_MAX);
    for (unsigned i = 0; i < yaml_count(rows); i++)
        load_step(load, yaml_at(rows, i));
}
