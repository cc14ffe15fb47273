// SPDX-License-Identifier: MIT
// A sentence for each event of allocation about a job.
// Called by wording.c. Says no token: it proves who holds a job, and is for that worker alone.
#include "services/windscreen/wording_job.h"

#include "services/windscreen/plain.h"
#include "services/windscreen/wording_worker.h"

#define MEANS(list, code) code_meaning(LIST_##list, code)

enum { STAGES = 3 };

static void add_part(struct phrase *phrase, uint64_t part)
{
    if (part > 0)
        phrase_add(phrase, "part %llu: ", (unsigned long long)part);
}

static void add_time(struct phrase *phrase, const char *words, int64_t ms)
{
    phrase_add(phrase, "%s", words);
    plain_add_moment(phrase, ms);
}

static void add_note(struct phrase *phrase, uint64_t note)
{
    if (note > 0)
        phrase_add(phrase, " (note %llu)", (unsigned long long)note);
}

static void add_why(struct phrase *phrase, unsigned why)
{
    if (why == WHY_OTHER)
        phrase_add(phrase, ", for another reason");
    else if (why != WHY_NONE)
        phrase_add(phrase, ", because %s", MEANS(WHY, why));
}

static void add_basis(struct phrase *phrase, unsigned basis)
{
    if (basis != BASIS_NONE)
        phrase_add(phrase, "; lawful basis: %s", MEANS(BASIS, basis));
}

// ---------------------------------------------------------------- where it goes

static void word_deciding(struct phrase *phrase, const struct policy *policy, const struct allocated *allocated)
{
    phrase_add(phrase, "waits for a person");
    if (allocated->reason != REASON_NONE)
        phrase_add(phrase, ": %s", plain_reason(allocated->reason));
    if (allocated->stage > 0)
        phrase_add(phrase, " (stage %llu of %d)", (unsigned long long)allocated->stage, STAGES);
    if (allocated->proposal.size > 0) {
        phrase_add(phrase, "; the proposal is ");
        plain_add_team(phrase, policy, allocated->proposal);
    }
    add_time(phrase, "; to be decided by ", allocated->due);
}

static void add_for_worker(struct phrase *phrase, const struct allocated *allocated)
{
    if (allocated->for_worker.size == 0)
        return;
    phrase_add(phrase, ", for %.*s alone", SPAN_ARG(allocated->for_worker));
    if (allocated->kept_until != 0)
        add_time(phrase, " until ", allocated->kept_until);
    if (allocated->because != BECAUSE_NONE)
        phrase_add(phrase, ": %s", MEANS(BECAUSE, allocated->because));
}

// Why a worker is told: what is a reason to wait elsewhere has happened here.
static const char *news_of(unsigned reason)
{
    switch ((enum decision_reason)reason) {
    case REASON_STEP_UP:
        return "the need is seen at a higher level";
    case REASON_HANDOVER:
        return "nobody took up the offer of the case";
    case REASON_CHALLENGE_UPHELD:
        return "a challenge of the decision was upheld";
    case REASON_PARENTING_AGAIN:
        return "the family is open now, and its child would be given other parenting support";
    default:
        return plain_reason(reason);
    }
}

static void word_allocated(struct phrase *phrase, const struct policy *policy, struct span referral, const struct allocated *allocated)
{
    add_part(phrase, allocated->part);
    if (span_is(allocated->team, "hub-decision")) {
        word_deciding(phrase, policy, allocated);
        return;
    }
    phrase_add(phrase, "goes to ");
    plain_add_team(phrase, policy, allocated->team);
    if (allocated->instead_of.size > 0) {
        phrase_add(phrase, " instead of ");
        plain_add_team(phrase, policy, allocated->instead_of);
        phrase_add(phrase, ", which is full: the family has agreed to another neighbourhood");
    }
    if (span_equal(allocated->news_of, referral))
        phrase_add(phrase, " as news of this case");
    else if (allocated->news_of.size > 0)
        phrase_add(phrase, " as news of the case %.*s", SPAN_ARG(allocated->news_of));
    if (allocated->reason != REASON_NONE)
        phrase_add(phrase, " (%s)", allocated->news_of.size > 0 ? news_of(allocated->reason) : plain_reason(allocated->reason));
    if (allocated->news_of.size > 0 && allocated->proposal.size > 0) {
        phrase_add(phrase, ", proposed is ");
        plain_add_team(phrase, policy, allocated->proposal);
    }
    add_for_worker(phrase, allocated);
    add_time(phrase, allocated->news_of.size > 0 ? "; to be read by " : "; to be taken on by ", allocated->due);
}

