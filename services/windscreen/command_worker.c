// SPDX-License-Identifier: MIT
// `windscreen worker`, `assign` and `queue capacity`: the roster, times away, what each worker has, and who is to have what.
// An operator's tool. Asks allocation; counts nothing itself.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/civil.h"
#include "services/windscreen/command_answer.h"
#include "services/windscreen/command_note.h"
#include "services/windscreen/hub.h"
#include "services/windscreen/phrase.h"
#include "services/windscreen/screen.h"

enum { DAY_MS = 86400000, MINUTE_MS = 60000, JOBS_MAX = 256 };

// ---------------------------------------------------------------- what the user gave

// A date is its first moment in London.
static bool parse_moment(struct span text, int64_t *ms)
{
    int32_t day;

    if (!civil_parse_date(text, &day))
        return civil_parse_time(text, ms);
    *ms = (int64_t)day * DAY_MS;
    *ms -= (int64_t)civil_london_offset_minutes(*ms) * MINUTE_MS;
    return true;
}

// *ms is 0 when the option was not given. False after a complaint.
static bool read_moment(const struct given *given, const char *option, int64_t *ms)
{
    const char *text = given_text(given, option);

    *ms = 0;
    if (text == NULL || parse_moment(span_text(text), ms))
        return true;
    given_complain(given, "--%s must be a date such as 2026-12-24, or a time such as 2026-12-24T12:00:00Z", option);
    return false;
}

static bool read_days(const struct given *given, uint64_t *days)
{
    const char *name;
    unsigned at = 0;
    uint8_t day;

    for (*days = 0; given_next(given, "day", &at, &name);) {
        if (!command_answer_code(given, "day", name, LIST_WEEKDAY, &day))
            return false;
        *days |= UINT64_C(1) << day;
    }
    return true;
}

// ---------------------------------------------------------------- roster, away, back

static int ask_plainly(const struct given *given, enum work_request row, const void *request, const char *done)
{
    struct plain_reply reply = {0};
    struct hub hub = {0};
    int code = hub_open(given, "allocation", &hub);

    if (code == 0)
        code = hub_ask(&hub, &service_work[row], request, 0, &reply);
    if (code == 0)
        code = hub_refused(&hub, (enum answer)reply.answer);
    if (code == 0 && given->json)
        code = screen_json(hub_json(&hub));
    else if (code == 0)
        printf("%s\n", done);
    hub_close(&hub);
    return code == 0 ? screen_end(0) : code;
}

int command_worker_roster(const struct given *given)
{
    struct roster_worker request = {.worker = span_text(given->words[0])};
    const char *team, *by;

    if (!given_required(given, "team", &team) || !given_required(given, "by", &by) ||
        !given_number(given, "most", 0, 1000, 0, &request.most) || !read_days(given, &request.days) ||
        !read_moment(given, "from", &request.from) || !read_moment(given, "until", &request.until))
        return EXIT_BAD_USAGE;
    request.team = span_text(team);
    request.by = span_text(by);
    if (given_text(given, "most") != NULL)
        SET_HAS(&request, roster_worker, most);
    if (request.days != 0)
        SET_HAS(&request, roster_worker, days);
    if (request.from != 0)
        SET_HAS(&request, roster_worker, from);
    if (request.until != 0)
        SET_HAS(&request, roster_worker, until);
    return ask_plainly(given, WORK_ROSTER, &request, "Done.");
}

static void print_case(const struct waiting_job *job)
{
    char due[SCREEN_WHEN_MAX + 1], name[24];

    screen_when(job->due, due);
    snprintf(name, sizeof name, job->part > 0 ? "%.*s/%" PRIu64 : "%.*s", SPAN_ARG(job->referral), job->part);
    printf("  %-17s  L%" PRIu64 "  %-26.*s  next review %s\n", name, job->level, SPAN_ARG(job->team), due);
}

static int ask_cases(const struct given *given, const char *worker, struct jobs *jobs)
{
    struct jobs_of request = {.worker = span_text(worker), .max = JOBS_MAX};
    struct hub hub = {0};
    int code = hub_open(given, "allocation", &hub);

    SET_HAS(&request, jobs_of, worker);
    SET_HAS(&request, jobs_of, max);
    if (code == 0)
        code = hub_ask(&hub, &service_work[WORK_JOBS], &request, 0, jobs);
    if (code == 0)
        code = hub_refused(&hub, jobs->answer);
    if (code == 0 && given->json) {
        json_t *answer = hub_json(&hub);

        json_object_del(answer, "answer");
        code = screen_json(answer);
    } else if (code == 0) {
        printf(jobs->n_jobs == 0 ? "%s has no open cases.\n" : "Open cases of %s:\n", worker);
        for (uint64_t i = 0; i < jobs->n_jobs; i++)
            print_case(&jobs->jobs[i]);
    }
    hub_close(&hub);
    return code;
}

int command_worker_cases(const struct given *given)
{
    struct jobs *jobs = calloc(1, sizeof *jobs); // what it lends lies in the caller's room, which outlives it
    int code = jobs == NULL ? EXIT_NO_MEMORY : ask_cases(given, given->words[0], jobs);

    free(jobs);
    return code == 0 ? screen_end(0) : code;
}

