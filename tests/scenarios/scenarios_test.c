// SPDX-License-Identifier: MIT
// Every row of scenarios.md through the judging code alone: the door's judgement, routing facts, level, destination, clocks. No hub, no log; what
// is open for a family follows from what became of the rows that it names.
#include <string.h>

#include "common/base/civil.h"
#include "common/wire/event_wire.h"
#include "common/wire/json.h"
#include "services/allocation/clock.h"
#include "services/allocation/outcome.h"
#include "services/intake/judge.h"
#include "services/registry/neighbourhood.h"
#include "services/triage/level.h"
#include "tests/scenarios/scenario_event.h"
#include "tests/unit/policy_kit.h"

static const char FILE_NAME[] = "tests/scenarios/scenarios.md";

enum { ROWS_LEAST = 250, TEXT_MAX = 2048, EVENT_MAX = 16384, ROWS_MAX = 1024 };

// What became of a row, for those that name it.
struct ended {
    int64_t received_ms;
    uint8_t level;
    uint8_t n_jobs;
    struct {
        uint8_t outcome; // enum destination_outcome
        struct span team, proposal;
    } jobs[DESTINATION_PARTS_MAX + 1];
};

struct trying {
    const struct scenario_sheet *sheet;
    struct policy *policy;
    struct neighbourhood_table *neighbourhoods;
    struct ended ended[ROWS_MAX];
    unsigned n_wrong;
};

// One row on its way.
struct tried {
    struct judgement judgement;
    struct submitted submitted;
    struct received received;
    struct triaged triaged;
    struct destination destination;
};

static struct scenario_table *table;

// ---------------------------------------------------------------- text

static void add(char *text, const char *format, ...)
{
    size_t size = strlen(text);
    va_list rest;

    va_start(rest, format);
    vsnprintf(text + size, TEXT_MAX - size, format, rest);
    va_end(rest);
}

static void expect(struct trying *trying, const struct scenario *row, const char *field, const char *expected, const char *got)
{
    if (strcmp(expected, got) == 0)
        return;
    trying->n_wrong++;
    fprintf(stderr, "scenarios.md:%u: %s: %s\n    expected %s\n    got      %s\n", row->line, row->name, field, expected, got);
}

// "3 by CLAIMED, needs say 1; /data/members/0/born bad_date"
static void print_level(const struct tried *tried, char *text)
{
    const struct faults *faults = &tried->judgement.faults;

    add(text, "%d by %.*s", (int)tried->triaged.level, SPAN_ARG(tried->triaged.rule));
    if (tried->triaged.computed != tried->triaged.level)
        add(text, ", needs say %d", (int)tried->triaged.computed);
    for (unsigned i = 0; i < faults->n; i++)
        add(text, "; %s %s", faults->at[i].path, code_text(LIST_FAULT, faults->at[i].code));
}

static void print_place(const struct destination_job *job, char *text)
{
    switch ((enum destination_outcome)job->outcome) {
    case DESTINATION_QUEUE:
        add(text, "%.*s", SPAN_ARG(job->team));
        break;
    case DESTINATION_DECIDE:
        add(text, "person for %s", code_text(LIST_REASON, job->reason));
        if (job->proposal.size > 0)
            add(text, ", proposed %.*s", SPAN_ARG(job->proposal));
        break;
    case DESTINATION_HOLD:
        add(text, "held for %s, then %.*s", code_text(LIST_REASON, job->reason), SPAN_ARG(job->proposal));
        break;
    case DESTINATION_NEWS:
        add(text, "news to %.*s", SPAN_ARG(job->team));
        break;
    }
}

static void print_job(const struct destination_job *job, char *text)
{
    const char *word = "marked";

    print_place(job, text);
    add(text, " by %.*s", SPAN_ARG(job->rule));
    for (unsigned i = 0; i < job->n_used; i++)
        if (span_is(job->used[i].fact, "member"))
            add(text, " for member %d", (int)job->used[i].value);
    for (unsigned mark = 1; mark < code_count(LIST_MARK); mark++)
        if ((job->marks >> mark & 1) != 0) {
            add(text, " %s %s", word, code_text(LIST_MARK, mark));
            word = "and";
        }
}

