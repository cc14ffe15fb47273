// SPDX-License-Identifier: MIT
// What came, and why it has its level.
// Called by explain and try. Says nothing that does not stand in the event or the policy that it names.
#include "services/windscreen/account.h"

#include <ctype.h>

#include "common/wire/encode.h"
#include "common/wire/json.h"
#include "services/triage/level.h"
#include "services/windscreen/clause.h"
#include "services/windscreen/plain.h"

// ---------------------------------------------------------------- passages

json_t *account_passage(const char *about, const char *title)
{
    return json_pack("{ss, ss, s[]}", "about", about, "title", title, "words");
}

void account_say(json_t *passage, const struct phrase *phrase)
{
    char text[ACCOUNT_TEXT_MAX + 2];
    int size = snprintf(text, sizeof text, "%s", phrase->at);

    if (size <= 0)
        return;
    text[0] = (char)toupper((unsigned char)text[0]);
    if (strchr(".:?!", phrase->at[phrase->used - 1]) == NULL)
        snprintf(text + phrase->used, sizeof text - phrase->used, ".");
    json_array_append_new(json_object_get(passage, "words"), json_string(text));
}

void account_put(json_t *passage, const char *key, json_t *value)
{
    json_object_set_new(passage, key, value);
}

json_t *account_span(struct span text)
{
    return text.size > 0 ? json_stringn((const char *)text.at, text.size) : json_null();
}

json_t *account_origin(const struct origin *origin)
{
    return json_pack("{so, si, so, so}", "file", account_span(origin->file), "line", (int)origin->line, "source",
                     account_span(origin->source), "note", account_span(origin->note));
}

void account_say_rule(json_t *passage, const struct policy *policy, struct span says, const struct fact_used *used, uint64_t n_used)
{
    char text[ACCOUNT_TEXT_MAX + 1];
    struct phrase phrase = phrase_on(text, sizeof text);

    phrase_add(&phrase, "%.*s", SPAN_ARG(says));
    for (uint64_t i = 0; i < n_used && says.size == 0; i++) {
        phrase_add(&phrase, "%s", i == 0 ? "this is so because " : " and ");
        clause_add(&phrase, policy, used[i].fact, used[i].value, used[i].value, CLAUSE_IS);
    }
    account_say(passage, &phrase);
}

static void say_clause(json_t *passage, const struct policy *policy, const char *fact, int64_t value)
{
    char text[ACCOUNT_TEXT_MAX + 1];
    struct phrase phrase = phrase_on(text, sizeof text);

    clause_add(&phrase, policy, span_text(fact), value, value, CLAUSE_IS);
    account_say(passage, &phrase);
}

// ---------------------------------------------------------------- what came

static void add_sent(struct phrase *phrase, const struct facts *facts)
{
    const char *who = HAS(facts, facts, agency) ? code_meaning(LIST_AGENCY, facts->agency) : "somebody";

    switch ((enum kind)facts->kind) {
    case KIND_SELF_REFERRAL:
        phrase_add(phrase, "the family itself asked for help");
        break;
    case KIND_POLICE_NOTIFICATION:
        phrase_add(phrase, "%s sent a notification", who);
        break;
    case KIND_NONE:
        phrase_add(phrase, "%s sent a referral", who);
        break;
    default:
        phrase_add(phrase, "%s sent %s", who, code_meaning(LIST_KIND, facts->kind));
        break;
    }
}

static void say_sent(json_t *passage, const struct facts *facts, int64_t received_ms)
{
    char text[ACCOUNT_TEXT_MAX + 1];
    struct phrase phrase = phrase_on(text, sizeof text);

    add_sent(&phrase, facts);
    phrase_add(&phrase, " on ");
    plain_add_moment(&phrase, received_ms);
    account_say(passage, &phrase);
}

static void say_household(json_t *passage, const struct facts *facts)
{
    char text[ACCOUNT_TEXT_MAX + 1];
    struct phrase phrase = phrase_on(text, sizeof text);

    phrase_add(&phrase, "in the household: ");
    plain_add_household(&phrase, facts);
    account_say(passage, &phrase);
}

