// SPDX-License-Identifier: MIT
// `windscreen queue`: depth and age of every team's queue, and the jobs of one.
// An operator's tool. Asks allocation; counts nothing itself.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/windscreen/hub.h"
#include "services/windscreen/screen.h"

static const char *style_of(enum clock_stage stage)
{
    if (stage == STAGE_NONE)
        return "";
    return screen_style(stage == STAGE_WARNED ? SCREEN_YELLOW : SCREEN_RED);
}

static void print_late(int width, uint64_t number, enum screen_style style)
{
    bool coloured = number > 0;

    printf(" %s%*" PRIu64 "%s", coloured ? screen_style(style) : "", width, number, coloured ? screen_style(SCREEN_PLAIN) : "");
}

// "full", "room for 12", "full, room for 4": what people say, and what the roster says.
static void print_room(const struct queue_depth *queue)
{
    bool said = queue->capacity != CAPACITY_NONE && queue->capacity != CAPACITY_AVAILABLE;

    if (said)
        printf("%s%s%s", screen_style(SCREEN_YELLOW), code_text(LIST_CAPACITY, queue->capacity), screen_style(SCREEN_PLAIN));
    if (HAS(queue, queue_depth, free))
        printf("%sfree %" PRIu64, said ? ", " : "", queue->free);
    else if (!said)
        printf("-");
}

static void print_queues(const struct queues *queues)
{
    printf("%-26s %8s %8s %8s %9s %8s %8s %8s %9s  %-12s %-12s %s\n", "team", "queued", "leased", "cases", "deciding", "held", "warned",
           "overdue", "escalated", "oldest", "wait", "room");
    for (uint64_t i = 0; i < queues->n_queues; i++) {
        const struct queue_depth *queue = &queues->queues[i];
        char age[SCREEN_AGE_MAX + 1] = "-", wait[SCREEN_AGE_MAX + 1] = "-";

        if (queue->oldest_ms > 0)
            screen_age((int64_t)queue->oldest_ms, age);
        if (queue->expected_wait_ms > 0)
            screen_age((int64_t)queue->expected_wait_ms, wait);
        printf("%-26.*s %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %9" PRIu64 " %8" PRIu64, SPAN_ARG(queue->team), queue->queued, queue->leased,
               queue->accepted, queue->deciding, queue->held);
        print_late(8, queue->warned, SCREEN_YELLOW);
        print_late(8, queue->overdue, SCREEN_RED);
        print_late(9, queue->escalated, SCREEN_RED);
        printf("  %-12s %-12s ", age, wait);
        print_room(queue);
        printf("\n");
    }
    if (queues->n_queues == 0)
        printf("No queues yet. They come with the first policy: `windscreen status` tells whether triage is ready.\n");
}

static void print_jobs(const struct jobs *jobs, const char *team)
{
    if (jobs->n_jobs == 0) {
        printf("\nNothing waits at %s.\n", team);
        return;
    }
    printf("\n%-17s %-9s %-2s  %-20s  %-10s  %-26s %7s  %s\n", "referral", "state", "L", "due", "worker", "proposed", "seen", "because");
    for (uint64_t i = 0; i < jobs->n_jobs; i++) {
        const struct waiting_job *job = &jobs->jobs[i];
        char due[SCREEN_WHEN_MAX + 1] = "-";
        char name[24], seen[24] = "-";

        if (HAS(job, waiting_job, due))
            screen_when(job->due, due);
        if (HAS(job, waiting_job, seen))
            snprintf(seen, sizeof seen, "%" PRIu64, job->seen);
        snprintf(name, sizeof name, job->part > 0 ? "%.*s/%" PRIu64 : "%.*s", SPAN_ARG(job->referral), job->part);
        printf("%-17s %-9s L%" PRIu64 "  %s%-20s%s  %-10.*s  %-26.*s %7s  %s\n", name, code_text(LIST_STATE, job->state), job->level,
               style_of((enum clock_stage)job->stage), due, job->stage != STAGE_NONE ? screen_style(SCREEN_PLAIN) : "",
               SPAN_ARG(job->worker.size > 0 ? job->worker : span_text("-")),
               SPAN_ARG(job->proposal.size > 0 ? job->proposal : span_text("-")), seen,
               job->reason != 0 ? code_meaning(LIST_REASON, job->reason) : "-");
    }
    if (strcmp(team, "hub-decision") == 0)
        printf("\nNext: `windscreen show REFERRAL`, then `windscreen decide REFERRAL confirm --seen N --by YOU`.\n");
}

// Adds the jobs to what is printed: to `object` with --json, else to the screen.
static int ask_jobs(struct hub *hub, const char *team, uint64_t max, json_t *object)
{
    struct jobs *jobs = calloc(1, sizeof *jobs);
    struct jobs_of jobs_of = {0};
    int code = EXIT_NO_MEMORY;

    if (jobs == NULL)
        return code;
    PUT(&jobs_of, jobs_of, team, span_text(team));
    PUT(&jobs_of, jobs_of, max, max);
    code = hub_ask(hub, &service_work[WORK_JOBS], &jobs_of, 0, jobs);
    if (code == 0)
        code = hub_refused(hub, jobs->answer);
    if (code == 0 && object != NULL) {
        json_t *answer = hub_json(hub);
        json_t *list = json_object_get(answer, "jobs");

        json_object_set_new(object, "jobs", list != NULL ? json_incref(list) : json_array());
        json_decref(answer);
    } else if (code == 0) {
        print_jobs(jobs, team);
    }
    free(jobs);
    return code;
}

static int ask_queues(struct hub *hub, const char *team, uint64_t max)
{
    struct queues queues = {0};
    struct queues_of queues_of = {0};
    json_t *object = NULL;
    int code;

    if (team != NULL)
        PUT(&queues_of, queues_of, team, span_text(team));
    code = hub_ask(hub, &service_work[WORK_QUEUES], &queues_of, 0, &queues);
    if (code == 0 && queues.answer == ANSWER_NOT_FOUND) {
        fprintf(stderr, "windscreen queue: there is no team `%s`; `windscreen queue` lists them\n", team != NULL ? team : "");
        return EXIT_NO_INPUT;
    }
    if (code == 0)
        code = hub_refused(hub, queues.answer);
    if (code != 0)
        return code;
    if (hub->given->json) {
        object = hub_json(hub);
        json_object_del(object, "answer");
    } else {
        print_queues(&queues);
    }
    if (team != NULL)
        code = ask_jobs(hub, team, max, object);
    if (object == NULL || code != 0) {
        json_decref(object);
        return code;
    }
    return screen_json(object);
}

int command_queue_run(const struct given *given)
{
    struct hub hub = {0};
    uint64_t max;
    int code;

    if (!given_number(given, "max", 1, 256, 64, &max))
        return EXIT_BAD_USAGE;
    code = hub_open(given, "allocation", &hub);
    if (code == 0)
        code = ask_queues(&hub, given->n_words == 1 ? given->words[0] : NULL, max);
    hub_close(&hub);
    return code;
}
