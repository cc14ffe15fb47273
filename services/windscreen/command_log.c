// SPDX-License-Identifier: MIT
// `windscreen log`: the routing log, printed and followed.
// An operator's tool. Keeps nothing but its place.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/base/tag.h"
#include "common/wire/json.h"
#include "services/windscreen/hub.h"
#include "services/windscreen/screen.h"
#include "services/windscreen/wording.h"

enum { FOLLOW_BACK = 20, PARK_MS = 20000, AGAIN_MS = 500 };

struct watching {
    const struct given *given;
    char endpoint[WINDSCREEN_ENDPOINT_MAX + 1];
    struct windscreen_reader *reader;
    uint64_t from, types, max;
    struct span referral; // size 0: all
    uint64_t part;        // GIST_ANY: any
    struct span team;     // size 0: all
    bool follow;
    bool away; // the user has been told that audit does not answer
    uint64_t n_printed;
};

static bool is_wanted(const struct watching *watching, const struct gist *gist)
{
    if (watching->referral.size > 0 && !gist_names(gist, watching->referral, watching->part))
        return false;
    return watching->team.size == 0 || span_equal(gist->team, watching->team);
}

static const char *style_of(const struct windscreen_event *event, const struct gist *gist)
{
    switch (event->type) {
    case EVENT_DEAD:
    case EVENT_OVERDUE:
    case EVENT_ESCALATED:
        return screen_style(SCREEN_RED);
    case EVENT_WARNED:
    case EVENT_REJECTED:
    case EVENT_CONFLICTING:
    case EVENT_LAPSED:
        return screen_style(SCREEN_YELLOW);
    case EVENT_ACCEPTED:
        return screen_style(SCREEN_GREEN);
    default:
        return gist->level == 4 ? screen_style(SCREEN_RED) : "";
    }
}

static int print_event(struct watching *watching, const struct windscreen_event *event, const struct gist *gist)
{
    char line[WORDING_MAX + 1];
    const char *style = style_of(event, gist);
    int code = 0;

    if (watching->given->json) {
        json_t *value = json_from_wire(event->bytes);

        if (value != NULL)
            json_object_set_new(value, "sequence", json_integer((json_int_t)event->sequence));
        code = screen_json(value);
    } else {
        wording_line(event, gist, line);
        printf("%s%s%s\n", style, line, style[0] != '\0' ? screen_style(SCREEN_PLAIN) : "");
    }
    watching->n_printed++;
    return watching->follow && fflush(stdout) != 0 ? EXIT_BAD_OUTPUT : code;
}

// A restarted audit may listen elsewhere: the reader goes on there, from the same place.
static void find_again(struct watching *watching)
{
    char endpoint[WINDSCREEN_ENDPOINT_MAX + 1];
    uint64_t at = windscreen_reader_at(watching->reader);
    struct windscreen_reader *reader;

    if (given_text(watching->given, "connect") != NULL || windscreen_place_find(watching->given->state, "audit", endpoint) != ERR_NONE ||
        strcmp(endpoint, watching->endpoint) == 0 || windscreen_reader_open(endpoint, at, watching->types, &reader) != ERR_NONE)
        return;
    windscreen_reader_close(&watching->reader);
    watching->reader = reader;
    snprintf(watching->endpoint, sizeof watching->endpoint, "%s", endpoint);
}

static int on_unreachable(struct watching *watching)
{
    const struct timespec again = {.tv_nsec = AGAIN_MS * 1000000L};

    if (!watching->follow)
        return hub_unreachable("audit", watching->endpoint);
    if (!watching->away)
        fprintf(stderr, "windscreen log: audit does not answer at %s; waiting for it\n", watching->endpoint);
    watching->away = true;
    nanosleep(&again, NULL);
    find_again(watching);
    return 0;
}

