// SPDX-License-Identifier: MIT
// Looks up the words for a fact and puts numbers into them.
// Called by account.c. Knows no rule and judges nothing.
#include "services/windscreen/clause.h"

struct fact_words {
    const char *fact;
    int value; // ANY_NUMBER: the number follows
    const char *is, *were;
};

struct count_words {
    const char *fact;
    const char *one, *many;
};

enum { ANY_NUMBER = -1 };

static const struct fact_words facts[] = {
#define FACT_WORDS(fact, value, is, were) {fact, value, is, were},
#define COUNT_WORDS(fact, one, many)
#define NUMBER_WORDS(fact, is, were) {fact, ANY_NUMBER, is, were},
#include "services/windscreen/fact_words.def"
};

static const struct count_words counts[] = {
#define FACT_WORDS(fact, value, is, were)
#define COUNT_WORDS(fact, one, many) {fact, one, many},
#define NUMBER_WORDS(fact, is, were)
#include "services/windscreen/fact_words.def"
};

static const struct fact_words *words_of(struct span fact, int64_t value)
{
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
        if (span_is(fact, facts[i].fact) && (facts[i].value == value || facts[i].value == ANY_NUMBER))
            return &facts[i];
    return NULL;
}

const char *clause_of_value(struct span fact, int64_t value)
{
    const struct fact_words *words = words_of(fact, value);

    return words != NULL && words->value != ANY_NUMBER ? words->is : NULL;
}

static const struct table_fact *fact_of(const struct policy *policy, struct span name)
{
    const struct table *const tables[] = {&policy->levels.table, &policy->routes.lead, &policy->routes.parenting};

    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        unsigned fact = table_fact_find(tables[i], name);

        if (fact < tables[i]->n_facts)
            return &tables[i]->facts[fact];
    }
    return NULL;
}

const struct level_count *clause_count(const struct policy *policy, struct span fact)
{
    unsigned place = table_fact_find(&policy->levels.table, fact);

    if (place < LEVEL_FACT_COUNT || place >= policy->levels.table.n_facts)
        return NULL;
    return &policy->levels.counts[place - LEVEL_FACT_COUNT];
}

// ---------------------------------------------------------------- counts

struct noun {
    struct span one, many; // `one` of size 0: the policy does not say
};

static struct noun noun_of(const struct policy *policy, struct span fact)
{
    const struct level_count *count = clause_count(policy, fact);

    if (count != NULL)
        return (struct noun){.one = count->one, .many = count->meaning};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        if (span_is(fact, counts[i].fact))
            return (struct noun){.one = span_text(counts[i].one), .many = span_text(counts[i].many)};
    return (struct noun){.one = fact, .many = fact};
}

bool clause_counts(const struct policy *policy, struct span fact)
{
    const struct table_fact *known = fact_of(policy, fact);

    return known != NULL && known->kind == TABLE_COUNT && words_of(fact, 1) == NULL;
}

static bool begins_with(struct span text, const char *word)
{
    size_t size = strlen(word);

    return text.size >= size && memcmp(text.at, word, size) == 0;
}

static void add_number(struct phrase *phrase, const struct noun *noun, uint64_t number)
{
    if (number == 0)
        phrase_add(phrase, "no %.*s", SPAN_ARG(noun->many));
    else if (number == 1 && noun->one.size > 0)
        phrase_add(phrase, "one %.*s", SPAN_ARG(noun->one));
    else
        phrase_add(phrase, "%llu %.*s", (unsigned long long)number, SPAN_ARG(noun->many));
}

void clause_add_number(struct phrase *phrase, const struct policy *policy, struct span fact, uint64_t number)
{
    struct noun noun = noun_of(policy, fact);

    add_number(phrase, &noun, number);
}

static void add_count(struct phrase *phrase, const struct table_fact *fact, const struct noun *noun, int64_t from, int64_t to,
                      enum clause_mood mood)
{
    bool is_one = from == 1 && (to == 1 || to >= fact->most) && noun->one.size > 0;

