// SPDX-License-Identifier: MIT
// Slots of waiting events in a ring by age, and a small table of credits by connection.
// Used by intake.c. Never grows: a full ring or an empty purse is answered `busy`.
#include "services/intake/waiting.h"

#include "services/intake/habits.h"

#include <stdlib.h>
#include <sys/random.h>

enum {
    PURSES = 2 * WAITING_MAX, // a purse exists only while its connection has an event waiting
    PACE_UNKNOWN = 10000,     // receipts a second that are counted on after a quiet second: a fifth of what two processors give
    PACE_MS = 1000,
    // as portions let in: fewer receipts say only that little was sent
    PACE_LEAST = WAITING_BULK_MAX * PACE_MS / WAITING_PORTION_MS,
    LONE_MS = 1000, // so long after their last receipts others still send singly
    CACHE_LINE = 64,
};

struct purse {
    uint8_t id[PEER_ID_MAX];
    uint8_t id_size; // 0: free
    uint16_t out;
    uint16_t urgent; // of these
    uint32_t bytes;
};

// Slots are taken in the order of handles: handle h is in slot h % RING. The ring is larger than what may wait, so that a few
// slow answers do not stop the rest.
enum { RING = 4 * WAITING_MAX };

struct waiting {
    uint64_t seed;
    uint64_t next_handle;
    uint64_t oldest_handle;
    unsigned n;
    unsigned n_hasty;  // of these
    unsigned n_bulk;   // of these
    unsigned n_urgent; // of these
    size_t bytes;
    unsigned n_purses;
    unsigned pace; // receipts in the last whole second
    unsigned answered;
    int64_t pace_since_ms;
    int64_t lone_ms[WAITING_FEW]; // when the last receipts went to connections that do not send in bulk; a ring
    unsigned lone_at;             // the oldest of them
    struct portion {
        int64_t until_ms;
        uint32_t number;
        unsigned bulk, hasty; // let in; the hasty ones are in `hasty` alone
    } portion;                // while others send singly
    struct waiting_event ring[RING];
    struct purse purses[PURSES];
    struct habits habits;
};

struct waiting *waiting_new(void)
{
    struct waiting *waiting = calloc(1, sizeof(struct waiting));

    if (waiting == NULL || getrandom(&waiting->seed, sizeof waiting->seed, 0) != (ssize_t)sizeof waiting->seed) {
        free(waiting);
        return NULL;
    }
    for (unsigned i = 0; i < WAITING_FEW; i++)
        waiting->lone_ms[i] = -LONE_MS;
    return waiting;
}

// Partners may choose their ids: by a seed of this run, or they could choose such as meet in the tables.
static uint32_t hash(const struct waiting *waiting, const struct peer *peer)
{
    uint64_t value = waiting->seed;

    for (unsigned i = 0; i < peer->id_size; i++) {
        value = (value ^ peer->id[i]) * UINT64_C(0x9e3779b97f4a7c15);
        value ^= value >> 32;
    }
    return (uint32_t)value;
}

// The connection's purse, or the free place where it would stand: a purse with nothing out.
static struct purse *find_purse(struct waiting *waiting, const struct peer *peer)
{
    for (uint32_t i = hash(waiting, peer) % PURSES;; i = (i + 1) % PURSES) {
        struct purse *purse = &waiting->purses[i];

        if (purse->id_size == 0 || (purse->id_size == peer->id_size && memcmp(purse->id, peer->id, peer->id_size) == 0))
            return purse;
    }
}

// Takes a purse out of the table and moves back those that stood behind it in the same run.
static void remove_purse(struct waiting *waiting, struct purse *purse)
{
    uint32_t hole = (uint32_t)(purse - waiting->purses);

    waiting->purses[hole] = (struct purse){.id_size = 0};
    for (uint32_t i = (hole + 1) % PURSES; waiting->purses[i].id_size != 0; i = (i + 1) % PURSES) {
        struct purse moved = waiting->purses[i];
        struct peer peer = {.id_size = moved.id_size};

        memcpy(peer.id, moved.id, moved.id_size);
        waiting->purses[i] = (struct purse){.id_size = 0};
        *find_purse(waiting, &peer) = moved;
    }
}

// What a connection that has `out` events waiting may still count on of the `free` ones: the last quarter is for who has few out.
static size_t left_for(unsigned out, size_t free, size_t max)
{
    size_t reserve = out < WAITING_FEW ? 0 : max / 4;

    return free > reserve ? free - reserve : 0;
}

