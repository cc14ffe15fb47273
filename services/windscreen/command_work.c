// SPDX-License-Identifier: MIT
// `windscreen work`: what a worker does with jobs, from take to release.
// A worker's tool. Remembers no token: the worker names it.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/wire/json.h"
#include "services/windscreen/command_answer.h"
#include "services/windscreen/command_note.h"
#include "services/windscreen/hub.h"
#include "services/windscreen/phrase.h"
#include "services/windscreen/screen.h"

// ---------------------------------------------------------------- take

static void print_taken(const struct given *given, const struct taken *taken)
{
    char age[SCREEN_AGE_MAX + 1];

    if (taken->n_jobs == 0) {
        fprintf(stderr, "Nothing to take from %s. With --wait 30s the hub waits for work.\n", given_text(given, "team"));
        return;
    }
    screen_age((int64_t)taken->lease_ms, age);
    printf("token %" PRIu64 ", leased for %s\n", taken->token, age);
    for (uint64_t i = 0; i < taken->n_jobs; i++) {
        const struct taken_job *job = &taken->jobs[i];
        char text[512];
        struct phrase phrase = phrase_on(text, sizeof text);

        phrase_add(&phrase, job->part > 0 ? "%.*s/%" PRIu64 : "%.*s", SPAN_ARG(job->referral), job->part);
        phrase_add(&phrase, "  level %" PRIu64 "  due ", job->level);
        phrase_add_when(&phrase, job->due);
        phrase_add(&phrase, "  family %.*s", SPAN_ARG(job->family));
        if (job->rule.size > 0)
            phrase_add(&phrase, "  rule %.*s", SPAN_ARG(job->rule));
        if (job->reason != REASON_NONE)
            phrase_add(&phrase, "  %s", code_meaning(LIST_REASON, job->reason));
        if (job->news_of.size > 0)
            phrase_add(&phrase, "  news of %.*s", SPAN_ARG(job->news_of));
        if (job->beside > 0)
            phrase_add(&phrase, "  beside it %" PRIu64 " more, see `windscreen show %.*s`", job->beside, SPAN_ARG(job->referral));
        if (job->marks != 0) {
            phrase_add(&phrase, "  answer: ");
            phrase_add_set(&phrase, LIST_MARK, job->marks);
        }
        printf("%s\n", text);
    }
    fprintf(stderr, "Next: `windscreen work open %.*s --worker %s --token %" PRIu64 "`, then accept, decline or release.\n",
            SPAN_ARG(taken->n_jobs == 1 ? taken->jobs[0].referral : span_text("REFERRAL")), given_text(given, "worker"), taken->token);
}

static int ask_take(struct hub *hub, const struct take *take)
{
    struct taken *taken = calloc(1, sizeof *taken);
    int code = EXIT_NO_MEMORY;

    if (taken == NULL)
        return code;
    code = hub_ask(hub, &service_work[WORK_TAKE], take, (int64_t)take->wait_ms, taken);
    if (code == 0 && taken->answer == ANSWER_NOT_FOUND) {
        fprintf(stderr, "windscreen work take: there is no team `%.*s`; `windscreen queue` lists them\n", SPAN_ARG(take->team));
        code = EXIT_REFUSED;
    }
    if (code == 0 && (taken->answer == ANSWER_AWAY || taken->answer == ANSWER_AT_CAPACITY)) {
        fprintf(stderr, "windscreen work take: %s; %" PRIu64 " job%s at %.*s\n",
                taken->answer == ANSWER_AWAY ? "you are away (`windscreen worker back` ends that), or it is none of your days (`windscreen "
                                               "worker roster` says which are)"
                                             : "you have as many cases as may be: close one, or have your roster changed",
                taken->queued, taken->queued == 1 ? " waits" : "s wait", SPAN_ARG(take->team));
        code = EXIT_REFUSED;
    }
    if (code == 0)
        code = hub_refused(hub, taken->answer);
    if (code == 0 && hub->given->json) {
        json_t *answer = hub_json(hub);

        if (answer != NULL && json_object_get(answer, "jobs") == NULL)
            json_object_set_new(answer, "jobs", json_array());
        code = screen_json(answer);
    } else if (code == 0) {
        print_taken(hub->given, taken);
    }
    free(taken);
    return code;
}

