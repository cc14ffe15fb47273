// SPDX-License-Identifier: MIT
// Rows of decision tables from YAML: {fact: values} becomes a mask of allowed values for each fact.
// Called by the loaders of levels and destinations. Judges single values only: of the table as a whole prove.c knows.
#include "common/policy/load.h"

#include "common/base/bits.h"

static const char *const case_names[CASE_COUNT] = {[CASE_NONE] = "not-open", [CASE_COVERS] = "open", [CASE_BELOW] = "open-below"};

static void add_name(struct load_names *names, struct span name)
{
    if (names->n < TABLE_VALUES_MAX)
        names->at[names->n++] = name;
}

static const struct load_names *names_of_codes(struct load *load, enum code_list list)
{
    struct load_names *names = &load->texts->codes[list];

    if (names->n > 0)
        return names;
    add_name(names, span_text("absent"));
    for (unsigned code = 1; code < code_count(list); code++)
        add_name(names, span_text(code_text(list, code)));
    return names;
}

static const struct load_names *names_of(struct load *load, const struct load_fact *fact)
{
    struct load_names *names = &load->texts->names[fact->values];

    if (fact->values == VALUES_CODES)
        return names_of_codes(load, (enum code_list)fact->list);
    if (fact->values == VALUES_CASES && names->n == 0)
        for (unsigned i = 0; i < CASE_COUNT; i++)
            add_name(names, span_text(case_names[i]));
    return names;
}

void load_facts(struct load *load, struct table *table, const struct load_fact *facts, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        struct table_fact *fact = &table->facts[table->n_facts++];
        fact->name = span_text(facts[i].name);
        fact->kind = facts[i].values == VALUES_YES_NO ? TABLE_YES_NO : facts[i].values == VALUES_COUNT ? TABLE_COUNT : TABLE_NAMED;
        fact->least = facts[i].least;
        fact->most = facts[i].most;
        if (fact->kind != TABLE_NAMED)
            continue;
        fact->values = names_of(load, &facts[i])->at;
        fact->n_values = (uint8_t)names_of(load, &facts[i])->n;
    }
}

void load_add_fact(struct load *load, struct table *table, struct yaml_item at, struct span name, enum table_kind kind)
{
    if (name.size == 0)
        return;
    if (table_fact_find(table, name) < table->n_facts)
        yaml_complain(at, load->complaints, "`%.*s` is the name of another fact: choose another", SPAN_ARG(name));
    else if (table->n_facts == TABLE_FACTS_MAX)
        yaml_complain(at, load->complaints, "more than %d facts: remove some", TABLE_FACTS_MAX);
    else
        table->facts[table->n_facts++] = (struct table_fact){.name = name, .kind = (uint8_t)kind, .most = TABLE_VALUES_MAX - 1};
}

// ---------------------------------------------------------------- values

static bool count_values(const struct table_fact *fact, struct span text, uint64_t *mask)
{
    int64_t from = fact->least;
    int64_t to = fact->most;

    if (!load_range(text, &from, &to) || from < fact->least || to > fact->most || from > to)
        return false;
    *mask = table_values((unsigned)from, (unsigned)to);
    return true;
}

static bool named_value(const struct table_fact *fact, struct span text, uint64_t *mask)
{
    for (unsigned value = 0; value < fact->n_values; value++)
        if (span_equal(fact->values[value], text)) {
            *mask = UINT64_C(1) << value;
            return true;
        }
    return false;
}

static bool values_of_text(const struct table_fact *fact, struct yaml_item item, struct span text, uint64_t *mask)
{
    bool value;

    switch ((enum table_kind)fact->kind) {
    case TABLE_YES_NO:
        if (!yaml_is_yes_no(item, &value))
            return false;
        *mask = value ? 2 : 1;
        return true;
    case TABLE_COUNT:
        return count_values(fact, text, mask);
    case TABLE_NAMED:
        return named_value(fact, text, mask);
    }
    return false;
}

