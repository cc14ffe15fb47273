// SPDX-License-Identifier: MIT
// Adopts the policy of its folder, and answers every received referral, and every assessment of one, with a triaged.
// Called by the runtime. Judges nothing itself: levels are level.c's and the policy's.
#include "services/triage/triage.h"

#include "common/base/big_endian.h"
#include "common/policy/prove.h"
#include "common/runtime/report.h"
#include "services/triage/level.h"

#include <stdlib.h>

enum { TABLE_ADOPTED, ROW_SIZE = 8 + 8 + POLICY_VERSION_SIZE, MAP_BYTES = 16 << 20 };

// Not the proof of what a partner said.
const struct event_part triage_reads = {
    .head = FIELD_BIT(event, type) | FIELD_BIT(event, subject) | FIELD_BIT(event, time) | FIELD_BIT(event, traceparent) |
            FIELD_BIT(event, data),
    .data =
        {
#define JUDGED(record) (FIELD_BIT(record, family) | FIELD_BIT(record, urgent) | FIELD_BIT(record, problems) | FIELD_BIT(record, facts))
            [EVENT_RECEIVED] = JUDGED(received),
            [EVENT_CONFLICTING] = JUDGED(received),
            [EVENT_ASSESSMENT_RECORDED] = JUDGED(assessment_recorded),
#undef JUDGED
        },
};

// ---------------------------------------------------------------- the folder

static void report_complaints(const char *folder, const struct complaints *complaints)
{
    for (unsigned i = 0; i < complaints->n && i < COMPLAINTS_MAX; i++)
        report("policy-fault", "%s/%s:%u: %s%s%s", folder, complaints->at[i].file, complaints->at[i].line, complaints->at[i].text,
               complaints->at[i].witness[0] != '\0' ? "; for example: " : "", complaints->at[i].witness);
    if (complaints->n > COMPLAINTS_MAX)
        report("policy-fault", "and %u more", complaints->n - COMPLAINTS_MAX);
}

static enum err keep(struct triage *triage, struct policy *policy)
{
    enum err err = versions_keep(&triage->versions, policy);

    if (err != ERR_NONE)
        policy_free(&policy);
    return err;
}

static enum err load_folder(struct triage *triage, const char *folder)
{
    static struct complaints complaints;
    struct policy *policy = NULL;
    enum err err;

    complaints.n = 0;
    err = policy_read_folder(folder, &complaints, &triage->bundle, &triage->bundle_size);
    if (err == ERR_NONE)
        err = policy_load(span_of(triage->bundle, triage->bundle_size), &complaints, &policy);
    if (err == ERR_NONE)
        prove_policy(policy, PROVE_STEPS, &complaints);
    report_complaints(folder, &complaints);
    if (err != ERR_NONE || complaints.n > 0) {
        policy_free(&policy);
        return err == ERR_NO_MEMORY ? err : ERR_BAD_CONFIG;
    }
    triage->chosen = versions_find(&triage->versions, span_of(policy->version, POLICY_VERSION_SIZE));
    if (triage->chosen != NULL) {
        policy_free(&policy);
        return ERR_NONE;
    }
    triage->chosen = policy;
    return keep(triage, policy);
}

// ---------------------------------------------------------------- what was adopted

// The policy with this hash, from memory or from the log.
static enum err find_policy(struct triage *triage, uint64_t sequence, struct span hash, const struct policy **found)
{
    static struct complaints complaints;
    struct policy *policy = NULL;
    uint8_t *bytes = NULL;
    size_t size = 0;
    enum err err;

    *found = versions_find(&triage->versions, hash);
    if (*found != NULL)
        return ERR_NONE;
    complaints.n = 0;
    err = runtime_attachment(triage->runtime, sequence, &bytes, &size);
    if (err == ERR_NONE)
        err = policy_load(span_of(bytes, size), &complaints, &policy);
    free(bytes);
    report_complaints("adopted", &complaints);
    if (err == ERR_NONE)
        err = keep(triage, policy);
    *found = versions_find(&triage->versions, hash);
    return err == ERR_NONE && *found == NULL ? ERR_BAD_STORE : err; // the log's text must have the hash that its event names
}

// Row: own number -> sequence, effective, hash.
static enum err put_row(struct triage *triage, const struct version *version)
{
    uint8_t key[8], value[ROW_SIZE];

    big_endian_put(key, version->n, 8);
    big_endian_put(value, version->sequence, 8);
    big_endian_put(value + 8, (uint64_t)version->effective_ms, 8);
    memcpy(value + 16, version->policy->version, POLICY_VERSION_SIZE);
    return projection_put(triage->projection, TABLE_ADOPTED, span_of(key, sizeof key), span_of(value, sizeof value));
}

static enum err get_row(void *context, struct span key, struct span value)
{
    struct triage *triage = context;
    struct version version;
    enum err err;

    if (key.size != 8 || value.size != ROW_SIZE)
        return ERR_BAD_STORE;
    version = (struct version){
        .n = big_endian_get(key.at, 8), .sequence = big_endian_get(value.at, 8), .effective_ms = (int64_t)big_endian_get(value.at + 8, 8)};
    err = find_policy(triage, version.sequence, span_of(value.at + 16, POLICY_VERSION_SIZE), &version.policy);
    if (err == ERR_NOT_FOUND)
        return ERR_NONE; // the log is not the one these rows know: the runtime says so next
    return err == ERR_NONE ? versions_add(&triage->versions, &version) : err;
}