// Places that calm events may not have: the last tenth, less those that urgent events have taken of it.
static unsigned kept_for_urgent(const struct waiting *waiting)
{
    return waiting->n_urgent < WAITING_MAX - WAITING_CALM_MAX ? WAITING_MAX - WAITING_CALM_MAX - waiting->n_urgent : 0;
}

static bool has_room(const struct waiting *waiting, const struct purse *purse, bool urgent, size_t size)
{
    size_t bytes_max = urgent ? WAITING_BYTES_MAX : WAITING_CALM_BYTES_MAX;
    unsigned max = urgent ? WAITING_MAX : WAITING_MAX - kept_for_urgent(waiting);

    if (waiting->n >= max || waiting->bytes + size > bytes_max)
        return false;
    if (urgent)
        return purse->urgent < WAITING_FEW || purse->urgent + (unsigned)WAITING_URGENT_LEFT < max - waiting->n;
    return purse->out < WAITING_PER_PEER_MAX && purse->out < left_for(purse->out, max - waiting->n, max) &&
           purse->bytes + size <= left_for(purse->out, bytes_max - waiting->bytes, bytes_max);
}

static void pay(struct waiting *waiting, struct purse *purse, const struct peer *peer, const struct waiting_event *event)
{
    if (purse->id_size == 0) {
        *purse = (struct purse){.id_size = peer->id_size};
        memcpy(purse->id, peer->id, peer->id_size);
        waiting->n_purses++;
    }
    purse->out++;
    purse->urgent = (uint16_t)(purse->urgent + event->urgent);
    purse->bytes += event->size;
    waiting->n++;
    waiting->n_hasty += event->hasty;
    waiting->n_bulk += event->bulk;
    waiting->n_urgent += event->urgent;
    waiting->bytes += event->size;
}

// Receipts a second that may be counted on, by all together.
static unsigned pace_of_all(const struct waiting *waiting)
{
    if (waiting->pace == 0)
        return PACE_UNKNOWN;
    return waiting->pace > PACE_LEAST ? waiting->pace : PACE_LEAST;
}

bool waiting_is_hasty(const struct waiting *waiting, const struct peer *peer, int64_t boot_ms)
{
    return habits_is_hasty(&waiting->habits, hash(waiting, peer), boot_ms);
}

bool waiting_ends_turn(struct waiting *waiting, const struct peer *peer)
{
    return habits_ends_turn(&waiting->habits, hash(waiting, peer));
}

static bool is_bulk(struct waiting *waiting, const struct purse *purse, uint32_t connection, int64_t boot_ms)
{
    if (purse->out >= WAITING_BULK_FROM)
        habits_note_bulk(&waiting->habits, connection, boot_ms);
    return habits_is_bulk(&waiting->habits, connection, boot_ms);
}

static struct portion *portion_at(struct waiting *waiting, int64_t boot_ms)
{
    struct portion *portion = &waiting->portion;

    if (boot_ms >= portion->until_ms)
        *portion = (struct portion){.until_ms = boot_ms + WAITING_PORTION_MS, .number = portion->number + 1};
    return portion;
}

// A place of the portion is left. The first event of each connection that is not hasty is let in all the same, or the quickest to come
// again would have all places.
static bool is_in_portion(struct waiting *waiting, uint32_t connection, bool hasty, int64_t boot_ms)
{
    struct portion *portion = portion_at(waiting, boot_ms);
    bool has_place = hasty ? portion->hasty < WAITING_HASTY_MAX : portion->bulk < WAITING_BULK_MAX && waiting->n_bulk < WAITING_BULK_MAX;

    has_place = has_place || (!hasty && habits_is_new_in(&waiting->habits, connection, portion->number));
    if (!has_place)
        return false;
    habits_note_portion(&waiting->habits, connection, portion->number);
    portion->hasty += hasty;
    portion->bulk += !hasty;
    return true;
}

// Places of its kind are left for a calm event: what waits before the events of those who send one at a time is what these wait for, and
// each commit for others is one that theirs may have to wait for.
static bool has_place(struct waiting *waiting, uint32_t connection, bool bulk, bool hasty, int64_t boot_ms)
{
    if (hasty && waiting->n_hasty >= WAITING_HASTY_MAX)
        return false;
    return !bulk || boot_ms - waiting->lone_ms[waiting->lone_at] > LONE_MS || is_in_portion(waiting, connection, hasty, boot_ms);
}

static void keep_pace(struct waiting *waiting, int64_t boot_ms)
{
    int64_t since_ms = boot_ms - waiting->pace_since_ms;

    if (since_ms < PACE_MS)
        return;
    waiting->pace = since_ms < 2 * PACE_MS ? waiting->answered : 0;
    waiting->pace_since_ms = boot_ms;
    waiting->answered = 0;
}

