// SPDX-License-Identifier: MIT
// Adopting a policy while the hub runs.
// Called by the runtime. Changes nothing itself: what is adopted is true when triage_take hears of it.
#include "services/triage/on_adopt.h"

#include "common/policy/prove.h"
#include "common/runtime/report.h"

#include <stdio.h>

// One answer; its texts are lent until it is given.
struct answering {
    struct effects *effects;
    const struct peer *peer;
    struct adopted_policy reply;
    char messages[FAULTS_MAX][160 + 1];
};

static void add_fault(struct answering *answering, const char *path, enum fault code, const char *message)
{
    struct adopted_policy *reply = &answering->reply;
    char *text = answering->messages[reply->n_errors];
    struct problem *problem = &reply->errors[reply->n_errors];

    if (reply->n_errors == FAULTS_MAX)
        return;
    snprintf(text, sizeof answering->messages[0], "%s", message);
    for (char *at = text; *at != '\0'; at++) // a cut may fall inside a character
        *at = (char)((unsigned char)*at < 0x20 || (unsigned char)*at > 0x7e ? '?' : *at);
    *problem = (struct problem){.code = (uint8_t)code};
    PUT(problem, problem, path, span_text(path));
    PUT(problem, problem, message, span_text(text));
    reply->n_errors++;
    SET_HAS(reply, adopted_policy, errors);
    reply->answer = ANSWER_BAD_REQUEST;
}

static void add_complaints(struct answering *answering, const struct complaints *complaints)
{
    for (unsigned i = 0; i < complaints->n && i < COMPLAINTS_MAX; i++) {
        char text[sizeof complaints->at[i].file + sizeof complaints->at[i].text + 16];

        snprintf(text, sizeof text, "%s:%u: %s", complaints->at[i].file, complaints->at[i].line, complaints->at[i].text);
        add_fault(answering, "/bundle", FAULT_OUT_OF_RANGE, text);
    }
}

// NULL after a complaint. Gives.
static struct policy *load(struct answering *answering, struct span bundle)
{
    static struct complaints complaints;
    struct policy *policy = NULL;
    enum err err;

    complaints.n = 0;
    err = policy_load(bundle, &complaints, &policy);
    if (err == ERR_NONE)
        prove_policy(policy, PROVE_STEPS, &complaints);
    add_complaints(answering, &complaints);
    if (err != ERR_NONE && complaints.n == 0)
        add_fault(answering, "/bundle", FAULT_MALFORMED, "this is no bundle of a policy's files");
    if (complaints.n > 0)
        policy_free(&policy);
    return policy;
}

// Keeps the policy, or the one of the same text that is there; NULL when out of memory.
static const struct policy *keep(struct triage *triage, struct policy *policy)
{
    const struct policy *known = versions_find(&triage->versions, span_of(policy->version, POLICY_VERSION_SIZE));

    if (known == NULL && versions_keep(&triage->versions, policy) == ERR_NONE)
        return policy;
    policy_free(&policy);
    return known;
}

static void complete(void *state, void *record)
{
    const struct triage *triage = state;
    struct adopted_policy *reply = record;

    reply->sequence = runtime_sequence_of(triage->runtime, reply->sequence);
}

static void adopt(struct answering *answering, const struct adopt *asked, const struct policy *policy, int64_t effective_ms)
{
    struct policy_adopted adopted = {
        .policy = span_of(policy->version, POLICY_VERSION_SIZE), .name = policy->name, .effective = effective_ms};
    struct effect effect = {.type = EVENT_POLICY_ADOPTED, .data = &adopted, .attachment = asked->bundle};
    struct adopted_policy *reply = &answering->reply;

    PUT(&adopted, policy_adopted, by, asked->by);
    PUT(reply, adopted_policy, policy, adopted.policy);
    PUT(reply, adopted_policy, effective, effective_ms);
    PUT(reply, adopted_policy, sequence, effects_append(answering->effects, &effect));
    report("policy-adopted", "%.*s, by %.*s", SPAN_ARG(adopted.name), SPAN_ARG(asked->by));
    effects_reply_completed(answering->effects, answering->peer, &record_adopted_policy, reply, complete);
}

void on_adopt(void *state, const struct request *request, struct moment now, struct effects *effects)
{
    struct triage *triage = state;
    const struct adopt *asked = request->record;
    static struct answering answering;
    int64_t effective_ms = HAS(asked, adopt, effective) ? asked->effective : now.wall_ms + ADOPT_AHEAD_MS;
    struct policy *policy;
    const struct policy *kept;

    answering = (struct answering){.effects = effects, .peer = &request->peer, .reply = {.answer = ANSWER_OK}};
    policy = load(&answering, asked->bundle);
    if (effective_ms < now.wall_ms)
        add_fault(&answering, "/effective", FAULT_OUT_OF_RANGE, "this lies in the past: decisions that were made stay as they are");
    if (policy != NULL && effective_ms < policy_effective_ms(policy))
        add_fault(&answering, "/effective", FAULT_OUT_OF_RANGE, "before the day that policy.yaml names as `effective`");
    kept = policy != NULL && answering.reply.answer == ANSWER_OK ? keep(triage, policy) : NULL;
    if (kept != NULL) {
        adopt(&answering, asked, kept, effective_ms);
        return;
    }
    if (answering.reply.answer == ANSWER_OK)
        answering.reply.answer = ANSWER_BUSY; // out of memory
    else
        policy_free(&policy);
    effects_reply(effects, &request->peer, &record_adopted_policy, &answering.reply);
}
