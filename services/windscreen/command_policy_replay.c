// SPDX-License-Identifier: MIT
// `windscreen policy replay`: a draft over the recorded referrals: whose level or team would have been another, and because of which row.
// An operator's tool. Reads the whole log in order, since what a family had open depends on all that came before.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/civil.h"
#include "common/base/tag.h"
#include "services/triage/level.h"
#include "services/windscreen/hub.h"
#include "services/windscreen/number_map.h"
#include "services/windscreen/phrase.h"
#include "services/windscreen/policy_source.h"
#include "services/windscreen/replay_cases.h"
#include "services/windscreen/screen.h"

enum { PENDING_MAX = 8192, PLACE_MAX = 511, LEVELS = 4, MOVES_MAX = 256, PROGRESS_MS = 2000 };

// A referral between its triage and what allocation made of it.
struct pending {
    uint64_t sequence; // of triaged
    size_t size;
    uint8_t bytes[EVENT_BYTES_MAX];
};

// What was decided, or would be: level, by which rule, and where all of it went.
struct decision {
    uint64_t level;
    char rule[41], row[41];
    char place[PLACE_MAX + 1]; // "fsw, with take3", "held for awaiting_consent, then taf"
};

struct move {
    char from[PLACE_MAX + 1], to[PLACE_MAX + 1];
    uint64_t n;
};

struct replaying {
    const struct given *given;
    struct policy *draft;
    struct replay_cases *cases;
    struct policy_source policies;
    struct number_map seen;  // referrals that have been triaged
    struct pending *pending; // ring by count
    uint64_t n_pending;
    uint64_t cause; // of the group of allocated and held being read; 0: none
    char referral[TAG_TEXT_MAX + 1];
    int64_t received_ms;
    struct decision was, would; // of that group
    struct destination destination;
    int64_t since_ms, until_ms;
    uint64_t since, until; // sequences of triaged
    bool wanted;           // the group lies between them
    uint64_t n_replayed, n_changed, n_again;
    uint64_t matrix[LEVELS + 1][LEVELS + 1];
    unsigned n_moves;
    struct move moves[MOVES_MAX];
    int64_t told_ms;
    int bad_output;
};

// ---------------------------------------------------------------- places in words

// One job: the lead, or a part behind it.
static void add_place(struct phrase *phrase, unsigned part, enum state state, struct span team, struct span proposal,
                      enum decision_reason reason)
{
    phrase_add(phrase, "%s", part == 0 ? "" : part == 1 ? ", with " : ", ");
    if (state == STATE_HELD && part > 0)
        phrase_add(phrase, "%.*s (held too)", SPAN_ARG(proposal));
    else if (state == STATE_HELD)
        phrase_add(phrase, "held for %s, then %.*s", code_text(LIST_REASON, reason), SPAN_ARG(proposal));
    else if (state == STATE_DECIDING)
        phrase_add(phrase, "a person (%s)%s%.*s", code_text(LIST_REASON, reason), proposal.size > 0 ? ", proposed " : "",
                   SPAN_ARG(proposal));
    else
        phrase_add(phrase, "%.*s", SPAN_ARG(team));
}

static void add_foreseen(struct decision *would, const struct destination *destination)
{
    struct phrase phrase = phrase_on(would->place, sizeof would->place);

    for (unsigned part = 0; part <= destination->n_parts; part++) {
        const struct destination_job *job = part == 0 ? &destination->lead : &destination->parts[part - 1];
        enum state state = job->outcome == DESTINATION_HOLD     ? STATE_HELD
                           : span_is(job->team, "hub-decision") ? STATE_DECIDING
                                                                : STATE_QUEUED;

        add_place(&phrase, part, state, job->team, job->proposal, (enum decision_reason)job->reason);
    }
}

// What was recorded is put together job by job, in the same words.
static void add_recorded(struct decision *was, const struct windscreen_event *event)
{
    struct phrase phrase = {.at = was->place, .size = sizeof was->place, .used = strlen(was->place)};

    if (event->type == EVENT_HELD) {
        const struct held *held = &event->data->HELD;

        add_place(&phrase, (unsigned)held->part, STATE_HELD, (struct span){0}, held->proposal, (enum decision_reason)held->reason);
    } else {
        const struct allocated *allocated = &event->data->ALLOCATED;
        struct span team =
            allocated->instead_of.size > 0 ? allocated->instead_of : allocated->team; // the row's: who had room is not judged

        if (allocated->reason == REASON_STEP_UP_SUGGESTED || allocated->reason == REASON_PARENTING_AGAIN)
            return; // what follows from several referrals is no decision on this one
        add_place(&phrase, (unsigned)allocated->part, span_is(team, "hub-decision") ? STATE_DECIDING : STATE_QUEUED, team,
                  allocated->proposal, (enum decision_reason)allocated->reason);
    }
}

