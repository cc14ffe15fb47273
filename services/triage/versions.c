// SPDX-License-Identifier: MIT
// A short list of adoptions, and the policies behind it.
// Called by triage. Reads no file and no log.
#include "services/triage/versions.h"

#include <assert.h>
#include <stdlib.h>

enum { ROOM_AT_FIRST = 8 };

// Room for one more; NULL when out of memory, then all stays as it was.
static void *grow(void *at, unsigned n, unsigned *room, size_t size)
{
    unsigned wanted = *room == 0 ? ROOM_AT_FIRST : 2 * *room;

    if (n < *room)
        return at;
    at = realloc(at, wanted * size);
    if (at != NULL)
        *room = wanted;
    return at;
}

enum err versions_keep(struct versions *versions, struct policy *policy)
{
    void *at = grow(versions->policies, versions->n_policies, &versions->policies_room, sizeof versions->policies[0]);

    if (at == NULL)
        return ERR_NO_MEMORY;
    versions->policies = at;
    versions->policies[versions->n_policies++] = policy;
    return ERR_NONE;
}

const struct policy *versions_find(const struct versions *versions, struct span hash)
{
    for (unsigned i = 0; i < versions->n_policies; i++)
        if (span_equal(span_of(versions->policies[i]->version, POLICY_VERSION_SIZE), hash))
            return versions->policies[i];
    return NULL;
}

enum err versions_add(struct versions *versions, const struct version *version)
{
    void *at = grow(versions->at, versions->n, &versions->room, sizeof versions->at[0]);

    if (at == NULL)
        return ERR_NO_MEMORY;
    versions->at = at;
    versions->at[versions->n++] = *version;
    return ERR_NONE;
}

const struct version *versions_last(const struct versions *versions)
{
    return versions->n > 0 ? &versions->at[versions->n - 1] : NULL;
}

const struct policy *versions_at(const struct versions *versions, int64_t ms)
{
    const struct version *best = NULL;

    assert(versions->n > 0);
    for (unsigned i = 0; i < versions->n; i++)
        if (versions->at[i].effective_ms <= ms && (best == NULL || versions->at[i].effective_ms >= best->effective_ms))
            best = &versions->at[i];
    return best != NULL ? best->policy : versions->at[0].policy;
}

void versions_free(struct versions *versions)
{
    for (unsigned i = 0; i < versions->n_policies; i++)
        policy_free(&versions->policies[i]);
    free(versions->policies);
    free(versions->at);
    *versions = (struct versions){0};
}
