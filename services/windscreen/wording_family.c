// SPDX-License-Identifier: MIT
// Whose family a referral is, which families are one, and what is known of a household, in words.
// Called by wording.c. Knows no event but these.
#include "services/windscreen/wording_family.h"

#define MEANS(list, code) code_meaning(LIST_##list, code)

void wording_family_concern(struct phrase *phrase, const struct concern *concern)
{
    phrase_add(phrase, "%s (%.*s, level %llu)", MEANS(AGENCY, concern->agency), SPAN_ARG(concern->referral),
               (unsigned long long)concern->level);
}

static void word_signalled(struct phrase *phrase, const struct family_signalled *signalled)
{
    for (uint64_t i = 0; i < signalled->n_evidence; i++) {
        phrase_add(phrase, i == 0 ? "" : i + 1 < signalled->n_evidence ? ", " : " and ");
        wording_family_concern(phrase, &signalled->evidence[i]);
    }
    phrase_add(phrase, " are worried about one household: a step up is suggested");
    if (signalled->part > 0)
        phrase_add(phrase, " (part %llu)", (unsigned long long)signalled->part);
}

static void word_eligible(struct phrase *phrase, const struct family_eligible *eligible)
{
    phrase_add(phrase, "the household of family %.*s has %llu problems that %.*s counts, which asks for %llu: it is eligible",
               SPAN_ARG(eligible->family), (unsigned long long)eligible->counted, SPAN_ARG(eligible->programme),
               (unsigned long long)eligible->at_least);
    for (uint64_t i = 0; i < eligible->n_shown; i++) {
        const struct shown *shown = &eligible->shown[i];

        phrase_add(phrase, "%s", i == 0 ? "; " : ", ");
        if (shown->problem.size > 0)
            phrase_add(phrase, "%.*s", SPAN_ARG(shown->problem));
        else
            phrase_add(phrase, "one of those of headline problem %llu", (unsigned long long)shown->headline);
        phrase_add(phrase, " by %.*s", SPAN_ARG(shown->referral));
    }
}

void wording_family(struct phrase *phrase, const struct windscreen_event *event)
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
    case EVENT_FAMILY_ELIGIBLE:
        word_eligible(phrase, &data->FAMILY_ELIGIBLE);
        break;
    case EVENT_FAMILY_SIGNALLED:
        word_signalled(phrase, &data->FAMILY_SIGNALLED);
        break;
    default:
        phrase_add(phrase, "%llu referrals up to this one were compared with those before them",
                   (unsigned long long)data->FAMILY_COMPARED.compared);
        if (data->FAMILY_COMPARED.left_out > 0)
            phrase_add(phrase, "; %llu look-alikes were too many to ask about", (unsigned long long)data->FAMILY_COMPARED.left_out);
        break;
    }
}
