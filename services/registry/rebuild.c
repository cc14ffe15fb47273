// SPDX-License-Identifier: MIT
// Opens the attachment of an own referral and looks its members up, as admit did when it came.
// Used by registry_take when rebuilding. Must look up at the same place in the order of events as admit did.
#include "services/registry/rebuild.h"

#include "common/base/tag.h"
#include "common/runtime/report.h"
#include "services/registry/registry.h"

#include <inttypes.h>
#include <sodium.h>

static enum err refuse_damaged(const struct hub_event *own)
{
    report("attachment-damaged",
           "what is sealed for %.*s (event %" PRIu64
           ") does not open: bits have rotted in the log, or the keys are another hub's; put back a copy of both "
           "that `windscreen audit verify` finds good",
           SPAN_ARG(own->head->subject), own->sequence);
    return ERR_BAD_CONFIG;
}

// Opens it into registry->opened, and reads the partner's event there.
static enum err open_event(struct registry *registry, const struct hub_event *own, uint64_t family, struct event *event)
{
    char tag[TAG_SIZE + 1] = "";
    struct seal_owner owner = {.family = span_of(tag, TAG_SIZE), .referral = own->head->subject};
    struct seal_keys keys;
    size_t size;
    enum err err;

    tag_print('F', family, tag);
    if (own->attachment.size == 0)
        return ERR_NOT_FOUND;
    err = family_keys(registry->keys, family, &keys);
    if (err == ERR_NONE && own->attachment.size > sizeof registry->opened)
        err = ERR_CRYPTO;
    if (err == ERR_NONE)
        err = seal_open(&keys, owner, own->attachment, registry->opened, &size);
    sodium_memzero(&keys, sizeof keys);
    if (err == ERR_CRYPTO)
        return refuse_damaged(own);
    if (err != ERR_NONE)
        return err;
    registry_read(&record_event, span_of(registry->opened, size), event);
    return event->data.size == 0 ? ERR_BAD_STORE : ERR_NONE;
}

static enum err look_up(struct registry *registry, const struct event *event, struct family_search *search)
{
    static struct submitted household;
    enum err err;

    registry_read_household(event, &household);
    identity_of_members(&registry->secret, &household, &search->identities);
    family_fetch(&registry->rows, &search->identities);
    err = family_look_up(&registry->rows, &registry->secret, search);
    family_note_traits(&registry->secret, &household, search);
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
    const struct received *received = own->data;
    struct event event;
    enum err err = open_event(registry, own, family, &event);

    identity_of_event(&registry->secret, received->partner_source, received->partner_id, &arrival->event);
    arrival->search.identities.n = 0;
    arrival->search.identities.has_reference = false;
    arrival->search.traits.n = 0;
    memset(arrival->first_content, 0, sizeof arrival->first_content);
    if (err != ERR_NONE)
        return err == ERR_NOT_FOUND ? ERR_NONE : err;
    if (own->type == EVENT_CONFLICTING)
        err = find_first_content(registry, &event, arrival);
    if (err == ERR_NONE || err == ERR_NOT_FOUND)
        err = look_up(registry, &event, &arrival->search);
    sodium_memzero(registry->opened, sizeof registry->opened);
    return err;
}

enum err rebuild_assessed(struct registry *registry, const struct hub_event *own, uint64_t family, struct family_search *search)
{
    struct event event;
    enum err err = open_event(registry, own, family, &event);

    search->identities.n = 0;
    if (err != ERR_NONE)
        return err == ERR_NOT_FOUND ? ERR_NONE : err;
    err = look_up(registry, &event, search);
    sodium_memzero(registry->opened, sizeof registry->opened);
    return err;
}
