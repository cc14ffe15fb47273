// SPDX-License-Identifier: MIT
// `windscreen family`: the household of a referral or family, by the log alone: families that are one, referrals, questions, links,
// signals; and `windscreen family settle`: says whether two families are one. An operator's tool. Tags only: whose they are stands in no
// event.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/civil.h"
#include "common/base/tag.h"
#include "services/windscreen/command_note.h"
#include "services/windscreen/family_programmes.h"
#include "services/windscreen/hub.h"
#include "services/windscreen/screen.h"
#include "services/windscreen/wording_family.h"

enum { FAMILY_WORDS_MAX = 1023 };

#define RECEIVED_TYPES (EVENT_BIT(RECEIVED) | EVENT_BIT(CONFLICTING))
#define FAMILY_TYPES                                                                                                   \
    (EVENT_BIT(FAMILY_CONFLICT) | EVENT_BIT(FAMILY_CANDIDATE) | EVENT_BIT(FAMILY_SETTLED) | EVENT_BIT(FAMILY_LINKED) | \
     EVENT_BIT(FAMILY_SIGNALLED))

struct looking {
    const struct given *given;
    char endpoint[WINDSCREEN_ENDPOINT_MAX + 1];
    struct span referral; // size 0: a family was named
    json_t *families;     // of the household: the one asked for, then as they were joined
    json_t *said;         // every family.settled, the last of each pair
    struct family_programmes programmes;
    json_t *programme_list;
    json_t *referrals, *questions, *links, *signals;
};

static json_t *tag_json(struct span tag)
{
    return json_stringn((const char *)tag.at, tag.size);
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}

static int64_t number_of(const json_t *object, const char *key)
{
    return (int64_t)json_integer_value(json_object_get(object, key));
}

// ---------------------------------------------------------------- reading

static int read_log(struct looking *looking, uint64_t types, void (*take)(struct looking *looking, const struct windscreen_event *event))
{
    struct windscreen_reader *reader;
    struct windscreen_event event;
    enum err err = windscreen_reader_open(looking->endpoint, 1, types, &reader);

    if (err != ERR_NONE)
        return given_complain(looking->given, "%s is not an endpoint such as tcp://127.0.0.1:7703", looking->endpoint);
    while ((err = windscreen_reader_next(reader, 0, &event)) == ERR_NONE)
        take(looking, &event);
    windscreen_reader_close(&reader);
    return err == ERR_AGAIN ? 0 : hub_unreachable("audit", looking->endpoint);
}

static bool has_family(const struct looking *looking, const char *family)
{
    for (size_t i = 0; i < json_array_size(looking->families); i++)
        if (strcmp(json_string_value(json_array_get(looking->families, i)), family) == 0)
            return true;
    return false;
}

static bool is_pair(const json_t *said, const char *family, const char *other)
{
    return (strcmp(text_of(said, "family"), family) == 0 && strcmp(text_of(said, "other"), other) == 0) ||
           (strcmp(text_of(said, "family"), other) == 0 && strcmp(text_of(said, "other"), family) == 0);
}

// What was last said of a pair; NULL: nothing.
static json_t *find_said(const struct looking *looking, const char *family, const char *other)
{
    for (size_t i = json_array_size(looking->said); i-- > 0;)
        if (is_pair(json_array_get(looking->said, i), family, other))
            return json_array_get(looking->said, i);
    return NULL;
}

static json_t *pair_json(const struct windscreen_event *event, struct span family, struct span other)
{
    json_t *pair = json_object();
    char when[CIVIL_TIME_MAX + 1];

    civil_print_time(event->head->time, when);
    json_object_set_new(pair, "sequence", json_integer((json_int_t)event->sequence));
    json_object_set_new(pair, "at", json_string(when));
    json_object_set_new(pair, "family", tag_json(family));
    json_object_set_new(pair, "other", tag_json(other));
    return pair;
}

