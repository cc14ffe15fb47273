// SPDX-License-Identifier: MIT
// Finds the events of one referral in the log.
// Called by show and explain. Reads the whole log and keeps only what concerns the referral.
#include "services/windscreen/story_reader.h"

#include <stdio.h>

#include "services/windscreen/hub.h"

// Everything but what never names a referral.
#define STORY_TYPES (((UINT64_C(1) << EVENT_COUNT) - 2) & ~(EVENT_BIT(REJECTED) | EVENT_BIT(POLICY_ADOPTED)))

bool story_reader_init(struct story_reader *reader, const struct given *given)
{
    const char *source = given_text(given, "source");
    const char *id = given_text(given, "id");
    uint64_t part;

    reader->given = given;
    if ((given->n_words == 1) == (source != NULL && id != NULL) || (source == NULL) != (id == NULL)) {
        given_complain(given, "name a referral, or give both --source and --id");
        return false;
    }
    if (source != NULL) {
        reader->source = span_text(source);
        reader->id = span_text(id);
        return true;
    }
    reader->known = true;
    if (!given_job(given, given->words[0], &reader->referral, &part))
        return false;
    story_begin(&reader->story, reader->referral);
    return true;
}

// By source and id the story begins with the first referral received under them.
static bool is_it(const struct story_reader *reader, const struct windscreen_event *event)
{
    return event->type == EVENT_RECEIVED && span_equal(event->data->RECEIVED.partner_source, reader->source) &&
           span_equal(event->data->RECEIVED.partner_id, reader->id);
}

static void take(struct story_reader *reader, const struct windscreen_event *event)
{
    struct gist gist;

    if (event->type == EVENT_POLICY_ADOPTED) {
        reader->adopted(reader->context, event);
        return;
    }
    gist_of(event, &gist);
    if (!reader->known) {
        if (!is_it(reader, event))
            return;
        story_begin(&reader->story, event->head->subject);
        reader->known = true;
    }
    if (!story_take(&reader->story, event, &gist))
        return;
    gist_keep(&gist, span_text(reader->story.referral));
    reader->take(reader->context, event, &gist);
}

static int read_log(struct story_reader *reader, const char *endpoint)
{
    uint64_t types = STORY_TYPES | (reader->adopted != NULL ? EVENT_BIT(POLICY_ADOPTED) : 0);
    struct windscreen_reader *log;
    struct windscreen_event event;
    enum err err = windscreen_reader_open(endpoint, 1, types, &log);

    if (err != ERR_NONE)
        return given_complain(reader->given, "%s is not an endpoint such as tcp://127.0.0.1:7703", endpoint);
    while ((err = windscreen_reader_next(log, 0, &event)) == ERR_NONE)
        take(reader, &event);
    windscreen_reader_close(&log);
    return err == ERR_AGAIN ? 0 : hub_unreachable("audit", endpoint);
}

int story_reader_run(struct story_reader *reader)
{
    char endpoint[WINDSCREEN_ENDPOINT_MAX + 1];
    int code = hub_find(reader->given, "audit", endpoint);

    if (code == 0)
        code = read_log(reader, endpoint);
    if (code != 0 || reader->story.found)
        return code;
    fprintf(stderr, "windscreen %s: %s\n", reader->given->command->words,
            reader->source.size > 0 ? "no such referral: nothing came from this source under this id"
                                    : "no such referral in this log; the partner's --source and --id find it, too");
    return EXIT_NO_INPUT;
}
