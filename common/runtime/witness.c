// SPDX-License-Identifier: MIT
// A projection and the log it was made from: marks alone would let a log pass that was put back and has grown beyond them.
// Used by the loop after each read and append, and at start before anything is replayed. Never mends: which of the two is right, people
// know.
#include "common/runtime/report.h"
#include "common/runtime/runtime.h"

#include <inttypes.h>

uint64_t witness_types(const struct daemon *daemon)
{
    uint64_t types = daemon->inputs;

    for (unsigned type = 1; type < EVENT_COUNT; type++)
        if (event_desc((enum event_type)type)->producer == daemon->producer)
            types |= UINT64_C(1) << type;
    return types;
}

// Of an input that is only about to be durable too: nothing is saved before it is.
void witness_take(struct runtime *runtime)
{
    const struct log_events *events = runtime->events;
    const struct log_event *last;

    if (runtime->daemon->save == NULL || events->n_events == 0)
        return;
    last = &events->events[events->n_events - 1];
    if (last->sequence <= runtime->witness.sequence)
        return;
    runtime->witness.sequence = last->sequence;
    digest_sha256(&last->event, 1, runtime->witness.digest);
}

void witness_take_own(struct projection_witness *witness, const struct append *append, uint64_t last_sequence)
{
    if (last_sequence <= witness->sequence)
        return;
    witness->sequence = last_sequence;
    memcpy(witness->digest, append->last_digest, DIGEST_SIZE);
}

static bool is_witnessed(const struct projection_witness *witness, const struct log_events *events)
{
    uint8_t digest[DIGEST_SIZE];

    if (events->n_events == 0 || events->events[0].sequence != witness->sequence)
        return false;
    digest_sha256(&events->events[0].event, 1, digest);
    return memcmp(digest, witness->digest, sizeof digest) == 0;
}

enum err witness_check(struct runtime *runtime)
{
    const struct projection_witness *witness = &runtime->saved.witness;
    const char *state = runtime->state_dir, *name = runtime->daemon->name;
    bool good;

    if (witness->sequence == 0)
        return ERR_NONE;
    if (!log_read_now(runtime, witness->sequence, witness_types(runtime->daemon), false))
        return ERR_AGAIN;
    good = is_witnessed(witness, runtime->events);
    message_free(&runtime->input);
    if (good)
        return ERR_NONE;
    report("projection-of-another-log",
           "%s/%s was made from a log whose event %" PRIu64 " is not in %s/audit: one of the two was put back to an earlier state, or is "
           "another hub's. Do not delete anything; call a person, who puts back the folder that belongs to the other",
           state, name, witness->sequence, state);
    return ERR_OTHER_STORE;
}