static void take_said(struct looking *looking, const struct windscreen_event *event)
{
    const struct family_settled *settled = &event->data->FAMILY_SETTLED;
    json_t *said;

    if (event->type != EVENT_FAMILY_SETTLED) {
        if (looking->referral.size > 0 && span_equal(event->head->subject, looking->referral))
            json_array_append_new(looking->families, tag_json(event->data->RECEIVED.family));
        return;
    }
    said = pair_json(event, settled->family, settled->other);
    json_object_set_new(said, "verdict", json_string(code_text(LIST_FAMILY_VERDICT, settled->verdict)));
    json_object_set_new(said, "by", tag_json(settled->by));
    if (settled->note > 0)
        json_object_set_new(said, "note", json_integer((json_int_t)settled->note));
    json_array_append_new(looking->said, said);
}

// Families are joined pair by pair: until no pair adds another one.
static void find_household(struct looking *looking)
{
    for (size_t i = 0; i < json_array_size(looking->families); i++) {
        const char *family = json_string_value(json_array_get(looking->families, i));

        for (size_t k = 0; k < json_array_size(looking->said); k++) {
            const json_t *said = json_array_get(looking->said, k);
            const char *one = text_of(said, "family"), *other = text_of(said, "other");
            const char *to = strcmp(one, family) == 0 ? other : one;

            if (!is_pair(said, family, to) || find_said(looking, one, other) != said || strcmp(text_of(said, "verdict"), "same") != 0)
                continue;
            if (!has_family(looking, to))
                json_array_append_new(looking->families, json_string(to));
        }
    }
}

static void take_received(struct looking *looking, const struct windscreen_event *event)
{
    const struct received *received = &event->data->RECEIVED;
    char family[TAG_SIZE + 1], when[CIVIL_TIME_MAX + 1];
    uint64_t children = 0;

    snprintf(family, sizeof family, "%.*s", SPAN_ARG(received->family));
    if (!has_family(looking, family))
        return;
    for (uint64_t i = 0; i < received->facts.n_members; i++)
        children += received->facts.members[i].role == MEMBER_CHILD || received->facts.members[i].role == MEMBER_UNBORN;
    civil_print_time(event->head->time, when);
    json_array_append_new(looking->referrals,
                          json_pack("{s:s%, s:s, s:I, s:s, s:I, s:I}", "referral", (const char *)event->head->subject.at,
                                    event->head->subject.size, "family", family, "sequence", (json_int_t)event->sequence, "received", when,
                                    "members", (json_int_t)received->facts.n_members, "children", (json_int_t)children));
}

static void take_question(struct looking *looking, const struct windscreen_event *event)
{
    const struct family_candidate *candidate = &event->data->FAMILY_CANDIDATE;
    bool is_conflict = event->type == EVENT_FAMILY_CONFLICT;
    json_t *question = is_conflict ? pair_json(event, event->data->FAMILY_CONFLICT.family, event->data->FAMILY_CONFLICT.other)
                                   : pair_json(event, candidate->family, candidate->other);
    const json_t *said = find_said(looking, text_of(question, "family"), text_of(question, "other"));

    json_object_set_new(question, "referral", tag_json(event->head->subject));
    json_object_set_new(question, "because", json_string(is_conflict ? "family_conflict" : code_text(LIST_LIKENESS, candidate->likeness)));
    json_object_set_new(question, "means",
                        json_string(is_conflict ? "members match both, or a number with another birth date"
                                                : code_meaning(LIST_LIKENESS, candidate->likeness)));
    if (!is_conflict)
        json_object_set_new(question, "score", json_integer((json_int_t)candidate->score));
    json_object_set_new(question, "verdict", said != NULL ? json_string(text_of(said, "verdict")) : json_null());
    if (has_family(looking, text_of(question, "family")) || has_family(looking, text_of(question, "other")))
        json_array_append(looking->questions, question);
    json_decref(question);
}

