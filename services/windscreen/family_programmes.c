// SPDX-License-Identifier: MIT
// A household's problems by the programmes of the policy in force.
// Called by command_family for each event, then once.
#include "services/windscreen/family_programmes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/civil.h"
#include "services/windscreen/policy_source.h"
#include "services/windscreen/screen.h"

void family_programmes_init(struct family_programmes *programmes)
{
    *programmes = (struct family_programmes){.shown = json_array(), .in_error = json_object(), .told = json_object()};
}

void family_programmes_free(struct family_programmes *programmes)
{
    json_decref(programmes->shown);
    json_decref(programmes->in_error);
    json_decref(programmes->told);
}

// ---------------------------------------------------------------- reading

static json_t *tag_json(struct span tag)
{
    return json_stringn((const char *)tag.at, tag.size);
}

static void take_facts(struct family_programmes *programmes, const struct windscreen_event *event)
{
    const struct facts *facts = &event->data->TRIAGED.facts;
    uint64_t needs = programme_needs(facts);

    if (facts->headline_problems != 0 || needs != 0)
        json_array_append_new(programmes->shown, json_pack("{so, sI, sI}", "referral", tag_json(event->head->subject), "headlines",
                                                           (json_int_t)facts->headline_problems, "needs", (json_int_t)needs));
}

static void take_closed(struct family_programmes *programmes, const struct windscreen_event *event)
{
    const struct closed *closed = &event->data->CLOSED;
    char referral[TAG_SIZE + 1];

    snprintf(referral, sizeof referral, "%.*s", SPAN_ARG(event->head->subject));
    if (closed->part == 0 && closed->outcome == OUTCOME_ENTERED_IN_ERROR)
        json_object_set_new(programmes->in_error, referral, json_true());
}

void family_programmes_take(struct family_programmes *programmes, const struct windscreen_event *event, bool ours)
{
    char text[64];

    if (event->type == EVENT_TRIAGED && ours) {
        take_facts(programmes, event);
    } else if (event->type == EVENT_CLOSED) {
        take_closed(programmes, event);
    } else if (event->type == EVENT_REOPENED) {
        snprintf(text, sizeof text, "%.*s", SPAN_ARG(event->head->subject));
        json_object_del(programmes->in_error, text);
    } else if (event->type == EVENT_FAMILY_ELIGIBLE && ours) {
        snprintf(text, sizeof text, "%.*s", SPAN_ARG(event->data->FAMILY_ELIGIBLE.programme));
        json_object_set_new(programmes->told, text, json_integer((json_int_t)event->sequence));
    }
}

// ---------------------------------------------------------------- counting

static uint64_t bits_of(const json_t *item, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(item, key));
}

static bool counts(const struct family_programmes *programmes, const json_t *item)
{
    return json_object_get(programmes->in_error, json_string_value(json_object_get(item, "referral"))) == NULL;
}

static uint64_t union_of(const struct family_programmes *programmes, const char *key)
{
    uint64_t all = 0;
    size_t i;
    json_t *item;

    json_array_foreach(programmes->shown, i, item) all |= counts(programmes, item) ? bits_of(item, key) : 0;
    return all;
}

// The first that showed one of these; NULL: nobody has.
static const json_t *first_of(const struct family_programmes *programmes, uint64_t headlines, uint64_t needs)
{
    size_t i;
    json_t *item;

    json_array_foreach(programmes->shown, i, item)
    {
        if (counts(programmes, item) && ((bits_of(item, "headlines") & headlines) != 0 || (bits_of(item, "needs") & needs) != 0))
            return item;
    }
    return NULL;
}

// Headline problems that show this problem and no other.
static uint64_t own_headlines(const struct programme *programme, unsigned place)
{
    uint64_t own = 0;

    for (unsigned headline = 1; headline <= PROGRAMME_HEADLINES; headline++)
        if (programme_places(programme, headline) == UINT64_C(1) << place)
            own |= UINT64_C(1) << headline;
    return own;
}

static json_t *code_json(enum code_list list, uint64_t set)
{
    return set != 0 ? json_string(code_text(list, (unsigned)__builtin_ctzll(set))) : json_null();
}

static json_t *problem_json(const struct family_programmes *programmes, const struct programme *programme, unsigned place)
{
    const struct programme_problem *problem = &programme->problems[place];
    uint64_t own = own_headlines(programme, place);
    const json_t *first = first_of(programmes, own, problem->needs);
    uint64_t headlines = first != NULL ? bits_of(first, "headlines") & own : 0;
    uint64_t needs = first != NULL ? bits_of(first, "needs") & problem->needs : 0;

    return json_pack("{so, so, sb, so, so, so}", "problem", tag_json(problem->code), "says", tag_json(problem->says), "shown",
                     first != NULL, "referral", first != NULL ? json_incref(json_object_get(first, "referral")) : json_null(), "headline",
                     headlines != 0 ? json_integer(__builtin_ctzll(headlines)) : json_null(), "need",
                     headlines == 0 ? code_json(LIST_INDICATOR, needs) : json_null());
}

static json_t *one_of_json(const struct family_programmes *programmes, const struct programme *programme, unsigned headline)
{
    const json_t *first = first_of(programmes, UINT64_C(1) << headline, 0);
    json_t *problems = json_array();

    for (unsigned i = 0; i < programme->n_problems; i++)
        if ((programme_places(programme, headline) >> i & 1) != 0)
            json_array_append_new(problems, tag_json(programme->problems[i].code));
    return json_pack("{si, so, so}", "headline", (int)headline, "problems", problems, "referral",
                     first != NULL ? json_incref(json_object_get(first, "referral")) : json_null());
}