int command_work_take(const struct given *given)
{
    struct take take = {0};
    const char *team;
    const char *worker;
    struct hub hub = {0};
    int code;

    if (!given_required(given, "team", &team) || !given_required(given, "worker", &worker) ||
        !given_number(given, "max", 1, 64, 1, &take.max) || !given_duration(given, "wait", 0, 60000, 0, &take.wait_ms) ||
        !given_duration(given, "lease", 1000, 604800000, 0, &take.lease_ms))
        return EXIT_BAD_USAGE;
    take.team = span_text(team);
    take.worker = span_text(worker);
    SET_HAS(&take, take, max);
    SET_HAS(&take, take, wait_ms);
    if (take.lease_ms > 0)
        SET_HAS(&take, take, lease_ms);
    code = hub_open(given, "allocation", &hub);
    if (code == 0)
        code = ask_take(&hub, &take);
    hub_close(&hub);
    return code;
}

// ---------------------------------------------------------------- answers

static bool read_marks(const struct given *given, uint64_t *marks)
{
    const char *name;
    unsigned at = 0;

    for (*marks = 0; given_next(given, "answer", &at, &name);) {
        unsigned mark = code_parse(LIST_MARK, span_text(name));

        if (mark == 0) {
            given_complain(given, "there is no mark `%s`: single_indicator or claim_above_computed", name);
            return false;
        }
        *marks |= UINT64_C(1) << mark;
    }
    return true;
}

// Worker, token and jobs, as accept, extend and release have them.
static bool read_jobs(const struct given *given, struct answer_jobs *request)
{
    const char *text;
    uint64_t marks;

    if (!given_required(given, "worker", &text))
        return false;
    request->worker = span_text(text);
    if (!given_required(given, "token", &text) || !given_number(given, "token", 1, INT64_MAX, 0, &request->token) ||
        !read_marks(given, &marks))
        return false;
    for (unsigned i = 0; i < given->n_words && i < 64; i++) {
        struct job_answer *job = &request->jobs[request->n_jobs++];

        if (!given_job(given, given->words[i], &job->referral, &job->part))
            return false;
        if (job->part != GIVEN_WHOLE)
            SET_HAS(job, job_answer, part);
        if (marks != 0)
            PUT(job, job_answer, answers, marks);
    }
    return true;
}

static int answer_jobs(const struct given *given, enum work_request row, const char *done)
{
    struct answer_jobs *request = calloc(1, sizeof *request);
    int code = EXIT_BAD_USAGE;
    uint64_t lease_ms = 0;

    if (request == NULL)
        return EXIT_NO_MEMORY;
    if (read_jobs(given, request) && (row != WORK_EXTEND || given_duration(given, "lease", 1000, 604800000, 0, &lease_ms))) {
        if (lease_ms > 0)
            PUT(request, answer_jobs, lease_ms, lease_ms);
        code = command_answer_ask(given, row, request, done);
    }
    free(request);
    return code;
}

int command_work_accept(const struct given *given)
{
    return answer_jobs(given, WORK_ACCEPT, "accepted");
}

int command_work_extend(const struct given *given)
{
    const char *lease;

    return given_required(given, "lease", &lease) ? answer_jobs(given, WORK_EXTEND, "extended") : EXIT_BAD_USAGE;
}

int command_work_release(const struct given *given)
{
    return answer_jobs(given, WORK_RELEASE, "released");
}

int command_work_decline(const struct given *given)
{
    struct decline decline = {0};
    const char *worker;
    const char *token;
    int code;

    if (!given_required(given, "worker", &worker) || !given_required(given, "token", &token) ||
        !given_number(given, "token", 1, INT64_MAX, 0, &decline.token) ||
        !command_answer_code(given, "why", given_text(given, "why"), LIST_DECLINE, &decline.reason) ||
        !given_job(given, given->words[0], &decline.referral, &decline.part))
        return EXIT_BAD_USAGE;
    decline.worker = span_text(worker);
    if (decline.part != GIVEN_WHOLE)
        SET_HAS(&decline, decline, part);
    code = command_note_send(given, decline.referral, decline.worker, &decline.note);
    if (code != 0)
        return code;
    if (decline.note > 0)
        SET_HAS(&decline, decline, note);
    return command_answer_ask(given, WORK_DECLINE, &decline, "declined; a person decides");
}

// ---------------------------------------------------------------- decide

static bool read_place(const struct given *given, struct decide *decide)
{
    const char *team;

    if (!given_required(given, "team", &team) || !given_number(given, "level", 1, 4, 0, &decide->level))
        return false;
    PUT(decide, decide, team, span_text(team));
    if (decide->level > 0)
        SET_HAS(decide, decide, level);
    return true;
}

// What was seen and why; where it goes only on override: else nobody may believe that it goes where a --team said.
static bool read_decision(const struct given *given, struct decide *decide)
{
    const char *why = given_text(given, "why");
    bool places = decide->action == DECIDE_OVERRIDE;

    if (!places && (given_text(given, "team") != NULL || given_text(given, "level") != NULL)) {
        given_complain(given, "--team and --level are for override: `%s` does not say where it goes", given->words[1]);
        return false;
    }
    if ((why != NULL && !command_answer_code(given, "why", why, LIST_WHY, &decide->why)) ||
        !given_number(given, "seen", 1, INT64_MAX, 0, &decide->seen) || (places && !read_place(given, decide)))
        return false;
    if (why != NULL)
        SET_HAS(decide, decide, why);
    if (decide->seen > 0)
        SET_HAS(decide, decide, seen);
    return true;
}

