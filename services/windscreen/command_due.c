// SPDX-License-Identifier: MIT
// `windscreen due`: what comes due and what is late, of all teams, of one, or of one referral.
// An operator's tool. Asks allocation; counts nothing itself.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "services/windscreen/hub.h"
#include "services/windscreen/screen.h"

enum { DAY_MS = 86400000 };

static const char *style_of(const struct due_clock *clock, int64_t now_ms)
{
    if (clock->information)
        return screen_style(SCREEN_FAINT);
    if (clock->due <= now_ms)
        return screen_style(SCREEN_RED);
    return clock->stage == STAGE_WARNED ? screen_style(SCREEN_YELLOW) : "";
}

// "in 3 h 05 min", "2 d 4 h late".
static void print_distance(const struct due_clock *clock, int64_t now_ms, char text[SCREEN_AGE_MAX + 8])
{
    char age[SCREEN_AGE_MAX + 1];
    bool late = clock->due <= now_ms;

    screen_age(late ? now_ms - clock->due : clock->due - now_ms, age);
    snprintf(text, SCREEN_AGE_MAX + 8, late ? "%s late" : "in %s", age);
}

static void print_clock(const struct due_clock *clock, int64_t now_ms)
{
    char due[SCREEN_WHEN_MAX + 1], distance[SCREEN_AGE_MAX + 8], name[24];
    const char *style = style_of(clock, now_ms);

    screen_when(clock->due, due);
    print_distance(clock, now_ms, distance);
    snprintf(name, sizeof name, clock->part > 0 ? "%.*s/%" PRIu64 : "%.*s", SPAN_ARG(clock->referral), clock->part);
    printf("%s%s  %-18s%s  %-17s L%" PRIu64 "  %-9s %-26.*s %-12.*s %.*s%s%.*s%s%s\n", style, due, distance,
           style[0] != '\0' ? screen_style(SCREEN_PLAIN) : "", name, clock->level, code_text(LIST_STATE, clock->state),
           SPAN_ARG(clock->team), SPAN_ARG(clock->worker.size > 0 ? clock->worker : span_text("-")),
           SPAN_ARG(clock->clock.size > 0 ? clock->clock : span_text("-")), clock->says.size > 0 ? ": " : "", SPAN_ARG(clock->says),
           clock->beside ? ", beside" : "", clock->information ? ", for information" : "");
}

static void print_list(const struct due_list *list)
{
    int64_t now_ms = screen_now_ms();

    if (list->n_clocks == 0) {
        printf("Nothing comes due, and nothing is late.\n");
        return;
    }
    printf("%-23s  %-18s  %-17s %-2s  %-9s %-26s %-12s %s\n", "due", "", "referral", "L", "state", "team", "worker", "clock");
    for (uint64_t i = 0; i < list->n_clocks; i++)
        print_clock(&list->clocks[i], now_ms);
    if (list->more)
        printf("\nThere are more: ask for one team with --team, for less time with --within, or for more lines with --max.\n");
}

static int ask(struct hub *hub, const struct due_of *due_of, struct due_list *list)
{
    int code = hub_ask(hub, &service_work[WORK_DUE], due_of, 0, list);
    json_t *answer;

    if (code == 0 && list->answer == ANSWER_NOT_FOUND) {
        fprintf(stderr, "windscreen due: there is no such referral, or nothing of it is allocated yet\n");
        return EXIT_NO_INPUT;
    }
    if (code == 0)
        code = hub_refused(hub, list->answer);
    if (code != 0)
        return code;
    if (!hub->given->json) {
        print_list(list);
        return 0;
    }
    answer = hub_json(hub);
    json_object_del(answer, "answer");
    return screen_json(answer);
}

// From what the user gave; 0 or an exit code.
static int fill(const struct given *given, struct due_of *due_of)
{
    uint64_t max, within_ms, part;

    if (!given_number(given, "max", 1, 256, 64, &max) || !given_duration(given, "within", 0, UINT64_C(366) * DAY_MS, DAY_MS, &within_ms))
        return EXIT_BAD_USAGE;
    PUT(due_of, due_of, max, max);
    PUT(due_of, due_of, within_ms, within_ms);
    if (given_text(given, "team") != NULL)
        PUT(due_of, due_of, team, span_text(given_text(given, "team")));
    if (given->n_words == 0)
        return 0;
    SET_HAS(due_of, due_of, referral);
    return given_job(given, given->words[0], &due_of->referral, &part) ? 0 : EXIT_BAD_USAGE;
}

int command_due_run(const struct given *given)
{
    struct due_list *list = calloc(1, sizeof *list);
    struct due_of due_of = {0};
    struct hub hub = {0};
    int code = list == NULL ? EXIT_NO_MEMORY : fill(given, &due_of);

    if (code == 0) {
        code = hub_open(given, "allocation", &hub);
        if (code == 0)
            code = ask(&hub, &due_of, list);
        hub_close(&hub);
    }
    free(list);
    return code == 0 ? screen_end(0) : code;
}
