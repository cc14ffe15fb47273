// SPDX-License-Identifier: MIT
// `windscreen policy try`: what would happen to referrals that are never sent.
// Asks the judging code of the daemons, in the order in which they would be asked. Sends nothing, writes nothing.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/civil.h"
#include "common/wire/json.h"
#include "services/allocation/clock.h"
#include "services/allocation/outcome.h"
#include "services/intake/judge.h"
#include "services/registry/facts.h"
#include "services/registry/neighbourhood.h"
#include "services/triage/level.h"
#include "services/windscreen/account.h"
#include "services/windscreen/hub.h"
#include "services/windscreen/input.h"
#include "services/windscreen/policy_source.h"
#include "services/windscreen/screen.h"
#include "services/windscreen/undeclared.h"

#define CASE_TAG "given by --case" // where else the open case's referral is named

struct trying {
    const struct given *given;
    struct policy_source adopted;
    struct policy *folder; // of --policy; NULL: the hub's
    const struct policy *policy;
    int64_t effective_ms;
    struct neighbourhood_table *neighbourhoods;
    struct family_state family; // of --case
    int64_t received_ms;
    uint64_t n_tried, n_bad;
    uint8_t event[INPUT_EVENT_MAX]; // one event, as MessagePack
};

// One referral on its way.
struct tried {
    struct span source, id;
    struct submitted submitted;
    struct received received;
    struct triaged triaged;
    struct destination destination;
    struct story story;
};

// ---------------------------------------------------------------- by which policy

static int adopted_policy(struct trying *trying)
{
    const struct policy_adoption *adoption;
    int code = policy_source_read(&trying->adopted, trying->given);

    if (code == 0)
        code = policy_source_in_force(&trying->adopted, trying->given, trying->received_ms, &adoption);
    if (code != 0)
        return code;
    trying->policy = adoption->policy;
    trying->effective_ms = adoption->effective_ms;
    return 0;
}

static int choose_policy(struct trying *trying)
{
    static struct complaints complaints;
    const char *folder = given_text(trying->given, "policy");
    int code = folder != NULL ? policy_source_folder(trying->given, folder, &trying->folder) : adopted_policy(trying);

    if (code != 0)
        return code;
    if (folder != NULL)
        trying->policy = trying->folder;
    if (neighbourhood_open("neighbourhoods.yaml", policy_text(trying->policy, "neighbourhoods.yaml"), &complaints,
                           &trying->neighbourhoods) == ERR_NONE)
        return 0;
    fprintf(stderr, "windscreen policy try: neighbourhoods.yaml:%u: %s\n", complaints.at[0].line, complaints.at[0].text);
    return EXIT_BAD_DATA;
}

// ---------------------------------------------------------------- the daemons' judgements, one after the other

static void fill_story(const struct trying *trying, struct tried *tried)
{
    struct story *story = &tried->story;

    *story = (struct story){.level = tried->triaged.level, .n_parts = tried->destination.n_parts + 1};
    for (unsigned i = 0; i < story->n_parts; i++) {
        const struct destination_job *job = outcome_job(&tried->destination, (uint8_t)i);
        struct story_part *part = &story->parts[i];

        part->part = (uint8_t)i;
        part->state = (uint8_t)outcome_state(job);
        part->reason = job->reason;
        part->level = tried->triaged.level;
        part->marks = job->marks;
        if (!clock_state_due(trying->policy, (enum state)part->state, job->team_index, trying->received_ms, &part->due_ms))
            part->due_ms = 0;
        snprintf(part->team, sizeof part->team, "%.*s", SPAN_ARG(job->team));
        snprintf(part->proposal, sizeof part->proposal, "%.*s", SPAN_ARG(job->proposal));
        snprintf(part->rule, sizeof part->rule, "%.*s", SPAN_ARG(job->rule));
        if (job->outcome == DESTINATION_NEWS)
            snprintf(part->news_of, sizeof part->news_of, "%s", CASE_TAG);
    }
}

static void decide(const struct trying *trying, struct tried *tried)
{
    level_triage(trying->policy, &tried->received, trying->received_ms, &tried->triaged);
    destination_decide(trying->policy, &tried->triaged, &trying->family, &tried->destination);
    fill_story(trying, tried);
}

