// SPDX-License-Identifier: MIT
// Why a step up was suggested: which agencies, by which referrals, inside which time.
// Called by explain. Says nothing that does not stand in the event or the policy that it names.
#include "services/windscreen/account.h"

#include "services/windscreen/plain.h"
#include "services/windscreen/screen.h"

static const struct signal_row *row_of(const struct policy *policy, struct span code)
{
    for (unsigned i = 0; i < policy->signals.n_rows; i++)
        if (span_equal(policy->signals.rows[i].code, code))
            return &policy->signals.rows[i];
    return NULL;
}

static json_t *concern_json(const struct family_signalled *signalled, const struct concern *concern)
{
    char text[ACCOUNT_TEXT_MAX + 1];
    struct phrase phrase = phrase_on(text, sizeof text);

    phrase_add(&phrase, "%s, by %.*s of ", code_meaning(LIST_AGENCY, concern->agency), SPAN_ARG(concern->referral));
    plain_add_moment(&phrase, concern->received);
    phrase_add(&phrase, ": level %llu", (unsigned long long)concern->level);
    if (concern->family.size > 0)
        phrase_add(&phrase, "; a person has said that its family is the same household");
    return json_pack("{so, so, ss, sI, sI, ss}", "referral", account_span(concern->referral), "family",
                     account_span(concern->family.size > 0 ? concern->family : signalled->family), "agency",
                     code_text(LIST_AGENCY, concern->agency), "level", (json_int_t)concern->level, "sequence",
                     (json_int_t)concern->sequence, "words", text);
}

static void say_what_it_is(json_t *passage, const struct family_signalled *signalled)
{
    char text[ACCOUNT_TEXT_MAX + 1];
    struct phrase phrase = phrase_on(text, sizeof text);

    phrase_add(&phrase, "this is a suggestion: no level has changed by it");
    if (signalled->part > 0)
        phrase_add(&phrase, ", and part %llu asks a person", (unsigned long long)signalled->part);
    if (signalled->concerns > signalled->n_evidence)
        phrase_add(&phrase, ". There were %llu referrals in that time; below is the last of each agency",
                   (unsigned long long)signalled->concerns);
    account_say(passage, &phrase);
}

json_t *account_signal(const struct policy *policy, const struct family_signalled *signalled)
{
    const struct signal_row *row = row_of(policy, signalled->signal);
    json_t *passage = account_passage("signal", "What several agencies say together");
    json_t *items = json_array();

    account_put(passage, "rule", account_span(signalled->signal));
    if (row != NULL)
        account_put(passage, "row", account_origin(&row->origin));
    account_say_rule(passage, policy, row != NULL ? row->says : (struct span){0}, NULL, 0);
    say_what_it_is(passage, signalled);
    for (uint64_t i = 0; i < signalled->n_evidence; i++)
        json_array_append_new(items, concern_json(signalled, &signalled->evidence[i]));
    account_put(passage, "items", items);
    return passage;
}