int command_worker_away(const struct given *given)
{
    struct send_away request = {.worker = span_text(given->words[0])};
    const char *until, *by;
    int code;

    if (!given_required(given, "until", &until) || !given_required(given, "by", &by) || !read_moment(given, "from", &request.from) ||
        !read_moment(given, "until", &request.until))
        return EXIT_BAD_USAGE;
    request.by = span_text(by);
    if (request.from == 0)
        request.from = screen_now_ms();
    SET_HAS(&request, send_away, from);
    if (request.until <= request.from)
        return given_complain(given, "--until must lie behind --from; `windscreen worker back` tells that somebody is back");
    code =
        ask_plainly(given, WORK_AWAY, &request, "Done. Who is away is given no work and keeps the open cases until they are handed over.");
    return code == 0 && !given->json ? command_worker_cases(given) : code;
}

int command_worker_back(const struct given *given)
{
    struct send_away request = {.worker = span_text(given->words[0]), .from = 1, .until = 1};
    const char *by;

    if (!given_required(given, "by", &by))
        return EXIT_BAD_USAGE;
    request.by = span_text(by);
    SET_HAS(&request, send_away, from);
    return ask_plainly(given, WORK_AWAY, &request, "Done.");
}

// ---------------------------------------------------------------- capacity

int command_queue_capacity(const struct given *given)
{
    struct set_capacity request = {.team = span_text(given->words[0])};
    const char *by;

    if (!given_required(given, "by", &by) || !command_answer_code(given, "capacity", given->words[1], LIST_CAPACITY, &request.capacity) ||
        !read_moment(given, "until", &request.until))
        return EXIT_BAD_USAGE;
    request.by = span_text(by);
    if (request.until != 0)
        SET_HAS(&request, set_capacity, until);
    return ask_plainly(given, WORK_CAPACITY, &request, "Done.");
}

// ---------------------------------------------------------------- assign

int command_assign_run(const struct given *given)
{
    struct assign_job request = {0};
    const char *by;
    int code;

    if (!given_job(given, given->words[0], &request.referral, &request.part) || !given_required(given, "by", &by))
        return EXIT_BAD_USAGE;
    if (request.part == GIVEN_WHOLE)
        request.part = 0;
    if (request.part > 0)
        SET_HAS(&request, assign_job, part);
    if (!span_is(span_text(given->words[1]), "anybody"))
        PUT(&request, assign_job, worker, span_text(given->words[1]));
    request.by = span_text(by);
    code = command_note_send(given, request.referral, request.by, &request.note);
    if (request.note > 0)
        SET_HAS(&request, assign_job, note);
    return code == 0 ? command_answer_ask(given, WORK_ASSIGN, &request, "done") : code;
}

// ---------------------------------------------------------------- list

static void print_post(const struct worker_post *post)
{
    char text[256], back[SCREEN_WHEN_MAX + 1];
    struct phrase phrase = phrase_on(text, sizeof text);

    if (post->away && post->back > 0) {
        screen_when(post->back, back);
        phrase_add(&phrase, "away until %s", back);
    } else {
        phrase_add(&phrase, post->away ? "not today" : "");
    }
    for (unsigned day = WEEKDAY_MONDAY, n = 0; post->days != 0 && day < WEEKDAY_COUNT; day++)
        if ((post->days >> day & 1) != 0)
            phrase_add(&phrase, "%s%.3s", n++ > 0 ? " " : text[0] != '\0' ? "; works " : "works ", code_meaning(LIST_WEEKDAY, day));
    printf("%-16.*s %-26.*s %6" PRIu64 " %6" PRIu64 " %6" PRIu64, SPAN_ARG(post->worker), SPAN_ARG(post->team), post->cases, post->shown,
           post->load);
    if (HAS(post, worker_post, most))
        printf(" %6" PRIu64 "  %s\n", post->most, text);
    else
        printf(" %6s  %s\n", "-", text);
}

static int ask_workers(struct hub *hub, const struct workers_of *request, struct workers *workers)
{
    int code = hub_ask(hub, &service_work[WORK_WORKERS], request, 0, workers);
    json_t *answer;

    if (code == 0)
        code = hub_refused(hub, workers->answer);
    if (code != 0)
        return code;
    if (hub->given->json) {
        answer = hub_json(hub);
        json_object_del(answer, "answer");
        return screen_json(answer);
    }
    if (workers->n_workers == 0)
        printf("Nobody is on a roster there, and nobody has work. `windscreen queue` lists the teams.\n");
    else
        printf("%-16s %-26s %6s %6s %6s %6s  %s\n", "worker", "team", "cases", "shown", "load", "most", "when");
    for (uint64_t i = 0; i < workers->n_workers; i++)
        print_post(&workers->workers[i]);
    if (workers->more)
        printf("\nThere are more: ask for one team with --team, or for one worker.\n");
    return 0;
}

int command_worker_list(const struct given *given)
{
    struct workers *workers = calloc(1, sizeof *workers);
    struct workers_of request = {0};
    struct hub hub = {0};
    int code = workers == NULL ? EXIT_NO_MEMORY : hub_open(given, "allocation", &hub);

    if (given_text(given, "team") != NULL)
        PUT(&request, workers_of, team, span_text(given_text(given, "team")));
    if (given->n_words == 1)
        PUT(&request, workers_of, worker, span_text(given->words[0]));
    if (code == 0)
        code = ask_workers(&hub, &request, workers);
    hub_close(&hub);
    free(workers);
    return code == 0 ? screen_end(0) : code;
}
