// SPDX-License-Identifier: MIT
// What each own event about workers and teams makes of the posts and capacities.
// Called by take_event.
// Must not look at anything but the event and the posts: a rebuild has nothing else.
#include "services/allocation/take_post.h"

#include "services/allocation/capacity.h"

static enum err on_rostered(struct allocation *allocation, const struct hub_event *own)
{
    const struct worker_rostered *d = own->data;
    struct post_row said = {.from_ms = d->from, .until_ms = d->until, .rostered = 1};
    enum err err = name_table_number(allocation->names, allocation->projection, TABLE_NAME, d->team, &said.team);

    said.days = (uint8_t)(d->days >> WEEKDAY_MONDAY);
    said.has_most = HAS(d, worker_rostered, most);
    said.most = (uint16_t)d->most;
    said.worker_size = (uint8_t)d->worker.size;
    memcpy(said.worker, d->worker.at, d->worker.size);
    return err == ERR_NONE ? post_table_roster(&allocation->posts, &said) : err;
}

static enum err on_away_told(struct allocation *allocation, const struct hub_event *own)
{
    const struct worker_away *d = own->data;

    allocation->absent_ms = 0;
    return post_table_away(&allocation->posts, d->worker, (struct away_period){d->from, d->until}, own->head->time);
}

static enum err on_capacity_told(struct allocation *allocation, const struct hub_event *own)
{
    const struct queue_capacity *d = own->data;
    uint16_t team;
    enum err err = name_table_number(allocation->names, allocation->projection, TABLE_NAME, d->team, &team);

    return err == ERR_NONE ? capacity_take(allocation, team, (struct team_capacity){.until_ms = d->until, .capacity = d->capacity}) : err;
}

enum err take_post(struct allocation *allocation, const struct hub_event *own)
{
    if (own->type == EVENT_QUEUE_CAPACITY)
        return on_capacity_told(allocation, own);
    return own->type == EVENT_WORKER_ROSTERED ? on_rostered(allocation, own) : on_away_told(allocation, own);
}