static void derive(const struct trying *trying, struct tried *tried)
{
    const struct household *household = &tried->submitted.household;
    struct span postcode = HAS(household, household, postcode) ? household->postcode : (struct span){0};

    facts_derive(&tried->submitted, neighbourhood_of(trying->neighbourhoods, postcode), civil_london_day(trying->received_ms),
                 &tried->received.facts);
}

// ---------------------------------------------------------------- telling

static json_t *lead_passage(const struct trying *trying, const struct tried *tried, uint8_t part)
{
    struct allocated allocated;
    struct held held;
    struct account_job job;

    if (outcome_job(&tried->destination, part)->outcome == DESTINATION_HOLD) {
        outcome_held(&tried->triaged, &tried->destination, part, tried->story.parts[part].due_ms, &held);
        job = account_job_held(&held);
    } else {
        outcome_allocated(&tried->triaged, &tried->destination, part, tried->story.parts[part].due_ms, &allocated);
        if (outcome_job(&tried->destination, part)->outcome == DESTINATION_NEWS)
            allocated.news_of = span_text(CASE_TAG);
        job = account_job_allocated(&allocated);
    }
    if (part == 0)
        return account_lead(trying->policy, &tried->triaged.facts, &job);
    return account_part(trying->policy, &tried->triaged.facts, &job);
}

static json_t *beside_passage(const struct trying *trying, const struct tried *tried)
{
    json_t *passage = account_passage("beside", "Beside it");
    json_t *items = json_array();

    for (unsigned part = 1; part <= tried->destination.n_parts; part++)
        json_array_append_new(items, lead_passage(trying, tried, (uint8_t)part));
    account_put(passage, "items", items);
    return passage;
}

// Nothing has happened: no title may say so.
static json_t *titled(json_t *passage, const char *title)
{
    account_put(passage, "title", json_string(title));
    return passage;
}

static json_t *passages_of(const struct trying *trying, const struct tried *tried)
{
    json_t *passages = json_array();
    json_t *lead = lead_passage(trying, tried, 0);
    bool goes = tried->story.parts[0].state == STATE_QUEUED;

    json_array_append_new(passages, titled(account_now(trying->policy, &tried->story, trying->received_ms), "What would happen"));
    json_array_append_new(passages, titled(account_came(trying->policy, &tried->received, trying->received_ms), "What is tried"));
    json_array_append_new(passages, account_level(trying->policy, &tried->triaged, 0));
    json_array_append_new(passages, goes ? titled(lead, "Why it would go there") : lead);
    if (tried->destination.n_parts > 0)
        json_array_append_new(passages, beside_passage(trying, tried));
    json_array_append_new(passages, account_policy(trying->policy, trying->effective_ms));
    return passages;
}

static json_t *clocks_json(const struct tried *tried)
{
    json_t *array = json_array();

    for (unsigned i = 0; i < tried->story.n_parts; i++) {
        const struct story_part *part = &tried->story.parts[i];
        char due[CIVIL_TIME_MAX + 1] = "";

        if (part->due_ms != 0)
            civil_print_time(part->due_ms, due);
        json_array_append_new(array,
                              json_pack("{si, ss, ss}", "part", (int)part->part, "state", code_text(LIST_STATE, part->state), "due", due));
    }
    return array;
}

static int tell(struct trying *trying, const struct tried *tried)
{
    json_t *passages = passages_of(trying, tried);
    int code = 0;

    if (trying->given->json) {
        code = screen_json(json_pack("{so, so, sI, so, so}", "source", account_span(tried->source), "id", account_span(tried->id), "level",
                                     (json_int_t)tried->triaged.level, "clocks", clocks_json(tried), "passages", json_incref(passages)));
    } else {
        printf("%s%s%.*s%s%.*s: level %llu%s\n", trying->n_tried > 1 ? "\n" : "", screen_style(SCREEN_BOLD), SPAN_ARG(tried->source),
               tried->source.size > 0 ? " " : "", SPAN_ARG(tried->id), (unsigned long long)tried->triaged.level,
               screen_style(SCREEN_PLAIN));
        account_print(passages);
    }
    json_decref(passages);
    return code;
}