// Prints until there is no more, or for ever; returns the exit code.
static int watch(struct watching *watching)
{
    struct windscreen_event event;
    struct gist gist;

    for (;;) {
        enum err err = windscreen_reader_next(watching->reader, watching->follow ? PARK_MS : 0, &event);
        int code = 0;

        if (err == ERR_AGAIN && !watching->follow)
            return 0;
        if (err == ERR_BAD_INPUT) {
            fprintf(stderr, "windscreen log: what answers at %s is not an audit log of this version\n", watching->endpoint);
            return EXIT_TRY_AGAIN;
        }
        if (err == ERR_SOCKET)
            code = on_unreachable(watching);
        if (err != ERR_SOCKET && watching->away) {
            fprintf(stderr, "windscreen log: audit is back\n");
            watching->away = false;
        }
        if (err == ERR_NONE) {
            gist_of(&event, &gist);
            if (is_wanted(watching, &gist))
                code = print_event(watching, &event, &gist);
            if (watching->max > 0 && watching->n_printed == watching->max)
                return code;
        }
        if (code != 0)
            return code;
    }
}

// Where a follower begins who did not say: a few events back, so that something is seen.
static uint64_t recent(const struct given *given)
{
    struct hub hub;
    struct log_head head = {0};
    uint64_t from = 1;

    if (hub_open(given, "audit", &hub) == 0 && hub_ask(&hub, &service_operator_log[OPERATOR_LOG_HEAD], NULL, 0, &head) == 0 &&
        head.head > FOLLOW_BACK)
        from = head.head - FOLLOW_BACK + 1;
    hub_close(&hub);
    return from;
}

static bool read_types(const struct given *given, uint64_t *types)
{
    const char *name;
    unsigned at = 0;

    for (*types = 0; given_next(given, "type", &at, &name);) {
        enum event_type type = event_type_parse(span_text(name));

        if (type == EVENT_NONE) {
            given_complain(given, "there is no event type `%s`; try received, triaged, allocated, leased, accepted", name);
            return false;
        }
        *types |= UINT64_C(1) << type;
    }
    return true;
}

static bool read_filters(struct watching *watching)
{
    const struct given *given = watching->given;
    const char *referral = given_text(given, "referral");
    const char *team = given_text(given, "team");

    if (!given_number(given, "from", 1, INT64_MAX, 0, &watching->from) || !given_number(given, "max", 1, INT64_MAX, 0, &watching->max) ||
        !read_types(given, &watching->types))
        return false;
    watching->follow = given_flag(given, "follow");
    if (team != NULL)
        watching->team = span_text(team);
    return referral == NULL || given_job(given, referral, &watching->referral, &watching->part);
}

// Why not a line was printed: the filters, or an empty log.
static void print_nothing(const struct given *given)
{
    static const char *const filters[] = {"from", "type", "referral", "team"};
    const char *before = "Nothing in the log matches";
    const char *value;

    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++)
        for (unsigned at = 0; given_next(given, filters[i], &at, &value);) {
            fprintf(stderr, "%s --%s %s", before, filters[i], value);
            before = "";
        }
    if (before[0] == '\0')
        fprintf(stderr, ".\n");
    else
        fprintf(stderr, "Nothing there yet. To send something: `windscreen generate --seed 1 --count 10 | windscreen publish -`.\n");
}

int command_log_run(const struct given *given)
{
    struct watching watching = {.given = given, .part = GIST_ANY};
    int code;

    if (!read_filters(&watching))
        return EXIT_BAD_USAGE;
    code = hub_find(given, "audit", watching.endpoint);
    if (code != 0)
        return code;
    if (watching.from == 0)
        watching.from = watching.follow && watching.referral.size == 0 ? recent(given) : 1;
    if (windscreen_reader_open(watching.endpoint, watching.from, watching.types, &watching.reader) != ERR_NONE)
        return given_complain(given, "%s is not an endpoint such as tcp://127.0.0.1:7703", watching.endpoint);
    code = watch(&watching);
    if (code == 0 && watching.n_printed == 0 && !given->json)
        print_nothing(given);
    windscreen_reader_close(&watching.reader);
    return code;
}
