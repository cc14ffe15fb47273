// SPDX-License-Identifier: MIT
// `windscreen explain`: why a referral is where it is, as a colleague would say it.
// An operator's tool. Tells why of what was judged, then all that happened in the order of the log, a sentence each.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/windscreen/account.h"
#include "services/windscreen/hub.h"
#include "services/windscreen/next_step.h"
#include "services/windscreen/policy_source.h"
#include "services/windscreen/screen.h"
#include "services/windscreen/story_reader.h"

enum { EVENTS_MAX = 2000 };

struct kept {
    uint64_t sequence;
    size_t size;
    uint8_t *bytes;
};

struct explaining {
    struct story_reader reader;
    struct policy_source policies;
    struct kept events[EVENTS_MAX];
    unsigned n_events, n_left_out;
    const struct policy_adoption *adoption; // that decided last
    struct triaged triaged;                 // the last; lends from its event's bytes
    uint64_t triaged_sequence;              // 0: none yet
    struct story so_far;                    // before the event that is told
    json_t *passages;
    json_t *beside; // of the last lead; lent from passages
    json_t *since;  // items, in the order of the log
};

// ---------------------------------------------------------------- collecting

static void keep(void *context, const struct windscreen_event *event, const struct gist *gist)
{
    struct explaining *explaining = context;
    struct kept *kept = &explaining->events[explaining->n_events];

    (void)gist;
    if (explaining->n_events == EVENTS_MAX || (kept->bytes = malloc(event->bytes.size)) == NULL) {
        explaining->n_left_out++;
        return;
    }
    memcpy(kept->bytes, event->bytes.at, event->bytes.size);
    kept->size = event->bytes.size;
    kept->sequence = event->sequence;
    explaining->n_events++;
}

static void note(void *context, const struct windscreen_event *event)
{
    struct explaining *explaining = context;

    policy_source_note(&explaining->policies, event);
}

// ---------------------------------------------------------------- telling

static void add(struct explaining *explaining, json_t *passage, const struct windscreen_event *event)
{
    account_put(passage, "sequence", json_integer((json_int_t)event->sequence));
    json_array_append_new(explaining->passages, passage);
    explaining->beside = NULL;
}

static int choose_policy(struct explaining *explaining, const struct triaged *triaged)
{
    return policy_source_get(&explaining->policies, explaining->reader.given, triaged->policy, triaged->received, &explaining->adoption);
}

static const struct policy *policy_of(const struct explaining *explaining)
{
    return explaining->adoption != NULL ? explaining->adoption->policy : NULL;
}

// Before the first decision there is none: then the one that would decide.
static int tell_received(struct explaining *explaining, const struct windscreen_event *event)
{
    int code = 0;

    if (explaining->adoption == NULL)
        code = policy_source_in_force(&explaining->policies, explaining->reader.given, event->head->time, &explaining->adoption);
    if (code == 0)
        add(explaining, account_came(explaining->adoption->policy, &event->data->RECEIVED, event->head->time), event);
    return code;
}

static int tell_triaged(struct explaining *explaining, const struct windscreen_event *event)
{
    int code = choose_policy(explaining, &event->data->TRIAGED);

    if (code != 0)
        return code;
    explaining->triaged = event->data->TRIAGED;
    explaining->triaged_sequence = event->sequence;
    add(explaining, account_level(explaining->adoption->policy, &explaining->triaged, explaining->so_far.parts[0].level), event);
    return 0;
}

// Of whatever happened, one sentence: also of what has a passage of its own, which says why but not when.
static void tell_since(struct explaining *explaining, const struct windscreen_event *event, const struct gist *gist)
{
    if (event->type == EVENT_RECEIVED || event->type == EVENT_CONFLICTING || event->type == EVENT_FAMILY_COMPARED)
        return;
    json_array_append_new(explaining->since, account_since(policy_of(explaining), event, gist));
}

static void tell_part(struct explaining *explaining, const struct account_job *job, const struct windscreen_event *event)
{
    if (explaining->beside == NULL) {
        json_t *passage = account_passage("beside", "Beside it");

        account_put(passage, "items", json_array());
        add(explaining, passage, event);
        explaining->beside = passage;
    }
    json_array_append_new(json_object_get(explaining->beside, "items"),
                          account_part(explaining->adoption->policy, &explaining->triaged.facts, job));
}

// Where the policy's rows have sent it, at first or when something new had come; what a person moved stands among what happened.
static int tell_job(struct explaining *explaining, const struct account_job *job, const struct windscreen_event *event)
{
    if (explaining->triaged_sequence == 0 || !job->judged)
        return 0;
    if (job->part > 0)
        tell_part(explaining, job, event);
    else
        add(explaining, account_lead(explaining->adoption->policy, &explaining->triaged.facts, job), event);
    return 0;
}

static int tell_allocated(struct explaining *explaining, const struct windscreen_event *event)
{
    struct account_job job = account_job_allocated(&event->data->ALLOCATED);

    return tell_job(explaining, &job, event);
}

