// SPDX-License-Identifier: MIT
// `windscreen show`: the whole story of one referral, and why.
// An operator's tool. Reads the whole log, keeps only what concerns the referral.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/civil.h"
#include "common/wire/json.h"
#include "services/windscreen/next_step.h"
#include "services/windscreen/phrase.h"
#include "services/windscreen/screen.h"
#include "services/windscreen/story_reader.h"
#include "services/windscreen/wording.h"

enum { EVENTS_MAX = 10000 };

struct showing {
    const struct given *given;
    struct story_reader reader;
    json_t *events; // with --json
    char *timeline; // else: lines
    size_t timeline_size;
    FILE *lines;
    uint64_t n_events;
};

// ---------------------------------------------------------------- collecting

static void keep_lines(struct showing *showing, const struct windscreen_event *event, const struct gist *gist)
{
    char text[WORDING_MAX + 1];
    char when[SCREEN_WHEN_MAX + 1];
    const char *name = strrchr(event_desc(event->type)->name, '.');
    unsigned at = 0;

    screen_when(event->head->time, when);
    wording_event(NULL, event, gist, text);
    fprintf(showing->lines, "  %s %7" PRIu64 "  %s%-11s%s  %s", when, event->sequence, screen_style(SCREEN_BOLD),
            name != NULL ? name + 1 : "unknown", screen_style(SCREEN_PLAIN), text);
    if (gist->rule.size > 0)
        fprintf(showing->lines, " (rule %.*s)", SPAN_ARG(gist->rule));
    fputc('\n', showing->lines);
    while (wording_why(event, &at, text))
        fprintf(showing->lines, "  %43s  %s%s%s\n", "", screen_style(SCREEN_FAINT), text, screen_style(SCREEN_PLAIN));
}

static void keep_json(struct showing *showing, const struct windscreen_event *event)
{
    json_t *whole = json_from_wire(event->bytes);
    json_t *kept = json_object();
    static const char *const keys[] = {"type", "time", "id", "source", "cause", "data"};

    json_object_set_new(kept, "sequence", json_integer((json_int_t)event->sequence));
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (json_object_get(whole, keys[i]) != NULL)
            json_object_set(kept, keys[i], json_object_get(whole, keys[i]));
    json_array_append_new(showing->events, kept);
    json_decref(whole);
}

static void take(void *context, const struct windscreen_event *event, const struct gist *gist)
{
    struct showing *showing = context;

    if (++showing->n_events > EVENTS_MAX)
        return;
    if (showing->given->json)
        keep_json(showing, event);
    else
        keep_lines(showing, event, gist);
}

// ---------------------------------------------------------------- JSON

static json_t *text_json(const char *text)
{
    return text[0] != '\0' ? json_string(text) : json_null();
}

static json_t *time_json(int64_t ms)
{
    char text[CIVIL_TIME_MAX + 1];

    if (ms == 0)
        return json_null();
    civil_print_time(ms, text);
    return json_string(text);
}

static json_t *set_json(enum code_list list, uint64_t set)
{
    json_t *array = json_array();

    for (unsigned code = 1; code < code_count(list); code++)
        if ((set >> code & 1) != 0)
            json_array_append_new(array, json_string(code_text(list, code)));
    return array;
}

static json_t *number_json(uint64_t number)
{
    return number > 0 ? json_integer((json_int_t)number) : json_null();
}

static json_t *part_json(const struct story_part *part)
{
    return json_pack("{si, ss, so, so, so, so, so, so, so, so, so, so, so, so, so}", "part", (int)part->part, "state",
                     code_text(LIST_STATE, part->state), "team", text_json(part->team), "owner", text_json(story_owner(part)), "due",
                     time_json(part->due_ms), "level", number_json(part->level), "rule", text_json(part->rule), "reason",
                     text_json(code_text(LIST_REASON, part->reason)), "proposal", text_json(part->proposal), "marks",
                     set_json(LIST_MARK, part->marks), "worker", text_json(part->worker), "token", number_json(part->token), "seen",
                     number_json(story_seen(part)), "attempts", json_integer((json_int_t)part->attempts), "news_of",
                     text_json(part->news_of));
}

