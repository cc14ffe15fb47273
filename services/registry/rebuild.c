// SPDX-License-Identifier: MIT
// Opens the attachment of an own referral and looks its members up, as admit did when it came.
// Used by registry_take when rebuilding. Must look up at the same place in the order of events as admit did.
#include "services/registry/rebuild.h"

#include "common/base/tag.h"
#include "services/registry/registry.h"

#include <sodium.h>

static enum err open_attachment(struct registry *registry, const struct hub_event *own, uint64_t family, size_t *size)
{
    const struct received *received = own->data;
    struct seal_owner owner = {.family = received->family, .referral = own->head->subject};
    struct seal_keys keys;
    enum err err;

    if (own->attachment.size == 0)
        return ERR_NOT_FOUND;
    err = family_keys(registry->keys, family, &keys);
    if (err == ERR_NONE && own->attachment.size > sizeof registry->opened)
        err = ERR_CRYPTO;
    if (err == ERR_NONE)
        err = seal_open(&keys, owner, own->attachment, registry->opened, size);
    sodium_memzero(&keys, sizeof keys);
    return err;
}

// The content of a conflicting event under the key of the family that the first one went to.
static enum err find_first_content(struct registry *registry, const struct event *event, struct arrival *arrival)
{
    struct row_submission first;
    struct seal_keys keys;
    enum err err = rows_get_submission(&registry->rows, &arrival->event, &first);

    if (err == ERR_NONE)
        err = family_keys(registry->keys, first.family, &keys);
    if (err == ERR_NONE && !seal_content(&keys, event->type, event->data, &registry->scratch, arrival->first_content))
        err = ERR_BAD_STORE;
    sodium_memzero(&keys, sizeof keys);
    return err;
}

enum err rebuild_arrival(struct registry *registry, const struct hub_event *own, uint64_t family, struct arrival *arrival)
{
    static struct submitted submitted;
    const struct received *received = own->data;
    struct event event;
    size_t size;
    enum err err = open_attachment(registry, own, family, &size);

    identity_of_event(&registry->secret, received->partner_source, received->partner_id, &arrival->event);
    arrival->search.identities.n = 0;
    memset(arrival->first_content, 0, sizeof arrival->first_content);
    if (err != ERR_NONE)
        return err == ERR_NOT_FOUND ? ERR_NONE : err;
    registry_read(&record_event, span_of(registry->opened, size), &event);
    if (event.data.size == 0)
        return ERR_BAD_STORE;
    if (own->type == EVENT_CONFLICTING) {
        err = find_first_content(registry, &event, arrival);
        if (err != ERR_NONE && err != ERR_NOT_FOUND)
            return err;
    }
    registry_read(&record_submitted, event.data, &submitted);
    identity_of_members(&registry->secret, &submitted, &arrival->search.identities);
    err = family_look_up(&registry->rows, &registry->secret, &arrival->search);
    sodium_memzero(registry->opened, size);
    return err;
}