int command_decide_run(const struct given *given)
{
    static const char *const done[DECIDE_COUNT] = {
        [DECIDE_CONFIRM] = "confirmed", [DECIDE_OVERRIDE] = "overridden", [DECIDE_UPHOLD] = "upheld", [DECIDE_DISMISS] = "dismissed"};
    struct decide decide = {0};
    const char *by;
    int code;

    if (!given_required(given, "by", &by) || !given_job(given, given->words[0], &decide.referral, &decide.part))
        return EXIT_BAD_USAGE;
    decide.by = span_text(by);
    decide.action = (uint8_t)code_parse(LIST_DECIDE, span_text(given->words[1]));
    if (decide.action == DECIDE_NONE)
        return given_complain(given, "`%s` is none of confirm, override, uphold, dismiss", given->words[1]);
    if (decide.part != GIVEN_WHOLE)
        SET_HAS(&decide, decide, part);
    if (!read_decision(given, &decide))
        return EXIT_BAD_USAGE;
    code = command_note_send(given, decide.referral, decide.by, &decide.note);
    if (code != 0)
        return code;
    if (decide.note > 0)
        SET_HAS(&decide, decide, note);
    return command_answer_ask(given, WORK_DECIDE, &decide, done[decide.action]);
}

// ---------------------------------------------------------------- open

static bool read_open(const struct given *given, struct open_person *request)
{
    const char *worker;
    const char *purpose = given_text(given, "purpose");
    uint64_t part;

    if (!given_required(given, "worker", &worker) || !given_number(given, "token", 1, INT64_MAX, 0, &request->token) ||
        !command_answer_code(given, "purpose", purpose != NULL ? purpose : "allocated_work", LIST_PURPOSE, &request->purpose) ||
        !given_number(given, "sequence", 1, INT64_MAX, 0, &request->sequence) ||
        !given_job(given, given->words[0], &request->referral, &part))
        return false;
    request->worker = span_text(worker);
    if (request->token > 0)
        SET_HAS(request, open_person, token);
    if (request->sequence > 0)
        SET_HAS(request, open_person, sequence);
    return true;
}

// Beside what was asked for, so that it stays one JSON document.
static void tell_later(const struct person *person)
{
    for (uint64_t i = 0; i < person->n_later; i++)
        fprintf(stderr, "since then: %s, --sequence %" PRIu64 "\n", code_text(LIST_EVENT_TYPE, person->later[i].type),
                person->later[i].sequence);
}

static void tell_withheld(const struct person *person)
{
    char text[512];
    struct phrase phrase = phrase_on(text, sizeof text);

    phrase_add_set(&phrase, LIST_PERSONAL, person->withheld);
    if (person->withheld != 0)
        fprintf(stderr, "withheld, as it is not for your team's agency: %s\n", text);
}

static int print_note(const struct given *given, struct span note)
{
    if (given->json)
        return screen_json(json_pack("{s:s%}", "note", (const char *)note.at, note.size));
    printf("%.*s%s", SPAN_ARG(note), note.at[note.size - 1] == '\n' ? "" : "\n");
    return 0;
}

static int print_person(const struct given *given, const struct person *person)
{
    json_t *event;

    tell_withheld(person);
    tell_later(person);
    if (HAS(person, person, note))
        return print_note(given, person->note);
    event = json_from_wire(person->event);
    return given->json ? screen_json(event) : screen_json_pretty(event);
}

int command_work_open(const struct given *given)
{
    struct open_person request = {0};
    struct person person = {0};
    struct hub hub = {0};
    int code;

    if (!read_open(given, &request))
        return EXIT_BAD_USAGE;
    code = hub_open(given, "registry", &hub);
    if (code == 0)
        code = hub_ask(&hub, &service_people[PEOPLE_OPEN], &request, 0, &person);
    if (code == 0 && person.answer == ANSWER_NOT_ALLOWED) {
        fprintf(
            stderr,
            "windscreen work open: not allowed: it is for the worker who holds it, named by --worker and --token (`windscreen show` tells "
            "who); while it waits at hub-decision, for a person with --purpose decision\n");
        code = EXIT_NOT_ALLOWED;
    }
    if (code == 0)
        code = hub_refused(&hub, person.answer);
    if (code == 0)
        code = print_person(given, &person);
    hub_close(&hub);
    return code;
}
