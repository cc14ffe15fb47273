// SPDX-License-Identifier: MIT
// What becomes of cases: step, close, reopen, challenge, progress; by the case's worker, or by a person at the hub.
// A worker's and an operator's tool. Remembers no token: the worker names it.
#include "services/windscreen/command_answer.h"
#include "services/windscreen/command_note.h"

// Who asks: with --token the worker who has the case, else a person at the hub.
struct asking {
    struct span by;
    uint64_t token;
};

static bool read_worker(const struct given *given, struct asking *asking)
{
    const char *worker, *token;

    if (!given_required(given, "worker", &worker) || !given_required(given, "token", &token) ||
        !given_number(given, "token", 1, INT64_MAX, 0, &asking->token))
        return false;
    asking->by = span_text(worker);
    return true;
}

static bool read_person(const struct given *given, struct asking *asking)
{
    const char *by;

    asking->token = 0;
    if (!given_required(given, "by", &by))
        return false;
    asking->by = span_text(by);
    return true;
}

static bool read_required_code(const struct given *given, const char *option, enum code_list list, uint8_t *code)
{
    return command_answer_code(given, option, given_text(given, option), list, code);
}

// The referral alone: these requests are about the whole.
static bool read_referral(const struct given *given, struct span *referral)
{
    uint64_t part;

    if (!given_job(given, given->words[0], referral, &part))
        return false;
    if (part == GIVEN_WHOLE || part == 0)
        return true;
    given_complain(given, "this is about the whole referral: leave out /%llu", (unsigned long long)part);
    return false;
}

// ---------------------------------------------------------------- step

static int step(const struct given *given, const struct asking *asking)
{
    struct step_case request = {.by = asking->by};
    const char *team, *level;
    const char *to = given_text(given, "to"), *why = given_text(given, "why");
    int code;

    if (!read_referral(given, &request.referral) || !given_required(given, "team", &team) || !given_required(given, "level", &level) ||
        !given_number(given, "level", 1, 4, 0, &request.level) ||
        (why != NULL && !command_answer_code(given, "why", why, LIST_WHY, &request.why)))
        return EXIT_BAD_USAGE;
    if (why != NULL)
        SET_HAS(&request, step_case, why);
    request.team = span_text(team);
    if (to != NULL)
        PUT(&request, step_case, to_worker, span_text(to));
    if (asking->token > 0)
        PUT(&request, step_case, token, asking->token);
    code = command_note_send(given, request.referral, request.by, &request.note);
    if (request.note > 0)
        SET_HAS(&request, step_case, note);
    return code == 0 ? command_answer_ask(given, WORK_STEP, &request, "done") : code;
}

int command_work_step(const struct given *given)
{
    struct asking asking;

    return read_worker(given, &asking) ? step(given, &asking) : EXIT_BAD_USAGE;
}

int command_step_run(const struct given *given)
{
    struct asking asking;

    return read_person(given, &asking) ? step(given, &asking) : EXIT_BAD_USAGE;
}

// ---------------------------------------------------------------- close

static int close_job(const struct given *given, const struct asking *asking)
{
    struct close_job request = {.by = asking->by};
    int code;

    if (!given_job(given, given->words[0], &request.referral, &request.part) ||
        !read_required_code(given, "outcome", LIST_OUTCOME, &request.outcome))
        return EXIT_BAD_USAGE;
    if (request.part != GIVEN_WHOLE)
        SET_HAS(&request, close_job, part);
    if (asking->token > 0)
        PUT(&request, close_job, token, asking->token);
    code = command_note_send(given, request.referral, request.by, &request.note);
    if (request.note > 0)
        SET_HAS(&request, close_job, note);
    return code == 0 ? command_answer_ask(given, WORK_CLOSE, &request, "closed") : code;
}

int command_work_close(const struct given *given)
{
    struct asking asking;

    return read_worker(given, &asking) ? close_job(given, &asking) : EXIT_BAD_USAGE;
}

int command_close_run(const struct given *given)
{
    struct asking asking;

    return read_person(given, &asking) ? close_job(given, &asking) : EXIT_BAD_USAGE;
}

// ---------------------------------------------------------------- reopen, challenge

int command_reopen_run(const struct given *given)
{
    struct reopen_case request = {0};
    struct asking asking;
    int code;

    if (!read_person(given, &asking) || !read_referral(given, &request.referral) ||
        !read_required_code(given, "why", LIST_REOPEN, &request.why))
        return EXIT_BAD_USAGE;
    request.by = asking.by;
    code = command_note_send(given, request.referral, request.by, &request.note);
    if (request.note > 0)
        SET_HAS(&request, reopen_case, note);
    return code == 0 ? command_answer_ask(given, WORK_REOPEN, &request, "open again; `windscreen show` tells where") : code;
}

int command_challenge_run(const struct given *given)
{
    struct challenge_decision request = {0};
    struct asking asking;
    int code;

    if (!read_person(given, &asking) || !read_referral(given, &request.referral) ||
        !read_required_code(given, "why", LIST_CHALLENGE, &request.why) || !given_number(given, "level", 1, 4, 0, &request.level_wanted))
        return EXIT_BAD_USAGE;
    request.by = asking.by;
    if (request.level_wanted > 0)
        SET_HAS(&request, challenge_decision, level_wanted);
    code = command_note_send(given, request.referral, request.by, &request.note);
    if (request.note > 0)
        SET_HAS(&request, challenge_decision, note);
    return code == 0 ? command_answer_ask(given, WORK_CHALLENGE, &request, "challenged; a person will uphold or dismiss it") : code;
}

// ---------------------------------------------------------------- progress

int command_work_progress(const struct given *given)
{
    struct tell_progress request = {0};
    struct asking asking;

    if (!read_worker(given, &asking) || !given_job(given, given->words[0], &request.referral, &request.part) ||
        !command_answer_code(given, "what", given->words[1], LIST_PROGRESS, &request.what))
        return EXIT_BAD_USAGE;
    request.worker = asking.by;
    request.token = asking.token;
    if (request.part != GIVEN_WHOLE)
        SET_HAS(&request, tell_progress, part);
    return command_answer_ask(given, WORK_PROGRESS, &request, "noted");
}