static void say_set(json_t *passage, const char *words, enum code_list list, uint64_t set, const char *behind)
{
    char text[ACCOUNT_TEXT_MAX + 1];
    struct phrase phrase = phrase_on(text, sizeof text);

    if (set == 0)
        return;
    phrase_add(&phrase, "%s", words);
    plain_add_set(&phrase, list, set);
    phrase_add(&phrase, "%s", behind);
    account_say(passage, &phrase);
}

static void say_place(json_t *passage, const struct policy *policy, const struct facts *facts)
{
    char text[ACCOUNT_TEXT_MAX + 1];
    struct phrase phrase = phrase_on(text, sizeof text);

    if (HAS(facts, facts, neighbourhood)) {
        phrase_add(&phrase, "the family's neighbourhood is %.*s", SPAN_ARG(facts->neighbourhood));
        account_say(passage, &phrase);
    } else if (HAS(facts, facts, border) && facts->border != BORDER_INSIDE) {
        say_clause(passage, policy, "border", facts->border);
    }
}

static void say_safety(json_t *passage, const struct policy *policy, const struct facts *facts)
{
    if (facts->at_risk_of_harm)
        say_clause(passage, policy, "at_risk_of_harm", 1);
    if (facts->unsure_about_safety)
        say_clause(passage, policy, "unsure_about_safety", 1);
}

// "level 3: persistent absence (I301), of the child of 14".
static void add_need(struct phrase *phrase, const struct policy *policy, const struct facts *facts, unsigned code, uint64_t member)
{
    const struct indicator_rule *rule = &policy->indicators[code];

    phrase_add(phrase, "%.*s (%s%s): ", SPAN_ARG(rule->text), code_text(LIST_INDICATOR, code), rule->hard ? "" : ", a judgement");
    if (member == 0)
        phrase_add(phrase, "the household");
    else
        plain_add_member(phrase, facts, member);
}

static void append_need(json_t *needs, const struct policy *policy, const struct facts *facts, unsigned code, uint64_t member)
{
    char text[ACCOUNT_TEXT_MAX + 1];
    struct phrase phrase = phrase_on(text, sizeof text);

    phrase_add(&phrase, "level %u: ", policy->indicators[code].level);
    add_need(&phrase, policy, facts, code, member);
    json_array_append_new(needs, json_pack("{ss, si, sI, ss}", "indicator", code_text(LIST_INDICATOR, code), "level",
                                           (int)policy->indicators[code].level, "member", (json_int_t)member, "words", text));
}

// Who has it: 0 the household, else a member; true when that one has it.
static bool has_need(const struct facts *facts, uint64_t member, unsigned code)
{
    uint64_t needs = member == 0 ? facts->household_needs : facts->members[member - 1].needs;

    return (needs >> code & 1) != 0;
}

static json_t *needs_json(const struct policy *policy, const struct facts *facts)
{
    json_t *needs = json_array();

    for (unsigned level = 4; level > 0; level--)
        for (unsigned code = 1; code < code_count(LIST_INDICATOR); code++)
            for (uint64_t member = 0; member <= facts->n_members; member++)
                if (policy->indicators[code].level == level && has_need(facts, member, code))
                    append_need(needs, policy, facts, code, member);
    return needs;
}

static json_t *facts_json(const struct facts *facts)
{
    uint8_t buffer[EVENT_BYTES_MAX];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);

    encode(&record_facts, facts, &writer);
    return json_from_wire(wire_written(&writer));
}

json_t *account_came(const struct policy *policy, const struct received *received, int64_t received_ms)
{
    const struct facts *facts = &received->facts;
    json_t *passage = account_passage("came", "What came");
    char text[ACCOUNT_TEXT_MAX + 1];
    struct phrase phrase = phrase_on(text, sizeof text);

    say_sent(passage, facts, received_ms);
    say_household(passage, facts);
    say_place(passage, policy, facts);
    say_clause(passage, policy, "consent", facts->consent);
    say_safety(passage, policy, facts);
    say_set(passage, "also with the family: ", LIST_AGENCY, facts->agencies_involved & ~(UINT64_C(1) << facts->agency), "");
    say_set(passage, "asked for: ", LIST_WANT, facts->wants, "");
    if (facts->solo_support_requested)
        say_clause(passage, policy, "solo_support_requested", 1);
    if (facts->asb != ASB_NONE)
        say_clause(passage, policy, "asb", facts->asb);
    say_clause(passage, policy, "level_claimed", (int64_t)facts->level_claimed);
    if (received->n_problems > 0) {
        phrase_add(&phrase, "not all of it could be read: ");
        clause_add(&phrase, policy, span_text("problems"), (int64_t)received->n_problems, (int64_t)received->n_problems, CLAUSE_IS);
        account_say(passage, &phrase);
    }
    account_put(passage, "needs", needs_json(policy, facts));
    account_put(passage, "facts", facts_json(facts));
    return passage;
}

