// SPDX-License-Identifier: MIT
// A sentence for each kind of event.
// Called by log and show. Reads only the event.
#include "services/windscreen/wording.h"

#include "services/windscreen/phrase.h"
#include "services/windscreen/screen.h"
#include "services/windscreen/wording_worker.h"

#define MEANS(list, code) code_meaning(LIST_##list, code)

static void add_part(struct phrase *phrase, uint64_t part)
{
    if (part > 0)
        phrase_add(phrase, "part %llu: ", (unsigned long long)part);
}

static void add_due(struct phrase *phrase, const char *words, int64_t ms)
{
    phrase_add(phrase, "%s", words);
    phrase_add_when(phrase, ms);
}

static void add_note(struct phrase *phrase, uint64_t note)
{
    if (note > 0)
        phrase_add(phrase, " (note %llu)", (unsigned long long)note);
}

static void word_received(struct phrase *phrase, const struct windscreen_event *event)
{
    const struct received *received = &event->data->RECEIVED;

    phrase_add(phrase, "from %.*s (%s", SPAN_ARG(received->partner_source), code_text(LIST_KIND, received->facts.kind));
    if (received->facts.agency != AGENCY_NONE)
        phrase_add(phrase, " by %s", code_text(LIST_AGENCY, received->facts.agency));
    phrase_add(phrase, "), family %.*s", SPAN_ARG(received->family));
    if (received->urgent)
        phrase_add(phrase, ", urgent");
    if (received->n_problems > 0)
        phrase_add(phrase, ", %llu fault%s kept", (unsigned long long)received->n_problems, received->n_problems == 1 ? "" : "s");
    if (received->conflicts_with.size > 0)
        phrase_add(phrase, "; its id was already used by %.*s", SPAN_ARG(received->conflicts_with));
}

static void word_triaged(struct phrase *phrase, const struct triaged *triaged)
{
    phrase_add(phrase, "level %llu proposed", (unsigned long long)triaged->level);
    if (triaged->computed != triaged->level)
        phrase_add(phrase, " (the indicators alone show %llu)", (unsigned long long)triaged->computed);
    if (triaged->marks != 0) {
        phrase_add(phrase, ", marked ");
        phrase_add_set(phrase, LIST_MARK, triaged->marks);
    }
}

static void word_allocated(struct phrase *phrase, const struct allocated *allocated)
{
    add_part(phrase, allocated->part);
    if (span_is(allocated->team, "hub-decision")) {
        phrase_add(phrase, "waits for a person");
        if (allocated->reason != REASON_NONE)
            phrase_add(phrase, ": %s", MEANS(REASON, allocated->reason));
        if (allocated->stage > 0)
            phrase_add(phrase, ", stage %llu", (unsigned long long)allocated->stage);
        if (allocated->proposal.size > 0)
            phrase_add(phrase, "; %.*s is proposed", SPAN_ARG(allocated->proposal));
        add_due(phrase, "; to be decided by ", allocated->due);
        return;
    }
    phrase_add(phrase, "to %.*s's queue", SPAN_ARG(allocated->team));
    if (allocated->instead_of.size > 0)
        phrase_add(phrase, " instead of %.*s's, which is full: the family has agreed", SPAN_ARG(allocated->instead_of));
    if (allocated->reason != REASON_NONE)
        phrase_add(phrase, " (%s)", MEANS(REASON, allocated->reason));
    if (allocated->news_of.size > 0)
        phrase_add(phrase, " as news of %.*s", SPAN_ARG(allocated->news_of));
    if (allocated->for_worker.size > 0)
        phrase_add(phrase, ", for %.*s", SPAN_ARG(allocated->for_worker));
    if (allocated->because != BECAUSE_NONE)
        phrase_add(phrase, ": %s", MEANS(BECAUSE, allocated->because));
    if (allocated->kept_until != 0)
        add_due(phrase, "; anybody's from ", allocated->kept_until);
    add_due(phrase, ", due ", allocated->due);
}

static void word_held(struct phrase *phrase, const struct held *held)
{
    add_part(phrase, held->part);
    phrase_add(phrase, "%s", MEANS(REASON, held->reason));
    if (held->proposal.size > 0)
        phrase_add(phrase, "; then %.*s", SPAN_ARG(held->proposal));
    add_due(phrase, "; until ", held->due);
}

// "R…", "R… and 3 more"; nothing when the event has a subject: it stands in its column.
static void add_jobs(struct phrase *phrase, const struct gist *gist)
{
    if (gist->n_jobs > 1)
        phrase_add(phrase, "%u jobs ", gist->n_jobs);
    else
        add_part(phrase, gist->n_jobs == 1 ? gist->jobs[0].part : 0);
}