static void print_goes(const struct trying *trying, const struct tried *tried, char *text)
{
    const char *basis = code_text(LIST_BASIS, tried->destination.basis);

    for (unsigned part = 0; part <= tried->destination.n_parts; part++) {
        add(text, "%s", part > 0 ? " + " : "");
        print_job(outcome_job(&tried->destination, (uint8_t)part), text);
    }
    if (strstr(trying->sheet->usual.goes, basis) == NULL)
        add(text, "; basis %s", basis);
}

// Each clock that runs, once, that of the lead first.
static void print_due(const struct trying *trying, const struct tried *tried, char *text)
{
    for (unsigned part = 0; part <= tried->destination.n_parts; part++) {
        const struct destination_job *job = outcome_job(&tried->destination, (uint8_t)part);
        const struct clock_rule *rule = rules_clock(trying->policy, outcome_state(job), job->team_index, false);
        char time[SCENARIO_TIME_MAX], clock[TEXT_MAX] = "";
        int64_t due_ms;

        assert_non_null(rule);
        assert_true(clock_state_due(trying->policy, outcome_state(job), job->team_index, tried->triaged.received, &due_ms));
        scenario_time_print(due_ms, time);
        add(clock, "%.*s %s", SPAN_ARG(rule->name), time);
        if (strstr(text, clock) == NULL)
            add(text, "%s%s", part > 0 ? "; " : "", clock);
    }
}

// ---------------------------------------------------------------- families

static void open_job(const struct trying *trying, struct span team, const struct ended *ended, struct family_state *family)
{
    const struct team *at = &trying->policy->teams[rules_team(trying->policy, team)];

    if (at->parenting && family->parenting_team.size == 0)
        family->parenting_team = team;
    if (!at->opens_case || (family->open && family->level >= ended->level))
        return;
    family->open = true;
    family->level = ended->level;
    family->opened_ms = ended->received_ms;
    family->team = team;
}

// What has been done with a lead when the family's next referral comes.
static const struct lead_state {
    const char *name;
    bool ends;    // it is no case any more
    bool went_on; // as proposed, and with it what waited for it
} lead_states[] = {
    {"waiting", false, false}, {"shown", false, false}, {"accepted", false, false}, {"confirmed", false, true},
    {"agreed", false, true},   {"declined", true, false}, {"closed", true, false},
};

static const struct lead_state *state_called(const char *name)
{
    for (size_t i = 0; i < sizeof lead_states / sizeof lead_states[0]; i++)
        if (strcmp(lead_states[i].name, name) == 0)
            return &lead_states[i];
    fail_msg("no lead can be %s", name);
    return NULL;
}

static void open_row(const struct trying *trying, const struct ended *ended, const struct lead_state *state, struct family_state *family)
{
    for (unsigned i = state->ends ? 1 : 0; i < ended->n_jobs; i++) {
        uint8_t outcome = ended->jobs[i].outcome;
        if (outcome == DESTINATION_QUEUE)
            open_job(trying, ended->jobs[i].team, ended, family);
        else if (state->went_on && outcome != DESTINATION_NEWS)
            open_job(trying, ended->jobs[i].proposal, ended, family);
    }
}

// The cell `received`: "[time][; earlier row: state]...".
static int64_t read_received(struct trying *trying, unsigned place, struct family_state *family)
{
    const struct scenario *row = &trying->sheet->rows[place];
    const char *usual = trying->sheet->usual.received;
    char text[TEXT_MAX];
    char *at = text;
    char *piece;
    int64_t received_ms;

    snprintf(text, sizeof text, "%s%s", row->received[0] == ';' || row->received[0] == '\0' ? usual : "", row->received);
    if (!scenario_time_parse(scenario_next(&at, ";"), &received_ms))
        fail_msg("scenarios.md:%u: %s: no such time: %s", row->line, row->name, row->received);
    while ((piece = scenario_next(&at, ";")) != NULL) {
        char *name = scenario_next(&piece, ": ");
        int earlier = scenario_table_find(trying->sheet, place, name);
        if (earlier < 0 || piece == NULL)
            fail_msg("scenarios.md:%u: %s: no row above is called %s", row->line, row->name, name);
        open_row(trying, &trying->ended[earlier], state_called(piece), family);
    }
    return received_ms;
}

// ---------------------------------------------------------------- one row

static struct span write_event(const struct scenario_sheet *sheet, const struct scenario *row, int64_t received_ms, uint8_t *bytes)
{
    struct wire_writer writer = wire_writer_on(bytes, EVENT_MAX);
    json_t *json = scenario_event(sheet, row, received_ms);
    char *text = json_dumps(json, JSON_COMPACT);
    char why[128] = "";