static void word_held(struct phrase *phrase, const struct policy *policy, const struct held *held)
{
    add_part(phrase, held->part);
    phrase_add(phrase, "waits: %s", plain_reason(held->reason));
    if (held->proposal.size > 0) {
        phrase_add(phrase, "; then it goes to ");
        plain_add_team(phrase, policy, held->proposal);
    }
    add_time(phrase, "; a person decides if nothing has come by ", held->due);
}

// ---------------------------------------------------------------- who has it

static void add_jobs(struct phrase *phrase, const struct gist *gist)
{
    if (gist->n_jobs > 1)
        phrase_add(phrase, "%u jobs: ", gist->n_jobs);
    else
        add_part(phrase, gist->n_jobs == 1 ? gist->jobs[0].part : 0);
}

static void word_lease(struct phrase *phrase, const struct windscreen_event *event, const struct gist *gist)
{
    add_jobs(phrase, gist);
    switch (event->type) {
    case EVENT_LEASED:
        phrase_add(phrase, "shown to %.*s", SPAN_ARG(gist->worker));
        add_time(phrase, ", who is to answer by ", gist->due_ms);
        wording_worker_choice(phrase, &event->data->LEASED);
        break;
    case EVENT_EXTENDED:
        phrase_add(phrase, "%.*s keeps it longer", SPAN_ARG(gist->worker));
        break;
    case EVENT_RELEASED:
        phrase_add(phrase, "given back to the queue by %.*s", SPAN_ARG(gist->worker));
        break;
    case EVENT_LAPSED:
        phrase_add(phrase, "no answer from %.*s in time: back into the queue", SPAN_ARG(gist->worker));
        break;
    default:
        phrase_add(phrase, "taken on by %.*s", SPAN_ARG(gist->worker));
        add_time(phrase, "; the first review is due by ", gist->due_ms);
        break;
    }
}

// ---------------------------------------------------------------- what people decide

static void word_decided(struct phrase *phrase, const struct policy *policy, const struct windscreen_event *event)
{
    const struct decided *decided = &event->data->CONFIRMED;

    add_part(phrase, decided->part);
    phrase_add(phrase, "%.*s %s: it goes to ", SPAN_ARG(decided->by),
               event->type == EVENT_CONFIRMED ? "follows the proposal" : "decides otherwise");
    plain_add_team(phrase, policy, decided->team);
    phrase_add(phrase, " at level %llu", (unsigned long long)decided->level);
    add_why(phrase, decided->why);
    if (decided->why == WHY_NONE && event->type == EVENT_OVERRIDDEN)
        phrase_add(phrase, ", without a reason");
    add_basis(phrase, decided->basis);
    add_note(phrase, decided->note);
}

static void word_declined(struct phrase *phrase, const struct declined *declined)
{
    add_part(phrase, declined->part);
    phrase_add(phrase, "declined by %.*s: %s; a person decides", SPAN_ARG(declined->worker), MEANS(DECLINE, declined->reason));
    add_note(phrase, declined->note);
}

static void word_closed(struct phrase *phrase, const struct closed *closed)
{
    add_part(phrase, closed->part);
    phrase_add(phrase, "closed by ");
    plain_add_by(phrase, closed->by);
    phrase_add(phrase, ": %s", MEANS(OUTCOME, closed->outcome));
    add_note(phrase, closed->note);
}