static void tell_rejected(struct trying *trying, const struct judgement *judgement)
{
    trying->n_bad++;
    fprintf(stderr, "windscreen policy try: %.*s %.*s would be rejected:\n", SPAN_ARG(judgement->source), SPAN_ARG(judgement->id));
    for (unsigned i = 0; i < judgement->faults.n; i++)
        fprintf(stderr, "    %s: %s\n", judgement->faults.at[i].path, code_meaning(LIST_FAULT, judgement->faults.at[i].code));
}

// ---------------------------------------------------------------- events

static void tell_untouched(void *context, const char *path)
{
    const struct tried *tried = context;

    fprintf(stderr, "windscreen policy try: %.*s %.*s: %s is no field that the hub knows: kept as it is, nothing is decided by it\n",
            SPAN_ARG(tried->source), SPAN_ARG(tried->id), path);
}

static int try_event(struct trying *trying, struct span bytes)
{
    static struct judgement judgement;
    static struct tried tried;
    struct event event;
    struct faults faults = {0};
    bool whole;

    judge(bytes, &judgement);
    if (judgement.verdict == VERDICT_REJECT) {
        tell_rejected(trying, &judgement);
        return 0;
    }
    whole = decode(&record_event, bytes, "", &event, &faults);
    if (event_type_parse(event.type) != EVENT_SUBMITTED) {
        trying->n_bad++;
        fprintf(stderr, "windscreen policy try: %.*s refers nobody: only referral.submitted can be tried\n", SPAN_ARG(event.type));
        return 0;
    }
    whole = decode(&record_submitted, event.data, "", &tried.submitted, &faults) && whole;
    assert(whole || judgement.urgent); // of an urgent one the faults are kept, as they would be
    tried.source = event.source;
    tried.id = event.id;
    tried.received = (struct received){.urgent = judgement.urgent, .n_problems = judgement.faults.n};
    (void)undeclared_each(event.data, &record_submitted, "/data", tell_untouched, &tried);
    derive(trying, &tried);
    decide(trying, &tried);
    trying->n_tried++;
    return tell(trying, &tried);
}

// The protocol's rule of what is urgent, asked of facts alone.
static bool is_urgent(const struct facts *facts)
{
    uint64_t needs = facts->household_needs;
    bool worst = false;

    for (uint64_t i = 0; i < facts->n_members; i++)
        needs |= facts->members[i].needs;
    for (unsigned code = 1; code < code_count(LIST_INDICATOR); code++)
        worst = worst || ((needs >> code & 1) != 0 && strncmp(code_text(LIST_INDICATOR, code), "I4", 2) == 0);
    return worst || facts->at_risk_of_harm || facts->unsure_about_safety || facts->level_claimed == 4;
}

static void tell_no_fact(void *context, const char *path)
{
    (void)context;
    fprintf(stderr, "windscreen policy try: %s is no fact: see the record `facts` in PROTOCOL.md\n", path);
}

static int try_facts(struct trying *trying, struct span bytes)
{
    static struct tried tried;
    struct faults faults = {0};

    tried.received = (struct received){0};
    if (!decode(&record_facts, bytes, "/facts", &tried.received.facts, &faults)) {
        trying->n_bad++;
        fprintf(stderr, "windscreen policy try: %s: %s\n", faults.at[0].path, code_meaning(LIST_FAULT, faults.at[0].code));
        return 0;
    }
    if (undeclared_each(bytes, &record_facts, "/facts", tell_no_fact, NULL) > 0) {
        trying->n_bad++;
        return 0;
    }
    tried.source = (struct span){0};
    tried.id = span_text("These facts");
    tried.received.urgent = is_urgent(&tried.received.facts);
    decide(trying, &tried);
    trying->n_tried++;
    return tell(trying, &tried);
}