    if (json_to_wire(span_text(text), &writer, why, sizeof why) != ERR_NONE)
        fail_msg("scenarios.md:%u: %s: %s", row->line, row->name, why);
    free(text);
    json_decref(json);
    return wire_written(&writer);
}

static void decide(const struct trying *trying, struct span bytes, int64_t received_ms, const struct family_state *family,
                   struct tried *tried)
{
    struct faults faults = {0};
    struct event event;
    const struct household *household = &tried->submitted.household;
    bool whole;

    judge(bytes, &tried->judgement);
    whole = decode(&record_event, bytes, "", &event, &faults);
    whole = decode(&record_submitted, event.data, "", &tried->submitted, &faults) && whole;
    assert_true(tried->judgement.verdict == VERDICT_PASS && (whole || tried->judgement.urgent));
    tried->received = (struct received){.urgent = tried->judgement.urgent, .n_problems = tried->judgement.faults.n};
    facts_derive(&tried->submitted,
                 neighbourhood_of(trying->neighbourhoods,
                                  HAS(household, household, postcode) ? household->postcode : (struct span){0}),
                 civil_london_day(received_ms), &tried->received.facts);
    level_triage(trying->policy, &tried->received, received_ms, &tried->triaged);
    destination_decide(trying->policy, &tried->triaged, family, &tried->destination);
}

static void keep(const struct tried *tried, struct ended *ended)
{
    *ended = (struct ended){
        .received_ms = tried->triaged.received, .level = (uint8_t)tried->triaged.level, .n_jobs = (uint8_t)(tried->destination.n_parts + 1)};
    for (unsigned i = 0; i < ended->n_jobs; i++) {
        const struct destination_job *job = outcome_job(&tried->destination, (uint8_t)i);
        ended->jobs[i].outcome = job->outcome;
        ended->jobs[i].team = job->team;
        ended->jobs[i].proposal = job->proposal;
    }
}

static void try_row(struct trying *trying, unsigned place)
{
    static struct tried tried;
    static uint8_t bytes[EVENT_MAX];
    const struct scenario *row = &trying->sheet->rows[place];
    struct family_state family = {0};
    char level[TEXT_MAX] = "", goes[TEXT_MAX] = "", due[TEXT_MAX] = "";
    int64_t received_ms = read_received(trying, place, &family);

    decide(trying, write_event(trying->sheet, row, received_ms, bytes), received_ms, &family, &tried);
    print_level(&tried, level);
    print_goes(trying, &tried, goes);
    print_due(trying, &tried, due);
    expect(trying, row, "level", row->level, level);
    expect(trying, row, "goes to", row->goes, goes);
    expect(trying, row, "due", row->due, due);
    keep(&tried, &trying->ended[place]);
}

// ---------------------------------------------------------------- all rows

static struct trying *open_sheet(const struct scenario_sheet *sheet)
{
    static struct complaints complaints;
    struct trying *trying = calloc(1, sizeof *trying);
    char folder[128];

    assert_non_null(trying);
    assert_true(sheet->n <= ROWS_MAX);
    snprintf(folder, sizeof folder, "deploy/policy/%s", sheet->policy);
    trying->sheet = sheet;
    trying->policy = kit_policy(folder);
    assert_int_equal(neighbourhood_open("neighbourhoods.yaml", policy_text(trying->policy, "neighbourhoods.yaml"), &complaints,
                                        &trying->neighbourhoods),
                     ERR_NONE);
    return trying;
}

static void close_sheet(struct trying *trying)
{
    neighbourhood_close(&trying->neighbourhoods);
    policy_free(&trying->policy);
    free(trying);
}

static void every_row_is_judged_so(void **state)
{
    unsigned n_wrong = 0;

    (void)state;
    for (unsigned i = 0; i < table->n; i++) {
        struct trying *trying = open_sheet(&table->sheets[i]);
        for (unsigned place = 0; place < trying->sheet->n; place++)
            try_row(trying, place);
        n_wrong += trying->n_wrong;
        close_sheet(trying);
    }
    assert_int_equal(n_wrong, 0);
}

// ---------------------------------------------------------------- the table itself

static bool is_expected(const struct scenario_sheet *sheet, struct span code)
{
    for (unsigned i = 0; i < sheet->n; i++)
        if (scenario_has_word(sheet->rows[i].level, code) || scenario_has_word(sheet->rows[i].goes, code))
            return true;
    return false;
}