// ---------------------------------------------------------------- a group: one decision of allocation

static json_t *decision_json(const struct decision *decision)
{
    return json_pack("{sI, ss, ss, ss}", "level", (json_int_t)decision->level, "rule", decision->rule, "place", decision->place, "row",
                     decision->row);
}

static void print_change(struct replaying *replaying)
{
    const struct decision *was = &replaying->was, *would = &replaying->would;
    char when[SCREEN_WHEN_MAX + 1];

    if (replaying->given->json) {
        int code = screen_json(json_pack("{ss, sI, so, so}", "referral", replaying->referral, "sequence", (json_int_t)replaying->cause,
                                         "was", decision_json(was), "would", decision_json(would)));

        replaying->bad_output = code != 0 ? code : replaying->bad_output;
        return;
    }
    screen_when(replaying->received_ms, when);
    printf("%s%s%s  %s", screen_style(SCREEN_BOLD), replaying->referral, screen_style(SCREEN_PLAIN), when);
    if (was->level != would->level)
        printf("  level %llu -> %llu", (unsigned long long)was->level, (unsigned long long)would->level);
    if (strcmp(was->rule, would->rule) != 0)
        printf("  by %s -> %s", was->rule, would->rule);
    printf("\n    %s -> %s\n    by row %s -> %s\n", was->place, would->place, was->row, would->row);
}

// Where the lead goes, without what stands beside it.
static void copy_lead(const char *place, char lead[PLACE_MAX + 1])
{
    const char *end = strstr(place, ", with ");

    snprintf(lead, PLACE_MAX + 1, "%.*s", end != NULL ? (int)(end - place) : PLACE_MAX, place);
}

static void count_move(struct replaying *replaying)
{
    char from[PLACE_MAX + 1], to[PLACE_MAX + 1];
    struct move *move = replaying->moves;
    unsigned i = 0;

    copy_lead(replaying->was.place, from);
    copy_lead(replaying->would.place, to);
    if (strcmp(from, to) == 0)
        return;
    while (i < replaying->n_moves && (strcmp(move[i].from, from) != 0 || strcmp(move[i].to, to) != 0))
        i++;
    if (i == MOVES_MAX)
        return; // the rest is in the matrix and the lines
    if (i == replaying->n_moves) {
        replaying->n_moves++;
        memcpy(move[i].from, from, sizeof from);
        memcpy(move[i].to, to, sizeof to);
        move[i].n = 0;
    }
    move[i].n++;
}

static int compare_moves(const void *a, const void *b)
{
    const struct move *first = a, *second = b;

    return first->n != second->n ? (first->n < second->n) - (first->n > second->n) : strcmp(first->from, second->from);
}

// Called when the log goes on with something else.
static void end_group(struct replaying *replaying)
{
    const struct decision *was = &replaying->was, *would = &replaying->would;

    if (replaying->cause == 0)
        return;
    if (replaying->wanted) {
        bool changed = was->level != would->level || strcmp(was->place, would->place) != 0;

        replaying->n_replayed++;
        replaying->matrix[was->level][would->level]++;
        replaying->n_changed += changed;
        if (changed)
            count_move(replaying);
        if (changed)
            print_change(replaying);
    }
    replaying->cause = 0;
}

static bool is_wanted(const struct replaying *replaying, uint64_t sequence, int64_t received_ms)
{
    return sequence >= replaying->since && sequence <= replaying->until && received_ms >= replaying->since_ms &&
           received_ms < replaying->until_ms;
}

static void judge_again(struct replaying *replaying, const struct triaged *recorded, struct span referral)
{
    struct received received = {
        .facts = recorded->facts, .family = recorded->family, .urgent = recorded->urgent, .n_problems = recorded->n_problems};
    struct family_state family;
    struct triaged triaged;

    level_triage(replaying->draft, &received, recorded->received, &triaged);
    replay_cases_read(replaying->cases, replaying->draft, recorded->family, referral, &family);
    destination_decide(replaying->draft, &triaged, &family, &replaying->destination);
    replaying->would = (struct decision){.level = triaged.level};
    snprintf(replaying->would.rule, sizeof replaying->would.rule, "%.*s", SPAN_ARG(triaged.rule));
    snprintf(replaying->would.row, sizeof replaying->would.row, "%.*s", SPAN_ARG(replaying->destination.lead.rule));
    add_foreseen(&replaying->would, &replaying->destination);
}

