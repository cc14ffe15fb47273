// SPDX-License-Identifier: MIT
// Loads signals.yaml: which concerns of several agencies about one household suggest a step up.
// Called by policy.c. A policy may go without it.
#include "common/policy/load.h"

enum { LEVEL_LEAST = 1, LEVEL_MOST = 3, LEVEL_ANY = 4 };

// "1 to 3", "2": below level 4.
static uint8_t levels_of(struct load *load, struct yaml_item row)
{
    struct yaml_item item = yaml_get(row, "levels");
    int64_t from = LEVEL_LEAST, to = LEVEL_ANY;

    if (!load_range(yaml_text(item), &from, &to) || from < LEVEL_LEAST || from > to || to > LEVEL_ANY)
        yaml_complain(yaml_is_there(item) ? item : row, load->complaints, "`levels` must be such as 1 to 3, or 2");
    else if (to > LEVEL_MOST)
        yaml_complain(item, load->complaints, "level 4 is acted on at once and needs no suggestion: `levels` end at %d", LEVEL_MOST);
    else
        return (uint8_t)((2U << to) - (1U << from));
    return 0;
}

// "7 days".
static uint16_t days_of(struct load *load, struct yaml_item row)
{
    struct yaml_item item = yaml_get(row, "within");
    struct span text = yaml_text(item);
    unsigned days = 0;
    size_t at = 0;

    for (; at < text.size && at < 4 && text.at[at] >= '0' && text.at[at] <= '9'; at++)
        days = 10 * days + (unsigned)(text.at[at] - '0');
    text = at > 0 ? span_of(text.at + at, text.size - at) : text;
    if (days >= 1 && days <= SIGNAL_DAYS_MAX && span_is(text, days == 1 ? " day" : " days"))
        return (uint16_t)days;
    yaml_complain(yaml_is_there(item) ? item : row, load->complaints, "`within` must be such as 7 days, 1 to %d of them", SIGNAL_DAYS_MAX);
    return 0;
}

static void load_signal(struct load *load, struct yaml_item item)
{
    static const char *const keys[] = {"signal", "says", "levels", "agencies", "within", "news", "without", "source", "note", NULL};
    struct signal_rules *signals = &load->policy->signals;
    struct signal_row *row = &signals->rows[signals->n_rows];

    if (!yaml_has_only(item, keys, load->complaints))
        return;
    row->code = load_name(load, item, "signal", TEXT_RULE);
    for (unsigned i = 0; i < signals->n_rows; i++)
        load_unique(load, item, &signals->rows[i].code, 1, row->code);
    row->says = load_text(load, item, "says", SAYS_BYTES, true);
    row->levels = levels_of(load, item);
    row->agencies = (uint8_t)load_number(load, item, "agencies", SIGNAL_AGENCIES_MIN, SIGNAL_AGENCIES_MAX, 0);
    if (!yaml_is_there(yaml_get(item, "agencies")))
        yaml_complain(item, load->complaints, "`agencies:` is missing: of how many different ones must there be concerns?");
    row->days = days_of(load, item);
    row->news = load_yes_no(load, item, "news");
    row->without = load_codes(load, yaml_get(item, "without"), LIST_AGENCY);
    row->origin = load_origin(load, item);
    signals->n_rows++;
}

void load_signals(struct load *load, struct yaml_item root)
{
    static const char *const keys[] = {"signals", NULL};
    struct yaml_item rows;

    if (!yaml_has_only(root, keys, load->complaints))
        return;
    rows = load_list(load, root, "signals", POLICY_SIGNALS_MAX);
    for (unsigned i = 0; i < yaml_count(rows); i++)
        load_signal(load, yaml_at(rows, i));
}