static void set(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

static int print_json(const struct showing *showing)
{
    const struct story *story = &showing->reader.story;
    const struct story_part *lead = &story->parts[0];
    json_t *object = json_object();
    json_t *teams = json_array();
    json_t *parts = json_array();
    char policy[2 * sizeof story->policy + 1] = "";

    if (story->has_policy)
        screen_hex(span_of(story->policy, sizeof story->policy), policy);
    for (unsigned i = 0; i < story->n_parts; i++) {
        if (story->parts[i].team[0] != '\0')
            json_array_append_new(teams, json_string(story->parts[i].team));
        if (i > 0)
            json_array_append_new(parts, part_json(&story->parts[i]));
    }
    set(object, "referral", json_string(story->referral));
    set(object, "source", json_string(story->source));
    set(object, "id", json_string(story->id));
    set(object, "family", json_string(story->family));
    set(object, "received", time_json(story->received_ms));
    set(object, "urgent", json_boolean(story->urgent));
    set(object, "conflicts_with", text_json(story->conflicts_with));
    set(object, "level", number_json(lead->level));
    set(object, "computed", number_json(story->computed));
    set(object, "rule", text_json(story->rule));
    set(object, "marks", set_json(LIST_MARK, story->marks));
    set(object, "state", json_string(code_text(LIST_STATE, lead->state)));
    set(object, "teams", teams);
    set(object, "owner", text_json(story_owner(lead)));
    set(object, "due", time_json(lead->due_ms));
    set(object, "policy", text_json(policy));
    set(object, "lead", part_json(lead));
    set(object, "parts", parts);
    set(object, "events", json_incref(showing->events));
    return screen_json(object);
}

// ---------------------------------------------------------------- text

static void print_part(const struct story *story, const struct story_part *part)
{
    char due[SCREEN_WHEN_MAX + 1] = "no clock";
    bool late = part->due_ms != 0 && part->due_ms < screen_now_ms();

    if (part->due_ms != 0)
        screen_when(part->due_ms, due);
    if (part->part > 0)
        printf("\n%s/%u\n", story->referral, part->part);
    printf("  state     %s%s%s: %s\n", screen_style(SCREEN_BOLD), code_text(LIST_STATE, part->state), screen_style(SCREEN_PLAIN),
           code_meaning(LIST_STATE, part->state));
    if (part->team[0] != '\0')
        printf("  team      %s\n", part->team);
    printf("  owner     %s", story_owner(part)[0] != '\0' ? story_owner(part) : "nobody");
    if (part->token > 0 && (part->state == STATE_LEASED || part->state == STATE_ACCEPTED))
        printf(", token %" PRIu64, part->token);
    printf("\n");
    printf("  due       %s%s%s\n", due, late ? screen_style(SCREEN_RED) : "", late ? "  overdue" : "");
    if (late)
        printf("%s", screen_style(SCREEN_PLAIN));
    if (part->state == STATE_CLOSED && part->outcome != OUTCOME_NONE)
        printf("  outcome   %s\n", code_meaning(LIST_OUTCOME, part->outcome));
    else if (part->reason != REASON_NONE && part->state != STATE_ACCEPTED)
        printf("  because   %s%s%s\n", code_meaning(LIST_REASON, part->reason), part->decline != 0 ? ": " : "",
               part->decline != 0 ? code_meaning(LIST_DECLINE, part->decline) : "");
    if (part->proposal[0] != '\0')
        printf("  proposed  %s\n", part->proposal);
    if (part->news_of[0] != '\0')
        printf("  news of   %s\n", part->news_of);
    if (part->level != 0)
        printf("  level     %" PRIu64 "%s%s\n", part->level, part->rule[0] != '\0' ? ", by rule " : "", part->rule);
}

static int print_text(struct showing *showing)
{
    const struct story *story = &showing->reader.story;
    const struct story_part *lead = &story->parts[0];
    char policy[2 * sizeof story->policy + 1];

    printf("%s%s%s\n", screen_style(SCREEN_BOLD), story->referral, screen_style(SCREEN_PLAIN));
    print_part(story, lead);
    if (story->level != 0)
        printf("  triage    level %" PRIu64 " by rule %s%s\n", story->level, story->rule,
               lead->level == story->level ? ""
               : story->level_by_person    ? "; a person decided otherwise"
                                           : "; the level stays until a person decides");
    printf("  family    %s\n  sent by   %s as %s%s\n", story->family, story->source, story->id, story->urgent ? " (urgent)" : "");
    if (story->has_policy) {
        screen_hex(span_of(story->policy, sizeof story->policy), policy);
        printf("  policy    %s\n", policy);
    }
    for (unsigned i = 1; i < story->n_parts; i++)
        print_part(story, &story->parts[i]);
    printf("\n");
    fflush(showing->lines);
    fwrite(showing->timeline, 1, showing->timeline_size, stdout);
    if (showing->n_events > EVENTS_MAX)
        printf("  ... and %" PRIu64 " more: `windscreen log --referral %s`\n", showing->n_events - EVENTS_MAX, story->referral);
    next_step_print(story);
    return 0;
}

// ---------------------------------------------------------------- the command

static int show(struct showing *showing)
{
    int code = story_reader_run(&showing->reader);

    if (code != 0)
        return code;
    return showing->given->json ? print_json(showing) : print_text(showing);
}

int command_show_run(const struct given *given)
{
    struct showing *showing = calloc(1, sizeof *showing);
    int code = EXIT_NO_MEMORY;

    if (showing == NULL)
        return code;
    showing->given = given;
    showing->reader.context = showing;
    showing->reader.take = take;
    showing->events = json_array();
    showing->lines = open_memstream(&showing->timeline, &showing->timeline_size);
    if (showing->events != NULL && showing->lines != NULL)
        code = story_reader_init(&showing->reader, given) ? show(showing) : EXIT_BAD_USAGE;
    json_decref(showing->events);
    if (showing->lines != NULL)
        fclose(showing->lines);
    free(showing->timeline);
    free(showing);
    return code;
}
