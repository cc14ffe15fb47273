// SPDX-License-Identifier: MIT
// Reads the cells `household` and `said`.
// Linked into scenarios_test.
#include "tests/scenarios/scenario_event.h"

#include "common/base/civil.h"
#include "proto/proto.h"
#include "tests/unit/unit.h"

enum { CELL_MAX = 512 };

struct writing {
    const struct scenario *row;
    int32_t day; // of receipt
    json_t *data, *household, *members;
};

static void complain(const struct writing *writing, const char *word)
{
    fail_msg("scenarios.md:%u: %s: \"%s\" is not understood", writing->row->line, writing->row->name, word);
}

// ---------------------------------------------------------------- what is said

static void put(json_t *object, const char *name, json_t *value)
{
    assert_int_equal(json_object_set_new(object, name, value), 0);
}

static void append_text(json_t *object, const char *name, const char *text)
{
    if (json_object_get(object, name) == NULL)
        put(object, name, json_array());
    assert_int_equal(json_array_append_new(json_object_get(object, name), json_string(text)), 0);
}

static json_t *consent(struct writing *writing)
{
    if (json_object_get(writing->data, "consent") == NULL)
        put(writing->data, "consent", json_object());
    return json_object_get(writing->data, "consent");
}

static bool says_consent(struct writing *writing, const char *word)
{
    static const char *const answers[][2] = {
        {"given", "given"}, {"refused", "refused"}, {"withdrawn", "withdrawn"}, {"not sought", "not_sought"}};

    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
        if (strcmp(word, answers[i][0]) == 0) {
            put(consent(writing), "service", json_string(answers[i][1]));
            return true;
        }
    if (strcmp(word, "no answer") == 0)
        json_object_del(writing->data, "consent");
    else if (strcmp(word, "reason given") == 0)
        put(consent(writing), "reason", json_string("A made-up reason."));
    else
        return false;
    return true;
}

static bool says_yes(struct writing *writing, const char *word)
{
    static const char *const flags[][2] = {{"at risk", "at_risk_of_harm"},
                                           {"unsure", "unsure_about_safety"},
                                           {"alone", "solo_support_requested"},
                                           {"elsewhere agreed", "other_neighbourhood_agreed"}};

    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        if (strcmp(word, flags[i][0]) == 0) {
            put(writing->data, flags[i][1], json_true());
            return true;
        }
    return false;
}

static bool says_code(struct writing *writing, const char *word)
{
    struct span text = span_text(word);

    if (code_parse(LIST_KIND, text) != 0)
        put(writing->data, "kind", json_string(word));
    else if (strncmp(word, "wants ", 6) == 0)
        append_text(writing->data, "wants", word + 6);
    else if (strncmp(word, "asb ", 4) == 0)
        put(writing->data, "asb", json_pack("{ss}", "role", word + 4));
    else if (strncmp(word, "from ", 5) == 0)
        put(json_object_get(writing->data, "referrer"), "agency", json_string(word + 5));
    else if (strncmp(word, "with ", 5) == 0)
        append_text(writing->data, "agencies_involved", word + 5);
    else
        return false;
    return true;
}

static bool says_number(struct writing *writing, const char *word)
{
    if (strncmp(word, "claims ", 7) == 0) {
        put(writing->data, "level_claimed", json_integer(atoi(word + 7)));
        return true;
    }
    if (strncmp(word, "problem ", 8) != 0)
        return false;
    if (json_object_get(writing->data, "headline_problems") == NULL)
        put(writing->data, "headline_problems", json_array());
    json_array_append_new(json_object_get(writing->data, "headline_problems"), json_integer(atoi(word + 8)));
    return true;
}

// A district, with or without a sector: the rest of the postcode says nothing.
static bool says_postcode(struct writing *writing, const char *word)
{
    size_t letters = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    char postcode[16];

    if (strcmp(word, "no postcode") == 0) {
        json_object_del(writing->household, "postcode");
        return true;
    }
    if (letters < 1 || letters > 2 || word[letters] < '0' || word[letters] > '9' || strlen(word) > 6)
        return false;
    snprintf(postcode, sizeof postcode, strchr(word, ' ') != NULL ? "%.6sQT" : "%.6s 9QT", word);
    put(writing->household, "postcode", json_string(postcode));
    return true;
}

static bool says_fault(struct writing *writing, const char *word)
{
    json_t *first = json_array_get(writing->members, 0);

    if (strcmp(word, "bad NHS number") == 0)
        put(first, "nhs_number", json_string("9990000019"));
    else if (strcmp(word, "bad UPN") == 0)
        put(first, "upn", json_string("A821200015001"));
    else if (strcmp(word, "bad birth date") == 0)
        put(first, "born", json_string("2016-02-30"));
    else if (strcmp(word, "bad postcode") == 0)
        put(writing->household, "postcode", json_string("nowhere"));
    else if (strcmp(word, "unknown kind") == 0)
        put(writing->data, "kind", json_string("letter"));
    else if (strcmp(word, "no kind") == 0)
        json_object_del(writing->data, "kind");
    else if (strncmp(word, "unknown code ", 13) == 0)
        append_text(first, "needs", word + 13);
    else
        return false;
    return true;
}

