// SPDX-License-Identifier: MIT
// The table of parked reads.
// Called by audit_read.
// Must not answer anybody.
#include "services/audit/parked.h"

#include <assert.h>

static bool is_same_peer(const struct peer *a, const struct peer *b)
{
    return a->service == b->service && a->id_size == b->id_size && memcmp(a->id, b->id, a->id_size) == 0;
}

enum err parked_put(struct parked *parked, const struct parked_read *read, unsigned max_of_service)
{
    unsigned of_peer = 0, oldest = 0;

    assert(read->peer.service < sizeof parked->n_of_service / sizeof parked->n_of_service[0]);
    for (unsigned i = 0; i < parked->n; i++) {
        if (!is_same_peer(&parked->reads[i].peer, &read->peer))
            continue;
        if (of_peer++ == 0 || parked->reads[i].deadline_ms < parked->reads[oldest].deadline_ms)
            oldest = i;
        if (parked->reads[i].peer.ref == read->peer.ref) {
            parked->reads[i] = *read;
            return ERR_NONE;
        }
    }
    if (of_peer == PARKED_OF_PEER) { // who asks so often has forgotten the first
        parked->reads[oldest] = *read;
        return ERR_NONE;
    }
    if (parked->n == PARKED_MAX || parked->n_of_service[read->peer.service] >= max_of_service)
        return ERR_NO_ROOM;
    parked->reads[parked->n++] = *read;
    parked->n_of_service[read->peer.service]++;
    return ERR_NONE;
}

void parked_remove(struct parked *parked, unsigned place)
{
    assert(place < parked->n);
    parked->n_of_service[parked->reads[place].peer.service]--;
    parked->reads[place] = parked->reads[--parked->n];
}

int64_t parked_deadline(const struct parked *parked)
{
    int64_t earliest = INT64_MAX;

    for (unsigned i = 0; i < parked->n; i++)
        if (parked->reads[i].deadline_ms < earliest)
            earliest = parked->reads[i].deadline_ms;
    return earliest;
}