// Some row ends at it, or none can and the file says so.
static unsigned check_code(const struct scenario_sheet *sheet, struct span code)
{
    bool never = sheet->never != NULL && scenario_has_word(sheet->never, code);

    if (is_expected(sheet, code) != never)
        return 0;
    fprintf(stderr, never ? "%s: a row ends at %.*s, which no referral can\n" : "%s: no row ends at %.*s\n", sheet->policy, SPAN_ARG(code));
    return 1;
}

static unsigned check_rows(const struct scenario_sheet *sheet, const struct route_row *rows, unsigned n)
{
    unsigned n_missing = 0;

    for (unsigned i = 0; i < n; i++)
        n_missing += rows[i].outcome != ROW_PARENTING ? check_code(sheet, rows[i].code) : 0; // the child's row is told then
    return n_missing;
}

static unsigned check_bases(const struct scenario_sheet *sheet, const struct route_rules *routes)
{
    unsigned n_missing = 0;

    for (unsigned i = 0; i < routes->basis.n_rows; i++) {
        struct span basis = span_text(code_text(LIST_BASIS, routes->basis_rows[i].basis));
        if (scenario_has_word(sheet->usual.goes, basis))
            continue;
        n_missing += check_code(sheet, basis);
    }
    return n_missing;
}

static unsigned check_indicators(const struct scenario_sheet *sheet)
{
    unsigned n_missing = 0;

    for (unsigned code = 1; code < code_count(LIST_INDICATOR); code++) {
        bool named = false;
        for (unsigned i = 0; i < sheet->n && !named; i++)
            named = scenario_has_word(sheet->rows[i].household, span_text(code_text(LIST_INDICATOR, code)));
        if (!named)
            fprintf(stderr, "%s: no row has %s\n", sheet->policy, code_text(LIST_INDICATOR, code));
        n_missing += !named;
    }
    return n_missing;
}

static void every_row_of_the_policies_is_expected(void **state)
{
    unsigned n_missing = 0;

    (void)state;
    for (unsigned i = 0; i < table->n; i++) {
        const struct scenario_sheet *sheet = &table->sheets[i];
        struct trying *trying = open_sheet(sheet);
        const struct route_rules *routes = &trying->policy->routes;
        const struct level_rules *levels = &trying->policy->levels;

        for (unsigned row = 0; row < levels->table.n_rows; row++)
            n_missing += check_code(sheet, levels->rows[row].code);
        n_missing += check_code(sheet, levels->claimed.code);
        n_missing += check_rows(sheet, routes->lead_rows, routes->lead.n_rows);
        n_missing += check_rows(sheet, routes->parenting_rows, routes->parenting.n_rows);
        n_missing += check_rows(sheet, routes->task_rows, routes->tasks.n_rows);
        n_missing += check_bases(sheet, routes);
        n_missing += check_indicators(sheet);
        close_sheet(trying);
    }
    assert_int_equal(n_missing, 0);
}

// A row is found by its name, and says where it comes from; the first word is one of the list at the head of the file.
static void every_row_has_a_name_and_a_source(void **state)
{
    unsigned n = 0;

    (void)state;
    for (unsigned i = 0; i < table->n; i++) {
        const struct scenario_sheet *sheet = &table->sheets[i];
        n += sheet->n;
        for (unsigned row = 0; row < sheet->n; row++) {
            struct span word = span_of(sheet->rows[row].source, strcspn(sheet->rows[row].source, " ;,:"));
            if (scenario_table_find(sheet, row, sheet->rows[row].name) >= 0)
                fail_msg("scenarios.md:%u: %s: the name was there already", sheet->rows[row].line, sheet->rows[row].name);
            if (word.size == 0 || !scenario_has_word(table->sources, word))
                fail_msg("scenarios.md:%u: %s: no source: %s", sheet->rows[row].line, sheet->rows[row].name, sheet->rows[row].source);
        }
    }
    print_message("%u rows\n", n);
    assert_true(n >= ROWS_LEAST);
}

static int setup(void **state)
{
    (void)state;
    table = scenario_table_read(FILE_NAME);
    return table->n > 0 ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    scenario_table_free(&table);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_judged_so),
        cmocka_unit_test(every_row_of_the_policies_is_expected),
        cmocka_unit_test(every_row_has_a_name_and_a_source),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