static int tell_held(struct explaining *explaining, const struct windscreen_event *event)
{
    struct account_job job = account_job_held(&event->data->HELD);

    return tell_job(explaining, &job, event);
}

// The policy that raised it need not be the one that decided on this referral.
static int tell_signalled(struct explaining *explaining, const struct windscreen_event *event)
{
    const struct family_signalled *signalled = &event->data->FAMILY_SIGNALLED;
    const struct policy_adoption *adoption = NULL;
    int64_t latest_ms = signalled->n_evidence > 0 ? signalled->evidence[signalled->n_evidence - 1].received : event->head->time;
    int code = policy_source_get(&explaining->policies, explaining->reader.given, signalled->policy, latest_ms, &adoption);

    if (code == 0)
        add(explaining, account_signal(adoption->policy, signalled), event);
    return code;
}

static const struct {
    enum event_type type;
    int (*tell)(struct explaining *explaining, const struct windscreen_event *event); // returns the exit code
} tellings[] = {
    {EVENT_RECEIVED, tell_received}, {EVENT_CONFLICTING, tell_received},
    {EVENT_TRIAGED, tell_triaged},   {EVENT_ALLOCATED, tell_allocated},
    {EVENT_HELD, tell_held},         {EVENT_FAMILY_SIGNALLED, tell_signalled},
};

static int tell_event(struct explaining *explaining, const struct windscreen_event *event)
{
    for (size_t i = 0; i < sizeof tellings / sizeof tellings[0]; i++)
        if (tellings[i].type == event->type)
            return tellings[i].tell(explaining, event);
    return 0;
}

static int tell(struct explaining *explaining, const struct kept *kept)
{
    static union event_data data;
    struct event head;
    struct windscreen_event event = {.sequence = kept->sequence, .head = &head, .data = &data, .bytes = span_of(kept->bytes, kept->size)};
    struct faults faults = {0};
    struct gist gist;
    int code;

    if (!event_decode(event.bytes, &head, &event.type, &data, &faults))
        return 0;
    gist_of(&event, &gist);
    gist_keep(&gist, span_text(explaining->reader.story.referral));
    code = tell_event(explaining, &event);
    if (code == 0)
        tell_since(explaining, &event, &gist);
    (void)story_take(&explaining->so_far, &event, &gist);
    return code;
}

static int tell_all(struct explaining *explaining)
{
    json_t *since;
    int code = 0;

    story_begin(&explaining->so_far, span_text(explaining->reader.story.referral));
    for (unsigned i = 0; i < explaining->n_events && code == 0; i++)
        code = tell(explaining, &explaining->events[i]);
    if (code != 0)
        return code;
    json_array_insert_new(explaining->passages, 0, account_now(explaining->adoption->policy, &explaining->reader.story, screen_now_ms()));
    if (json_array_size(explaining->since) > 0) {
        since = account_passage("since", "What happened since");
        account_put(since, "items", json_incref(explaining->since));
        json_array_append_new(explaining->passages, since);
    }
    json_array_append_new(explaining->passages, account_policy(explaining->adoption->policy, explaining->adoption->effective_ms));
    return 0;
}

static int print(const struct explaining *explaining)
{
    const struct story *story = &explaining->reader.story;

    if (explaining->reader.given->json)
        return screen_json(json_pack("{ss, ss, ss, ss, sI, sO}", "referral", story->referral, "source", story->source, "id", story->id,
                                     "family", story->family, "level", (json_int_t)story->parts[0].level, "passages",
                                     explaining->passages));
    printf("%s%s%s: level %llu\n", screen_style(SCREEN_BOLD), story->referral, screen_style(SCREEN_PLAIN),
           (unsigned long long)story->parts[0].level);
    account_print(explaining->passages);
    if (explaining->n_left_out > 0)
        printf("\nAnd %u events more: `windscreen show %s`\n", explaining->n_left_out, story->referral);
    next_step_print(story);
    return 0;
}

static int explain(struct explaining *explaining, const struct given *given)
{
    int code;

    if (!story_reader_init(&explaining->reader, given))
        return EXIT_BAD_USAGE;
    code = story_reader_run(&explaining->reader);
    if (code == 0)
        code = tell_all(explaining);
    return code == 0 ? print(explaining) : code;
}

int command_explain_run(const struct given *given)
{
    struct explaining *explaining = calloc(1, sizeof *explaining);
    int code = EXIT_NO_MEMORY;

    if (explaining == NULL)
        return code;
    explaining->reader.context = explaining;
    explaining->reader.take = keep;
    explaining->reader.adopted = note;
    explaining->passages = json_array();
    explaining->since = json_array();
    if (explaining->passages != NULL && explaining->since != NULL)
        code = explain(explaining, given);
    json_decref(explaining->passages);
    json_decref(explaining->since);
    for (unsigned i = 0; i < explaining->n_events; i++)
        free(explaining->events[i].bytes);
    policy_source_close(&explaining->policies);
    free(explaining);
    return code;
}