// The ring is walked through from end to end, so each slot has long left the processor's caches when it is next written.
static void fetch_slot(const struct waiting_event *event)
{
    for (size_t i = 0; i < offsetof(struct waiting_event, problems); i += CACHE_LINE)
        __builtin_prefetch((const uint8_t *)event + i, 1);
}

struct waiting_event *waiting_take(struct waiting *waiting, const struct peer *peer, bool urgent, size_t size, int64_t boot_ms)
{
    struct purse *purse = find_purse(waiting, peer);
    uint32_t connection = hash(waiting, peer);
    bool hasty = !urgent && habits_is_hasty(&waiting->habits, connection, boot_ms);
    bool bulk = is_bulk(waiting, purse, connection, boot_ms) && !urgent;
    struct waiting_event *event;

    keep_pace(waiting, boot_ms);
    if (!has_room(waiting, purse, urgent, size) || !has_place(waiting, connection, bulk, hasty, boot_ms))
        return NULL;
    while (waiting->ring[waiting->next_handle % RING].busy) // fewer wait than there are slots: one is free
        waiting->next_handle++;
    event = &waiting->ring[waiting->next_handle % RING];
    event->busy = true;
    peer_copy(&event->peer, peer);
    event->handle = waiting->next_handle++;
    event->since_boot_ms = boot_ms;
    event->urgent = urgent;
    event->hasty = hasty;
    event->bulk = bulk;
    event->size = (uint32_t)size;
    pay(waiting, purse, peer, event);
    fetch_slot(&waiting->ring[waiting->next_handle % RING]);
    return event;
}

bool waiting_is_full(const struct waiting *waiting)
{
    return waiting->n >= WAITING_MAX || waiting->bytes + WAITING_BYTES_MAX / WAITING_MAX > WAITING_BYTES_MAX;
}

uint64_t waiting_retry_ms(struct waiting *waiting, const struct peer *peer, int64_t boot_ms)
{
    struct purse *purse = find_purse(waiting, peer);
    uint32_t connection = hash(waiting, peer);
    unsigned sharers = waiting->n_purses + (purse->id_size == 0);
    int64_t now_us = boot_ms * 1000, apart_us, wait_us, wait_ms;

    keep_pace(waiting, boot_ms);
    habits_note_refusal(&waiting->habits, connection, boot_ms);
    apart_us = INT64_C(1000000) * sharers / pace_of_all(waiting);
    wait_us = habits_come_again_us(&waiting->habits, connection, now_us, apart_us, WAITING_RETRY_MAX_MS * INT64_C(1000)) - now_us;
    wait_ms = (wait_us + 999) / 1000; // who comes then must not be early
    return (uint64_t)(wait_ms > WAITING_RETRY_MIN_MS ? wait_ms : WAITING_RETRY_MIN_MS);
}

struct waiting_event *waiting_find(struct waiting *waiting, uint64_t handle)
{
    struct waiting_event *event = &waiting->ring[handle % RING];

    return event->busy && event->handle == handle ? event : NULL;
}

static void note_lone(struct waiting *waiting, int64_t boot_ms)
{
    waiting->lone_ms[waiting->lone_at] = boot_ms;
    waiting->lone_at = (waiting->lone_at + 1) % WAITING_FEW;
}

void waiting_free(struct waiting *waiting, struct waiting_event *event, int64_t boot_ms)
{
    struct purse *purse = find_purse(waiting, &event->peer);

    keep_pace(waiting, boot_ms);
    waiting->answered++;
    if (!is_bulk(waiting, purse, hash(waiting, &event->peer), boot_ms))
        note_lone(waiting, boot_ms);
    waiting->n--;
    waiting->n_hasty -= event->hasty;
    waiting->n_bulk -= event->bulk;
    waiting->n_urgent -= event->urgent;
    waiting->bytes -= event->size;
    event->busy = false;
    purse->urgent = (uint16_t)(purse->urgent - event->urgent);
    purse->bytes -= event->size;
    if (--purse->out > 0)
        return;
    remove_purse(waiting, purse);
    waiting->n_purses--;
}

struct waiting_event *waiting_expired(struct waiting *waiting, int64_t boot_ms)
{
    struct waiting_event *event;

    while (waiting->oldest_handle < waiting->next_handle && waiting_find(waiting, waiting->oldest_handle) == NULL)
        waiting->oldest_handle++;
    event = waiting_find(waiting, waiting->oldest_handle);
    return event != NULL && boot_ms - event->since_boot_ms > WAITING_FOR_MS ? event : NULL;
}