static void word_lease(struct phrase *phrase, const struct windscreen_event *event, const struct gist *gist)
{
    add_jobs(phrase, gist);
    switch (event->type) {
    case EVENT_LEASED:
        phrase_add(phrase, "shown to %.*s, token %llu", SPAN_ARG(gist->worker), (unsigned long long)event_number(event->head->id));
        add_due(phrase, ", until ", gist->due_ms);
        wording_worker_choice(phrase, &event->data->LEASED);
        break;
    case EVENT_EXTENDED:
        phrase_add(phrase, "kept longer by %.*s", SPAN_ARG(gist->worker));
        break;
    case EVENT_RELEASED:
        phrase_add(phrase, "given back by %.*s", SPAN_ARG(gist->worker));
        break;
    case EVENT_LAPSED:
        phrase_add(phrase, "no answer from %.*s in time: back into the queue", SPAN_ARG(gist->worker));
        break;
    default:
        phrase_add(phrase, "taken on by %.*s", SPAN_ARG(gist->worker));
        add_due(phrase, ", first review ", gist->due_ms);
        break;
    }
}

static void word_person(struct phrase *phrase, const struct windscreen_event *event)
{
    const struct decided *decided = &event->data->CONFIRMED;

    switch (event->type) {
    case EVENT_CONFIRMED:
        add_part(phrase, decided->part);
        phrase_add(phrase, "%.*s follows the proposal: %.*s", SPAN_ARG(decided->by), SPAN_ARG(decided->team));
        add_note(phrase, decided->note);
        break;
    case EVENT_OVERRIDDEN:
        add_part(phrase, decided->part);
        phrase_add(phrase, "%.*s decides otherwise: %.*s", SPAN_ARG(decided->by), SPAN_ARG(decided->team));
        if (decided->why != WHY_NONE)
            phrase_add(phrase, ", %s", MEANS(WHY, decided->why));
        add_note(phrase, decided->note);
        break;
    case EVENT_DECLINED:
        add_part(phrase, event->data->DECLINED.part);
        phrase_add(phrase, "declined by %.*s: %s", SPAN_ARG(event->data->DECLINED.worker), MEANS(DECLINE, event->data->DECLINED.reason));
        add_note(phrase, event->data->DECLINED.note);
        break;
    case EVENT_PERSON_OPENED:
        phrase_add(phrase, "%.*s read %s%s %s", SPAN_ARG(event->data->PERSON_OPENED.worker),
                   event->data->PERSON_OPENED.limited ? "what is for its agency of " : "",
                   event->data->PERSON_OPENED.text > 0 ? "what came later" : "the personal part",
                   MEANS(PURPOSE, event->data->PERSON_OPENED.purpose));
        break;
    default:
        break;
    }
}

// What changes a case, or opens and ends one.
static void word_case(struct phrase *phrase, const struct windscreen_event *event)
{
    const union event_data *data = event->data;

    switch (event->type) {
    case EVENT_CLOSED:
        add_part(phrase, data->CLOSED.part);
        phrase_add(phrase, "closed by %.*s: %s", SPAN_ARG(data->CLOSED.by), MEANS(OUTCOME, data->CLOSED.outcome));
        add_note(phrase, data->CLOSED.note);
        break;
    case EVENT_REOPENED:
        phrase_add(phrase, "opened again by %.*s: %s", SPAN_ARG(data->REOPENED.by), MEANS(REOPEN, data->REOPENED.why));
        add_note(phrase, data->REOPENED.note);
        break;
    case EVENT_OFFERED:
        phrase_add(phrase, "%.*s offers it to %.*s%s%.*s at level %llu (part %llu): %s", SPAN_ARG(data->OFFERED.by),
                   SPAN_ARG(data->OFFERED.team), data->OFFERED.to_worker.size > 0 ? ", " : "", SPAN_ARG(data->OFFERED.to_worker),
                   (unsigned long long)data->OFFERED.level, (unsigned long long)data->OFFERED.part, MEANS(WHY, data->OFFERED.why));
        break;
    case EVENT_STEPPED:
        phrase_add(phrase, "from %.*s, level %llu, to %.*s, level %llu", SPAN_ARG(data->STEPPED.from_team),
                   (unsigned long long)data->STEPPED.from_level, SPAN_ARG(data->STEPPED.team), (unsigned long long)data->STEPPED.level);
        if (data->STEPPED.worker.size > 0)
            phrase_add(phrase, ", with %.*s", SPAN_ARG(data->STEPPED.worker));
        if (data->STEPPED.why != WHY_NONE)
            phrase_add(phrase, ": %s", MEANS(WHY, data->STEPPED.why));
        break;
    default:
        add_part(phrase, data->PROGRESSED.part);
        phrase_add(phrase, "%.*s: %s", SPAN_ARG(data->PROGRESSED.worker), MEANS(PROGRESS, data->PROGRESSED.what));
        break;
    }
}

