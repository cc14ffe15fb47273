// SPDX-License-Identifier: MIT
// Slots of waiting events in a ring by age, and a small table of credits by connection.
// Used by intake.c. Never grows: a full ring or an empty purse is answered `busy`.
#include "services/intake/waiting.h"

#include <stdlib.h>

enum { PURSES = 8192 }; // twice the slots: a purse exists only while its connection has an event waiting

struct purse {
    uint8_t id[PEER_ID_MAX];
    uint8_t id_size; // 0: free
    uint16_t out;
};

// Slots are taken in the order of handles: handle h is in slot h % RING. The ring is larger than what may wait, so that a few
// slow answers do not stop the rest.
enum { RING = 4 * WAITING_MAX };

struct waiting {
    uint64_t next_handle;
    uint64_t oldest_handle;
    unsigned n;
    struct waiting_event ring[RING];
    struct purse purses[PURSES];
};

struct waiting *waiting_new(void)
{
    return calloc(1, sizeof(struct waiting));
}

static uint32_t hash(const struct peer *peer)
{
    uint32_t value = 2166136261u; // FNV-1a; ids are drawn by us, so collisions cannot be chosen

    for (unsigned i = 0; i < peer->id_size; i++)
        value = (value ^ peer->id[i]) * 16777619u;
    return value;
}

// The connection's purse, or the free place where it would stand.
static struct purse *find_purse(struct waiting *waiting, const struct peer *peer)
{
    for (uint32_t i = hash(peer) % PURSES;; i = (i + 1) % PURSES) {
        struct purse *purse = &waiting->purses[i];

        if (purse->id_size == 0 || (purse->id_size == peer->id_size && memcmp(purse->id, peer->id, peer->id_size) == 0))
            return purse;
    }
}

// Takes a purse out of the table and moves back those that stood behind it in the same run.
static void remove_purse(struct waiting *waiting, struct purse *purse)
{
    uint32_t hole = (uint32_t)(purse - waiting->purses);

    waiting->purses[hole].id_size = 0;
    for (uint32_t i = (hole + 1) % PURSES; waiting->purses[i].id_size != 0; i = (i + 1) % PURSES) {
        struct purse moved = waiting->purses[i];
        struct peer peer = {.id_size = moved.id_size};

        memcpy(peer.id, moved.id, moved.id_size);
        waiting->purses[i].id_size = 0;
        *find_purse(waiting, &peer) = moved;
    }
}

struct waiting_event *waiting_take(struct waiting *waiting, const struct peer *peer, bool urgent, int64_t boot_ms)
{
    struct purse *purse = find_purse(waiting, peer);
    struct waiting_event *event;

    if (waiting->n >= (urgent ? WAITING_MAX : WAITING_CALM_MAX) || (purse->id_size != 0 && purse->out >= WAITING_PER_PEER_MAX && !urgent))
        return NULL;
    while (waiting->ring[waiting->next_handle % RING].busy) // fewer wait than there are slots: one is free
        waiting->next_handle++;
    event = &waiting->ring[waiting->next_handle % RING];
    if (purse->id_size == 0) {
        memcpy(purse->id, peer->id, peer->id_size);
        purse->id_size = peer->id_size;
        purse->out = 0;
    }
    purse->out++;
    waiting->n++;
    event->busy = true;
    event->peer = *peer;
    event->handle = waiting->next_handle++;
    event->since_boot_ms = boot_ms;
    return event;
}

struct waiting_event *waiting_find(struct waiting *waiting, uint64_t handle)
{
    struct waiting_event *event = &waiting->ring[handle % RING];

    return event->busy && event->handle == handle ? event : NULL;
}

void waiting_free(struct waiting *waiting, struct waiting_event *event)
{
    struct purse *purse = find_purse(waiting, &event->peer);

    event->busy = false;
    waiting->n--;
    if (purse->id_size != 0 && --purse->out == 0)
        remove_purse(waiting, purse);
}

struct waiting_event *waiting_expired(struct waiting *waiting, int64_t boot_ms)
{
    struct waiting_event *event;

    while (waiting->oldest_handle < waiting->next_handle && waiting_find(waiting, waiting->oldest_handle) == NULL)
        waiting->oldest_handle++;
    event = waiting_find(waiting, waiting->oldest_handle);
    return event != NULL && boot_ms - event->since_boot_ms > WAITING_FOR_MS ? event : NULL;
}