static void take_link(struct looking *looking, const struct windscreen_event *event)
{
    const struct family_linked *linked = &event->data->FAMILY_LINKED;
    json_t *link = pair_json(event, linked->family, linked->other);

    json_object_set_new(link, "because", json_string(code_text(LIST_LINK, linked->because)));
    if (has_family(looking, text_of(link, "family")) || has_family(looking, text_of(link, "other")))
        json_array_append(looking->links, link);
    json_decref(link);
}

static json_t *concern_json(const struct concern *concern, const char *family)
{
    char when[CIVIL_TIME_MAX + 1];

    civil_print_time(concern->received, when);
    return json_pack("{so, so, ss, sI, sI, ss}", "referral", tag_json(concern->referral), "family",
                     concern->family.size > 0 ? tag_json(concern->family) : json_string(family), "agency",
                     code_text(LIST_AGENCY, concern->agency), "level", (json_int_t)concern->level, "sequence",
                     (json_int_t)concern->sequence, "received", when);
}

static void take_signal(struct looking *looking, const struct windscreen_event *event)
{
    const struct family_signalled *signalled = &event->data->FAMILY_SIGNALLED;
    char family[TAG_SIZE + 1], when[CIVIL_TIME_MAX + 1], words[FAMILY_WORDS_MAX + 1];
    struct phrase phrase = phrase_on(words, sizeof words);
    json_t *evidence = json_array();

    snprintf(family, sizeof family, "%.*s", SPAN_ARG(signalled->family));
    if (has_family(looking, family)) {
        civil_print_time(event->head->time, when);
        wording_family(&phrase, event);
        for (uint64_t i = 0; i < signalled->n_evidence; i++)
            json_array_append_new(evidence, concern_json(&signalled->evidence[i], family));
        json_array_append_new(looking->signals,
                              json_pack("{sI, ss, so, ss, so, sI, sI, sO, ss}", "sequence", (json_int_t)event->sequence, "at", when,
                                        "referral", tag_json(event->head->subject), "family", family, "signal", tag_json(signalled->signal),
                                        "part", (json_int_t)signalled->part, "concerns", (json_int_t)signalled->concerns, "evidence",
                                        evidence, "words", words));
    }
    json_decref(evidence);
}

static bool is_ours(const struct looking *looking, const struct windscreen_event *event)
{
    struct span tag = event->type == EVENT_TRIAGED ? event->data->TRIAGED.family : event->data->FAMILY_ELIGIBLE.family;
    char family[TAG_SIZE + 1];

    if (event->type != EVENT_TRIAGED && event->type != EVENT_FAMILY_ELIGIBLE)
        return false;
    snprintf(family, sizeof family, "%.*s", SPAN_ARG(tag));
    return has_family(looking, family);
}

static void take_rest(struct looking *looking, const struct windscreen_event *event)
{
    if (event->type == EVENT_RECEIVED || event->type == EVENT_CONFLICTING)
        take_received(looking, event);
    else if (event->type == EVENT_FAMILY_LINKED)
        take_link(looking, event);
    else if (event->type == EVENT_FAMILY_SIGNALLED)
        take_signal(looking, event);
    else if ((FAMILY_PROGRAMMES_TYPES >> event->type & 1) != 0)
        family_programmes_take(&looking->programmes, event, is_ours(looking, event));
    else if (event->type != EVENT_FAMILY_SETTLED)
        take_question(looking, event);
}

// ---------------------------------------------------------------- printing