static void word_reopened(struct phrase *phrase, const struct reopened *reopened)
{
    phrase_add(phrase, "opened again by ");
    plain_add_by(phrase, reopened->by);
    phrase_add(phrase, ": %s", MEANS(REOPEN, reopened->why));
    add_note(phrase, reopened->note);
}

static void word_offered(struct phrase *phrase, const struct policy *policy, const struct offered *offered)
{
    phrase_add(phrase, "%.*s offers the case to ", SPAN_ARG(offered->by));
    if (offered->to_worker.size > 0)
        phrase_add(phrase, "%.*s of ", SPAN_ARG(offered->to_worker));
    plain_add_team(phrase, policy, offered->team);
    phrase_add(phrase, " at level %llu (part %llu)", (unsigned long long)offered->level, (unsigned long long)offered->part);
    add_why(phrase, offered->why);
    add_basis(phrase, offered->basis);
    add_note(phrase, offered->note);
}

static void add_new_place(struct phrase *phrase, const struct policy *policy, const struct stepped *stepped)
{
    if (span_equal(stepped->from_team, stepped->team) && span_equal(stepped->from_worker, stepped->worker)) {
        phrase_add(phrase, "; it stays with %.*s", SPAN_ARG(stepped->worker));
        return;
    }
    phrase_add(phrase, "; it goes from ");
    if (stepped->from_worker.size > 0)
        phrase_add(phrase, "%.*s of ", SPAN_ARG(stepped->from_worker));
    plain_add_team(phrase, policy, stepped->from_team);
    phrase_add(phrase, " to ");
    if (stepped->worker.size > 0)
        phrase_add(phrase, "%.*s of ", SPAN_ARG(stepped->worker));
    plain_add_team(phrase, policy, stepped->team);
}

static void word_stepped(struct phrase *phrase, const struct policy *policy, const struct stepped *stepped)
{
    plain_add_by(phrase, stepped->by);
    if (stepped->level == stepped->from_level)
        phrase_add(phrase, " takes it over at level %llu", (unsigned long long)stepped->level);
    else
        phrase_add(phrase, " takes it %s from level %llu to level %llu", stepped->level > stepped->from_level ? "up" : "down",
                   (unsigned long long)stepped->from_level, (unsigned long long)stepped->level);
    add_new_place(phrase, policy, stepped);
    add_why(phrase, stepped->why);
    if (stepped->why == WHY_NONE && stepped->level == LEVEL_GUARDED && stepped->offer == 0)
        phrase_add(phrase, ", without a reason");
    if (stepped->due != 0)
        add_time(phrase, "; the first review is due by ", stepped->due);
    add_basis(phrase, stepped->basis);
    add_note(phrase, stepped->note);
}

static void word_progressed(struct phrase *phrase, const struct progressed *progressed)
{
    add_part(phrase, progressed->part);
    phrase_add(phrase, "%.*s tells: %s", SPAN_ARG(progressed->worker), MEANS(PROGRESS, progressed->what));
    if (progressed->due != 0)
        add_time(phrase, "; the next review is due by ", progressed->due);
}

static void word_challenged(struct phrase *phrase, const struct challenged *challenged)
{
    phrase_add(phrase, "%.*s challenges what was decided (part %llu): %s", SPAN_ARG(challenged->by), (unsigned long long)challenged->part,
               MEANS(CHALLENGE, challenged->why));
    if (challenged->level_wanted > 0)
        phrase_add(phrase, "; level %llu is wanted", (unsigned long long)challenged->level_wanted);
    add_note(phrase, challenged->note);
}

static void word_updated(struct phrase *phrase, const struct updated *updated)
{
    if (updated->consent != CONSENT_NONE)
        phrase_add(phrase, "from now on the family's answer counts: %s", MEANS(CONSENT, updated->consent));
    if (updated->triaged > 0)
        phrase_add(phrase, "%sfrom now on the assessment counts: level %llu is proposed", phrase->used > 0 ? "; " : "",
                   (unsigned long long)updated->level);
    if (updated->news_of.size > 0)
        phrase_add(phrase, "the case that it was news of, %.*s, has ended or is another's now: it is judged again",
                   SPAN_ARG(updated->news_of));
}