static const struct pending *find_pending(const struct replaying *replaying, uint64_t sequence)
{
    uint64_t first = replaying->n_pending > PENDING_MAX ? replaying->n_pending - PENDING_MAX : 0;

    for (uint64_t i = replaying->n_pending; i-- > first;)
        if (replaying->pending[i % PENDING_MAX].sequence == sequence)
            return &replaying->pending[i % PENDING_MAX];
    return NULL;
}

// The lead's own event begins a group: now the draft is asked, with what the family has open at this place of the log.
static void begin_group(struct replaying *replaying, const struct windscreen_event *event, struct span rule)
{
    static union event_data data;
    const struct pending *pending = find_pending(replaying, event->head->cause);
    struct faults faults = {0};
    enum event_type type;
    struct event head;

    if (pending == NULL || !event_decode(span_of(pending->bytes, pending->size), &head, &type, &data, &faults))
        return;
    replaying->cause = pending->sequence;
    replaying->received_ms = data.TRIAGED.received;
    replaying->wanted = is_wanted(replaying, pending->sequence, data.TRIAGED.received);
    snprintf(replaying->referral, sizeof replaying->referral, "%.*s", SPAN_ARG(event->head->subject));
    replaying->was = (struct decision){.level = data.TRIAGED.level};
    snprintf(replaying->was.rule, sizeof replaying->was.rule, "%.*s", SPAN_ARG(data.TRIAGED.rule));
    snprintf(replaying->was.row, sizeof replaying->was.row, "%.*s", SPAN_ARG(rule));
    judge_again(replaying, &data.TRIAGED, event->head->subject);
}

// ---------------------------------------------------------------- the log

static enum err keep_triaged(struct replaying *replaying, const struct windscreen_event *event)
{
    struct pending *pending = &replaying->pending[replaying->n_pending % PENDING_MAX];
    uint64_t referral;

    if (!tag_parse(event->head->subject, 'R', &referral))
        return ERR_NONE;
    if (number_map_get(&replaying->seen, referral + 1) != 0) { // an assessment has come: what it was before is judged here, not this
        replaying->n_again++;
        return ERR_NONE;
    }
    replaying->n_pending++;
    pending->sequence = event->sequence;
    pending->size = event->bytes.size;
    memcpy(pending->bytes, event->bytes.at, event->bytes.size);
    return number_map_put(&replaying->seen, referral + 1, 1);
}

static enum err take(struct replaying *replaying, const struct windscreen_event *event)
{
    bool places = event->type == EVENT_ALLOCATED || event->type == EVENT_HELD;
    uint64_t part = event->type == EVENT_HELD ? event->data->HELD.part : event->data->ALLOCATED.part;
    struct gist gist;

    if (!places || event->head->cause != replaying->cause)
        end_group(replaying);
    if (event->type == EVENT_TRIAGED)
        return keep_triaged(replaying, event);
    gist_of(event, &gist);
    if (places && replaying->cause == 0 && part == 0)
        begin_group(replaying, event, gist.rule);
    if (places && replaying->cause != 0)
        add_recorded(&replaying->was, event);
    return replay_cases_take(replaying->cases, event, &gist);
}

static void tell_progress(struct replaying *replaying, uint64_t sequence)
{
    int64_t now_ms = screen_now_ms();

    if (now_ms - replaying->told_ms < PROGRESS_MS)
        return;
    if (replaying->told_ms != 0 && isatty(STDERR_FILENO))
        fprintf(stderr, "windscreen policy replay: at event %" PRIu64 ", %" PRIu64 " referrals replayed, %" PRIu64 " changed\n", sequence,
                replaying->n_replayed, replaying->n_changed);
    replaying->told_ms = now_ms;
}

static int read_log(struct replaying *replaying, const char *endpoint)
{
    struct windscreen_reader *log;
    struct windscreen_event event;
    enum err err = windscreen_reader_open(endpoint, 1, EVENT_BIT(TRIAGED) | replay_cases_types(), &log);
    enum err taken = ERR_NONE;

    if (err != ERR_NONE)
        return given_complain(replaying->given, "%s is not an endpoint such as tcp://127.0.0.1:7703", endpoint);
    while (taken == ERR_NONE && (err = windscreen_reader_next(log, 0, &event)) == ERR_NONE) {
        taken = take(replaying, &event);
        tell_progress(replaying, event.sequence);
    }
    end_group(replaying);
    windscreen_reader_close(&log);
    if (taken != ERR_NONE)
        return EXIT_NO_MEMORY;
    return err == ERR_AGAIN ? replaying->bad_output : hub_unreachable("audit", endpoint);
}

// ---------------------------------------------------------------- totals