static void print_questions(const struct looking *looking)
{
    unsigned n_open = 0;

    for (size_t i = 0; i < json_array_size(looking->questions); i++) {
        const json_t *question = json_array_get(looking->questions, i);
        const char *verdict = text_of(question, "verdict");

        printf("  question  %7" PRId64 "  %s: is %s the same as %s? %s", number_of(question, "sequence"), text_of(question, "referral"),
               text_of(question, "family"), text_of(question, "other"), text_of(question, "means"));
        if (json_object_get(question, "score") != NULL)
            printf(", %" PRId64 " of 100", number_of(question, "score"));
        printf(": %s%s%s\n", screen_style(SCREEN_BOLD), verdict[0] != '\0' ? verdict : "open", screen_style(SCREEN_PLAIN));
        n_open += verdict[0] == '\0';
    }
    if (n_open > 0)
        printf("\nNext: `windscreen family settle FAMILY OTHER same|different --by YOU`.\n");
}

static void print_referral(const json_t *referral)
{
    int64_t members = number_of(referral, "members"), children = number_of(referral, "children");
    char when[SCREEN_WHEN_MAX + 1] = "";
    int64_t ms;

    if (civil_parse_time(span_text(text_of(referral, "received")), &ms))
        screen_when(ms, when);
    printf("  referral  %7" PRId64 "  %s  %s  family %s, %" PRId64 " %s, %" PRId64 " of them %s\n", number_of(referral, "sequence"),
           text_of(referral, "referral"), when, text_of(referral, "family"), members, members == 1 ? "member" : "members", children,
           children == 1 ? "a child" : "children");
}

static int print_text(const struct looking *looking)
{
    for (size_t i = 0; i < json_array_size(looking->families); i++)
        printf("%s%s%s%s\n", screen_style(SCREEN_BOLD), json_string_value(json_array_get(looking->families, i)), screen_style(SCREEN_PLAIN),
               i > 0 ? "  the same household" : "");
    for (size_t i = 0; i < json_array_size(looking->referrals); i++)
        print_referral(json_array_get(looking->referrals, i));
    for (size_t i = 0; i < json_array_size(looking->links); i++) {
        const json_t *link = json_array_get(looking->links, i);

        printf("  link      %7" PRId64 "  %s with %s: %s\n", number_of(link, "sequence"), text_of(link, "family"), text_of(link, "other"),
               text_of(link, "because"));
    }
    for (size_t i = 0; i < json_array_size(looking->said); i++) {
        const json_t *said = json_array_get(looking->said, i);

        if (has_family(looking, text_of(said, "family")) || has_family(looking, text_of(said, "other")))
            printf("  said      %7" PRId64 "  %s and %s are %s, by %s\n", number_of(said, "sequence"), text_of(said, "family"),
                   text_of(said, "other"), strcmp(text_of(said, "verdict"), "same") == 0 ? "one family" : "two families",
                   text_of(said, "by"));
    }
    for (size_t i = 0; i < json_array_size(looking->signals); i++) {
        const json_t *signal = json_array_get(looking->signals, i);

        printf("  signal    %7" PRId64 "  %s: %s\n", number_of(signal, "sequence"), text_of(signal, "signal"), text_of(signal, "words"));
    }
    family_programmes_print(looking->programme_list);
    print_questions(looking);
    return screen_end(0);
}

static int print_json(const struct looking *looking)
{
    json_t *said = json_array();

    for (size_t i = 0; i < json_array_size(looking->said); i++) {
        json_t *one = json_array_get(looking->said, i);

        if (has_family(looking, text_of(one, "family")) || has_family(looking, text_of(one, "other")))
            json_array_append(said, one);
    }
    return screen_json(json_pack("{s:O, s:O, s:O, s:O, s:O, s:O, s:o}", "families", looking->families, "referrals", looking->referrals,
                                 "links", looking->links, "questions", looking->questions, "signals", looking->signals, "programmes",
                                 looking->programme_list, "said", said));
}

// ---------------------------------------------------------------- the commands