// What has changed beside it.
static void word_change(struct phrase *phrase, const struct windscreen_event *event)
{
    const union event_data *data = event->data;

    if (event->type == EVENT_CHALLENGED) {
        phrase_add(phrase, "%.*s challenges what was decided: %s", SPAN_ARG(data->CHALLENGED.by), MEANS(CHALLENGE, data->CHALLENGED.why));
        if (data->CHALLENGED.level_wanted > 0)
            phrase_add(phrase, "; level %llu is wanted", (unsigned long long)data->CHALLENGED.level_wanted);
        return;
    }
    if (data->UPDATED.consent != CONSENT_NONE)
        phrase_add(phrase, "the family has answered: %s", MEANS(CONSENT, data->UPDATED.consent));
    if (data->UPDATED.triaged > 0)
        phrase_add(phrase, "%sassessed, see sequence %llu: level %llu proposed", phrase->used > 0 ? "; " : "",
                   (unsigned long long)data->UPDATED.triaged, (unsigned long long)data->UPDATED.level);
    if (data->UPDATED.news_of.size > 0)
        phrase_add(phrase, "the case that it was news of, %.*s, has ended or is another's now: it is judged again",
                   SPAN_ARG(data->UPDATED.news_of));
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
        phrase_add(phrase, "the family's answer now: %s", MEANS(CONSENT, data->CONSENT_RECORDED.consent));
        if (HAS(&data->CONSENT_RECORDED, consent_recorded, readers))
            phrase_add(phrase, "; %llu had read the personal part", (unsigned long long)data->CONSENT_RECORDED.readers);
        break;
    case EVENT_ASSESSMENT_RECORDED:
        phrase_add(phrase, "assessment in from %.*s%s", SPAN_ARG(data->ASSESSMENT_RECORDED.event.source),
                   data->ASSESSMENT_RECORDED.urgent ? ", urgent" : "");
        break;
    case EVENT_CHALLENGE_RECORDED:
        phrase_add(phrase, "challenged by %.*s: %s", SPAN_ARG(data->CHALLENGE_RECORDED.event.source),
                   MEANS(CHALLENGE, data->CHALLENGE_RECORDED.why));
        if (HAS(&data->CHALLENGE_RECORDED, challenge_recorded, level_wanted))
            phrase_add(phrase, "; it sees level %llu", (unsigned long long)data->CHALLENGE_RECORDED.level_wanted);
        break;
    default:
        phrase_add(phrase, "note by %.*s", SPAN_ARG(data->NOTE_RECORDED.by));
        break;
    }
}

static void word_rung(struct phrase *phrase, enum event_type type, const struct rung *rung)
{
    add_part(phrase, rung->part);
    if (rung->beside)
        phrase_add(phrase, "%.*s", SPAN_ARG(rung->clock));
    else
        phrase_add(phrase, "still %s", code_text(LIST_STATE, rung->state));
    add_due(phrase, type == EVENT_WARNED ? ", due " : ", was due ", rung->due);
    if (type == EVENT_ESCALATED)
        phrase_add(phrase, ": %.*s is told", SPAN_ARG(rung->to));
    if (!rung->beside && rung->clock.size > 0)
        phrase_add(phrase, " (%.*s)", SPAN_ARG(rung->clock));
}

