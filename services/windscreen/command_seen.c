// SPDX-License-Identifier: MIT
// `windscreen seen`: who has read the personal part of a referral or of a family, when and why, by the log alone.
// An operator's tool. Opens nothing itself.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/civil.h"
#include "common/base/tag.h"
#include "services/windscreen/hub.h"
#include "services/windscreen/screen.h"

enum { TAGS_MAX = 1024 };

struct tags {
    unsigned n;
    char at[TAGS_MAX][TAG_SIZE];
};

// Two families of which a person has said whether they are one.
struct pair {
    char one[TAG_SIZE], other[TAG_SIZE];
    bool same;
};

struct seeing {
    const struct given *given;
    struct pair *pairs;
    unsigned n_pairs;
    char endpoint[WINDSCREEN_ENDPOINT_MAX + 1];
    struct tags families;  // the one asked for, and those that are the same by a person's last word
    struct tags referrals; // asked for, or theirs
    bool found;
    bool full; // a family of more referrals than can be kept
    uint64_t n;
    int code;
};

static bool has_tag(const struct tags *tags, struct span tag)
{
    for (unsigned i = 0; i < tags->n; i++)
        if (span_equal(span_of(tags->at[i], TAG_SIZE), tag))
            return true;
    return false;
}

static bool add_tag(struct tags *tags, struct span tag)
{
    if (tag.size != TAG_SIZE || has_tag(tags, tag))
        return true;
    if (tags->n == TAGS_MAX)
        return false;
    memcpy(tags->at[tags->n++], tag.at, TAG_SIZE);
    return true;
}

static int read_log(struct seeing *seeing, uint64_t types, void (*take)(struct seeing *seeing, const struct windscreen_event *event))
{
    struct windscreen_reader *reader;
    struct windscreen_event event;
    enum err err = windscreen_reader_open(seeing->endpoint, 1, types, &reader);

    if (err != ERR_NONE)
        return given_complain(seeing->given, "%s is not an endpoint such as tcp://127.0.0.1:7703", seeing->endpoint);
    while ((err = windscreen_reader_next(reader, 0, &event)) == ERR_NONE && seeing->code == 0)
        take(seeing, &event);
    windscreen_reader_close(&reader);
    return err == ERR_AGAIN || seeing->code != 0 ? seeing->code : hub_unreachable("audit", seeing->endpoint);
}

// ---------------------------------------------------------------- the family

// Of a pair the last word counts.
static struct pair *find_pair(struct seeing *seeing, const struct family_settled *settled)
{
    for (unsigned i = 0; i < seeing->n_pairs; i++) {
        struct span one = span_of(seeing->pairs[i].one, TAG_SIZE), other = span_of(seeing->pairs[i].other, TAG_SIZE);

        if ((span_equal(one, settled->family) && span_equal(other, settled->other)) ||
            (span_equal(one, settled->other) && span_equal(other, settled->family)))
            return &seeing->pairs[i];
    }
    return NULL;
}

static void take_settled(struct seeing *seeing, const struct windscreen_event *event)
{
    const struct family_settled *settled = &event->data->FAMILY_SETTLED;
    struct pair *pair = find_pair(seeing, settled);

    if (pair == NULL && settled->family.size == TAG_SIZE && settled->other.size == TAG_SIZE) {
        struct pair *pairs = realloc(seeing->pairs, (seeing->n_pairs + 1) * sizeof *pairs);

        if (pairs == NULL) {
            seeing->code = EXIT_NO_MEMORY;
            return;
        }
        seeing->pairs = pairs;
        pair = &pairs[seeing->n_pairs++];
        memcpy(pair->one, settled->family.at, TAG_SIZE);
        memcpy(pair->other, settled->other.at, TAG_SIZE);
    }
    if (pair != NULL)
        pair->same = settled->verdict == FAMILY_VERDICT_SAME;
}