static void write_said(struct writing *writing, const char *cell)
{
    char text[CELL_MAX];
    char *at = text;
    char *word;

    snprintf(text, sizeof text, "%s", cell);
    while ((word = scenario_next(&at, ",")) != NULL)
        if (!says_consent(writing, word) && !says_yes(writing, word) && !says_code(writing, word) && !says_number(writing, word) &&
            !says_fault(writing, word) && !says_postcode(writing, word))
            complain(writing, word);
}

// ---------------------------------------------------------------- the household

static void put_day(json_t *member, const char *name, int32_t day)
{
    char text[CIVIL_DATE_MAX + 1];

    civil_print_date(day, text);
    put(member, name, json_string(text));
}

// Born so many months ago, on the same day of the month, or its 28th.
static int32_t months_ago(int32_t day, int months)
{
    struct civil date = civil_from_days(day);
    int month = date.year * 12 + date.month - 1 - months;

    return days_from_civil((struct civil){month / 12, month % 12 + 1, date.day < 28 ? date.day : 28});
}

// "12" years (and three months), "7m", "born 29 Feb 2012", "due 20 Jan 2017"; false: it is none.
static bool write_age(const struct writing *writing, const char *words, json_t *member)
{
    char *end;
    long number = strtol(words, &end, 10);
    int32_t day;

    if (strncmp(words, "born ", 5) == 0 && scenario_day_parse(words + 5, &day))
        put_day(member, "born", day);
    else if (strncmp(words, "due ", 4) == 0 && scenario_day_parse(words + 4, &day))
        put_day(member, "expected", day);
    else if (end != words && strcmp(end, "m") == 0)
        put_day(member, "born", months_ago(writing->day, (int)number));
    else if (end != words && *end == '\0')
        put_day(member, "born", months_ago(writing->day, (int)number * 12 + 3));
    else
        return *words == '\0';
    return true;
}

static void write_needs(json_t *holder, char *codes)
{
    char *code;

    while ((code = scenario_next(&codes, " ")) != NULL)
        append_text(holder, "needs", code);
}

static char *cut_needs(char *word)
{
    char *open = strchr(word, '(');
    char *close = open != NULL ? strchr(open, ')') : NULL;

    if (close == NULL)
        return NULL;
    *open = *close = '\0';
    return open + 1;
}

static bool cut_send(char *word)
{
    char *send = strstr(word, " SEND");

    if (send != NULL)
        *send = '\0';
    return send != NULL;
}

// "child 12 SEND (I301 I302)", "home (I219)".
static void write_member(struct writing *writing, char *word)
{
    char *codes = cut_needs(word);
    bool send = cut_send(word);
    char *age = word;
    char *role = scenario_next(&age, " ");
    json_t *member = json_object();
    char ref[8];

    if (strcmp(role, "home") == 0) {
        json_decref(member);
        write_needs(writing->household, codes);
        return;
    }
    snprintf(ref, sizeof ref, "m%zu", json_array_size(writing->members) + 1);
    put(member, "ref", json_string(ref));
    put(member, "role", json_string(role));
    put(member, "given_name", json_string("Sam"));
    if (send)
        put(member, "send", json_true());
    write_needs(member, codes);
    json_array_append_new(writing->members, member);
    if (age != NULL && !write_age(writing, age + strspn(age, " "), member))
        complain(writing, age);
}

static void write_household(struct writing *writing)
{
    char text[CELL_MAX];
    char *at = text;
    char *word;

    snprintf(text, sizeof text, "%s", writing->row->household);
    while ((word = scenario_next(&at, ",")) != NULL)
        write_member(writing, word);
}

json_t *scenario_event(const struct scenario_sheet *sheet, const struct scenario *row, int64_t received_ms)
{
    struct writing writing = {.row = row, .day = civil_london_day(received_ms)};
    char time[CIVIL_TIME_MAX + 1];
    json_t *event;

    civil_print_time(received_ms, time);
    event = json_pack("{ss, ss, ss, ss, ss, s{ss, s{ss}, s{ss}, s[]}}", "specversion", "1.0", "id", row->name, "source", "/schools/8212999",
                      "type", "earlyhelp.referral.submitted.v1", "time", time, "data", "reason", "A made-up referral.", "referrer", "role",
                      "sendco", "household", "address", "1 Sample Road", "members");
    assert_non_null(event);
    put(event, "id", json_sprintf("row-%u", row->line));
    writing.data = json_object_get(event, "data");
    writing.household = json_object_get(writing.data, "household");
    writing.members = json_object_get(writing.data, "members");
    write_household(&writing);
    write_said(&writing, sheet->usual.said);
    write_said(&writing, row->said);
    return event;
}