// ---------------------------------------------------------------- clocks

// "tell-referrer" -> "tell referrer".
static void add_name(struct phrase *phrase, struct span name)
{
    for (size_t i = 0; i < name.size; i++)
        phrase_add(phrase, "%c", name.at[i] == '_' || name.at[i] == '-' ? ' ' : name.at[i]);
}

static void add_promise(struct phrase *phrase, const struct policy *policy, const struct rung *rung)
{
    const struct clock_rule *rule = policy != NULL ? rules_clock_named(policy, rung->clock) : NULL;

    if (rule != NULL && rule->says.size > 0)
        phrase_add(phrase, "%.*s", SPAN_ARG(rule->says));
    else if (rung->clock.size > 0)
        add_name(phrase, rung->clock);
    else
        phrase_add(phrase, "the end of \"%s\"", MEANS(STATE, rung->state));
}

static void word_rung(struct phrase *phrase, const struct policy *policy, enum event_type type, const struct rung *rung)
{
    add_part(phrase, rung->part);
    phrase_add(phrase, type == EVENT_WARNED ? "soon due: " : "late: ");
    add_promise(phrase, policy, rung);
    add_time(phrase, type == EVENT_WARNED ? ", by " : ", which was due by ", rung->due);
    if (type != EVENT_ESCALATED)
        return;
    phrase_add(phrase, "; now the ");
    add_name(phrase, rung->to);
    phrase_add(phrase, " is told");
}

// ---------------------------------------------------------------- all of them

static bool word_person(struct phrase *phrase, const struct policy *policy, const struct windscreen_event *event)
{
    const union event_data *data = event->data;

    switch (event->type) {
    case EVENT_CONFIRMED:
    case EVENT_OVERRIDDEN:
        word_decided(phrase, policy, event);
        return true;
    case EVENT_DECLINED:
        word_declined(phrase, &data->DECLINED);
        return true;
    case EVENT_CLOSED:
        word_closed(phrase, &data->CLOSED);
        return true;
    case EVENT_REOPENED:
        word_reopened(phrase, &data->REOPENED);
        return true;
    case EVENT_OFFERED:
        word_offered(phrase, policy, &data->OFFERED);
        return true;
    case EVENT_STEPPED:
        word_stepped(phrase, policy, &data->STEPPED);
        return true;
    case EVENT_PROGRESSED:
        word_progressed(phrase, &data->PROGRESSED);
        return true;
    case EVENT_CHALLENGED:
        word_challenged(phrase, &data->CHALLENGED);
        return true;
    case EVENT_ASSIGNED:
        add_part(phrase, data->ASSIGNED.part);
        wording_worker_named(phrase, &data->ASSIGNED);
        add_note(phrase, data->ASSIGNED.note);
        return true;
    default:
        return false;
    }
}

bool wording_job(struct phrase *phrase, const struct policy *policy, const struct windscreen_event *event, const struct gist *gist)
{
    const union event_data *data = event->data;

    switch (event->type) {
    case EVENT_ALLOCATED:
        word_allocated(phrase, policy, event->head->subject, &data->ALLOCATED);
        return true;
    case EVENT_HELD:
        word_held(phrase, policy, &data->HELD);
        return true;
    case EVENT_LEASED:
    case EVENT_EXTENDED:
    case EVENT_RELEASED:
    case EVENT_LAPSED:
    case EVENT_ACCEPTED:
        word_lease(phrase, event, gist);
        return true;
    case EVENT_UPDATED:
        word_updated(phrase, &data->UPDATED);
        return true;
    case EVENT_WARNED:
    case EVENT_OVERDUE:
    case EVENT_ESCALATED:
        word_rung(phrase, policy, event->type, &data->OVERDUE);
        return true;
    case EVENT_DEAD:
        add_part(phrase, data->DEAD.part);
        phrase_add(phrase, "%s: the hub manager decides", MEANS(REASON, data->DEAD.reason));
        add_time(phrase, " by ", data->DEAD.due);
        return true;
    default:
        return word_person(phrase, policy, event);
    }
}