enum err triage_open(void *state, struct runtime *runtime, const char *directory, struct projection_marks *marks)
{
    static const struct projection_table tables[] = {[TABLE_ADOPTED] = {.name = "adopted"}, {.name = NULL}};
    struct triage *triage = state;
    enum err err = projection_open(directory, tables, MAP_BYTES, &triage->projection);

    triage->runtime = runtime;
    if (err == ERR_NONE)
        err = projection_scan(triage->projection, TABLE_ADOPTED, get_row, triage);
    if (err == ERR_NONE)
        err = load_folder(triage, runtime_policy_dir(runtime));
    if (err == ERR_BAD_CONFIG && versions_last(&triage->versions) != NULL) {
        report("policy-folder-faulty", "%s is not needed: what was adopted is in force", runtime_policy_dir(runtime));
        err = ERR_NONE;
    }
    if (err != ERR_NONE)
        return err;
    *marks = projection_marks(triage->projection);
    return ERR_NONE;
}

enum err triage_take(void *state, const struct hub_event *own)
{
    struct triage *triage = state;
    const struct policy_adopted *adopted = own->data;
    struct version version = {.n = own->n, .sequence = own->sequence};
    enum err err;

    if (own->type != EVENT_POLICY_ADOPTED)
        return ERR_NONE;
    version.effective_ms = adopted->effective;
    err = find_policy(triage, own->sequence, adopted->policy, &version.policy);
    if (err == ERR_NONE)
        err = versions_add(&triage->versions, &version);
    return err == ERR_NONE && own->sequence != 0 ? put_row(triage, &version) : err; // a row not yet durable is put when it is
}

void triage_settled(void *state, uint64_t first_n, uint64_t first_sequence, uint64_t count)
{
    struct triage *triage = state;

    for (unsigned i = triage->versions.n; i-- > 0 && triage->versions.at[i].sequence == 0;) {
        struct version *version = &triage->versions.at[i];
        if (version->n < first_n || version->n - first_n >= count)
            continue;
        version->sequence = first_sequence + (version->n - first_n);
        if (put_row(triage, version) != ERR_NONE)
            report("row-failed", "the adopted policy could not be noted; the next start reads it from the log");
    }
}

// ---------------------------------------------------------------- adopting and deciding

static bool is_adopted(const struct triage *triage)
{
    for (unsigned i = 0; i < triage->versions.n; i++)
        if (triage->versions.at[i].policy == triage->chosen)
            return true;
    return false;
}

// The folder only seeds: what it holds later, the sample of a new release or a draft that somebody is at work on, is a person's to adopt.
static void look_at_folder(struct triage *triage)
{
    if (triage->looked)
        return;
    triage->looked = true;
    if (triage->chosen != NULL && !is_adopted(triage))
        report("policy-folder-not-adopted",
               "what %s holds was never adopted and is not in force: `windscreen policy adopt` puts it in force",
               runtime_policy_dir(triage->runtime));
}

// The first policy of a hub is in force for all that came before it.
void triage_tick(void *state, struct moment now, struct effects *effects)
{
    struct triage *triage = state;
    struct policy_adopted adopted = {0};
    struct effect effect = {.type = EVENT_POLICY_ADOPTED, .data = &adopted};

    (void)now;
    if (versions_last(&triage->versions) != NULL) {
        look_at_folder(triage);
        return;
    }
    adopted.policy = span_of(triage->chosen->version, POLICY_VERSION_SIZE);
    adopted.name = triage->chosen->name;
    adopted.effective = policy_effective_ms(triage->chosen);
    effect.attachment = span_of(triage->bundle, triage->bundle_size);
    effects_append(effects, &effect);
    report("policy-adopted", "%.*s", SPAN_ARG(adopted.name));
}

// An assessment, as if it had been received: the same judgement. It is an Early Help Assessment, whatever it calls itself.
static struct received received_of(const struct assessment_recorded *recorded)
{
    struct received received = {.family = recorded->family, .urgent = recorded->urgent, .facts = recorded->facts};

    received.n_problems = recorded->n_problems;
    PUT(&received.facts, facts, kind, KIND_EHA);
    return received;
}

void triage_decide(void *state, const struct hub_event *input, struct moment now, struct effects *effects)
{
    struct triage *triage = state;
    const struct event *head = input->head;
    int64_t received_ms = HAS(head, event, time) ? head->time : now.wall_ms;
    struct triaged triaged;
    struct received assessed;
    const struct received *received = input->data;
    struct effect effect = {
        .type = EVENT_TRIAGED, .subject = head->subject, .cause = input->sequence, .traceparent = head->traceparent, .data = &triaged};

    if (input->type == EVENT_ASSESSMENT_RECORDED) {
        assessed = received_of(input->data);
        received = &assessed;
    }
    level_triage(versions_at(&triage->versions, received_ms), received, received_ms, &triaged);
    effects_append(effects, &effect);
}

enum err triage_hold(void *state)
{
    struct triage *triage = state;

    return projection_is_busy(triage->projection) ? ERR_AGAIN : projection_hold(triage->projection);
}

enum err triage_save(void *state, struct projection_marks marks)
{
    struct triage *triage = state;

    return projection_is_busy(triage->projection) ? ERR_AGAIN : projection_commit(triage->projection, marks);
}

void triage_close(void *state)
{
    struct triage *triage = state;

    projection_close(&triage->projection);
    versions_free(&triage->versions);
    free(triage->bundle);
    *triage = (struct triage){0};
}
