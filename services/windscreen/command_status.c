// SPDX-License-Identifier: MIT
// `windscreen status`: each daemon, asked over its own control socket. Also `windscreen audit root`.
// An operator's tool, and the first thing to look at when something does not answer.
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

#include "services/windscreen/hub.h"
#include "services/windscreen/screen.h"

enum { STATUS_MS = 1500 };

static const enum producer daemons[] = {PRODUCER_AUDIT, PRODUCER_INTAKE, PRODUCER_REGISTRY, PRODUCER_TRIAGE, PRODUCER_ALLOCATION};

enum { N_DAEMONS = sizeof daemons / sizeof daemons[0] };

struct daemon_standing {
    enum producer daemon;
    bool answers;
    struct daemon_status status;
};

// Never started, or not answering: both stand as `answers` false.
static void ask_status(const struct given *given, struct daemon_standing *standing)
{
    char name[32];
    char endpoint[WINDSCREEN_ENDPOINT_MAX + 1];
    struct windscreen_caller *caller;

    snprintf(name, sizeof name, "%s.control", code_text(LIST_PRODUCER, standing->daemon));
    if (windscreen_place_find(given->state, name, endpoint) != ERR_NONE || windscreen_caller_open(endpoint, &caller) != ERR_NONE)
        return;
    standing->answers = windscreen_caller_ask(caller, &service_control[CONTROL_STATUS], NULL, STATUS_MS, &standing->status) == ERR_NONE &&
                        standing->status.answer == ANSWER_OK;
    windscreen_caller_close(&caller);
}

// The log's last sequence, as whoever knows it best says.
static uint64_t head_of(const struct daemon_standing *standings)
{
    uint64_t head = 0;

    for (int i = 0; i < N_DAEMONS; i++)
        if (standings[i].answers && standings[i].status.head > head)
            head = standings[i].status.head;
    return head;
}

// A daemon that reads nothing is never behind.
static bool is_reader(const struct daemon_standing *standing)
{
    return HAS(&standing->status, daemon_status, read_to);
}

static uint64_t lag_of(const struct daemon_standing *standing, uint64_t head)
{
    return is_reader(standing) && head > standing->status.read_to ? head - standing->status.read_to : 0;
}

static json_t *standing_json(const struct daemon_standing *standing, uint64_t head)
{
    const struct daemon_status *status = &standing->status;
    const char *name = code_text(LIST_PRODUCER, standing->daemon);

    if (!standing->answers)
        return json_pack("{ss, sb}", "name", name, "answers", 0);
    return json_pack("{ss, sb, sI, sI, so, sI, sI, sI, sb}", "name", name, "answers", 1, "pid", (json_int_t)status->pid, "uptime_ms",
                     (json_int_t)status->uptime_ms, "read_to",
                     is_reader(standing) ? json_integer((json_int_t)status->read_to) : json_null(), "head", (json_int_t)status->head, "lag",
                     (json_int_t)lag_of(standing, head), "appended", (json_int_t)status->appended, "ready", (int)status->ready);
}

static int print_standings_json(const struct given *given, const struct daemon_standing *standings, bool all)
{
    json_t *list = json_array();
    uint64_t head = head_of(standings);

    for (int i = 0; i < N_DAEMONS; i++)
        json_array_append_new(list, standing_json(&standings[i], head));
    return screen_json(
        json_pack("{ss, sb, sI, so}", "state", given->state, "all_answer", (int)all, "head", (json_int_t)head, "daemons", list));
}

static void print_standing(const struct daemon_standing *standing, uint64_t head)
{
    const struct daemon_status *status = &standing->status;
    char up[SCREEN_AGE_MAX + 1];
    char read_to[24] = "-";

    if (is_reader(standing))
        snprintf(read_to, sizeof read_to, "%" PRIu64, status->read_to);
    screen_age((int64_t)status->uptime_ms, up);
    if (!standing->answers)
        printf("%-11s %snot answering%s\n", code_text(LIST_PRODUCER, standing->daemon), screen_style(SCREEN_RED),
               screen_style(SCREEN_PLAIN));
    else
        printf("%-11s %8" PRIu64 "  %-14s  %10s  %8" PRIu64 "  %s\n", code_text(LIST_PRODUCER, standing->daemon), status->pid, up, read_to,
               lag_of(standing, head), status->ready ? "ready" : "catching up");
}

int command_status_run(const struct given *given)
{
    struct daemon_standing standings[N_DAEMONS] = {0};
    bool all = true;
    int code = 0;

    for (int i = 0; i < N_DAEMONS; i++) {
        standings[i].daemon = daemons[i];
        ask_status(given, &standings[i]);
        all = all && standings[i].answers;
    }
    if (given->json) {
        code = print_standings_json(given, standings, all);
    } else {
        printf("%-11s %8s  %-14s  %10s  %8s\n", "daemon", "pid", "up", "read to", "lag");
        for (int i = 0; i < N_DAEMONS; i++)
            print_standing(&standings[i], head_of(standings));
    }
    if (code == 0 && !all) {
        fprintf(stderr, "Not all daemons answer for %s. Is the hub started (`deploy/up`), and is this its state directory (--state)?\n",
                given->state);
        code = EXIT_TRY_AGAIN;
    }
    return code;
}

int command_audit_root(const struct given *given)
{
    struct hub hub = {0};
    struct log_head head = {0};
    char hex[65] = "";
    char base64[sodium_base64_ENCODED_LEN(32, sodium_base64_VARIANT_ORIGINAL)] = "";
    int code = hub_open(given, "audit", &hub);

    if (code == 0)
        code = hub_ask(&hub, &service_operator_log[OPERATOR_LOG_ROOT], NULL, 0, &head);
    if (code == 0)
        code = hub_refused(&hub, head.answer);
    if (code == 0) {
        if (head.root.size == 32) {
            screen_hex(head.root, hex);
            sodium_bin2base64(base64, sizeof base64, head.root.at, head.root.size, sodium_base64_VARIANT_ORIGINAL);
        }
        if (given->json)
            code = screen_json(json_pack("{sI, ss, ss}", "size", (json_int_t)head.head, "root", hex, "root_base64", base64));
        else
            printf("size    %" PRIu64 "\nroot    %s\nbase64  %s\n", head.head, hex, base64);
    }
    hub_close(&hub);
    return code;
}
