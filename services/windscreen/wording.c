// SPDX-License-Identifier: MIT
// A sentence for each kind of event.
// Called by log and show. Reads only the event.
#include "services/windscreen/wording.h"

#include "services/windscreen/clause.h"
#include "services/windscreen/plain.h"
#include "services/windscreen/screen.h"
#include "services/windscreen/wording_family.h"
#include "services/windscreen/wording_job.h"
#include "services/windscreen/wording_worker.h"

#define MEANS(list, code) code_meaning(LIST_##list, code)

static void word_received(struct phrase *phrase, const struct windscreen_event *event)
{
    const struct received *received = &event->data->RECEIVED;

    phrase_add(phrase, "from %.*s", SPAN_ARG(received->partner_source));
    if (received->facts.agency != AGENCY_NONE)
        phrase_add(phrase, ", %s", MEANS(AGENCY, received->facts.agency));
    if (received->facts.kind != KIND_NONE)
        phrase_add(phrase, ": %s", MEANS(KIND, received->facts.kind));
    phrase_add(phrase, "; family %.*s", SPAN_ARG(received->family));
    if (received->urgent)
        phrase_add(phrase, ", urgent");
    if (received->n_problems > 0)
        phrase_add(phrase, "; %llu fault%s in it", (unsigned long long)received->n_problems, received->n_problems == 1 ? "" : "s");
    if (received->conflicts_with.size > 0)
        phrase_add(phrase, "; its id was already used by %.*s", SPAN_ARG(received->conflicts_with));
}

static void word_triaged(struct phrase *phrase, const struct triaged *triaged)
{
    phrase_add(phrase, "level %llu is proposed", (unsigned long long)triaged->level);
    if (triaged->computed != triaged->level)
        phrase_add(phrase, " (by the needs alone it would be %llu)", (unsigned long long)triaged->computed);
    if (triaged->marks != 0) {
        phrase_add(phrase, ", to be confirmed by whoever takes it on: ");
        plain_add_set(phrase, LIST_MARK, triaged->marks);
    }
}

static void word_opened(struct phrase *phrase, const struct person_opened *opened)
{
    phrase_add(phrase, "%.*s read %s%s, %s", SPAN_ARG(opened->worker), opened->limited ? "what is for its agency of " : "",
               opened->text > 0 ? "what came later" : "the personal part", MEANS(PURPOSE, opened->purpose));
}

// Who knows what the family no longer shares; said when the answer is no.
static void add_readers(struct phrase *phrase, const struct consent_recorded *recorded)
{
    if (!HAS(recorded, consent_recorded, readers))
        return;
    if (recorded->readers == 0)
        phrase_add(phrase, "; nobody has read the personal part");
    else
        phrase_add(phrase, "; %llu worker%s read the personal part", (unsigned long long)recorded->readers,
                   recorded->readers == 1 ? " has" : "s have");
}

// What came about a referral after it.
static void word_record(struct phrase *phrase, const struct windscreen_event *event)
{
    const union event_data *data = event->data;

    switch (event->type) {
    case EVENT_WITHDRAWAL_RECORDED:
        phrase_add(phrase, "taken back by %.*s: %s", SPAN_ARG(data->WITHDRAWAL_RECORDED.event.source),
                   MEANS(WITHDRAWAL, data->WITHDRAWAL_RECORDED.why));
        break;
    case EVENT_CONSENT_RECORDED:
        phrase_add(phrase, "the family's answer is in: %s", MEANS(CONSENT, data->CONSENT_RECORDED.consent));
        add_readers(phrase, &data->CONSENT_RECORDED);
        break;
    case EVENT_ASSESSMENT_RECORDED:
        phrase_add(phrase, "an assessment is in from %.*s%s", SPAN_ARG(data->ASSESSMENT_RECORDED.event.source),
                   data->ASSESSMENT_RECORDED.urgent ? ", urgent" : "");
        break;
    case EVENT_CHALLENGE_RECORDED:
        phrase_add(phrase, "challenged by %.*s: %s", SPAN_ARG(data->CHALLENGE_RECORDED.event.source),
                   MEANS(CHALLENGE, data->CHALLENGE_RECORDED.why));
        if (HAS(&data->CHALLENGE_RECORDED, challenge_recorded, level_wanted))
            phrase_add(phrase, "; it sees level %llu", (unsigned long long)data->CHALLENGE_RECORDED.level_wanted);
        break;
    default:
        phrase_add(phrase, "%.*s wrote a note", SPAN_ARG(data->NOTE_RECORDED.by));
        break;
    }
}

static void word_hub(struct phrase *phrase, const struct windscreen_event *event)
{
    const union event_data *data = event->data;

    switch (event->type) {
    case EVENT_REJECTED:
        phrase_add(phrase, "%llu event%s refused at the door: %s", (unsigned long long)data->REJECTED.count,
                   data->REJECTED.count == 1 ? "" : "s", MEANS(FAULT, data->REJECTED.code));
        if (data->REJECTED.path.size > 0)
            phrase_add(phrase, " (at %.*s)", SPAN_ARG(data->REJECTED.path));
        break;
    case EVENT_POLICY_ADOPTED:
        phrase_add(phrase, "policy %.*s", SPAN_ARG(data->POLICY_ADOPTED.name));
        phrase_add(phrase, " in force from ");
        plain_add_moment(phrase, data->POLICY_ADOPTED.effective);
        if (data->POLICY_ADOPTED.by.size > 0)
            phrase_add(phrase, ", by %.*s", SPAN_ARG(data->POLICY_ADOPTED.by));
        break;
    case EVENT_WORKER_ROSTERED:
        wording_worker_roster(phrase, &data->WORKER_ROSTERED);
        break;
    case EVENT_QUEUE_CAPACITY:
        wording_worker_capacity(phrase, &data->QUEUE_CAPACITY);
        break;
    case EVENT_WORKER_AWAY:
        wording_worker_away(phrase, &data->WORKER_AWAY);
        break;
    default:
        phrase_add(phrase, "%.*s", SPAN_ARG(event->head->type));
        break;
    }
}