static int look(struct looking *looking)
{
    int code = read_log(looking, RECEIVED_TYPES | EVENT_BIT(FAMILY_SETTLED), take_said);

    find_household(looking);
    if (code == 0)
        code = read_log(looking, RECEIVED_TYPES | FAMILY_TYPES | FAMILY_PROGRAMMES_TYPES, take_rest);
    if (code == 0)
        code = family_programmes_json(&looking->programmes, looking->given, &looking->programme_list);
    if (code != 0)
        return code;
    if (json_array_size(looking->referrals) == 0) {
        fprintf(stderr, "windscreen family: no such %s in this log\n", looking->referral.size > 0 ? "referral" : "family");
        return EXIT_NO_INPUT;
    }
    return looking->given->json ? print_json(looking) : print_text(looking);
}

int command_family_run(const struct given *given)
{
    struct looking looking = {.given = given};
    uint64_t number;
    int code;

    if (tag_parse(span_text(given->words[0]), 'R', &number))
        looking.referral = span_text(given->words[0]);
    else if (!tag_parse(span_text(given->words[0]), 'F', &number))
        return given_complain(given, "`%s` is no tag of a referral or family", given->words[0]);
    looking.families = looking.referral.size > 0 ? json_array() : json_pack("[s]", given->words[0]);
    looking.said = json_array();
    looking.referrals = json_array();
    looking.questions = json_array();
    looking.links = json_array();
    looking.signals = json_array();
    family_programmes_init(&looking.programmes);
    code = hub_find(given, "audit", looking.endpoint);
    if (code == 0)
        code = look(&looking);
    json_decref(looking.families);
    json_decref(looking.said);
    json_decref(looking.referrals);
    json_decref(looking.questions);
    json_decref(looking.links);
    json_decref(looking.signals);
    family_programmes_free(&looking.programmes);
    json_decref(looking.programme_list);
    return code;
}

static int ask_settle(const struct given *given, const struct settle *request)
{
    struct plain_reply reply = {0};
    struct hub hub = {0};
    int code = hub_open(given, "registry", &hub);

    if (code == 0)
        code = hub_ask(&hub, &service_people[PEOPLE_SETTLE], request, 0, &reply);
    if (code == 0 && reply.answer == ANSWER_NOT_FOUND) {
        fprintf(stderr, "windscreen family settle: nobody has asked about these two: name a referral of each instead\n");
        code = EXIT_REFUSED;
    }
    if (code == 0)
        code = hub_refused(&hub, (enum answer)reply.answer);
    if (code == 0 && given->json)
        code = screen_json(hub_json(&hub));
    else if (code == 0)
        printf("Done: %s and %s are %s from now on; `windscreen family` tells of both.\n", given->words[0], given->words[1],
               request->verdict == FAMILY_VERDICT_SAME ? "one family" : "two families");
    hub_close(&hub);
    return code == 0 ? screen_end(0) : code;
}

int command_family_settle(const struct given *given)
{
    struct settle request = {.family = span_text(given->words[0]), .other = span_text(given->words[1])};
    uint64_t number, note;
    const char *by;
    int code;

    request.verdict = (uint8_t)code_parse(LIST_FAMILY_VERDICT, span_text(given->words[2]));
    if (!given_required(given, "by", &by))
        return EXIT_BAD_USAGE;
    for (unsigned i = 0; i < 2; i++)
        if (!tag_parse(span_text(given->words[i]), 'R', &number) && !tag_parse(span_text(given->words[i]), 'F', &number))
            return given_complain(given, "`%s` is no tag of a referral or family", given->words[i]);
    if (request.verdict == FAMILY_VERDICT_NONE)
        return given_complain(given, "say same or different, not `%s`", given->words[2]);
    if (given_text(given, "note") != NULL && !tag_parse(request.family, 'R', &number))
        return given_complain(given, "a note belongs to a referral: with --note, name a referral first, not a family");
    request.by = span_text(by);
    code = command_note_send(given, request.family, request.by, &note);
    if (code != 0)
        return code;
    if (note > 0)
        PUT(&request, settle, note, note);
    return ask_settle(given, &request);
}
