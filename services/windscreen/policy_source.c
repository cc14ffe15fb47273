// SPDX-License-Identifier: MIT
// Fetches the text of an adopted policy from audit and loads it.
// Called by commands. Reads no other attachment; the log has no other for operators.
#include "services/windscreen/policy_source.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/policy/prove.h"
#include "services/windscreen/hub.h"

void policy_source_note(struct policy_source *source, const struct windscreen_event *event)
{
    const struct policy_adopted *adopted = &event->data->POLICY_ADOPTED;
    struct policy_adoption *at;

    if (adopted->policy.size != POLICY_VERSION_SIZE)
        return;
    if (source->n == POLICY_SOURCE_MAX) {
        fprintf(stderr, "more than %d adoptions: that of event %llu is left out\n", POLICY_SOURCE_MAX, (unsigned long long)event->sequence);
        return;
    }
    at = &source->at[source->n++];
    *at = (struct policy_adoption){.sequence = event->sequence, .effective_ms = adopted->effective, .adopted_ms = event->head->time};
    snprintf(at->name, sizeof at->name, "%.*s", SPAN_ARG(adopted->name));
    snprintf(at->by, sizeof at->by, "%.*s", SPAN_ARG(adopted->by));
    memcpy(at->hash, adopted->policy.at, POLICY_VERSION_SIZE);
}

int policy_source_read(struct policy_source *source, const struct given *given)
{
    char endpoint[WINDSCREEN_ENDPOINT_MAX + 1];
    struct windscreen_reader *log;
    struct windscreen_event event;
    int code = hub_find(given, "audit", endpoint);
    enum err err;

    if (code != 0)
        return code;
    if (windscreen_reader_open(endpoint, 1, EVENT_BIT(POLICY_ADOPTED), &log) != ERR_NONE)
        return given_complain(given, "%s is not an endpoint such as tcp://127.0.0.1:7703", endpoint);
    while ((err = windscreen_reader_next(log, 0, &event)) == ERR_NONE)
        policy_source_note(source, &event);
    windscreen_reader_close(&log);
    return err == ERR_AGAIN ? 0 : hub_unreachable("audit", endpoint);
}

static int complain(const struct given *given, const struct complaints *complaints, const char *what, int code)
{
    for (unsigned i = 0; i < complaints->n && i < COMPLAINTS_MAX; i++)
        fprintf(stderr, "windscreen %s: %s/%s:%u: %s\n", given->command->words, what, complaints->at[i].file, complaints->at[i].line,
                complaints->at[i].text);
    if (complaints->n > COMPLAINTS_MAX)
        fprintf(stderr, "windscreen %s: and %u more\n", given->command->words, complaints->n - COMPLAINTS_MAX);
    return code;
}

static int load(const struct given *given, struct span text, const char *what, struct policy **policy)
{
    static struct complaints complaints;
    enum err err;

    complaints.n = 0;
    err = policy_load(text, &complaints, policy);
    if (err == ERR_BAD_INPUT)
        complaints_add(&complaints, "policy", 0, "what the log keeps there is not a policy");
    return err == ERR_NONE ? 0 : complain(given, &complaints, what, err == ERR_NO_MEMORY ? EXIT_NO_MEMORY : EXIT_BAD_DATA);
}

static int fetch(struct policy_adoption *adoption, const struct given *given)
{
    struct log_at at = {.sequence = adoption->sequence};
    struct log_attachment reply;
    struct hub hub;
    int code = hub_open(given, "audit", &hub);

    if (code == 0)
        code = hub_ask(&hub, &service_operator_log[OPERATOR_LOG_ATTACHMENT], &at, 0, &reply);
    if (code == 0)
        code = hub_refused(&hub, (enum answer)reply.answer);
    if (code == 0)
        code = load(given, reply.attachment, "adopted policy", &adoption->policy);
    hub_close(&hub);
    return code;
}

static int complain_of_none(const struct given *given)
{
    fprintf(stderr, "windscreen %s: the log has no text of the policy that decided\n", given->command->words);
    return EXIT_BAD_DATA;
}

static bool has_hash(const struct policy_adoption *adoption, struct span hash)
{
    return span_equal(span_of(adoption->hash, POLICY_VERSION_SIZE), hash);
}

static struct policy_adoption *find(struct policy_source *source, struct span hash, int64_t ms)
{
    const struct policy_adoption *then = policy_source_at(source, ms);

    if (then != NULL && has_hash(then, hash))
        return &source->at[then - source->at];
    for (unsigned i = 0; i < source->n; i++)
        if (has_hash(&source->at[i], hash))
            return &source->at[i];
    return NULL;
}

int policy_source_get(struct policy_source *source, const struct given *given, struct span hash, int64_t ms,
                      const struct policy_adoption **adoption)
{
    struct policy_adoption *found = find(source, hash, ms);

    *adoption = found;
    if (found == NULL)
        return complain_of_none(given);
    return found->policy != NULL ? 0 : fetch(found, given);
}

const struct policy_adoption *policy_source_at(const struct policy_source *source, int64_t ms)
{
    const struct policy_adoption *best = NULL;

    for (unsigned i = 0; i < source->n; i++)
        if (source->at[i].effective_ms <= ms && (best == NULL || source->at[i].effective_ms >= best->effective_ms))
            best = &source->at[i];
    return best != NULL || source->n == 0 ? best : &source->at[0];
}

int policy_source_in_force(struct policy_source *source, const struct given *given, int64_t ms, const struct policy_adoption **adoption)
{
    const struct policy_adoption *found = policy_source_at(source, ms);
    struct policy_adoption *own = found != NULL ? &source->at[found - source->at] : NULL;

    *adoption = own;
    if (own == NULL)
        return complain_of_none(given);
    return own->policy != NULL ? 0 : fetch(own, given);
}

void policy_source_close(struct policy_source *source)
{
    for (unsigned i = 0; i < source->n; i++)
        policy_free(&source->at[i].policy);
    source->n = 0;
}

static int prove(const struct given *given, const char *folder, struct policy **policy)
{
    static struct complaints complaints;

    complaints.n = 0;
    prove_policy(*policy, PROVE_STEPS, &complaints);
    if (complaints.n == 0)
        return 0;
    policy_free(policy);
    return complain(given, &complaints, folder, EXIT_BAD_DATA);
}

int policy_source_bundle(const struct given *given, const char *folder, uint8_t **bundle, size_t *size, struct policy **policy)
{
    static struct complaints complaints;
    enum err err;
    int code;

    *policy = NULL;
    complaints.n = 0;
    err = policy_read_folder(folder, &complaints, bundle, size);
    if (err != ERR_NONE)
        return complain(given, &complaints, folder, err == ERR_IO ? EXIT_NO_INPUT : err == ERR_NO_MEMORY ? EXIT_NO_MEMORY : EXIT_BAD_DATA);
    code = load(given, span_of(*bundle, *size), folder, policy);
    return code == 0 ? prove(given, folder, policy) : code;
}

int policy_source_folder(const struct given *given, const char *folder, struct policy **policy)
{
    uint8_t *bundle = NULL;
    size_t size = 0;
    int code = policy_source_bundle(given, folder, &bundle, &size, policy);

    free(bundle);
    return code;
}