// ---------------------------------------------------------------- the level

static const struct level_row *level_row_of(const struct policy *policy, struct span rule)
{
    unsigned row = rules_level_rule(policy, rule);

    if (row == policy->levels.table.n_rows)
        return &policy->levels.claimed;
    return row < policy->levels.table.n_rows ? &policy->levels.rows[row] : NULL;
}

// What the level would be without the claim.
static void say_claim(json_t *passage, const struct triaged *triaged)
{
    char text[ACCOUNT_TEXT_MAX + 1];
    struct phrase phrase = phrase_on(text, sizeof text);

    if (triaged->computed < triaged->level) {
        phrase_add(&phrase, "by the needs alone it would be level %llu", (unsigned long long)triaged->computed);
    } else if (triaged->facts.level_claimed > 0 && triaged->facts.level_claimed < triaged->level) {
        phrase_add(&phrase, "the referrer sees level %llu; the needs show more", (unsigned long long)triaged->facts.level_claimed);
    } else if (triaged->facts.level_claimed == triaged->level) {
        phrase_add(&phrase, "the referrer sees the same level");
    }
    account_say(passage, &phrase);
}

static bool is_named(const struct facts *facts, unsigned code)
{
    for (uint64_t member = 0; member <= facts->n_members; member++)
        if (has_need(facts, member, code))
            return true;
    return false;
}

// The needs behind a count: "(I203, I209)".
static void add_counted(struct phrase *phrase, const struct facts *facts, const struct level_count *count)
{
    const char *between = " (";

    for (unsigned code = 1; code < code_count(LIST_INDICATOR); code++)
        if ((count->indicators >> code & 1) != 0 && is_named(facts, code)) {
            phrase_add(phrase, "%s%s", between, code_text(LIST_INDICATOR, code));
            between = ", ";
        }
    phrase_add(phrase, ")");
}

static json_t *used_json(const struct policy *policy, const struct facts *facts, const struct fact_used *used)
{
    const struct level_count *count = clause_count(policy, used->fact);
    char text[ACCOUNT_TEXT_MAX + 1];
    struct phrase phrase = phrase_on(text, sizeof text);

    if (count != NULL && count->how != COUNT_SPREAD && used->value > 0) {
        clause_add_number(&phrase, policy, used->fact, (uint64_t)used->value);
        add_counted(&phrase, facts, count);
    } else if (clause_counts(policy, used->fact)) {
        clause_add_number(&phrase, policy, used->fact, (uint64_t)used->value);
    } else {
        clause_add(&phrase, policy, used->fact, used->value, used->value, CLAUSE_IS);
    }
    return json_pack("{so, sI, ss}", "fact", account_span(used->fact), "value", (json_int_t)used->value, "words", text);
}

// "(there is none)".
static void add_as_it_is(struct phrase *phrase, const struct policy *policy, const struct near_row *near)
{
    if (!clause_counts(policy, near->fact))
        return;
    if (near->value == 0)
        phrase_add(phrase, " (there %s none)", near->from == 1 ? "is" : "are");
    else if (near->value == 1)
        phrase_add(phrase, " (there is one)");
    else
        phrase_add(phrase, " (there are %lld)", (long long)near->value);
}