static json_t *totals_json(const struct replaying *replaying)
{
    json_t *levels = json_array();
    json_t *moves = json_array();

    for (unsigned from = 1; from <= LEVELS; from++)
        for (unsigned to = 1; to <= LEVELS; to++)
            if (replaying->matrix[from][to] > 0)
                json_array_append_new(levels, json_pack("{si, si, sI}", "from", (int)from, "to", (int)to, "referrals",
                                                        (json_int_t)replaying->matrix[from][to]));
    for (unsigned i = 0; i < replaying->n_moves; i++)
        json_array_append_new(moves, json_pack("{ss, ss, sI}", "from", replaying->moves[i].from, "to", replaying->moves[i].to, "referrals",
                                               (json_int_t)replaying->moves[i].n));
    return json_pack("{s{sI, sI, sI, so, so}}", "totals", "replayed", (json_int_t)replaying->n_replayed, "changed",
                     (json_int_t)replaying->n_changed, "looked_at_again", (json_int_t)replaying->n_again, "levels", levels, "moves", moves);
}

static void print_totals(const struct replaying *replaying)
{
    printf("%s%" PRIu64 " referrals replayed under %.*s, %" PRIu64 " would have gone another way\n", replaying->n_changed > 0 ? "\n" : "",
           replaying->n_replayed, SPAN_ARG(replaying->draft->name), replaying->n_changed);
    if (replaying->n_again > 0)
        printf("(of %" PRIu64 " that were looked at again with an assessment, the first look is replayed)\n", replaying->n_again);
    printf("\n  level was   would be 1      2      3      4\n");
    for (unsigned from = 1; from <= LEVELS; from++)
        printf("  %9u  %10" PRIu64 " %6" PRIu64 " %6" PRIu64 " %6" PRIu64 "\n", from, replaying->matrix[from][1],
               replaying->matrix[from][2], replaying->matrix[from][3], replaying->matrix[from][4]);
    for (unsigned i = 0; i < replaying->n_moves; i++)
        printf("%s  %6" PRIu64 "  %s -> %s\n", i == 0 ? "\n" : "", replaying->moves[i].n, replaying->moves[i].from, replaying->moves[i].to);
}

// ---------------------------------------------------------------- the command

// A sequence, or a day of the council's.
static bool read_bound(const struct given *given, const char *name, uint64_t *sequence, int64_t *ms)
{
    const char *text = given_text(given, name);
    int32_t day;

    if (text == NULL || given_parse_number(text, sequence))
        return true;
    if (civil_parse_date(span_text(text), &day)) {
        *ms = civil_london_midnight(day);
        return true;
    }
    given_complain(given, "--%s must be a sequence, or a day such as 2026-11-23", name);
    return false;
}

static int replay(struct replaying *replaying)
{
    const struct given *given = replaying->given;
    char endpoint[WINDSCREEN_ENDPOINT_MAX + 1];
    int code = policy_source_folder(given, given->words[0], &replaying->draft);

    if (code == 0)
        code = policy_source_read(&replaying->policies, given);
    if (code == 0)
        code = hub_find(given, "audit", endpoint);
    if (code == 0)
        code = read_log(replaying, endpoint);
    if (code != 0)
        return code;
    qsort(replaying->moves, replaying->n_moves, sizeof replaying->moves[0], compare_moves);
    if (given->json)
        return screen_json(totals_json(replaying));
    print_totals(replaying);
    return 0;
}

static const struct policy *policy_of(void *context, struct span hash)
{
    struct replaying *replaying = context;
    const struct policy_adoption *adoption;

    return policy_source_get(&replaying->policies, replaying->given, hash, 0, &adoption) == 0 ? adoption->policy : NULL;
}

int command_policy_replay(const struct given *given)
{
    struct replaying *replaying = calloc(1, sizeof *replaying);
    int code = EXIT_NO_MEMORY;

    if (replaying == NULL)
        return code;
    *replaying = (struct replaying){.given = given, .since_ms = INT64_MIN, .until_ms = INT64_MAX, .until = UINT64_MAX};
    replaying->cases = replay_cases_new(policy_of, replaying);
    replaying->pending = calloc(PENDING_MAX, sizeof *replaying->pending);
    if (replaying->cases != NULL && replaying->pending != NULL) {
        bool good = read_bound(given, "since", &replaying->since, &replaying->since_ms) &&
                    read_bound(given, "until", &replaying->until, &replaying->until_ms);

        code = good ? replay(replaying) : EXIT_BAD_USAGE;
    }
    policy_free(&replaying->draft);
    policy_source_close(&replaying->policies);
    replay_cases_free(&replaying->cases);
    number_map_free(&replaying->seen);
    free(replaying->pending);
    free(replaying);
    return code;
}
