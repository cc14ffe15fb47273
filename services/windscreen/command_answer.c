// SPDX-License-Identifier: MIT
// Prints answers of allocation, and why a job was refused.
// Called by command_work.c and command_case.c.
#include "services/windscreen/command_answer.h"

#include "services/windscreen/hub.h"
#include "services/windscreen/phrase.h"
#include "services/windscreen/screen.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

// Why a job was refused, and what to do about it.
static const char *refusal_of(enum work_request row, enum answer answer)
{
    static const char *const stale[work_request_count] = {
        [WORK_DECIDE] = "does not wait for a decision; see `windscreen queue hub-decision`",
        [WORK_STEP] = "not this worker's case, or not with this token; `windscreen show` tells who has it",
        [WORK_CLOSE] = "not this worker's, not waiting at the hub, or closed already; see `windscreen show`",
        [WORK_PROGRESS] = "not this worker's case, or not with this token; `windscreen show` tells who has it",
        [WORK_REOPEN] = "it is not closed",
        [WORK_ASSIGN] = "neither waits for a worker nor is an open case; see `windscreen show`",
    };

    if (answer == ANSWER_STALE)
        return stale[row] != NULL ? stale[row] : "this lease is over, or another worker's; take it again";
    if (answer == ANSWER_NOT_FOUND)
        return "no such referral or part";
    return answer == ANSWER_MARKS_UNANSWERED ? "look at what is marked, and confirm it" : code_meaning(LIST_ANSWER, answer);
}

// What was done; a step that answers with a part has made an offer.
static const char *done_of(enum work_request row, const struct answered_job *job, const char *done)
{
    return row == WORK_STEP && job->part > 0 ? "offered; the case stays where it is until the offer is accepted" : done;
}

static void print_answered(const struct answered *answered, enum work_request row, const char *done)
{
    for (uint64_t i = 0; i < answered->n_jobs; i++) {
        const struct answered_job *job = &answered->jobs[i];
        char text[256];
        struct phrase phrase = phrase_on(text, sizeof text);

        phrase_add(&phrase, job->part > 0 ? "%.*s/%" PRIu64 : "%.*s", SPAN_ARG(job->referral), job->part);
        phrase_add(&phrase, "  %s", job->answer == ANSWER_OK ? done_of(row, job, done) : refusal_of(row, (enum answer)job->answer));
        if (job->marks != 0) {
            phrase_add(&phrase, ": --answer ");
            phrase_add_set(&phrase, LIST_MARK, job->marks);
        }
        printf("%s\n", text);
    }
}

int command_answer_ask(const struct given *given, enum work_request row, const void *record, const char *done)
{
    struct answered *answered = calloc(1, sizeof *answered);
    struct hub hub = {0};
    int code = EXIT_NO_MEMORY;

    if (answered == NULL)
        return code;
    code = hub_open(given, "allocation", &hub);
    if (code == 0)
        code = hub_ask(&hub, &service_work[row], record, 0, answered);
    if (code == 0 && given->json)
        code = screen_json(hub_json(&hub));
    else if (code == 0)
        print_answered(answered, row, done);
    if (code == 0) // a refusal job by job has been told above
        code = answered->n_jobs > 0 ? (answered->answer == ANSWER_OK ? 0 : EXIT_REFUSED) : hub_refused(&hub, (enum answer)answered->answer);
    hub_close(&hub);
    free(answered);
    return code;
}

bool command_answer_code(const struct given *given, const char *option, const char *text, enum code_list list, uint8_t *code)
{
    char all[512];
    struct phrase phrase = phrase_on(all, sizeof all);

    *code = text != NULL ? (uint8_t)code_parse(list, span_text(text)) : 0;
    if (*code != 0)
        return true;
    phrase_add_set(&phrase, list, UINT64_MAX >> (64 - code_count(list)) & ~UINT64_C(1));
    if (text == NULL)
        given_complain(given, "--%s is required, one of: %s", option, all);
    else
        given_complain(given, "`%s` is none of: %s", text, all);
    return false;
}