// "level 3 if there were 2 or more intensive needs (there is one)".
static json_t *near_json(const struct policy *policy, const struct triaged *triaged, const struct near_row *near)
{
    const struct level_row *row = level_row_of(policy, near->row);
    uint64_t level = row != NULL && row->level > triaged->facts.level_claimed ? row->level : triaged->facts.level_claimed;
    char text[ACCOUNT_TEXT_MAX + 1];
    struct phrase phrase = phrase_on(text, sizeof text);

    if (level != triaged->level)
        phrase_add(&phrase, "level %llu", (unsigned long long)level);
    else if (row != NULL && triaged->marks != 0 && row->marks == 0)
        phrase_add(&phrase, "level %llu, with nothing to confirm,", (unsigned long long)level);
    else
        phrase_add(&phrase, "level %llu by another rule", (unsigned long long)level);
    phrase_add(&phrase, " if ");
    clause_add(&phrase, policy, near->fact, near->from, near->to, CLAUSE_WERE);
    add_as_it_is(&phrase, policy, near);
    return json_pack("{so, sI, so, sI, sI, sI, ss}", "row", account_span(near->row), "level", (json_int_t)level, "fact",
                     account_span(near->fact), "value", (json_int_t)near->value, "from", (json_int_t)near->from, "to", (json_int_t)near->to,
                     "words", text);
}

static json_t *marks_json(uint64_t marks)
{
    json_t *array = json_array();

    for (unsigned mark = 1; mark < code_count(LIST_MARK); mark++)
        if ((marks >> mark & 1) != 0)
            json_array_append_new(array, json_pack("{ss, ss}", "mark", code_text(LIST_MARK, mark), "words", code_meaning(LIST_MARK, mark)));
    return array;
}

static void put_lists(json_t *passage, const struct policy *policy, const struct triaged *triaged)
{
    json_t *used = json_array();
    json_t *near = json_array();

    for (uint64_t i = 0; i < triaged->n_used; i++)
        if (!span_is(triaged->used[i].fact, "level_claimed"))
            json_array_append_new(used, used_json(policy, &triaged->facts, &triaged->used[i]));
    for (uint64_t i = 0; i < triaged->n_near; i++)
        json_array_append_new(near, near_json(policy, triaged, &triaged->near[i]));
    account_put(passage, "used", used);
    account_put(passage, "near", near);
    account_put(passage, "marks", marks_json(triaged->marks));
}

// The decision can be made again by anybody: if this program comes to another, people must know.
static void check_again(json_t *passage, const struct policy *policy, const struct triaged *triaged)
{
    struct level_decision again;
    char text[ACCOUNT_TEXT_MAX + 1];
    struct phrase phrase = phrase_on(text, sizeof text);
    bool same;

    level_decide(policy, &triaged->facts, triaged->urgent, &again);
    same = again.level == triaged->level && span_equal(again.rule, triaged->rule);
    account_put(passage, "same_again", json_boolean(same));
    if (same)
        return;
    phrase_add(&phrase, "take care: with the same facts and the same policy this program finds level %u by %.*s", again.level,
               SPAN_ARG(again.rule));
    account_say(passage, &phrase);
}

static void say_kept(json_t *passage, const struct triaged *triaged, uint64_t before)
{
    char text[ACCOUNT_TEXT_MAX + 1];
    struct phrase phrase = phrase_on(text, sizeof text);

    if (before <= triaged->level)
        return;
    phrase_add(&phrase, "it stays level %llu all the same: only a person lowers a level", (unsigned long long)before);
    account_say(passage, &phrase);
}

json_t *account_level(const struct policy *policy, const struct triaged *triaged, uint64_t before)
{
    const struct level_row *row = level_row_of(policy, triaged->rule);
    char title[64];
    json_t *passage;

    snprintf(title, sizeof title, "%s level %llu", before != 0 ? "Looked at again:" : "Why", (unsigned long long)triaged->level);
    passage = account_passage("level", title);
    account_put(passage, "level", json_integer((json_int_t)triaged->level));
    account_put(passage, "computed", json_integer((json_int_t)triaged->computed));
    account_put(passage, "claimed",
                HAS(&triaged->facts, facts, level_claimed) ? json_integer((json_int_t)triaged->facts.level_claimed) : json_null());
    account_put(passage, "rule", account_span(triaged->rule));
    if (row != NULL)
        account_put(passage, "row", account_origin(&row->origin));
    account_say_rule(passage, policy, row != NULL ? row->says : (struct span){0}, triaged->used, triaged->n_used);
    say_claim(passage, triaged);
    say_kept(passage, triaged, before);
    check_again(passage, policy, triaged);
    put_lists(passage, policy, triaged);
    return passage;
}