// JSON of {"facts": ...} alone, as MessagePack; false when it is something else.
static bool is_facts(struct trying *trying, struct span text, struct span *facts)
{
    json_t *value = json_loadb((const char *)text.at, text.size, 0, NULL);
    json_t *inner = json_object_size(value) == 1 ? json_object_get(value, "facts") : NULL;
    char *dumped = inner != NULL ? json_dumps(inner, JSON_COMPACT) : NULL;
    struct wire_writer writer = wire_writer_on(trying->event, sizeof trying->event);
    char why[INPUT_WHY_MAX + 1];
    bool good = dumped != NULL && json_to_wire(span_text(dumped), &writer, why, sizeof why) == ERR_NONE;

    *facts = wire_written(&writer);
    free(dumped);
    json_decref(value);
    return good;
}

static void tell_unreadable(struct trying *trying, const char *why)
{
    trying->n_bad++;
    fprintf(stderr, "windscreen policy try: %s: %s\n", trying->given->words[0], why);
}

static int try_one(struct trying *trying, struct input *input, struct span raw)
{
    struct wire_writer writer = wire_writer_on(trying->event, sizeof trying->event);
    char why[INPUT_WHY_MAX + 1] = "not JSON";
    char text[INPUT_WHY_MAX + 1];
    struct span facts;

    if (input_form(input) == INPUT_MSGPACK)
        return try_event(trying, raw);
    if (is_facts(trying, raw, &facts))
        return try_facts(trying, facts);
    if (json_to_wire(raw, &writer, why, sizeof why) == ERR_NONE)
        return try_event(trying, wire_written(&writer));
    input_explain(input, why, text);
    tell_unreadable(trying, text);
    input_reject(input);
    return 0;
}

static int try_all(struct trying *trying, struct input *input)
{
    int code = 0;

    while (code == 0) {
        struct span raw;
        enum err err = input_next(input, &raw);

        if (err == ERR_NOT_FOUND)
            return trying->n_bad > 0 ? EXIT_BAD_DATA : 0;
        if (err == ERR_BAD_INPUT)
            tell_unreadable(trying, input_why(input));
        else if (err == ERR_NONE)
            code = try_one(trying, input, raw);
        else
            code = EXIT_BAD_OUTPUT;
    }
    return code;
}

// ---------------------------------------------------------------- the command

static bool read_case(struct trying *trying)
{
    const char *text = given_text(trying->given, "case");
    const char *slash = text != NULL ? strchr(text, '/') : NULL;

    if (text == NULL)
        return true;
    if (slash == NULL || slash == text || slash[1] < '1' || slash[1] > '4' || slash[2] != '\0') {
        given_complain(trying->given, "--case must be a team and a level, such as taf/2");
        return false;
    }
    trying->family = (struct family_state){
        .open = true, .level = (uint8_t)(slash[1] - '0'), .opened_ms = trying->received_ms, .team = span_of(text, (size_t)(slash - text))};
    return true;
}

static bool read_arguments(struct trying *trying)
{
    const char *at = given_text(trying->given, "at");

    trying->received_ms = screen_now_ms();
    if (at != NULL && !civil_parse_time(span_text(at), &trying->received_ms)) {
        given_complain(trying->given, "--at must be a time such as 2026-11-23T09:12:00Z");
        return false;
    }
    return read_case(trying);
}

static int run(struct trying *trying)
{
    const char *name = trying->given->words[0];
    struct input *input;
    int code = choose_policy(trying);
    int fd;

    if (code != 0)
        return code;
    if (trying->family.open && rules_team(trying->policy, trying->family.team) == 0)
        return given_complain(trying->given, "--case: this policy has no team %.*s", SPAN_ARG(trying->family.team));
    fd = given_open(trying->given, name);
    if (fd < 0)
        return EXIT_NO_INPUT;
    input = input_new(fd);
    code = input != NULL ? try_all(trying, input) : EXIT_NO_MEMORY;
    input_free(&input);
    if (fd != STDIN_FILENO)
        close(fd);
    return code;
}

int command_policy_try(const struct given *given)
{
    struct trying *trying = calloc(1, sizeof *trying);
    int code = EXIT_NO_MEMORY;

    if (trying == NULL)
        return code;
    trying->given = given;
    code = read_arguments(trying) ? run(trying) : EXIT_BAD_USAGE;
    neighbourhood_close(&trying->neighbourhoods);
    policy_source_close(&trying->adopted);
    policy_free(&trying->folder);
    free(trying);
    return code;
}
