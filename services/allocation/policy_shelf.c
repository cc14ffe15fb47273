// SPDX-License-Identifier: MIT
// Adopted policies by hash.
// Called by allocation at start, when one is adopted, and for every decision.
#include "services/allocation/policy_shelf.h"

#include "common/base/big_endian.h"

#include <stdlib.h>

struct loading {
    struct policy_shelf *shelf;
    struct runtime *runtime;
};

static struct adopted *find(const struct policy_shelf *shelf, struct span hash)
{
    for (size_t i = shelf->n; i-- > 0;)
        if (span_equal(span_of(shelf->policies[i].policy->version, POLICY_VERSION_SIZE), hash))
            return &shelf->policies[i];
    return NULL;
}

static enum err add(struct policy_shelf *shelf, uint64_t sequence, struct policy *policy)
{
    if (shelf->n == shelf->room) {
        size_t room = shelf->room == 0 ? 8 : 2 * shelf->room;
        struct adopted *policies = realloc(shelf->policies, room * sizeof *policies);

        if (policies == NULL)
            return ERR_NO_MEMORY;
        shelf->policies = policies;
        shelf->room = room;
    }
    shelf->policies[shelf->n++] = (struct adopted){.sequence = sequence, .policy = policy};
    return ERR_NONE;
}

static enum err load(struct policy_shelf *shelf, struct runtime *runtime, uint64_t sequence, struct span hash)
{
    struct complaints complaints = {0};
    struct adopted *known = find(shelf, hash);
    struct policy *policy = NULL;
    uint8_t *bytes = NULL;
    size_t size;
    enum err err;

    if (known != NULL) {
        known->sequence = sequence > known->sequence ? sequence : known->sequence;
        return ERR_NONE;
    }
    err = runtime_attachment(runtime, sequence, &bytes, &size);
    if (err == ERR_NONE)
        err = policy_load(span_of(bytes, size), &complaints, &policy);
    if (err == ERR_NONE && !span_equal(span_of(policy->version, POLICY_VERSION_SIZE), hash))
        err = ERR_BAD_CONFIG;
    free(bytes);
    if (err == ERR_NONE)
        err = add(shelf, sequence, policy);
    if (err != ERR_NONE)
        policy_free(&policy);
    return err;
}

static enum err load_row(void *context, struct span key, struct span value)
{
    struct loading *loading = context;
    enum err err;

    if (key.size != POLICY_VERSION_SIZE || value.size != 8)
        return ERR_BAD_STORE;
    err = load(loading->shelf, loading->runtime, big_endian_get(value.at, 8), key);
    return err == ERR_NOT_FOUND ? ERR_NONE : err;
}

enum err policy_shelf_open(struct policy_shelf *shelf, struct runtime *runtime, struct projection *projection, unsigned table)
{
    struct loading loading = {.shelf = shelf, .runtime = runtime};

    return projection_scan(projection, table, load_row, &loading);
}

enum err policy_shelf_file(struct policy_shelf *shelf, struct runtime *runtime, struct projection *projection, unsigned table,
                           const struct hub_event *input)
{
    const struct policy_adopted *adopted = input->data;
    uint8_t row[8];
    enum err err;

    big_endian_put(row, input->sequence, 8);
    err = load(shelf, runtime, input->sequence, adopted->policy);
    return err == ERR_NONE ? projection_put(projection, table, adopted->policy, span_of(row, sizeof row)) : err;
}

void policy_shelf_close(struct policy_shelf *shelf)
{
    for (size_t i = 0; i < shelf->n; i++)
        policy_free(&shelf->policies[i].policy);
    free(shelf->policies);
    *shelf = (struct policy_shelf){0};
}

const struct policy *policy_shelf_newest(const struct policy_shelf *shelf)
{
    const struct adopted *newest = NULL;

    for (size_t i = 0; i < shelf->n; i++)
        if (newest == NULL || shelf->policies[i].sequence > newest->sequence)
            newest = &shelf->policies[i];
    return newest == NULL ? NULL : newest->policy;
}

const struct policy *policy_shelf_get(const struct policy_shelf *shelf, struct span hash)
{
    const struct adopted *adopted = find(shelf, hash);

    return adopted == NULL ? policy_shelf_newest(shelf) : adopted->policy;
}