void wording_event(const struct policy *policy, const struct windscreen_event *event, const struct gist *gist, char text[WORDING_MAX + 1])
{
    struct phrase phrase = phrase_on(text, WORDING_MAX + 1);

    if (wording_job(&phrase, policy, event, gist))
        return;
    switch (event->type) {
    case EVENT_RECEIVED:
    case EVENT_CONFLICTING:
        word_received(&phrase, event);
        break;
    case EVENT_TRIAGED:
        word_triaged(&phrase, &event->data->TRIAGED);
        break;
    case EVENT_PERSON_OPENED:
        word_opened(&phrase, &event->data->PERSON_OPENED);
        break;
    case EVENT_WITHDRAWAL_RECORDED:
    case EVENT_CONSENT_RECORDED:
    case EVENT_ASSESSMENT_RECORDED:
    case EVENT_CHALLENGE_RECORDED:
    case EVENT_NOTE_RECORDED:
        word_record(&phrase, event);
        break;
    case EVENT_FAMILY_CONFLICT:
    case EVENT_FAMILY_CANDIDATE:
    case EVENT_FAMILY_COMPARED:
    case EVENT_FAMILY_SETTLED:
    case EVENT_FAMILY_LINKED:
    case EVENT_FAMILY_SIGNALLED:
    case EVENT_FAMILY_ELIGIBLE:
        wording_family(&phrase, event);
        break;
    default:
        word_hub(&phrase, event);
        break;
    }
}

// "allocated" of "referral.allocated".
static const char *short_name(enum event_type type)
{
    const char *name = event_desc(type)->name;
    const char *dot = strchr(name, '.');

    if (type == EVENT_NONE)
        return "unknown";
    return dot != NULL && strncmp(name, "referral.", 9) == 0 ? dot + 1 : name;
}

void wording_line(const struct windscreen_event *event, const struct gist *gist, char text[WORDING_MAX + 1])
{
    char words[WORDING_MAX + 1];
    char when[SCREEN_WHEN_MAX + 1];
    struct phrase phrase = phrase_on(text, WORDING_MAX + 1);
    struct span referral = gist->n_jobs > 0 ? gist->jobs[0].referral : span_text("-");
    struct span team = gist->team.size > 0 ? gist->team : span_text("-");
    char level[8] = "-";
    struct phrase on_level = phrase_on(level, sizeof level);

    screen_when(event->head->time, when);
    phrase_add(&on_level, gist->level > 0 ? "L%llu" : "-", (unsigned long long)gist->level);
    wording_event(NULL, event, gist, words);
    phrase_add(&phrase, "%s %7llu  %-14.*s  %-15s %-26.*s %-2s  %-22.*s  %s", when, (unsigned long long)event->sequence, SPAN_ARG(referral),
               short_name(event->type), SPAN_ARG(team), level, SPAN_ARG(gist->rule.size > 0 ? gist->rule : span_text("-")), words);
}

// ---------------------------------------------------------------- reasons

static void why_of(const struct fact_used *used, uint64_t n_used, uint64_t marks, unsigned i, struct phrase *phrase)
{
    if (i == 0 && n_used > 0) {
        phrase_add(phrase, "facts used: ");
        for (uint64_t f = 0; f < n_used; f++) {
            const char *words = clause_of_value(used[f].fact, used[f].value);

            phrase_add(phrase, "%s%.*s = %lld", f > 0 ? ", " : "", SPAN_ARG(used[f].fact), (long long)used[f].value);
            if (words != NULL)
                phrase_add(phrase, " (%s)", words);
        }
    }
    if (i == 1 && marks != 0) {
        phrase_add(phrase, "to be answered by whoever accepts: ");
        phrase_add_set(phrase, LIST_MARK, marks);
    }
}

static void why_fault(const struct kept_problem *problem, struct phrase *phrase)
{
    phrase_add(phrase, "fault kept: %.*s: %s", SPAN_ARG(problem->path), MEANS(FAULT, problem->code));
}

bool wording_why(const struct windscreen_event *event, unsigned *at, char text[WORDING_MAX + 1])
{
    struct phrase phrase = phrase_on(text, WORDING_MAX + 1);
    const union event_data *data = event->data;

    while (*at < PROBLEMS_MAX) {
        unsigned i = (*at)++;

        if (event->type == EVENT_TRIAGED)
            why_of(data->TRIAGED.used, data->TRIAGED.n_used, data->TRIAGED.marks, i, &phrase);
        else if (event->type == EVENT_ALLOCATED)
            why_of(data->ALLOCATED.used, data->ALLOCATED.n_used, data->ALLOCATED.marks, i, &phrase);
        else if (event->type == EVENT_HELD)
            why_of(data->HELD.used, data->HELD.n_used, data->HELD.marks, i, &phrase);
        else if ((event->type == EVENT_RECEIVED || event->type == EVENT_CONFLICTING) && i < data->RECEIVED.n_problems)
            why_fault(&data->RECEIVED.problems[i], &phrase);
        else if (event->type == EVENT_ASSESSMENT_RECORDED && i < data->ASSESSMENT_RECORDED.n_problems)
            why_fault(&data->ASSESSMENT_RECORDED.problems[i], &phrase);
        if (phrase.used > 0)
            return true;
    }
    return false;
}