static void word_family(struct phrase *phrase, const struct windscreen_event *event)
{
    const union event_data *data = event->data;

    switch (event->type) {
    case EVENT_FAMILY_CONFLICT:
        phrase_add(phrase, "could be family %.*s or %.*s: a person must say", SPAN_ARG(data->FAMILY_CONFLICT.family),
                   SPAN_ARG(data->FAMILY_CONFLICT.other));
        break;
    case EVENT_FAMILY_CANDIDATE:
        phrase_add(phrase, "family %.*s may be %.*s, %llu of 100 alike: %s; a person must say", SPAN_ARG(data->FAMILY_CANDIDATE.family),
                   SPAN_ARG(data->FAMILY_CANDIDATE.other), (unsigned long long)data->FAMILY_CANDIDATE.score,
                   MEANS(LIKENESS, data->FAMILY_CANDIDATE.likeness));
        break;
    case EVENT_FAMILY_SETTLED:
        phrase_add(phrase, "%.*s says that families %.*s and %.*s are %s", SPAN_ARG(data->FAMILY_SETTLED.by),
                   SPAN_ARG(data->FAMILY_SETTLED.family), SPAN_ARG(data->FAMILY_SETTLED.other),
                   data->FAMILY_SETTLED.verdict == FAMILY_VERDICT_SAME ? "one" : "two");
        break;
    case EVENT_FAMILY_LINKED:
        phrase_add(phrase, "families %.*s and %.*s are linked: %s", SPAN_ARG(data->FAMILY_LINKED.family),
                   SPAN_ARG(data->FAMILY_LINKED.other), MEANS(LINK, data->FAMILY_LINKED.because));
        break;
    default:
        phrase_add(phrase, "%llu referrals up to this one were compared with those before them",
                   (unsigned long long)data->FAMILY_COMPARED.compared);
        if (data->FAMILY_COMPARED.left_out > 0)
            phrase_add(phrase, "; %llu look-alikes were too many to ask about", (unsigned long long)data->FAMILY_COMPARED.left_out);
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
        add_due(phrase, " in force from ", data->POLICY_ADOPTED.effective);
        if (data->POLICY_ADOPTED.by.size > 0)
            phrase_add(phrase, ", by %.*s", SPAN_ARG(data->POLICY_ADOPTED.by));
        break;
    case EVENT_WARNED:
    case EVENT_OVERDUE:
    case EVENT_ESCALATED:
        word_rung(phrase, event->type, &data->OVERDUE);
        break;
    case EVENT_DEAD:
        add_part(phrase, data->DEAD.part);
        phrase_add(phrase, "%s: the hub manager's", MEANS(REASON, data->DEAD.reason));
        break;
    case EVENT_ASSIGNED:
        add_part(phrase, data->ASSIGNED.part);
        wording_worker_named(phrase, &data->ASSIGNED);
        add_note(phrase, data->ASSIGNED.note);
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

void wording_event(const struct windscreen_event *event, const struct gist *gist, char text[WORDING_MAX + 1])
{
    struct phrase phrase = phrase_on(text, WORDING_MAX + 1);

    switch (event->type) {
    case EVENT_RECEIVED:
    case EVENT_CONFLICTING:
        word_received(&phrase, event);
        break;
    case EVENT_TRIAGED:
        word_triaged(&phrase, &event->data->TRIAGED);
        break;
    case EVENT_ALLOCATED:
        word_allocated(&phrase, &event->data->ALLOCATED);
        break;
    case EVENT_HELD:
        word_held(&phrase, &event->data->HELD);
        break;
    case EVENT_LEASED:
    case EVENT_EXTENDED:
    case EVENT_RELEASED:
    case EVENT_LAPSED:
    case EVENT_ACCEPTED:
        word_lease(&phrase, event, gist);
        break;
    case EVENT_CONFIRMED:
    case EVENT_OVERRIDDEN:
    case EVENT_DECLINED:
    case EVENT_PERSON_OPENED:
        word_person(&phrase, event);
        break;
    case EVENT_CLOSED:
    case EVENT_REOPENED:
    case EVENT_OFFERED:
    case EVENT_STEPPED:
    case EVENT_PROGRESSED:
        word_case(&phrase, event);
        break;
    case EVENT_UPDATED:
    case EVENT_CHALLENGED:
        word_change(&phrase, event);
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
        word_family(&phrase, event);
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
    wording_event(event, gist, words);
    phrase_add(&phrase, "%s %7llu  %-14.*s  %-15s %-26.*s %-2s  %-22.*s  %s", when, (unsigned long long)event->sequence, SPAN_ARG(referral),
               short_name(event->type), SPAN_ARG(team), level, SPAN_ARG(gist->rule.size > 0 ? gist->rule : span_text("-")), words);
}

// ---------------------------------------------------------------- reasons

static void why_of(const struct fact_used *used, uint64_t n_used, uint64_t marks, unsigned i, struct phrase *phrase)
{
    if (i == 0 && n_used > 0) {
        phrase_add(phrase, "facts used: ");
        for (uint64_t f = 0; f < n_used; f++)
            phrase_add(phrase, "%s%.*s = %lld", f > 0 ? ", " : "", SPAN_ARG(used[f].fact), (long long)used[f].value);
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