static json_t *day_json(int32_t day)
{
    char text[CIVIL_DATE_MAX + 1];

    if (day == INT32_MAX)
        return json_null();
    civil_print_date(day, text);
    return json_string(text);
}

static json_t *programme_json(const struct family_programmes *programmes, const struct programme *programme, int32_t today)
{
    struct programme_count count;
    json_t *object, *problems = json_array(), *one_of = json_array();
    char code[64];
    json_t *told;

    programme_count(programme, union_of(programmes, "headlines"), union_of(programmes, "needs"), &count);
    for (unsigned i = 0; i < programme->n_problems; i++)
        json_array_append_new(problems, problem_json(programmes, programme, i));
    for (unsigned headline = 1; headline <= PROGRAMME_HEADLINES; headline++)
        if ((count.one_of >> headline & 1) != 0)
            json_array_append_new(one_of, one_of_json(programmes, programme, headline));
    snprintf(code, sizeof code, "%.*s", SPAN_ARG(programme->code));
    told = json_object_get(programmes->told, code);
    object = json_pack("{ss, so, so, so, sb, si, si, si, sb}", "programme", code, "title", tag_json(programme->title), "from",
                       day_json(programme->from), "until", day_json(programme->until), "runs", programme_runs(programme, today), "at_least",
                       (int)programme->at_least, "counted", (int)count.counted, "missing",
                       count.counted < programme->at_least ? (int)(programme->at_least - count.counted) : 0, "eligible",
                       count.counted >= programme->at_least);
    json_object_set_new(object, "told", told != NULL ? json_incref(told) : json_null());
    json_object_set_new(object, "problems", problems);
    json_object_set_new(object, "one_of", one_of);
    json_object_set_new(object, "source", tag_json(programme->origin.source));
    return object;
}

static int list_all(const struct family_programmes *programmes, const struct given *given, struct policy_source *source, json_t *list)
{
    const struct policy_adoption *adoption = NULL;
    int64_t now_ms = screen_now_ms();
    int code = policy_source_read(source, given);

    if (code != 0 || policy_source_at(source, now_ms) == NULL)
        return code;
    code = policy_source_in_force(source, given, now_ms, &adoption);
    for (unsigned i = 0; code == 0 && i < adoption->policy->programmes.n; i++)
        json_array_append_new(list, programme_json(programmes, &adoption->policy->programmes.programmes[i], civil_london_day(now_ms)));
    return code;
}

int family_programmes_json(const struct family_programmes *programmes, const struct given *given, json_t **list)
{
    struct policy_source *source = calloc(1, sizeof *source);
    int code;

    *list = json_array();
    if (source == NULL)
        return EXIT_NO_MEMORY;
    code = list_all(programmes, given, source, *list);
    policy_source_close(source);
    free(source);
    return code;
}

// ---------------------------------------------------------------- printing

static void print_problem(const json_t *problem)
{
    const char *need = json_string_value(json_object_get(problem, "need"));

    if (!json_is_true(json_object_get(problem, "shown")))
        return;
    printf("            %s: %s, by %s, ", json_string_value(json_object_get(problem, "problem")),
           json_string_value(json_object_get(problem, "says")), json_string_value(json_object_get(problem, "referral")));
    if (need != NULL)
        printf("need %s\n", need);
    else
        printf("headline problem %" JSON_INTEGER_FORMAT "\n", json_integer_value(json_object_get(problem, "headline")));
}

static void print_one_of(const json_t *one_of)
{
    size_t i;
    json_t *problem;

    printf("            one of");
    json_array_foreach(json_object_get(one_of, "problems"), i, problem) printf("%s %s", i > 0 ? "," : "", json_string_value(problem));
    printf(": by %s, headline problem %" JSON_INTEGER_FORMAT "\n", json_string_value(json_object_get(one_of, "referral")),
           json_integer_value(json_object_get(one_of, "headline")));
}

static void print_programme(const json_t *programme)
{
    const json_t *told = json_object_get(programme, "told");
    size_t i;
    json_t *item;

    printf("  programme %s: %" JSON_INTEGER_FORMAT " of at least %" JSON_INTEGER_FORMAT " problems, ",
           json_string_value(json_object_get(programme, "programme")), json_integer_value(json_object_get(programme, "counted")),
           json_integer_value(json_object_get(programme, "at_least")));
    if (json_is_true(json_object_get(programme, "eligible")))
        printf("%seligible%s", screen_style(SCREEN_BOLD), screen_style(SCREEN_PLAIN));
    else
        printf("%" JSON_INTEGER_FORMAT " missing", json_integer_value(json_object_get(programme, "missing")));
    if (json_is_integer(told))
        printf(", told at sequence %" JSON_INTEGER_FORMAT, json_integer_value(told));
    printf("%s\n", json_is_true(json_object_get(programme, "runs")) ? "" : "; it does not run today");
    json_array_foreach(json_object_get(programme, "problems"), i, item) print_problem(item);
    json_array_foreach(json_object_get(programme, "one_of"), i, item) print_one_of(item);
}

void family_programmes_print(const json_t *list)
{
    size_t i;
    json_t *programme;

    json_array_foreach(list, i, programme) print_programme(programme);
}