static void complain_of_value(struct load *load, const struct table_fact *fact, struct yaml_item item, struct span text)
{
    if (fact->kind == TABLE_COUNT)
        yaml_complain(item, load->complaints,
                      "`%.*s` is not a value of `%.*s`: write a count from %d to %d, such as %d, %d to %d, %d or more", SPAN_ARG(text),
                      SPAN_ARG(fact->name), fact->least, fact->most, fact->most, fact->least, fact->most, fact->least + 1);
    else
        yaml_complain(item, load->complaints, "`%.*s` is not a value of `%.*s`: write %s", SPAN_ARG(text), SPAN_ARG(fact->name),
                      fact->kind == TABLE_YES_NO ? "yes or no" : "one of its names");
}

// One text: a value, a range, or "not ..." one.
static uint64_t values_of_item(struct load *load, const struct table_fact *fact, struct yaml_item item)
{
    struct span text = yaml_text(item);
    bool negated = text.size > 4 && memcmp(text.at, "not ", 4) == 0 && fact->kind == TABLE_NAMED;
    uint64_t mask = 0;

    // "not_sought" and "not-open" are names of their own: only "not" and a space negates.
    if (negated)
        text = span_of(text.at + 4, text.size - 4);
    if (!values_of_text(fact, item, text, &mask))
        complain_of_value(load, fact, item, text);
    return negated ? table_possible(fact) & ~mask : mask;
}

static uint64_t values_of(struct load *load, const struct table_fact *fact, struct yaml_item item)
{
    uint64_t mask = 0;

    if (!yaml_is_list(item))
        return values_of_item(load, fact, item);
    for (unsigned i = 0; i < yaml_count(item); i++)
        mask |= values_of_item(load, fact, yaml_at(item, i));
    if (yaml_count(item) == 0)
        yaml_complain(item, load->complaints, "an empty list allows no value of `%.*s`: name some, or leave it out", SPAN_ARG(fact->name));
    return mask;
}

// The fact a key names; n_facts and a complaint when there is none.
static unsigned fact_of(struct load *load, const struct table *table, struct yaml_item key)
{
    unsigned fact = table_fact_find(table, yaml_text(key));

    if (fact == table->n_facts)
        yaml_complain(key, load->complaints, "`%.*s` is not a fact of this table: check the spelling", SPAN_ARG(yaml_text(key)));
    return fact;
}

bool load_row(struct load *load, struct table *table, struct yaml_item row, struct yaml_item when)
{
    struct table_row *target;

    if (table->n_rows == TABLE_ROWS_MAX) {
        yaml_complain(row, load->complaints, "more than %d rows: merge some", TABLE_ROWS_MAX);
        return false;
    }
    target = &table->rows[table->n_rows++];
    if (yaml_is_there(when) && !yaml_is_map(when))
        yaml_complain(when, load->complaints, "a map of {fact: values} belongs here");
    for (unsigned i = 0; i < yaml_count(when) && yaml_is_map(when); i++) {
        unsigned fact = fact_of(load, table, yaml_key_at(when, i));
        if (fact == table->n_facts)
            continue;
        target->columns |= UINT64_C(1) << fact;
        target->allow[fact] = values_of(load, &table->facts[fact], yaml_at(when, i));
    }
    table_index_row(table, table->n_rows - 1);
    return true;
}

bool load_one_value(struct load *load, const struct table *table, struct yaml_item map, uint8_t *fact, uint8_t *value)
{
    unsigned place;
    uint64_t mask;

    if (!yaml_is_map(map) || yaml_count(map) != 1) {
        yaml_complain(map, load->complaints, "one {fact: value} belongs here");
        return false;
    }
    place = fact_of(load, table, yaml_key_at(map, 0));
    if (place == table->n_facts)
        return false;
    mask = values_of(load, &table->facts[place], yaml_at(map, 0));
    if (bits_count(mask) != 1) {
        yaml_complain(yaml_at(map, 0), load->complaints, "one single value belongs here");
        return false;
    }
    *fact = (uint8_t)place;
    *value = (uint8_t)__builtin_ctzll(mask);
    return true;
}

void load_match(struct load *load, struct yaml_item map, const char *key, struct table *table)
{
    struct yaml_item item = yaml_get(map, key);

    table->single = span_is(yaml_text(item), "one");
    if (yaml_is_there(item) && !table->single && !span_is(yaml_text(item), "first"))
        yaml_complain(item, load->complaints, "`%s` must be first (the first row that matches decides) or one (only one may match)", key);
}