    phrase_add(phrase, "there %s ", mood == CLAUSE_WERE ? "were" : is_one ? "is" : "are");
    if (from == to)
        add_number(phrase, noun, (uint64_t)from);
    else if (is_one)
        phrase_add(phrase, "%s%.*s",
                   begins_with(noun->one, "other ")           ? "an"
                   : strchr("aeiou", noun->one.at[0]) != NULL ? "an "
                                                              : "a ",
                   SPAN_ARG(noun->one));
    else if (to >= fact->most)
        phrase_add(phrase, "%lld or more %.*s", (long long)from, SPAN_ARG(noun->many));
    else if (from == 0)
        phrase_add(phrase, "at most %lld %.*s", (long long)to, SPAN_ARG(to == 1 && noun->one.size > 0 ? noun->one : noun->many));
    else
        phrase_add(phrase, "%lld to %lld %.*s", (long long)from, (long long)to, SPAN_ARG(noun->many));
}

// ---------------------------------------------------------------- the policy's own

// "a parent or carer" -> "parent or carer".
static struct span without_article(struct span meaning)
{
    size_t article = meaning.size > 2 && memcmp(meaning.at, "a ", 2) == 0 ? 2 : 0;

    article = meaning.size > 3 && memcmp(meaning.at, "an ", 3) == 0 ? 3 : article;
    return span_of(meaning.at + article, meaning.size - article);
}

static struct span group_meaning(const struct policy *policy, struct span fact)
{
    const struct route_rules *routes = &policy->routes;

    for (unsigned group = 0; group < routes->n_groups; group++)
        if (span_equal(routes->group_names[group], fact))
            return routes->group_meanings[group];
    return (struct span){0};
}

static void add_group(struct phrase *phrase, struct span meaning, bool there, enum clause_mood mood)
{
    const char *be = mood == CLAUSE_WERE ? "were" : "is";

    if (there)
        phrase_add(phrase, "there %s %.*s in the household", be, SPAN_ARG(meaning));
    else
        phrase_add(phrase, "there %s no %.*s in the household", be, SPAN_ARG(without_article(meaning)));
}

// A count of yes or no: "there are additional needs of different kinds".
static void add_spread(struct phrase *phrase, struct span meaning, bool there, enum clause_mood mood)
{
    phrase_add(phrase, "there %s %s%.*s", mood == CLAUSE_WERE ? "were" : "are", there ? "" : "no ", SPAN_ARG(meaning));
}

// A fact that nobody has words for.
static void add_value(struct phrase *phrase, const struct policy *policy, struct span fact, int64_t value, enum clause_mood mood)
{
    const struct table_fact *known = fact_of(policy, fact);
    const char *be = mood == CLAUSE_WERE ? "were" : "is";

    if (known != NULL && known->kind == TABLE_NAMED && value < known->n_values)
        phrase_add(phrase, "%.*s %s %.*s", SPAN_ARG(fact), be, SPAN_ARG(known->values[value]));
    else if (known != NULL && known->kind == TABLE_YES_NO)
        phrase_add(phrase, "%.*s %s %s", SPAN_ARG(fact), be, value != 0 ? "yes" : "no");
    else
        phrase_add(phrase, "%.*s %s %lld", SPAN_ARG(fact), be, (long long)value);
}

static void add_one(struct phrase *phrase, const struct policy *policy, struct span fact, int64_t value, enum clause_mood mood)
{
    const struct fact_words *words = words_of(fact, value);
    const struct level_count *count = clause_count(policy, fact);
    struct span group = group_meaning(policy, fact);

    if (words != NULL && words->value == ANY_NUMBER)
        phrase_add(phrase, "%s %lld", mood == CLAUSE_WERE ? words->were : words->is, (long long)value);
    else if (words != NULL)
        phrase_add(phrase, "%s", mood == CLAUSE_WERE ? words->were : words->is);
    else if (group.size > 0)
        add_group(phrase, group, value != 0, mood);
    else if (count != NULL)
        add_spread(phrase, count->meaning, value != 0, mood);
    else
        add_value(phrase, policy, fact, value, mood);
}

void clause_add(struct phrase *phrase, const struct policy *policy, struct span fact, int64_t from, int64_t to, enum clause_mood mood)
{
    if (clause_counts(policy, fact)) {
        struct noun noun = noun_of(policy, fact);

        add_count(phrase, fact_of(policy, fact), &noun, from, to, mood);
        return;
    }
    add_one(phrase, policy, fact, from, mood); // of several names one is enough to say what would do
}