// Families are joined pair by pair: until no pair adds another one.
static int find_families(struct seeing *seeing)
{
    int code = read_log(seeing, EVENT_BIT(FAMILY_SETTLED), take_settled);
    unsigned before;

    do {
        before = seeing->families.n;
        for (unsigned i = 0; i < seeing->n_pairs; i++) {
            struct span one = span_of(seeing->pairs[i].one, TAG_SIZE), other = span_of(seeing->pairs[i].other, TAG_SIZE);

            if (seeing->pairs[i].same && has_tag(&seeing->families, one))
                seeing->full = !add_tag(&seeing->families, other) || seeing->full;
            else if (seeing->pairs[i].same && has_tag(&seeing->families, other))
                seeing->full = !add_tag(&seeing->families, one) || seeing->full;
        }
    } while (seeing->families.n > before);
    return code;
}

// ---------------------------------------------------------------- openings

static void print_line(const struct windscreen_event *event, const struct person_opened *opened)
{
    char when[SCREEN_WHEN_MAX + 1];

    screen_when(event->head->time, when);
    printf("%s %7" PRIu64 "  %.*s  %-16.*s  %-14s", when, event->sequence, SPAN_ARG(event->head->subject), SPAN_ARG(opened->worker),
           code_text(LIST_PURPOSE, opened->purpose));
    if (opened->text > 0)
        printf("  later text %" PRIu64, opened->text);
    if (opened->limited)
        printf("  limited");
    printf("\n");
}

static int print_json(const struct windscreen_event *event, const struct person_opened *opened)
{
    json_t *line = json_pack("{s:I, s:s%, s:s%, s:s}", "sequence", (json_int_t)event->sequence, "referral",
                             (const char *)event->head->subject.at, event->head->subject.size, "worker", (const char *)opened->worker.at,
                             opened->worker.size, "purpose", code_text(LIST_PURPOSE, opened->purpose));
    char when[CIVIL_TIME_MAX + 1];

    civil_print_time(event->head->time, when);
    if (line != NULL)
        json_object_set_new(line, "at", json_string(when));
    if (line != NULL && opened->text > 0)
        json_object_set_new(line, "text", json_integer((json_int_t)opened->text));
    if (line != NULL && opened->limited)
        json_object_set_new(line, "limited", json_true());
    return screen_json(line);
}

static void take(struct seeing *seeing, const struct windscreen_event *event)
{
    if (event->type == EVENT_RECEIVED || event->type == EVENT_CONFLICTING) {
        if (has_tag(&seeing->families, event->data->RECEIVED.family))
            seeing->full = !add_tag(&seeing->referrals, event->head->subject) || seeing->full;
        seeing->found = seeing->found || has_tag(&seeing->referrals, event->head->subject);
        return;
    }
    if (!has_tag(&seeing->referrals, event->head->subject))
        return;
    seeing->n++;
    if (seeing->given->json)
        seeing->code = print_json(event, &event->data->PERSON_OPENED);
    else
        print_line(event, &event->data->PERSON_OPENED);
}

static int tell_end(const struct seeing *seeing, const char *what)
{
    if (!seeing->found) {
        fprintf(stderr, "windscreen seen: the log knows no %s\n", what);
        return EXIT_NO_INPUT;
    }
    if (seeing->full)
        fprintf(stderr, "windscreen seen: this family has more than %d referrals: the rest are not told\n", TAGS_MAX);
    if (seeing->n == 0)
        fprintf(stderr, "Nobody has read the personal part of %s.\n", what);
    return screen_end(0);
}

int command_seen_run(const struct given *given)
{
    static struct seeing seeing;
    const char *family = given_text(given, "family");
    const char *what = family != NULL ? family : given->n_words > 0 ? given->words[0] : NULL;
    uint64_t number;
    int code;

    if ((family != NULL) == (given->n_words > 0))
        return given_complain(given, "name a referral, or a family with --family");
    if (!tag_parse(span_text(what), family != NULL ? 'F' : 'R', &number))
        return given_complain(given, "`%s` is no tag of a %s", what, family != NULL ? "family" : "referral");
    seeing.given = given;
    add_tag(family != NULL ? &seeing.families : &seeing.referrals, span_text(what));
    code = hub_find(given, "audit", seeing.endpoint);
    if (code == 0 && family != NULL)
        code = find_families(&seeing);
    if (code == 0)
        code = read_log(&seeing, EVENT_BIT(RECEIVED) | EVENT_BIT(CONFLICTING) | EVENT_BIT(PERSON_OPENED), take);
    free(seeing.pairs);
    return code == 0 ? tell_end(&seeing, what) : code;
}
